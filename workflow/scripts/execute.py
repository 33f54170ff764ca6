"""Run the notebook of one report page, and make its pages for readers and for reviewers."""

from stemcareers import config, execute, files
from stemcareers.job import reporting
from stemcareers.site import layout

with reporting(snakemake):
    study, report = snakemake.wildcards.study, snakemake.wildcards.report
    settings = config.everything(study)
    executed = execute.notebook(
        snakemake.input.notebook,
        {"study": study, "report": report, **settings.reports[report].parameters},
        failed_copy=f"data/logs/execute/{study}/{report}.failed.ipynb",
    )
    frame = layout.report(config.project(snakemake.input.config[0]), settings, report)
    files.write_text(snakemake.output.code, execute.html(executed, frame, code=True))
    files.write_text(snakemake.output.page, execute.html(executed, frame))
    files.write_text(snakemake.output.notebook, execute.text(executed))
