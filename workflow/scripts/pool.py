"""Put the waves of a study into one table, and count the schools that are found again."""

from stemcareers import config, contracts, pool, withhold
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
    study = config.study(snakemake.input.study)
    links = config.Links(study.panel, next(map(config.crosswalk, snakemake.input.crosswalk), ()))
    pooled = pool.waves(parts, links)
    found = pool.found_again(pooled, links, snakemake.wildcards.study)
    limit = withhold.limit(study, config.project(snakemake.input.project))
    contracts.ESTIMATES.write(withhold.small_groups(found, limit), snakemake.output.schools)
    contracts.POOLED.write(pooled, snakemake.output.responses)
