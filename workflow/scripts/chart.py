"""Draw the flow of one wave."""

from stemcareers import config, contracts, draw, export, files
from stemcareers.contracts import joined
from stemcareers.job import reporting

with reporting(snakemake):
    what = (
        snakemake.wildcards.wave,
        contracts.ESTIMATES.read(snakemake.input.facts),
        joined(contracts.FITS, snakemake.input.fits),
        config.Labels(config.everything(snakemake.wildcards.study)),
    )
    wide = draw.flow(*what)
    files.write_text(snakemake.output.alt, wide.alt + "\n")
    files.write_bytes(snakemake.output.rows, export.csv(wide.rows))
    files.write_text(snakemake.output.kept, draw.kept(wide))
    files.write_bytes(snakemake.output.png, draw.png(wide))
    files.write_bytes(snakemake.output.narrow, draw.svg(draw.flow(*what, narrow=True)))
    files.write_bytes(snakemake.output.svg, draw.svg(wide))
