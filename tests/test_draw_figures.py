"""What each kind of figure draws, in which order, and what is said about it."""

from __future__ import annotations

import helpers_config as tiny
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from stemcareers import config, contracts, draw
from stemcareers.config import Labels
from stemcareers.draw import style
from stemcareers.errors import Problem
from test_draw_layout import KINDS, NATIONS, distribution, dots, entry, stacked

SYNTHETIC = "Synthetic answers: shows the method, not a finding"


def drawn(figure: config.Figure, rows: list[dict], labels: Labels | None = None, **more: object) -> draw.Drawn:
    estimates = tiny.estimates(rows)
    return draw.figure(figure, estimates, tiny.fits(estimates), labels or tiny.labels(nations=NATIONS), 0.95, **more)


def texts(figure: Figure) -> list[str]:
    artists = [*figure.get_children(), *(child for axes in figure.axes for child in axes.get_children())]
    return [a.get_text() for a in artists if isinstance(a, Text) and a.get_text()]


def points(figure: Figure) -> list[tuple[float, str]]:
    """Every point: its value and the colour it is filled with."""
    lines = [line for axes in figure.axes for line in axes.lines if line.get_marker() != "None"]
    return [(float(x), str(line.get_markerfacecolor())) for line in lines for x in line.get_xdata()]


def bars(figure: Figure) -> list[float]:
    """The widths of all bars."""
    return [float(patch.get_width()) for axes in figure.axes for patch in axes.patches]


def intervals(figure: Figure, colour: str) -> list[tuple[float, float]]:
    """Lower and upper bounds of all horizontal lines of a colour."""
    wanted = tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    found = []
    for lines in (c for axes in figure.axes for c in axes.collections):
        if np.allclose(lines.get_colors()[0][:3], wanted):
            found += [(float(a[0]), float(b[0])) for a, b in lines.get_segments() if a[1] == b[1]]
    return found


# --- forest ---------------------------------------------------------------------------------------------------------


def two_models() -> list[dict]:
    rows = []
    for name, factor in (("adjusted", 1.0), ("unadjusted", 1.5)):
        rows += [
            tiny.row(name, "provision", "coefficient", 0.2 * factor, 0.1, term="priority"),
            tiny.row(name, "provision", "coefficient", -0.1 * factor, 0.3, term="autonomy"),
            tiny.row(name, "provision", "coefficient", 0.4 * factor, 0.1, term="sector", level="2"),
            tiny.row(name, "provision", "coefficient", 0.1 * factor, 0.2, term="location", level="3"),
            tiny.row(name, "provision", "coefficient", 0.3 * factor, 0.2, term="location", level="2"),
            tiny.row(name, "provision", "coefficient", 99.0, 0.1, term="intercept", role="intercept"),
        ]
    return rows


def test_a_forest_has_a_row_per_term_and_the_specifications_side_by_side() -> None:
    got = drawn(entry("forest", "adjusted", "unadjusted", order="given"), two_models())
    assert list(zip(got.rows["row"], got.rows["series"], got.rows["estimate"].round(2), strict=True))[:4] == [
        ("Priority of careers among the school's aims", "Adjusted", 0.2),
        ("Priority of careers among the school's aims", "Unadjusted", 0.3),
        ("Autonomy over curriculum and assessment", "Adjusted", -0.1),
        ("Autonomy over curriculum and assessment", "Unadjusted", -0.15),
    ]
    assert "Sector: Private (vs Public)" in texts(got.figure)
    assert {"Location (vs Village)", "Town", "City"} <= set(texts(got.figure))
    assert "−0.10 (−0.40 to 0.20)" in texts(got.figure)
    assert "intercept" not in list(got.rows["term"])
    filled = sorted(x for x, colour in points(got.figure) if colour == style.DARK_BLUE)
    hollow = sorted(x for x, colour in points(got.figure) if colour == style.WHITE)
    key = 1  # the key's own point has no value; it stands at some place in points
    assert len(filled) == 5 + key and len(hollow) == 5 + key
    assert set(np.round([-0.1, 0.1, 0.2, 0.3, 0.4], 9)) <= set(np.round(filled, 9))
    assert (0.1, 0.3) in [tuple(np.round(i, 9)) for i in intervals(got.figure, style.DARK_BLUE)]


def test_the_unadjusted_is_hollow_wherever_it_stands() -> None:
    got = drawn(entry("forest", "unadjusted", "adjusted", terms=["priority"]), two_models())
    assert list(got.rows["series"]) == ["Unadjusted", "Adjusted"]
    assert {c for x, c in points(got.figure) if x == pytest.approx(0.3)} == {style.WHITE}
    assert {c for x, c in points(got.figure) if x == pytest.approx(0.2)} == {style.DARK_BLUE}


def test_a_forest_by_value_keeps_levels_together_and_in_order() -> None:
    got = drawn(entry("forest", "adjusted"), [r for r in two_models() if r["specification"] == "adjusted"])
    assert list(got.rows["row"]) == [
        "Sector: Private (vs Public)",
        "Location: Town (vs Village)",
        "Location: City (vs Village)",
        "Priority of careers among the school's aims",
        "Autonomy over curriculum and assessment",
    ]


def test_terms_listed_in_an_order_keep_it_within_their_headings() -> None:
    figure = entry(
        "forest",
        "adjusted",
        terms=["autonomy", "location", "sector", "priority"],
        headings={"Leadership": ["priority", "autonomy"]},
    )
    got = drawn(figure, two_models())
    assert list(got.rows["term"]) == ["location", "location", "sector", "autonomy", "priority"]


def test_odds_ratios_stand_on_a_scale_of_ratios_around_one() -> None:
    rows = [
        tiny.row("odds", "careers_fair", "odds_ratio", 2.0, term="priority", ci_low=0.5, ci_high=8.0),
        tiny.row("odds", "careers_fair", "coefficient", 0.69, term="priority"),
    ]
    got = drawn(entry("forest", "odds"), rows)
    (axes,) = got.figure.axes
    assert axes.get_xscale() == "log"
    assert list(got.rows["quantity"]) == ["odds_ratio"]
    zero = [line for line in axes.collections if np.allclose(line.get_linewidth(), 1.0)]
    assert zero and all(segment[0][0] == 1.0 for line in zero for segment in line.get_segments())
    assert "The upright line at 1 marks no difference." in got.caption


def test_the_reference_is_the_one_of_the_specification() -> None:
    rows = [tiny.row("adjusted", "provision", "coefficient", 0.2, term="sector", level="1")]
    specification = tiny.labels().config.specifications["adjusted"]
    other = specification.model_copy(update={"reference": {"sector": 2}})
    labels = tiny.labels()
    labels.config.specifications["adjusted"] = other
    got = drawn(entry("forest", "adjusted"), rows, labels)
    assert list(got.rows["row"]) == ["Sector: Public (vs Private)"]


# --- bars -----------------------------------------------------------------------------------------------------------


def test_bars_go_from_the_highest_to_the_lowest_and_end_in_their_share() -> None:
    rows = [
        tiny.row("shares", outcome, "share", share, 0.05, level="1", n=n)
        for outcome, share, n in (("careers_fair", 0.4, 30), ("employer_talk", 0.9, 1200), ("site_visit", 0.004, 188))
    ]
    got = drawn(entry("bars", "shares"), rows)
    assert list(got.rows["outcome"]) == ["employer_talk", "careers_fair", "site_visit"]
    assert bars(got.figure) == [0.9, 0.4, 0.004]
    assert {"90%", "40%", "under 1%", "1,200", "30", "188"} <= set(texts(got.figure))
    assert {tuple(np.round(i, 9)) for i in intervals(got.figure, style.INK)} == {
        (0.85, 0.95),
        (0.35, 0.45),
        (-0.046, 0.054),
    }


def test_ordered_answers_keep_their_order_and_nominal_ones_go_by_value() -> None:
    shares = {"1": 0.2, "2": 0.5, "3": 0.3}
    agree = [tiny.row("agreement", "vision", "share", v, level=k) for k, v in shares.items()]
    lead = [tiny.row("agreement", "lead", "share", v, level=k) for k, v in shares.items()]
    assert list(drawn(entry("bars", "agreement"), agree).rows["row"]) == ["Strongly disagree", "Disagree", "Neither"]
    assert list(drawn(entry("bars", "agreement"), lead).rows["row"]) == ["Deputy", "Teacher", "Head"]


def test_the_words_for_those_who_cannot_see_say_in_which_order_rows_stand() -> None:
    shares = {"1": 0.2, "2": 0.5, "3": 0.3}
    agree = [tiny.row("agreement", "vision", "share", v, level=k) for k, v in shares.items()]
    lead = [tiny.row("agreement", "lead", "share", v, level=k) for k, v in shares.items()]
    assert "3 rows, in the order given." in drawn(entry("bars", "agreement"), agree).alt
    assert "3 rows, from the highest value to the lowest." in drawn(entry("bars", "agreement"), lead).alt
    waves = [
        tiny.row("by-wave", "provision", "mean", value, sample=f"wave={year}-spring")
        for year, value in (("2023", 1.0), ("2025", 2.0))
    ]
    got = drawn(entry("dots", "by-wave"), waves)
    assert list(got.rows["row"])[:2] == ["Spring 2023", "Spring 2025"] and "2 rows, in the order given." in got.alt


def test_up_to_four_samples_stand_side_by_side_and_more_go_below_one_another() -> None:
    four = drawn(*KINDS["bars"](4))
    assert list(four.rows["series"].unique()) == ["Nation 1", "Nation 2", "Nation 3", "Nation 4"]
    five = drawn(*KINDS["bars"](5))
    assert list(five.rows["series"].unique()) == [""]
    assert five.rows["row"][0].endswith(": Nation 5")
    assert "Visits to science-based firms" in texts(five.figure)


def test_a_gap_in_the_estimates_changes_no_order() -> None:
    figure, rows = KINDS["bars"](3)
    holey = [r for r in rows if (r["outcome"], r["sample"]) != ("careers_fair", "nation=1")]
    got = drawn(figure.model_copy(update={"order": "given"}), holey)
    assert list(got.rows["outcome"].unique()) == ["careers_fair", "employer_talk", "site_visit"]
    assert list(got.rows["series"])[:2] == ["Nation 2", "Nation 3"]
    colours = {s: list(got.rows["series"]).index(s) for s in ("Nation 1", "Nation 2", "Nation 3")}
    assert colours == {"Nation 2": 0, "Nation 3": 1, "Nation 1": 2}
    (axes,) = got.figure.axes[-1:]
    assert {patch.get_facecolor()[:3] for patch in axes.patches} >= {
        tuple(int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)) for c in style.SERIES[:3]
    }


def test_samples_in_focus_are_dark_and_bold_and_the_others_grey() -> None:
    figure, rows = KINDS["bars"](3)
    chosen = figure.model_copy(update={"outcomes": ["site_visit"], "focus": ["nation=2"]})
    got = drawn(chosen, rows)
    colours = [patch.get_facecolor() for axes in got.figure.axes for patch in axes.patches]
    assert len(set(colours)) == 2
    (bold,) = [t for t in got.figure.findobj(Text) if t.get_text() == "Nation 2"]
    assert "Bold" in str(bold.get_fontproperties().get_file())


# --- stacked --------------------------------------------------------------------------------------------------------


def lefts(figure: Figure) -> list[float]:
    return [round(float(p.get_x()), 9) for p in figure.axes[-1].patches]


def answers(*shares: float) -> list[dict]:
    return [tiny.row("agreement", "vision", "share", s, level=str(i)) for i, s in enumerate(shares, 1)]


def test_answers_fill_the_bar_from_little_to_much() -> None:
    got = drawn(entry("stacked", "agreement"), answers(0.1, 0.2, 0.3, 0.25, 0.15))
    assert lefts(got.figure) == [0.0, 0.1, 0.3, 0.6, 0.85]
    assert [round(w, 9) for w in bars(got.figure) if w < 1] == [0.1, 0.2, 0.3, 0.25, 0.15]
    assert [t for t in texts(got.figure) if "%" in t][-5:] == ["10%", "20%", "30%", "25%", "15%"]


def test_the_middle_answer_is_split_at_zero() -> None:
    got = drawn(entry("stacked", "agreement", middle=["3"]), answers(0.1, 0.2, 0.3, 0.25, 0.15))
    assert lefts(got.figure) == [-0.45, -0.35, -0.15, 0.15, 0.4]


def test_of_two_middle_answers_zero_lies_between() -> None:
    got = drawn(entry("stacked", "agreement", middle=["2", "3"]), answers(0.1, 0.2, 0.3, 0.4))
    assert lefts(got.figure) == [-0.3, -0.2, 0.0, 0.3]


def test_stacked_rows_go_by_the_share_above_the_middle() -> None:
    got = drawn(*stacked(middle=["3"]))
    assert list(dict.fromkeys(got.rows["row"])) == [
        "Leaders share a vision of STEM careers: Nation 1",
        "Leaders share a vision of STEM careers: Nation 2",
        "The careers leader has enough time: Nation 1",
        "The careers leader has enough time: Nation 2",
    ]
    assert "Share answering 'Agree' or 'Strongly agree', 4 rows." in got.alt
    assert "Leaders share a vision of STEM careers: Nation 1: 70%" in got.alt


def test_withheld_answers_leave_no_part_and_no_gap() -> None:
    rows = answers(0.1, 0.2, 0.3, 0.25, 0.15)
    rows[1], rows[4] = tiny.withheld(rows[1]), tiny.withheld(rows[4], "would show a group of fewer than 10")
    got = drawn(entry("stacked", "agreement"), rows)
    assert lefts(got.figure) == [0.0, 0.1, 0.4]
    assert "w" in texts(got.figure)
    assert got.rows["estimate"].isna().tolist() == [False, True, False, False, True]
    assert "w: some answers withheld, the group is too small. 2 of 5 numbers are not shown." in got.caption


# --- distribution ---------------------------------------------------------------------------------------------------


def test_a_distribution_has_a_bar_per_bin_and_the_mean_as_a_line() -> None:
    got = drawn(*distribution())
    (axes,) = got.figure.axes
    assert [round(float(p.get_height()), 9) for p in axes.patches] == [0.05, 0.2, 0.4, 0.3, 0.05]
    assert [float(p.get_x()) for p in axes.patches] == [0, 20, 40, 60, 80]
    assert [list(line.get_xdata()) for line in axes.lines if line.get_linestyle() != "-"] == [[5.0, 5.0]]
    assert "mean 5.00 (3.00 to 7.00)" in texts(got.figure)
    assert got.alt == (
        "Something of some schools. Histogram of 5 bins. mean: 5.00 (3.00 to 7.00); "
        "most often 40 to 60: 40% (37% to 43%); 60 to 80: 30% (27% to 33%)."
    )


def test_several_samples_share_their_scales() -> None:
    got = drawn(*distribution(3))
    assert len({axes.get_xlim() for axes in got.figure.axes}) == 1
    assert len({axes.get_ylim() for axes in got.figure.axes}) == 1
    assert "Nation 2 (n = 188)".replace(" (n = ", " (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}") in texts(got.figure)


def test_bins_go_up_even_where_their_text_would_not() -> None:
    rows = [tiny.row("bins", "provision", "share", s, level=e) for s, e in ((0.1, "[100, 200]"), (0.9, "[20, 100)"))]
    assert list(drawn(entry("distribution", "bins"), rows).rows["level"]) == ["[20, 100)", "[100, 200]"]


# --- dots -----------------------------------------------------------------------------------------------------------


def test_dots_go_by_value_with_the_average_as_a_line() -> None:
    values = {"nation=1": 0.1, "nation=2": -0.4, "nation=3": 0.5, "all": 0.2}
    rows = [tiny.row("means", "provision", "mean", v, sample=s) for s, v in values.items()]
    got = drawn(entry("dots", "means", samples=["by nation"], average="all", focus=["nation=2"]), rows)
    assert list(got.rows["sample"]) == ["nation=3", "nation=1", "nation=2", "all"]
    assert points(got.figure) == [(0.5, style.CONTEXT), (0.1, style.CONTEXT), (-0.4, style.DARK_BLUE)]
    assert "All schools: 0.20" in texts(got.figure)
    (line,) = [c for c in got.figure.axes[0].collections if c.get_linestyle()[0][1] is not None]
    assert line.get_segments()[0][0][0] == 0.2
    assert got.alt == (
        "Something of some schools. 3 rows, from the highest to the lowest. Nation 2 (place 3 of 3): −0.40 (−0.50 to "
        "−0.30); Nation 3 (place 1 of 3): 0.50 (0.40 to 0.60); All schools: 0.20 (0.10 to 0.30)."
    )


# --- all kinds ------------------------------------------------------------------------------------------------------


def test_the_caption_says_n_weighting_interval_and_source() -> None:
    figure, rows = KINDS["bars"](1)
    got = drawn(figure.model_copy(update={"note": "Grammar schools are left out"}), rows)
    assert got.caption == (
        "n = 14,365 schools. Weighted. Thin lines: 95% confidence intervals (linearised). Grammar schools are left "
        "out. Source: Nobody (2020), Tiny study."
    )
    assert got.heading == "Something of some schools"


def test_an_unweighted_study_says_so() -> None:
    figure, rows = KINDS["bars"](1)
    estimates = tiny.estimates(rows)
    got = draw.figure(figure, estimates, tiny.fits(estimates, weighted=False), tiny.labels(nations=NATIONS), 0.9)
    assert "Unweighted: every response counts once. Thin lines: 90% confidence" in got.caption


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("narrow", [False, True])
def test_every_picture_of_made_up_answers_says_so(kind: str, narrow: bool) -> None:
    figure, rows = KINDS[kind]()
    got = drawn(figure, rows, tiny.labels(nations=NATIONS, synthetic=True), narrow=narrow)
    for picture in (got.figure, got.framed):
        assert SYNTHETIC in " ".join(texts(picture))
    assert got.caption.endswith(f"{SYNTHETIC}.") and got.alt.endswith(f"{SYNTHETIC}.")
    row_alone = drawn(figure, [{**r, "synthetic": r is rows[0]} for r in rows])
    assert SYNTHETIC in " ".join(texts(row_alone.figure))
    real = drawn(figure, rows)
    assert SYNTHETIC not in " ".join([*texts(real.figure), real.caption, real.alt])


@pytest.mark.parametrize(("kind", "word"), [("trend", "withheld: fewer than 10"), ("heat", "w")])
def test_a_withheld_level_or_cell_is_a_word_and_no_number(kind: str, word: str) -> None:
    figure, rows = KINDS[kind]()
    got = drawn(figure, [{**r, "withheld": "fewer than 10"} for r in rows])
    inside = texts(got.figure)
    assert word in inside
    assert got.rows[["estimate", "std_error", "ci_low", "ci_high", "n"]].isna().all(axis=None)
    numbers = [text for text in inside if "%" in text or "52.00" in text or "12.00" in text]
    assert numbers in ([], ["(95% interval)"])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"trend", "heat"}])
def test_a_withheld_row_is_words_and_no_mark(kind: str) -> None:
    figure, rows = KINDS[kind]()
    leaked = [{**r, "withheld": "fewer than 10"} for r in rows]  # with numbers, which no gate would let through
    got = drawn(figure, leaked)
    assert "withheld: fewer than 10" in texts(got.figure)
    numbers = ["estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted", "n", "n_schools"]
    assert got.rows[numbers].isna().all(axis=None)
    plots = [
        axes
        for axes in got.figure.axes
        if axes.get_xlim() == (0.5, 2.0) or kind in {"stacked", "distribution", "curve"}
    ]
    assert plots
    marks = sum(len(axes.patches) for axes in plots if kind in {"bars", "distribution"})
    assert marks == 0
    assert not [x for axes in plots for line in axes.lines if line.get_marker() == "o" for x in line.get_xdata()]
    assert not any(f"{r['estimate']:.2f}" in t for t in texts(got.figure) for r in rows if r["estimate"] > 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_can_be_drawn_again_from_its_rows(kind: str) -> None:
    figure, rows = KINDS[kind]()
    first = drawn(figure, rows)
    again = contracts.ESTIMATES.conform(first.rows[[c.name for c in contracts.ESTIMATES.columns]])
    labels = tiny.labels(nations=NATIONS)
    second = draw.figure(figure, again, tiny.fits(again), labels, 0.95)
    assert draw.svg(second) == draw.svg(first)
    pd.testing.assert_frame_equal(second.rows, first.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_a_dollar_sign_is_no_mathematics(kind: str) -> None:
    figure, rows = KINDS[kind]()
    dear = figure.model_copy(update={"title": "Costs $5 and \\frac $6_7", "x_title": "in $ and £, $a_b$"})
    got = drawn(dear, rows)
    assert "in $ and £, $a_b$" in texts(got.figure)
    assert draw.png(got)


# --- curve ----------------------------------------------------------------------------------------------------------

MAIN = "weighted=yes, outcome=provision, context=as in the main analysis, leave_out=none"


def four_ways(**last: object) -> list[dict]:
    """The main analysis and three others; of the last, more."""
    ways = {
        MAIN: 0.3,
        MAIN.replace("weighted=yes", "weighted=no"): 0.1,
        MAIN.replace("as in the main analysis", "nothing"): 0.5,
        MAIN.replace("leave_out=none", "leave_out=2"): -0.05,
    }
    rows = [
        tiny.row("grid", "provision", "coefficient", value, 0.2, term="priority", level=way)
        for way, value in ways.items()
    ]
    return [*rows[:-1], {**rows[-1], **last}]


def test_a_curve_sorts_the_ways_and_says_what_each_is() -> None:
    got = drawn(entry("curve", "grid"), four_ways())
    assert list(zip(got.rows["estimate"], got.rows["series"], strict=True)) == [
        (-0.05, "Another way"),
        (0.1, "Another way"),
        (0.3, "Main analysis"),
        (0.5, "Another way"),
    ]
    assert list(got.rows["row"])[0] == (
        "Weights: Weighted; Measure of the outcome: Careers provision; Held constant: As in the main analysis; "
        "Left out: nation: Nation 2"
    )
    assert {
        *("Weights", "Weighted", "Every school counts once", "Held constant", "As in the main analysis", "Nothing"),
        *("Left out: nation", "None", "One of them", "Main analysis", "Clear of no difference", "Not clear of it"),
        "Each column is one of 4 ways to do the analysis, from the lowest estimate to the highest",
    } <= set(texts(got.figure))
    assert "All 4 estimates" not in got.caption
    assert (
        "3 of 4 estimates lie on the main analysis's side of no difference, 2 of them clear of it. 1 of the 4 ways is "
        "the main analysis with a part left out." in got.caption
    )
    assert got.alt == (
        "Something of some schools. 3 of 4 estimates lie on the main analysis's side of no difference, 2 of them clear "
        "of it. main analysis: 0.30 (0.10 to 0.50); lowest estimate: −0.05 (−0.25 to 0.15); "
        "highest estimate: 0.50 (0.30 to 0.70)."
    )


def upper(figure: Figure) -> list[tuple[float, str, str]]:
    """Every estimate of the upper panel, from left to right: its value, its marker, and its filling."""
    panel = next(axes for axes in figure.axes if any(line.get_marker() == "D" for line in axes.lines[-1:]))
    found = [
        (float(x), float(y), str(line.get_marker()), str(line.get_markerfacecolor()))
        for line in panel.lines
        if line.get_marker() != "None"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]
    return [mark for _, *mark in sorted(found)]


def test_a_curve_tells_ways_apart_by_shape_and_filling() -> None:
    got = drawn(entry("curve", "grid"), four_ways())
    assert upper(got.figure) == [
        [-0.05, "o", style.WHITE],
        [0.1, "o", style.WHITE],
        [0.3, "D", style.DARK_BLUE],
        [0.5, "o", style.CONTEXT],
    ]


def taken(figure: Figure) -> list[list[int]]:
    """For every option, from the top down, the ways that are marked, from left to right."""
    panel = figure.axes[-1]
    step = panel.get_xlim()[1] / 4
    marks: dict[float, list[int]] = {}
    for lines in panel.collections:
        for (x, low), (other, high) in lines.get_segments():
            if x == other:
                marks.setdefault(round((low + high) / 2, 6), []).append(round(x / step - 0.5))
    return [sorted(marks[y]) for y in sorted(marks)]


def test_the_lower_panel_marks_the_options_of_each_way() -> None:
    got = drawn(entry("curve", "grid"), four_ways())
    weights, constant, left_out = [[0, 2, 3], [1]], [[0, 1, 2], [3]], [[1, 2, 3], [0]]
    assert taken(got.figure) == [*weights, [0, 1, 2, 3], *constant, *left_out]


def test_ways_without_a_number_stand_at_the_end_and_are_told() -> None:
    refused = {**tiny.withheld({}), "withheld": "sector: no rows are left"}
    got = drawn(entry("curve", "grid"), four_ways(**refused))
    assert list(got.rows["withheld"]) == ["", "", "", "sector: no rows are left"]
    ends = "Each column is one of 4 ways to do the analysis, from the lowest estimate to the highest; 1 without an"
    assert any(ends.startswith(text[:60]) for text in texts(got.figure) if text.startswith("Each column"))
    assert "All 3 estimates lie on the main analysis's side of no difference, 2 of them clear of it." in got.caption
    assert "1 way not estimated: sector: no rows are left." in got.caption
    assert "1 of 4 numbers is not shown." in got.caption


def test_different_units_are_drawn_in_standard_errors() -> None:
    rows = four_ways()
    rows[2] = {**rows[2], "unit": "log odds"}
    got = drawn(entry("curve", "grid"), rows)
    # Errors are 0.1: half of the half interval.
    assert [round(mark[0], 9) for mark in upper(got.figure)] == [-0.5, 1.0, 3.0, 5.0]
    assert "Distance from no difference in standard errors" in texts(got.figure)
    assert "so estimates are drawn in standard errors" in got.caption
    assert "lowest" not in got.alt


def test_a_curve_shows_grids_alone() -> None:
    rows = [tiny.row("adjusted", "provision", "coefficient", 0.2, term="priority")]
    assert refused(entry("curve", "adjusted"), rows) == (
        "figure 'Something of some schools': 1 problem\n  'adjusted' is no grid of variants, which a curve shows"
    )


# --- what cannot be drawn -------------------------------------------------------------------------------------------


def refused(figure: config.Figure, rows: list[dict], **known: config.Figure) -> str:
    with pytest.raises(Problem) as problem:
        drawn(figure, rows, tiny.labels(nations=NATIONS, figures=known))
    return str(problem.value)


def test_nothing_left_names_the_figure_and_what_there_is() -> None:
    figure, rows = KINDS["bars"](3)
    odd = figure.model_copy(update={"samples": ["nation=9"], "outcomes": ["careers_fare"], "levels": ["7"]})
    assert refused(odd, rows, **{"who-visits": odd}) == (
        "config/studies/tiny/figures/who-visits.yaml: 3 problems\n"
        "  no estimate with sample 'nation=9'; did you mean 'nation=3'?\n"
        "  no estimate with outcome 'careers_fare'; did you mean 'careers_fair'?\n"
        "  no estimate with level '7'; known: 1"
    )


def test_an_unknown_specification() -> None:
    figure, rows = KINDS["bars"](1)
    assert refused(figure.model_copy(update={"specifications": ["shares", "gone"]}), rows) == (
        "figure 'Something of some schools': 1 problem\n  no estimate with specification 'gone'; known: shares"
    )


def test_ids_that_are_there_but_not_together() -> None:
    rows = [
        tiny.row("shares", "careers_fair", "share", 0.4, level="1", sample="nation=1"),
        tiny.row("shares", "site_visit", "share", 0.4, level="1", sample="nation=2"),
    ]
    assert refused(entry("bars", "shares", samples=["nation=1"], outcomes=["site_visit"]), rows) == (
        "figure 'Something of some schools': 1 problem\n"
        "  no estimate is left with outcome site_visit beside the other ids it names"
    )


def test_a_code_without_estimates_is_no_fault_where_a_whole_column_is_asked_for() -> None:
    got = drawn(*dots(3))
    assert len(got.rows) == 4  # of 57 nations, and the average


def test_the_wrong_quantity() -> None:
    assert refused(entry("bars", "adjusted"), two_models()) == (
        "figure 'Something of some schools': 1 problem\n"
        "  'adjusted' has coefficient, where share, mean, total, ratio, quantile, variance, transition, average or "
        "count is due"
    )


def test_quantities_that_share_no_scale() -> None:
    rows = [*two_models(), tiny.row("odds", "provision", "odds_ratio", 2.0, term="priority")]
    assert refused(entry("forest", "adjusted", "odds"), rows) == (
        "figure 'Something of some schools': 1 problem\n"
        "  specifications with different quantities cannot share a scale: 'adjusted' has coefficient, "
        "'odds' has odds_ratio"
    )


def test_too_much_side_by_side() -> None:
    rows = [
        tiny.row("adjusted", "provision", "coefficient", 0.1, term="priority", sample=f"nation={i}")
        for i in range(1, 6)
    ]
    assert refused(entry("forest", "adjusted"), rows) == (
        "figure 'Something of some schools': 1 problem\n"
        "  a forest puts at most 4 samples side by side, not 5; name fewer, or draw one term of them as dots"
    )
    more = [{**r, "specification": s} for r in rows[:2] for s in ("adjusted", "unadjusted")]
    assert refused(entry("forest", "adjusted", "unadjusted"), more) == (
        "figure 'Something of some schools': 1 problem\n"
        "  a forest puts one thing side by side, not 2 specifications and 2 samples; name fewer"
    )


def test_answers_that_differ_cannot_be_stacked() -> None:
    rows = [
        tiny.row("agreement", "vision", "share", 0.4, level="1"),
        tiny.row("agreement", "lead", "share", 0.4, level="1"),
    ]
    assert refused(entry("stacked", "agreement"), rows) == (
        "figure 'Something of some schools': 1 problem\n"
        "  answer 1 is 'Strongly disagree' in one question and 'Head' in another; "
        "questions in one figure need the same answers"
    )
    assert refused(entry("stacked", "agreement", middle=["6"]), answers(0.5, 0.5)) == (
        "figure 'Something of some schools': 1 problem\n  middle: '6' is not among the answers shown: 1, 2"
    )
    assert refused(entry("stacked", "agreement", middle=["1", "3"]), answers(0.5, 0.25, 0.25)) == (
        "figure 'Something of some schools': 1 problem\n  middle: the answers 1, 3 do not stand side by side in 1, 2, 3"
    )


def test_other_refusals_name_the_way_out() -> None:
    only_constant = [r for r in two_models() if r["term"] == "intercept"]
    assert "only the intercept is left, and a forest does not show it; name other terms" in refused(
        entry("forest", "adjusted"), only_constant
    )
    assert "headings: no estimate of term 'training' is drawn" in refused(
        entry("forest", "adjusted", headings={"Leadership": ["training"]}), two_models()
    )
    figure, rows = dots(3)
    assert "focus: no estimate with sample 'nation=50' is drawn" in refused(
        figure.model_copy(update={"focus": ["nation=50"]}), rows
    )
    assert "a distribution needs shares of bins like '[0, 10)', found '1'" in refused(
        entry("distribution", "shares"), [tiny.row("shares", "careers_fair", "share", 0.5, level="1")]
    )
    many = [
        tiny.row("agreement", o, "share", 0.5, level=level, sample=f"nation={i}")
        for o in ("vision", "time")
        for level in ("1", "2")
        for i in range(1, 7)
    ]
    assert (
        "shows 2 outcomes, 2 levels, 6 samples at once, and a figure has room for three of these, "
        "the last of at most 4; name fewer"
    ) in refused(entry("bars", "agreement"), many)
