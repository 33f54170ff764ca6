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

INSTRUMENT, ANSWERS, SCALES, ADJUSTED = (
    "instruments/careers-leader.yaml",
    "answers.yaml",
    "scales.yaml",
    "specifications/adjusted.yaml",
)
FIELDED = "[2024-03-01, 2024-04-11]"
# Row, what was done, the file, what stood there, what stands there now.
SLIPS: tuple[tuple[str, str, str, str, str], ...] = (
    ("I30", "the first day after the last", WAVE, FIELDED, "[2024-04-11, 2024-03-01]"),
    ("I30", "31 February", WAVE, FIELDED, "[2024-02-01, 2024-02-31]"),
    ("I30", "days with the day first", WAVE, FIELDED, "[01/03/2024, 11/04/2024]"),
    ("I30", "the year 2204", WAVE, FIELDED, "[2204-03-01, 2204-04-11]"),
    ("I4", "two waves of one title", WAVE, 'title: "2024"', 'title: "2025"'),
    ("I4", "an id made of one column twice", WAVE, "response: ResponseId", "response: [ResponseId, ResponseId]"),
    ("I41", "a weight called None", WAVE, "weight: none", "weight: None"),
    ("I38", "a condition that equals true", WAVE, "equals: Yes", "equals: true"),
    ("I36", "a condition of at least sixty", WAVE, "at_least: 60", "at_least: sixty"),
    ("I12", "a reader called xlsx", WAVE, "reader: csv", "reader: xlsx"),
    ("I12", "a sheet of a csv", WAVE, "reader: csv", "reader: csv\n  sheet: Answers"),
    ("I8", "an encoding of a database", WAVE, "reader: csv", "reader: csv\n  encoding: utf8mb4"),
    ("I18", "a question that waits for itself", INSTRUMENT, "asked_if: {plan: [1]}", "asked_if: {visits: [1]}"),
    ("I18", "routing by no code", INSTRUMENT, "asked_if: {plan: [1]}", "asked_if: {plan: []}"),
    ("I18", "routing by a label", INSTRUMENT, "asked_if: {plan: [1]}", "asked_if: {plan: [Yes]}"),
    ("I18", "routing by free text", INSTRUMENT, "asked_if: {plan: [1]}", "asked_if: {wishes: [1]}"),
    ("I4", "an item asked twice", INSTRUMENT, "Q5: guide", "Q5: phase"),
    ("S13", "an anchor without an alias", INSTRUMENT, "Q5: guide", "Q5: &a guide"),
    ("I36", "codes with decimals", INSTRUMENT, "{Yes: 1, No: 2}", "{Yes: 1.5, No: 2}"),
    ("I39", "a tab in yaml", INSTRUMENT, "  Q5: guide", "\tQ5: guide"),
    ("I39", "two labels that differ in capitals", ANSWERS, "{1: Yes, 2: No}", '{1: Yes, 2: "yes"}'),
    ("I20", "ordered answers from high to low", ANSWERS, "{1: Disagree strongly, 2: Disagree,", "{2: Disagree, 1: No,"),
    (
        "I16",
        "99 is no answer, and a number that may be given",
        ANSWERS,
        "unit: visits",
        "unit: visits, missing: {99: skipped}",
    ),
    ("I19", "an indicator of all codes", SCALES, "codes: [1]", "codes: [1, 2]"),
    (
        "I19",
        "a mean of items with other answers",
        SCALES,
        "[lead_vision, lead_time]\n",
        "[lead_vision, lead_time, plan]\n",
    ),
    ("I21", "a reversed item that is none of the scale", SCALES, "reversed: [lead_time]", "reversed: [plan]"),
    ("I18", "a scale of itself", SCALES, "items: [plan]", "items: [has_plan]"),
    ("I36", "75 for a share", SCALES, "reversed: [lead_time]", "reversed: [lead_time]\n  answered_at_least: 75"),
    (
        "I43",
        "an item and a scale of it alone in a model",
        ADJUSTED,
        "[leadership, has_plan]",
        "[leadership, has_plan, plan]",
    ),
    ("I43", "an item that explains a scale of itself", ADJUSTED, "outcome: visits", "outcome: lead_vision"),
    ("I4", "two waves of one export", WAVE, "file: 2024.csv", "file: 2025.csv"),
    ("I4", "a figure that names a specification twice", "figures/effects.yaml", "[adjusted]", "[adjusted, adjusted]"),
    ("I4", "a figure that names an answer twice", "figures/guides.yaml", "levels: [1, 2]", "levels: [1, 1]"),
    ("I4", "a table that names a specification twice", "tables/effects.yaml", "[adjusted]", "[adjusted, adjusted]"),
    ("I4", "a section that shows a figure twice", "reports/provision.yaml", "[guides]", "[guides, guides]"),
    ("I4", "a context that names an item twice", "study.yaml", "[phase, pupils]", "[phase, pupils, phase]"),
    (
        "I39",
        "two labels that differ in the form of an apostrophe",
        ANSWERS,
        "{1: Yes, 2: No}",
        '{1: "Don\'t", 2: "Don\\u2019t"}',
    ),
    ("I39", "a no-break space in a label", ANSWERS, "{1: Yes, 2: No}", '{1: "Not\\u00A0yet", 2: No}'),
    ("I39", "a character that does not show in a label", ANSWERS, "{1: Yes, 2: No}", '{1: "Yes\\u200B", 2: No}'),
    ("I18", "an item of another study", ADJUSTED, "outcome: visits", "outcome: science_clubs"),
    ("S15", "a formula for an outcome", ADJUSTED, "outcome: visits", "outcome: log(visits)"),
    ("I18", "a wave that is none", ADJUSTED, "by wave", "wave=2031"),
    ("I36", "a wave as a number", ADJUSTED, "family: linear", "family: linear\nwaves: [2024]"),
    ("I18", "a kind of figure that is none", "figures/effects.yaml", "kind: forest", "kind: pie"),
    (
        "I18",
        "a report with a figure that is not there",
        "reports/provision.yaml",
        "figures: [effects]",
        "figures: [efects]",
    ),
    ("I18", "a sentence with a blank that nothing fills", "reports/provision.yaml", "{difference}", "{diference}"),
    ("I6", "a sentence whose blank has no end", "reports/provision.yaml", "{difference}", "{difference"),
)
CALIBRATED = "{weight: none, cluster: school, calibrate: {method: rake, population: p, margins: [phase, region]}}"


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
    for row, done, name, old, new in SLIPS:
        yield _case(row, done, lambda f, n=name, o=old, w=new: _replace(f, n, o, w))
    for row, done, change in _more_slips():
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


def _more_slips() -> Iterator[tuple[str, str, Callable[[Path], object]]]:
    crossing, totals = "wave,school,becomes,since,kind,because\n", "margin,level,total,source\n"
    yield "I18", "differs that says nothing", lambda f: _append(f, WAVE, "differs:\n  Q1: {because: reversed}\n")
    yield (
        "I18",
        "differs about a column that is none",
        lambda f: _append(f, WAVE, "differs:\n  Q77: {codes: {1: 2}, because: x}\n"),
    )
    yield "I12", "items.csv with semicolons", lambda f: _write(f, "items.csv", "item;label;wording;answers;status\n")
    yield "I18", "items.csv without a column", lambda f: _write(f, "items.csv", "item,label,wording,answers\n")
    yield "I40", "items.csv of one line", lambda f: _write(f, "items.csv", "item,label,wording,answers,status\n")
    yield "S10", "a folder called items.csv", lambda f: _folder(f, "items.csv")
    yield "S10", "a folder called 2024.yaml", lambda f: _folder(f, WAVE)
    yield "S19", "a file called .yml", lambda f: _write(f, "specifications/x.yml", "title: x\n")
    yield (
        "I44",
        "a school that had its new id before",
        lambda f: _write(f, "crosswalk.csv", crossing + "2024,100,101,1999-06-01,renamed,x\n"),
    )
    yield (
        "I44",
        "a school that becomes itself",
        lambda f: _write(f, "crosswalk.csv", crossing + "2024,100,100,2024-06-01,renamed,x\n"),
    )
    yield (
        "I41",
        "totals that no wave reads",
        lambda f: _write(f, "populations/p.csv", totals + "phase,1,10,x\nphase,2,5,x\n"),
    )
    yield (
        "I41",
        "totals that do not add up to one population",
        lambda f: _calibrated(f, totals + "phase,1,10,x\nphase,2,10,x\nregion,1,5,x\nregion,2,10,x\n"),
    )
    yield (
        "I41",
        "a total with thousands",
        lambda f: _calibrated(f, totals + 'phase,1,"10,000",x\nphase,2,10,x\nregion,1,5,x\nregion,2,10,x\n'),
    )


def _folder(folder: Path, name: str) -> None:
    (folder / TOWN / name).unlink()
    (folder / TOWN / name).mkdir()


def _calibrated(folder: Path, totals: str) -> None:
    """Both waves weighted to these totals of phase and region."""
    for wave in (WAVE, "waves/2025.yaml"):
        _replace(folder, wave, "{weight: none, strata: region, cluster: school}", CALIBRATED)
    _replace(folder, "study.yaml", "context: [", "context: [region, ")
    _append(folder, "items.csv", "region,Region,Where is the school?,region,administrative\n")
    _append(folder, ANSWERS, "region: {kind: nominal, codes: {1: North, 2: South}}\n")
    _write(folder, "populations/p.csv", totals)


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
