"""Put all estimates of a study into one table."""

from stemcareers import contracts, gather
from stemcareers.job import reporting

with reporting(snakemake):
    tables = [contracts.ESTIMATES.read(path) for path in (*snakemake.input.estimates, *snakemake.input.facts)]
    fits = [contracts.FITS.read(path) for path in snakemake.input.fits]
    contracts.FITS.write(gather.tables(fits), snakemake.output.fits)
    contracts.ESTIMATES.write(gather.tables(tables), snakemake.output.estimates)
