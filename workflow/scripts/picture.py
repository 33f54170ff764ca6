"""Draw every figure of the page across all studies."""

from pathlib import Path

from stemcareers import config, contracts, draw, export, files
from stemcareers.draw import synthesis as drawing
from stemcareers.job import reporting

with reporting(snakemake):
    synthesis = config.synthesis(snakemake.input.synthesis)
    evidence = contracts.EVIDENCE.read(snakemake.input.evidence)
    labels = {study: config.Labels(config.everything(study)) for study in evidence["study"].unique()}
    level = config.project(snakemake.input.config[0]).confidence_level
    for name in snakemake.params.figures:
        path = Path("results/synthesis/figures", f"{name}.svg")
        wide = drawing.figure(name, synthesis, evidence, labels, level)
        narrow = drawing.figure(name, synthesis, evidence, labels, level, narrow=True)
        files.write_text(path.with_suffix(".txt"), wide.alt + "\n")
        files.write_bytes(path.with_suffix(".csv"), export.csv(wide.rows))
        files.write_text(path.with_suffix(".json"), draw.kept(wide))
        files.write_bytes(path.with_suffix(".png"), draw.png(wide))
        files.write_bytes(path.with_suffix(".narrow.svg"), draw.svg(narrow))
        files.write_bytes(path, draw.svg(wide))
