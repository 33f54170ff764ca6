"""README.md of a bundle, in the social science data editors' template, filled from config, lock, records and results.

Source: Vilhuber, Koren, Llull, Connolly, Morrow: Template README for social science replication packages, version 1.1,
https://social-science-data-editors.github.io/template_README/.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Template

from stemcareers import measure, replication, templates
from stemcareers.review import contents
from stemcareers.review.project import Reviewed

TEMPLATES = Path(__file__).parent / "templates"
SPANS = (  # the boxes of the template, and up to how many seconds each reaches
    ("<10 minutes", 600),
    ("10-60 minutes", 3600),
    ("1-2 hours", 7200),
    ("2-8 hours", 28800),
    ("8-24 hours", 86400),
    ("1-3 days", 259200),
    ("3-14 days", 1209600),
    ("> 14 days", float("inf")),
)
SIZES = (
    ("< 25 MBytes", 25e6),
    ("25 MB - 250 MB", 250e6),
    ("250 MB - 2 GB", 2e9),
    ("2 GB - 25 GB", 25e9),
    ("25 GB - 250 GB", 250e9),
    ("> 250 GB", float("inf")),
)


@dataclass(frozen=True)
class Taken:
    """What the jobs of a rule took: how many there were, how many of them were measured, seconds, mebibytes at most."""

    rule: str
    jobs: int
    measured: int
    seconds: float
    mebibytes: float | None


def text(reviewed: Reviewed, size: int) -> str:
    """The README.

    size  of the bundle's other files, in bytes.
    """
    taken = [_taken(rule, many) for rule, many in reviewed.measured.items()]
    total = sum(one.seconds for one in taken)
    known = [one.mebibytes for one in taken if one.mebibytes is not None]
    waves = [(study, wave) for study in reviewed.built for wave in study.waves.values()]
    derived = _size(reviewed.root / "data", but="raw")
    files = [file for file in reviewed.raw if file.study in {study.id for study in reviewed.built}]
    unaddressed = [file.path for file in files if file.answers == replication.PUBLIC and not file.page]
    filled = _template().render(
        reviewed=reviewed,
        made_from=reviewed.made_from,
        package=reviewed.package,
        pinned=reviewed.pinned(),
        files=reviewed.raw,
        left_out=[study for name, study in sorted(reviewed.studies.items()) if study not in reviewed.built],
        kinds={replication.answers(study, wave) for study, wave in waves},
        all_public=all(file.answers != replication.PRIVATE for file in files) and not unaddressed,
        some_private=len({file.answers == replication.PRIVATE for file in files}) == 2,
        none_public=all(file.answers == replication.PRIVATE for file in files),
        unaddressed=unaddressed,
        across=any(product.study == replication.ACROSS for product in reviewed.products),
        repeated=contents.REPEATED,
        counted=replication.counted(reviewed.products),
        taken=taken,
        total=total,
        largest=max(known, default=None),
        unmeasured=sum(one.jobs - one.measured for one in taken),
        spans=_boxes(SPANS, total),
        sizes=_boxes(SIZES, size + derived),
        size=size,
        derived=derived,
        machine=machine(),
        scripts={rule: f"workflow/scripts/{rule}.py" for rule in reviewed.rules},
    )
    return filled + "\n"


def machine() -> dict[str, str]:
    """The machine that was at work, without its name or its user's: cores, memory, system, Python."""
    told = {"cores": str(os.cpu_count() or "unknown"), "memory": "unknown"}
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        told["memory"] = f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    return {**told, "system": f"{platform.system()} on {platform.machine()}", "python": platform.python_version()}


def _taken(rule: str, jobs: Sequence[measure.Measured | None]) -> Taken:
    known = [job for job in jobs if job is not None]
    memory = [job.mebibytes for job in known if job.mebibytes is not None]
    return Taken(rule, len(jobs), len(known), sum(job.seconds for job in known), max(memory, default=None))


def _boxes(bounds: Sequence[tuple[str, float]], value: float) -> list[tuple[str, bool]]:
    """The template's boxes, the first that reaches as far as the value ticked."""
    ticked = next(name for name, limit in bounds if value < limit)
    return [(name, name == ticked) for name, _ in bounds]


def _size(folder: Path, but: str) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).parts[0] != but)


def _cell(words: str) -> str:
    """A text as a cell of a table holds it."""
    return " ".join(words.replace("|", "\\|").split())


def _lasting(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _bytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


@cache
def _template() -> Template:
    environment = templates.environment(TEMPLATES, escaped=False, cell=_cell, lasting=_lasting, bytes=_bytes)
    return environment.get_template("README.md.j2")
