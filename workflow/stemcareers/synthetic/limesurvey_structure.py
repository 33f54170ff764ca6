"""The structure file (.lss) of a made-up LimeSurvey questionnaire: its pages, questions, answers and routing.

As LimeSurvey 4 and later writes it: texts in tables of their own, by language. Only what a reader needs to understand
the answers is there; it is no file to import. Source: LimeSurvey manual, "Exporting a survey structure".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from stemcareers.config import StudyConfig
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.limesurvey import LANGUAGE, page

# Type letters: a list of radio buttons, a grid, boxes to tick, a number, a day, a long text, a short text.
LIST, GRID, BOXES, NUMBER, DATE, TEXT, SHORT_TEXT = "L", "F", "M", "N", "D", "T", "S"
WORDS = {"dont_know": "Don't know", "prefer_not": "I prefer not to say", "skipped": "No answer", "not_asked": "n/a"}
FORMAT = 623  # the version of LimeSurvey's database that the file is of
Row = Mapping[str, object]


@dataclass
class _Question:
    """A question: its code, type and words; parts are the rows of a grid, or boxes, by their code."""

    code: str
    kind: str
    text: str
    relevance: str = "1"
    has_other: bool = False
    parts: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)


def structure_bytes(study: StudyConfig, wave_id: str) -> bytes:
    """The bytes of the structure file of one wave's questionnaire."""
    wave, form = study.waves[wave_id], Form(study, wave_id)
    named = [*wave.person, *wave.school, *(column for column in form.other_texts if "[" not in column)]
    hidden = [_Question(column, SHORT_TEXT, column) for column in dict.fromkeys(named)]
    tables = _tables([*hidden, *_questions(form).values()])
    body = "".join(_table(name, rows) for name, rows in tables.items() if rows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document>\n <LimeSurveyDocType>Survey</LimeSurveyDocType>\n'
        f" <DBVersion>{FORMAT}</DBVersion>\n <languages>\n  <language>{LANGUAGE}</language>\n </languages>\n"
        f"{body}</document>\n"
    ).encode()


def _questions(form: Form) -> dict[str, _Question]:
    """Every question by its code, in order: columns with the same code before the bracket are one."""
    found: dict[str, _Question] = {}
    for column in form.questions:
        code, bracket, part = column.rstrip("]").partition("[")
        stem, _, choice = form.wordings[column].rpartition(" - ")
        if code not in found:
            text = stem if bracket else form.wordings[column]
            found[code] = _Question(code, _kind(form, column), text, _relevance(form, column))
            found[code].has_other = f"{code}[other]" in form.other_texts
            found[code].answers |= _labels(form, column)
        if bracket:
            found[code].parts[part] = choice
    return found


def _kind(form: Form, column: str) -> str:
    if column in form.boxes or column in form.none:
        return BOXES
    if column not in form.items:  # the question of consent
        return LIST
    kind = form.study.answer_set(form.items[column]).kind
    return {"number": NUMBER, "date": DATE, "text": TEXT}.get(kind, GRID if "[" in column else LIST)


def _labels(form: Form, column: str) -> dict[str, str]:
    """Code in the export: its words."""
    consent = form.recipe.consent
    if consent is not None and column == consent.column:
        return {str(consent.given): "Yes", str(consent.refused): "No"}
    if _kind(form, column) not in {LIST, GRID}:
        return {}
    answers = form.study.answer_set(form.items[column])
    words = {**answers.codes, **{code: WORDS[reason] for code, reason in answers.missing.items()}}
    given = form.instrument.questions[column].codes or {code: code for code in words}
    return {str(exported): words[code] for exported, code in given.items()}


def _relevance(form: Form, column: str) -> str:
    """The condition under which a question is asked, in the words of LimeSurvey's expressions."""
    ticks = form.boxes.get(column) or form.none.get(column)
    question = form.instrument.questions.get(column)
    asked = ticks or question
    if asked is None:
        return "1"
    every = [_condition(form, item, codes) for item, codes in asked.asked_if.items()]
    some = " or ".join(_condition(form, item, codes) for item, codes in asked.asked_if_any.items())
    return " and ".join([*every, *([f"({some})"] if some else [])]) or "1"


def _condition(form: Form, item: str, codes: Sequence[int]) -> str:
    """That an item has one of these codes."""
    gate = next(column for column, asks in form.items.items() if asks == item)
    name = gate.replace("[", "_").rstrip("]")
    if gate in form.boxes:
        given = ["Y" if code == 1 else "" for code in codes]
    else:
        own = form.instrument.questions[gate].codes
        given = [str(text) for text, code in own.items() if code in codes] or [str(code) for code in codes]
    either = " or ".join(f'{name}.NAOK == "{text}"' for text in given)
    return f"({either})" if len(given) > 1 else either


# --- tables -------------------------------------------------------------------------------------------------


def _tables(questions: Sequence[_Question]) -> dict[str, list[Row]]:
    names = ("answers", "answer_l10ns", "groups", "questions", "subquestions", "question_l10ns", "surveys")
    tables: dict[str, list[Row]] = {name: [] for name in names}
    tables["surveys"].append({"sid": 1, "language": LANGUAGE, "additional_languages": ""})
    tables["groups"] += [
        {"gid": number, "group_order": number, "grelevance": ""} for number in sorted({page(q.code) for q in questions})
    ]
    for order, question in enumerate(questions, start=1):
        number = 100 * order
        row = {
            "qid": number,
            "parent_qid": 0,
            "gid": page(question.code),
            "type": question.kind,
            "title": question.code,
        }
        row |= {"other": "Y" if question.has_other else "N", "question_order": order}
        tables["questions"].append({**row, "relevance": question.relevance})
        tables["question_l10ns"].append(_words(number, question.text))
        for place, (code, text) in enumerate(question.parts.items(), start=1):
            part = {"qid": number + place, "parent_qid": number, "title": code, "question_order": place, "scale_id": 0}
            tables["subquestions"].append({**part, "relevance": "1"})
            tables["question_l10ns"].append(_words(number + place, text))
        for place, (code, text) in enumerate(question.answers.items(), start=1):
            answer = {"aid": number + place, "qid": number, "code": code, "sortorder": place, "scale_id": 0}
            tables["answers"].append(answer)
            tables["answer_l10ns"].append({"aid": number + place, "answer": text, "language": LANGUAGE})
    return tables


def _words(number: int, text: str) -> Row:
    return {"qid": number, "question": text, "language": LANGUAGE}


def _table(name: str, rows: Sequence[Row]) -> str:
    fields = "".join(f"   <fieldname>{column}</fieldname>\n" for column in rows[0])
    written = "".join(
        "   <row>" + "".join(f"<{k}>{escape(str(v))}</{k}>" for k, v in row.items()) + "</row>\n" for row in rows
    )
    return f" <{name}>\n  <fields>\n{fields}  </fields>\n  <rows>\n{written}  </rows>\n </{name}>\n"
