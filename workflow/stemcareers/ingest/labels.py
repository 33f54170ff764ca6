"""Do the file's own words for its codes say the same as ours?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from stemcareers import readers
from stemcareers.config.fielded import fielded
from stemcareers.config.instrument import Instrument, Question
from stemcareers.config.spelling import spelling
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem
from stemcareers.ingest.reading import accepted, understood

SHOWN = 20  # codes, of many, that a message names
_WHOLE = re.compile(r"-?[0-9]+")


def strange(
    table: readers.Table,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> list[str]:
    """A sentence for each answer set and the codes in its columns that are refused although the file labels them.

    The labels are the file's own words about its codes, and no answer that anybody gave.
    """
    found: dict[str, dict[str, str]] = {}
    columns: dict[str, list[str]] = {}
    for column, question in fielded(instrument, wave).questions.items():
        name = items[question.item].answers
        one = understood(table, column, question, accepted(question, items, answers), wave.export.written)
        labels = table.labels.get(column, {})
        if odd := {text: labels[text] for text in table.distinct(column)[1] if text in labels and one(text)[1]}:
            found.setdefault(name, {}).update(odd)
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
    more = len(codes) - SHOWN
    named = [f"{code} '{label}'" for code, label in sorted(codes.items())[:SHOWN]]
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def refuse_swapped(
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


def other(
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


def _and_others(columns: list[str]) -> str:
    more = len(columns) - 3
    return ", ".join(f"'{column}'" for column in columns[:3]) + (f" and {more} more" if more > 0 else "")
