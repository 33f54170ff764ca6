"""The wave file as drafted: export, ids, conditions, design, and where it departs from a known questionnaire."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stemcareers.config.instrument import Instrument
from stemcareers.config.meaning import squeezed
from stemcareers.config.spelling import spelling
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave, WaveDesign
from stemcareers.draft.columns import QUOTED_FROM, Column, is_id
from stemcareers.draft.known import QUOTED, Known
from stemcareers.draft.likeness import Likeness
from stemcareers.draft.match import likeness_of, matches
from stemcareers.draft.words import REVIEW, code, comment, flow, text
from stemcareers.readers.table import Table
from stemcareers.readers.wordings import same_words

FITS_FROM = 0.6  # the share of a questionnaire's columns that an export must have to be one of its waves
LONGEST_ID = 40
OTHER_WORDS = 0.5  # the likeness to what an item was called before, below which a column is another question
# Weights that count every country alike, or students: not those of the sample of schools.
SCALED = re.compile(r"senate|senw|\bnormali[sz]ed|student|replicate|sum of|_sum\b", re.IGNORECASE)
COLUMNS_OF_DESIGN = ("strata", "cluster", "population", "cluster_within", "strata_within", "population_within")
_DAYS = re.compile(r"start|end|recorded|submi|completed|date|timestamp|today", re.IGNORECASE)
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?!\d)")
_BY_MONTH = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ](\d{4})(?!\d)")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
STRATA = re.compile(r"strat(a|um|\d+|_\w+)?", re.IGNORECASE)
_BY_PARTS = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)")
_YES = re.compile(r"(yes|i agree|agree|i consent|consent|true)\b.*", re.IGNORECASE)


def questionnaire(
    table: Table, columns: list[Column], instruments: Mapping[str, Instrument], known: Mapping[str, Known]
) -> str | None:
    """The known questionnaire that most of whose columns the export has; None where none fits.

    A column counts where the words of the export do not speak against it: SC14Q01 is another question every time.
    """
    strange = _contradicted(columns, instruments, known)
    shares = {
        name: sum(c in table.columns and (name, c) not in strange for c in its.columns()) / len(its.columns())
        for name, its in instruments.items()
        if its.whole and its.columns()
    }
    best = max(shares, key=lambda name: shares[name], default=None)
    return best if best is not None and shares[best] >= FITS_FROM else None


def _contradicted(
    columns: list[Column], instruments: Mapping[str, Instrument], known: Mapping[str, Known]
) -> set[tuple[str, str]]:
    """The questionnaires and columns where the export calls the column something else than its item ever was."""
    likeness = likeness_of(columns, known)
    found = set()
    for column in columns:
        for name, its in instruments.items():
            before = known.get(its.columns().get(column.name, ""), Known()).wordings if its.whole else ()
            if column.wording and before and max(likeness.of(column.wording, w) for w in before) < OTHER_WORDS:
                found.add((name, column.name))
    return found


def leaves_out(pattern: Wave | None, instruments: Mapping[str, Instrument]) -> bool:
    """Whether the questionnaire of the wave most like it leaves out what it does not use."""
    its = instruments.get(pattern.instrument) if pattern is not None else None
    return its is not None and its.whole and its.other_columns == "ignore"


def weights(columns: list[Column], before: Mapping[str, str]) -> list[Column]:
    """The columns that seem to hold a weight, most like those of the waves before them first.

    before   the columns of weights of the study's waves, and what their exports call them.
    """
    likeness = Likeness([*(c.wording for c in columns), *before.values()])

    def rank(column: Column) -> tuple[bool, float, str]:
        words = max((likeness.of(column.wording, its) for its in before.values() if its), default=0.0)
        return (SCALED.search(f"{column.wording} {column.name}") is not None, -words, column.name)

    return sorted((c for c in columns if c.holds == "weight"), key=rank)


def wave(
    title: str,
    instrument: str,
    entry: Mapping[str, Any],
    table: Table,
    columns: list[Column],
    differs: str,
    pattern: Wave | None = None,
    weights: Sequence[Column] = (),
    asked: Sequence[str] = (),
) -> str:
    """The wave file. What cannot be known from the export is left empty: `stemcareers check` tells it.

    pattern   the wave of the study most like it, whose design it takes as far as the export has its columns.
    weights   the columns that seem to hold a weight, the likeliest first.
    asked     the items that its questionnaire is known to ask.
    """
    opening = [
        "Drafted from an export; read it through, and take the words 'review' out as you go.",
        *table.undecided.values(),
        *table.remarks,
    ]
    first, last = _days(table, columns)
    lines = [
        comment(opening).rstrip("\n"),
        f"instrument: {instrument}",
        f"title: {text(title)}",
        f"fielded: [{first}, {last}]{REVIEW}the first and last day in the file" if first else "fielded:",
        "export:",
        *_entry(entry),
        f"  at_least: {table.n}",
        "source: {how: }",
        *_ids(table, columns),
        *_with_other_waves(_keep_if(table, columns), table, pattern, asked),
        _design(table, columns, pattern, weights),
    ]
    return "\n".join(lines) + "\n" + differs


def departures(
    table: Table,
    columns: list[Column],
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    before: Mapping[str, Known] | None = None,
    pattern: Wave | None = None,
) -> str:
    """`differs` for items that stand in other columns, and comments on what has no column, and what no item."""
    asked = instrument.columns()
    boxes = [ticks.none for ticks in instrument.ticks.values() if ticks.none]
    known = {*asked, *instrument.ignore, *boxes, *instrument.other_texts(), *used(table, columns)}
    known.update(pattern.administrative_columns(table.columns) if pattern is not None else ())
    strange = [column for column in columns if column.name not in known]
    lost = {item: column for column, item in asked.items() if column not in table.columns}
    before = before or {}
    lost_before = {item: its for item, its in before.items() if item in lost}
    found = matches(strange, {item: items[item] for item in lost if item in items}, answers, lost_before)
    respelt = _other_spellings(table, instrument, items, answers)
    lines = ["differs:\n"] if found or respelt else []
    for column, (item, score) in found.items():
        why = f"it stood in {lost[item]}, and is here by wording and answers"
        lines.append(f"  {text(column)}: {flow({'item': item, 'because': text(why)})}{REVIEW}score {score:.2f}\n")
    for column, codes in respelt.items():
        said = {"codes": flow({text(words): its for words, its in codes.items()}), "because": "spelt otherwise"}
        lines.append(f"  {text(column)}: {flow(said)}{REVIEW}are they the same answers\n")
    moved = {item for item, _ in found.values()}
    gone = [f"{column} (asks '{item}') is not in this export" for item, column in lost.items() if item not in moved]
    if instrument.other_columns == "stop":
        gone += [f"{c.name!r} stands nowhere in the questionnaire" for c in strange if c.name not in found]
    unquoted = {i: its for i, its in before.items() if i in items and items[i].status not in QUOTED}
    worded = [*_other_questions(columns, instrument, unquoted), *_other_words(columns, asked, items)]
    return "".join(lines) + comment([f"review: {line}" for line in [*gone, *worded]])


def _other_spellings(
    table: Table, instrument: Instrument, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
) -> dict[str, dict[str, int]]:
    """Column: the texts that several gave and that are labels of its item's answers in another spelling, and the codes
    of those."""
    found = {}
    for column, question in instrument.questions.items():
        its = answers.get(items[question.item].answers) if question.item in items else None
        if its is None or not its.is_categorical or column not in table.columns or table.labels.get(column):
            continue
        known = {spelling(label): code for code, label in its.codes.items()}
        exact = {*its.codes.values(), *map(str, question.codes)}
        cells = table.text(column).dropna().map(squeezed).value_counts()
        texts = set(cells.index[cells >= QUOTED_FROM]) - exact
        respelt = {given: known[spelling(given)] for given in sorted(texts) if spelling(given) in known}
        found |= {column: respelt} if respelt else {}
    return found


def _other_questions(columns: list[Column], instrument: Instrument, known: Mapping[str, Known]) -> list[str]:
    """A sentence for each column that the export calls something else than its item ever was."""
    asked, names = instrument.columns(), {c.name: c for c in columns}
    strange = sorted(name for _, name in _contradicted(columns, {"": instrument}, known))
    return [
        f"{name} is '{names[name].wording}' here, and asks '{asked[name]}' in the questionnaire, which was called "
        f"'{min(known[asked[name]].wordings)}' before; is it another question? Then give the wave a questionnaire of "
        "its own"
        for name in strange
    ]


def _other_words(columns: list[Column], asked: Mapping[str, str], items: Mapping[str, Item]) -> list[str]:
    """A sentence for each known column whose words in the file are not those of items.csv."""
    known = [(column, items[asked[column.name]]) for column in columns if asked.get(column.name) in items]
    return [
        f"{column.name} asks '{column.wording}' here, and '{item.wording}' in items.csv; if it was asked otherwise "
        "before, say so under differs (wording)"
        for column, item in known
        if column.wording and item.status in QUOTED and not same_words(column.wording, item.wording)
    ]


def used(table: Table, columns: list[Column]) -> set[str]:
    """The columns that the drafted wave names itself: ids and conditions."""
    drafted = "\n".join(
        [*_ids(table, columns), *(line for line in _keep_if(table, columns) if line.startswith("  - "))]
    )
    return {c.name for c in columns if re.search(rf"(^|: ){re.escape(text(c.name))}([,}} ]|$)", drafted, re.MULTILINE)}


def pattern(table: Table, waves: Mapping[str, Wave]) -> Wave | None:
    """Of the waves of a study the last of those whose columns of ids and design the export has most of, whatever
    their capitals."""
    shares, there = {}, {column.casefold() for column in table.columns}
    for name, its in sorted(waves.items()):
        if its.whole:
            needed = its.administrative_columns(table.columns)
            shares[name] = sum(column.casefold() in there for column in needed) / max(1, len(needed))
    best = max(shares, key=lambda name: (shares[name], name), default=None)
    return waves[best] if best is not None and shares[best] > 0 else None


def _entry(entry: Mapping[str, Any]) -> list[str]:
    """The keys under `export`; choices that stand in one cell are to be looked through."""
    lines = [f"  {key}: {_value(value)}" for key, value in entry.items() if key not in {"joined", "sheet"}]
    lines += [f"  sheet: {text(entry['sheet'])}{REVIEW}the one that holds most"] if "sheet" in entry else []
    if "joined" in entry:
        lines.append(f"  joined:{REVIEW}choices that fewer than three ticked are not written down")
        lines += [f"    {text(column)}: {_value(its)}" for column, its in entry["joined"].items()]
    return lines


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return flow({text(key): _value(its) for key, its in value.items()})
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return f"{value:.15g}" if isinstance(value, float) else text(value)


def _ids(table: Table, columns: list[Column]) -> list[str]:
    """The columns that seem to name the response, the school and the person."""
    lines = []
    together = _names_together(table, [c.name for c in columns if c.holds == "school"])
    for kind in ("response", "school", "person"):
        named = [c.name for c in columns if c.holds == kind]
        if together and (kind == "school" or (kind == "response" and not named)):
            lines.append(f"{kind}: [{', '.join(map(text, together))}]{REVIEW}together they differ in every row")
            continue
        if kind == "person":
            named = [name for name in named if re.search(r"e-?mail|external|username", name, re.IGNORECASE)]
            named = [name for name in named if any(table.distinct(name)[1])]
        if named:
            doubts = [f"or {', '.join(named[1:])}"] if named[1:] else []
            blank = int(table.text(named[0]).isna().sum()) if kind == "person" else 0
            doubts += [f"blank in {blank:,} of {table.n:,} responses"] if blank else []
            other = f"{REVIEW}{'; '.join(doubts)}" if doubts else ""
            lines.append(f"{kind}: {text(named[0])}{other}")
        elif kind == "response":
            possible = [c.name for c in columns if c.holds not in {"survey", "person", "date", "weight"}]
            alone = next((name for name in possible if _names_rows(table, name)), None)
            again = next((c.name for c in columns if c.holds == "survey" and is_id(c.name)), None)
            doubt = REVIEW + ("it differs in every row" if alone else "it is not another in every row")
            lines.append(f"response: {text(alone or again)}{doubt}" if alone or again else "response:")
    return lines


def _names_together(table: Table, schools: list[str]) -> list[str]:
    """Several columns that name schools, such as country and school, where only together they differ in every row."""
    if len(schools) < 2 or any(_names_rows(table, column) for column in schools):
        return []
    rows = zip(*(table.distinct(column)[0].tolist() for column in schools), strict=True)
    return schools if len(set(rows)) == table.n > 1 else []


def _names_rows(table: Table, column: str) -> bool:
    """Whether every row has a short word of its own there."""
    texts = table.distinct(column)[1]
    return len(texts) == table.n > 1 and all(0 < len(given) <= LONGEST_ID and " " not in given for given in texts)


def _keep_if(table: Table, columns: list[Column]) -> list[str]:
    lines = []
    for column, marks in table.previews.items():
        listed = ", ".join(sorted(map(code, marks)))
        lines.append(f"  - {{column: {text(column)}, not_one_of: [{listed}], kind: test, otherwise: preview or test}}")
    names = {c.name for c in columns if c.holds == "survey"}
    lines += [
        f"  - {{column: {name}, at_least: 60, kind: choice, otherwise: broke off}}{REVIEW}how far is far enough"
        for name in sorted(names)
        if name.lower() == "progress"
    ]
    for column in (c for c in columns if c.holds == "consent"):
        yes = next((given for given, label in column.answers.items() if _YES.fullmatch(label or given)), None)
        coded = column.name in table.labels and yes in table.distinct(column.name)[1]
        said = code(yes) if yes is not None and coded else text(column.answers.get(yes, ""))
        spelt = sorted(t for t in set(table.distinct(column.name)[1]) if not coded and _spelt_as(column, yes, t))
        test = f"one_of: [{', '.join(map(text, spelt))}]" if len(spelt) > 1 else f"equals: {said}"
        rule = f"{{column: {text(column.name)}, {test}, kind: consent, otherwise: no consent}}"
        lines.append(f"  - {rule}{REVIEW}is it consent" if yes is not None else f"  # review, consent: - {rule}")
    return ["keep_if:", *lines] if any(line.startswith("  - ") for line in lines) else lines


def _spelt_as(column: Column, code: str | None, given: str) -> bool:
    """Whether a text is the word of an answer, however it is spelt."""
    return code is not None and spelling(given) == spelling(column.answers.get(code, "") or code)


def _with_other_waves(lines: list[str], table: Table, pattern: Wave | None, asked: Sequence[str]) -> list[str]:
    """The conditions drafted, and those of the study's other waves: a condition where the export has its column, or
    the questionnaire some of its items; else a doubt."""
    given, spelt = "\n".join(lines), _spelt(table)
    for condition in pattern.keep_if if pattern is not None else []:
        column = spelt.get((condition.column or "").casefold())
        if column is not None and text(column) in given:
            continue
        items = [item for item in condition.answered_any if item in asked]
        if items or column is not None:
            its = {key: its for key, its in condition.model_dump(exclude_unset=True).items() if its is not None}
            its |= {"answered_any": items} if items else {"column": column}
            more = "; add what you take in besides" if items else ""
            lines = [*(lines or ["keep_if:"]), f"  - {_value(its)}{REVIEW}as in the study's other waves{more}"]
        else:
            lines = [
                *lines,
                f"# review: other waves leave out '{condition.otherwise}'; should this one, under keep_if?",
            ]
    return lines


def _design(table: Table, columns: list[Column], pattern: Wave | None, weights: Sequence[Column]) -> str:
    """The design of the study's other waves as far as it can be that of this one; else what names suggest."""
    strata = [c.name for c in columns if c.holds == "stratum" or STRATA.fullmatch(c.name)]
    replicates = [c.name for c in columns if c.holds == "replicate"]
    design: dict[str, object] = {"weight": "none"}
    doubts = []
    if pattern is not None:
        its, spelt = pattern.design, _spelt(table)
        same = "none" if its.weight == "none" else spelt.get(its.weight.casefold())
        design["weight"] = text(same) if same is not None else text(weights[0].name) if weights else None
        design |= _of_pattern(its, table)
        strata = [] if "strata" in design else strata
        replicates = [] if "replicates" in design else replicates
        doubts.append("as in the study's other waves, as far as the export has their columns")
    elif any(c.holds == "school" for c in columns):
        design["cluster"] = "school"
    others = [c for c in weights if text(c.name) != design["weight"]]
    listed = ", ".join(f"{c.name} ('{c.wording}')" if c.wording else c.name for c in others)
    doubts += [f"{'other ' if len(others) < len(weights) else ''}weights may be in {listed}"] if others else []
    doubts += [f"strata may be in {', '.join(strata)}"] if strata else []
    if replicates:
        doubts.append(f"replicate weights may be in {replicates[0]} to {replicates[-1]}: replicates")
    return f"design: {flow(design)}{REVIEW if doubts else ''}{'; '.join(doubts)}"


def _spelt(table: Table) -> dict[str, str]:
    """The export's columns by their names in small letters: SPSS tells no capitals apart."""
    return {column.casefold(): column for column in table.columns}


def _of_pattern(its: WaveDesign, table: Table) -> dict[str, object]:
    """Each part of another wave's design for which the export has the columns; the known totals are left to name."""
    spelt = {"school": "school", **_spelt(table)}
    given = its.model_dump(exclude_unset=True)
    found: dict[str, object] = {}
    for key, value in given.items():
        if key == "weight" or value is None:
            continue
        if key == "calibrate":
            found[key] = _value({**value, "population": ""}).replace('population: ""', "population: ")
        elif key == "replicates":
            fits = its.replicates is not None and not [*its.replicates.column_faults(table.columns)]
            found |= {key: _value(value)} if fits else {}
        elif key in COLUMNS_OF_DESIGN:
            named = [spelt.get(column.casefold()) for column in (value if isinstance(value, list) else [value])]
            found |= {key: _value(named if isinstance(value, list) else named[0])} if None not in named else {}
        elif key not in {"sums_to", "sums_within"}:
            found[key] = _value(value)
    return found


def _days(table: Table, columns: list[Column]) -> tuple[str, str]:
    """The first and the last day in the survey tool's own columns of days, of responses that are no previews; blank
    where there are none.

    Days written with the month first or last are told apart by one that has more than 12.
    """
    own = [c.name for c in columns if c.holds == "survey" and _DAYS.search(c.name)]
    counts = ~_previews(table)
    texts = [str(given) for name in own for given in table.text(name)[counts].dropna().unique()]
    days = [match[1] for given in texts if (match := _ISO.match(given))]
    named = [match.groups() for given in texts if (match := _BY_MONTH.match(given)) and match[2].lower() in MONTHS]
    days += [f"{year}-{MONTHS.index(month.lower()) + 1:02}-{int(day):02}" for day, month, year in named]
    parts = [tuple(map(int, match.groups())) for given in texts if (match := _BY_PARTS.match(given))]
    first, second = any(one > 12 for one, _, _ in parts), any(two > 12 for _, two, _ in parts)
    if first != second:
        days += [f"{y:04}-{(two if first else one):02}-{(one if first else two):02}" for one, two, y in parts]
    return (min(days), max(days)) if days else ("", "")


def _previews(table: Table) -> np.ndarray:
    """Which rows are previews or tests of the survey."""
    marked = np.zeros(table.n, dtype=bool)
    for column, marks in table.previews.items():
        marked |= table.text(column).isin(list(marks)).to_numpy(dtype=bool)
    return marked
