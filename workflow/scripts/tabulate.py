"""Set one table, in every format."""

from stemcareers import config, contracts, export, files, tabulate
from stemcareers.contracts import joined
from stemcareers.job import reporting
from stemcareers.tabulate import docx, latex, markdown

with reporting(snakemake):
    table = tabulate.table(
        config.table(snakemake.input.table),
        joined(contracts.ESTIMATES, snakemake.input.estimates),
        joined(contracts.FITS, snakemake.input.fits),
        config.Labels(config.everything(snakemake.wildcards.study)),
        config.project(snakemake.input.config[0]).confidence_level,
    )
    files.write_bytes(snakemake.output.rows, export.csv(table.rows))
    words = (table.grid, table.heading, table.note)
    files.write_text(snakemake.output.markdown, markdown.text(*words))
    files.write_text(snakemake.output.latex, latex.text(*words))
    files.write_bytes(snakemake.output.word, docx.content(*words))
    files.write_text(snakemake.output.html, tabulate.fragment(table))
