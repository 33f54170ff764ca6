"""Count who answered what in one wave."""

from stemcareers import config, contracts, describe, withhold
from stemcareers.job import reporting

with reporting(snakemake):
    wave = config.wave(snakemake.input.wave)
    facts = describe.wave(
        contracts.LONG.read(snakemake.input.long),
        contracts.FLOW.read(snakemake.input.flow),
        contracts.ESTIMATES.read(snakemake.input.reliability),
        contracts.WEIGHTED.read(snakemake.input.weights),
        config.items(snakemake.input.item_table),
        config.answers(snakemake.input.answers),
        study=snakemake.wildcards.study,
        wave=snakemake.wildcards.wave,
        synthetic=wave.synthetic,
        calibration=wave.design.calibrate,
        trim=wave.design.trim,
        population=next(map(config.population, snakemake.input.population), None),
    )
    limit = withhold.limit(config.study(snakemake.input.study), config.project(snakemake.input.project))
    contracts.ESTIMATES.write(withhold.small_groups(facts, limit), snakemake.output.facts)
