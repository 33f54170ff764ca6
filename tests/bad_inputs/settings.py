"""What is done to a config file: config is input like any other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from stemcareers import config

from bad_inputs.cases import Case, came_of

VALID = Path(__file__).resolve().parents[1] / "broken" / "valid"
TOWN = Path("config/studies/town")
WAVE, GUIDES = "waves/2024.yaml", "specifications/guides.yaml"
FILE_NAMES: tuple[tuple[str, str], ...] = (
    ("/etc/passwd", "an absolute path"),
    ("../../../etc/passwd", "a path that climbs out"),
    ("..", "the folder above"),
    ("a/../b.csv", "a path within"),
    ("..\\\\..\\\\x.csv", "a path as Windows writes it"),
    ("C:x.csv", "a drive"),
    ("\\\\\\\\host\\\\share\\\\x.csv", "a computer"),
    ("~/x.csv", "a home folder"),
    ("$HOME/x.csv", "a variable of the shell"),
    ("file:///etc/passwd", "an address"),
    (".hidden.csv", "a hidden file"),
    ("-rf", "an option"),
    ("x.csv; touch broken-into", "a command after it"),
    ("$(touch broken-into).csv", "a command within it"),
    ("`touch broken-into`.csv", "a command within it, in the old way"),
    ("x.csv\\ny", "a line break"),
    ("x\\0.csv", "a zero byte"),
    ("CON", "a device of Windows"),
    ("con.csv", "a device of Windows with an ending"),
    ("Lpt1.txt", "another device of Windows"),
    ("x" * 300 + ".csv", "300 characters"),
    ("\\U0001F600.csv", "an emoji"),
    ("\\uFF58.csv", "a full-width letter"),
    ("r\\u00E9sum\\u00E9.csv", "accents"),
    ("x\\u202Evsc.csv", "letters turned round"),
)
IDS: tuple[tuple[str, str], ...] = (
    ("__import__('os').system('touch broken-into')", "a call of Python"),
    ("lead_time)**2", "a formula"),
    ("C(lead_time)", "a term of a formula"),
    ("lead_time; touch broken-into", "a command after it"),
    ("$(touch broken-into)", "a command"),
    ("{wave}", "a wildcard"),
    ("../lead_time", "a path"),
    ("lead\\uFF3Ftime", "a full-width letter"),
    ("le\\u0430d_time", "a Cyrillic letter"),
    ("lead\\u200B_time", "a character that does not show"),
    ("Lead_Time", "capitals"),
    ("l" * 300, "300 characters"),
    ("<script>alert(1)</script>", "markup"),
    ("=HYPERLINK(1)", "a formula of a spreadsheet"),
)
YAML: tuple[tuple[str, str, str], ...] = (
    ("S11", "a Python object", "title: !!python/object/apply:os.system ['touch broken-into']\n"),
    ("S11", "a Python name", "title: !!python/name:os.system\n"),
    ("S11", "a tag of one's own", "title: !file /etc/passwd\n"),
    ("S11", "binary", "title: !!binary aGVsbG8=\n"),
    ("S13", "an alias", "title: &a Guides\nshort: *a\n"),
    ("S13", "an alias bomb", "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\ntitle: *c\n"),
    ("S13", "an alias to itself", "title: &a [*a]\n"),
    ("I4", "a key twice", "title: One\ntitle: Two\n"),
    ("S11", "two documents", "title: One\n---\ntitle: Two\n"),
    ("S13", "nested 2,000 deep", "title: " + "[" * 2000 + "\n"),
    ("S11", "a control character", "title: a\x07b\n"),
    ("I8", "not UTF-8", "title: caf\xe9\n"),
    ("I40", "nothing", ""),
    ("I3", "a number of 30 digits", "title: 123456789012345678901234567890\n"),
    ("I38", "yes for true", "title: x\nshort: x\nfamily: share\noutcome: lead_time\neach_alone: yes\n"),
    ("S13", "6 million bytes", "title: " + "x" * 6_000_000 + "\n"),
    ("S15", "an expression", "title: x\nshort: x\nfamily: share\noutcome: lead_time * 2\n"),
)


def cases() -> Iterator[Case]:
    """Every case of a bad config file, held against a whole project without a fault."""
    for name, done in FILE_NAMES:
        row = "S14" if "touch" in name else "S19" if "Windows" in done or "300" in done else "S10"
        yield _case(row, f"export.file: {done}", lambda f, n=name: _replace(f, WAVE, "file: 2024.csv", f'file: "{n}"'))
    for name, done in IDS:
        row = "S14" if "touch" in name and "import" not in name else "S15"
        yield _case(row, f"an id: {done}", lambda f, n=name: _write(f, GUIDES, _specification(n)))
    for row, done, text in YAML:
        yield _case(row, f"yaml: {done}", lambda f, t=text: _write(f, GUIDES, t.encode("cp1252") if "caf" in t else t))
    for row, done, change in _files():
        yield _case(row, done, change)


def _specification(outcome: str) -> str:
    return f'title: x\nshort: x\nfamily: share\noutcome: "{outcome}"\n'


def _case(row: str, done: str, change: Callable[[Path], object]) -> Case:
    def outcome(folder: Path) -> str:
        shutil.copytree(VALID, folder, dirs_exist_ok=True)
        change(folder)
        return came_of(lambda: _checked(folder), folder)

    return Case(row, "config", done, outcome)


def _checked(folder: Path) -> None:
    config.project_or_problems(folder, folder / "notebooks")


def _replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / TOWN / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def _write(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / TOWN / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _link(folder: Path, name: str, target: Path) -> None:
    path = folder / TOWN / name
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _outside(folder: Path) -> Path:
    """A file beside the project, which no config may reach."""
    path = folder / "secret.yaml"
    path.write_text("title: secret\n", encoding="utf-8")
    return path


def _names(*names: str) -> Sequence[str]:
    return names


def _files() -> Iterator[tuple[str, str, Callable[[Path], object]]]:
    named = _specification("lead_time")
    for name in _names(
        "con.yaml",
        "Guides.yaml",
        "a b.yaml",
        "x;touch broken-into.yaml",
        "\u0430.yaml",
        "x\u200b.yaml",
        "guides.yaml.bak",
        "x" * 200 + ".yaml",
        "guides.pkl",
    ):
        shown = name.encode("unicode_escape").decode() if len(name) < 50 else "205 characters"
        yield "S19", f"a specification named {shown}", lambda f, n=name: _write(f, f"specifications/{n}", named)
    yield "S19", "a study named nul", lambda f: (f / "config/studies/nul").mkdir()
    yield "S19", "a study named a b", lambda f: (f / "config/studies/a b").mkdir()
    yield "S10", "a wave file that is a link out of config/", lambda f: _link(f, WAVE, _outside(f))
    yield "S10", "items that are a link out of config/", lambda f: _link(f, "items.csv", _outside(f))
    yield "S10", "a specification that is a link to a device", lambda f: _link(f, GUIDES, Path("/dev/zero"))
    yield (
        "S10",
        "a specification that is a pipe",
        lambda f: ((f / TOWN / GUIDES).unlink(), os.mkfifo(f / TOWN / GUIDES)),
    )
    yield "S10", "a specification that is a link to itself", lambda f: _link(f, GUIDES, Path("guides.yaml"))
    yield (
        "S10",
        "a study that is a link out of config/",
        lambda f: (
            shutil.copytree(f / TOWN, f / "elsewhere"),
            (f / "config/studies/village").symlink_to(f / "elsewhere"),
        ),
    )
    yield (
        "I7",
        "a row of items.csv that goes on",
        lambda f: _append(f, "items.csv", "zz,Label,Wording,agree5,official,more\n"),
    )
    yield "I6", "a row of items.csv that is cut off", lambda f: _append(f, "items.csv", 'zz,Label,"Wording\n')
    yield "S1", "markup in an item's id", lambda f: _append(f, "items.csv", "<b>x</b>,Label,Wording,agree5,official\n")
    yield (
        "I8",
        "items.csv in cp1252",
        lambda f: _write(
            f, "items.csv", (f / TOWN / "items.csv").read_bytes() + b"zz,caf\xe9,Wording,agree5,official\n"
        ),
    )
    yield (
        "S1",
        "an escape code of a terminal in a label",
        lambda f: _append(f, "items.csv", "zz,\x1b[2JLabel,Wording,agree5,official\n"),
    )
    for done, unit in (("=", "=1+1"), ("+", "+1"), ("-", "-1"), ("@", "@SUM(1)"), ("a full-width =", "\uff1d1")):
        yield "S7", f"a unit that begins with {done}", lambda f, u=unit: _append(f, "scales.yaml", _unit(u))
    yield "I21", "an anchor that is an item of the scale", lambda f: _append(f, "scales.yaml", _anchored("lead_time"))
    yield "I21", "an anchor that is no item", lambda f: _append(f, "scales.yaml", _anchored("lead_tme"))
    yield "I21", "an anchor without a sign", lambda f: _append(f, "scales.yaml", _anchored("plan", "up"))


def _unit(unit: str) -> str:
    return (
        "zz_scale: {title: Z, measures: z, role: leadership_factor, method: mean, items: [lead_vision, lead_time], "
        f'unit: "{unit}"}}\n'
    )


def _append(folder: Path, name: str, text: str) -> None:
    path = folder / TOWN / name
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def _anchored(item: str, sign: str = "+") -> str:
    return (
        "zz_scale: {title: Z, measures: z, role: leadership_factor, method: mean, items: [lead_vision, lead_time], "
        f'unit: points, anchor: {{item: {item}, sign: "{sign}"}}}}\n'
    )
