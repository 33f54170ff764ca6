"""A run of a few jobs in a folder, made in this process: an export, two settings, a line of code, and numbers.

The jobs leave the records that jobs of the pipeline leave, by the same calls.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

from stemcareers import contracts, files, record

from tests.helpers import small_project

RAW = "data/raw/town/2024.csv"
INGESTED = "data/ingested/town/2024.parquet"
WAVE = "config/studies/town/waves/2024.yaml"
LIBRARY = "workflow/stemcareers/average.py"
READER = "workflow/stemcareers/readings.py"
SCRIPT = "workflow/scripts/estimate.py"


class Named(list):
    """Snakemake's list of files, some with names."""

    def __init__(self, **named: Any) -> None:
        super().__init__(p for value in named.values() for p in ([value] if isinstance(value, str) else value))
        self.named = named

    def items(self):
        return self.named.items()


class Snakemake:
    """What a script finds of its job."""

    def __init__(self, rule: str, of: dict[str, str], inputs: Named, outputs: Named, **params: Any) -> None:
        self.rule, self.wildcards, self.input, self.output = rule, of, inputs, outputs
        self.params = params
        self.log = ["/".join(["data/logs", rule, *of.values()]) + ".log"]


def build(folder: Path, answers: tuple[int, ...] = (1, 2, 3, 4), times: int = 2, plus: int = 0) -> Path:
    """The project in a folder, run. `plus` stands in a line of its library, `times` in a setting."""
    texts = {
        RAW: "answer\n" + "".join(f"{a}\n" for a in answers),
        WAVE: "title: '2024'\n",
        "config/project.yaml": "title: A town\n",
        "config/studies/town/specifications/mean.yaml": f"title: Mean\ntimes: {times}\n",
        "config/studies/town/specifications/count.yaml": "title: Count\ntimes: 1\n",
        "config/studies/town/figures/mean.yaml": "title: A picture of the mean\n",
        "notebooks/page.ipynb": "{}\n",
        LIBRARY: f'"""Averages."""\n\nPLUS = {plus}\n',
        READER: '"""Reading."""\n',
        SCRIPT: '"""Estimate."""\n',
    }
    for name, text in texts.items():
        files.write_text(folder / name, text)
    with contextlib.chdir(folder):
        run()
    return folder


def run() -> None:
    """All jobs, in the working folder."""
    answers = [int(line) for line in Path(RAW).read_text().splitlines()[1:]]
    plus = int(re.search(r"PLUS = (-?\d+)", Path(LIBRARY).read_text())[1])
    files.write_text(INGESTED, f"{sorted(answers)}\n")
    done("ingest", {"study": "town", "wave": "2024"}, Named(export=RAW, wave=WAVE, code=[READER]), Named(rows=INGESTED))
    for name, value in {"mean": sum(answers) / len(answers) + plus, "count": float(len(answers))}.items():
        settings = f"config/studies/town/specifications/{name}.yaml"
        times = int(re.search(r"times: (\d+)", Path(settings).read_text())[1])
        outcome = {"quantity": "mean", "outcome": "answer", "term": name, "unit": "points", "n": len(answers)}
        row = small_project.rows(name, {**outcome, "estimate": value * times, "std_error": 0.5})
        path = f"results/town/estimates/{name}.csv"
        contracts.ESTIMATES.write(row.assign(study="town"), path)
        inputs = Named(responses=INGESTED, specification=settings, code=[SCRIPT, LIBRARY])
        done("estimate", {"study": "town", "specification": name}, inputs, Named(estimates=path))
    picture = "results/town/figures/mean.svg"
    files.write_text(picture, f"<svg>{Path('results/town/estimates/mean.csv').read_text()}</svg>\n")
    shown = Named(figure="config/studies/town/figures/mean.yaml", estimates=["results/town/estimates/mean.csv"])
    done("draw", {"study": "town", "figure": "mean"}, shown, Named(svg=picture))


def done(rule: str, of: dict[str, str], inputs: Named, outputs: Named, **params: Any) -> None:
    """Leave the record of a job."""
    job = Snakemake(rule, of, inputs, outputs, **params)
    record.write(record.of(job), job.log[0])
