"""Which columns a LimeSurvey questionnaire gives in an export, and what may stand in each.

Source: LimeSurvey manual, "Exporting results" and "Question types"; the names are those of "question code".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stemcareers.readers.lss import Part, Question, Structure, joined
from stemcareers.readers.table import Kind

OTHER = "-oth-"  # how LimeSurvey stores "other" in a list
# Answers that LimeSurvey brings itself: code: label in its own English and in what it writes in other languages.
YES, NO = ("Yes", "Ja", "Oui", "Sí", "Si", "Sim"), ("No", "Nein", "Non", "Nee", "Não", "Nei", "Nej")
_OWN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Y": {"Y": YES, "N": NO},
    "C": {"Y": YES, "U": ("Uncertain", "Unsicher", "Incertain"), "N": NO},
    "G": {"F": ("Female", "Weiblich", "Femme"), "M": ("Male", "Männlich", "Homme")},
    "E": {
        "I": ("Increase", "Zunahme", "Augmenter"),
        "S": ("Same", "Gleich", "Sans changement"),
        "D": ("Decrease", "Abnahme", "Diminuer"),
    },
}
# Types for which the words "N/A" in an export of full answers say that the question was not shown.
TELLS_NOT_SHOWN = set("YGMP")
OTHER_WORDS = ("Other", "Sonstiges", "Autre", "Otro", "Otra", "Outro", "Altro", "Anders", "Andere")
_RANK = ("Rank", "Ranking")


@dataclass(frozen=True)
class Column:
    """A column: its name under question codes, its headings as text, what it asks and what it may hold.

    role     "answer", "box", "other", "comment", "rank", "number" or "text".
    answers  code: every label it may have in an export of full answers, the base language first.
    """

    name: str
    question: Question
    role: str
    headings: tuple[str, ...]
    wording: str
    choice: str
    asked_if: str
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What the column holds, in the words of every reader."""
        if self.role == "box":
            return "multiple"
        if self.role in {"other", "comment", "text"}:
            return "text"
        if self.role == "number":
            return "number"
        return {"D": "date", "*": "calculated"}.get(self.question.kind, "single")  # type: ignore[return-value]


def columns(structure: Structure) -> dict[str, Column]:
    """Every column that an export of this questionnaire may have, by its name."""
    found = (column for question in structure.questions.values() for column in _Columns(structure, question).all())
    return {column.name: column for column in found}


class _Columns:
    def __init__(self, structure: Structure, question: Question) -> None:
        self.languages = structure.languages
        self.question = question

    def all(self) -> Iterable[Column]:
        code, kind = self.question.code, self.question.kind
        parts = self.question.parts.get(0, ())
        if kind in set("MPKQABCEFH:;1"):
            yield from (column for part in parts for column in self._row(part))
            if kind in "MP" and self.question.has_other:
                yield self._column(f"{code}[other]", "other", self._others())
                if kind == "P":
                    yield self._column(f"{code}[othercomment]", "comment", ("Other comment",))
        elif kind == "R":
            count = len(self.question.answers.get(0, {})) or len(parts)
            labels = self._labels(0) or {part.code: self._texts(part.texts) for part in parts}
            for rank in range(1, count + 1):
                heads = tuple(f"{word} {rank}" for word in _RANK)
                yield self._column(f"{code}[{rank}]", "rank", heads, answers=labels)
        elif kind != "X":
            yield self._single(code, kind)
            if kind == "O":
                yield self._column(f"{code}[comment]", "comment", ("Comment", "Kommentar", "Commentaire"))
            elif kind == "|":
                yield self._column(f"{code}[filecount]", "text", ("filecount",))
            elif kind in "L!" and self.question.has_other:
                yield self._column(f"{code}[other]", "other", self._others())

    def _single(self, code: str, kind: str) -> Column:
        if kind in "N":
            return self._column(code, "number")
        if kind in "LO!YG5":
            return self._column(code, "answer", answers=self._labels(0))
        return self._column(code, "answer" if kind in "D*I" else "text")

    def _row(self, part: Part) -> Iterable[Column]:
        code, kind = self.question.code, self.question.kind
        name, texts = f"{code}[{part.code}]", self._texts(part.texts)
        if kind == "1":
            for scale in (0, 1):
                heads = tuple(f"{text}][Scale {scale + 1}" for text in texts)
                yield self._column(f"{name}[{scale + 1}]", "answer", heads, part, self._labels(scale))
        elif kind in ":;":
            for other in self.question.parts.get(1, ()):
                heads = tuple(f"{a}][{b}" for a, b in zip(texts, self._texts(other.texts), strict=False))
                role = "number" if kind == ":" else "text"
                yield self._column(f"{code}[{part.code}_{other.code}]", role, heads, part)
        elif kind in "MP":
            yield self._column(name, "box", texts, part, {"Y": YES, "N": NO})
            if kind == "P":
                yield self._column(
                    f"{code}[{part.code}comment]", "comment", tuple(f"{t}][Comment" for t in texts), part
                )
        else:
            role = {"K": "number", "Q": "text"}.get(kind, "answer")
            yield self._column(name, role, texts, part, {} if kind in "KQ" else self._labels(0))

    def _column(
        self,
        name: str,
        role: str,
        ends: tuple[str, ...] = (),
        part: Part | None = None,
        answers: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Column:
        asked = self._texts(self.question.texts)
        headings = tuple(f"{text} [{end}]" for text in asked for end in ends) if ends else asked
        about = part.texts.get(self.languages[0], "") if part else ends[0] if ends else ""
        return Column(
            name,
            self.question,
            role,
            headings,
            " - ".join(filter(None, [asked[0] if asked else "", about])),
            about,
            joined([self.question.relevance, part.relevance if part else ""]),
            answers or {},
        )

    def _labels(self, scale: int) -> dict[str, tuple[str, ...]]:
        kind = self.question.kind
        if kind in _OWN:
            return dict(_OWN[kind])
        if kind in "5AB":
            return {str(code): (str(code),) for code in range(1, 11 if kind == "B" else 6)}
        given = self.question.answers.get(scale) or self.question.answers.get(0, {})
        labels = {code: self._texts(texts) for code, texts in given.items()}
        if self.question.has_other and kind in "L!":
            labels[OTHER] = self._others()
        return labels

    def _others(self) -> tuple[str, ...]:
        own = self.question.other_label
        return ((own,) if own else ()) + OTHER_WORDS

    def _texts(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(texts[language] for language in self.languages if language in texts))
