"""A questionnaire file is an input of the run: what it says is in the answers, and a change of it is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from stemcareers import config, files

ROOT = Path(__file__).resolve().parents[1]
TARGET = "data/ingested/town/2024.parquet"
WIDTH = 12


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "-s",
        ROOT / "Snakefile",
        "--directory",
        folder,
        "--cores",
        "1",
        TARGET,
    ]
    there = {**os.environ, "PYTHONPATH": str(ROOT / "workflow")}
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env=there, check=False)


def name_both(wave: Path, raw: Path) -> None:
    """Put the files of data/raw/town and their checksums into the wave file."""
    head, _, rest = wave.read_text(encoding="utf-8").partition("export:\n")
    export = (
        f"export:\n  file: x.txt\n  reader: fixed_width\n  sha256: {files.sha256(raw / 'x.txt')}\n"
        f"  questionnaire: {{file: layout.csv, sha256: {files.sha256(raw / 'layout.csv')}}}\n"
    )
    wave.write_text(head + export + rest[rest.index("source:") :], encoding="utf-8")


@pytest.mark.slow
def test_a_changed_questionnaire_file_reads_the_export_again(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "broken" / "valid", tmp_path, dirs_exist_ok=True)
    _, studies = config.project_or_problems(tmp_path)
    town = studies["town"]
    its = town.waves["2024"]
    columns = [*its.administrative_columns(), *town.instruments[its.instrument].columns()]
    columns = list(
        dict.fromkeys([*columns, *(t.none for t in town.instruments[its.instrument].ticks.values() if t.none)])
    )
    raw, wave = tmp_path / "data/raw/town", tmp_path / "config/studies/town/waves/2024.yaml"
    raw.mkdir(parents=True)
    (raw / "x.txt").write_text("".join(f"{column[: WIDTH - 1]:{WIDTH}}" for column in columns) + "\n", encoding="utf-8")
    rows = [f"{name},{n * WIDTH + 1},{(n + 1) * WIDTH},text\n" for n, name in enumerate(columns)]
    (raw / "layout.csv").write_text("variable,first_column,last_column,type\n" + "".join(rows), encoding="utf-8")
    name_both(wave, raw)
    first = run(tmp_path)
    assert first.returncode == 0, first.stderr
    assert list(pd.read_parquet(tmp_path / TARGET)["response"]) == ["ResponseId"]

    shorter = [row.replace(f",{WIDTH},", ",8,") for row in rows]
    (raw / "layout.csv").write_text("variable,first_column,last_column,type\n" + "".join(shorter), encoding="utf-8")
    refused = run(tmp_path)
    assert refused.returncode == 1
    log = (tmp_path / "data/logs/ingest/town/2024.log").read_text(encoding="utf-8")
    assert log.startswith("data/raw/town/layout.csv: 1 problem\n  is not the file that the wave file describes")
    name_both(wave, raw)
    again = run(tmp_path)
    assert again.returncode == 0, again.stderr
    assert list(pd.read_parquet(tmp_path / TARGET)["response"]) == ["Response"]
    said = (tmp_path / "data/logs/ingest/town/2024.log").read_text(encoding="utf-8")
    assert said == "data/raw/town/x.txt: columns 9-12 are not blank, and no variable has them\n"
