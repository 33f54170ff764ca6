"""Keep one eligible response per person."""

from stemcareers import clean, config, contracts
from stemcareers.job import reporting

with reporting(snakemake):
    wave = config.wave(snakemake.input.wave)
    responses = contracts.INGESTED.read(snakemake.input.responses)
    quarantine = contracts.QUARANTINE.read(snakemake.input.quarantine)
    clean.within_limit(quarantine, responses, wave, snakemake.input.responses, snakemake.input.quarantine)
    kept = clean.responses(
        responses,
        quarantine,
        wave,
        config.items(snakemake.input.item_table),
        config.answers(snakemake.input.answers),
        snakemake.input.wave,
        clean.corrections(snakemake.input.corrections),
    )
    contracts.FLOW.write(kept.flow, snakemake.output.flow)
    contracts.ACCOUNT.write(kept.account, snakemake.output.account)
    before = contracts.LEDGER.read(snakemake.input.ledger)
    contracts.LEDGER.write(contracts.stacked(before, kept.ledger), snakemake.output.ledger)
    contracts.CLEANED.write(kept.responses, snakemake.output.responses)
