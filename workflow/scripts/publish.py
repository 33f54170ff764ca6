"""Put the site together: every page that is no notebook, and the files a reader can take away."""

import json
from pathlib import Path

from stemcareers import config, files, origins, provenance, replication
from stemcareers.job import reporting
from stemcareers.site import leftovers, made, pages

with reporting(snakemake):
    project, studies = config.project_or_problems(notebooks=Path(snakemake.params.notebooks))
    built = {name: studies[name] for name in snakemake.params.studies}
    how = made.Made(
        versions=provenance.versions(),
        commit=snakemake.params.commit,
        rules=made.rules(Path(path) for path in snakemake.input.rules),
        dot=Path(snakemake.input.dot).read_text(encoding="utf-8"),
        package=provenance.package(),
    )
    made_from = origins.published(
        (path for path in snakemake.input if path.startswith("results/")),
        origins.jobs(),
        open_studies=replication.open_studies(built.values()),
        versions=how.versions,
        commit=how.commit,
    )
    results = Path("results")
    gone = leftovers.of_studies(results, built.values())
    for path in gone + leftovers.of_synthesis(results, snakemake.params.across):
        print(f"removed, since config has no such entry any more: {path.as_posix()}")
        path.unlink()
    missing = config.missing_exports()
    site = Path(snakemake.output.index).parent
    content = pages.everything(Path(), project, studies, missing, how)
    pages.write(content, site, kept=pages.report_pages(built.values(), project))
    files.write_text(snakemake.output.manifest, pages.manifest(site))
    files.write_text(snakemake.output.provenance, json.dumps(made_from, indent=1, ensure_ascii=False) + "\n")
