"""What a call in a notebook shows: html for the page, plain text where there is no browser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from stemcareers import templates

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Fragment:
    """A piece of a page. Its html was made with every text escaped."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


@cache
def _environment() -> Environment:
    return templates.environment(TEMPLATES)


def filled(template: str, **context: object) -> Markup:
    """A template of `templates/` filled in; texts are escaped, Markup and Fragments are not."""
    ready = {name: _safe(value) for name, value in context.items()}
    return Markup(_environment().get_template(template).render(ready).strip())


def _safe(value: object) -> object:
    if isinstance(value, Fragment):
        return Markup(value.html)
    if isinstance(value, list | tuple):
        return [_safe(part) for part in value]
    return value


def joined(parts: Iterable[Fragment]) -> Fragment:
    """Several fragments, one below the other."""
    parts = list(parts)
    return Fragment("\n".join(p.html for p in parts), "\n\n".join(p.text for p in parts if p.text))
