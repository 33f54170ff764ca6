"""Set the whole report as one PDF, and each study as one of its own."""

from pathlib import Path

from stemcareers import config, files, provenance
from stemcareers.job import reporting
from stemcareers.typeset import content, pdf

with reporting(snakemake):
    project, studies = config.project_or_problems(notebooks=Path(snakemake.params.notebooks))
    built = [studies[name] for name in snakemake.params.studies]
    opening = content.opening(Path(), project)
    whole = content.whole(Path(), project, built, snakemake.params.commit, provenance.versions(), opening)
    for study, path in zip(snakemake.params.studies, snakemake.output.alone, strict=True):
        files.write_bytes(path, pdf.content(content.alone(whole, study), Path()))
    files.write_bytes(snakemake.output.pdf, pdf.content(whole, Path()))
