"""Put the published numbers of all studies into one table."""

from stemcareers import contracts
from stemcareers.contracts import joined
from stemcareers.job import reporting

with reporting(snakemake):
    compared = joined(contracts.COMPARED, snakemake.input.compared)
    contracts.COMPARED.write(compared, snakemake.output.compared)
