"""Every assumption on one page: those written in the code as `# ASSUME:`, and those a study's config makes."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stemcareers import wording
from stemcareers.config import Project, StudyConfig
from stemcareers.config.labels import capital
from stemcareers.report.waves import LONELY
from stemcareers.site import layout
from stemcareers.site.source import CODE

MARK = "ASSUME:"
STATUSES = {
    "reconstructed": "in words that are reconstructed, because those of the questionnaire could not be read",
    "derived": "worked out from published results",
}


@dataclass(frozen=True)
class Assumption:
    """What is assumed, and where: the file and what it is part of."""

    file: str
    part: str
    says: str


def in_code(folder: Path = CODE) -> list[Assumption]:
    """The assumptions of the python and rule files of a folder, in the order of the files.

    A comment may go on over several lines. Files are named from the folder's parent.
    """
    found: list[Assumption] = []
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.smk")]):
        text = path.read_text(encoding="utf-8")
        if MARK not in text:
            continue
        parts = _parts(text)
        name = path.relative_to(folder.parent).as_posix()
        found += [Assumption(name, _innermost(parts, line), says) for line, says in _comments(text)]
    return found


def of_study(config: StudyConfig) -> list[tuple[str, str]]:
    """What the config of a study assumes: the file that says so, and what it says."""
    study = config.study
    found: list[tuple[str, str]] = []
    if study.public_answers is not None:
        found.append(("study.yaml", f"Groups of any size are shown. {study.public_answers.because}"))
    for name, wave in config.waves.items():
        file = f"waves/{name}.yaml"
        if wave.synthetic:
            found.append((file, f"The answers of {wave.title} are made up."))
        if wave.design.weight == "none" and wave.design.calibrate is None:
            found.append((file, f"{wave.title}: every response counts once; those who answered stand for themselves."))
        if not (wave.design.strata or wave.design.cluster or wave.design.replicates):
            found.append((file, f"{wave.title}: responses were drawn one by one, independently of each other."))
        if wave.design.strata and wave.design.lonely != "fail":
            found.append((file, f"{wave.title}: {LONELY[wave.design.lonely]}"))
        found += [(file, f"{wave.title}, {column}: {d.because}.") for column, d in wave.differs.items()]
        reasons = list(dict.fromkeys(condition.otherwise for condition in wave.keep_if))
        if reasons:
            found.append((file, f"{wave.title}: left out are responses that count as {', '.join(reasons)}."))
    for scale in config.scales.values():
        if len(scale.items) > 1 and scale.answered_at_least < 1:
            least = wording.percent(scale.answered_at_least)
            said = f"{scale.title}: answered items stand for the others where {least} of them or more are answered."
            found.append(("scales.yaml", said))
    for status, words in STATUSES.items():
        labels = [item.label for item in config.items.values() if item.status == status]
        if labels:
            number = "One question" if len(labels) == 1 else f"{len(labels)} questions"
            found.append(("items.csv", f"{number} {words}: {', '.join(labels)}."))
    return found


def page(project: Project, code: list[Assumption], studies: list[StudyConfig]) -> str:
    """`assumptions.html`"""
    says = "Every assumption behind the report"
    frame = layout.Frame(project, "assumptions.html", "Assumptions", says, face=layout.REVIEW)
    files: dict[str, list[Assumption]] = {}
    for assumption in code:
        files.setdefault(assumption.file, []).append(assumption)
    return layout.page(
        "assumptions.html",
        frame,
        files=files,
        studies=[(study, of_study(study)) for study in studies],
        smallest=project.smallest_group,
        level=project.confidence_level,
    )


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """The line and words of each comment that begins with the mark, with the comment lines that follow it."""
    comments = _comment_lines(text)
    own_line = {n for n, line in enumerate(text.splitlines(), start=1) if line.lstrip().startswith("#")}
    for number in sorted(comments):
        if not comments[number].startswith(MARK):
            continue
        words, line = [comments[number].removeprefix(MARK)], number + 1
        while line in own_line and line in comments and not comments[line].startswith(MARK):
            words.append(comments[line])
            line += 1
        said = " ".join(w.strip() for w in words if w.strip())
        yield number, capital(said)


def _comment_lines(text: str) -> dict[int, str]:
    """The comments of a file by line, without the hash."""
    found = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string.lstrip("#").strip()
    except (tokenize.TokenError, IndentationError, SyntaxError):
        # A rule file is not quite python: its comment lines are told by their hash.
        lines = enumerate(text.splitlines(), start=1)
        return {number: line.strip().lstrip("#").strip() for number, line in lines if line.strip().startswith("#")}
    return found


def _parts(text: str) -> list[tuple[int, int, str]]:
    """Functions and classes: first line, last line, name."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [(n.lineno, n.end_lineno or n.lineno, n.name) for n in ast.walk(tree) if isinstance(n, kinds)]


def _innermost(parts: list[tuple[int, int, str]], line: int) -> str:
    around = [(last - first, name) for first, last, name in parts if first <= line <= last]
    return min(around)[1] if around else ""
