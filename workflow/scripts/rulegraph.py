"""Ask Snakemake which rule feeds which."""

from stemcareers import files, rulegraph
from stemcareers.job import reporting

with reporting(snakemake):
    files.write_text(snakemake.output.dot, rulegraph.dot(snakemake.params.snakefile))
