"""Set the estimates of all studies on the same features side by side."""

from stemcareers import config, contracts, synthesise
from stemcareers.job import reporting

with reporting(snakemake):
    synthesis = config.synthesis(snakemake.input.synthesis)
    estimates = contracts.joined(contracts.ESTIMATES, snakemake.input.estimates)
    evidence = synthesise.evidence(
        synthesis,
        {study: estimates[estimates["study"].eq(study)] for study in snakemake.params.studies},
        config.project(snakemake.input.project).confidence_level,
    )
    contracts.EVIDENCE.write(evidence, snakemake.output.evidence)
