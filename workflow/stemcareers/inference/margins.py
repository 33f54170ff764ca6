"""What a model says in the outcome's own unit: average effects of its terms, and average predictions.

    effects = average_effects(logit(survey, "offers", ["priority", "phase"]))
    average_predictions(model, {"priority": [1, 5]})

An effect is what a model expects of every response with the term changed and all else as it is, averaged over the
population that the weights stand for. Errors are by the delta method: what uncertain coefficients bring, with the
design's covariance. Sources: Bartus (2005), Estimation of marginal effects using margeff, Stata Journal 5; Korn &
Graubard (1999), Analysis of Health Surveys, section 3.7 (predictive margins).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.fitted import FittedModel
from stemcareers.inference.frames import categories, text
from stemcareers.inference.results import Group, Name, Result

COVARIATES = ("fixed", "sampled")
# Rows predicted at a time: few enough for their second derivatives to stay small.
_BLOCK = 20_000


@dataclass(frozen=True)
class _Quantity:
    """One effect or prediction, of J expected outcomes, averaged over rows.

    each  (x, offset, values) -> (n, J) of every row.
    turn  (x, offset, weights) -> (J, m) the weighted sum over rows of its derivatives by the parameters.
    """

    name: Name
    each: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    turn: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def average_effects(result: Result, terms: Sequence[str] | str | None = None, covariates: str = "fixed") -> Result:
    """The average marginal effect of each term on the expected outcome, in the outcome's unit.

    result      of linear, logit, ordered_logit, poisson, negative_binomial, fractional_logit or multinomial.
    terms       None: all of the model's.
    covariates  "fixed": errors take the responses' terms, and the weights that average over them, as given;
                "sampled": they too come from the sample, and vary with it.

    A numeric term's effect is the derivative: what one unit more brings, all else equal. A category's is the change
    from the reference level, a zero-one term's from 0 to 1. Probabilities change by shares: 0.05 is five percentage
    points. Where the outcome has categories, each has its own effects, as a group of the result: `where(band="low")`.
    Degrees of freedom are the model's.
    """
    model = _model(result, "average effects")
    chosen = _terms(model) if terms is None else [terms] if isinstance(terms, str) else list(terms)
    _require_terms(model, chosen, "average effects")
    quantities = [quantity for term in chosen for quantity in _effects_of(model, term)]
    return _averaged(result, model, "marginal_effect", quantities, covariates)


def average_predictions(
    result: Result,
    at: Mapping[str, Sequence[object]] | Sequence[Mapping[str, Sequence[object]]] | None = None,
    covariates: str = "fixed",
) -> Result:
    """The average expected outcome, as the responses are or with terms set to values.

    at          values or levels of terms; several terms are crossed. None: every response as it is. The name of an
                estimate is its terms and values: ("priority", "5"), or ("priority x phase", "5 x primary"). A list of
                such mappings gives the estimates of each, with the covariances between them.
    covariates  as in `average_effects`.

    Probabilities where the outcome has categories, a group of the result for each.
    """
    model = _model(result, "average predictions")
    quantities = []
    for one in [at or {}] if at is None or isinstance(at, Mapping) else at:
        _require_terms(model, list(one), "average predictions")
        for values in _crossed(list(one.values())):
            places = dict(zip(one, values, strict=True))
            name = (" x ".join(places), " x ".join(text(value) for value in values)) if places else (model.outcome, "")
            quantities.append(_prediction(model, name, _setting(model, places)))
    return _averaged(result, model, "prediction", quantities, covariates)


# --- which changes are made to the right-hand side -------------------------------------------------------------

# Turns a right-hand side into another, with some of its columns set.
_Setting = Callable[[np.ndarray], np.ndarray]


def _effects_of(model: FittedModel, term: str) -> Iterator[_Quantity]:
    columns = _columns(model, term)
    if _is_categorical(model, term):
        base = _setting(model, {term: _reference(model, term)})
        for column in columns:
            level = model.columns[column][1]
            yield _change((term, level), model, _setting(model, {term: level}), base)
    elif np.isin(model.x[:, columns[0]], (0.0, 1.0)).all():
        yield _change((term, ""), model, _setting(model, {term: 1.0}), _setting(model, {term: 0.0}))
    else:
        yield _derivative((term, ""), model, columns[0])


def _setting(model: FittedModel, values: Mapping[str, object]) -> _Setting:
    """The right-hand side with terms set to values."""
    fixed: dict[int, float] = {}
    for term, value in values.items():
        columns = _columns(model, term)
        if not _is_categorical(model, term):
            if isinstance(value, str) or not np.isfinite(value):
                raise Problem("average predictions", f"{term} is numeric, and {value!r} is no number")
            fixed[columns[0]] = float(value)
            continue
        levels = [_reference(model, term), *(model.columns[column][1] for column in columns)]
        if text(value) not in levels:
            raise Problem(
                "average predictions",
                f"{text(value)!r} is not a level of {term}{did_you_mean(text(value), levels)} ({', '.join(levels)})",
            )
        fixed |= {column: float(model.columns[column][1] == text(value)) for column in columns}

    def change(x: np.ndarray) -> np.ndarray:
        if not fixed:
            return x
        x = x.copy()
        for column, value in fixed.items():
            x[:, column] = value
        return x

    return change


def _crossed(values: list[Sequence[object]]) -> list[tuple[object, ...]]:
    from itertools import product

    return list(product(*values))


def _terms(model: FittedModel) -> list[str]:
    return list(dict.fromkeys(term for term, _ in model.columns if term != "intercept"))


def _columns(model: FittedModel, term: str) -> list[int]:
    return [place for place, (column, _) in enumerate(model.columns) if column == term]


def _is_categorical(model: FittedModel, term: str) -> bool:
    return any(level for column, level in model.columns if column == term)


def _reference(model: FittedModel, term: str) -> str:
    """The level a category's others are compared with: the one in use that has no column."""
    coded, levels = categories(model.survey.column(term))
    compared = {level for column, level in model.columns if column == term}
    return next(level for place, level in enumerate(levels) if level not in compared and (coded == place).any())


# --- averages and their derivatives --------------------------------------------------------------------------


def _prediction(model: FittedModel, name: Name, setting: _Setting) -> _Quantity:
    def each(x: np.ndarray, offset: np.ndarray, values: np.ndarray) -> np.ndarray:
        return model.response.mean(_predictors(model, setting(x), offset, values))

    def turn(x: np.ndarray, offset: np.ndarray, weights: np.ndarray) -> np.ndarray:
        x = setting(x)
        first = model.response.first(_predictors(model, x, offset, model.values))
        by_column = np.einsum("nje,np->jep", first * weights[:, None, None], x, optimize=True)
        return np.einsum("jep,epm->jm", by_column, model.loadings)

    return _Quantity(name, each, turn)


def _change(name: Name, model: FittedModel, to: _Setting, base: _Setting) -> _Quantity:
    after, before = _prediction(model, name, to), _prediction(model, name, base)
    return _Quantity(
        name,
        lambda *given: after.each(*given) - before.each(*given),
        lambda *given: after.turn(*given) - before.turn(*given),
    )


def _derivative(name: Name, model: FittedModel, column: int) -> _Quantity:
    """How fast the expected outcomes grow with one column."""

    def each(x: np.ndarray, offset: np.ndarray, values: np.ndarray) -> np.ndarray:
        first = model.response.first(_predictors(model, x, offset, values))
        return first @ model.coefficients(values)[:, column]

    def turn(x: np.ndarray, offset: np.ndarray, weights: np.ndarray) -> np.ndarray:
        eta, own = _predictors(model, x, offset, model.values), model.coefficients()[:, column]
        first, second = model.response.first(eta), model.response.second(eta)
        bent = (second @ own) * weights[:, None, None]
        by_column = np.einsum("njf,np->jfp", bent, x, optimize=True)
        direct = np.einsum("nje,n->je", first, weights) @ model.loadings[:, column, :]
        return np.einsum("jfp,fpm->jm", by_column, model.loadings) + direct

    return _Quantity(name, each, turn)


def _predictors(model: FittedModel, x: np.ndarray, offset: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(n, E) the linear predictors."""
    return x @ model.coefficients(values).T + offset[:, None]


def _averaged(
    result: Result, model: FittedModel, quantity: str, quantities: Sequence[_Quantity], covariates: str
) -> Result:
    """The averages with their covariance; outcomes' categories are groups."""
    if covariates not in COVARIATES:
        raise Problem(quantity.replace("_", " "), f"covariates are {' or '.join(COVARIATES)}, not {covariates!r}")
    if not quantities:
        raise Problem(quantity.replace("_", " "), "no value is given" if _terms(model) else "the model has no terms")
    weights = model.weights / model.weights.sum()
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(weights), _BLOCK)]

    def average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [
                sum(weights[b] @ q.each(model.x[b], model.offset[b], values) for b in blocks)  # one value a category
                for q in quantities
            ]
        )

    values = average(model.values, weights)
    turns = np.vstack([sum(q.turn(model.x[b], model.offset[b], weights[b]) for b in blocks) for q in quantities])
    if covariates == "fixed":
        covariance = turns @ model.covariance @ turns.T
    else:
        each = np.hstack([q.each(model.x, model.offset, model.values) for q in quantities])
        influence = (each - values) * weights[:, None] + model.influence @ turns.T

        def point(replicates: np.ndarray) -> np.ndarray:
            refits = model.refitted(replicates)
            return np.column_stack(
                [average(fit, own / own.sum()) for fit, own in zip(refits.T, replicates.T, strict=True)]
            )

        covariance = model.survey.covariance(influence, point)
    several = len(model.categories) > 1
    groups: list[Group] = [((model.outcome, category),) if several else () for category in model.categories]
    size = len(values)
    return replace(
        result,
        quantity=quantity,
        names=tuple(q.name for q in quantities for _ in model.categories),
        groups=tuple(groups * len(quantities)),
        values=values,
        covariance=(covariance + covariance.T) / 2,
        df=np.full(size, result.design_df),
        n=np.full(size, result.n_used),
        n_clusters=np.full(size, result.n_clusters_used),
        model=None,
    )


def _model(result: Result, where: str) -> FittedModel:
    if result.model is None or result.facts.variance_method == "CR2":
        raise Problem(
            where,
            f"start from the coefficients of a model with the design's errors, and these are {result.quantity} "
            f"estimates with {result.facts.variance_method} errors",
        )
    return result.model


def _require_terms(model: FittedModel, terms: Sequence[str], where: str) -> None:
    known = _terms(model)
    if unknown := [term for term in terms if term not in known]:
        raise Problem(where, *(f"{term!r} is not a term of the model{did_you_mean(term, known)}" for term in unknown))
