import os
import sys
from pathlib import Path

from stemcareers import config as settings
from stemcareers import provenance
from stemcareers.errors import Problem, Problems

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
if not SCRIPTS.is_dir():  # started as `-s workflow/Snakefile`
    SCRIPTS = Path(workflow.basedir) / "scripts"
# As seen from the working folder: a project that was moved is not made again.
HOME = Path(os.path.relpath(SCRIPTS.parents[1]))
SCRIPTS = HOME / "workflow" / "scripts"
NOTEBOOKS = HOME / "notebooks"

try:
    PROJECT, STUDIES = settings.project_or_problems(Path("."), NOTEBOOKS)
except (Problem, Problems) as problem:
    sys.exit(str(problem))

MISSING = [w for w in settings.wanted_exports() if not Path("data/raw", w.study, w.file).is_file()]
BUILT = {name: study for name, study in STUDIES.items() if name not in {w.study for w in MISSING}}


wildcard_constraints:
    study=r"[a-z0-9-]+",
    wave=r"[a-z0-9-]+",
    specification=r"[a-z0-9-]+",
    figure=r"[a-z0-9-]+",
    table=r"[a-z0-9-]+",
    report=r"[a-z0-9-]+",


def code(verb, also=None):
    """The script of a verb and the library files behind it: inputs, so that an edit is noticed and a touch is not."""
    script = SCRIPTS / f"{verb}.py"
    return [script.as_posix(), *provenance.code(script, also)]


def study_file(name):
    """One of a study's own files, for the study of the job."""
    return f"config/studies/{{study}}/{name}"


def wave_of(wildcards):
    return STUDIES[wildcards.study].waves[wildcards.wave]


def export(wildcards):
    return f"data/raw/{wildcards.study}/{wave_of(wildcards).export.file}"


def tool_file(wildcards):
    """The survey tool's own file of questions, where the wave names one."""
    named = wave_of(wildcards).export.questionnaire
    return [f"data/raw/{wildcards.study}/{named.file}"] if named else []


def questionnaire(wildcards):
    return f"config/studies/{wildcards.study}/instruments/{wave_of(wildcards).instrument}.yaml"


def questionnaires(wildcards):
    """The questionnaires of a study's waves."""
    fielded = sorted({wave.instrument for wave in STUDIES[wildcards.study].waves.values()})
    return [f"config/studies/{wildcards.study}/instruments/{name}.yaml" for name in fielded]


def comparability(wildcards):
    """What the study says of comparisons between its waves, where it says anything."""
    path = f"config/studies/{wildcards.study}/comparability.yaml"
    return [path] if os.path.exists(path) else []


def crosswalk(wildcards):
    """The schools that are called otherwise in a later wave, where the study lists any."""
    path = f"config/studies/{wildcards.study}/crosswalk.csv"
    return [path] if os.path.exists(path) else []


def corrections(wildcards):
    """The hand corrections of a wave, where there are any."""
    path = f"config/studies/{wildcards.study}/corrections/{wildcards.wave}.csv"
    return [path] if os.path.exists(path) else []


def population(wildcards):
    """The known totals that the weights of a wave are made to meet, where there are any."""
    calibrate = wave_of(wildcards).design.calibrate
    return [f"config/studies/{wildcards.study}/populations/{calibrate.population}.csv"] if calibrate else []


def estimated_in(wildcards):
    """The other waves that parameters of the study's scales are estimated from."""
    named = [scale.parameters.wave for scale in STUDIES[wildcards.study].scales.values() if scale.parameters]
    return sorted({wave for wave in named if wave not in {None, wildcards.wave}})


def main_analysis(wildcards):
    """The specification that a grid of variants is about; nothing for one that is no grid."""
    of = STUDIES[wildcards.study].specifications[wildcards.specification].of
    return [f"config/studies/{wildcards.study}/specifications/{of}.yaml"] if of else []


def of_each_wave(pattern):
    """The files of a pattern for every wave of the job's study."""
    return lambda wildcards: [pattern.format(study=wildcards.study, wave=wave) for wave in STUDIES[wildcards.study].waves]


def shown(kind, table):
    """The estimates, or fits, that a figure, table or report of the job shows."""

    def files(wildcards):
        study = STUDIES[wildcards.study]
        entry = getattr(study, kind + "s")[getattr(wildcards, kind)]
        return [f"results/{wildcards.study}/{table}/{s}.csv" for s in settings.specifications_of(entry, study)]

    return files


VOCABULARY = [study_file(name) for name in ("study.yaml", "items.csv", "answers.yaml", "scales.yaml")]
CONFIG = [
    "config/project.yaml",
    *sorted(str(p) for p in Path("config/studies").rglob("*") if p.suffix in {".yaml", ".csv"}),
]
SHOWING = ["config/project.yaml", *VOCABULARY]


def every(pattern, folder):
    """A pattern filled in for every entry of a folder of every study that is built."""
    return [
        pattern.format(study=study, id=name) for study, config in BUILT.items() for name in getattr(config, folder)
    ]


# Everything in results/ but the pages that are no notebooks: what a run must leave behind, also where it was deleted.
RESULTS = {
    "estimates": [f"results/{study}/estimates.csv" for study in BUILT],
    "fits": [f"results/{study}/fits.csv" for study in BUILT],
    "published": [f"results/{study}/published.csv" for study, config in BUILT.items() if config.published],
    "codebooks": [f"results/{study}/codebook.xml" for study in BUILT],
    "packages": [f"results/{study}/datapackage.json" for study in BUILT],
    "facts": every("results/{study}/waves/{id}.csv", "waves"),
    "panels": [f"results/{study}/panel.csv" for study in BUILT],
    "reports": every("results/site/{study}/{id}.html", "reports"),
    "notebooks": every("results/{study}/reports/{id}.ipynb", "reports"),
    "figures": every("results/{study}/figures/{id}.svg", "figures"),
    "tables": [
        path
        for format in ("html", "csv", "md", "tex", "docx")
        for path in every(f"results/{{study}}/tables/{{id}}.{format}", "tables")
    ],
    "printed": ["results/report.pdf", *(f"results/{study}/report.pdf" for study in BUILT)] if BUILT else [],
}
