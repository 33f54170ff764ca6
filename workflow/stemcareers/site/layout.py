"""What all pages of the site have in common: head, navigation, ribbon, foot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from stemcareers import templates, wording
from stemcareers.config import Project, StudyConfig, Synthesis

TEMPLATES = Path(__file__).parent / "templates"
SYNTHESIS = "synthesis.html"
STYLE = Path(__file__).parent / "style.css"
SCRIPTS = Path(__file__).parent / "scripts"
# Nothing is loaded but our own style sheet and pictures; nothing runs; no form sends anything anywhere.
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
SCRIPTED = POLICY.replace("default-src 'none'; ", "default-src 'none'; script-src 'self'; ")
SORT, SEARCH, INDEX = "sort.js", "search.js", "search-index.js"
READ, REVIEW, REPLICATE = "Read", "Review", "Replicate"
# Who a page is for, where their way begins, and what else lies on it.
FACES = (
    (READ, "index.html", (("Studies", "index.html"), ("Across the studies", SYNTHESIS))),
    (
        REVIEW,
        "tour.html",
        (
            ("Tour", "tour.html"),
            ("Search", "search.html"),
            ("Assumptions", "assumptions.html"),
            ("Code and config", "source/index.html"),
        ),
    ),
    (REPLICATE, "replicate.html", (("How to build it", "replicate.html"), ("How it was made", "made.html"))),
)


@dataclass(frozen=True)
class Frame:
    """Where a page stands in the site, and what stands around its text.

    path       the page's file below the site's folder, with forward slashes.
    synthetic  whether the ribbon says that the answers are made up.
    crumbs     the way to the page: title and file below the site's folder.
    views      the same page for readers and for reviewers: title and file.
    face       for whom it is: `Read`, `Review` or `Replicate`.
    scripts    those of `scripts/` that run on it; the page reads whole without them.
    """

    project: Project
    path: str
    title: str
    description: str = ""
    synthetic: bool = False
    crumbs: tuple[tuple[str, str], ...] = ()
    views: tuple[tuple[str, str], ...] = ()
    face: str = READ
    scripts: tuple[str, ...] = ()

    def to(self, path: str) -> str:
        """The way from this page to another file of the site, or a place in it."""
        return "../" * self.path.count("/") + path

    def for_reviewers(self) -> Frame:
        """The frame of the same page with its code."""
        return replace(self, path=self.views[1][1], face=REVIEW)


def report(project: Project, study: StudyConfig, name: str) -> Frame:
    """The frame of a study's report page, in its view for readers."""
    title = study.reports[name].title
    frame = within(project, study, f"{name}.html", title, f"{title} ({study.study.title})")
    return replace(frame, views=(("For readers", frame.path), ("With code", f"{study.id}/{name}.code.html")))


def within(project: Project, study: StudyConfig, file: str, title: str, description: str, **more: Any) -> Frame:
    """The frame of a page of a study, by its file below the study's folder; `more` is of `Frame`."""
    return Frame(
        project=project,
        path=f"{study.id}/{file}",
        title=title,
        description=description,
        crumbs=(("All studies", "index.html"), (study.study.title, f"{study.id}/index.html")),
        **{"synthetic": study.synthetic, **more},
    )


def synthesis(project: Project, entry: Synthesis) -> Frame:
    """The frame of the page across all studies, in its view for readers."""
    return Frame(
        project=project,
        path=SYNTHESIS,
        title=entry.title,
        description=entry.asks,
        crumbs=(("All studies", "index.html"),),
        views=(("For readers", SYNTHESIS), ("With code", "synthesis.code.html")),
    )


def page(template: str, frame: Frame, **context: object) -> str:
    """A template of `templates/` filled in and framed. Texts are escaped; only Markup is not."""
    around = {
        "frame": frame,
        "policy": SCRIPTED if frame.scripts else POLICY,
        "faces": FACES if frame.project.across else ((READ, "index.html", ()), *FACES[1:]),
        "synthetic_words": wording.SYNTHETIC,
    }
    return _environment().get_template(template).render(around, **context) + "\n"


@cache
def _environment() -> Environment:
    return templates.environment(TEMPLATES, with_code=_with_code)


def _with_code(words: str) -> Markup:
    """A text in which words between backticks are code."""
    parts = [escape(part) for part in words.split("`")]
    if len(parts) % 2 == 0:  # a backtick without its partner
        return escape(words)
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))
