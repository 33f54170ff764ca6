"""Each figure can be drawn again from its csv and the json beside it: the same bytes, without config or estimates."""

from __future__ import annotations

import json
from pathlib import Path

import helpers_config as tiny
import pandas as pd
import pytest
from stemcareers import __main__, draw, export
from stemcareers.errors import Problem
from test_draw_layout import CASES, KINDS, NATIONS, WORD


def written(folder: Path, case: str, **words: str) -> tuple[Path, draw.Drawn, draw.Drawn]:
    """The csv of a figure with its json beside it, and the figure in both widths."""
    figure, rows = CASES[case]()
    estimates = rounded(tiny.estimates(rows))
    what = (figure, estimates, tiny.fits(estimates), tiny.labels(nations=NATIONS, synthetic=True, words=words), 0.95)
    wide, narrow = draw.figure(*what), draw.figure(*what, narrow=True)
    path = folder / "drawn.csv"
    path.write_bytes(export.csv(wide.rows))
    path.with_suffix(".json").write_text(draw.kept(wide), encoding="utf-8")
    return path, wide, narrow


def rounded(estimates: pd.DataFrame) -> pd.DataFrame:
    """The estimates with nine significant digits, as results/ holds them."""
    floats = [name for name in estimates if estimates[name].dtype == "float64"]
    return estimates.assign(**{name: [float(f"{value:.9g}") for value in estimates[name]] for name in floats})


def everything(drawn: draw.Drawn) -> tuple[bytes, bytes, str, str, str]:
    return draw.svg(drawn), draw.png(drawn), drawn.alt, drawn.caption, draw.kept(drawn)


@pytest.mark.parametrize("case", KINDS)
def test_every_kind_is_drawn_again_from_its_csv_alone(case: str, tmp_path: Path) -> None:
    path, wide, narrow = written(tmp_path, case)
    assert everything(draw.again(path)) == everything(wide)
    assert draw.svg(draw.again(path, narrow=True)) == draw.svg(narrow)
    pd.testing.assert_frame_equal(draw.again(path).rows, wide.rows, rtol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case not in KINDS and "57" not in case])
def test_whatever_it_shows(case: str, tmp_path: Path) -> None:
    path, wide, narrow = written(tmp_path, case)
    assert draw.svg(draw.again(path)) == draw.svg(wide)
    assert draw.svg(draw.again(path, narrow=True)) == draw.svg(narrow)


def test_what_a_spreadsheet_could_run_comes_back_as_it_was(tmp_path: Path) -> None:
    path, wide, _ = written(tmp_path, "bars", careers_fair="=1+1", employer_talk="-2", site_visit=WORD)
    assert "'=1+1" in path.read_text(encoding="utf-8")
    assert draw.svg(draw.again(path)) == draw.svg(wide)
    assert [export.plain(export.harmless(text)) for text in ("=a", "'a", "-1", "a")] == ["=a", "'a", "-1", "a"]


def test_a_changed_number_is_drawn(tmp_path: Path) -> None:
    path, wide, _ = written(tmp_path, "bars")
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows.loc[0, "estimate"] = "0.5"
    rows.to_csv(path, index=False)
    again = draw.again(path)
    assert draw.svg(again) != draw.svg(wide)
    assert 0.5 in list(again.rows["estimate"])


def test_the_command_writes_the_same_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, wide, narrow = written(tmp_path, "dots")
    folder = tmp_path / "new"
    folder.mkdir()
    assert __main__.main(["redraw", str(path), "--to", str(folder)]) == 0
    assert (folder / "drawn.svg").read_bytes() == draw.svg(wide)
    assert (folder / "drawn.narrow.svg").read_bytes() == draw.svg(narrow)
    assert (folder / "drawn.png").read_bytes() == draw.png(wide)
    assert capsys.readouterr().out.splitlines() == [
        f"drawn: {folder / name}" for name in ("drawn.svg", "drawn.narrow.svg", "drawn.png")
    ]


def test_what_is_missing_or_strange_is_told(tmp_path: Path) -> None:
    path, _, _ = written(tmp_path, "bars")
    beside = path.with_suffix(".json")
    kept = json.loads(beside.read_text(encoding="utf-8"))

    def told() -> str:
        with pytest.raises(Problem) as raised:
            draw.again(path)
        return str(raised.value).replace(f"{tmp_path.as_posix()}/", "")

    beside.write_text("{}", encoding="utf-8")
    assert told() == (
        "drawn.json: 1 problem\n  is not what is kept of a figure: "
        "it has no drawn, confidence_level, heading, caption, alt, synthetic, labels"
    )
    beside.write_text(json.dumps({**kept, "labels": {}}), encoding="utf-8")
    assert told() == (
        "drawn.json: 1 problem\n  has no answer to 'place': "
        "the rows are not those that were drawn; take csv and json of one run"
    )
    beside.write_text(json.dumps(kept), encoding="utf-8")
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("ci_low", "lower"), encoding="utf-8")
    assert told() == "drawn.csv: 1 problem\n  is not the csv of a figure: it has no column ci_low"
    path.write_text(whole.replace("0.01", "much", 1), encoding="utf-8")
    assert told().startswith("drawn.csv: 1 problem\n  holds what a figure does not: ")
    beside.unlink()
    assert told() == "drawn.csv: 1 problem\n  drawn.json is missing; a figure is drawn from both"
