"""Multiple imputation by chained equations: several completed copies of a survey, told apart only by what was missing.

    imputed = impute(survey, {"workload": "ordered", "phase": "nominal", "income": "numeric"}, using=["weight"], seed=1)
    pool(imputed, lambda survey: linear(survey, "income", ["workload", "phase"]))

Each answer is drawn in turn given all others, and the round is repeated until draws no longer depend on where it
began. What is assumed: that who did not answer depends on what is in the equations alone (missing at random); so
everything of the later analysis belongs in them, its outcome too, and the weight, stratum or cluster means where
these tell of the answers. Sources: van Buuren & Groothuis-Oudshoorn (2011), Journal of Statistical Software 45,
doi:10.18637/jss.v045.i03; Raghunathan and others (2001), Survey Methodology 27, 85-95.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import numbers, require_columns, text
from stemcareers.inference.imputation_models import DRAW, Known
from stemcareers.inference.terms import Term, as_terms, model_matrix

KINDS = tuple(DRAW)


@dataclass(frozen=True)
class Imputed:
    """Completed copies of a survey.

    observed  the survey as it was given.
    surveys   the completed ones; their frames differ from its in missing values only.
    kinds     how each column was drawn.
    missing   how many values of each column were missing in the rows in use.
    trace     column, imputation, iteration, mean, sd: of the values drawn in each round; codes 0, 1, ... in place of
              categories. Chains that drift or keep apart have not settled: give more iterations.
    """

    observed: Survey
    surveys: tuple[Survey, ...]
    kinds: Mapping[str, str]
    missing: Mapping[str, int]
    trace: pd.DataFrame = field(repr=False)

    def __len__(self) -> int:
        return len(self.surveys)

    def comparison(self) -> pd.DataFrame:
        """What was observed beside what was imputed, for every column that had missing values.

        Columns: column, quantity (share of a level, or mean, sd, smallest, largest of numbers), level, n_observed,
        n_missing, observed, imputed (over all imputations together). Unweighted. They may well differ: who does not
        answer is not everyone. A difference that nobody can explain is a reason to look at the equations.
        """
        rows = []
        for column, kind in self.kinds.items():
            if not self.missing[column]:
                continue
            given = self.observed.column(column)
            absent = given.isna().to_numpy()
            drawn = pd.concat([survey.column(column)[absent] for survey in self.surveys])
            counts = {"n_observed": int((~absent).sum()), "n_missing": int(absent.sum())}
            for quantity, level, observed, imputed in _compared(given[~absent], drawn, kind):
                rows.append({"column": column, "quantity": quantity, "level": level, **counts})
                rows[-1] |= {"observed": observed, "imputed": imputed}
        return pd.DataFrame(rows)


def impute(
    survey: Survey,
    kinds: Mapping[str, str],
    using: Sequence[Term | str] = (),
    *,
    m: int = 5,
    iterations: int = 10,
    seed: int,
) -> Imputed:
    """`m` completed copies of a survey.

    kinds       how to draw each column: "binary" and "nominal" by (multinomial) logit, "ordered" by ordered logit,
                "numeric" by predictive mean matching. Columns without missing values are welcome: they predict.
    using       further predictors, which must be complete.
    iterations  rounds through the columns before a copy is kept.
    seed        the copies depend on it, and not on the order of rows or columns; more copies leave the first alone.

    Observed values are never changed, nor are rows that are not in use. Raises Problem, with everything that is
    wrong: unknown kinds, columns with fewer than two values, binary ones with more, predictors with missing values.
    """
    terms = sorted(as_terms(using), key=lambda term: term.column)
    _require(survey, kinds, terms, m, iterations, seed)
    extra = _standardised(model_matrix(survey, terms, intercept=False).values.T)
    order = _canonical([*(_codes(survey.column(name), kinds[name]) for name in sorted(kinds)), *extra])
    columns = [_Column.of(survey, name, kinds[name], order) for name in sorted(kinds)]
    extra = extra[:, order]

    surveys, trace, starts = [], [], {}
    for imputation in range(m):
        chain = _Chain(columns, extra, np.random.default_rng([seed, imputation]), starts)
        for iteration in range(iterations):
            trace += [(name, imputation + 1, iteration + 1, mean, sd) for name, mean, sd in chain.round()]
        surveys.append(replace(survey, frame=_completed(survey, columns, chain, order)))
    return Imputed(
        observed=survey,
        surveys=tuple(surveys),
        kinds=dict(kinds),
        missing={name: int(survey.column(name).isna().sum()) for name in kinds},
        trace=pd.DataFrame(trace, columns=["column", "imputation", "iteration", "mean", "sd"]),
    )


@dataclass(frozen=True)
class _Column:
    """A column to be completed, its rows in canonical order.

    codes    (n,) codes of the levels, or numbers; NaN where missing.
    levels   the values behind the codes; None for numbers.
    missing, known  places without a value, and with one.
    centre, spread  (k,) what its predictors are standardised by.
    """

    name: str
    kind: str
    codes: np.ndarray
    levels: np.ndarray | None
    missing: np.ndarray
    known: np.ndarray
    centre: np.ndarray
    spread: np.ndarray

    @staticmethod
    def of(survey: Survey, name: str, kind: str, order: np.ndarray) -> _Column:
        values = survey.column(name)
        codes = _codes(values, kind)[order]
        missing, known = np.flatnonzero(np.isnan(codes)), np.flatnonzero(~np.isnan(codes))
        levels = None if kind == "numeric" else _observed_levels(values)[1]
        raw = _raw(codes[known], 0 if levels is None else len(levels))
        return _Column(name, kind, codes, levels, missing, known, raw.mean(axis=1), _spread(raw))

    @property
    def n_levels(self) -> int:
        """Levels there are; 0 for numbers."""
        return 0 if self.levels is None else len(self.levels)

    def predictors(self, codes: np.ndarray) -> np.ndarray:
        """(k, n) what complete values of this column bring to the equations of the others."""
        return (_raw(codes, self.n_levels) - self.centre[:, None]) / self.spread[:, None]


class _Chain:
    """One completed copy in the making."""

    def __init__(
        self,
        columns: Sequence[_Column],
        extra: np.ndarray,
        rng: np.random.Generator,
        starts: dict[str, np.ndarray],
    ) -> None:
        self.rng = rng
        # Those with the fewest gaps first, as their draws rest on the most.
        self.visits = sorted((c for c in columns if len(c.missing)), key=lambda c: (len(c.missing), c.name))
        self.values = {column.name: self._filled(column) for column in columns}
        # Where coefficients were last found, by any chain: the search for the next ones begins there.
        self.starts = starts
        self.place: dict[str, slice] = {}
        blocks = [column.predictors(self.values[column.name]) for column in columns]
        ends = np.cumsum([len(block) for block in blocks])
        for column, block, end in zip(columns, blocks, ends, strict=True):
            self.place[column.name] = slice(int(end) - len(block), int(end))
        self.x = np.vstack([*blocks, extra])

    def round(self) -> list[tuple[str, float, float]]:
        """Draw every column once; the mean and standard deviation of what was drawn."""
        told = []
        for column in self.visits:
            block = self.place[column.name]
            x = np.concatenate([self.x[: block.start], self.x[block.stop :]])
            answers = column.codes[column.known]
            answers = answers if column.levels is None else answers.astype(np.intp)
            data = Known(x.take(column.known, axis=1), x.take(column.missing, axis=1), answers, column.n_levels)
            drawn, self.starts[column.name] = DRAW[column.kind](data, self.rng, self.starts.get(column.name))
            self.values[column.name][column.missing] = drawn
            self.x[self.place[column.name]] = column.predictors(self.values[column.name])
            told.append((column.name, float(drawn.mean()), float(drawn.std())))
        return told

    def _filled(self, column: _Column) -> np.ndarray:
        """Where a chain begins: gaps filled with observed values at random."""
        values = column.codes.copy()
        values[column.missing] = values[self.rng.choice(column.known, size=len(column.missing))]
        return values


def _codes(values: pd.Series, kind: str) -> np.ndarray:
    """(n,) numbers, or codes of the levels observed in their order; NaN where missing."""
    if kind == "numeric":
        return numbers(values)
    coded = _observed_levels(values)[0].astype(float)
    return np.where(coded < 0, np.nan, coded)


def _observed_levels(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes (-1 where missing) and the levels that occur: in the order of the categories, else sorted."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        coded, levels = pd.factorize(values, sort=True)
        return coded, np.asarray(levels)
    coded = values.cat.codes.to_numpy()
    used = np.unique(coded[coded >= 0])
    return np.where(coded < 0, -1, np.searchsorted(used, coded)), values.cat.categories[used].to_numpy()


def _raw(codes: np.ndarray, levels: int) -> np.ndarray:
    """(k, n) numbers as they are; categories as zeros and ones for each level but the first."""
    return codes[None, :] if not levels else (codes == np.arange(1, levels)[:, None]).astype(float)


def _spread(rows: np.ndarray) -> np.ndarray:
    spread = rows.std(axis=1)
    return np.where(spread > 0, spread, 1.0)


def _standardised(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(axis=1, keepdims=True)) / _spread(rows)[:, None]


def _canonical(keys: Sequence[np.ndarray]) -> np.ndarray:
    """The rows in an order that depends on their values alone, so that random numbers follow the rows."""
    return np.lexsort(tuple(keys[::-1]))


def _completed(survey: Survey, columns: Sequence[_Column], chain: _Chain, order: np.ndarray) -> pd.DataFrame:
    """The frame with missing values filled in, types kept."""
    filled = {}
    for column in columns:
        if not len(column.missing):
            continue
        drawn = chain.values[column.name][column.missing]
        values = drawn if column.levels is None else column.levels[drawn.astype(np.intp)]
        whole = survey.frame[column.name].copy()
        whole.iloc[survey.rows[order[column.missing]]] = values
        filled[column.name] = whole
    return survey.frame.assign(**filled)


def _compared(given: pd.Series, drawn: pd.Series, kind: str) -> list[tuple[str, str, float, float]]:
    if kind == "numeric":
        one, two = numbers(given), numbers(drawn)
        sizes = {"mean": np.mean, "sd": np.std, "smallest": np.min, "largest": np.max}
        return [(name, "", float(size(one)), float(size(two))) for name, size in sizes.items()]
    return [
        ("share", text(level), float((given == level).mean()), float((drawn == level).mean()))
        for level in _observed_levels(given)[1]
    ]


def _require(
    survey: Survey, kinds: Mapping[str, str], terms: Sequence[Term], m: int, iterations: int, seed: int
) -> None:
    """A Problem with everything that stands in the way."""
    predictors = [term.column for term in terms]
    require_columns(survey.frame, [*kinds, *predictors])
    wrong = []
    if m < 2:
        wrong.append(f"m is {m}: it takes two imputations or more to see how far they differ")
    if not isinstance(seed, Integral) or seed < 0:
        wrong.append(f"seed is {seed!r}; give a whole number from 0 up, so that the copies can be made again")
    if iterations < 1:
        wrong.append(f"iterations is {iterations}; give one or more")
    wrong += [f"{name} is both drawn and in `using`" for name in kinds if name in predictors]
    wrong += [f"{name} belongs to the design" for name in kinds if name in survey.design.columns]
    for name, kind in kinds.items():
        wrong += _faults(survey.column(name), kind)
    for name in predictors:
        if gaps := int(survey.column(name).isna().sum()):
            wrong.append(f"{name} predicts and is missing in {gaps} rows: say its kind, so that it is drawn as well")
    if not wrong:
        wrong += model_matrix(survey, terms, intercept=True).wrong
    if wrong:
        raise Problem("imputation", *wrong)


def _faults(values: pd.Series, kind: str) -> list[str]:
    name = values.name
    if kind not in KINDS:
        return [f"{name}: kind {kind!r} is not known{did_you_mean(kind, KINDS)} ({', '.join(KINDS)})"]
    levels = values.dropna().nunique()
    if levels < 2:
        return [f"{name}: has {levels} different values in {int(values.notna().sum())} answers: nothing to learn from"]
    if kind == "binary" and levels > 2:
        return [f"{name}: is binary and has {levels} levels; say nominal or ordered"]
    if kind == "numeric" and not pd.api.types.is_numeric_dtype(values.dtype):
        return [f"{name}: holds {values.dtype} values, where numbers are due"]
    return []
