"""Texts are measured as they are drawn, scales have round ticks, and colours read in grey."""

from __future__ import annotations

import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from stemcareers.draw import axis, style

PLAIN = axis.Numbers("mean", "points")
SHARE = axis.Numbers("share", "probability")


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", ["0.21 (0.12 to 0.30)", "Careers leaders, by region", "Žluťoučký kůň – AVAToWe", "W"])
def test_a_text_is_as_wide_as_it_was_measured(text: str, bold: bool) -> None:
    with style.house():
        renderer = FigureCanvasAgg(Figure(dpi=72 * 8)).get_renderer()
        drawn = renderer.get_text_width_height_descent(text, style.font(bold), False)[0] / 8
    # Kerning draws some pairs of letters closer together; a text may be narrower than measured, never wider.
    assert drawn - 0.5 <= style.width(text, bold) <= 1.05 * drawn + 0.5


def test_lines_break_between_words_and_long_words_where_they_must() -> None:
    limit = style.width("some words xx")
    assert style.wrap("some words and  more\nwords", limit) == ["some words", "and more", "words"]
    assert style.wrap("", limit) == [""]
    pieces = style.wrap("Donaudampfschifffahrtsgesellschaft", limit)
    assert "".join(pieces) == "Donaudampfschifffahrtsgesellschaft" and len(pieces) > 1
    assert all(style.width(piece) <= limit for piece in pieces)
    assert style.wrap(style.unbroken("n = 188") + " schools", style.width("n = 188")) == [
        "n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}188",
        "schools",
    ]


@pytest.mark.parametrize(
    ("low", "high", "width", "labels"),
    [
        (-0.42, 0.61, 200, ["−0.4", "−0.2", "0.0", "0.2", "0.4", "0.6"]),
        (-0.42, 0.61, 60, ["0.0", "0.5"]),
        (0, 100, 200, ["0", "20", "40", "60", "80", "100"]),
        (0, 14365, 200, ["0", "5,000", "10,000"]),
        (0.0011, 0.0018, 200, ["0.0012", "0.0014", "0.0016", "0.0018"]),
    ],
)
def test_ticks_are_round_and_fit(low: float, high: float, width: float, labels: list[str]) -> None:
    assert [t.label for t in axis.linear(low, high, width, PLAIN).ticks] == labels


def test_shares_have_percent_and_never_more_than_all() -> None:
    found = axis.linear(0, 1.3, 300, SHARE, (0.0, 1.0))
    assert [t.label for t in found.ticks] == ["0%", "20%", "40%", "60%", "80%", "100%"]
    both = axis.linear(-0.6, 0.6, 200, axis.Numbers("share", "probability", size=True))
    assert [t.label for t in both.ticks] == ["60%", "40%", "20%", "0%", "20%", "40%", "60%"]


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.19, 4, ["0.2", "0.5", "1", "2"]),
        (0.8, 1.3, ["0.8", "0.9", "1.0", "1.1", "1.2", "1.3"]),
        (0.0005, 3000, ["0.001", "0.01", "0.1", "1", "10", "100", "1,000"]),
    ],
)
def test_ratios_have_ticks_at_one_and_at_round_numbers(low: float, high: float, labels: list[str]) -> None:
    found = axis.logarithmic(low, high, 300, PLAIN)
    assert [t.label for t in found.ticks] == labels
    assert found.points(low) == pytest.approx(0) and found.points(high) == pytest.approx(300)
    assert found.points((low * high) ** 0.5) == pytest.approx(150)


def test_limits_hold_everything_and_never_vanish() -> None:
    assert axis.around([1.0, 3.0, float("nan")], 0.1) == (0.8, 3.2)
    assert axis.around([2.0, 2.0]) == (1.8, 2.2)
    assert axis.around([0.0]) == (-0.05, 0.05)
    low, high = axis.around_ratios([0.5, 2.0, 0.0, -1.0])
    assert 0 < low < 0.5 and 2 < high < 2.5


@pytest.mark.parametrize("colours", [style.ramp(n) for n in range(2, 8)] + [style.poles(2, True, 2)])
def test_neighbours_differ_in_grey(colours: list[str]) -> None:
    lights = [style.luminance(c) for c in colours]
    assert all(abs(a - b) > 0.03 for a, b in itertools.pairwise(lights))


def test_series_differ_in_grey_by_their_marks() -> None:
    points = set(zip(style.MARKERS, style.HOLLOW, strict=True))
    assert len(points) == style.SERIES_AT_MOST
    for a, b in itertools.combinations(range(style.SERIES_AT_MOST), 2):
        light = abs(style.luminance(style.SERIES[a]) - style.luminance(style.SERIES[b]))
        assert light > 0.1 or style.HATCHES[a] != style.HATCHES[b]


@pytest.mark.parametrize("colour", [*style.ramp(7), *style.poles(3, True, 3), *style.SERIES])
def test_words_on_a_colour_can_be_read(colour: str) -> None:
    light, ink = style.luminance(colour), style.luminance(style.readable_on(colour))
    contrast = (max(light, ink) + 0.05) / (min(light, ink) + 0.05)
    assert contrast >= 4.5
