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

MISSING = settings.missing_exports()
BUILT = {name: study for name, study in STUDIES.items() if name not in {w.study for w in MISSING}}


wildcard_constraints:
    study=r"(?!synthesis/)[a-z0-9-]+",  # results/synthesis/ is of no one study
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


def of_the_study(pattern):
    """The files of a pattern that the study of the job has."""
    return lambda wildcards: sorted(p.as_posix() for p in Path().glob(f"config/studies/{wildcards.study}/{pattern}"))


def population(wildcards):
    """The known totals that the weights of a wave are made to meet, where there are any."""
    calibrate = wave_of(wildcards).design.calibrate
    return [f"config/studies/{wildcards.study}/populations/{calibrate.population}.csv"] if calibrate else []


def estimated_in(wildcards):
    """The other waves that parameters of the study's scales are estimated from."""
    named = [scale.parameters.wave for scale in STUDIES[wildcards.study].scales.values() if scale.parameters]
    return sorted({wave for wave in named if wave not in {None, wildcards.wave}})


def undone(study):
    """The specifications of a study that are redone without each exclusion of its waves."""
    return [name for name, entry in STUDIES[study].specifications.items() if entry.without_each_exclusion]


def exclusions(wildcards):
    """The results without each exclusion, where the study asks for any."""
    return [f"results/{wildcards.study}/exclusions.csv"] if undone(wildcards.study) else []


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


def models(waves):
    """The fits of the models that rest on one of these waves of the job's study alone."""

    def fits(wildcards):
        study = STUDIES[wildcards.study]
        return [
            f"results/{wildcards.study}/fits/{name}.csv"
            for wave in waves(wildcards)
            for name in settings.models_of(wave, study)
        ]

    return fits


def told_of(wildcards):
    """The wave a page is about; nothing where it is about several."""
    wave = STUDIES[wildcards.study].reports[wildcards.report].parameters.get("wave")
    return [str(wave)] if str(wave) in STUDIES[wildcards.study].waves else []


VOCABULARY = [study_file(name) for name in ("study.yaml", "items.csv", "answers.yaml", "scales.yaml")]
CONFIG = [
    "config/project.yaml",
    *(["config/synthesis.yaml"] if PROJECT.across else []),
    *sorted(p.as_posix() for p in Path("config/studies").rglob("*") if p.suffix in {".yaml", ".csv"}),
]
SHOWING = ["config/project.yaml", *VOCABULARY]


def every(pattern, folder):
    """A pattern filled in for every entry of a folder of every study that is built."""
    return [
        pattern.format(study=study, id=name) for study, config in BUILT.items() for name in getattr(config, folder)
    ]


# What is set side by side across studies: what it reads of them, and its files; all empty without synthesis.yaml.
SYNTHESIS = settings.synthesis() if PROJECT.across else None
USED = [name for name in SYNTHESIS.studies() if name in BUILT] if SYNTHESIS else []
PICTURES = SYNTHESIS.figures(USED) if SYNTHESIS else []
ENDINGS = {"svg": ".svg", "narrow": ".narrow.svg", "png": ".png", "rows": ".csv", "kept": ".json", "alt": ".txt"}
ACROSS = {
    "estimates": [f"results/{s}/estimates/{name}.csv" for s in USED for name in SYNTHESIS.specifications(s)],
    "config": [
        "config/project.yaml",
        *(f"config/studies/{s}/{name}" for s in USED for name in ("study.yaml", "items.csv", "answers.yaml", "scales.yaml")),
        *(f"config/studies/{s}/specifications/{name}.yaml" for s in USED for name in SYNTHESIS.specifications(s)),
        *(f"config/studies/{s}/waves/{name}.yaml" for s in USED for name in BUILT[s].waves),
    ],
    "figures": {key: [f"results/synthesis/figures/{name}{end}" for name in PICTURES] for key, end in ENDINGS.items()},
    "pages": ["results/site/synthesis.html", "results/synthesis/synthesis.ipynb"] if SYNTHESIS else [],
}

# Everything in results/ but the pages that are no notebooks: what a run must leave behind, also where it was deleted.
RESULTS = {
    "estimates": [f"results/{study}/estimates.csv" for study in BUILT],
    "fits": [f"results/{study}/fits.csv" for study in BUILT],
    "published": [f"results/{study}/published.csv" for study, config in BUILT.items() if config.published],
    "collected": ["results/published.csv"] if any(config.published for config in BUILT.values()) else [],
    "codebooks": [f"results/{study}/codebook.xml" for study in BUILT],
    "packages": [f"results/{study}/datapackage.json" for study in BUILT],
    "facts": every("results/{study}/waves/{id}.csv", "waves"),
    "exclusions": [f"results/{study}/exclusions.csv" for study in BUILT if undone(study)],
    "panels": [f"results/{study}/panel.csv" for study in BUILT],
    "reports": every("results/site/{study}/{id}.html", "reports"),
    "notebooks": every("results/{study}/reports/{id}.ipynb", "reports"),
    "charts": every("results/{study}/flows/{id}.svg", "waves"),
    "figures": every("results/{study}/figures/{id}.svg", "figures"),
    "tables": [
        path
        for format in ("html", "csv", "md", "tex", "docx")
        for path in every(f"results/{{study}}/tables/{{id}}.{format}", "tables")
    ],
    "synthesis": [*ACROSS["pages"], *(path for paths in ACROSS["figures"].values() for path in paths)],
    "printed": ["results/report.pdf", *(f"results/{study}/report.pdf" for study in BUILT)] if BUILT else [],
}
