"""Fit one specification in each of its samples."""

from stemcareers import config, contracts, estimate, withhold
from stemcareers.job import reporting

with reporting(snakemake):
    study_file, items, answers, scales = snakemake.input.vocabulary
    study = config.study(study_file)
    project = config.project(snakemake.input.project)
    specification = config.specification(snakemake.input.specification)
    limit = withhold.limit(study, project)
    estimates, fits = estimate.specification(
        contracts.POOLED.read(snakemake.input.responses),
        specification,
        config.Vocabulary(config.items(items), config.answers(answers), config.scales(scales)),
        study=snakemake.wildcards.study,
        name=snakemake.wildcards.specification,
        confidence_level=project.confidence_level,
        limit=limit,
        seed=project.seed,
        of=next(map(config.specification, snakemake.input.of), None),
    )
    shown = withhold.small_groups(estimates, limit)
    contracts.FITS.write(withhold.fits(fits, limit, shown), snakemake.output.fits)
    contracts.ESTIMATES.write(estimate.with_agreement(shown, specification), snakemake.output.estimates)
