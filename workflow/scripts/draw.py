"""Draw one figure."""

from stemcareers import config, contracts, draw, export, files
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
    wide = draw.figure(*what)
    files.write_text(snakemake.output.alt, wide.alt + "\n")
    files.write_bytes(snakemake.output.rows, export.csv(wide.rows))
    files.write_text(snakemake.output.kept, draw.kept(wide))
    files.write_bytes(snakemake.output.png, draw.png(wide))
    files.write_bytes(snakemake.output.narrow, draw.svg(draw.figure(*what, narrow=True)))
    files.write_bytes(snakemake.output.svg, draw.svg(wide))
