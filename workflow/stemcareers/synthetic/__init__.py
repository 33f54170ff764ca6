"""Draw made-up exports from a questionnaire, published percentages and a recipe, in the format a survey tool gives.

They show the method and feed the tests; they are no evidence of anything, and every page made from them says so.
"""

from __future__ import annotations

from pathlib import Path

from stemcareers import config, files
from stemcareers.config.load import CONFIG
from stemcareers.errors import Problem, Problems, did_you_mean
from stemcareers.synthetic import (
    csv,
    excel,
    jisc,
    limesurvey,
    limesurvey_structure,
    qualtrics,
    spss,
    stata,
    surveymonkey,
)
from stemcareers.synthetic.people import Drawing

RAW = Path("data/raw")
WRITERS = {  # by the wave's reader
    "csv": csv,
    "excel": excel,
    "jisc": jisc,
    "limesurvey": limesurvey,
    "qualtrics": qualtrics,
    "spss": spss,
    "stata": stata,
    "surveymonkey": surveymonkey,
}
QUESTIONNAIRES = {"limesurvey": limesurvey_structure}  # of tools that keep the questions in a file of their own


def exports(root: Path = Path()) -> list[Path]:
    """The paths of all made-up exports of a project, drawn anew into data/raw/: one for each recipe.

    The same config gives the same bytes. Raises Problem, with everything drawn, where an export no longer has the
    checksum its wave names.
    """
    project = config.project(root / CONFIG / "project.yaml")
    drawn, problems = [], []
    for study_id in config.study_ids(root):
        study = config.everything(study_id, root)
        for wave_id in study.recipes:
            _fits(study, wave_id, root)
        for wave_id in study.recipes:
            named = study.waves[wave_id].export
            path = root / RAW / study_id / named.file
            files.write_bytes(path, export(study, wave_id, project.seed))
            drawn.append(path)
            problems += _checksum(study, wave_id, "export", named.sha256, path, root)
            if (form := named.questionnaire) is not None:
                path = root / RAW / study_id / form.file
                files.write_bytes(path, questionnaire(study, wave_id))
                drawn.append(path)
                problems += _checksum(study, wave_id, "export.questionnaire", form.sha256, path, root)
    if problems:
        raise Problems(problems)
    return drawn


def export(study: config.StudyConfig, wave_id: str, seed: int) -> bytes:
    """The made-up export of one wave: the bytes of a file in the format of the wave's reader.

    seed  the project's; another seed draws other answers with the same shares.
    """
    writer = WRITERS[study.waves[wave_id].export.reader]
    return writer.export_bytes(study, wave_id, Drawing(study, wave_id, seed))


def questionnaire(study: config.StudyConfig, wave_id: str) -> bytes:
    """The survey tool's own file of questions of one wave, whose export names one."""
    return QUESTIONNAIRES[study.waves[wave_id].export.reader].structure_bytes(study, wave_id)


def _fits(study: config.StudyConfig, wave_id: str, root: Path) -> None:
    wrong = list(config.recipe_faults(study, wave_id))
    if not wrong:
        columns = WRITERS[study.waves[wave_id].export.reader].columns(study, wave_id)
        wrong = [
            f"the wave names the column '{column}', which is not drawn{did_you_mean(column, columns)}"
            for column in study.waves[wave_id].administrative_columns()
            if column not in columns
        ]
    if wrong:
        raise Problem((root / CONFIG / "studies" / study.id / "synthetic" / f"{wave_id}.yaml").as_posix(), *wrong)


def _checksum(study: config.StudyConfig, wave_id: str, key: str, named: str, path: Path, root: Path) -> list[Problem]:
    found = files.sha256(path)
    if named == found:
        return []
    where = (root / CONFIG / "studies" / study.id / "waves" / f"{wave_id}.yaml").as_posix()
    what = "export" if key == "export" else "questionnaire file"
    return [
        Problem(
            where,
            f"{key}.sha256: is {named}, but the {what} drawn now has {found}.",
            "If the recipe or the questionnaire was meant to change, write the new checksum here.",
        )
    ]
