"""Turn an export into responses: every answer is understood, or set aside with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from stemcareers import contracts, ledger, readers
from stemcareers.config.fielded import fielded
from stemcareers.config.instrument import Instrument, Question, Ticks
from stemcareers.config.meaning import OUTSIDE, Understand, Value, squeezed, understand
from stemcareers.config.numbers import PLAIN, Written
from stemcareers.config.spelling import spelling
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Condition, Wave
from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers import ids, times, wordings

NO_ID = "is blank, but names the response"
LEFT_OPEN = "left open, while another box of the question was ticked"
TICKED, NOT_TICKED = 1, 0
_WHOLE = re.compile(r"-?[0-9]+")
SHOWN = 10  # columns, of many alike, that a message names


class Ingested(NamedTuple):
    """The responses (contract INGESTED), the answers that were refused (QUARANTINE), every cell that was changed
    (LEDGER), what the reader remarked, the columns of the export, and of each item whose words stand in the file,
    whether they are those of the questionnaire."""

    responses: pd.DataFrame
    quarantine: pd.DataFrame
    ledger: pd.DataFrame
    remarks: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    same_words: Mapping[str, bool] = MappingProxyType({})


def responses(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> Ingested:
    """The responses of one export, one column an item, and every answer that could not be understood.

    A category is its code (also one under `missing`: harmonise gives the reason), a number a float, free text
    text. A refused answer is blank in the responses and a row of the quarantine. Columns that the wave names
    for ids, conditions and design come as text, `export_<column>`. A response without an id keeps its row,
    with id "", and has a row in the quarantine.

    The ledger tells every cell that is not what the plain mapping of the config makes of the export's text: refused
    answers, and boxes left open that are read as not ticked.

    Raises a Problem for a wrong checksum, a broken file, and every column that is missing or unknown.
    """
    reading, base = _read(path, wave, instrument, items, answers, wave_id)
    as_read = pd.DataFrame({**base, **reading.columns, **reading.administrative})
    changed = pd.DataFrame({**base, **reading.filled_columns(), **reading.administrative})
    nameless = np.flatnonzero(base["response"] == "")
    quarantine = reading.quarantine(base["response"], [_refused_rows(nameless, wave.response[0], "", NO_ID)])
    changes = ledger.joined(
        [*_refusals(quarantine, as_read, items), *(_filled(as_read, *fill) for fill in reading.fills)]
    )
    ledger.verify(ledger.replayed_cells(as_read, changes), changed, "ingested")
    same = wordings.as_known(reading.table, fielded(instrument, wave), items)
    return Ingested(changed, quarantine, changes, reading.table.remarks, reading.table.columns, same)


def plain(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> pd.DataFrame:
    """The export as the config's mapping alone reads it (INGESTED): what it cannot read is blank, nothing is filled.

    With the ledger it gives the cleaned table: `ledger.replay`.
    """
    reading, base = _read(path, wave, instrument, items, answers, wave_id)
    return pd.DataFrame({**base, **reading.columns, **reading.administrative})


def _read(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> tuple[_Reading, dict[str, pd.Series]]:
    """The answers of an export as they are understood, and the columns that say whose they are."""
    readers.verify_all(wave.export, path)
    table = readers.read(wave.export, path)
    questionnaire = fielded(instrument, wave)
    _refuse_columns(table, wave, instrument, questionnaire, wave_id)
    _refuse_previews(table, wave)
    wordings.refuse_moved(table, questionnaire, items)
    _refuse_swapped_labels(table, questionnaire, items, answers)
    reading, written = _Reading(table), wave.export.written
    for column, question in questionnaire.questions.items():
        answer_set = _accepted(question, items, answers)
        reading.add(column, question.item, _understood(table, column, question, answer_set, written), answer_set.kind)
    for name, ticks in questionnaire.ticks.items():
        _tick_block(reading, name, ticks, wave, items, answers)
    named = dict.fromkeys([*wave.response, *wave.school, *wave.person])
    strata = [c for c in (*wave.design.strata, *wave.design.strata_within) if c not in named]
    ids.refuse_spoilt(table, named, {*wave.school, *wave.person}, strata, wave.as_written)
    settled = {condition.column for condition in wave.keep_if}
    remarks = [
        *(sentence for columns, sentence in table.undecided.items() if settled.isdisjoint(columns)),
        *ids.without_zeros(table, named),
        *_other_labels(table, questionnaire, items, answers),
        *wordings.changed(table, questionnaire, items),
        *times.outside(table, *wave.fielded, questionnaire.columns()),
    ]
    reading.table = replace(table, remarks=(*table.remarks, *remarks))
    reading.administrative = _administrative(table, wave)
    reading.administrative |= {
        contracts.EXPORTED + column: table.text(column) for column in questionnaire.other_texts()
    }
    base = {
        "response": _joined(table, wave.response).fillna(""),
        "school": _joined(table, wave.school),
        "person": _joined(table, wave.person),
        "row": pd.Series(np.arange(1, table.n + 1), dtype="Int64"),
    }
    return reading, base


def faults(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> list[Problem]:
    """Everything that would stop `responses` before an answer is looked at, each a Problem; none where it is fine.

    A wrong checksum or a broken file is told alone; else columns, previews and labels together.
    """
    try:
        readers.verify_all(wave.export, path)
        table = readers.read(wave.export, path)
        questionnaire = fielded(instrument, wave)
    except Problem as problem:
        return [problem]
    wrong: list[str] = []
    checks = [
        lambda: _refuse_columns(table, wave, instrument, questionnaire, wave_id),
        lambda: _refuse_previews(table, wave),
        lambda: wordings.refuse_moved(table, questionnaire, items),
        lambda: _refuse_swapped_labels(table, questionnaire, items, answers),
    ]
    for refuse in checks:
        try:
            refuse()
        except Problem as problem:
            wrong += problem.wrong
    return [Problem(table.path, *wrong)] if wrong else []


def strange_labels(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> list[str]:
    """A sentence for each answer set and the codes in its columns that are refused although the file labels them.

    The labels are the file's own words about its codes, and no answer that anybody gave.
    """
    table, written = readers.read(wave.export, path), wave.export.written
    found: dict[str, dict[str, str]] = {}
    columns: dict[str, list[str]] = {}
    for column, question in fielded(instrument, wave).questions.items():
        name = items[question.item].answers
        one = _understood(table, column, question, _accepted(question, items, answers), written)
        labels = table.labels.get(column, {})
        strange = {text: labels[text] for text in table.distinct(column)[1] if text in labels and one(text)[1]}
        if strange:
            found.setdefault(name, {}).update(strange)
            columns.setdefault(name, []).append(column)
    return [
        f"{_and_others(columns[name])}: the file has labels for codes that the answers '{name}' (answers.yaml) do not "
        f"know: {_named(codes)}; {_put(codes)} what they stand for"
        for name, codes in found.items()
    ]


def _put(codes: Iterable[str]) -> str:
    whole = all(_WHOLE.fullmatch(code) for code in codes)
    what, then = ("them", "or") if whole else ("numbers for them", "and")
    return f"put {what} there, under 'missing' where they are no answer, {then} say in the questionnaire (codes)"


def _named(codes: Mapping[str, str]) -> str:
    more = len(codes) - 2 * SHOWN
    named = [f"{code} '{label}'" for code, label in sorted(codes.items())[: 2 * SHOWN]]
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _and_others(columns: list[str]) -> str:
    more = len(columns) - 3
    return ", ".join(f"'{column}'" for column in columns[:3]) + (f" and {more} more" if more > 0 else "")


# --- columns: all there, none unknown ---------------------------------------------------------------------


def _refuse_columns(
    table: readers.Table, wave: Wave, instrument: Instrument, questionnaire: Instrument, wave_id: str
) -> None:
    """A Problem naming all columns that are missing and all that stand nowhere."""
    asked = questionnaire.columns()
    boxes = [ticks.none for ticks in questionnaire.ticks.values() if ticks.none]
    needed = {
        **{column: f" (asks '{item}')" for column, item in asked.items()},
        **dict.fromkeys(boxes, " (a box 'none of these')"),
        **{column: f" (the words beside '{name}')" for column, name in questionnaire.other_texts().items()},
    }
    for column in wave.administrative_columns(table.columns):
        needed.setdefault(column, f" (named in waves/{wave_id}.yaml)")
    there = table.columns
    unclaimed = [column for column in there if column not in needed]
    missing = [column for column in needed if column not in there]
    wrong = [
        f"'{column}'{needed[column]} is not a column of the export{_near(column, unclaimed)}" for column in missing
    ]
    if wave.design.replicates is not None:
        wrong += wave.design.replicates.column_faults(there)
    if any(column in asked for column in missing):
        wrong.append(
            f"a question that moved to another column is named in waves/{wave_id}.yaml: "
            "differs: {<column>: {item: <item>, because: <why>}}"
        )
    unknown = [column for column in unclaimed if column not in instrument.ignore]
    if unknown and instrument.other_columns == "stop":
        wrong += [
            f"'{column}' is a column of the export, but stands nowhere in instruments/{wave.instrument}.yaml; "
            "name it under questions, or under ignore"
            for column in unknown[:SHOWN]
        ]
        if len(unknown) > SHOWN:
            wrong.append(f"{len(unknown) - SHOWN:,} more columns stand nowhere: other_columns: ignore leaves all out")
    if wrong:
        raise Problem(table.path, *wrong)


def _refuse_previews(table: readers.Table, wave: Wave) -> None:
    """A Problem where rows are previews or tests of the survey, and the wave does not say whether they count.

    It says so with a condition that leaves them out, or that names the mark they have among the texts it keeps.
    """
    marked, settled, words = np.zeros(table.n, dtype=bool), np.zeros(table.n, dtype=bool), []
    for column, marks in table.previews.items():
        codes, texts = table.distinct(column)
        found = {text for text in texts if text in marks}
        said = {text for text in found if any(_settles(one, text) for one in wave.keep_if if one.column == column)}
        if found:
            named = ", ".join(sorted(found))
            words.append(f"{{column: {column}, not_one_of: [{named}], otherwise: preview or test}}")
        marked |= np.isin(codes, [texts.index(text) for text in found])
        settled |= np.isin(codes, [texts.index(text) for text in said])
    if n := int((marked & ~settled).sum()):
        raise Problem(
            table.path,
            f"{n:,} {'row is a preview or test' if n == 1 else 'rows are previews or tests'} of the survey and no "
            f"response; leave them out with keep_if: [{', '.join(words)}]",
        )


def _settles(condition: Condition, text: str) -> bool:
    """Whether a condition says what becomes of the responses with a text: it names it, or keeps others only."""
    wanted = [*([] if condition.equals is None else [condition.equals]), *condition.one_of]
    return bool(wanted) or text in map(str, condition.not_one_of)


def _near(column: str, known: Iterable[str]) -> str:
    same = next((k for k in known if spelling(k) == spelling(column)), None)
    if same is None:
        return did_you_mean(column, known)
    if same.casefold() == column.casefold():
        return f"; did you mean '{same}'?"
    return (
        f"; did you mean '{same}'? It differs in blanks, dashes, the form of apostrophes or accents, or in characters "
        "that do not show: copy the name from the export"
    )


def _refuse_swapped_labels(
    table: readers.Table,
    questionnaire: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> None:
    """A Problem where the file gives one of our labels to another code than we do: a codebook turned round."""
    found: dict[tuple[str, tuple[tuple[str, str, int], ...]], list[str]] = {}
    for column, question in questionnaire.questions.items():
        name = items[question.item].answers
        if swapped := tuple(_swapped(table.labels.get(column, {}), question, answers[name])):
            found.setdefault((name, swapped), []).append(column)
    wrong = []
    for (name, swapped), columns in found.items():
        several = len(columns) > 1
        whose = f"answers '{name}'" if several else f"answers of '{questionnaire.questions[columns[0]].item}'"
        then = "they mean" if several else "it means"
        wrong += [
            f"{_and_others(columns)}: the file calls {text} '{label}', but '{answers[name].codes[code]}' is {code} in "
            f"the {whose} (answers.yaml); say under differs which codes {then}"
            for text, label, code in swapped
        ]
    if wrong:
        raise Problem(table.path, *wrong)


def _swapped(labels: Mapping[str, str], question: Question, answers: AnswerSet) -> Iterator[tuple[str, str, int]]:
    """The codes of a file and their labels, where such a label is that of another code of ours, and that code."""
    ours = {spelling(label): code for code, label in answers.codes.items()}
    given = {str(text): code for text, code in question.codes.items()}
    for text, label in labels.items():
        means, code = str(given.get(text, text)), ours.get(spelling(label))
        if code is not None and means in {str(c) for c in answers.codes} and means != str(code):
            yield text, label, code


def _other_labels(
    table: readers.Table,
    questionnaire: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> Iterator[str]:
    """A sentence for each answer set and the columns in which the file's words for its codes are all other ones.

    In another language they may mean the same; in a question that changed, they do not. One word in common for one code
    is enough to pass, and so is a word under `codes` on what each of the file's codes stands for.
    """
    columns: dict[str, list[str]] = {}
    for column, question in questionnaire.questions.items():
        name = items[question.item].answers
        ours = {str(code): _words(label) for code, label in answers[name].codes.items()}
        said = {str(text): str(code) for text, code in question.codes.items()}
        labels = table.labels.get(column, {})
        means = {said.get(text, text): _words(label) for text, label in labels.items()}
        both = ours.keys() & means.keys()
        silent = any(text not in said and text in both for text in labels)
        if silent and len(both) > 1 and not any(ours[code] & means[code] for code in both):
            columns.setdefault(name, []).append(column)
    for name, its in columns.items():
        yield (
            f"{_and_others(its)}: the file's words for the codes are none of the labels of the answers '{name}' "
            "(answers.yaml); do they mean the same? Then say so under codes "
            f"({{{_same_codes(answers[name])}}}); else the question needs answers of its own"
        )


def _same_codes(answers: AnswerSet) -> str:
    first = list(answers.codes)[:2]
    return ", ".join([*(f"{code}: {code}" for code in first), *(["..."] if len(answers.codes) > 2 else [])])


def _words(label: str) -> set[str]:
    bare = spelling(label)
    return {bare, *re.findall(r"\w{4,}", bare)}


def _joined(table: readers.Table, columns: list[str]) -> pd.Series:
    """Columns joined to ids with '-'; <NA> where any part is blank, or where no column is named.

    Raises a Problem where joining would give two different ids the same text.
    """
    if not columns:
        return pd.Series(pd.array([None] * table.n, dtype="string"))
    parts = [table.text(column) for column in columns]
    joined = parts[0].str.cat(parts[1:], sep="-") if len(parts) > 1 else parts[0]
    if len(parts) > 1:
        apart = pd.concat(parts, axis=1).dropna().drop_duplicates()
        if len(apart) != joined.nunique():
            raise Problem(
                table.path,
                f"{' and '.join(columns)} do not name anything together: joined by '-', different ones become the same",
            )
    return joined


def _administrative(table: readers.Table, wave: Wave) -> dict[str, pd.Series]:
    """The columns for ids, conditions and design as text; numbers among them with a decimal point."""
    found = {column: table.text(column) for column in wave.administrative_columns(table.columns)}
    written = wave.export.written
    if written != PLAIN:
        for column in wave.numeric_columns(table.columns):
            texts = [None if pd.isna(text) else written.plain(text) or text for text in found[column]]
            found[column] = pd.Series(pd.array(texts, dtype="string"), name=column)
    return {contracts.EXPORTED + column: cells for column, cells in found.items()}


# --- answers ----------------------------------------------------------------------------------------------


def _accepted(question: Question, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> AnswerSet:
    """The answers an item accepts; a day as this questionnaire writes it, a number with the units it has words for."""
    own = answers[items[question.item].answers]
    printed = answers[question.answers] if question.answers else own
    if own.kind == "date":
        return printed
    if own.kind == "number" and printed.unit == own.unit:
        return own.model_copy(update={"units": printed.units, "ranges": printed.ranges})
    return own


def _understood(
    table: readers.Table, column: str, question: Question, answers: AnswerSet, written: Written
) -> Understand:
    not_asked = None
    if question.others == "not_asked":
        named = (code for code, reason in answers.missing.items() if reason == "not_asked")
        not_asked = next(named, contracts.NOT_ASKED_CODE)
    return understand(answers, question.codes, not_asked, lambda text: table.is_declared_missing(column, text), written)


class _Reading:
    """The items of an export as they are understood, column by column: values kept, refusals collected."""

    def __init__(self, table: readers.Table) -> None:
        self.table = table
        self.columns: dict[str, pd.Series] = {}
        self.administrative: dict[str, pd.Series] = {}
        self.fills: list[tuple[str, str, str, np.ndarray]] = []
        self._refused: list[pd.DataFrame] = []

    def add(self, column: str, item: str, one: Understand, kind: str) -> None:
        """Understand a column: each different text once, however many cells hold it."""
        codes, texts = self.table.distinct(column)
        meant = [one(text) for text in texts]
        if any(value is None and not reason and text for (value, reason), text in zip(meant, texts, strict=True)):
            raise contracts.ContractBroken(f"ingested: an answer to '{item}' is neither understood nor refused")
        self.columns[item] = _column([value for value, _ in meant], codes, kind)
        for position, (_, reason) in enumerate(meant):
            if reason:
                self.refuse(np.flatnonzero(codes == position), column, item, reason, texts[position])

    def fill(self, name: str, column: str, item: str, where: np.ndarray) -> None:
        """Read the blank boxes `where` of the question `name` as not ticked."""
        self.fills.append((name, column, item, np.flatnonzero(where)))

    def filled_columns(self) -> dict[str, pd.Series]:
        """The columns with the boxes that were left open filled in."""
        columns = dict(self.columns)
        for _, _, item, rows in self.fills:
            columns[item] = columns[item].mask(np.isin(np.arange(self.table.n), rows), NOT_TICKED)
        return columns

    def refuse(self, rows: np.ndarray, column: str, item: str, reason: str, answer: str) -> None:
        self._refused.append(_refused_rows(rows, column, item, reason, answer))

    def quarantine(self, ids: pd.Series, others: list[pd.DataFrame]) -> pd.DataFrame:
        """All refusals with the ids of their responses, by row."""
        refused = pd.concat([contracts.QUARANTINE.empty().drop(columns="response"), *self._refused, *others])
        refused = refused.sort_values(["row", "column"], kind="stable", ignore_index=True)
        refused.insert(0, "response", ids.to_numpy()[refused["row"].to_numpy(dtype=int) - 1])
        return refused.astype({"response": "string"})


def _refusals(quarantine: pd.DataFrame, table: pd.DataFrame, items: Mapping[str, Item]) -> Iterator[pd.DataFrame]:
    """LEDGER rows of the answers refused, column by column."""
    of_cells = quarantine[quarantine["item"] != ""]
    for (column, item), its in of_cells.groupby(["column", "item"], sort=False):
        yield ledger.rows(
            "ingest",
            table,
            its["row"].to_numpy(dtype=int) - 1,
            column=column,
            item=item,
            before=its["answer"].to_numpy(),
            change=ledger.REFUSED,
            rule=f"answers.yaml: {items[item].answers}" if item in items else f"ticks.{item.removesuffix(': none')}",
            reason=its["reason"].to_numpy(),
        )


def _filled(table: pd.DataFrame, name: str, column: str, item: str, where: np.ndarray) -> pd.DataFrame:
    """LEDGER rows of the boxes of a question that were left open, where another was ticked."""
    change = {"after": str(NOT_TICKED), "change": ledger.FILLED, "reason": LEFT_OPEN}
    return ledger.rows("ingest", table, where, column=column, item=item, rule=f"ticks.{name}", **change)


def _refused_rows(rows: np.ndarray, column: str, item: str, reason: str, answer: str = "") -> pd.DataFrame:
    frame = pd.DataFrame({"row": pd.array(rows + 1, dtype="Int64")})
    return frame.assign(column=column, item=item, answer=answer, reason=reason).astype(
        {"column": "string", "item": "string", "answer": "string", "reason": "string"}
    )


def _column(values: list[Value], codes: np.ndarray, kind: str) -> pd.Series:
    """The values at `codes`, in the type of the item's kind of answers."""
    if kind in {"text", "date"}:
        return pd.Series(pd.array(values, dtype="string").take(codes))
    if kind == "number":
        return pd.Series(np.array([np.nan if v is None else v for v in values], dtype=float)[codes])
    whole = np.array([0 if v is None else v for v in values], dtype=np.int64)
    blank = np.array([v is None for v in values], dtype=bool)
    return pd.Series(pd.arrays.IntegerArray(whole[codes], blank[codes]))


# --- tick all that apply ----------------------------------------------------------------------------------


def _tick_block(
    reading: _Reading,
    name: str,
    ticks: Ticks,
    wave: Wave,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> None:
    """Understand the boxes of a question; a blank is 'not ticked' only where some box of it was ticked, or words were
    written beside 'other'."""
    table = reading.table
    sets = {item: answers[items[item].answers] for item in ticks.items.values()}
    unfit = [item for item, s in sets.items() if not {TICKED, NOT_TICKED} <= set(s.codes)]
    if unfit:
        raise Problem(
            f"ticks.{name}",
            *(f"'{item}' needs answers with the codes {TICKED} (ticked) and {NOT_TICKED} (not)" for item in unfit),
        )
    any_ticked = np.zeros(table.n, dtype=bool)
    blank: dict[str, np.ndarray] = {}
    for column, item in ticks.items.items():
        words = dict.fromkeys((*_box_words(table, column), items[item].label, items[item].wording), TICKED)
        words |= {"1": TICKED, "Y": TICKED, sets[item].codes[TICKED]: TICKED}
        difference = wave.differs.get(column)
        given = {**words, **(difference.codes if difference else {})}
        one = understand(
            sets[item], given, is_declared_missing=lambda text, column=column: table.is_declared_missing(column, text)
        )
        reading.add(column, item, one, "nominal")
        any_ticked |= (reading.columns[item] == TICKED).fillna(False).to_numpy(dtype=bool)
        codes, texts = table.distinct(column)
        blank[item] = np.array([text == "" for text in texts], dtype=bool)[codes]
    if ticks.none:
        any_ticked |= _none_ticked(reading, name, ticks.none, list(sets.values()))
    if ticks.other_text:  # words beside "other" are an answer, also where the file has no box for it
        any_ticked |= table.text(ticks.other_text).notna().to_numpy(dtype=bool)
    columns = {item: column for column, item in ticks.items.items()}
    for item, empty in blank.items():
        reading.fill(name, columns[item], item, empty & any_ticked)


def _box_words(table: readers.Table, column: str) -> list[str]:
    """What a ticked box may hold besides 1: the column's name, the choice at the end of the question's text, or what
    the survey tool says."""
    parts = table.wordings.get(column, "").split(" - ")
    told = [table.ticked[column]] if column in table.ticked else []
    return [column, *told, *(" - ".join(parts[start:]) for start in range(len(parts)) if parts[start])]


def _none_ticked(reading: _Reading, name: str, column: str, sets: list[AnswerSet]) -> np.ndarray:
    """Where the box 'none of these' was ticked."""
    codes, texts = reading.table.distinct(column)
    unticked = {"", "0", *(squeezed(s.codes[NOT_TICKED]) for s in sets)}
    ticked = {"1", *_box_words(reading.table, column), *(squeezed(s.codes[TICKED]) for s in sets)}
    unknown = [text for text in texts if squeezed(text) not in ticked | unticked]
    if len(set(unknown)) == 1 and not any(squeezed(text) in ticked for text in texts):
        # ASSUME: where the box "none of these" holds one and the same text in every response that filled it,
        # that text is the box's own label and means that it was ticked.
        ticked, unknown = {*ticked, squeezed(unknown[0])}, []
    for text in unknown:
        reading.refuse(np.flatnonzero(codes == texts.index(text)), column, f"{name}: none", OUTSIDE, text)
    return np.array([squeezed(text) in ticked for text in texts], dtype=bool)[codes]
