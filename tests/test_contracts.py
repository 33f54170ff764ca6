"""What a contract promises is what lies in the file, and what it refuses is told in full."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from stemcareers import contracts
from stemcareers.contracts import Column, Contract, ContractBroken

CONTRACTS = {c.name: c for c in vars(contracts).values() if isinstance(c, Contract)}
PUBLIC = (contracts.ESTIMATES, contracts.FITS)
PETS = Contract(
    "pets",
    (
        Column("name", "text"),
        Column("owner", "text", optional=True),
        Column("legs", "integer", low=0, high=8),
        Column("weight", "float", optional=True, low=0),
        Column("tame", "flag"),
        Column("kind", "text", one_of=("cat", "dog")),
    ),
    key=("name",),
    others=("float",),
)


def pets(**changed: object) -> pd.DataFrame:
    columns = {
        "name": ["Rex", "Ada"],
        "owner": ["Kim", None],
        "legs": [4, 3],
        "weight": [12.5, np.nan],
        "tame": [True, False],
        "kind": ["dog", "cat"],
    }
    return pd.DataFrame({**columns, **changed})


def broken(frame: pd.DataFrame, contract: Contract = PETS) -> str:
    with pytest.raises(ContractBroken) as raised:
        contract.conform(frame)
    return str(raised.value)


def test_a_table_that_conforms_has_its_types_columns_in_order_and_rows_by_key() -> None:
    shuffled = pets()[["kind", "tame", "weight", "legs", "owner", "name"]].set_index(pd.Index([7, 7]))
    expected = pd.DataFrame(
        {
            "name": pd.Series(["Ada", "Rex"], dtype="string"),
            "owner": pd.Series([pd.NA, "Kim"], dtype="string"),
            "legs": pd.Series([3, 4], dtype="Int64"),
            "weight": [np.nan, 12.5],
            "tame": [False, True],
            "kind": pd.Series(["cat", "dog"], dtype="string"),
        }
    )
    assert_frame_equal(PETS.conform(shuffled), expected)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"legs": [4, 9]}, "pets: column 'legs' has values over 8"),
        ({"legs": [4, -1]}, "pets: column 'legs' has values under 0"),
        ({"legs": [4, None]}, "pets: column 'legs' has 1 missing values"),
        ({"legs": [4, 2.5]}, "pets: column 'legs' holds floats, not integers"),
        ({"legs": ["4", "3"]}, "pets: column 'legs' holds text, not integers"),
        ({"legs": [True, False]}, "pets: column 'legs' holds flags, not integers"),
        ({"owner": [100001, 100002]}, "pets: column 'owner' holds integers, not text"),
        ({"owner": ["Kim", 3]}, "pets: column 'owner' holds mixed, not text"),
        ({"weight": ["12.5", "3"]}, "pets: column 'weight' holds text, not floats"),
        ({"weight": [np.inf, 1.0]}, "pets: column 'weight' has infinite values"),
        ({"weight": [-np.inf, 1.0]}, "pets: column 'weight' has infinite values; column 'weight' has values under 0"),
        ({"tame": [1, 0]}, "pets: column 'tame' holds integers, not flags"),
        ({"tame": [True, None]}, "pets: column 'tame' has gaps, which flags cannot have"),
        ({"tame": ["True", "False"]}, "pets: column 'tame' holds text, not flags"),
        ({"kind": ["dog", "cow"]}, "pets: column 'kind' has unknown values: cow"),
        ({"name": ["Rex", "Rex"]}, "pets: 1 rows repeat the key name"),
        (
            {"name": ["Rex", None]},
            "pets: column 'name' has 1 missing values; the key has missing values in name",
        ),
        ({"age": ["old", "young"]}, "pets: column 'age' has type string"),
        ({"age": pd.to_datetime(["2020-01-01"] * 2)}, "pets: column 'age' holds datetime64[us]"),
        (
            {"legs": [9, 9], "kind": ["cow", "ant"], "name": ["Rex", "Rex"]},
            "pets: column 'legs' has values over 8; column 'kind' has unknown values: ant, cow; "
            "1 rows repeat the key name",
        ),
    ],
)
def test_what_is_refused_is_told_in_full(changed: dict[str, object], told: str) -> None:
    assert broken(pets(**changed)).replace("[ns]", "[us]").replace("mixed-integer", "mixed") == told


def test_columns_that_are_missing_or_unknown() -> None:
    without = pets().drop(columns=["owner", "tame"])
    assert broken(without) == "pets: column 'owner' is missing; column 'tame' is missing"
    closed = Contract("names", (Column("name", "text"),), key=("name",))
    assert broken(pets()[["name", "legs", "tame"]], closed) == "names: unknown columns: legs, tame"
    twice = pd.concat([pets(), pets()[["owner"]]], axis=1)
    assert broken(twice) == "pets: column 'owner' stands twice"


def test_whole_floats_are_integers_and_integers_are_floats() -> None:
    table = PETS.conform(pets(legs=[4.0, 3.0], weight=pd.array([12, None], dtype="Int64")))
    assert table["legs"].tolist() == [3, 4]
    assert table["weight"].tolist()[1] == 12.0
    assert np.isnan(table["weight"].tolist()[0])


def test_a_broken_table_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken):
        PETS.write(pets(legs=[4, 9]), tmp_path / "pets.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_breaks_the_contract_is_refused_on_reading(tmp_path: Path) -> None:
    pets(legs=[4, 9]).to_parquet(tmp_path / "pets.parquet")
    with pytest.raises(ContractBroken, match="pets: column 'legs' has values over 8"):
        PETS.read(tmp_path / "pets.parquet")


# --- round trips ----------------------------------------------------------------------------------------------


def sample(contract: Contract, rows: int, seed: int = 1) -> pd.DataFrame:
    """A table of a contract with awkward values: missing where that is allowed, empty text, long floats."""
    random = np.random.default_rng(seed)
    columns: dict[str, object] = {}
    for column in contract.columns:
        values: list[object]
        if column.kind == "text":
            words = list(column.one_of) or ["", "NA", "nan", "None", 'ü, "quoted"', "0123", "line\nbreak", "=1+1"]
            values = [words[i % len(words)] for i in range(rows)]
        elif column.kind == "integer":
            values = [int(column.low or 0) + i for i in range(rows)]
        elif column.kind == "float":
            high = column.high if column.high is not None else 1e6
            values = (float(column.low or 0) + random.random(rows) * (high - (column.low or 0))).tolist()
        else:
            values = [bool(i % 2) for i in range(rows)]
        if column.optional and column.name not in contract.key:
            values = [
                None if i % 3 == 2 and (column.kind != "text" or contract not in PUBLIC) else v
                for i, v in enumerate(values)
            ]
        columns[column.name] = values
    name = contract.key[-1]
    if next(c for c in contract.columns if c.name == name).kind == "text":
        columns[name] = [f"{'zyx'[i % 3]}{i}" for i in range(rows)]
    for kind in contract.others:
        columns[f"other_{kind}"] = {"integer": list(range(rows)), "float": random.random(rows), "text": ["w"] * rows}[
            kind
        ]
    return pd.DataFrame(columns)


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("rows", [0, 1, 7])
def test_parquet_comes_back_as_it_went(name: str, rows: int, tmp_path: Path) -> None:
    contract, path = CONTRACTS[name], tmp_path / "table.parquet"
    frame = sample(contract, rows)
    contract.write(frame, path)
    assert_frame_equal(contract.read(path), contract.conform(frame))


@pytest.mark.parametrize("contract", PUBLIC, ids=lambda c: c.name)
@pytest.mark.parametrize("rows", [0, 1, 7])
def test_csv_comes_back_with_nine_digits(contract: Contract, rows: int, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    frame = sample(contract, rows)
    contract.write(frame, path)
    expected = contract.conform(frame)
    for column in contract.columns:
        if column.kind == "float":
            expected[column.name] = expected[column.name].map(lambda x: x if pd.isna(x) else float(f"{x:.9g}"))
    assert_frame_equal(contract.read(path), expected)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("contract", PUBLIC, ids=lambda c: c.name)
def test_the_same_rows_give_the_same_bytes(contract: Contract, ending: str, tmp_path: Path) -> None:
    frame = sample(contract, 7)
    contract.write(frame, tmp_path / f"first.{ending}")
    contract.write(frame.sample(frac=1, random_state=3), tmp_path / f"second.{ending}")
    contract.write(contract.read(tmp_path / f"first.{ending}"), tmp_path / f"third.{ending}")
    sums = {hashlib.sha256(p.read_bytes()).hexdigest() for p in tmp_path.iterdir()}
    assert len(sums) == 1


def test_csv_reads_as_it_is_written(tmp_path: Path) -> None:
    frame = sample(contracts.ESTIMATES, 2).assign(estimate=[1 / 3, None], n=[12, None], level=["NA", "b"], withheld="")
    contracts.ESTIMATES.write(frame, tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_bytes().decode()
    assert "\r" not in text
    assert "0.333333333," in text
    assert contracts.ESTIMATES.read(tmp_path / "t.csv")["level"].tolist() == ["NA", "b"]


def test_csv_does_not_take_missing_text_for_empty_text(tmp_path: Path) -> None:
    plain = Contract("pets", PETS.columns, PETS.key)
    with pytest.raises(ContractBroken) as raised:
        plain.write(pets(), tmp_path / "pets.csv")
    assert str(raised.value) == "pets: column 'owner' has missing text, which csv cannot tell from empty text"
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_another_processor_s_last_bits_do_not_show(values: list[float]) -> None:
    exact = pd.DataFrame({"x": values})
    # The neighbouring float, as another order of summation may give it; a tie of the tenth digit apart.
    near = pd.DataFrame({"x": np.nextafter(values, np.inf)})
    written, again = contracts.rounded(exact)["x"], contracts.rounded(near)["x"]
    for one, other, value in zip(written, again, values, strict=True):
        assert float(one) == pytest.approx(value, rel=1e-8)
        assert float(one) == pytest.approx(float(other), rel=1e-8)


def test_rounding_leaves_text_flags_and_counts_alone() -> None:
    table = contracts.rounded(PETS.conform(pets(weight=[0.1 + 0.2, 123456789012.0])))
    assert table["weight"].tolist() == ["1.23456789e+11", "0.3"]
    assert contracts.rounded(pd.DataFrame({"x": [-0.0]}))["x"].tolist() == ["0"]
    assert table["legs"].tolist() == [3, 4]
    assert table["tame"].tolist() == [False, True]
    assert str(table["owner"].dtype) == "string"


# --- several files --------------------------------------------------------------------------------------------


def test_files_of_one_contract_are_joined(tmp_path: Path) -> None:
    one, two = sample(contracts.FITS, 2), sample(contracts.FITS, 2).assign(study="other")
    contracts.FITS.write(one, tmp_path / "a.csv")
    contracts.FITS.write(two, tmp_path / "b.csv")
    contracts.FITS.write(sample(contracts.FITS, 0), tmp_path / "c.csv")
    table = contracts.joined(contracts.FITS, sorted(tmp_path.iterdir()))
    assert len(table) == 4
    assert_frame_equal(contracts.FITS.conform(table).dtypes.to_frame(), contracts.FITS.empty().dtypes.to_frame())


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_no_file_is_an_empty_table(contract: Contract) -> None:
    table = contracts.joined(contract, [])
    assert len(table) == 0
    assert_frame_equal(contract.conform(table), table)


def test_every_contract_has_a_key_of_its_own_columns() -> None:
    for contract in CONTRACTS.values():
        names = [c.name for c in contract.columns]
        assert set(contract.key) <= set(names), contract.name
        assert len(set(names)) == len(names), contract.name
        assert {c.kind for c in contract.columns} <= set(contracts.TYPES), contract.name
        assert not [c.name for c in contract.columns if c.optional and c.name in contract.key], contract.name
