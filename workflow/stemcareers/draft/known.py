"""How the items of a study are known: by the words and answers of the exports in which they stood before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stemcareers import readers
from stemcareers.config.fielded import fielded
from stemcareers.config.load import StudyConfig
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.draft.labels import no_answer
from stemcareers.draft.likeness import plain
from stemcareers.errors import Problem
from stemcareers.readers.table import Table

QUOTED = ("published", "official")  # items whose words are those of the questionnaire, and not our own
_IN_QUOTES = re.compile(r"['‘]([^'’()]{4,})['’](?=[;)])")


@dataclass(frozen=True)
class Known:
    """An item as it was asked before.

    wordings  the questionnaires' own words: what items.csv quotes, and what exports print above or beside the column.
    labels    the plain words of an answer: the item's code that they stood for.
    columns   the names of the columns in which it stood, in small letters.
    """

    wordings: frozenset[str] = frozenset()
    labels: Mapping[str, int] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()


class Earlier:
    """The waves of a study whose exports are at hand, read as they are asked for."""

    def __init__(self, config: StudyConfig, raw: Path) -> None:
        self.config = config
        self.raw = raw
        self._tables: dict[str, Table | None] = {}

    def table(self, wave: str) -> Table | None:
        """The export of a wave; None where it is not there, or cannot be read."""
        if wave not in self._tables:
            export = self.config.waves[wave].export
            try:
                self._tables[wave] = readers.read(export, self.raw / export.file)
            except Problem:
                self._tables[wave] = None
        return self._tables[wave]

    def weights(self) -> dict[str, str]:
        """The columns of weights of the waves, with what their exports call them."""
        found = {}
        for name, wave in self.config.waves.items():
            if wave.whole and wave.design.weight != "none" and (table := self.table(name)) is not None:
                found[wave.design.weight] = table.wordings.get(wave.design.weight, "")
        return found

    def known(self) -> dict[str, Known]:
        """Every item of the study, as it is known."""
        columns: dict[str, set[str]] = {}
        words: dict[str, set[str]] = {
            name: set(_quoted(item)) for name, item in self.config.items.items() if item.whole
        }
        labels: dict[str, dict[str, int]] = {}
        for name, wave in self.config.waves.items():
            instrument = self.config.instruments.get(wave.instrument) if wave.whole else None
            if instrument is None or not instrument.whole:
                continue
            asked, table = fielded(instrument, wave), self.table(name)
            for column, item in asked.columns().items():
                columns.setdefault(item, set()).add(column.casefold())
                question = asked.questions.get(column)
                if table is None or item not in words:
                    continue
                words[item] |= {its} if (its := table.wordings.get(column)) else set()
                answers = self.config.answers.get(self.config.items[item].answers)
                if question is not None and answers is not None:
                    labels.setdefault(item, {}).update(_meant(table.labels.get(column, {}), question.codes, answers))
        return {
            item: Known(frozenset(its), labels.get(item, {}), frozenset(columns.get(item, ())))
            for item, its in words.items()
        }


def _quoted(item: Item) -> Iterable[str]:
    """The questionnaire's own words, as items.csv has them: as the wording, or in quotes within brackets."""
    if item.status in QUOTED:
        yield item.wording
    for brackets in re.findall(r"\(([^()]*)\)", item.wording):
        yield from _IN_QUOTES.findall(f"({brackets})")


def _meant(labels: Mapping[str, str], codes: Mapping[str | int, int], answers: AnswerSet) -> dict[str, int]:
    """The labels of an export's codes, and the code of the answer set that each stood for."""
    ours = {str(code): code for code in answers.codes} | {str(text): code for text, code in codes.items()}
    return {
        plain(label): ours[text]
        for text, label in labels.items()
        if ours.get(text) in answers.codes and not no_answer(label)
    }
