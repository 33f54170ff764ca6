"""A small LimeSurvey questionnaire: its structure file in both generations, and its exports as LimeSurvey writes them.

How answers are written follows LimeSurvey's own rules for short and long answers: a box that was shown and left open
is stored as '', one that was not shown as NULL (None here); a short export writes both as nothing, a long one "No" and
"N/A". A list stores "other" as '-oth-'; newer versions write nothing for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

Text = Mapping[str, str] | str

QUESTIONS: Sequence[Mapping[str, object]] = (
    {
        "code": "role",
        "kind": "L",
        "text": {"en": "<p>What is your <b>role</b>?</p>", "de": "Was ist Ihre Rolle?"},
        "other": True,
        "answers": {
            "A1": {"en": "Head &amp; owner", "de": "Leitung"},
            "A2": {"en": "<em>Deputy</em>", "de": "Vertretung"},
        },
    },
    {
        "code": "visits",
        "kind": "M",
        "text": "Which visits were there?",
        "other": True,
        "parts": {"SQ001": "To a firm, or two", "SQ002": "To a university"},
        "relevance": 'role.NAOK == "A1"',
    },
    {
        "code": "agree",
        "kind": "F",
        "text": "Do you agree?",
        "parts": {"SQ001": "Heads share a vision", "SQ002": "There is time"},
        "answers": {"1": "Disagree", "2": "Agree", "3": "Strongly agree"},
    },
    {"code": "years", "kind": "N", "text": "For how many years?"},
    {"code": "lab", "kind": "Y", "text": "Is there a laboratory?", "relevance": "years.NAOK > 2"},
    {"code": "sure", "kind": "C", "text": "Are you sure?", "parts": {"SQ001": "of this"}},
    {"code": "order", "kind": "R", "text": "What comes first?", "answers": {"T": "Time", "M": "Money"}},
    {
        "code": "twice",
        "kind": "1",
        "text": "Now and then",
        "parts": {"SQ001": "Talks"},
        "answers": {"1": "Never", "2": "Often"},
        "answers_1": {"1": "Less", "2": "More"},
    },
    {"code": "why", "kind": "S", "text": "Why?"},
)
COLUMNS = [
    "id",
    "submitdate",
    "startlanguage",
    "role",
    "role[other]",
    "visits[SQ001]",
    "visits[SQ002]",
    "visits[other]",
    "agree[SQ001]",
    "agree[SQ002]",
    "years",
    "lab",
    "sure[SQ001]",
    "order[1]",
    "order[2]",
    "twice[SQ001][1]",
    "twice[SQ001][2]",
    "why",
]
TEXTS = [
    "Response ID",
    "Date submitted",
    "Start language",
    "What is your role?",
    "What is your role? [Other]",
    "Which visits were there? [To a firm, or two]",
    "Which visits were there? [To a university]",
    "Which visits were there? [Other]",
    "Do you agree? [Heads share a vision]",
    "Do you agree? [There is time]",
    "For how many years?",
    "Is there a laboratory?",
    "Are you sure? [of this]",
    "What comes first? [Rank 1]",
    "What comes first? [Rank 2]",
    "Now and then [Talks][Scale 1]",
    "Now and then [Talks][Scale 2]",
    "Why?",
]
DONE = "2025-03-04 10:20:00"
STORED = (
    [
        "1",
        DONE,
        "en",
        "A1",
        None,
        "Y",
        "",
        "",
        "3",
        "1",
        "3.5000000000",
        "Y",
        "U",
        "T",
        "M",
        "1",
        "2",
        'Said "no";\nthen é',
    ],
    ["2", DONE, "en", "-oth-", "Porter", None, None, None, "", "2", ".5000000000", None, "", "", "", "", "", "None"],
    ["3", "", "de", "A2", None, None, None, None, "2", "", "12.0000000000", "N", "Y", "M", "T", "2", "1", ""],
    ["4", DONE, "en", "A1", None, "", "", "", "1", "1", "", None, "N", "T", "", "", "2", "N/A"],
    ["5", DONE, "en", "A1", None, "", "Y", "A café", "1", "1", "3", "Y", "N", "T", "", "", "2", "=1+1"],
)


def lss(old: bool = False, questions: Sequence[Mapping[str, object]] = QUESTIONS) -> str:
    """The structure file: `old` with the texts beside the questions, else in tables of their own."""
    tables: dict[str, list[dict[str, object]]] = {
        name: []
        for name in ("answers", "answer_l10ns", "groups", "questions", "subquestions", "question_l10ns", "surveys")
    }
    tables["surveys"].append({"sid": 1, "language": "en", "additional_languages": "de"})
    tables["groups"] += [{"gid": 1, "group_order": 0, "grelevance": "", **({"language": "en"} if old else {})}]
    number = 0
    for order, question in enumerate(questions, start=1):
        number += 10
        row = {
            "qid": number,
            "parent_qid": 0,
            "gid": 1,
            "type": question["kind"],
            "title": question["code"],
            "other": "Y" if question.get("other") else "N",
            "question_order": order,
            "relevance": question.get("relevance", "1"),
        }
        _put(tables, "questions", row, question["text"], old)
        for place, (code, text) in enumerate(question.get("parts", {}).items(), start=1):
            part = {"qid": number + place, "parent_qid": number, "title": code, "question_order": place, "scale_id": 0}
            _put(tables, "subquestions", part, text, old)
        for scale, key in enumerate(("answers", "answers_1")):
            for place, (code, text) in enumerate(question.get(key, {}).items(), start=1):
                aid = number * 100 + scale * 50 + place
                answer = {"aid": aid, "qid": number, "code": code, "sortorder": place, "scale_id": scale}
                _put_answer(tables, answer, text, old)
    body = "".join(_table(name, rows) for name, rows in tables.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document><LimeSurveyDocType>Survey</LimeSurveyDocType>'
        f"<DBVersion>{359 if old else 623}</DBVersion><languages><language>en</language></languages>{body}</document>\n"
    )


def short(separator: str = ",", headings: Sequence[str] = COLUMNS, keeps_other: bool = True) -> str:
    """An export with answer codes."""
    return _csv([headings, *([_short(v, keeps_other) for v in row] for row in STORED)], separator)


def long(separator: str = ",", headings: Sequence[str] = COLUMNS, language: str = "en") -> str:
    """An export with full answers."""
    rows = [[_long(column, value, language) for column, value in zip(COLUMNS, row, strict=True)] for row in STORED]
    return _csv([headings, *rows], separator)


def _short(value: str | None, keeps_other: bool) -> str:
    text = value or ""
    if "." in text and text.replace(".", "").isdigit():
        text = text.rstrip("0").rstrip(".")
    return "" if text == "-oth-" and not keeps_other else text


def _long(column: str, value: str | None, language: str) -> str:
    code, _, rest = column.partition("[")
    question = next((q for q in QUESTIONS if q["code"] == code), None)
    words = {"en": ("Yes", "No", "Uncertain", "Other"), "de": ("Ja", "Nein", "Unsicher", "Sonstiges")}[language]
    if question is None or rest == "other]":
        return value or ""
    kind = question["kind"]
    if kind in {"M", "Y"}:
        none = "N/A" if value is None or (kind == "Y" and not value) else words[1]
        return {"Y": words[0], "N": words[1]}.get(value or "", none)
    if kind == "C":
        return {"Y": words[0], "N": words[1], "U": words[2]}.get(value or "", "")
    if kind == "N" and value:
        number = f"0{value}" if value.startswith(".") else value
        return number.rstrip("0").rstrip(".") if "." in number else number
    if kind in "LFR1":
        labels = question["answers_1" if column.endswith("[2]") and kind == "1" else "answers"]
        label = labels.get(value or "", words[3] if value == "-oth-" else "")
        text = label if isinstance(label, str) else label[language]
        for tag in ("<em>", "</em>"):
            text = text.replace(tag, "")
        return text.replace("&amp;", "&")
    return value or ""


def _csv(rows: Sequence[Sequence[str]], separator: str) -> str:
    quoted = (separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return "\ufeff" + "".join(f"{row}\r\n" for row in quoted) + "\r\n"


def _by_language(text: Text) -> Mapping[str, str]:
    return {"en": text, "de": f"{text} (de)"} if isinstance(text, str) else text


def _put(tables: dict, name: str, row: dict[str, object], text: Text, old: bool) -> None:
    for language, words in _by_language(text).items():
        if old:
            tables[name].append({**row, "question": words, "language": language})
        else:
            tables["question_l10ns"].append({"qid": row["qid"], "question": words, "language": language})
    if not old:
        tables[name].append(row)


def _put_answer(tables: dict, row: dict[str, object], text: Text, old: bool) -> None:
    texts = {"en": text, "de": text} if isinstance(text, str) else text
    for language, words in texts.items():
        if old:
            tables["answers"].append({**row, "answer": words, "language": language})
        else:
            tables["answer_l10ns"].append({"aid": row["aid"], "answer": words, "language": language})
    if not old:
        tables["answers"].append(row)


def _table(name: str, rows: Sequence[Mapping[str, object]]) -> str:
    written = "".join(
        "<row>" + "".join(f"<{k}>{escape(str(v))}</{k}>" for k, v in row.items()) + "</row>" for row in rows
    )
    return f"<{name}><fields/><rows>{written}</rows></{name}>" if rows else ""
