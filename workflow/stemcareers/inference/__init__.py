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
    "impute": "imputation",
    "Imputed": "imputation",
    "pool": "pooling",
    "pool_results": "pooling",
    "Pooled": "pooling",
    "mixed": "mixed_regression",
    "MixedResult": "mixed_regression",
    "robustness": "robustness_grid",
    "leave_one_cluster_out": "robustness_grid",
    "Robustness": "robustness_grid",
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
    "ordered_logit": "ordered_regression",
    "multinomial": "multinomial_regression",
    "poisson": "count_regression",
    "negative_binomial": "count_regression",
    "fractional_logit": "fractional_regression",
    "average_effects": "margins",
    "average_predictions": "margins",
    "bias_reduced": "few_clusters",
    "wald_bias_reduced": "few_clusters",
    "paired_change": "panel",
    "transitions": "panel",
    "influence_of_clusters": "cluster_influence",
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
