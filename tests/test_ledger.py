"""The cleaned table is the plain reading of the export and the ledger, bit for bit; nothing changes without a row."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_wave
from hypothesis import given, settings
from hypothesis import strategies as st
from small_wave import ANSWERS, ITEMS, csv_text, instrument, rows, wave, write
from stemcareers import clean, contracts, harmonise, ingest, ledger
from stemcareers.contracts import ContractBroken

PERSON = {"person": "urn"}


class Run:
    """One wave from export to harmonised, with its ledger."""

    def __init__(self, folder: Path, table: list[dict[str, str]], fixes: pd.DataFrame | None = None, **more) -> None:
        path = folder / "export.csv"
        its = wave(write(path, csv_text(table)), **more)
        args = (its, instrument(), ITEMS, ANSWERS)
        self.plain = ingest.plain(path, *args, "2025")
        self.read = ingest.responses(path, *args, "2025")
        listed = None if fixes is None else clean.Corrections("corrections/2025.csv", fixes)
        self.kept = clean.responses(
            self.read.responses, self.read.quarantine, its, ITEMS, ANSWERS, "waves/2025.yaml", listed
        )
        self.done = harmonise.answers(self.kept.responses, self.read.quarantine, self.kept.flow, *args)
        self.ledger = ledger.joined([self.read.ledger, self.kept.ledger, self.done.ledger])

    def told(self) -> list[tuple[str, ...]]:
        names = ["stage", "row", "item", "before", "after", "change", "rule", "reason"]
        return [tuple(row) for row in self.ledger[names].to_numpy()]


def fixes(*lines: tuple[str, str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=list(clean.CORRECTION), dtype="string")


def test_every_change_has_its_row(tmp_path: Path) -> None:
    table = rows(
        {"urn": "a", "Q1": "44", "Q5_1": "", "Q5_2": "1"},
        {"urn": "b", "consent": "No", "Q5_1": "1", "Q5_2": "1"},
        {"urn": "c", "Q3": "2", "Q4": "7", "Q5_1": "1", "Q5_2": "1"},
        {"urn": "a", "Q5_1": "1", "Q5_2": "1"},
    )
    table[3]["Q5_3"] = "?"
    table[2]["Q5_3"] = "None of these"
    listed = fixes(("R1", "lead_time", "44", "4", "a slip"), ("R4", "hours", "12", "12.5", "asked again"))
    found = Run(tmp_path, table, listed, **PERSON)
    outside = "is outside its answers"
    assert found.told() == [
        ("clean", 1, "", "", "", "left_out", "person", "answered twice; the later answer counts"),
        ("ingest", 1, "barrier_time", "", "0", "filled", "ticks.barriers", ingest.reading.LEFT_OPEN),
        ("clean", 1, "lead_time", "", "4", "corrected", "corrections/2025.csv: line 2", "a slip"),
        ("ingest", 1, "lead_time", "44", "", "refused", "answers.yaml: agree5", outside),
        ("clean", 2, "", "", "", "left_out", "keep_if.0", "no consent"),
        ("ingest", 3, "barriers: none", "None of these", "", "refused", "ticks.barriers", outside),
        ("harmonise", 3, "hours", "7.0", "", "set_aside", "asked_if of hours", harmonise.OFF_ROUTE),
        ("ingest", 4, "barriers: none", "?", "", "refused", "ticks.barriers", outside),
        ("clean", 4, "hours", "12.0", "12.5", "corrected", "corrections/2025.csv: line 3", "asked again"),
    ]
    assert found.ledger["response"].tolist()[:5] == ["R1", "R1", "R1", "R1", "R2"]


def test_the_files_replay_to_the_same_bytes(tmp_path: Path) -> None:
    table = rows({"urn": "a", "Q1": "44"}, {"urn": "b", "Q5_1": "", "Q5_2": "1"}, {"urn": "a", "Q4": "0.1"})
    found = Run(tmp_path, table, fixes(("R3", "hours", "0.1", "0.3", "a slip")), **PERSON)
    one, other, kept = (tmp_path / name for name in ("one.parquet", "other.parquet", "ledger.parquet"))
    contracts.LEDGER.write(found.ledger, kept)
    contracts.CLEANED.write(ledger.replay(found.plain, contracts.LEDGER.read(kept)), one)
    contracts.CLEANED.write(found.kept.responses, other)
    assert one.read_bytes() == other.read_bytes()


def test_who_was_only_sampled_stays(tmp_path: Path) -> None:
    condition = {"column": "consent", "equals": "Yes", "otherwise": "sent nothing", "still_sampled": True}
    found = Run(tmp_path, rows({}, {"consent": "No"}), keep_if=[condition])
    assert [(row[1], row[5], row[6]) for row in found.told() if not row[2]] == [(2, "not_answered", "keep_if.0")]
    assert ledger.replay(found.plain, found.ledger)["answered"].tolist() == [True, False]


CELLS = {
    "id": st.sampled_from(["", "R1", "R2", "R3", "R4", "R5"]),
    "urn": st.sampled_from(["a", "b", "c", ""]),
    "consent": st.sampled_from(["Yes", "Yes", "No", ""]),
    "Q1": st.sampled_from(["1", "5", "8", "9", "", "77", "Agree", "x"]),
    "Q2": st.sampled_from(["1", "2", ""]),
    "Q3": st.sampled_from(["1", "2", "8", "", "3"]),
    "Q4": st.sampled_from(["0", "12", "0.1", "61", "", "99", "two"]),
    "Q5_1": st.sampled_from(["1", "", "?"]),
    "Q5_2": st.sampled_from(["1", ""]),
    "Q5_3": st.sampled_from(["1", ""]),
    "Q6": st.sampled_from(["", "words", "NA", "0012"]),
}


@settings(max_examples=12, deadline=None)
@given(table=st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=12), data=st.data())
def test_the_replay_is_the_cleaned_table_bit_for_bit(table: list[dict[str, str]], data: st.DataObject) -> None:
    for number, row in enumerate(table):  # ids that stand for different answers are refused: another test's subject
        row["id"] = row["id"] and f"{row['id']}-{number}"
    table.append({**dict.fromkeys(small_wave.COLUMNS, "1"), "id": "last", "consent": "Yes", "urn": "z"})
    repeated = data.draw(st.sampled_from(table))
    table.append(dict(repeated))
    corrected = data.draw(st.lists(st.sampled_from(range(len(table) - 1)), unique=True, max_size=4))
    listed = [
        (table[n]["id"], item, table[n][column], becomes, "why")
        for n in corrected
        for item, column, becomes in [("lead_time", "Q1", "2"), ("hours", "Q4", data.draw(st.sampled_from(["", "3"])))]
        if table[n]["id"] and table[n] is not repeated
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = Run(Path(folder), table, fixes(*listed) if listed else None, **PERSON)
    replayed, cleaned = ledger.replay(found.plain, found.ledger), contracts.CLEANED.conform(found.kept.responses)
    pd.testing.assert_frame_equal(replayed, cleaned, check_exact=True)
    texts = pd.DataFrame(table)
    at_ingest = found.ledger[found.ledger["stage"].eq("ingest")]
    for row in at_ingest.itertuples():
        assert texts[row.column].iloc[row.row - 1] == row.before
    # Every cell that held an answer is read, or refused in the ledger.
    for column, item in instrument().columns().items():
        refused = at_ingest[at_ingest["column"].eq(column) & at_ingest["change"].eq("refused")]
        blank = found.plain.loc[found.plain[item].isna(), "row"]
        assert {row for row in blank if texts[column].iloc[row - 1] != ""} == set(refused["row"])


def test_a_change_without_a_row_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = clean._corrected

    def quiet(frame, *others):
        mended, cells, changes = honest(frame, *others)
        mended.loc[0, "lead_time"] = 1
        return mended, cells, changes

    monkeypatch.setattr(clean, "_corrected", quiet)
    with pytest.raises(ContractBroken) as caught:
        Run(tmp_path, rows({}, {}), fixes(("R2", "lead_time", "4", "5", "why")))
    assert str(caught.value) == "cleaned: differs from its replay in lead_time"


def test_a_fill_without_a_row_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "filled", lambda table, *_: contracts.LEDGER.empty())
    with pytest.raises(ContractBroken) as caught:
        Run(tmp_path, rows({"Q5_1": "", "Q5_2": "1"}))
    assert str(caught.value) == "ingested: differs from its replay in barrier_time"


def test_a_row_of_a_ledger_that_the_export_lacks_is_caught(tmp_path: Path) -> None:
    found = Run(tmp_path, rows({"Q1": "77"}))
    with pytest.raises(ContractBroken) as caught:
        ledger.replay(found.plain, found.ledger.assign(row=9))
    assert str(caught.value) == "ledger: rows of 'barrier_money' that the export does not have"


def test_tables_of_different_size_differ(tmp_path: Path) -> None:
    table = contracts.CLEANED.conform(Run(tmp_path, rows({}, {})).kept.responses)
    with pytest.raises(ContractBroken) as caught:
        ledger.verify(table.iloc[:1], table, "cleaned")
    n = len(table.columns)
    assert str(caught.value) == f"cleaned: the ledger replays to 1 rows and {n} columns, the table has 2 and {n}"


def test_texts_of_numbers_are_exact() -> None:
    assert ledger.texts(pd.Series([0.1, np.nan, 1 / 3])).tolist() == ["0.1", "", "0.3333333333333333"]
    assert ledger.texts(pd.Series([1, None], dtype="Int64")).tolist() == ["1", ""]
