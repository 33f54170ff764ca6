"""The questions of a made-up export: their columns in order, their words, and what somebody answered to each."""

from __future__ import annotations

import re
from random import Random

from stemcareers.config import StudyConfig
from stemcareers.config.fielded import fielded
from stemcareers.synthetic.people import Answer
from stemcareers.synthetic.responses import Response

NONE_OF_THESE = "None of these"
CONSENT = ("Yes", "No")  # in words: given, refused


class Form:
    """A questionnaire as one wave fields it, whatever the format of the export.

    items      column: its item; boxes and none: columns of tick questions and of their boxes 'none of these'.
    questions  all columns with answers, in the questionnaire's order.
    other_texts  columns for the words of who chose 'other', which stay blank.
    wordings   column: the question as asked.
    """

    def __init__(self, study: StudyConfig, wave_id: str) -> None:
        wave = study.waves[wave_id]
        self.study = study
        self.instrument = fielded(study.instruments[wave.instrument], wave)
        self.recipe = study.recipes[wave_id]
        consent = self.recipe.consent
        self.items = self.instrument.columns()
        self.other_texts = list(self.instrument.other_texts())
        self.none = {t.none: t for t in self.instrument.ticks.values() if t.none}
        self.boxes = {c: t for t in self.instrument.ticks.values() for c in t.items}
        questions = [*self.items, *self.none, *([consent.column] if consent else [])]
        self.questions = sorted(questions, key=_natural)
        self.wordings = {c: study.items[i].wording for c, i in self.items.items()}
        self.wordings |= {c: f"{_stem(study, list(t.items.values())[0])}{NONE_OF_THESE}" for c, t in self.none.items()}
        self.wordings |= {consent.column: consent.wording} if consent else {}

    def in_order(self) -> list[str]:
        """The columns in the order of the questionnaire's file: consent, questions, boxes with 'none of these' last."""
        consent = [self.recipe.consent.column] if self.recipe.consent else []
        boxes = [c for t in self.instrument.ticks.values() for c in [*t.items, *([t.none] if t.none else [])]]
        return [*consent, *self.instrument.questions, *boxes]

    def seen(self, response: Response) -> list[str]:
        """The columns somebody came to before breaking off, if they did."""
        return self.questions[: round(len(self.questions) * response.progress / 100)]

    def answer(self, column: str, response: Response) -> Answer:
        """What somebody answered: the code, number or text; of a box 'none of these', 1 where it is ticked."""
        answers, consent = response.person.answers, self.recipe.consent
        if consent and column == consent.column:
            return response.consent
        if column in self.none:
            ticks = self.none[column]
            asked = ticks.is_asked(answers)
            answered = [answers.get(i) for i in ticks.items.values()]
            return 1 if asked and all(a == 0 for a in answered) else None
        return answers.get(self.items[column])

    def exported(self, column: str, answer: Answer, random: Random) -> Answer:
        """The answer as the export's own codes have it; where several mean the same, any of them."""
        question = self.instrument.questions.get(column)
        meant = [text for text, code in question.codes.items() if code == answer] if question else []
        return random.choice(meant) if meant else answer

    def in_words(self, column: str, answer: Answer, random: Random) -> str:
        """The answer as it reads in the questionnaire; nothing where there is none, and for a box left open."""
        if answer is None:
            return ""
        consent = self.recipe.consent
        if consent is not None and column == consent.column:
            return CONSENT[answer != consent.given]
        if column in self.none or column in self.boxes:
            return _choice(self.wordings[column]) if answer == 1 else ""
        meant = self.exported(column, answer, random)
        item = self.items.get(column)
        codes = self.study.answer_set(item).codes if item else {}
        return codes[answer] if meant == answer and isinstance(answer, int) and answer in codes else str(meant)


def _stem(study: StudyConfig, item: str) -> str:
    stem, dash, _box = study.items[item].wording.rpartition(" - ")
    return stem + dash


def _choice(wording: str) -> str:
    return wording.rpartition(" - ")[2]


def _natural(column: str) -> list[tuple[int, int, str]]:
    """Q2 before Q10: numbers by value, words by letter."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", column)]
