rule draw:
    """Draw one figure from the estimates it shows; the drawn rows lie beside the picture."""
    input:
        figure=study_file("figures/{figure}.yaml"),
        estimates=shown("figure", "estimates"),
        fits=shown("figure", "fits"),
        config=SHOWING,
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        instruments=questionnaires,
        compared=comparability,
        code=code("draw"),
    output:
        svg="results/{study}/figures/{figure}.svg",
        narrow="results/{study}/figures/{figure}.narrow.svg",
        png="results/{study}/figures/{figure}.png",
        rows="results/{study}/figures/{figure}.csv",
        kept="results/{study}/figures/{figure}.json",
        alt="results/{study}/figures/{figure}.txt",
    log:
        "data/logs/draw/{study}/{figure}.log",
    script:
        "../scripts/draw.py"


rule chart:
    """Draw the flow of one wave: what came in, what was left out and why, what was kept and used in models."""
    input:
        facts="results/{study}/waves/{wave}.csv",
        fits=models(lambda w: [w.wave]),
        config=SHOWING,
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        instruments=questionnaires,
        specifications=lambda w: [
            f"config/studies/{w.study}/specifications/{name}.yaml" for name in settings.models_of(w.wave, STUDIES[w.study])
        ],
        code=code("chart"),
    output:
        svg="results/{study}/flows/{wave}.svg",
        narrow="results/{study}/flows/{wave}.narrow.svg",
        png="results/{study}/flows/{wave}.png",
        rows="results/{study}/flows/{wave}.csv",
        kept="results/{study}/flows/{wave}.json",
        alt="results/{study}/flows/{wave}.txt",
    log:
        "data/logs/chart/{study}/{wave}.log",
    script:
        "../scripts/chart.py"


rule tabulate:
    """Set one table from the estimates it shows, for pages, spreadsheets, notes, papers and word processors."""
    input:
        table=study_file("tables/{table}.yaml"),
        estimates=shown("table", "estimates"),
        fits=shown("table", "fits"),
        config=SHOWING,
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        code=code("tabulate"),
    output:
        rows="results/{study}/tables/{table}.csv",
        html="results/{study}/tables/{table}.html",
        markdown="results/{study}/tables/{table}.md",
        latex="results/{study}/tables/{table}.tex",
        word="results/{study}/tables/{table}.docx",
    log:
        "data/logs/tabulate/{study}/{table}.log",
    script:
        "../scripts/tabulate.py"


rule execute:
    """Run the notebook of one report page; readers see it without code, reviewers with."""
    input:
        notebook=lambda w: (NOTEBOOKS / f"{STUDIES[w.study].reports[w.report].notebook}.ipynb").as_posix(),
        report=study_file("reports/{report}.yaml"),
        estimates=shown("report", "estimates"),
        fits=shown("report", "fits"),
        facts=of_each_wave("results/{study}/waves/{wave}.csv"),
        models=models(told_of),
        schools="results/{study}/panel.csv",
        exclusions=exclusions,
        pictured=lambda w: [
            f"config/studies/{w.study}/{folder}/{name}.yaml"
            for folder, names in STUDIES[w.study].reports[w.report].shows().items()
            for name in names
        ],
        redone=lambda w: expand(study_file("specifications/{s}.yaml"), study=w.study, s=undone(w.study)),
        config=SHOWING,
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        instruments=questionnaires,
        compared=comparability,
        code=code("execute", also="stemcareers.report"),
    output:
        notebook="results/{study}/reports/{report}.ipynb",
        page="results/site/{study}/{report}.html",
        code="results/site/{study}/{report}.code.html",
    params:
        across=PROJECT.across,  # a link in the navigation of every page
    log:
        "data/logs/execute/{study}/{report}.log",
    script:
        "../scripts/execute.py"


rule typeset:
    """Set the whole report as one PDF, and each study as one: questions, figures and tables, waves and measures."""
    input:
        estimates=every("results/{study}/estimates/{id}.csv", "specifications"),
        fits=every("results/{study}/fits/{id}.csv", "specifications"),
        facts=RESULTS["facts"],
        panels=RESULTS["panels"],
        figures=RESULTS["figures"],
        charts=RESULTS["charts"],
        evidence=["results/synthesis/evidence.csv"] if SYNTHESIS else [],
        across=ACROSS["figures"]["svg"],
        config=CONFIG,
        code=code("typeset"),
    output:
        pdf="results/report.pdf",
        alone=[f"results/{study}/report.pdf" for study in sorted(BUILT)],
    params:
        studies=sorted(BUILT),
        notebooks=NOTEBOOKS.as_posix(),
        commit=provenance.commit(),
    log:
        "data/logs/typeset.log",
    script:
        "../scripts/typeset.py"


rule rulegraph:
    """Draw up which rule feeds which, for the page on how the report was made."""
    input:
        rules=sorted(str(p) for p in (HOME / "workflow" / "rules").glob("*.smk")),
        code=code("rulegraph"),
    output:
        dot="data/provenance/rules.dot",
    params:
        snakefile=(HOME / "Snakefile").as_posix(),
        studies=sorted(BUILT),
    log:
        "data/logs/rulegraph.log",
    script:
        "../scripts/rulegraph.py"


rule publish:
    """Put the site together: reports, figures, tables, data dictionary, assumptions, how it was made."""
    input:
        **RESULTS,
        evidence=["results/synthesis/evidence.csv"] if SYNTHESIS else [],
        config=CONFIG,
        rules=sorted(str(p) for p in (HOME / "workflow" / "rules").glob("*.smk")),
        scripts=sorted(str(p) for p in SCRIPTS.glob("*.py")),
        dot="data/provenance/rules.dot",
        library=sorted(str(p) for p in (HOME / "workflow" / "stemcareers").rglob("*.py")),  # the site shows its text
        code=code("publish"),
    output:
        index="results/site/index.html",
        manifest="results/site/manifest.csv",
        provenance="results/provenance.json",
    params:
        studies=sorted(BUILT),
        across=PICTURES,
        notebooks=NOTEBOOKS.as_posix(),
        commit=provenance.commit(),
    log:
        "data/logs/publish.log",
    script:
        "../scripts/publish.py"
