"""Run the notebook of the page across all studies, and make its pages for readers and for reviewers."""

from stemcareers import config, execute, files
from stemcareers.job import reporting
from stemcareers.site import layout

with reporting(snakemake):
    executed = execute.notebook(snakemake.input.notebook, {}, failed_copy="data/logs/relate.failed.ipynb")
    project = config.project(snakemake.input.config[0])
    frame = layout.synthesis(project, config.synthesis(snakemake.input.synthesis))
    files.write_text(snakemake.output.code, execute.html(executed, frame, code=True))
    files.write_text(snakemake.output.page, execute.html(executed, frame))
    files.write_text(snakemake.output.notebook, execute.text(executed))
