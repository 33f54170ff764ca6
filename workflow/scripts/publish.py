"""Put the site together."""

from stemcareers import site
from stemcareers.job import reporting

with reporting(snakemake):
    site.publish(snakemake.input, snakemake.output, snakemake.params)
