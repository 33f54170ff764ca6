"""Read the export of one wave."""

from stemcareers import config, contracts, ingest
from stemcareers.job import reporting

with reporting(snakemake):
    read = ingest.responses(
        snakemake.input.export,
        config.wave(snakemake.input.wave),
        config.instrument(snakemake.input.instrument),
        config.items(snakemake.input.item_table),
        config.answers(snakemake.input.answers),
        snakemake.wildcards.wave,
    )
    print(*(f"{snakemake.input.export}: {remark}\n" for remark in read.remarks), sep="", end="")
    contracts.QUARANTINE.write(read.quarantine, snakemake.output.quarantine)
    contracts.LEDGER.write(read.ledger, snakemake.output.ledger)
    contracts.INGESTED.write(read.responses, snakemake.output.responses)
