"""Trends, heat maps, agreement with its interval, flows and the normal curve: what they draw and say."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import helpers_config as tiny
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle
from pydantic import ValidationError
from stemcareers import config, draw, export
from stemcareers.config import Labels
from stemcareers.draw import slopes, style
from stemcareers.errors import Problem
from test_draw_figures import texts
from test_draw_layout import NATIONS, agreeing, crowded, distribution, entry, heat, hidden, trend


def drawn(figure: config.Figure, rows: list[dict], labels: Labels | None = None) -> draw.Drawn:
    estimates = tiny.estimates(rows)
    return draw.figure(figure, estimates, tiny.fits(estimates), labels or tiny.labels(nations=NATIONS), 0.95)


def refused(figure: config.Figure, rows: list[dict]) -> str:
    with pytest.raises(Problem) as raised:
        drawn(figure, rows)
    return str(raised.value)


def lines(got: draw.Drawn) -> dict[str, int]:
    """How many lines of two points join the waves, by colour."""
    found: dict[str, int] = {}
    for axes in got.figure.axes:
        for line in axes.lines:
            if len(line.get_xdata()) == 2 and line.get_marker() == "None" and line.get_linewidth() > 1.5:
                found[str(line.get_color())] = found.get(str(line.get_color()), 0) + 1
    return found


# --- trend ----------------------------------------------------------------------------------------------------------


def test_a_trend_prints_levels_and_the_interval_of_each_change() -> None:
    got = drawn(*trend())
    inside = [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(got.figure)]
    assert {"52.00  Careers provision", "+12.00 (9.00 to 15.00)", "+9.00 (6.00 to 12.00)"} <= set(inside)
    assert {"40.00", "43.00", "Spring 2023", "Spring 2025", "Change, Spring 2023 to Spring 2025"} <= set(inside)
    assert list(zip(got.rows["row"], got.rows["series"], strict=True))[:3] == [
        ("Careers provision", "Spring 2023"),
        ("Careers provision", "Spring 2025"),
        ("Careers provision", "change, Spring 2023 to Spring 2025"),
    ]
    alt = got.alt.replace("\N{NO-BREAK SPACE}", " ")
    assert alt.startswith(
        "Something of some schools. 2 of 2 changes are clear of zero. Careers provision: 40.00 in Spring 2023, "
        "52.00 in Spring 2025, change +12.00 (9.00 to 15.00); "
    )
    assert "Thin lines: 95% confidence intervals of the levels" in got.caption


def test_beside_a_line_stands_the_change_up_to_its_end() -> None:
    figure, rows = trend()
    earlier = [{**row, "level": "2023-spring", "estimate": 7.0} for row in rows if row["quantity"] == "difference"]
    inside = [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(drawn(figure, [*earlier, *rows]).figure)]
    assert {"Change, Spring 2023 to Spring 2025", "+12.00 (9.00 to 15.00)", "+9.00 (6.00 to 12.00)"} <= set(inside)
    assert not [text for text in inside if text.startswith("+7.00")]


def test_a_line_is_dark_where_its_change_is_clear_and_grey_where_it_is_not() -> None:
    assert lines(drawn(*trend())) == {style.DARK_BLUE: 2}
    got = drawn(*trend(clear=False))
    assert lines(got) == {style.DARK_BLUE: 1, style.CONTEXT: 1}
    assert {slopes.CLEAR, slopes.UNCLEAR} <= set(texts(got.figure))
    fills = {line.get_markerfacecolor() for axes in got.figure.axes for line in axes.lines if line.get_marker() == "o"}
    assert fills == {style.DARK_BLUE, style.WHITE}, "filled and hollow say in grey what the colours say"


def test_no_line_joins_waves_that_cannot_be_compared() -> None:
    figure, rows = trend()
    levels = [row for row in rows if row["quantity"] == "mean"] + [
        row for row in rows if row["outcome"] == "provision" and row["quantity"] == "difference"
    ]
    figure = figure.model_copy(update={"outcomes": ["provision"]})
    broken = tiny.labels(nations=NATIONS, rewritten=("vision",))
    got = drawn(figure, levels, broken)
    assert lines(got) == {}
    assert (
        "No line joins waves that cannot be compared (Careers provision: one of its questions changed)" in got.caption
    )
    assert lines(drawn(figure, levels)) == {style.DARK_BLUE: 1}


def test_no_line_leaps_over_a_withheld_wave_and_what_cannot_be_compared_with_it() -> None:
    figure, rows = trend()
    figure = figure.model_copy(update={"outcomes": ["provision"]})
    two = tiny.labels(nations=NATIONS).config
    third = two.waves["2025-spring"].model_copy(update={"title": "Spring 2026", "instrument": "form-2026"})
    later = third.model_copy(update={"fielded": [date(2026, 3, 1), date(2026, 4, 1)]})
    form = two.instruments["form-2025"]
    reworded = form.questions["Q_vision"].model_copy(update={"wording": "As it is now."})
    form = form.model_copy(update={"questions": {**form.questions, "Q_vision": reworded}})
    forms = {**two.instruments, "form-2026": form}
    three = Labels(replace(two, waves={**two.waves, "2026-spring": later}, instruments=forms))
    rows.append({**rows[1], "sample": "wave=2026-spring"})
    assert lines(drawn(figure, rows, three)) == {style.DARK_BLUE: 1}, "the first two are joined"
    rows[1] = {**rows[1], "estimate": math.nan, "ci_low": math.nan, "ci_high": math.nan, "withheld": "fewer than 10"}
    assert lines(drawn(figure, rows, three)) == {}
    with pytest.raises(Problem, match="2025-spring and 2026-spring were fielded at once, and a trend goes through"):
        drawn(figure, rows, Labels(replace(three.config, waves={**two.waves, "2026-spring": third})))


def test_a_change_within_schools_is_said_to_be_one() -> None:
    figure, rows = trend()
    within = [
        {**row, "quantity": "change", "level": "2023-spring -> 2025-spring", "n": 59}
        if row["quantity"] == "difference"
        else row
        for row in rows
    ]
    said = drawn(figure, within).caption.replace("\N{NO-BREAK SPACE}", " ")
    assert "Spring 2025: change within the 59 schools in both waves with its 95% confidence interval" in said
    assert "schools in both waves" not in drawn(figure, rows).caption


def test_a_trend_needs_levels_of_two_waves_and_the_change_of_each() -> None:
    figure, rows = trend()
    levels = [row for row in rows if row["quantity"] == "mean"]
    changes = [row for row in rows if row["quantity"] == "difference"]
    one = figure.model_copy(update={"specifications": ["by-wave"]})
    assert refused(one, levels) == (
        "figure 'Something of some schools': 1 problem\n  a trend shows levels and the error of their change, and has "
        "no changes (a difference between waves); name their specification too"
    )
    assert "has no levels (shares or means by wave)" in refused(
        figure.model_copy(update={"specifications": ["later"]}), changes
    )
    assert refused(figure, [*levels, changes[0]]).endswith(
        "no change of 'priority' in sample 'all' is among the estimates; name the specification that has it"
    )
    assert "a trend needs two waves or more, and has 2025-spring" in refused(
        figure, [*(r for r in levels if r["sample"] == "wave=2025-spring"), *changes]
    )
    assert "is not known; a trend takes levels from specifications of one wave, or samples by wave" in refused(
        figure, [*({**r, "sample": "all"} for r in levels if r["sample"] == "wave=2025-spring"), *changes]
    )


def test_labels_keep_their_order_and_never_meet() -> None:
    source = np.random.default_rng(3)
    for _ in range(200):
        heights = list(source.uniform(8, 30, source.integers(1, 12)))
        ideal = sorted(source.uniform(0, 80, len(heights)))
        room = max(80.0, sum(heights) - style.LEADING + 2)
        places = slopes.spread(ideal, heights, room)
        edges = [(p - h / 2, p + h / 2) for p, h in zip(places, heights, strict=True)]
        assert all(a[1] <= b[0] + 1e-6 for a, b in zip(edges, edges[1:], strict=False))
        assert edges[0][0] >= -style.LEADING / 2 and edges[-1][1] <= room + style.LEADING / 2 + 1e-6
    assert slopes.spread([10.0, 40.0], [12.0, 12.0], 80.0) == [10.0, 40.0], "who has room stays where it is"


def test_of_many_lines_the_levels_have_no_intervals_and_the_note_says_where_they_are() -> None:
    got = drawn(*crowded())
    assert "Intervals of the levels stand in the table under the figure" in got.caption
    assert "Thin lines" not in got.caption


# --- heat -----------------------------------------------------------------------------------------------------------


def cells(got: draw.Drawn) -> list[tuple[float, str]]:
    """How light each cell is, and what stands in it."""
    found = []
    for axes in got.figure.axes:
        fills = [p.get_facecolor() for p in axes.patches if isinstance(p, Rectangle)]
        words = [t.get_text() for t in axes.texts] + [a.get_text() for a in axes.artists if hasattr(a, "get_text")]
        words = words or [a.get_text() for a in axes.get_children() if type(a).__name__ == "Text" and a.get_text()]
        found += [(style.luminance(f), w) for f, w in zip(fills, words, strict=False)]
    return found


def test_a_heat_map_is_darker_where_there_is_more_and_prints_each_number() -> None:
    got = drawn(*heat(1))
    assert list(got.rows["series"].unique()) == ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"]
    ranked = sorted(cells(got), key=lambda cell: cell[0])
    assert [number for _, number in ranked][:2] == ["45%", "45%"]
    assert len(ranked) == 10
    assert "The darker, the more. 95% confidence intervals stand in the table under the figure." in got.caption


def test_a_grid_of_config_sets_outcomes_in_rows_and_columns() -> None:
    figure = entry(
        "heat",
        "shares",
        grid={"Talks": ["employer_talk", "careers_fair"], "Visits": ["site_visit", "careers_fair"]},
        columns=["First", "Second"],
    )
    rows = [
        tiny.row("shares", outcome, "share", value, level="1")
        for outcome, value in (("careers_fair", 0.2), ("employer_talk", 0.4), ("site_visit", 0.9))
    ]
    got = drawn(figure, rows)
    assert list(zip(got.rows["row"], got.rows["series"], got.rows["estimate"], strict=True)) == [
        ("Visits", "First", 0.9),
        ("Visits", "Second", 0.2),
        ("Talks", "First", 0.4),
        ("Talks", "Second", 0.2),
    ]
    assert "'careers_fair' has several; name one sample and level" in refused(figure, [*rows, rows[0] | {"level": "2"}])


def test_a_withheld_cell_has_a_letter_and_no_number() -> None:
    figure, rows = heat(1, hidden(3))
    got = drawn(figure, rows)
    assert "w" in [word for _, word in cells(got)]
    assert "w: withheld, the group is too small." in got.caption


# --- stacked --------------------------------------------------------------------------------------------------------


def test_agreement_has_its_interval_in_words_and_as_a_line() -> None:
    got = drawn(*agreeing(neutral="side"))
    assert "70% (66% to 74%)" in texts(got.figure)
    thin = [
        (float(a[0]), float(b[0]))
        for axes in got.figure.axes
        for lines_ in axes.collections
        for a, b in lines_.get_segments()
        if a[1] == b[1]
    ]
    assert any(math.isclose(low, 0.66) and math.isclose(high, 0.74) for low, high in thin)
    assert set(got.rows.loc[got.rows["outcome"].isin(tiny.INDICATORS), "series"]) == {"Agree or Strongly agree"}
    assert "Neutral answers stand apart on the right." in got.caption


def test_neutral_answers_apart_leave_both_poles_at_zero() -> None:
    figure, rows = agreeing(neutral="side")
    first = [r for r in rows if r["sample"] == "nation=1"]
    got = drawn(figure.model_copy(update={"agreeing": []}), [r for r in first if r["outcome"] == "vision"])
    bars = sorted((round(p.get_x(), 6), round(p.get_width(), 6)) for p in got.figure.axes[-1].patches)
    assert bars == [(-0.2, 0.05), (-0.15, 0.15), (0.0, 0.45), (0.45, 0.25), (0.75, 0.1)]


def test_an_indicator_of_other_answers_is_refused() -> None:
    figure, rows = agreeing()
    other = figure.model_copy(update={"middle": ["4"]})
    assert "agreeing: 'agrees_vision' is no indicator of answers 5 to a question drawn" in refused(other, rows)
    assert "agreeing: no indicator is of" in refused(
        figure.model_copy(update={"agreeing": ["agrees_vision"]}), [r for r in rows if r["outcome"] != "agrees_time"]
    )


# --- distribution ---------------------------------------------------------------------------------------------------


def test_the_normal_curve_goes_through_bins_that_are_normal() -> None:
    figure, rows = distribution(1, normal=True)
    edges = np.linspace(0, 100, 21)
    below = np.array([0.5 + math.erf((edge - 50) / (15 * math.sqrt(2))) / 2 for edge in edges])
    bins = [
        tiny.row("bins", "provision", "share", share, 0.01, level=f"[{low:g}, {low + 5:g}{']' if low == 95 else ')'}")
        for low, share in zip(edges, np.diff(below), strict=False)
    ]
    got = drawn(figure.model_copy(update={"specifications": ["bins"]}), bins)
    curve = next(
        line for axes in got.figure.axes for line in axes.lines if line.get_color() == style.ORANGE
    ).get_xydata()
    for low, share in zip(edges, np.diff(below), strict=False):
        at = curve[np.isclose(curve[:, 0], low + 2.5)]
        assert at[0, 1] == pytest.approx(share, abs=0.002)
    assert "Curve: a normal distribution with the same mean and standard deviation; both are taken" in got.caption
    plain = drawn(figure.model_copy(update={"specifications": ["bins"], "normal": False}), bins)
    assert "normal" not in plain.caption


# --- flow -----------------------------------------------------------------------------------------------------------


def facts() -> pd.DataFrame:
    told = [("received", "", 100), ("left_out", "no consent", 12), ("left_out", "broke off", None), ("kept", "", 80)]
    rows = []
    for term, level, n in told:
        row = tiny.row(
            "flow", "responses", "count", n or 0, term=term, level=level, role="flow", n=n, unit="responses",
            sample="wave=2025-spring", ci_low=None, ci_high=None, std_error=None, df=None, p_value=None,
        )  # fmt: skip
        rows.append(row if n else tiny.withheld(row))
    return tiny.estimates(rows)


def test_a_flow_goes_from_what_came_in_to_what_models_used() -> None:
    models = tiny.estimates([tiny.row("adjusted", "provision", "coefficient", 0.1, term="priority")])
    got = draw.flow("2025-spring", facts(), tiny.fits(models, n=71), tiny.labels())
    inside = texts(got.figure)
    assert {
        "100 responses received",
        "20 left out",
        "No consent",
        "12",
        "Broke off",
        "w",
        "80 kept for analysis",
    } <= set(inside)
    assert {"Used in models", "Adjusted", "71"} <= set(inside)
    assert got.alt == (
        "From responses received to responses used: Spring 2025. 100 responses received, 80 kept; left out: "
        "no consent: 12; broke off: withheld. Adjusted used 71."
    )
    assert list(got.rows["series"]) == ["received", "left out", "left out", "kept", "used in models"]
    assert "1 of 5 numbers is not shown" in got.caption


def test_models_of_one_short_name_go_by_their_titles_in_a_flow() -> None:
    known = tiny.labels().config
    like = {"short": "Adjusted", "title": "Employers met, with the school's context held constant"}
    odds = known.specifications["odds"].model_copy(update=like)
    labels = Labels(replace(known, specifications={**known.specifications, "odds": odds}))
    models = tiny.estimates([tiny.row(name, "provision", "coefficient", 0.1) for name in ("adjusted", "odds")])
    alt = draw.flow("2025-spring", facts(), tiny.fits(models, n=71), labels).alt
    assert f"{known.specifications['adjusted'].title} used 71" in alt and f"{like['title']} used 71" in alt


def test_a_flow_is_drawn_again_whatever_the_order_of_its_fits(tmp_path) -> None:
    models = tiny.estimates([tiny.row(name, "provision", "coefficient", 0.1) for name in ("odds", "adjusted")])
    fits = tiny.fits(models, n=71).sort_values("specification", ascending=False)
    got = draw.flow("2025-spring", facts(), fits, tiny.labels())
    path = tmp_path / "flow.csv"
    path.write_bytes(export.csv(got.rows))
    path.with_suffix(".json").write_text(draw.kept(got), encoding="utf-8")
    assert draw.svg(draw.again(path)) == draw.svg(got)


def test_a_flow_without_its_ends_is_refused() -> None:
    with pytest.raises(Problem) as raised:
        draw.flow("2025-spring", facts().iloc[1:3], pd.DataFrame(), tiny.labels())
    assert str(raised.value) == (
        "wave 2025-spring: 1 problem\n  its facts do not say how many responses were received and kept"
    )


# --- config ---------------------------------------------------------------------------------------------------------


def test_keys_of_other_kinds_and_uneven_grids_are_told() -> None:
    def faults(kind: str, **more: object) -> list[str]:
        with pytest.raises(ValidationError) as raised:
            entry(kind, "shares", **more)
        return [str(fault["msg"]).removeprefix("Value error, ") for fault in raised.value.errors()]

    assert faults("bars", normal=True) == ["normal: belongs to kind 'distribution', not to 'bars'"]
    assert faults("stacked", neutral="side") == ["neutral: needs 'middle', the answers that stand apart"]
    assert faults("heat", grid={"Row": ["vision"]}, columns=["A", "B"]) == [
        "grid.Row: has 1 outcomes for 2 columns; name one for each"
    ]
    assert faults("heat", columns=["A"]) == ["columns: needs 'grid', the outcomes that stand in each row"]
    assert faults("heat", grid={"Row": ["vision"]}, columns=["A"], outcomes=["time"]) == [
        "outcomes: are those of 'grid'; take the key out"
    ]


def test_models_of_a_wave_are_those_that_rest_on_it_alone() -> None:
    study = tiny.labels().config
    assert config.models_of("2025-spring", study) == []
    only = study.specifications["adjusted"].model_copy(update={"waves": ["2025-spring"]})
    study.specifications["adjusted"] = only
    assert config.models_of("2025-spring", study) == ["adjusted"]
    assert config.models_of("2023-spring", study) == []
