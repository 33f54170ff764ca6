"""How the report was made: code, versions, inputs with their checksums, and the steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stemcareers.config import Project, StudyConfig
from stemcareers.site import graph, layout

RULE = re.compile(r'^rule (\w+):\n\s+"""(.*?)"""', re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Made:
    """What the page tells.

    versions  of Python and the packages at work.
    commit    of the code, or words where there is none.
    rules     the name of each step and the sentence that says what it does, in order.
    dot       which step feeds which, in graphviz's language.
    package   the project's own name, version, licence, and the versions of Python it takes.
    """

    versions: Mapping[str, str]
    commit: str
    rules: Mapping[str, str]
    dot: str
    package: Mapping[str, str] = field(default_factory=dict)


def rules(files: Iterable[Path]) -> dict[str, str]:
    """The rules of rule files, each with its docstring on one line, in the order of the files."""
    found = [match for path in files for match in RULE.findall(Path(path).read_text(encoding="utf-8"))]
    return {name: " ".join(words.split()) for name, words in found}


def page(project: Project, made: Made, studies: list[StudyConfig], missing: set[str]) -> str:
    """`made.html`"""
    says = "Code, versions, inputs and steps behind the report"
    frame = layout.Frame(project, "made.html", "How it was made", says, face=layout.REPLICATE)
    steps, edges = graph.read(made.dot, made.rules)
    place = graph.levels(steps, edges)
    ordered = sorted((name for name in made.rules if name in place), key=lambda name: (place[name], name))
    return layout.page(
        "made.html",
        frame,
        made=made,
        inputs=[
            one for study in studies if study.id not in missing for name in study.waves for one in _inputs(study, name)
        ],
        rules=[(name, made.rules[name]) for name in ordered],
        drawing=graph.drawn(steps, edges) if steps else None,
        feeds={step: [b for a, b in edges if a == step] for step in steps},
    )


def _inputs(study: StudyConfig, name: str) -> list[dict[str, object]]:
    """The raw files of a wave: the export and, where there is one, its questionnaire file."""
    wave = study.waves[name]
    said = {"study": study.study.title, "wave": wave.title, "synthetic": wave.synthetic}
    return [{**said, "file": one.file, "sha256": one.sha256} for one in wave.export.raw_files()]
