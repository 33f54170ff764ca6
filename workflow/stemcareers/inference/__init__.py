"""Design-based inference: what a survey says about its population, and how sure one can be.

    from stemcareers.inference import Design, linear, mean

    survey = Design(weight="pw", strata="stype", fpc="fpc").on(schools)
    mean(survey, "api00", by="stype").to_frame()
    linear(survey, "api00", ["ell", "meals", "mobility"]).p_values

A design names columns of a frame; `on` makes them a survey; every estimator takes a survey and returns a Result.
Nothing here knows of the project's studies or files. Names are looked up when first used, so that importing this
package costs nothing.
"""

from __future__ import annotations

from importlib import import_module

_MODULE_OF = {
    "Design": "design",
    "Survey": "design",
    "Replicates": "replicates",
    "post_stratify": "calibration",
    "rake": "raking",
    "calibrate": "linear_calibration",
    "trim": "trimming",
    "population_weights": "weighting",
    "margin_table": "weighting",
    "weight_summary": "weighting",
    "Result": "results",
    "Facts": "results",
    "Term": "terms",
    "mean": "descriptives",
    "total": "descriptives",
    "share": "descriptives",
    "ratio": "descriptives",
    "quantile": "descriptives",
    "variance": "descriptives",
    "difference": "descriptives",
    "linear": "linear_regression",
    "logit": "logistic_regression",
    "wald": "hypotheses",
    "rao_scott": "hypotheses",
    "t_test": "hypotheses",
}

__all__ = list(_MODULE_OF)


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
