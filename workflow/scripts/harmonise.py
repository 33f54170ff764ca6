"""Give every answer of one wave its common code."""

from stemcareers import config, contracts, harmonise
from stemcareers.job import reporting

with reporting(snakemake):
    done = harmonise.answers(
        contracts.CLEANED.read(snakemake.input.responses),
        contracts.QUARANTINE.read(snakemake.input.quarantine),
        contracts.FLOW.read(snakemake.input.flow),
        config.wave(snakemake.input.wave),
        config.instrument(snakemake.input.instrument),
        config.items(snakemake.input.item_table),
        config.answers(snakemake.input.answers),
        config.study(snakemake.input.study).context,
    )
    before = contracts.LEDGER.read(snakemake.input.ledger)
    contracts.LEDGER.write(contracts.stacked(before, done.ledger), snakemake.output.ledger)
    contracts.FLOW.write(done.flow, snakemake.output.flow)
    contracts.LONG.write(done.long, snakemake.output.long)
    contracts.WIDE.write(done.wide, snakemake.output.wide)
