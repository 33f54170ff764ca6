"""Weigh the responses of one wave."""

from stemcareers import config, contracts, weight
from stemcareers.job import reporting

with reporting(snakemake):
    weights = weight.responses(
        contracts.CLEANED.read(snakemake.input.responses),
        config.wave(snakemake.input.wave),
        snakemake.input.wave,
        contracts.WIDE.read(snakemake.input.wide),
        next(map(config.population, snakemake.input.population), None),
    )
    contracts.WEIGHTED.write(weights, snakemake.output.weights)
