"""What a replicator must know: where the answers come from and who may have them, and which program makes what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stemcareers.config import StudyConfig, Synthesis, Wave

FORMATS = {
    "csv": "comma-separated text",
    "excel": "Excel workbook",
    "fixed_width": "text in fixed columns",
    "jisc": "Jisc Online Surveys, csv",
    "limesurvey": "LimeSurvey",
    "qualtrics": "Qualtrics, csv",
    "redcap": "REDCap, csv",
    "spss": "SPSS",
    "stata": "Stata",
    "surveymonkey": "SurveyMonkey, csv",
    "xlsform": "XLSForm",
}
PICTURED = ("svg", "png", "csv")
TABULATED = ("html", "csv", "md", "tex", "docx")
KINDS = ("figure", "flow", "table", "report")
ACROSS = "synthesis"  # where a study's id stands, for what is about several
MADE_UP, PUBLIC, PRIVATE = "made up", "public", "private"


@dataclass(frozen=True)
class File:
    """A raw file: where it belongs, what it is, whether it comes with the project, and how else it can be had."""

    path: str
    study: str
    wave: str
    format: str
    sha256: str
    answers: str  # made up, public or private
    how: str
    page: str

    @property
    def provided(self) -> bool:
        """Only made-up answers come with the project."""
        return self.answers == MADE_UP


@dataclass(frozen=True)
class Product:
    """A figure, the flow of a wave, a table or page, and what makes it."""

    kind: str
    id: str
    title: str
    study: str
    rule: str
    script: str
    config: str
    outputs: tuple[str, ...]
    provided: bool  # whether the answers behind it come with the project

    @property
    def main(self) -> str:
        """The file to look at."""
        return self.outputs[0]


def raw_files(study: StudyConfig) -> list[File]:
    """The export of every wave, each followed by its questionnaire file where it has one."""
    found = []
    for name, wave in study.waves.items():
        export = wave.export
        told = (name, FORMATS[export.reader])
        form = export.questionnaire
        given = [(export, *told), *([(form, name, "questionnaire file")] if form else [])]
        found += [
            File(
                path=f"data/raw/{study.id}/{one.file}",
                study=study.id,
                wave=of,
                format=kind,
                sha256=one.sha256,
                answers=answers(study, wave),
                how=" ".join(wave.source.how.split()),
                page=wave.source.page or wave.source.address or "",
            )
            for one, of, kind in given
        ]
    return found


def answers(study: StudyConfig, wave: Wave) -> str:
    """Whether the answers of a wave are made up, public or private."""
    if wave.synthetic:
        return MADE_UP
    return PUBLIC if study.study.public_answers is not None else PRIVATE


def open_studies(studies: Iterable[StudyConfig]) -> list[str]:
    """The studies without a private answer."""
    return [s.id for s in studies if all(answers(s, wave) != PRIVATE for wave in s.waves.values())]


def products(study: StudyConfig) -> list[Product]:
    """Every figure, flow of a wave, table and page of a study, in this order."""
    folder, settings = f"results/{study.id}", f"config/studies/{study.id}"
    provided = all(answers(study, wave) == MADE_UP for wave in study.waves.values())

    def product(kind: str, rule: str, name: str, title: str, *outputs: str, by: str | None = None) -> Product:
        script, file = f"workflow/scripts/{rule}.py", f"{settings}/{by or kind + 's'}/{name}.yaml"
        return Product(kind, name, title, study.id, rule, script, file, outputs, provided)

    found = [
        product("figure", "draw", name, entry.title, *(f"{folder}/figures/{name}.{end}" for end in PICTURED))
        for name, entry in study.figures.items()
    ]
    found += [
        product(
            "flow",
            "chart",
            name,
            f"{wave.title}, what came in, what was left out and what was used",
            *(f"{folder}/flows/{name}.{end}" for end in PICTURED),
            by="waves",
        )
        for name, wave in study.waves.items()
    ]
    found += [
        product("table", "tabulate", name, entry.title, *(f"{folder}/tables/{name}.{end}" for end in TABULATED))
        for name, entry in study.tables.items()
    ]
    return found + [
        product("report", "execute", name, entry.title, f"{folder}/reports/{name}.ipynb")
        for name, entry in study.reports.items()
    ]


def across(synthesis: Synthesis, built: Mapping[str, StudyConfig]) -> list[Product]:
    """Every figure of the page across all studies, and the page."""
    used = [study for name, study in built.items() if name in synthesis.studies()]
    provided = all(answers(study, wave) == MADE_UP for study in used for wave in study.waves.values())

    def product(kind: str, rule: str, name: str, title: str, *outputs: str) -> Product:
        script = f"workflow/scripts/{rule}.py"
        return Product(kind, name, title, ACROSS, rule, script, "config/synthesis.yaml", outputs, provided)

    titles = {name: feature.title for name, feature in synthesis.features.items()}
    titles |= {f"{f}-{e}": f"{synthesis.features[f].title}: {one.label}" for f, e, one in synthesis.pieces()}
    found = [
        product(
            "figure",
            "picture",
            name,
            titles.get(name, synthesis.title),
            *(f"results/synthesis/figures/{name}.{end}" for end in PICTURED),
        )
        for name in synthesis.figures(study.id for study in used)
    ]
    return [*found, product("report", "relate", ACROSS, synthesis.title, "results/synthesis/synthesis.ipynb")]


def counted(many: Iterable[Product]) -> Mapping[str, int]:
    """How many figures, flows, tables and pages there are."""
    kinds = [product.kind for product in many]
    return {kind: kinds.count(kind) for kind in KINDS}
