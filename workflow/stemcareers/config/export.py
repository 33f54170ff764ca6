"""`export` in `waves/<wave>.yaml`: the file that a survey tool gave, its format, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.numbers import Written
from stemcareers.config.plain import Code, Encoding, FileName, Name, Sha256, WebAddress, Words
from stemcareers.errors import listed

Reader = Literal[
    "csv",
    "excel",
    "fixed_width",
    "jisc",
    "limesurvey",
    "qualtrics",
    "redcap",
    "spss",
    "stata",
    "surveymonkey",
    "xlsform",
]
READERS: tuple[str, ...] = get_args(Reader)

# Which readers know an option; another reader refuses it, because what is not honoured may not be said.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "encoding": (
        "csv",
        "fixed_width",
        "jisc",
        "limesurvey",
        "qualtrics",
        "redcap",
        "spss",
        "stata",
        "surveymonkey",
        "xlsform",
    ),
    "separator": ("csv", "jisc", "limesurvey", "qualtrics", "redcap", "surveymonkey", "xlsform"),
    "decimal": ("csv", "excel", "jisc", "limesurvey", "qualtrics", "redcap", "surveymonkey", "xlsform"),
    "thousands": ("csv", "excel", "jisc", "limesurvey", "qualtrics", "redcap", "surveymonkey", "xlsform"),
    "number_signs": ("csv", "excel", "jisc", "limesurvey", "qualtrics", "redcap", "surveymonkey", "xlsform"),
    "header_row": ("csv", "excel"),
    "sheet": ("excel", "limesurvey", "xlsform"),
    "answers": ("limesurvey", "xlsform"),
    "joined": ("csv", "excel", "jisc", "qualtrics", "surveymonkey"),
    "questionnaire": ("fixed_width", "limesurvey", "redcap", "xlsform"),
}
# What the questionnaire file of a reader is that cannot do without.
NEEDED: Mapping[str, str] = {
    "fixed_width": "the SPSS control file that names its columns (or a layout in csv)",
    "redcap": "the data dictionary of its project (csv)",
    "xlsform": "the XLSForm (.xlsx) by which it was asked",
}
# What belongs to one kind of file only, for readers that take either.
OF_TEXT, OF_WORKBOOKS, WORKBOOK = ("encoding", "separator"), ("sheet",), ".xlsx"
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_WORDS = {
    "separator": {sign: word for word, sign in SEPARATORS.items()},
    "thousands": {" ": "space", "'": "apostrophe"},
}


class Questionnaire(Entry):
    """The survey tool's own file of questions, answers and routing."""

    file: FileName = Field(description="its name in data/raw/<study>/")
    sha256: Sha256 = Field(description="its checksum; `sha256sum <file>` prints it")
    address: WebAddress | None = Field(None, description="a web address of the very file")


class Joined(Entry):
    """A question where several choices may be ticked, all in one cell."""

    choices: dict[Code, Words] = Field(min_length=2, description="code of the choice, and its words in the cell")
    between: Words = Field(",", description="the sign between two choices")


class Export(Entry):
    """The file a survey tool gave."""

    file: FileName = Field(description="its name in data/raw/<study>/")
    reader: Reader = Field(description="its format, as config/README.md lists them")
    sha256: Sha256 = Field(description="its checksum; `sha256sum <file>` prints it")
    questionnaire: Questionnaire | None = Field(
        None, description="the survey tool's own file of questions, answers and routing"
    )
    encoding: Encoding = Field("utf-8", description="the encoding of the text")
    separator: Literal["comma", "semicolon", "tab", "pipe"] = Field("comma", description="what stands between cells")
    decimal: Literal[".", ","] = Field(".", description="the decimal sign of its numbers")
    thousands: Literal[".", ",", "space", "apostrophe"] | None = Field(
        None, description="what stands between the thousands of its numbers"
    )
    number_signs: list[Literal["percent", "minus", "full_width"]] = Field(
        default_factory=list,
        description=(
            "what else stands in its numbers: percent (a % sign, where the unit is per cent), minus (U+2212), "
            "full_width digits"
        ),
    )
    header_row: int = Field(1, ge=1, description="the line that names the columns; what stands above is left out")
    sheet: Name | None = Field(None, description="the sheet of a workbook")
    answers: Literal["codes", "labels"] | None = Field(
        None, description="whether the answers are codes or the words of the questionnaire"
    )
    joined: dict[Name, Joined] = Field(
        default_factory=dict,
        description="columns with several choices in one cell; each choice becomes a column `<column>_<code>`",
    )
    at_least: int = Field(1, ge=1, description="how many rows it must hold; fewer, and the wave stops")

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        opened = dict(content)
        for key, words in _WORDS.items():
            if isinstance(opened.get(key), str):
                opened[key] = words.get(opened[key], opened[key])
        return opened

    def raw_files(self) -> list[Export | Questionnaire]:
        """The export, followed by the questionnaire file where it has one."""
        return [self] if self.questionnaire is None else [self, self.questionnaire]

    @property
    def written(self) -> Written:
        """How its numbers are written."""
        return Written(self.decimal, self.thousands, frozenset(self.number_signs))

    def faults(self) -> Iterable[str]:
        for option, known in OPTIONS.items():
            if option in self.model_fields_set and self.reader not in known:
                whose = f"; it belongs to {listed(known)}" if known else ""
                yield f"{option}: is no option of reader '{self.reader}'{whose}"
        if self.reader in OPTIONS["sheet"] and self.reader in OPTIONS["separator"]:
            book = self.file.lower().endswith(WORKBOOK)
            for option in OF_TEXT if book else OF_WORKBOOKS:
                if option in self.model_fields_set:
                    yield f"{option}: is no option of {'a workbook' if book else 'a text file'} ({self.file})"
        if self.reader in NEEDED and self.questionnaire is None:
            yield f"questionnaire: is missing; reader '{self.reader}' needs {NEEDED[self.reader]}"
        if self.thousands == self.decimal:
            yield f"thousands: is the decimal sign too ({self.decimal}); numbers would have two meanings"
        if self.questionnaire is not None and self.questionnaire.file == self.file:
            yield "questionnaire.file: is the export itself; name the file that holds the questions"
