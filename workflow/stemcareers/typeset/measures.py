"""The measures of a study in print: what each scale measures, and how reliable it is in each wave."""

from __future__ import annotations

from stemcareers import wording
from stemcareers.report.results import Results
from stemcareers.selection import records_of
from stemcareers.site.shown import Shown
from stemcareers.tabulate.grid import Cell, Column, Grid, Group, Row
from stemcareers.tabulate.regression import PARTS
from stemcareers.typeset.parts import Section
from stemcareers.typeset.tables import table

QUANTITY = "reliability"


def sections(shown: Shown, facts: Results) -> list[Section]:
    """One section with a table of all scales; none for a study without scales."""
    if not shown.config.scales:
        return []
    grid = _grid(shown, facts)
    level = wording.percent(shown.project.confidence_level)
    note = wording.sentences(
        [
            "Alpha is Cronbach's, of scales of several items; it says how far their items go together",
            f"In brackets: {level} intervals",
            *grid.marks,
            f"Source: {shown.labels.source}",
            wording.SYNTHETIC if shown.config.synthetic else "",
        ]
    )
    return [
        Section(
            "Measures",
            pieces=[
                table(f"{shown.config.id}/measures", grid, f"Scales of the study: {shown.config.study.title}", note)
            ],
        )
    ]


def _grid(shown: Shown, facts: Results) -> Grid:
    waves = shown.config.waves
    columns = [
        column
        for wave in waves.values()
        for column in (Column((wave.title, "Alpha")), Column((wave.title, "n"), n=True))
    ]
    groups = []
    for role, heading in PARTS.items():
        scales = {name: scale for name, scale in shown.config.scales.items() if scale.role == role}
        rows = [
            Row(
                scale.title,
                [cell for wave in waves for cell in _cells(facts, wave, name)],
                under=f"{scale.measures}, in {scale.unit}",
            )
            for name, scale in scales.items()
        ]
        groups += [Group(heading, rows)] if rows else []
    return Grid(columns, groups)


def _cells(facts: Results, wave: str, scale: str) -> list[Cell]:
    """Alpha over its interval, and n; empty where a wave did not ask for the scale, or it has one item."""
    rows = facts.about(wave, QUANTITY)
    found = rows[rows["quantity"].eq(QUANTITY) & rows["outcome"].eq(scale)]
    if found.empty:
        return [Cell(), Cell()]
    record = records_of(found)[0]
    if record["withheld"]:
        reason = wording.withheld(str(record["withheld"]))
        return [Cell(withheld=reason, record=record), Cell(withheld=reason)]
    between = wording.interval(QUANTITY, "", float(record["ci_low"]), float(record["ci_high"]))
    return [
        Cell(wording.decimal(float(record["estimate"])), f"({between})" if between else "", record=record),
        Cell(wording.count(record["n"])),
    ]
