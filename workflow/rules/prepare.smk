rule ingest:
    """Read the export of one wave; every answer outside its answer set goes into quarantine."""
    input:
        export=export,
        tool_file=tool_file,
        wave=study_file("waves/{wave}.yaml"),
        instrument=questionnaire,
        item_table=study_file("items.csv"),
        answers=study_file("answers.yaml"),
        code=code("ingest"),
    output:
        responses="data/ingested/{study}/{wave}.parquet",
        quarantine="data/quarantine/{study}/{wave}.parquet",
        ledger="data/ingested/{study}/{wave}.ledger.parquet",
    log:
        "data/logs/ingest/{study}/{wave}.log",
    script:
        "../scripts/ingest.py"


rule clean:
    """Keep one eligible response per person, corrected by hand where a correction is written down; count the rest."""
    input:
        responses="data/ingested/{study}/{wave}.parquet",
        quarantine="data/quarantine/{study}/{wave}.parquet",
        ledger="data/ingested/{study}/{wave}.ledger.parquet",
        wave=study_file("waves/{wave}.yaml"),
        corrections=corrections,
        item_table=study_file("items.csv"),
        answers=study_file("answers.yaml"),
        code=code("clean"),
    output:
        responses="data/cleaned/{study}/{wave}.parquet",
        flow="data/cleaned/{study}/{wave}.flow.parquet",
        account="data/cleaned/{study}/{wave}.account.parquet",
        ledger="data/cleaned/{study}/{wave}.ledger.parquet",
    log:
        "data/logs/clean/{study}/{wave}.log",
    script:
        "../scripts/clean.py"


rule harmonise:
    """Give every answer the same code in all waves, and every gap its reason."""
    input:
        responses="data/cleaned/{study}/{wave}.parquet",
        quarantine="data/quarantine/{study}/{wave}.parquet",
        flow="data/cleaned/{study}/{wave}.flow.parquet",
        ledger="data/cleaned/{study}/{wave}.ledger.parquet",
        wave=study_file("waves/{wave}.yaml"),
        instrument=questionnaire,
        item_table=study_file("items.csv"),
        answers=study_file("answers.yaml"),
        study=study_file("study.yaml"),
        code=code("harmonise"),
    output:
        ledger="data/ledger/{study}/{wave}.parquet",
        flow="data/harmonised/{study}/{wave}.flow.parquet",
        long="data/harmonised/{study}/{wave}.long.parquet",
        wide="data/harmonised/{study}/{wave}.wide.parquet",
    log:
        "data/logs/harmonise/{study}/{wave}.log",
    script:
        "../scripts/harmonise.py"


rule score:
    """Turn the items of one wave into scale scores, and say how reliable each scale is."""
    input:
        wide="data/harmonised/{study}/{wave}.wide.parquet",
        others=lambda w: [f"data/harmonised/{w.study}/{other}.wide.parquet" for other in estimated_in(w)],
        weights="data/weighted/{study}/{wave}.parquet",
        scales=study_file("scales.yaml"),
        item_table=study_file("items.csv"),
        answers=study_file("answers.yaml"),
        wave=study_file("waves/{wave}.yaml"),
        project="config/project.yaml",
        code=code("score"),
    output:
        scores="data/scored/{study}/{wave}.parquet",
        reliability="data/scored/{study}/{wave}.reliability.parquet",
    params:
        others=lambda wildcards: estimated_in(wildcards),
    log:
        "data/logs/score/{study}/{wave}.log",
    script:
        "../scripts/score.py"


rule weight:
    """Give every response its weight, stratum and cluster, under the same names in every wave."""
    input:
        responses="data/cleaned/{study}/{wave}.parquet",
        wide="data/harmonised/{study}/{wave}.wide.parquet",
        population=population,
        wave=study_file("waves/{wave}.yaml"),
        code=code("weight"),
    output:
        weights="data/weighted/{study}/{wave}.parquet",
    log:
        "data/logs/weight/{study}/{wave}.log",
    script:
        "../scripts/weight.py"


rule describe:
    """Count who answered what in one wave, what was refused and left out, and how it was weighted."""
    input:
        long="data/harmonised/{study}/{wave}.long.parquet",
        flow="data/harmonised/{study}/{wave}.flow.parquet",
        reliability="data/scored/{study}/{wave}.reliability.parquet",
        weights="data/weighted/{study}/{wave}.parquet",
        population=population,
        wave=study_file("waves/{wave}.yaml"),
        item_table=study_file("items.csv"),
        answers=study_file("answers.yaml"),
        study=study_file("study.yaml"),
        project="config/project.yaml",
        code=code("describe"),
    output:
        facts="results/{study}/waves/{wave}.csv",
    log:
        "data/logs/describe/{study}/{wave}.log",
    script:
        "../scripts/describe.py"


rule pool:
    """Put the waves of a study into one table for analysis, the same school under one name where schools are linked."""
    input:
        wide=of_each_wave("data/harmonised/{study}/{wave}.wide.parquet"),
        scores=of_each_wave("data/scored/{study}/{wave}.parquet"),
        weights=of_each_wave("data/weighted/{study}/{wave}.parquet"),
        waves=of_each_wave("config/studies/{study}/waves/{wave}.yaml"),
        study=study_file("study.yaml"),
        crosswalk=crosswalk,
        project="config/project.yaml",
        code=code("pool"),
    output:
        responses="data/pooled/{study}.parquet",
        schools="results/{study}/panel.csv",
    params:
        waves=lambda wildcards: list(STUDIES[wildcards.study].waves),
    log:
        "data/logs/pool/{study}.log",
    script:
        "../scripts/pool.py"
