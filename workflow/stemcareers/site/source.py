"""The text of the project's own code and config as pages with numbered lines, for who has no checkout.

No data: hand corrections and crosswalks, which name responses and schools, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

from stemcareers import files
from stemcareers.config import Project
from stemcareers.site import layout

CODE = Path(__file__).resolve().parents[2]  # the folder workflow/ this library lies in
OF_CODE = {".py", ".smk"}
OF_CONFIG = {".yaml"}
TABLES = ("items.csv", "published.csv")  # of the csv files of a study's config, with its populations
POPULATIONS = "populations"
RULE = r"^rule {}:$"


@dataclass(frozen=True)
class File:
    """A file of the project: its name from the project's folder, its text, and the checksum of its bytes."""

    name: str
    text: str
    sha256: str

    @property
    def page(self) -> str:
        """Its page, below the site's folder."""
        return f"source/{self.name}.html"


@dataclass(frozen=True)
class Sources:
    """The files of the project that the site shows, by name."""

    files: Mapping[str, File]

    @classmethod
    def read(cls, root: Path, code: Path = CODE) -> Sources:
        """The rules, scripts and library of `code`, and the config of the project in `root`."""
        found = {}
        for folder, above in ((code, code.parent), (root / "config", root)):
            for path in sorted(p for p in folder.rglob("*") if p.is_file() and _is_shown(p.relative_to(above))):
                name = path.relative_to(above).as_posix()
                found[name] = File(name, path.read_text(encoding="utf-8"), files.sha256(path))
        return cls(found)

    def place(self, name: str, line: int | None = None) -> str:
        """Where a file, or a line of it, stands below the site's folder. Raises KeyError for one that is not shown."""
        return self.files[name].page + (f"#L{line}" if line else "")

    def rule(self, name: str) -> tuple[File, int] | None:
        """The rule file that holds a rule, and the rule's first line; None where no file does."""
        for file in self.files.values():
            if file.name.endswith(".smk") and (match := re.search(RULE.format(name), file.text, re.MULTILINE)):
                return file, file.text.count("\n", 0, match.start()) + 1
        return None

    def below(self, prefix: str) -> list[File]:
        """A module's file, or all files of a package."""
        return [f for name, f in self.files.items() if name == f"{prefix}.py" or name.startswith(f"{prefix}/")]

    def pages(self, project: Project) -> dict[str, str]:
        """A page for each file, and the list of all."""
        folders: dict[str, list[File]] = {}
        for file in self.files.values():
            folders.setdefault(file.name.rpartition("/")[0], []).append(file)
        says = "Every file behind the report"
        frame = layout.Frame(project, "source/index.html", "Code and config", says, face=layout.REVIEW)
        found = {"source/index.html": layout.page("sources.html", frame, folders=folders)}
        for file in self.files.values():
            found[file.page] = layout.page(
                "source.html",
                _frame(project, file),
                file=file,
                lines=numbered(file.text),
                count=len(file.text.splitlines()),
            )
        return found


def numbered(text: str) -> Markup:
    """The lines of a text, each in an element whose id is its number."""
    lines = enumerate(text.splitlines(), start=1)
    return Markup("\n").join(Markup('<span class="line" id="L{}">{}</span>').format(n, line) for n, line in lines)


def escaped(text: str) -> Markup:
    """A text as it stands, for a `pre`."""
    return escape(text.rstrip("\n"))


def _frame(project: Project, file: File) -> layout.Frame:
    return layout.Frame(
        project,
        file.page,
        file.name.rpartition("/")[2],
        f"The text of {file.name}",
        crumbs=(("How it was made", "made.html"), ("Code and config", "source/index.html")),
        face=layout.REVIEW,
    )


def _is_shown(path: Path) -> bool:
    if any(part.startswith((".", "__pycache__")) for part in path.parts):
        return False
    if path.parts[0] != "config":
        return path.suffix in OF_CODE or path.name == "Snakefile"
    totals = path.suffix == ".csv" and path.parent.name == POPULATIONS
    return path.suffix in OF_CONFIG or path.name in TABLES or totals
