"""Set the numbers that a study's own reports printed beside the estimates."""

from stemcareers import compare, config, contracts
from stemcareers.job import reporting

with reporting(snakemake):
    compared = compare.published(
        config.everything(snakemake.wildcards.study),
        contracts.ESTIMATES.read(snakemake.input.estimates),
        config.project(snakemake.input.project).confidence_level,
    )
    contracts.COMPARED.write(compared, snakemake.output.compared)
