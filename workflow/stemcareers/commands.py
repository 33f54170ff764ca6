"""The commands a person types. Each works in the current folder: one with `config/` and, soon, `data/`."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from stemcareers import drive, fetch, files, lock
from stemcareers.errors import Problem, Problems, did_you_mean

RAW = Path("data/raw")
SITE = Path("results/site/index.html")
MIRROR = "STEMCAREERS_MIRROR"


def report(studies: list[str], cores: str = "all", extra: list[str] | None = None) -> int:
    """0 where the report stands in `results/site/`, complete but for exports that are not there; else 1.

    studies  only these; all where empty.
    extra    further words for Snakemake.
    """
    started = time.monotonic()
    _known(studies)
    with lock.run(say=_say) as killed:
        drive.prepare(killed, _say)
        _use_mirror(studies)
        wanted = _wanted(studies)
        absent = fetch.missing(wanted, RAW)
        _tell(absent)
        left_out = {one.study for one in wanted if fetch.missing([one], RAW)}
        targets = _targets(study for study in studies if study not in left_out)
        if studies and not targets:
            return 1
        good = drive.snakemake(targets, cores, extra or [])
    _tell(absent)
    pages = [SITE.parent / study for study in studies] or [SITE]
    return _close(good, time.monotonic() - started, [] if extra else pages)


def fetch_exports(studies: list[str]) -> int:
    """0 where every export of these studies (of all, where empty) is in `data/raw/`; else 1, having told why not."""
    _known(studies)
    problems = []
    for wanted in _wanted(studies):
        there = (RAW / wanted.study / wanted.file).exists()
        try:
            path = fetch.export(wanted, RAW, os.environ.get(MIRROR))
        except Problem as problem:
            problems.append(problem)
            continue
        print(f"{wanted.study} {wanted.wave}: {path.as_posix()} {'is there' if there else 'fetched'}")
    for problem in problems:
        _say(str(problem))
    return 1 if problems else 0


def check() -> int:
    """0 where nothing is wrong in `config/` and in the exports that are there; Problems for everything that is.

    An export that is not there is told and is no fault: a report leaves its study out.
    """
    from stemcareers import config

    problems: list[Problem] = []
    studies: dict[str, config.StudyConfig] = {}
    try:
        _project, studies = config.project_or_problems(notebooks=_notebooks())
    except Problems as told:
        problems += told.problems
    faulty = {one.where.split("/")[2] for one in problems if one.where.startswith("config/studies/")}
    found, absent, without, remarks = _raw_files(faulty)
    problems += found
    _tell(absent)
    for remark in remarks:
        _say(remark)
    if problems:
        raise Problems(problems)
    waves = sum(len(study.waves) for study in studies.values())
    left = f", exports: {waves - without} of {waves}" if without else ", and every export fits"
    print(f"config: nothing is wrong (studies: {len(studies)}, waves: {waves}{left})")
    return 0


def _raw_files(faulty: Collection[str] = ()) -> tuple[list[Problem], list[str], int, list[str]]:
    """What is wrong with the exports of waves whose config can be read; what is not there, and for how many waves; and
    what is to be looked at.

    faulty   the studies whose config has a fault: their exports are held against their columns alone.
    """
    from stemcareers import config, ingest, rehearse

    problems, absent, without, remarks = [], [], 0, []
    idle: dict[tuple[str, str], frozenset[str]] = {}
    for study_id in config.study_ids() if Path("config/studies").is_dir() else []:
        study, _ = config.load.draft(study_id)
        rehearsed = {}
        for name, wave in study.waves.items():
            instrument = study.instruments.get(wave.instrument)
            if not wave.whole or instrument is None or not instrument.whole:
                continue
            lost = fetch.missing(config.load.wanted_by(study_id, name, wave), RAW)
            absent += lost
            without += bool(lost)
            known = {item for item, its in study.items.items() if its.whole and its.answers in study.answers}
            path = RAW / study_id / wave.export.file
            asked = (study_id, wave.instrument)
            if lost:
                idle[asked] = frozenset()  # a name that is ignored may be in the export that is not there
            if lost or not known >= set(instrument.columns().values()):
                continue
            if study_id in faulty:
                problems += ingest.faults(path, wave, instrument, study.items, study.answers, name)
            else:
                corrections = config.StudyFolder(study_id).file(f"corrections/{name}.csv")
                found = rehearse.wave(path, study, name, corrections if corrections.is_file() else None)
                problems += found.problems
                remarks += [f"{path.as_posix()}, {sentence}" for sentence in found.remarks]
                rehearsed[name] = found
                idle[asked] = idle.get(asked, found.idle) & found.idle
        if rehearsed:
            remarks += [f"{study_id}, {sentence}" for sentence in rehearse.between_waves(study, rehearsed)]
    for (study_id, instrument_id), names in idle.items():
        remarks += rehearse.idle(study_id, instrument_id, names)
    return problems, absent, without, remarks


def draft(
    export: Path,
    study: str,
    wave: str,
    form: Path | None = None,
    reader: str | None = None,
    to: Path | None = None,
    new: bool = False,
) -> int:
    """0 where a wave is drafted from an export, into the study's folder or into `to`. Nothing is overwritten."""
    from stemcareers import draft as drafting

    drafted = drafting.texts(export, study, wave, form=form, reader=reader, new=new)
    for path in drafting.write(drafted, to or Path("config/studies", study)):
        print(f"drafted: {path.as_posix()}")
    doubts = sum(text.count("review") for text in drafted.values())
    print(f"Read it through ('review' stands {doubts} times); 'make check' tells what is still missing.")
    for file in filter(None, (export, form)):
        if not (RAW / study / file.name).is_file():
            print(f"Put {file.name} into {(RAW / study).as_posix()}/.")
    return 0


def synthetic() -> int:
    """Draw every synthetic export anew into `data/raw/`."""
    from stemcareers import synthetic as drawing

    for path in drawing.exports(Path()):
        print(f"drawn: {Path(path).as_posix()}")
    return 0


def redraw(rows: list[Path], to: Path | None = None) -> int:
    """0 where every figure was drawn again from its csv and the json beside it, into `to` or beside the csv."""
    from stemcareers import draw

    for path in rows:
        wide, folder = draw.again(path), path.parent if to is None else to
        for name, picture in {
            f"{path.stem}.svg": draw.svg(wide),
            f"{path.stem}.narrow.svg": draw.svg(draw.again(path, narrow=True)),
            f"{path.stem}.png": draw.png(wide),
        }.items():
            files.write_bytes(folder / name, picture)
            print(f"drawn: {(folder / name).as_posix()}")
    return 0


def floor() -> int:
    """Time the same library calls in one plain process (workflow/floor.py)."""
    drive.set_surroundings()
    runpy.run_path(str(drive.HOME / "workflow" / "floor.py"), run_name="__main__")
    return 0


def coverage() -> int:
    """Measure how often intervals hold the truth (workflow/coverage.py)."""
    drive.set_surroundings()
    runpy.run_path(str(drive.HOME / "workflow" / "coverage.py"), run_name="__main__")
    return 0


def review() -> int:
    """0 where the bundle for a reviewer stands in `results/review/` and in a zip beside it."""
    from stemcareers import review as bundle

    with lock.run(say=_say):
        folder, archive, count = bundle.build(Path(), drive.HOME)
    print(f"{folder.as_posix()}/ and {archive.as_posix()}: {count} files, each with its checksum in SHA256SUMS")
    return 0


def diff(
    old: str, new: str, studies: list[str], to: Path | None = None, cores: str = "all", builds: Path | None = None
) -> int:
    """0 where two runs show the same, 1 where a number, figure, table or page differs; what and why is printed.

    old, new  folders with results, or commits of this project.
    studies   only these; all where empty.
    to        a file for all of it, csv or html.
    builds    where commits are built, to be found again; by default nothing is kept.
    """
    from stemcareers import changes

    drive.set_surroundings()
    with changes.opened((old, new), studies, cores, builds, _say) as runs:
        compared = changes.compared(*runs)
    print(compared.text(), end="")
    if to is not None:
        changes.written(compared, to)
        _say(f"written: {to.as_posix()}")
    return 1 if compared.differs else 0


def notebooks() -> int:
    """Open the notebooks in JupyterLab, in this Python; 0 when it is closed."""
    if not any(Path("results").glob("*/estimates.csv")):
        _say("There are no results yet: the notebooks open, and run after make report.")
    folder = os.path.relpath(_notebooks())
    return subprocess.run([sys.executable, "-m", "jupyter", "lab", folder], check=False).returncode


def clean() -> int:
    """Remove results and derived data. `data/raw` is never touched."""
    with lock.run(say=_say):
        derived = [path for path in Path("data").glob("*") if path.is_dir() and path.name != RAW.name]
        kept = {lock.RUN.name, lock.JOBS.name}
        memory = [path for path in drive.SNAKEMAKE.glob("*") if path.name not in kept]
        for path in [Path("results"), *derived, *memory]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    print("Removed results/ and everything in data/ but data/raw/.")
    return 0


def _known(studies: list[str]) -> None:
    there = sorted(path.name for path in Path("config/studies").glob("*") if path.is_dir())
    if not there:
        raise Problem("config/studies", "is not here, or holds no study. Type this in the project's own folder.")
    unknown = [study for study in studies if study not in there]
    if unknown:
        raise Problem(
            "config/studies",
            *(f"'{study}' is not a study{did_you_mean(study, there)}" for study in unknown),
            f"the studies are {', '.join(there)}",
        )


def _notebooks() -> Path:
    """The project's notebooks; those beside the library where the project is a folder of config and data alone."""
    own = Path("notebooks")
    return own if own.is_dir() else drive.HOME / own


def _wanted(studies: list[str]) -> list[fetch.Wanted]:
    from stemcareers import config

    try:
        return [one for one in config.wanted_exports() if not studies or one.study in studies]
    except Problem:
        config.project_or_problems(notebooks=_notebooks())  # tells this problem together with all the others
        raise


def _targets(studies: Iterable[str]) -> list[str]:
    """The files of these studies that a reader opens; none stands for everything, the site's front page included."""
    from stemcareers import config

    found = []
    for study in studies:
        its = config.everything(study)
        found += [f"results/{study}/estimates.csv", *(f"results/site/{study}/{page}.html" for page in its.reports)]
        found += [f"results/{study}/figures/{figure}.svg" for figure in its.figures]
        found += [f"results/{study}/tables/{table}.html" for table in its.tables]
    return found


def _use_mirror(studies: list[str]) -> None:
    """Bring missing exports from the mirror, if one is set; what it lacks is told with the rest that is missing."""
    mirror = os.environ.get(MIRROR)
    for wanted in _wanted(studies) if mirror else []:
        if not (RAW / wanted.study / wanted.file).exists():
            try:
                fetch.from_mirror(wanted, RAW, mirror)
            except Problem as problem:
                _say(str(problem))
            else:
                _say(f"{wanted.study} {wanted.wave}: fetched {wanted.file} from the mirror")


def _tell(absent: list[str]) -> None:
    if absent:
        _say("Left out, for want of an export:" if len(absent) == 1 else "Left out, for want of their exports:")
    for sentence in absent:
        _say(f"  {sentence}")


def _close(good: bool, seconds: float, pages: list[Path]) -> int:
    from snakemake_logger_plugin_stemcareers import tally

    took = f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    jobs = "1 job" if tally.done == 1 else f"{tally.done} jobs"
    if good:
        ready = ", ".join(page.as_posix() for page in pages if page.exists())
        _say(f"The report is ready: {ready} ({jobs}, {took})." if ready else f"Done ({jobs}, {took}).")
        return 0
    if tally.failed:
        _say(f"{len(tally.failed)} of {tally.total} jobs failed; what needs them was not built:")
        for failure in tally.failed:
            _say(f"  {failure}")
    if tally.done or tally.failed or tally.stopped:
        _say(f"Stopped after {jobs}, {took}. What is finished stays; the same command goes on from here.")
    return 1


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
