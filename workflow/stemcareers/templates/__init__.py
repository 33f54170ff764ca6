"""How templates are read, wherever something is filled in: pages, pieces of pages, a README."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stemcareers import wording

COMMON = Path(__file__).parent  # with macros for pages and pieces of pages alike


def environment(folder: Path, *, escaped: bool = True, **filters: Callable[..., object]) -> Environment:
    """The templates of a folder, and those for all; a name that is not given stops the filling.

    escaped  whether texts are escaped, as html needs it; only Markup is not.
    filters  beside those that write numbers: `count`, `decimal`, `percent`.
    """
    made = Environment(
        loader=FileSystemLoader([folder, COMMON]),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(count=wording.count, decimal=wording.decimal, percent=wording.percent, **filters)
    return made
