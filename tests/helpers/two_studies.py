"""Two studies and a synthesis of both: one with made-up answers, one with real ones by kind of school."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
from stemcareers import config, contracts, draw, files, synthesise
from stemcareers.draw import synthesis as drawing

from . import small_project

MADE_UP, REAL = small_project.STUDY, "inland"
# Estimates of the real study by kind of school: those by itself are half as large again.
KINDS = {"1": 0.30, "2": 0.20, "3": 0.26, "4": 0.22, "5": 0.18, "6": -0.02}
ERROR, NOT_ASKED = 0.05, "7"
LABELS = {1: "Infant", 2: "Secondary", 3: "Special", 4: "Junior", 5: "Middle", 6: "All-through", 7: "Sixth form"}
SYNTHESIS = """
title: What goes with good provision
subtitle: In harbour towns and inland
asks: Which features go with good provision?
summary:
  - says: "Where backing is stronger, provision is {estimate}; so in {agree}. A further one lies {further}."
    feature: backing
    evidence: inland
    above: 0
  - says: "In secondary schools it is {estimate} ({n} answers), past {rank} schools."
    feature: backing
    evidence: inland
    sample: phase=2
left_out: {}
limits: [They answered for their schools.]
features:
  backing:
    title: Backing
    asks: Does backing go with better provision?
    means: How far STEM careers are planned and given time.
    evidence:
      inland:
        label: Inland 2024, provision
        study: inland
        specification: adjusted
        alone: unadjusted
        outcome: provision
        term: backing
        sample: by phase
        samples_are: kinds of school
        focus: [phase=2]
        each: true
      harbour:
        label: Harbour 2021 and 2024, provision
        study: harbour
        specification: adjusted
        alone: unadjusted
        outcome: provision
        term: backing
        note: all made up
    meaning: Put it in the plan.
"""


def build(folder: Path) -> Path:
    """The project's folder: config, estimates of both studies, and the evidence and figures of the synthesis."""
    small_project.build(folder)
    of, to = (folder / "config" / "studies" / name for name in (MADE_UP, REAL))
    shutil.copytree(of, to)
    shutil.copytree(folder / "results" / MADE_UP, folder / "results" / REAL)
    (to / "published.csv").unlink()
    labels = ", ".join(f"{code}: {words}" for code, words in LABELS.items())
    _edit(to / "answers.yaml", "{1: Primary, 2: Secondary}", f"{{{labels}}}")
    for path in (to / "waves").glob("*.yaml"):
        _edit(path, "synthetic: true", "synthetic: false")
    for name in ("adjusted", "unadjusted"):
        with (to / "specifications" / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write("samples: [all, by phase]\nstandardise: [outcome, factors]\n")
    for path in [*(to / "figures").glob("*.yaml"), *(to / "tables").glob("*.yaml")]:
        with path.open("a", encoding="utf-8") as file:
            file.write("samples: [all]\n")
    for path in sorted((folder / "results" / REAL).rglob("*.csv")):
        _moved(path)
    (folder / "config" / "synthesis.yaml").write_text(SYNTHESIS, encoding="utf-8")
    return make(folder)


def make(folder: Path, without: str = "") -> Path:
    """The evidence and figures made again, as the pipeline's scripts make them; `without` a study that is not there."""
    entry = config.synthesis(folder / "config" / "synthesis.yaml")
    there = [name for name in entry.studies() if name != without]
    estimates = {
        name: contracts.joined(
            contracts.ESTIMATES,
            [folder / "results" / name / "estimates" / f"{one}.csv" for one in entry.specifications(name)],
        )
        for name in there
    }
    evidence = synthesise.evidence(entry, estimates, 0.95)
    results = folder / "results" / "synthesis"
    contracts.EVIDENCE.write(evidence, results / "evidence.csv")
    evidence = contracts.EVIDENCE.read(results / "evidence.csv")  # nine significant digits, as figures are drawn from
    labels = {name: config.Labels(config.everything(name, folder)) for name in there}
    for name in entry.figures(there):
        what = (name, entry, evidence, labels, 0.95)
        for ending, content in draw.in_files(drawing.figure(*what), drawing.figure(*what, narrow=True)).items():
            files.write_bytes(results / "figures" / (name + ending), content)
    return folder


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _moved(path: Path) -> None:
    """The file of the made-up study as one of the real study, with estimates by kind of school."""
    contract = contracts.FITS if path.parent.name == "fits" else contracts.ESTIMATES
    table = contract.read(path).assign(study=REAL)
    if contract is contracts.ESTIMATES:
        table["synthetic"] = False
        if path.stem in {"adjusted", "unadjusted"}:
            table = pd.concat([table, _by_kind(table, 1.0 if path.stem == "adjusted" else 1.5)], ignore_index=True)
    contract.write(table, path)


def _by_kind(table: pd.DataFrame, times: float) -> pd.DataFrame:
    like = table[table["term"].eq("backing")].iloc[0].to_dict()
    found = []
    for code, estimate in KINDS.items():
        value = times * estimate
        numbers = {"estimate": value, "std_error": ERROR, "ci_low": value - 2 * ERROR, "ci_high": value + 2 * ERROR}
        found.append({**like, **numbers, "sample": f"phase={code}", "n": 100, "unit": "SD of outcome per SD"})
    blank = dict.fromkeys(("estimate", "std_error", "ci_low", "ci_high", "df", "p_value"), float("nan"))
    found.append(
        {**like, **blank, "sample": f"phase={NOT_ASKED}", "n": pd.NA, "n_schools": pd.NA, "withheld": "no responses"}
    )
    return pd.DataFrame(found).astype(table.dtypes)
