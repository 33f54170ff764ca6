"""The families a specification can name, each once: what describes and compares, the models, and grids of models."""

from __future__ import annotations

from typing import Literal, get_args

Description = Literal[
    "mean",
    "share",
    "total",
    "ratio",
    "quantile",
    "variance",
    "distribution",
    "difference",
    "contrast",
    "association",
    "change",
    "transitions",
]
Model = Literal[
    "linear",
    "logit",
    "ordered_logit",
    "poisson",
    "negative_binomial",
    "fractional_logit",
    "multinomial",
    "mixed",
]
Family = Literal[Description, Model, "robustness"]
DESCRIPTIONS: tuple[str, ...] = get_args(Description)
MODELS: tuple[str, ...] = get_args(Model)
