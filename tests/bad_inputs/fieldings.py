"""One small survey as every survey tool would give it: the same six responses in eleven formats."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import written_lss
from stemcareers import clean, contracts, files, harmonise, ingest, score, weight
from stemcareers.config.entry import parse
from stemcareers.config.instrument import Instrument
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.config.wave import Wave
from stemcareers.readers.redcap_dictionary import HEADINGS
from written_sav import Variable, sav
from written_xlsx import xlsx

AGREE = {1: "Strongly disagree", 2: "Disagree", 3: "Neither", 4: "Agree", 5: "Strongly agree"}
ANSWERS = {
    "agree5": AnswerSet(kind="ordered", codes=AGREE, missing={9: "prefer_not"}),
    "yes_no": AnswerSet(kind="nominal", codes={1: "Yes", 2: "No"}, missing={8: "dont_know"}),
    "hours": AnswerSet(kind="number", low=0, high=60, unit="hours a week", missing={99: "dont_know"}),
    "words": AnswerSet(kind="text"),
}
WORDINGS = {
    "vision": "Leaders share a vision",
    "time": "There is time to lead",
    "staff": "Staff have a say",
    "club": "Is there a STEM club?",
    "hours": "How many hours a week?",
    "comment": "Anything else?",
}
SETS = dict(zip(WORDINGS, ["agree5", "agree5", "agree5", "yes_no", "hours", "words"], strict=True))
ITEMS = {
    name: Item(item=name, label=name.capitalize(), wording=wording, answers=SETS[name], status="official")
    for name, wording in WORDINGS.items()
}
LEADERSHIP = {
    "title": "Leadership",
    "measures": "how far leadership is shared",
    "role": "leadership_factor",
    "method": "mean",
    "items": ["vision", "time", "staff"],
    "unit": "points, 1 to 5",
}
COLUMNS = ("id", "urn", "consent", *WORDINGS)
# Ids that a program would spoil, and words that one would take for nothing.
PEOPLE = (
    ("0101", "0099", "Yes", "4", "5", "4", "1", "12", "None"),
    ("0102", "0100", "Yes", "2", "1", "2", "2", "0", "NA"),
    ("1E10", "0100", "Yes", "5", "5", "4", "1", "3.5", "n/a"),
    ("9007199254740993", "0101", "Yes", "1", "2", "1", "2", "60", "TRUE"),
    ("R5", "0101", "No", "3", "3", "3", "1", "7", ""),
    ("R6", "0102", "Yes", "2", "2", "3", "8", "", "null"),
)
CODED = {name: {str(code): label for code, label in ANSWERS[SETS[name]].codes.items()} for name in WORDINGS}
Row = Sequence[str]


@dataclass(frozen=True)
class Fielding:
    """An export as a tool gave it, and how the wave file names it.

    files    the export first, then its questionnaire file.
    columns  what each of COLUMNS is called in the export.
    ignored  the tool's own columns.
    export, wave   further keys of the wave file; form: of the instrument.
    """

    reader: str
    files: Mapping[str, bytes]
    columns: Mapping[str, str]
    ignored: tuple[str, ...] = ()
    export: Mapping[str, Any] = field(default_factory=dict)
    wave: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return next(iter(self.files))

    @property
    def content(self) -> bytes:
        return self.files[self.name]

    def but(self, content: bytes | None = None, tool_file: bytes | None = None, **changed: Any) -> Fielding:
        """The same with another export, or another questionnaire file."""
        name, *more = self.files
        given = {name: self.content if content is None else content}
        given |= {one: self.files[one] if tool_file is None else tool_file for one in more}
        return replace(self, files=given, **changed)

    def with_words(self, old: str, new: str, times: int = -1, encoding: str = "utf-8") -> Fielding:
        """The same with a text of the export replaced; the text must be there."""
        text = self.content.decode(encoding)
        assert old in text, f"{old!r} is not in the export"
        return self.but(text.replace(old, new, times).encode(encoding))


class Outcome(NamedTuple):
    """What the stages made of an export, each table as its contract has it."""

    ingested: ingest.Ingested
    cleaned: clean.Cleaned
    harmonised: harmonise.Harmonised
    scores: pd.DataFrame
    weights: pd.DataFrame

    @property
    def refused(self) -> dict[tuple[str, str], int]:
        """(item, reason): how many answers were set aside."""
        quarantine = self.ingested.quarantine
        return {(str(i), str(r)): len(rows) for (i, r), rows in quarantine.groupby(["item", "reason"])["row"]}

    @property
    def flow(self) -> dict[str, int]:
        """stage or reason: how many."""
        flow = self.harmonised.flow
        words = flow["reason"].where(flow["reason"] != "", flow["stage"])
        return dict(zip(words.tolist(), flow["n"].astype(int).tolist(), strict=True))


def through(fielding: Fielding, folder: Path, scales: Mapping[str, Mapping[str, Any]] | None = None) -> Outcome:
    """The export through ingest, clean, harmonise, weight and score, as the scripts call them."""
    for name, content in fielding.files.items():
        (folder / name).write_bytes(content)
    path = folder / fielding.name
    names = list(fielding.files)
    named: dict[str, Any] = {"file": names[0], "reader": fielding.reader, "sha256": files.sha256(path)}
    if len(names) > 1:
        named["questionnaire"] = {"file": names[1], "sha256": files.sha256(folder / names[1])}
    columns = fielding.columns
    wave = parse(
        Wave,
        {
            "instrument": "leaders",
            "title": "2025",
            "fielded": ["2025-03-03", "2025-04-11"],
            "export": {**named, **fielding.export},
            "source": {"how": "ask"},
            "response": columns["id"],
            "school": columns["urn"],
            "keep_if": [{"column": columns["consent"], "equals": "Yes", "otherwise": "no consent"}],
            "design": {"weight": "none"},
            **fielding.wave,
        },
        "waves/2025.yaml",
    )
    content = {
        "title": "Leaders",
        "mode": "online",
        "questions": {columns[item]: item for item in WORDINGS if item in columns},
        "ignore": list(fielding.ignored),
        **fielding.form,
    }
    form = parse(Instrument, content, "instruments/leaders.yaml")
    read = ingest.responses(path, wave, form, ITEMS, ANSWERS, "2025")
    responses, quarantine = contracts.INGESTED.conform(read.responses), contracts.QUARANTINE.conform(read.quarantine)
    clean.within_limit(quarantine, responses, wave, "data/ingested/2025.parquet", "data/quarantine/2025.parquet")
    kept = clean.responses(responses, quarantine, wave, ITEMS, ANSWERS, "waves/2025.yaml", None)
    cleaned = contracts.CLEANED.conform(kept.responses)
    same = harmonise.answers(cleaned, quarantine, kept.flow, wave, form, ITEMS, ANSWERS)
    wide = contracts.WIDE.conform(same.wide)
    weights = contracts.WEIGHTED.conform(weight.responses(cleaned, wave, "waves/2025.yaml", wide))
    known = {name: parse(Scale, dict(one), "scales.yaml") for name, one in (scales or {}).items()}
    scores = contracts.SCORED.conform(score.scales(wide, known, ITEMS, ANSWERS))
    if known:
        facts = {"study": "town", "wave": "2025", "synthetic": False, "confidence_level": 0.95}
        score.reliability(wide, known, ITEMS, ANSWERS, scored=scores, **facts)
    return Outcome(read, kept, same, scores, weights)


# --- the formats ------------------------------------------------------------------------------------------


def text_of(rows: Sequence[Sequence[str]], separator: str = ",", end: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue().encode()


def csv_export(people: Sequence[Row] = PEOPLE, columns: Sequence[str] = COLUMNS) -> Fielding:
    return Fielding("csv", {"x.csv": text_of([columns, *people])}, {name: name for name in columns})


def qualtrics(people: Sequence[Row] = PEOPLE, headers: int = 3) -> Fielding:
    own = ["ResponseId", "Status", "DistributionChannel"]
    said = ["Response ID", "Response Type", "Distribution Channel"]
    names = [own[0], *own[1:], *COLUMNS[1:]]
    texts = [*said, "Urn", "Consent", *WORDINGS.values()]
    ids = [json.dumps({"ImportId": f"QID{i}"}) for i in range(len(names))]
    rows = [[person[0], "IP Address", "anonymous", *person[1:]] for person in people]
    content = text_of([names, texts, *([ids] if headers == 3 else []), *rows])
    columns = {**{name: name for name in COLUMNS}, "id": "ResponseId"}
    return Fielding("qualtrics", {"x.csv": content}, columns, tuple(own[1:]))


def surveymonkey(people: Sequence[Row] = PEOPLE) -> Fielding:
    first = ["Respondent ID", "Collector ID", "Custom Data 1", "consent", *WORDINGS.values()]
    second = ["", "", "", *["Response"] * 6, "Open-Ended Response"]
    rows = [[person[0], "4", *person[1:]] for person in people]
    columns = {"id": "Respondent ID", "urn": "Custom Data 1", "consent": "consent", **WORDINGS}
    return Fielding("surveymonkey", {"x.csv": text_of([first, second, *rows])}, columns, ("Collector ID",))


def jisc(people: Sequence[Row] = PEOPLE) -> Fielding:
    asked = {name: f"{number}. {words}" for number, (name, words) in enumerate(WORDINGS.items(), start=3)}
    header = ["Unique response number", "1. School", "2. Consent", *asked.values()]
    columns = {"id": header[0], "urn": "1", "consent": "2", **{name: asked[name].split(".")[0] for name in asked}}
    return Fielding("jisc", {"x.csv": text_of([header, *people], end="\r\n")}, columns)


def redcap(people: Sequence[Row] = PEOPLE) -> Fielding:
    coded = {name: " | ".join(f"{c}, {label}" for c, label in CODED[name].items()) for name in WORDINGS}
    coded["club"] += " | 8, Don't know"
    words = {"id": "Record", "urn": "School", "consent": "Consent", **WORDINGS}
    fields = [
        [n, "leaders", "", "radio" if coded.get(n) else "text", words[n], coded.get(n, ""), "", "", "", ""]
        for n in COLUMNS
    ]
    dictionary = text_of([[names[0] for names in HEADINGS.values()], *fields])
    content = text_of([[*COLUMNS, "leaders_complete"], *([*person, "2"] for person in people)])
    columns = {name: name for name in COLUMNS}
    return Fielding("redcap", {"x.csv": content, "form.csv": dictionary}, columns, ("leaders_complete",))


WIDTHS = dict(zip(COLUMNS, [16, 4, 3, 1, 1, 1, 1, 4, 8], strict=True))
CONTROL = (
    "DATA LIST FILE='x.txt' /\n"
    "  id 1-16 (A) urn 17-20 (A) consent 21-23 (A) vision 24 time 25 staff 26 club 27 hours 28-31 comment 32-39 (A).\n"
    "VALUE LABELS vision time staff 1 'Strongly disagree' 2 'Disagree' 3 'Neither' 4 'Agree' 5 'Strongly agree'\n"
    "  / club 1 'Yes' 2 'No' 8 'Don''t know'.\n"
    "MISSING VALUES club (8).\n"
)


def fixed_width(people: Sequence[Row] = PEOPLE) -> Fielding:
    lines = [
        "".join(text.ljust(width) for text, width in zip(person, WIDTHS.values(), strict=True)) for person in people
    ]
    content = "".join(f"{line}\n" for line in lines).encode()
    columns = {name: name for name in COLUMNS}
    return Fielding("fixed_width", {"x.txt": content, "form.sps": CONTROL.encode()}, columns)


def spss(people: Sequence[Row] = PEOPLE, **more: Any) -> Fielding:
    content = sav(spss_variables(), [spss_row(person) for person in people], **more)
    return Fielding("spss", {"x.sav": content}, {name: name.upper() for name in COLUMNS})


def spss_variables() -> list[Variable]:
    labels = {name: {float(c): words for c, words in CODED[name].items()} for name in WORDINGS}
    return [
        *(Variable(name.upper(), 16) for name in COLUMNS[:3]),
        *(Variable(name.upper(), labels=labels[name]) for name in ("vision", "time", "staff")),
        Variable("CLUB", missing=(8,), labels={**labels["club"], 8.0: "Don't know"}),
        Variable("HOURS"),
        Variable("COMMENT", 16),
    ]


def spss_row(person: Row) -> list[float | str | None]:
    return [*person[:3], *(float(text) if text else None for text in person[3:8]), person[8]]


def stata(people: Sequence[Row] = PEOPLE, version: int = 118, **more: Any) -> Fielding:
    frame = pd.DataFrame(list(people), columns=list(COLUMNS))
    for name in list(WORDINGS)[:5]:
        frame[name] = pd.to_numeric(frame[name])
    labels = {name: {int(c): words for c, words in CODED[name].items()} for name in ("vision", "time", "staff", "club")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.dta"
        frame.to_stata(path, version=version, write_index=False, value_labels=labels, **more)
        content = path.read_bytes()
    return Fielding("stata", {"x.dta": content}, {name: name for name in COLUMNS})


def excel(people: Sequence[Row] = PEOPLE, **more: Any) -> Fielding:
    rows = [list(COLUMNS), *([*p[:3], *(float(t) if t else None for t in p[3:8]), p[8] or None] for p in people)]
    return workbook({"Answers": rows}, **more)


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], **more: Any) -> Fielding:
    return Fielding("excel", {"x.xlsx": packed(sheets, **more)}, {name: name for name in COLUMNS})


def packed(sheets: Mapping[str, Sequence[Sequence[object]]], **more: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return xlsx(Path(folder) / "x.xlsx", sheets, **more).read_bytes()


LSS_KINDS = {"comment": "S", "hours": "N"}


def limesurvey(people: Sequence[Row] = PEOPLE, labels: bool = False) -> Fielding:
    missing = {"club": {"8": "Don't know"}}
    asked: list[dict[str, object]] = [
        {"code": "urn", "kind": "S", "text": "School"},
        {"code": "consent", "kind": "S", "text": "Consent"},
    ]
    asked += [
        {"code": name, "kind": LSS_KINDS.get(name, "L"), "text": words, "answers": CODED[name] | missing.get(name, {})}
        for name, words in WORDINGS.items()
    ]
    header = ["id", "submitdate", "startlanguage", *COLUMNS[1:]]
    rows = [[p[0], "2025-03-04 10:20:00", "en", *p[1:]] for p in people]
    if labels:
        for row in rows:
            for place, name in enumerate(header):
                known = CODED.get(name, {}) | missing.get(name, {})
                row[place] = known.get(row[place], row[place])
    given = {"x.csv": text_of([header, *rows]), "form.lss": written_lss.lss(questions=asked).encode()}
    columns = {name: name for name in COLUMNS}
    ignored = ("submitdate", "startlanguage")
    return Fielding("limesurvey", given, columns, ignored, {"answers": "labels" if labels else "codes"})


def xlsform(people: Sequence[Row] = PEOPLE) -> Fielding:
    lists = {"vision": "agree", "time": "agree", "staff": "agree", "club": "yes_no"}
    survey = [["type", "name", "label"], ["text", "urn", "School"], ["text", "consent", "Consent"]]
    survey += [
        [f"select_one {lists[name]}" if name in lists else "decimal" if name == "hours" else "text", name, words]
        for name, words in WORDINGS.items()
    ]
    choices = [["list_name", "name", "label"], *(["agree", c, words] for c, words in CODED["vision"].items())]
    choices += [["yes_no", c, words] for c, words in {**CODED["club"], "8": "Don't know"}.items()]
    content = text_of([["_id", *COLUMNS[1:]], *people])
    form = packed({"survey": survey, "choices": choices})
    return Fielding("xlsform", {"x.csv": content, "form.xlsx": form}, {**{n: n for n in COLUMNS}, "id": "_id"})


WRITERS: dict[str, Callable[..., Fielding]] = {
    "csv": csv_export,
    "excel": excel,
    "fixed_width": fixed_width,
    "jisc": jisc,
    "limesurvey": limesurvey,
    "qualtrics": qualtrics,
    "redcap": redcap,
    "spss": spss,
    "stata": stata,
    "surveymonkey": surveymonkey,
    "xlsform": xlsform,
}
