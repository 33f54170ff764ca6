"""The site of the small project, made by the same calls as the pipeline's scripts make."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from stemcareers import compare, config, contracts, document, draw, execute, export, files, tabulate
from stemcareers.config import Wanted
from stemcareers.report.results import read
from stemcareers.site import layout, made, pages
from stemcareers.tabulate import docx, latex, markdown
from stemcareers.typeset import content as printed
from stemcareers.typeset import pdf

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
DOT = """digraph snakemake_dag {
    graph[bgcolor=white, margin=0];
    0[label = "all", color = "0.30 0.6 0.85", style="rounded"];
    1[label = "publish", color = "0.30 0.6 0.85", style="rounded"];
    2[label = "execute", color = "0.30 0.6 0.85", style="rounded"];
    3[label = "estimate", color = "0.30 0.6 0.85", style="rounded"];
    1 -> 0
    2 -> 1
    3 -> 2
    3 -> 1
}
"""
RULES = {"estimate": "Fit one specification.", "execute": "Run a notebook.", "publish": "Put the site together."}
PACKAGE = {"name": "stemcareers", "version": "0.1.0", "licence": "MIT", "python": "from 3.11 to before 3.14"}
HOW = made.Made({"python": "3.12", "pandas": "3.0"}, "0123456789ab", RULES, DOT, PACKAGE)


def build(project: Path, missing: Sequence[Wanted] = ()) -> Path:
    """The folder of the site of a project made by `small_project`, with figures, tables and report pages."""
    with contextlib.chdir(project):
        settings, studies = config.project_or_problems(notebooks=NOTEBOOKS)
        built = [study for name, study in studies.items() if name not in {w.study for w in missing}]
        for study in built:
            _shown(study, settings)
            for name in study.reports:
                _page(study, name, settings)
        if tables := sorted(Path("results").glob("*/published.csv")):
            contracts.COMPARED.write(contracts.joined(contracts.COMPARED, tables), Path("results/published.csv"))
        if built:
            whole = printed.whole(Path(), settings, built, HOW.commit, HOW.versions)
            files.write_bytes(Path("results/report.pdf"), pdf.content(whole, Path()))
            for study in built:
                alone = pdf.content(printed.alone(whole, study.id), Path())
                files.write_bytes(Path("results", study.id, "report.pdf"), alone)
        site = Path("results/site")
        content = pages.everything(Path(), settings, studies, missing, HOW)
        pages.write(content, site, kept=pages.report_pages(built, settings))
        files.write_text(site / pages.MANIFEST, pages.manifest(site))
    return project / "results" / "site"


def _shown(study: config.StudyConfig, settings: config.Project) -> None:
    folder, labels = Path("results", study.id), config.Labels(study)
    numbers = read(Path(), study.id, study.specifications, study.waves)
    for name, entry in study.figures.items():
        what = (entry, *numbers.of(entry.specifications), labels, settings.confidence_level)
        for ending, content in draw.in_files(draw.figure(*what), draw.figure(*what, narrow=True)).items():
            files.write_bytes(folder / "figures" / (name + ending), content)
    for wave in study.waves:
        models = numbers.of(config.models_of(wave, study))[1]
        chart = draw.flow(wave, numbers.about(wave, "flow"), models, labels)
        files.write_bytes(folder / "flows" / f"{wave}.csv", export.csv(chart.rows))
        files.write_bytes(folder / "flows" / f"{wave}.svg", draw.svg(chart))
        files.write_bytes(folder / "flows" / f"{wave}.png", draw.png(chart))
    for name, entry in study.tables.items():
        table = tabulate.table(entry, *numbers.of(entry.specifications), labels, settings.confidence_level)
        files.write_bytes(folder / "tables" / f"{name}.csv", export.csv(table.rows))
        words = (table.grid, table.heading, table.note)
        files.write_text(folder / "tables" / f"{name}.md", markdown.text(*words))
        files.write_text(folder / "tables" / f"{name}.tex", latex.text(*words))
        files.write_bytes(folder / "tables" / f"{name}.docx", docx.content(*words))
    everything = contracts.stacked(numbers.estimates, numbers.facts, numbers.exclusions)
    contracts.ESTIMATES.write(everything, folder / "estimates.csv")
    contracts.FITS.write(numbers.fits, folder / "fits.csv")
    compared = compare.published(study, everything, settings.confidence_level)
    contracts.COMPARED.write(compared, folder / "published.csv")
    _documented(study, folder)


def _documented(study: config.StudyConfig, folder: Path) -> None:
    facts = contracts.joined(contracts.ESTIMATES, sorted((folder / "waves").glob("*.csv")))
    files.write_bytes(folder / "variables.csv", export.csv(document.variables(study)))
    files.write_bytes(folder / "codes.csv", export.csv(document.codes(study)))
    files.write_bytes(folder / "codebook.xml", document.codebook(study, facts))
    files.write_text(folder / "datapackage.json", document.datapackage(study))


def _page(study: config.StudyConfig, name: str, settings: config.Project) -> None:
    entry = study.reports[name]
    parameters = {"study": study.id, "report": name, **entry.parameters}
    executed = execute.notebook(NOTEBOOKS / f"{entry.notebook}.ipynb", parameters)
    frame = layout.report(settings, study, name)
    for view, code in (("", False), (".code", True)):
        files.write_text(Path("results/site", study.id, f"{name}{view}.html"), execute.html(executed, frame, code=code))
