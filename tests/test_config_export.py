"""`export` in a wave file: what it may say of each format, and the questionnaire file beside the export."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from stemcareers import config, readers
from stemcareers.config.entry import parse
from stemcareers.config.export import NEEDED, OPTIONS, READERS, Export
from stemcareers.errors import Problem

SHA = "0" * 64
VALID = Path(__file__).parent / "broken" / "valid"


def export(**more: object) -> Export:
    return parse(Export, {"file": "x.csv", "reader": "csv", "sha256": SHA, **more}, "export")


def faults(**more: object) -> list[str]:
    with pytest.raises(Problem) as caught:
        export(**more)
    return list(caught.value.wrong)


def test_every_reader_of_the_config_reads_and_no_other() -> None:
    assert set(READERS) == set(readers.READ)
    assert {reader for known in OPTIONS.values() for reader in known} <= set(READERS)
    assert set(NEEDED) <= set(OPTIONS["questionnaire"])
    assert set(OPTIONS) == set(Export.model_fields) - {"file", "reader", "sha256", "at_least"}


@pytest.mark.parametrize(("given", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe"), (",", "comma")])
def test_a_separator_may_be_given_as_sign_or_word(given: str, word: str) -> None:
    assert export(separator=given).separator == export(separator=word).separator == word


def test_an_option_a_reader_does_not_know_is_a_fault_even_with_its_default() -> None:
    known = OPTIONS["separator"]
    assert faults(reader="spss", separator="comma") == [
        f"separator: is no option of reader 'spss'; it belongs to {', '.join(known[:-1])} and {known[-1]}"
    ]


def test_options_that_contradict_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in ("questionnaire", "decimal", "thousands"):
        monkeypatch.setitem(OPTIONS, option, ("csv",))
    assert faults(decimal=",", thousands=",", questionnaire={"file": "x.csv", "sha256": SHA}) == [
        "thousands: is the decimal sign too (,); numbers would have two meanings",
        "questionnaire.file: is the export itself; name the file that holds the questions",
    ]


def test_a_questionnaire_file_is_wanted_beside_its_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(VALID, tmp_path, dirs_exist_ok=True)
    monkeypatch.setitem(OPTIONS, "questionnaire", ("csv",))
    wave = tmp_path / "config/studies/town/waves/2024.yaml"
    named = f"  questionnaire: {{file: form.txt, sha256: '{SHA}', address: https://example.org/form.txt}}\nsource:"
    wave.write_text(wave.read_text(encoding="utf-8").replace("source:", named), encoding="utf-8")
    assert [(one.wave, one.file, one.sha256 == SHA, one.address) for one in config.wanted_exports(tmp_path)] == [
        ("2024", "2024.csv", False, None),
        ("2024", "form.txt", True, "https://example.org/form.txt"),
        ("2025", "2025.csv", False, None),
    ]


def test_a_questionnaire_file_has_its_checksum_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPTIONS, "questionnaire", ("csv",))
    path, beside = tmp_path / "x.csv", tmp_path / "form.txt"
    path.write_bytes(b"a\n1\n")
    its = hashlib.sha256(b"a\n1\n").hexdigest()
    named = export(sha256=its, questionnaire={"file": "form.txt", "sha256": its})
    with pytest.raises(Problem) as caught:
        readers.verify_all(named, path)
    assert str(caught.value) == (
        f"{beside.as_posix()}: 1 problem\n  the questionnaire file is missing; put it there, or run 'make fetch'"
    )
    beside.write_bytes(b"b\n")
    with pytest.raises(Problem) as caught:
        readers.verify_all(named, path)
    assert str(caught.value).startswith(f"{beside.as_posix()}: 1 problem\n  is not the file that the wave file")
    assert "put its checksum under export.questionnaire.sha256" in str(caught.value)
    beside.write_bytes(b"a\n1\n")
    readers.verify_all(named, path)
