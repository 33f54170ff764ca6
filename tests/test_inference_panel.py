"""Change within schools and between waves, against R's survey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_families import BANDS, r, schools
from reference.r_survey import agrees
from stemcareers.errors import Problem
from stemcareers.inference import Design, difference, mean, paired_change, transitions

SCHOOLS = Design(weight="pw", strata="stype", clusters="cds")
DISTRICTS = Design(weight="pw", clusters="dnum")
CASES = {"schools": (SCHOOLS, "apistrat"), "districts": (DISTRICTS, "apiclus1")}


def waves(name: str) -> pd.DataFrame:
    """api99 and api00 as two waves of the same schools, some of which are in one wave only."""
    frame = schools(name)
    early = frame.assign(wave="1999", api=frame["api99"])[frame["snum"] % 5 != 0]
    late = frame.assign(wave="2000", api=frame["api00"])[frame["snum"] % 6 != 1]
    both = pd.concat([early, late], ignore_index=True)
    return both.assign(level=pd.cut(both["api"], **BANDS))


@pytest.mark.parametrize("case", CASES)
def test_a_difference_between_waves_knows_the_schools_in_both(case):
    design, file = CASES[case]
    used, theirs = design.on(waves(file)), r("panel", f"overlap_{case}")
    ours = difference(used, "api", between="wave", levels=["2000", "1999"])
    agrees(ours.values, theirs["value"], 1e-10)
    agrees(ours.std_error, theirs["std_error"], 1e-9)
    agrees(mean(used, "api", by="wave").covariance, theirs["covariance"], 1e-9)
    assert ours.df[0] == theirs["df"]
    # Schools in both waves make the difference more certain than two samples drawn apart would.
    means = mean(used, "api", by="wave")
    assert ours.std_error[0] < np.sqrt((means.std_error**2).sum())


@pytest.mark.parametrize("case", CASES)
def test_change_within_schools(case):
    design, file = CASES[case]
    used, theirs = design.on(waves(file)), r("panel", f"paired_{case}")
    ours = paired_change(used, "api", "cds", "wave", ("1999", "2000"))
    assert ours.quantity == "paired_change" and ours.names == (("api", ""),)
    agrees(ours.values, theirs["change"], 1e-10)
    agrees(ours.std_error, theirs["std_error"], 1e-9)
    assert ours.df[0] == theirs["df"]
    by = paired_change(used, "api", "cds", "wave", by="sch.wide")
    agrees(by.values, theirs["by"], 1e-10)
    agrees(by.covariance, theirs["by_covariance"], 1e-8, absolute=1e-12)
    in_both = waves(file).groupby("cds")["wave"].nunique().eq(2).sum()
    assert ours.n_used == in_both == ours.left_out["later wave, counted with the earlier"]
    assert ours.n_rows == len(waves(file))


@pytest.mark.parametrize("case", CASES)
def test_moves_between_answers(case):
    design, file = CASES[case]
    used, theirs = design.on(waves(file)), r("panel", f"paired_{case}")
    rows = transitions(used, "level", "cds", "wave")
    assert rows.names[:4] == tuple(("level", label) for label in BANDS["labels"])
    assert rows.groups[0] == (("level before", "low"),)
    agrees(rows.values.reshape(4, 4).T.ravel(), theirs["rows"], 1e-10)
    errors = np.array(theirs["row_errors"])
    # R gives the errors by column of its table; a share of exactly 0 or 1 has none.
    agrees(rows.std_error.reshape(4, 4).T, errors.reshape(4, 4), 1e-8, absolute=1e-12)
    cells = transitions(used, "level", "cds", "wave", of="all")
    assert cells.names[1] == ("level", "low -> middling")
    agrees(cells.values.reshape(4, 4).T.ravel(), theirs["cells"], 1e-10)
    agrees(cells.values.sum(), 1.0)


def test_the_order_of_waves_turns_the_sign():
    used = SCHOOLS.on(waves("apistrat"))
    on, back = (paired_change(used, "api", "cds", "wave", order) for order in (("1999", "2000"), ("2000", "1999")))
    # Here a school has the same weight in both waves; otherwise the earlier wave's would count.
    agrees(on.values, -back.values)
    agrees(on.std_error, back.std_error)


def test_several_responses_of_a_school_count_by_their_mean():
    frame = waves("apistrat")
    twice = pd.concat([frame.assign(api=frame["api"] - 5), frame.assign(api=frame["api"] + 5)], ignore_index=True)
    one = paired_change(SCHOOLS.on(frame), "api", "cds", "wave")
    two = paired_change(SCHOOLS.on(twice.assign(pw=twice["pw"] / 2)), "api", "cds", "wave")
    agrees([two.values, two.std_error], [one.values, one.std_error])


def test_missing_answers_are_a_missing_wave():
    frame = waves("apistrat")
    lost = frame["wave"].eq("2000") & (frame["snum"] % 4 == 0)
    ours = paired_change(SCHOOLS.on(frame.assign(api=frame["api"].mask(lost))), "api", "cds", "wave")
    theirs = paired_change(SCHOOLS.on(frame).domain(~lost), "api", "cds", "wave")
    agrees([ours.values, ours.std_error], [theirs.values, theirs.std_error])
    assert ours.left_out["missing api"] == lost.sum()


def test_replicates_give_nearly_the_linearised_error():
    used = DISTRICTS.on(waves("apiclus1"))
    agrees(
        paired_change(used.replicated("JK1"), "api", "cds", "wave").std_error,
        paired_change(used, "api", "cds", "wave").std_error,
        0.1,
    )


def refused(fit) -> str:
    with pytest.raises(Problem) as caught:
        fit()
    return str(caught.value)


def test_refusals():
    frame = waves("apistrat")
    rows_apart = Design(weight="pw", strata="stype").on(frame)
    assert "lie in two or more clusters of the design" in refused(
        lambda: paired_change(rows_apart, "api", "cds", "wave")
    )
    used = SCHOOLS.on(frame)
    assert "compares two waves, not 1999, 2001 (there are: 1999, 2000)" in refused(
        lambda: paired_change(used, "api", "cds", "wave", ("1999", "2001"))
    )
    one = SCHOOLS.on(frame[frame["wave"] == "1999"])
    assert "compares two waves, not 1999" in refused(lambda: paired_change(one, "api", "cds", "wave"))
    apart = used.domain((frame["wave"] == "1999") == (frame["snum"] % 2 == 0))
    assert "no value of 'cds' has an answer in both waves" in refused(
        lambda: paired_change(apart, "api", "cds", "wave")
    )
    twice = SCHOOLS.on(pd.concat([frame, frame], ignore_index=True))
    assert "answered twice or more in a wave" in refused(lambda: transitions(twice, "level", "cds", "wave"))
    assert "of each 'row' or of 'all', not of 'column'" in refused(
        lambda: transitions(used, "level", "cds", "wave", of="column")
    )
