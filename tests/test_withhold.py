"""No group under the limit leaves, neither printed nor worked out from what is printed beside it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from stemcareers import contracts, withhold
from stemcareers.config import Project, Study

LIMIT = 10
COLUMNS = [c.name for c in contracts.ESTIMATES.columns] + list(withhold.HELPERS)
FEW = "fewer than 10"
WOULD = "would show a group of fewer than 10"


def row(quantity: str = "share", **known: object) -> dict[str, object]:
    """One row of estimates with its helper columns; 0.5 where a number may be anything."""
    blank = {
        "study": "town",
        "specification": "guides",
        "sample": "all",
        "outcome": "guide",
        "quantity": quantity,
        "term": "guide",
        "level": "",
        "role": "measure",
        **dict.fromkeys(("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted"), 0.5),
        "n": 100,
        "n_schools": 100,
        "unit": "probability",
        "synthetic": False,
        "withheld": "",
        "cell_n": 100,
        "rest_n": None,
    }
    return {**blank, **known}


def frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    counts = dict.fromkeys(("n", "n_schools", *withhold.HELPERS), "Int64")
    return pd.DataFrame(rows, columns=COLUMNS).astype(counts)


def shares(counts: dict[str, int], sample: str = "all", rest: int | None = None, **known: object) -> list[dict]:
    """The rows of a share: how many gave each answer."""
    n = sum(counts.values())
    return [
        row(level=level, sample=sample, cell_n=c, n=n, estimate=c / n if n else 0.0, rest_n=rest, **known)
        for level, c in counts.items()
    ]


def reasons(rows: list[dict[str, object]], limit: int = LIMIT) -> list[str]:
    return withhold.small_groups(frame(rows), limit)["withheld"].tolist()


# --- one line at a time ---------------------------------------------------------------------------------------


def test_a_small_answer_takes_the_next_one_with_it() -> None:
    assert reasons(shares({"1": 3, "2": 40, "3": 57})) == [WOULD, WOULD, ""]


def test_small_answers_that_make_a_group_need_no_shield() -> None:
    assert reasons(shares({"1": 3, "2": 7, "3": 57})) == [WOULD, WOULD, ""]


def test_small_answers_that_are_still_few_together_do() -> None:
    assert reasons(shares({"1": 3, "2": 4, "3": 57, "4": 60})) == [WOULD, WOULD, WOULD, ""]


def test_nobody_is_no_group() -> None:
    assert reasons(shares({"1": 0, "2": 40, "3": 60})) == ["", "", ""]


def test_the_answer_that_an_indicator_does_not_show_counts_too() -> None:
    assert reasons([row(cell_n=95, level="1")]) == [WOULD]
    assert reasons([row(cell_n=5, level="1")]) == [WOULD]
    assert reasons([row(cell_n=90, level="1")]) == [""]
    assert reasons([row(cell_n=100, level="1")]) == [""]


def test_a_small_base_hides_all_of_it() -> None:
    assert reasons(shares({"1": 0, "2": 4, "3": 5})) == [FEW] * 3


def test_no_number_of_a_hidden_row_stays() -> None:
    released = withhold.small_groups(frame(shares({"1": 3, "2": 40, "3": 57})), LIMIT)
    hidden = released[released["withheld"].ne("")]
    assert hidden[list(contracts.NUMBERS)].isna().all(axis=None)
    assert not set(withhold.HELPERS) & set(released.columns)
    contracts.ESTIMATES.conform(released)


def test_a_sample_whose_rest_is_small_is_the_rest_told() -> None:
    rows = [row("mean", n=100, cell_n=100), row("mean", sample="phase=1", n=96, cell_n=96, rest_n=4)]
    assert reasons(rows) == ["", WOULD]


def test_samples_that_leave_few_when_put_together() -> None:
    # 40 + 52 of 100: eight did not say what phase they are, and `all` minus both is about them.
    rows = [row("mean", n=100, cell_n=100)]
    rows += [row("mean", sample=f"phase={p}", n=n, cell_n=n, rest_n=100 - n) for p, n in ((1, 40), (2, 52))]
    assert reasons(rows) == ["", WOULD, ""]
    assert reasons(rows[1:]) == [WOULD, ""], "`all` may be printed elsewhere"


def test_a_small_sample_takes_the_next_one_with_it() -> None:
    rows = [row("mean", n=108, cell_n=108)]
    rows += [row("mean", sample=f"phase={p}", n=n, cell_n=n, rest_n=108 - n) for p, n in ((1, 8), (2, 60), (3, 40))]
    assert reasons(rows) == ["", FEW, "", WOULD]


def test_a_small_sample_that_was_not_estimated_takes_one_with_it() -> None:
    placeholder = row("mean", sample="phase=1", withheld=FEW, n=None, cell_n=None, rest_n=None)
    rows = [row("mean", n=108, cell_n=108), placeholder]
    rows += [row("mean", sample=f"phase={p}", n=n, cell_n=n, rest_n=108 - n) for p, n in ((2, 60), (3, 40))]
    assert reasons(rows) == ["", FEW, "", WOULD]


def test_an_answer_hidden_in_one_sample_is_not_the_difference_of_the_others() -> None:
    rows = (
        shares({"1": 53, "2": 47})
        + shares({"1": 3, "2": 17}, "phase=1", 80)
        + shares({"1": 50, "2": 30}, "phase=2", 20)
    )
    assert reasons(rows) == ["", "", WOULD, WOULD, WOULD, WOULD]


def test_an_answer_hidden_in_all_is_not_the_sum_of_the_samples() -> None:
    rows = shares({"1": 4, "2": 30, "3": 66})
    rows += shares({"1": 0, "2": 12, "3": 33}, "phase=1", 55) + shares({"1": 4, "2": 18, "3": 33}, "phase=2", 45)
    found = pd.DataFrame({**{k: [r[k] for r in rows] for k in ("sample", "level")}, "withheld": reasons(rows)})
    two = found[found["level"].eq("2")].set_index("sample")["withheld"].ne("")
    assert two["all"], "it shields answer 1"
    assert two["phase=1"] or two["phase=2"]


def test_models_rest_on_their_smallest_group_and_do_not_add_up() -> None:
    rows = [row("coefficient", term=t, cell_n=8, role="context") for t in ("phase", "size")]
    rows += [row("coefficient", term="phase", outcome="visits", cell_n=12, role="context")]
    assert reasons(rows) == [FEW, FEW, ""]


def test_counts_of_answers_and_gaps_make_everybody() -> None:
    levels = {"1": 90, "2": 60, "missing:skipped": 2, "missing:not_asked": 0}
    rows = [row("count", specification="answers", level=k, n=c, cell_n=c) for k, c in levels.items()]
    assert reasons(rows) == ["", WOULD, WOULD, ""]


def flow(**reasons: int) -> list[dict[str, object]]:
    kept = 150
    stages = [("received", "", kept + sum(reasons.values())), *(("left_out", r, n) for r, n in reasons.items())]
    known = {"quantity": "count", "specification": "flow", "outcome": "responses", "role": "flow"}
    return [row(**known, term=t, level=r, n=n, cell_n=n) for t, r, n in [*stages, ("kept", "", kept)]]


def test_a_reason_of_few_takes_the_next_one_with_it() -> None:
    assert reasons(flow(preview=4, broke_off=30, no_consent=60)) == ["", WOULD, WOULD, "", ""]


def test_where_few_are_left_out_at_all_what_was_received_is_hidden() -> None:
    assert reasons(flow(preview=4, no_consent=3, twice=0)) == [WOULD, WOULD, WOULD, "", ""]
    assert reasons(flow(preview=40, no_consent=0)) == [""] * 4


def test_public_answers_are_shown_whole() -> None:
    rows = frame(shares({"1": 1, "2": 2, "3": 3}))
    pd.testing.assert_frame_equal(withhold.small_groups(rows, 0), rows.drop(columns=list(withhold.HELPERS)))


def test_a_row_that_was_not_estimated_keeps_its_reason() -> None:
    told = row("mean", withheld="not estimated: no responses", n=None, cell_n=None)
    assert reasons([told]) == ["not estimated: no responses"]


def test_nothing_to_withhold_from() -> None:
    assert len(withhold.small_groups(frame([]), LIMIT)) == 0


# --- the limit ------------------------------------------------------------------------------------------------


def study(public: bool) -> Study:
    known = {"title": "t", "summary": "s", "asks": {"a": "b"}, "unit": "u", "units": "us", "respondents": "r"}
    open_to_all = {"public_answers": {"licence": "l", "because": "b"}} if public else {}
    return Study.model_validate({**known, "source": {"citation": "c"}, "licence": "l", **open_to_all})


def test_the_limit_may_be_raised_and_is_lifted_only_for_public_answers() -> None:
    project = Project(title="t", subtitle="s", smallest_group=25, seed=1)
    assert withhold.limit(study(public=False), project) == 25
    assert withhold.limit(study(public=True), project) == 0
    lowered = Project.model_construct(title="t", subtitle="s", smallest_group=1, seed=1)
    assert withhold.limit(study(public=False), lowered) == 10


# --- fits -----------------------------------------------------------------------------------------------------


def fit(**known: object) -> dict[str, object]:
    return {
        "study": "town",
        "specification": "adjusted",
        "sample": "all",
        "outcome": "visits",
        "term": "",
        "family": "linear",
        "variance": "linearised",
        "weighted": True,
        "n": 94,
        "n_schools": 90,
        "left_out": "",
        "design_df": 89.0,
        "r_squared": 0.4,
        "log_likelihood": None,
        "converged": True,
        "condition_number": 3.0,
        "remarks": "",
        "withheld": "",
        **known,
    }


def fits(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows).astype({"n": "Int64", "n_schools": "Int64"})


def test_a_small_fit_keeps_its_name_and_the_reason() -> None:
    released = withhold.fits(fits(fit(n=7, left_out="missing plan: 40")), LIMIT)
    assert released["withheld"].tolist() == [FEW]
    assert released[list(withhold.FIT_NUMBERS)].isna().all(axis=None)
    assert released["left_out"].tolist() == [""]
    contracts.FITS.conform(released)


def test_a_fit_without_estimates_is_not_shown() -> None:
    estimates = frame(
        [
            row(
                "coefficient", specification="adjusted", outcome="visits", term="plan", sample="phase=1", withheld=WOULD
            ),
            row("coefficient", specification="adjusted", outcome="visits", term="plan"),
            row("difference", specification="gap", outcome="visits", term="phase", level="2", withheld=FEW),
            row("difference", specification="gap", outcome="visits", term="phase", level="3"),
        ]
    )
    gap = {"specification": "gap", "family": "difference"}
    rows = fits(fit(), fit(sample="phase=1"), fit(**gap, term="phase=2"), fit(**gap, term="phase=3"))
    assert withhold.fits(rows, LIMIT, estimates)["withheld"].tolist() == ["", WOULD, WOULD, ""]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("", ""),
        ("missing plan: 12", "missing plan: 12"),
        ("missing plan: 0", "missing plan: 0"),
        ("missing plan: 4", "missing plan: fewer than 10"),
        ("missing plan: 4; outside the sample: 90", "missing plan: fewer than 10; outside the sample: withheld"),
        ("missing: a: 4; missing b: 8; rest: 90", "missing: a: fewer than 10; missing b: fewer than 10; rest: 90"),
    ],
)
def test_left_out_names_no_few(told: str, shown: str) -> None:
    assert withhold.fits(fits(fit(left_out=told)), LIMIT)["left_out"].tolist() == [shown]


def test_fits_of_public_answers_are_shown_whole() -> None:
    rows = fits(fit(n=3, left_out="missing plan: 1"))
    pd.testing.assert_frame_equal(withhold.fits(rows, 0), rows)


# --- any survey -----------------------------------------------------------------------------------------------

ANSWERS = ("1", "2", "3")


@st.composite
def surveys(draw: st.DrawFn) -> np.ndarray:
    """How many respondents of each group (rows; the last did not say) gave each answer (columns)."""
    groups = draw(st.integers(1, 4))
    cell = st.one_of(st.just(0), st.integers(1, 9), st.integers(10, 14), st.integers(10, 80))
    cells = draw(st.lists(cell, min_size=(groups + 1) * 3, max_size=(groups + 1) * 3))
    table = np.array(cells).reshape(groups + 1, 3)
    if draw(st.booleans()):
        table[-1] = 0
    return table


def rows_of(table: np.ndarray, with_all: bool) -> list[dict[str, object]]:
    """The shares and means that `estimate` would give of all and by group; a group under the limit is not fitted."""
    found = []
    total = table.sum(axis=0)
    if with_all and total.sum():
        found += shares(dict(zip(ANSWERS, total.tolist(), strict=True)))
        found.append(row("mean", outcome="score", term="score", n=total.sum(), cell_n=total.sum()))
    for number, cells in enumerate(table[:-1]):
        sample, n, rest = f"phase={number}", int(cells.sum()), int(total.sum() - cells.sum())
        if n < LIMIT:
            blank = {"sample": sample, "withheld": FEW, "n": None, "cell_n": None, "rest_n": None}
            found += [row(**blank), row("mean", outcome="score", term="score", **blank)]
            continue
        found += shares(dict(zip(ANSWERS, cells.tolist(), strict=True)), sample, rest)
        found.append(row("mean", outcome="score", term="score", sample=sample, n=n, cell_n=n, rest_n=rest))
    return found


@given(table=surveys(), with_all=st.booleans())
@settings(max_examples=35, deadline=None)
def test_no_small_cell_is_shown_and_none_is_a_difference(table: np.ndarray, with_all: bool) -> None:
    given_rows = frame(rows_of(table, with_all))
    released = withhold.small_groups(given_rows, LIMIT)
    shown = released["withheld"].eq("").to_numpy()
    cells = given_rows["cell_n"].to_numpy(dtype=float, na_value=np.nan)
    assert not (shown & (cells > 0) & (cells < LIMIT)).any()
    assert released.loc[~shown, list(contracts.NUMBERS)].isna().all(axis=None)
    for _, part in given_rows.assign(shown=shown).groupby(["outcome", "quantity", "sample"]):
        hidden = part[~part["shown"] & part["cell_n"].notna()]
        if part["quantity"].iat[0] == "share" and len(hidden) and part["shown"].any():
            assert len(hidden) > 1
            assert hidden["cell_n"].sum() >= LIMIT
    shown_means = given_rows[shown & given_rows["quantity"].eq("mean") & given_rows["sample"].ne("all")]
    for several in range(1, len(shown_means) + 1):
        for some in itertools.combinations(shown_means["n"], several):
            assert not 0 < table.sum() - sum(some) < LIMIT


@given(table=surveys(), with_all=st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_second_look_hides_nothing_more(table: np.ndarray, with_all: bool) -> None:
    given_rows = frame(rows_of(table, with_all))
    released = withhold.small_groups(given_rows, LIMIT)
    again = withhold.small_groups(released.assign(**given_rows[list(withhold.HELPERS)]), LIMIT)
    pd.testing.assert_frame_equal(again, released)


@given(table=surveys(), order=st.randoms())
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_does_not_let_more_through(table: np.ndarray, order) -> None:
    rows = rows_of(table, with_all=True)
    order.shuffle(rows)
    shown = withhold.small_groups(frame(rows), LIMIT)["withheld"].eq("")
    assert not any(s and 0 < (r["cell_n"] or 0) < LIMIT for s, r in zip(shown, rows, strict=True))


def worked_out(table: np.ndarray) -> list[tuple[int, float]]:
    """For every small cell of a group: how many gave the answer, and the width of what an attacker has it down to.

    The attacker knows every number that is shown, that answers add up to n, and that groups, with those who did not
    say, add up to all.
    """
    rows = frame(rows_of(table, with_all=True))
    released = withhold.small_groups(rows, LIMIT)
    groups, answers = table.shape
    place = {(g, a): g * answers + a for g in range(groups) for a in range(answers)}
    equations, sums = [], []

    def add(cells: list[int], value: float) -> None:
        line = np.zeros(groups * answers)
        line[cells] = 1
        equations.append(line)
        sums.append(value)

    for given_row, out in zip(rows.itertuples(), released.itertuples(), strict=True):
        if out.withheld or given_row.outcome != "guide":
            continue
        which = range(groups) if given_row.sample == "all" else [int(given_row.sample.partition("=")[2])]
        add([place[g, ANSWERS.index(given_row.level)] for g in which], given_row.cell_n)
        add([place[g, a] for g in which for a in range(answers)], given_row.n)
    if not equations:
        return []  # nothing is shown
    found = []
    small = [(g, a) for g, a in place if 0 < table[g, a] < LIMIT]
    for g, a in small:
        goal = np.zeros(groups * answers)
        goal[place[g, a]] = 1
        ends = [
            linprog(sign * goal, A_eq=np.array(equations), b_eq=sums, bounds=(0, int(table.sum()))).fun * sign
            for sign in (1, -1)
        ]
        found.append((int(table[g, a]), ends[1] - ends[0]))
    return found


@given(table=surveys())
@settings(max_examples=25, deadline=None)
def test_an_attacker_who_adds_up_one_table_learns_no_small_cell(table: np.ndarray) -> None:
    assert all(width > 4.999 for _, width in worked_out(table))


@pytest.mark.slow
@given(table=surveys())
@settings(max_examples=1500, deadline=None)
def test_an_attacker_learns_no_small_cell_of_many_tables(table: np.ndarray) -> None:
    assert all(width > 4.999 for _, width in worked_out(table))


def test_most_of_a_usual_table_stays() -> None:
    draw = np.random.default_rng(20120112)
    total = hidden = 0
    for _ in range(10):
        table = draw.multinomial(300, [1 / 15] * 12 + [0.2, 0, 0]).reshape(5, 3)
        table[-1] = 0
        released = withhold.small_groups(frame(rows_of(table, with_all=True)), LIMIT)
        total += len(released)
        hidden += int(released["withheld"].ne("").sum())
    assert hidden / total < 0.1
