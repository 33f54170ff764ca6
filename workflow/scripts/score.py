"""Score every scale of one wave."""

from stemcareers import config, contracts, score
from stemcareers.job import reporting

with reporting(snakemake):
    items = config.items(snakemake.input.item_table)
    answers = config.answers(snakemake.input.answers)
    scales = config.scales(snakemake.input.scales)
    wave = config.wave(snakemake.input.wave)
    wide = contracts.WIDE.read(snakemake.input.wide)
    others = {
        name: contracts.WIDE.read(path)
        for name, path in zip(snakemake.params.others, snakemake.input.others, strict=True)
    }
    scores = score.scales(wide, scales, items, answers, snakemake.input.scales, others)
    measures = score.measures(
        wide,
        scores,
        contracts.WEIGHTED.read(snakemake.input.weights),
        scales,
        items,
        answers,
        study=snakemake.wildcards.study,
        wave=snakemake.wildcards.wave,
        synthetic=wave.synthetic,
        confidence_level=config.project(snakemake.input.project).confidence_level,
        design=wave.design,
        others=others,
    )
    contracts.ESTIMATES.write(measures, snakemake.output.reliability)
    contracts.SCORED.write(scores, snakemake.output.scores)
