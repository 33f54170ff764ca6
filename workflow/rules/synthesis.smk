rule synthesise:
    """Set the estimates of all studies on the same features side by side, and average real ones over countries."""
    input:
        synthesis="config/synthesis.yaml",
        estimates=ACROSS["estimates"],
        project="config/project.yaml",
        code=code("synthesise"),
    output:
        evidence="results/synthesis/evidence.csv",
    params:
        studies=USED,
    log:
        "data/logs/synthesise.log",
    script:
        "../scripts/synthesise.py"


rule picture:
    """Draw what bears on each feature across studies, made-up answers set apart."""
    input:
        synthesis="config/synthesis.yaml",
        evidence="results/synthesis/evidence.csv",
        config=ACROSS["config"],
        code=code("picture"),
    output:
        **ACROSS["figures"],
    params:
        figures=PICTURES,
    log:
        "data/logs/picture.log",
    script:
        "../scripts/picture.py"


rule relate:
    """Run the notebook of the page across all studies; readers see it without code, reviewers with."""
    input:
        notebook=(NOTEBOOKS / "synthesis.ipynb").as_posix(),
        synthesis="config/synthesis.yaml",
        evidence="results/synthesis/evidence.csv",
        config=ACROSS["config"],
        code=code("relate", also="stemcareers.report.synthesis"),
    output:
        notebook="results/synthesis/synthesis.ipynb",
        page="results/site/synthesis.html",
        code="results/site/synthesis.code.html",
    params:
        studies=sorted(STUDIES),
    log:
        "data/logs/relate.log",
    script:
        "../scripts/relate.py"
