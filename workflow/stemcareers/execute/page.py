"""A page of an executed notebook: for readers without its code, for reviewers with it."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode

from stemcareers.execute.sanitise import sanitised
from stemcareers.site import layout

TEMPLATES = Path(__file__).parent / "templates"
HEADING = re.compile(r'<h2\b[^>]*?\bid="([^"]+)"[^>]*>(.*?)</h2>', re.DOTALL)
UNNAMED = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
SHOWN = ["text/html", "image/png", "image/jpeg", "text/plain"]  # the first of these that an output has


def html(executed: NotebookNode, frame: layout.Frame, *, code: bool = False) -> str:
    """The page in the site's layout. Nothing in it comes from the network, nothing runs, all html is sanitised.

    frame  where the page for readers stands in the site.
    code   True for the reviewer's view, in which every cell's code stands above what it shows.

    Raises ValueError for a notebook in which a cell failed or did not run.
    """
    _finished(executed)
    if code:
        frame = frame.for_reviewers()
    body, _ = _exporter().from_notebook_node(executed, resources={"code": code})
    return layout.page("report.html", frame, body=Markup(body), contents=_contents(body), code=code)


def _contents(body: str) -> list[tuple[str, Markup]]:
    """The id and words of every heading of the second rank."""
    return [(name, Markup(words)) for name, words in HEADING.findall(body)]


def _finished(executed: NotebookNode) -> None:
    for cell in executed.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None or any(output.output_type == "error" for output in cell.outputs):
            raise ValueError(f"cell {cell.id} did not run to its end: no page is made of this notebook")


@cache
def _exporter() -> Any:
    # nbconvert takes a while to import: only where a page is made.
    from jinja2 import FileSystemLoader
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.highlight import Highlight2HTML
    from traitlets.config import Config

    exporter = TemplateExporter(
        config=Config({"NbConvertBase": {"display_data_priority": SHOWN}}),
        template_file="notebook.html",
        template_paths=[],
        extra_loaders=[FileSystemLoader(TEMPLATES)],
        default_preprocessors=[],
    )
    exporter.register_filter("markdown", _markdown)
    exporter.register_filter("highlighted", Highlight2HTML(pygments_lexer="python3", parent=exporter))
    exporter.register_filter("sanitised", sanitised)
    return exporter


def _markdown(source: str) -> str:
    """Markdown as sanitised html; html within it is shown as text, not read."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    return UNNAMED.sub(_named, sanitised(MarkdownWithMath(renderer=renderer).render(source)))


def _named(heading: re.Match[str]) -> str:
    """A heading with its words as its id, so that links lead to it."""
    words = heading.group(1)
    return f'<h2 id="{re.sub(r"[^a-z0-9]+", "-", unescape(words).lower()).strip("-")}">{words}</h2>'
