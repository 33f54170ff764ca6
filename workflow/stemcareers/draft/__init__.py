"""Draft a wave from an export: as complete as can be known, with every doubt marked, and nothing overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stemcareers import files
from stemcareers.config import load
from stemcareers.config.instrument import Instrument
from stemcareers.config.plain import is_file_id
from stemcareers.config.wave import Wave
from stemcareers.draft import first_pages, guess, wave_file
from stemcareers.draft.columns import columns
from stemcareers.draft.known import Earlier
from stemcareers.draft.questions import Questions
from stemcareers.draft.words import REVIEW, comment
from stemcareers.errors import Problem

__all__ = ["texts", "write"]


def texts(
    export: Path,
    study: str,
    wave: str,
    *,
    form: Path | None = None,
    reader: str | None = None,
    root: Path = Path(),
    new: bool = False,
) -> dict[str, str]:
    """The drafted files by their place in the study's folder: a wave, and what the study does not have yet.

    export, form  the file of the survey tool, and its own file of questions where there is one.
    reader        its format, where it shall not be proposed.
    new           whether columns that ask no known item are drafted as new ones also where the study's questionnaires
                  leave out what they do not use.

    A wave gets its page. A study that is not there yet gets study.yaml, items.csv, answers.yaml and scales.yaml too,
    and a first description of every closed question; one that is there gets a questionnaire only where the export fits
    none it has. What nobody can know from an export is left empty, so that
    `stemcareers check` tells it. Answers that fewer than three gave are written nowhere.

    Raises a Problem where an id is none, or the file cannot be read.
    """
    wrong = [
        f"'{name}' is not an id: small letters and digits joined by '-'"
        for name in (study, wave)
        if not is_file_id(name)
    ]
    if wrong:
        raise Problem("draft", *wrong)
    entry, table = guess.reading(export, form, reader)
    found = columns(table)
    folder = load.StudyFolder(study, root)
    config = load.draft(study, root)[0] if folder.file("study.yaml").exists() else None
    items = dict(config.items) if config else {}
    answers = {name: its for name, its in config.answers.items() if its.whole} if config else {}
    title = (config.study.title or "") if config and config.study else ""
    pattern = wave_file.pattern(table, config.waves) if config else None
    earlier = Earlier(config, root / "data" / "raw" / study) if config else None
    known = earlier.known() if earlier else {}
    fits = wave_file.questionnaire(table, found, config.instruments, known) if config else None
    weights = wave_file.weights(found, earlier.weights() if earlier else {})
    if config is not None and fits is not None:
        differs = wave_file.departures(table, found, config.instruments[fits], items, answers, known, pattern)
        asks = list(config.instruments[fits].columns().values())
        text = wave_file.wave(wave, fits, entry, table, found, differs, pattern, weights, asks)
        return {f"waves/{wave}.yaml": text} | first_pages.of_wave(wave, title)
    named = wave_file.used(table, found)
    only_known = config is not None and not new and wave_file.leaves_out(pattern, config.instruments)
    instruments = config.instruments if config else {}
    asked = Questions.of(table, found, items, answers, instruments, named, known, only_known)
    name = f"questionnaire-{wave}"
    drafted = {
        f"waves/{wave}.yaml": wave_file.wave(wave, name, entry, table, found, "", pattern, weights, asked.found),
        f"instruments/{name}.yaml": asked.instrument(f"Questionnaire of {wave}", _mode(pattern, instruments)),
        **first_pages.of_wave(wave, title),
    }
    if config is None:
        drafted |= {
            "study.yaml": _study(),
            "items.csv": asked.item_rows(header=True),
            "answers.yaml": "".join(asked.answers.values()) or "{}\n",
            "scales.yaml": "{}\n",
            **first_pages.of_study(wave, asked),
        }
    elif asked.items:
        rows = ["These items are new; review them, and add them to items.csv:", *asked.item_rows(False).splitlines()]
        sets = ["These answer sets are new; add them to answers.yaml:", *"".join(asked.answers.values()).splitlines()]
        drafted[f"instruments/{name}.yaml"] += comment(rows) + "".join(f"# {line}\n" for line in sets if asked.answers)
    drafted[f"instruments/{name}.yaml"] += asked.additions()
    return drafted


def write(drafted: dict[str, str], folder: Path) -> list[Path]:
    """Write drafted files below a folder, all or none.

    Raises a Problem naming each file that is there already, with the text that would have been written.
    """
    there = [name for name in drafted if (folder / name).exists()]
    if there:
        told = [
            f"{name} is there already, and nothing was written; this is its draft:\n{drafted[name]}" for name in there
        ]
        raise Problem(folder.as_posix(), *told, "write the draft elsewhere with --to <folder>, or move the file away")
    for name, text in drafted.items():
        files.write_text(folder / name, text)
    return [folder / name for name in drafted]


def _mode(pattern: Wave | None, instruments: Mapping[str, Instrument]) -> str:
    """How the wave most like it was answered; online where there is none."""
    its = instruments.get(pattern.instrument) if pattern is not None else None
    return its.mode if its is not None and its.whole else "online"


def _study() -> str:
    keys = ["title", "summary"]
    lines = [f"{key}:\n" for key in keys]
    asks = f"  {first_pages.ASKS}: What was answered?{REVIEW}put your research questions here: an id and the question\n"
    lines += ["asks:\n", asks, f"unit: response{REVIEW}what one response stands for\n", "units: responses\n"]
    lines += ["respondents:\n", "source: {citation: }\n", "licence:\n"]
    return comment(["Drafted; what is empty cannot be known from an export."]) + "".join(lines)
