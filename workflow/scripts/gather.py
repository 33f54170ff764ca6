"""Put all estimates of a study into one table."""

from stemcareers import contracts
from stemcareers.contracts import joined
from stemcareers.job import reporting

with reporting(snakemake):
    contracts.FITS.write(joined(contracts.FITS, snakemake.input.fits), snakemake.output.fits)
    tables = [*snakemake.input.estimates, *snakemake.input.facts, snakemake.input.schools, *snakemake.input.exclusions]
    estimates = joined(contracts.ESTIMATES, tables)
    contracts.ESTIMATES.write(estimates, snakemake.output.estimates)
