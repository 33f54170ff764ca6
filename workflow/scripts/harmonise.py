"""Give every answer of one wave its common code."""

from stemcareers import config, contracts, harmonise
from stemcareers.job import reporting

with reporting(snakemake):
    long, wide = harmonise.answers(
        contracts.CLEANED.read(snakemake.input.responses),
        contracts.QUARANTINE.read(snakemake.input.quarantine),
        config.wave(snakemake.input.wave),
        config.instrument(snakemake.input.instrument),
        config.items(snakemake.input["items"]),
        config.answers(snakemake.input.answers),
    )
    contracts.LONG.write(long, snakemake.output.long)
    contracts.WIDE.write(wide, snakemake.output.wide)
