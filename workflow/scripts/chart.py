"""Draw the flow of one wave."""

from pathlib import Path

from stemcareers import config, contracts, draw, files
from stemcareers.contracts import joined
from stemcareers.job import reporting

with reporting(snakemake):
    what = (
        snakemake.wildcards.wave,
        contracts.ESTIMATES.read(snakemake.input.facts),
        joined(contracts.FITS, snakemake.input.fits),
        config.Labels(config.everything(snakemake.wildcards.study)),
    )
    made = draw.in_files(draw.flow(*what), draw.flow(*what, narrow=True))
    for ending, content in made.items():
        files.write_bytes(Path(snakemake.output.svg).with_suffix(ending), content)
