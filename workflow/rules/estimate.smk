rule estimate:
    """Fit one specification in each of its samples; no group below the limit leaves this step."""
    input:
        responses="data/pooled/{study}.parquet",
        specification=study_file("specifications/{specification}.yaml"),
        of=main_analysis,
        vocabulary=VOCABULARY,
        project="config/project.yaml",
        code=code("estimate"),
    output:
        estimates="results/{study}/estimates/{specification}.csv",
        fits="results/{study}/fits/{specification}.csv",
    log:
        "data/logs/estimate/{study}/{specification}.log",
    script:
        "../scripts/estimate.py"


rule undo:
    """Redo models without each exclusion of the waves in turn, to show what it does to their results."""
    input:
        ingested=of_each_wave("data/ingested/{study}/{wave}.parquet"),
        quarantine=of_each_wave("data/quarantine/{study}/{wave}.parquet"),
        wide=of_each_wave("data/harmonised/{study}/{wave}.wide.parquet"),
        scores=of_each_wave("data/scored/{study}/{wave}.parquet"),
        weights=of_each_wave("data/weighted/{study}/{wave}.parquet"),
        pooled="data/pooled/{study}.parquet",
        facts=of_each_wave("results/{study}/waves/{wave}.csv"),
        estimates=lambda w: expand("results/{study}/estimates/{s}.csv", study=w.study, s=undone(w.study)),
        specifications=lambda w: expand(study_file("specifications/{s}.yaml"), study=w.study, s=undone(w.study)),
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        instruments=questionnaires,
        corrections=of_the_study("corrections/*.csv"),
        populations=of_the_study("populations/*.csv"),
        crosswalk=crosswalk,
        vocabulary=VOCABULARY,
        project="config/project.yaml",
        code=code("undo"),
    output:
        rows="results/{study}/exclusions.csv",
    params:
        waves=lambda wildcards: list(STUDIES[wildcards.study].waves),
    log:
        "data/logs/undo/{study}.log",
    script:
        "../scripts/undo.py"


rule gather:
    """Put all estimates of a study into one table: coefficients, shares, reliabilities, flow counts."""
    input:
        estimates=lambda w: expand("results/{study}/estimates/{s}.csv", study=w.study, s=STUDIES[w.study].specifications),
        fits=lambda w: expand("results/{study}/fits/{s}.csv", study=w.study, s=STUDIES[w.study].specifications),
        facts=of_each_wave("results/{study}/waves/{wave}.csv"),
        schools="results/{study}/panel.csv",
        exclusions=exclusions,
        code=code("gather"),
    output:
        estimates="results/{study}/estimates.csv",
        fits="results/{study}/fits.csv",
    log:
        "data/logs/gather/{study}.log",
    script:
        "../scripts/gather.py"


rule compare:
    """Set the numbers that a study's own reports printed beside the estimates, with a verdict on each."""
    input:
        estimates="results/{study}/estimates.csv",
        published=study_file("published.csv"),
        vocabulary=VOCABULARY,
        instruments=questionnaires,
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        project="config/project.yaml",
        code=code("compare"),
    output:
        compared="results/{study}/published.csv",
    log:
        "data/logs/compare/{study}.log",
    script:
        "../scripts/compare.py"


rule collect:
    """Put the published numbers of all studies, beside what is estimated here, into one table."""
    input:
        compared=RESULTS["published"],
        code=code("collect"),
    output:
        compared="results/published.csv",
    log:
        "data/logs/collect.log",
    script:
        "../scripts/collect.py"


rule document:
    """Describe the variables of a study for others: as csv, as a DDI codebook, as a Frictionless data package."""
    input:
        facts=of_each_wave("results/{study}/waves/{wave}.csv"),
        config=VOCABULARY,
        instruments=questionnaires,
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        code=code("document"),
    output:
        variables="results/{study}/variables.csv",
        codes="results/{study}/codes.csv",
        codebook="results/{study}/codebook.xml",
        package="results/{study}/datapackage.json",
    params:
        beside=lambda wildcards: (bool(STUDIES[wildcards.study].published), bool(undone(wildcards.study))),
    log:
        "data/logs/document/{study}.log",
    script:
        "../scripts/document.py"
