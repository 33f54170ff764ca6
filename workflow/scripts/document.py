"""Describe the variables of one study for others."""

from stemcareers import config, contracts, document, export, files
from stemcareers.job import reporting

with reporting(snakemake):
    study = config.everything(snakemake.wildcards.study)
    facts = contracts.joined(contracts.ESTIMATES, snakemake.input.facts)
    files.write_bytes(snakemake.output.variables, export.csv(document.variables(study)))
    files.write_bytes(snakemake.output.codes, export.csv(document.codes(study)))
    files.write_bytes(snakemake.output.codebook, document.codebook(study, facts))
    files.write_text(snakemake.output.package, document.datapackage(study))
