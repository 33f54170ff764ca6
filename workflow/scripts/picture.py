"""Draw every figure of the page across all studies."""

from pathlib import Path

from stemcareers import config, contracts, draw, files
from stemcareers.draw import synthesis as drawing
from stemcareers.job import reporting

with reporting(snakemake):
    synthesis = config.synthesis(snakemake.input.synthesis)
    evidence = contracts.EVIDENCE.read(snakemake.input.evidence)
    labels = {study: config.Labels(config.everything(study)) for study in evidence["study"].unique()}
    level = config.project(snakemake.input.config[0]).confidence_level
    for name in snakemake.params.figures:
        what = (name, synthesis, evidence, labels, level)
        made = draw.in_files(drawing.figure(*what), drawing.figure(*what, narrow=True))
        for ending, content in made.items():
            files.write_bytes(Path("results/synthesis/figures", name + ending), content)
