"""Draw one figure."""

from pathlib import Path

from stemcareers import config, contracts, draw, files
from stemcareers.contracts import joined
from stemcareers.job import reporting

with reporting(snakemake):
    what = (
        config.figure(snakemake.input.figure),
        joined(contracts.ESTIMATES, snakemake.input.estimates),
        joined(contracts.FITS, snakemake.input.fits),
        config.Labels(config.everything(snakemake.wildcards.study)),
        config.project(snakemake.input.config[0]).confidence_level,
    )
    made = draw.in_files(draw.figure(*what), draw.figure(*what, narrow=True))
    for ending, content in made.items():
        files.write_bytes(Path(snakemake.output.svg).with_suffix(ending), content)
