"""The surveys and models of `survey/families.R`, under the same names."""

from __future__ import annotations

import numpy as np
import pandas as pd
from reference.r_survey import agrees, data, numbers
from stemcareers.inference import (
    Design,
    Survey,
    fractional_logit,
    linear,
    logit,
    multinomial,
    negative_binomial,
    ordered_logit,
    poisson,
    post_stratify,
)

BANDS = {"bins": [0, 560, 650, 740, 1000], "labels": ["low", "middling", "good", "high"]}


def schools(name: str) -> pd.DataFrame:
    """An api sample with the variables that `families.R` adds."""
    frame = data(name)
    frame["band"] = pd.cut(frame["api00"], **BANDS)
    frame["answered"] = frame["band"].where(frame["snum"] % 7 != 0)
    frame["count"] = frame["api.stu"] // 60
    frame["share"] = frame["meals"] / 100
    frame["kind"] = np.where(frame["api00"] > 700, "b", np.where(frame["growth"] > 30, "a", "c"))
    return frame


def survey(name: str) -> Survey:
    """One of the designs of `families.R`."""
    nested = Design(weight="pw", strata="stype", clusters="dnum", nest=True)
    one_stage = Design(weight="pw", clusters="dnum", fpc="fpc")
    if name == "dstrat":
        return Design(weight="pw", strata="stype", fpc="fpc").on(schools("apistrat"))
    if name == "nested":
        return nested.on(schools("apistrat"))
    if name == "dclus1":
        return one_stage.on(schools("apiclus1"))
    if name == "two_stage":
        return Design(weight="pw", clusters=("dnum", "snum"), fpc=("fpc1", "fpc2")).on(schools("apiclus2"))
    if name == "domain_nested":
        return nested.on(schools("apistrat")).domain(lambda frame: frame["api99"] > 500)
    if name == "posted":
        return post_stratify(one_stage.on(schools("apiclus1")), "stype", {"E": 4421, "H": 755, "M": 1018})
    if name == "jkn":
        return nested.on(schools("apistrat")).replicated("JKn", centre="estimate")
    raise KeyError(name)


DESIGNS = ["dstrat", "nested", "dclus1", "two_stage", "domain_nested", "posted", "jkn"]

# The models of `families.R`; converged past R's own tolerance where R was told to.
MODELS = {
    "ordered": lambda s: ordered_logit(s, "band", ["ell", "meals", "stype"]),
    "ordered_missing": lambda s: ordered_logit(s, "answered", ["ell", "meals", "stype"]),
    "poisson": lambda s: poisson(s, "count", ["meals", "stype"]),
    "poisson_rate": lambda s: poisson(s, "api.stu", ["meals", "stype"], exposure="enroll"),
    "fractional": lambda s: fractional_logit(s, "share", ["ell", "stype"]),
    "negative_binomial": lambda s: negative_binomial(s, "count", ["meals", "stype"]),
    "multinomial": lambda s: multinomial(s, "kind", ["ell", "meals"]),
}
MARGIN_MODELS = {
    **{name: MODELS[name] for name in ("ordered", "multinomial", "negative_binomial")},
    "linear": lambda s: linear(s, "api00", ["ell", "stype", "yes"]),
    "logit": lambda s: logit(s, "yes", ["ell", "meals", "stype"], tolerance=1e-14),
    "poisson": lambda s: poisson(s, "count", ["meals", "stype", "yes"], tolerance=1e-14),
    "fractional": lambda s: fractional_logit(s, "share", ["ell", "stype"], tolerance=1e-14),
}


def r(*keys: str) -> dict:
    """Numbers in `families.json`, by their keys in turn."""
    found = numbers("families")
    for key in keys:
        found = found[key]
    return found


def same(ours, theirs: dict, relative: float = 1e-8) -> None:
    """Values, covariance, errors, degrees of freedom, p values, intervals."""
    agrees(ours.values, theirs["values"], relative)
    agrees(ours.covariance, theirs["covariance"], relative * 10, absolute=1e-10 * np.abs(theirs["covariance"]).max())
    agrees(ours.std_error, theirs["std_error"], relative)
    agrees(ours.df, np.broadcast_to(theirs["df"], len(ours)), relative)
    agrees(ours.p_values, theirs["p_values"], relative * 100)
    agrees(np.transpose(ours.interval()), theirs["interval"], relative * 10)
