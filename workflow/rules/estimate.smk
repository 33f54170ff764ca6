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


rule gather:
    """Put all estimates of a study into one table: coefficients, shares, reliabilities, flow counts."""
    input:
        estimates=lambda w: expand("results/{study}/estimates/{s}.csv", study=w.study, s=STUDIES[w.study].specifications),
        fits=lambda w: expand("results/{study}/fits/{s}.csv", study=w.study, s=STUDIES[w.study].specifications),
        facts=of_each_wave("results/{study}/waves/{wave}.csv"),
        code=code("gather"),
    output:
        estimates="results/{study}/estimates.csv",
        fits="results/{study}/fits.csv",
    log:
        "data/logs/gather/{study}.log",
    script:
        "../scripts/gather.py"
