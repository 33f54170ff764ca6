"""Fit one specification in each of its samples."""

from stemcareers import config, contracts, estimate, withhold
from stemcareers.job import reporting

with reporting(snakemake):
    study_file, items, answers, scales = snakemake.input.vocabulary
    study = config.study(study_file)
    project = config.project(snakemake.input.project)
    limit = withhold.limit(study, project)
    estimates, fits = estimate.specification(
        contracts.POOLED.read(snakemake.input.responses),
        config.specification(snakemake.input.specification),
        config.Vocabulary(config.items(items), config.answers(answers), config.scales(scales)),
        study=snakemake.wildcards.study,
        name=snakemake.wildcards.specification,
        confidence_level=project.confidence_level,
        limit=limit,
        seed=project.seed,
    )
    shown = withhold.small_groups(estimates, limit)
    contracts.FITS.write(withhold.fits(fits, limit, shown), snakemake.output.fits)
    contracts.ESTIMATES.write(shown, snakemake.output.estimates)
