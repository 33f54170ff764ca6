"""Put the waves of a study into one table."""

from stemcareers import config, contracts, pool
from stemcareers.job import reporting

with reporting(snakemake):
    parts = {
        name: pool.Part(
            wide=contracts.WIDE.read(wide),
            scores=contracts.SCORED.read(scores),
            weights=contracts.WEIGHTED.read(weights),
            wave=config.wave(wave),
        )
        for name, wide, scores, weights, wave in zip(
            snakemake.params.waves,
            snakemake.input.wide,
            snakemake.input.scores,
            snakemake.input.weights,
            snakemake.input.waves,
            strict=True,
        )
    }
    contracts.POOLED.write(pool.waves(parts), snakemake.output.responses)
