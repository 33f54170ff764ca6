"""Weigh the responses of one wave."""

from stemcareers import config, contracts, weight
from stemcareers.job import reporting

with reporting(snakemake):
    wave = config.wave(snakemake.input.wave)
    responses = contracts.CLEANED.read(snakemake.input.responses)
    contracts.WEIGHTED.write(weight.responses(responses, wave, snakemake.input.wave), snakemake.output.weights)
