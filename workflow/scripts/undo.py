"""Redo the models of a study without each exclusion of its waves."""

from pathlib import Path

from stemcareers import clean, config, contracts, undo, withhold
from stemcareers.job import reporting

with reporting(snakemake):
    settings = config.everything(snakemake.wildcards.study)
    project = config.project(snakemake.input.project)
    corrected = {Path(path).stem: clean.corrections(path) for path in snakemake.input.corrections}
    prepared = {
        name: undo.Prepared(
            ingested=contracts.INGESTED.read(ingested),
            quarantine=contracts.QUARANTINE.read(quarantine),
            wide=contracts.WIDE.read(wide),
            scores=contracts.SCORED.read(scores),
            weights=contracts.WEIGHTED.read(weights),
            corrections=corrected.get(name),
        )
        for name, ingested, quarantine, wide, scores, weights in zip(
            snakemake.params.waves,
            snakemake.input.ingested,
            snakemake.input.quarantine,
            snakemake.input.wide,
            snakemake.input.scores,
            snakemake.input.weights,
            strict=True,
        )
    }
    rows = undo.each_exclusion(
        settings,
        prepared,
        contracts.POOLED.read(snakemake.input.pooled),
        contracts.joined(contracts.ESTIMATES, snakemake.input.facts),
        contracts.joined(contracts.ESTIMATES, snakemake.input.estimates),
        confidence_level=project.confidence_level,
        limit=withhold.limit(settings.study, project),
        seed=project.seed,
    )
    contracts.ESTIMATES.write(rows, snakemake.output.rows)
