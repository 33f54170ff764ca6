"""What must not be in a bundle: private files, this machine's names, empty and doubled files, people's addresses."""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

TABLES_OF_PEOPLE = {".parquet", ".pkl", ".pickle", ".sav", ".por", ".dta", ".xlsx", ".xls", ".sas7bdat", ".rds", ".zip"}
# A machine's folders; not the end of a web address or of a relative path.
# A pattern begins with a sign that is rare in text, and looks back from it: quick, and linear in long runs of letters.
ABSOLUTE = re.compile(
    r"/(?<![\w.:/<]/)(?:home|Users|root|tmp|var|mnt|srv|opt|work|data)/\w"
    r"|:(?<=[A-Z]:)(?<![\w.:/<][A-Z]:)\\\\?\w"
)
EMAIL = re.compile(r"@(?<=\w@)[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b")
TELEPHONE = re.compile(r"(?<![\d.])(?:\+44 ?\d{2,4}|0\d{2,4})(?: \d{3,4}){2}(?![\d.])")
PEOPLE = {"an e-mail address": EMAIL, "a postcode": POSTCODE, "a telephone number": TELEPHONE}
# Tables of config too, for hand corrections are among them; in its settings an address is one to write to.
ABOUT_PEOPLE = ("results/", "data/", "notebooks/")
EXAMPLES = "PROJECT.md"  # where commands are shown with a folder for an example
SHORTEST = 5  # letters of a host or user name that can be told from other words


def faults(contents: Mapping[str, bytes], provided: Iterable[str], sums: Mapping[str, str]) -> list[str]:
    """A sentence for each file that must not leave as it is; what was found is not repeated.

    contents  every file of the bundle by its place.
    provided  the made-up exports, which may be in a format for answers.
    sums      the sha256 of each file.
    """
    given = set(provided)
    private = names_of_this_machine()
    found = []
    for path, content in contents.items():
        if not content.strip():
            found.append(f"{path} is empty")
        if path.startswith("data/") and path not in given:
            found.append(f"{path} is private: only made-up exports may be passed on")
        elif Path(path).suffix in TABLES_OF_PEOPLE and path not in given:
            found.append(f"{path} is in a format for answers, not for results")
        found += [f"{path} {wrong}" for wrong in _in_text(path, content, private)]
    return found + _doubled(sums)


def names_of_this_machine() -> set[str]:
    """The host's and user's name, and the folders of the user and of this process."""
    names = {socket.gethostname(), getpass.getuser()}
    folders = {f"{Path.home().as_posix()}/", Path.cwd().as_posix()}
    return {name for name in names if len(name) >= SHORTEST} | {f for f in folders if len(f) > SHORTEST}


def _in_text(path: str, content: bytes, private: set[str]) -> list[str]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ["names this machine"] if any(name.encode() in content for name in private) else []
    wrong = []
    if any(name in text and re.search(rf"(?<![\w-]){re.escape(name)}", text) for name in private):
        wrong.append("names this machine")
    if ABSOLUTE.search(text) and path != EXAMPLES:
        wrong.append("holds a path that is good on one machine only")
    if path.startswith(ABOUT_PEOPLE) or (path.startswith("config/") and path.endswith(".csv")):
        wrong += [f"holds what looks like {what}" for what, pattern in PEOPLE.items() if pattern.search(text)]
    return wrong


def _doubled(sums: Mapping[str, str]) -> list[str]:
    by_sum: dict[str, list[str]] = {}
    for path, one in sorted(sums.items()):
        if path.startswith("results/"):
            continue  # the table of all studies is that of the only one; two waves may have flowed alike
        by_sum.setdefault(one, []).append(path)
    return [f"{' and '.join(paths)} are the same file" for paths in by_sum.values() if len(paths) > 1]
