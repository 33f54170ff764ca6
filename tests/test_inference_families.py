"""Ordered, count, share and multinomial models, against R, and everything they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_families import DESIGNS, MODELS, r, same, schools, survey
from reference.r_survey import agrees
from stemcareers.errors import Problem
from stemcareers.inference import (
    Design,
    Term,
    fractional_logit,
    logit,
    multinomial,
    negative_binomial,
    ordered_logit,
    poisson,
    wald,
)

# optim() and its numerical second derivatives leave R's svyolr with some 7 digits; refitted in every replicate, 6.
# Elsewhere both sides stop where nothing moves any more.
TOLERANCE = {"ordered": 1e-6, "ordered_missing": 1e-6}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("family", MODELS)
def test_designs(design, family):
    if family not in r(design):
        pytest.skip("R has no such model for this design")
    theirs = r(design, family)
    # R's default iteration stops early, with replicates each its own way.
    tolerance = TOLERANCE.get(family, 1e-8 if design == "jkn" else 1e-10)
    same(MODELS[family](survey(design)), theirs, tolerance)


@pytest.mark.parametrize("family", ["ordered", "poisson", "fractional", "negative_binomial"])
def test_whole_terms(family):
    ours, theirs = wald(MODELS[family](survey("nested")), "stype"), r("wald", family)
    agrees([ours.statistic, ours.p_value], [theirs["statistic"], theirs["p_value"]], 1e-6)
    assert (ours.df, ours.ddf) == (theirs["df"], theirs["ddf"])


def test_a_whole_term_of_a_multinomial_model_is_that_of_all_its_equations():
    ours, theirs = wald(MODELS["multinomial"](survey("nested")), "meals"), r("wald", "multinomial")
    agrees([ours.statistic, ours.p_value], [theirs["statistic"], theirs["p_value"]], 1e-9)
    assert (ours.df, ours.ddf) == (2, theirs["ddf"])


def test_names():
    assert MODELS["ordered"](survey("dstrat")).names == (
        ("ell", ""),
        ("meals", ""),
        ("stype", "H"),
        ("stype", "M"),
        ("threshold", "low|middling"),
        ("threshold", "middling|good"),
        ("threshold", "good|high"),
    )
    kinds = MODELS["multinomial"](survey("dstrat"))
    assert kinds.groups[0] == (("kind", "b"),)
    assert kinds.where(kind="c").names == (("intercept", ""), ("ell", ""), ("meals", ""))
    assert MODELS["negative_binomial"](survey("dstrat")).names[-1] == ("dispersion", "")


@pytest.mark.parametrize("family", MODELS)
def test_facts(family):
    ours = MODELS[family](survey("nested"))
    assert ours.facts.converged and ours.facts.weighted and ours.facts.variance_method == "linearised"
    assert ours.facts.log_likelihood < 0 and ours.facts.condition_number > 1
    assert ours.n_used + sum(ours.left_out.values()) == 200
    jackknifed = MODELS[family](survey("jkn"))
    assert jackknifed.facts.variance_method == "JKn"
    agrees(jackknifed.values, ours.values)
    # Two ways to the same variance, near each other and not the same.
    assert (np.abs(jackknifed.std_error / ours.std_error - 1) < 0.15).all()


def test_dispersion_is_one_over_theta():
    ours = MODELS["negative_binomial"](survey("nested")).exponentiated("rate_ratio")
    agrees(ours.pick([("dispersion", "")]).values, 1 / r("nested", "negative_binomial", "theta"))
    low, high = ours.pick([("dispersion", "")]).interval()
    assert 0 < low[0] < ours.values[-1] < high[0]


def test_ordered_logit_of_united_kingdom(pisa_school_file):
    """R 4.2.2, survey 4.1, svyolr with weights and without strata.

    With the settings of optim() as they come, so to fewer digits.
    """
    pyreadstat = pytest.importorskip("pyreadstat")
    columns = ["CNT", "STRATUM", "W_FSCHWT", "SCHSIZE", "SC02Q01", "SC23Q02", "RESPCURR"]
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=columns)
    frame = frame[frame["CNT"] == "GBR"]
    frame["lsize"] = np.log(frame["SCHSIZE"].where(frame["SCHSIZE"] < 99997))
    frame["private"] = frame["SC02Q01"].map({2: 1.0, 1: 0.0})
    frame["lecture"] = frame["SC23Q02"].where(frame["SC23Q02"] < 4)
    used = Design(weight="W_FSCHWT").on(frame)
    ours = ordered_logit(used, "lecture", ["lsize", "private", "RESPCURR"])
    assert ours.names[-2:] == (("threshold", "1|2"), ("threshold", "2|3"))
    values = [0.547650554247099, -0.815708310138518, -0.120873503123127, 1.9791272849461, 3.5070066646551]
    errors = [0.385466666416697, 0.822429818056284, 0.185293475982595, 2.6173037262999, 2.61885761497861]
    agrees(ours.values, values, 2e-5)
    agrees(ours.std_error, errors, 2e-5)
    stratified = Design(weight="W_FSCHWT", strata="STRATUM", lonely="adjust").on(frame)
    errors = [0.386000504957, 0.823776981185, 0.185649621925, 2.620832920403, 2.622789823203]
    agrees(ordered_logit(stratified, "lecture", ["lsize", "private", "RESPCURR"]).std_error, errors, 2e-5)


def test_thresholds_without_terms_are_the_log_odds_of_shares():
    frame = schools("apistrat")
    means = ordered_logit(Design(weight="pw", strata="stype").on(frame), "band", [])
    shares = np.cumsum(frame.groupby("band", observed=True)["pw"].sum() / frame["pw"].sum())[:-1]
    agrees(means.values, np.log(shares / (1 - shares)), 1e-12)


def test_levels_say_the_order_of_text():
    frame = schools("apistrat").assign(answer=lambda f: f["band"].astype(str))
    design = Design(weight="pw", strata="stype", fpc="fpc")
    given = ordered_logit(
        design.on(frame), "answer", ["ell", "meals", "stype"], levels=["low", "middling", "good", "high"]
    )
    agrees(given.values, MODELS["ordered"](survey("dstrat")).values, 1e-12)
    turned = ordered_logit(
        design.on(frame), "answer", ["ell", "meals", "stype"], levels=["high", "good", "middling", "low"]
    )
    agrees(turned.values[:4], -given.values[:4], 1e-10)
    agrees(turned.std_error[:4], given.std_error[:4], 1e-10)
    agrees(turned.values[4:], -given.values[4:][::-1], 1e-10)


def test_the_baseline_changes_the_comparison_and_nothing_else():
    one, two = (multinomial(survey("nested"), "kind", ["meals"], baseline=kind) for kind in ("a", "c"))
    change = one.contrast({("meals", "", "b"): 1, ("meals", "", "c"): -1})
    agrees(two.pick([("meals", "", "b")]).values, change.values)
    agrees(two.pick([("meals", "", "b")]).std_error, change.std_error)
    agrees(one.facts.log_likelihood, two.facts.log_likelihood)


def test_a_share_of_zeros_and_ones_is_a_logit():
    agrees(
        fractional_logit(survey("nested"), "yes", ["ell", "meals"]).covariance,
        logit(survey("nested"), "yes", ["ell", "meals"]).covariance,
        1e-12,
    )


def test_twice_the_exposure_is_half_the_rate():
    used = survey("dstrat")
    frame = used.frame.assign(pupils=used.frame["api.stu"] * 2.0)
    ours = [poisson(used.design.on(frame), "count", ["meals"], exposure=e) for e in ("api.stu", "pupils")]
    agrees(ours[1].values - ours[0].values, [-np.log(2), 0], 1e-9, absolute=1e-12)
    agrees(ours[1].std_error, ours[0].std_error, 1e-7)


def test_negative_binomial_with_exposure_is_that_of_a_term_with_coefficient_one():
    used = survey("dstrat")
    frame = used.frame.assign(size=np.log(used.frame["api.stu"]), rest=used.frame["count"])
    given = negative_binomial(used.design.on(frame), "enroll", ["meals"], exposure="api.stu")
    free = negative_binomial(used.design.on(frame), "enroll", ["meals", "size"])
    assert given.left_out == {"missing enroll": 0} or sum(given.left_out.values()) == sum(free.left_out.values())
    # The likelihood with a free coefficient can only be higher, and not by much where the truth is near 1.
    assert given.facts.log_likelihood < free.facts.log_likelihood < given.facts.log_likelihood + 20


# --- refusals --------------------------------------------------------------------------------------------------


def frame_of(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": x,
            "answer": np.digitize(x + rng.logistic(size=n), [-0.7, 0.7]) + 1,
            "count": rng.poisson(np.exp(0.5 + 0.3 * x)) * (1 + rng.integers(0, 3, n)),
            "share": rng.uniform(size=n),
            "only": (np.arange(n) < 6).astype(float),
        }
    )


def refused(fit) -> str:
    with pytest.raises(Problem) as caught:
        fit()
    return str(caught.value)


def test_ordered_logit_refuses_what_has_no_order():
    frame = frame_of().assign(text=lambda f: f["answer"].map({1: "never", 2: "often", 3: "seldom"}))
    used = Design().on(frame)
    assert "never, often, seldom are text, whose order nobody has said" in refused(
        lambda: ordered_logit(used, "text", ["x"])
    )
    assert "only has 2 answers; an ordered model needs three or more" in refused(
        lambda: ordered_logit(used, "only", ["x"])
    )
    message = refused(lambda: ordered_logit(used, "text", ["x"], levels=["never", "seldom", "always", "rarely"]))
    assert "answers that are not among its levels: often" in message
    assert "no row in use has the answers always, rarely of text" in message


def test_declared_answers_that_nobody_gave_are_refused():
    frame = frame_of()
    frame["answer"] = pd.Categorical(frame["answer"], categories=[1, 2, 3, 4])
    used = Design().on(frame)
    assert "no row in use has the answer 4 of answer" in refused(lambda: ordered_logit(used, "answer", ["x"]))
    assert "no row in use has the answer 4 of answer" in refused(lambda: multinomial(used, "answer", ["x"]))
    assert "'5' is not an answer to answer" in refused(lambda: multinomial(used, "answer", ["x"], baseline=5))


def test_separation_is_refused():
    frame = frame_of()
    frame.loc[frame["only"] == 1, "answer"] = 3
    frame.loc[frame["only"] == 1, "count"] = 0
    frame.loc[frame["only"] == 1, "share"] = 1.0
    used = Design().on(frame)
    says = "only separates the outcome: some rows have a certain answer, and the coefficient has no finite value"
    assert says in refused(lambda: ordered_logit(used, "answer", ["x", "only"]))
    assert says in refused(lambda: multinomial(used, "answer", ["x", "only"]))
    assert says in refused(lambda: poisson(used, "count", ["x", "only"]))
    assert says in refused(lambda: negative_binomial(used, "count", ["x", "only"]))
    assert says in refused(lambda: fractional_logit(used, "share", ["x", "only"]))


def test_a_numeric_term_that_parts_the_answers_is_refused():
    frame = frame_of().assign(answer=lambda f: np.digitize(f["x"], [-0.5, 0.5]) + 1)
    used = Design().on(frame)
    assert "x separates the outcome" in refused(lambda: ordered_logit(used, "answer", ["x"]))
    assert "x separates the outcome" in refused(lambda: multinomial(used, "answer", ["x"]))


def test_nearly_separated_is_not_refused():
    frame = frame_of(400)
    frame["answer"] = np.digitize(frame["x"] * 40 + np.random.default_rng(1).logistic(size=400), [-20, 20]) + 1
    ours = ordered_logit(Design().on(frame), "answer", ["x"])
    assert 20 < ours.values[0] < 80 and ours.facts.converged


def test_counts_and_shares_are_refused_outside_their_range():
    frame = frame_of().assign(below=-1.0, half=lambda f: f["count"] + 0.5, none=0.0)
    frame.loc[:10, "below"] = 2.0
    used = Design().on(frame)
    assert "the outcome is negative in 49 of 60 rows" in refused(lambda: poisson(used, "below", ["x"]))
    assert "no whole number in 60 of 60 rows; use a poisson model" in refused(
        lambda: negative_binomial(used, "half", ["x"])
    )
    assert "outside 0 to 1 in 60 of 60 rows. Give shares, not percentages" in refused(
        lambda: fractional_logit(used, "below", ["x"])
    )
    assert "the exposure none is not positive in 60 of 60 rows" in refused(
        lambda: poisson(used, "count", ["x"], exposure="none")
    )


def test_counts_without_dispersion_are_refused():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=300), "count": rng.binomial(4, 0.5, size=300)})
    assert "vary no more than Poisson's around their means" in refused(
        lambda: negative_binomial(Design().on(frame), "count", ["x"])
    )


def test_every_family_refuses_what_linear_models_refuse():
    frame = frame_of().assign(twice=lambda f: f["x"] * 2, same=1.0)
    used = Design().on(frame)
    fits = {
        "answer": (ordered_logit, multinomial),
        "count": (poisson, negative_binomial),
        "share": (fractional_logit,),
    }
    for outcome, families in fits.items():
        for family in families:
            assert "x and twice cannot be told apart" in refused(lambda f=family, o=outcome: f(used, o, ["x", "twice"]))
            assert "same is 1 in every row in use" in refused(lambda f=family, o=outcome: f(used, o, ["x", "same"]))
            small = used.domain(np.arange(60) < 9)
            assert "residual degrees of freedom are left" in refused(
                lambda f=family, o=outcome, s=small: f(s, o, ["x"])
            )
            assert "no rows are left" in refused(
                lambda f=family, o=outcome: f(Design().on(frame.assign(gone=np.nan)), o, ["gone"])
            )


def test_a_term_in_one_cluster_only_has_no_replicate_errors():
    frame = frame_of().assign(school=np.arange(60) // 6)
    used = Design(clusters="school").on(frame).replicated("JK1")
    assert "no coefficients with some of the replicate weights" in refused(
        lambda: ordered_logit(used, "answer", ["x", "only"], fewest_df=1)
    )


def test_a_reference_level_reaches_every_family():
    used = survey("nested")
    from_h = ordered_logit(used, "band", [Term("stype", reference="H"), "meals"])
    from_e = ordered_logit(used, "band", ["stype", "meals"])
    change = from_e.contrast({("stype", "M"): 1, ("stype", "H"): -1})
    agrees(from_h.pick([("stype", "M")]).std_error, change.std_error)


@pytest.mark.slow
def test_ordered_logit_is_fast():
    from time import perf_counter

    rng = np.random.default_rng(0)
    x = rng.normal(size=(100_000, 5))
    frame = pd.DataFrame(x, columns=list("abcde"))
    frame["answer"] = np.digitize(x @ [0.5, -0.3, 0.2, 0, 0.1] + rng.logistic(size=100_000), [-1, 0, 1])
    frame["weight"], frame["school"] = rng.uniform(1, 3, 100_000), rng.integers(0, 500, 100_000)
    used = Design(weight="weight", clusters="school").on(frame)
    times = []
    for _ in range(3):
        start = perf_counter()
        ordered_logit(used, "answer", list("abcde"))
        times.append(perf_counter() - start)
    assert min(times) < 1.5  # a fifth of that on a machine that does nothing else
