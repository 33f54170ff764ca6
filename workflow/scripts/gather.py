"""Put all estimates of a study into one table."""

from stemcareers import contracts
from stemcareers.contracts import joined
from stemcareers.job import reporting

with reporting(snakemake):
    contracts.FITS.write(joined(contracts.FITS, snakemake.input.fits), snakemake.output.fits)
    estimates = joined(contracts.ESTIMATES, [*snakemake.input.estimates, *snakemake.input.facts])
    contracts.ESTIMATES.write(estimates, snakemake.output.estimates)
