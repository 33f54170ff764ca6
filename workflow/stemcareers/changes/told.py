"""A comparison in words, as csv and as a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stemcareers import export, files, origins, templates
from stemcareers.changes.causes import Cause, Causes
from stemcareers.changes.numbers import ADDED, CHANGED, REMOVED, Change, changes
from stemcareers.changes.run import PRODUCTS, Run
from stemcareers.contracts import ESTIMATES
from stemcareers.errors import Problem

TEMPLATES = Path(__file__).parent / "templates"
MOST_ROWS = 8
UNRECORDED = "A run left no record of what it was made from: every file that differs is named, if it is here."
KEEP = (
    "Exports differ. Where answers are private, keep this comparison private too: it may tell what a single answer was."
)
SHOWN = ("estimate", "std_error", "ci_low", "ci_high", "n", "withheld")


@dataclass(frozen=True)
class Compared:
    """Two runs beside each other.

    changes   the numbers that are not what they were, by the result they stand in.
    same      how many are.
    products  the figures, tables and pages that are not what they were, by kind; and how many there are of the kind.
    because   the causes of each result's change.
    idle      what differs and changed nothing.
    """

    old: str
    new: str
    changes: dict[str, list[Change]]
    same: int
    products: dict[str, tuple[list[str], int]]
    because: dict[str, list[Cause]]
    idle: list[Cause]
    recorded: bool

    @property
    def differs(self) -> bool:
        """Whether anything that is shown came out otherwise."""
        return bool(self.changes) or any(changed for changed, _ in self.products.values())

    @property
    def of_answers(self) -> bool:
        """Whether an export is behind any of it: then a change may tell an answer."""
        return any(origins.is_raw(cause.what) for many in self.because.values() for cause in many)

    def count(self, kind: str) -> int:
        """How many numbers were added, removed or changed."""
        return sum(change.kind == kind for many in self.changes.values() for change in many)

    def text(self) -> str:
        """What a person reads."""
        counts = f"{self.count(CHANGED):,} changed, {self.count(ADDED):,} added, {self.count(REMOVED):,} removed"
        lines = [f"From {self.old} to {self.new}", f"Numbers: {counts}, {self.same:,} the same."]
        if not self.recorded:
            lines.append(UNRECORDED)
        if self.of_answers:
            lines.append(KEEP)
        for path, many in self.changes.items():
            lines += ["", f"{path}: {_counted(many)}", *_reasons(self.because[path])]
            lines += [f"  {in_words(change)}" for change in many[:MOST_ROWS]]
            if len(many) > MOST_ROWS:
                lines.append(f"  ... and {len(many) - MOST_ROWS:,} more; --to <file>.csv writes them all")
        lines += self._shown()
        if self.idle:
            lines += ["", "Differs, and changed nothing:", *(f"  {_named(cause)}" for cause in self.idle)]
        return "\n".join(lines) + "\n"

    def _shown(self) -> list[str]:
        lines = []
        behind = {cause.what for path in self.changes for cause in self.because[path]}
        for kind, (changed, total) in self.products.items():
            if changed:
                lines += ["", f"{kind.capitalize()}s: {len(changed)} of {total} changed"]
            for path in changed:
                more = [cause for cause in self.because[path] if cause.what not in behind]
                lines += [f"  {path}", *(f"  {line}" for line in _reasons(more))]
        return lines


def compared(old: Run, new: Run) -> Compared:
    """Two runs beside each other. Raises Problem where a study was asked for that neither has."""
    if absent := [study for study in old.studies if study not in {*old.built, *new.built}]:
        raise Problem("--study", *(f"{study} has results in neither" for study in absent))
    found, same = changes(old.rows(), new.rows())
    causes = Causes(old, new)
    by_file: dict[str, list[Change]] = {}
    for change in found:
        by_file.setdefault(change.file, []).append(change)
    products = _products(old.products(), new.products())
    changed = [path for paths, _ in products.values() for path in paths]
    because = {path: causes.of(path) for path in [*by_file, *changed]}
    told = {cause.what for many in because.values() for cause in many}
    idle = [cause for cause in causes.all() if cause.what not in told]
    return Compared(old.name, new.name, by_file, same, products, because, idle, causes.known)


def written(compared: Compared, path: Path) -> None:
    """Write all of it to a file: csv or html by the name's ending. Raises Problem for another ending."""
    if path.suffix == ".csv":
        files.write_text(path, _csv(compared))
    elif path.suffix == ".html":
        files.write_text(path, _html(compared))
    else:
        raise Problem(path, "ends neither in .csv nor in .html")


def in_words(change: Change) -> str:
    """One number: which it is, what it was and is, and how far that is."""
    key = change.key
    about = " ".join(filter(None, (key["quantity"], key["term"], key["level"])))
    where = "" if key["sample"] in {"", "all"} else f", {key['sample']}"
    start = f"{about} ({key['outcome']}{where})"
    if change.kind != CHANGED:
        one = change.new or change.old
        return f"{start}: {change.kind}, {one['estimate'] or one['withheld'] or 'without a number'}"
    told = [f"{name} {_from_to(change, name)}" for name in change.differs if name != "estimate"]
    if "estimate" in change.differs:
        far = f" ({change.in_errors:+.2g} standard errors)" if change.in_errors is not None else ""
        return f"{start}: {_from_to(change, 'estimate')}{far}"
    return f"{start}: estimate the same, {', '.join(told)}"


def _from_to(change: Change, name: str) -> str:
    return f"{change.old[name] or 'none'} -> {change.new[name] or 'none'}"


def _counted(many: Sequence[Change]) -> str:
    kinds = [change.kind for change in many]
    return ", ".join(f"{kinds.count(kind):,} {kind}" for kind in (CHANGED, ADDED, REMOVED) if kind in kinds)


def _reasons(causes: Sequence[Cause]) -> list[str]:
    return [line for cause in causes for line in (f"  because {_named(cause)}", *(f"      {x}" for x in cause.lines))]


def _named(cause: Cause) -> str:
    read = f"read by {cause.jobs} {'job' if cause.jobs == 1 else 'jobs'}"
    return f"{cause.what}: {cause.how}" + (f", {read}" if cause.jobs else "")


def _products(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[list[str], int]]:
    found = {}
    for kind, (folder, ending) in PRODUCTS.items():
        its = sorted(p for p in old.keys() | new.keys() if p.split("/")[2] == folder and p.endswith(ending))
        found[kind] = ([path for path in its if old.get(path) != new.get(path)], len(its))
    return found


def _csv(compared: Compared) -> str:
    target = io.StringIO(newline="\n")
    table = csv.writer(target, lineterminator="\n")
    pairs = [f"{name}_{when}" for name in SHOWN for when in ("old", "new")]
    table.writerow([*ESTIMATES.key, "change", *pairs, "difference", "in_std_errors", "file", "because"])
    for path, many in compared.changes.items():
        because = "; ".join(_named(cause) for cause in compared.because[path])
        for change in many:
            values = [side.get(name, "") for name in SHOWN for side in (change.old, change.new)]
            far = ["" if x is None else f"{x:.9g}" for x in (change.difference, change.in_errors)]
            words = [export.harmless(word) for word in change.key.values()]
            table.writerow([*words, change.kind, *values, *far, path, export.harmless(because)])
    return target.getvalue()


def _html(compared: Compared) -> str:
    environment = templates.environment(TEMPLATES, in_words=in_words, named=_named, counted=_counted)
    kinds = (CHANGED, ADDED, REMOVED)
    told = {"compared": compared, "unrecorded": UNRECORDED, "keep": KEEP, "kinds": kinds}
    return environment.get_template("diff.html").render(told)
