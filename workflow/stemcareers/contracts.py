"""The tables between stages: columns, types, bounds, key. Checked on writing and on reading.

A contract guards us against ourselves: what it refuses is a bug, so it raises ContractBroken with a traceback.
What a survey's own answers can do wrong is caught before, in quarantine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from stemcareers.files import finished_or_absent

MISSING_REASONS = ("", "not_asked", "skipped", "dont_know", "prefer_not", "refused_value")
TYPES = {"text": "string", "integer": "Int64", "float": "float64", "flag": "bool"}
SIGNIFICANT_DIGITS = 9


class ContractBroken(Exception):
    """A table that is not what its contract promises: a bug of ours, never a fault of the data."""


@dataclass(frozen=True)
class Column:
    """One column: its name, its kind (text, integer, float, flag), and what it may hold."""

    name: str
    kind: str
    optional: bool = False
    low: float | None = None
    high: float | None = None
    one_of: tuple[str, ...] = ()
    meaning: str = ""


@dataclass(frozen=True)
class Contract:
    """A table: its columns in order, its key, and the further columns it may have.

    may_have  columns that need not be there; a name that ends in `*` is that of every column which begins so.
    others    the kinds of columns of any other name.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    others: tuple[str, ...] = ()
    may_have: tuple[Column, ...] = ()

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with the contract's types, columns in order, rows sorted by key, no index.

        Raises ContractBroken with everything that is wrong.
        """
        wrong = [f"column '{c.name}' is missing" for c in self.columns if c.name not in frame.columns]
        wrong += [f"column '{name}' stands twice" for name in frame.columns[frame.columns.duplicated()].unique()]
        named = {c.name: c for c in [*self.columns, *self._further(frame.columns)]}
        extra = [c for c in frame.columns if c not in named]
        if extra and not self.others:
            wrong.append(f"unknown columns: {', '.join(map(str, extra))}")
        self._break_if(wrong)
        ready = {}
        for name in [*named, *extra]:
            try:
                ready[name] = _typed(frame[name], named[name].kind if name in named else None)
            except TypeError as error:
                wrong.append(f"column '{name}' {error}")
        self._break_if(wrong)
        table = pd.DataFrame(ready, index=frame.index)
        wrong += [w for c in named.values() for w in _faults(table[c.name], c)]
        for name in extra:
            if not self._allowed(table[name].dtype):
                wrong.append(f"column '{name}' has type {table[name].dtype}")
        blank = [k for k in self.key if table[k].isna().any()]
        if blank:
            wrong.append(f"the key has missing values in {', '.join(blank)}")
        twice = int(table.duplicated(list(self.key)).sum())
        if twice:
            wrong.append(f"{twice} rows repeat the key {' + '.join(self.key)}")
        self._break_if(wrong)
        return table.sort_values(list(self.key), kind="stable").reset_index(drop=True)

    def write(self, frame: pd.DataFrame, path: str | Path) -> None:
        """Check, sort and write: parquet, or csv (public tables) by the name's ending; whole or not at all.

        The same rows give the same bytes. In csv floats keep nine significant digits, and a text cannot be missing.
        """
        table = self.conform(frame)
        as_csv = str(path).endswith(".csv")
        if as_csv:
            self._break_if(
                f"column '{c.name}' has missing text, which csv cannot tell from empty text"
                for c in self.columns
                if c.kind == "text" and table[c.name].isna().any()
            )
        with finished_or_absent(path) as temporary:
            if as_csv:
                rounded(table).to_csv(temporary, index=False, lineterminator="\n")
            else:
                table.to_parquet(temporary, index=False, engine="pyarrow", compression="zstd")

    def read(self, path: str | Path) -> pd.DataFrame:
        """The table in a file, checked again."""
        if str(path).endswith(".csv"):
            text = [c.name for c in self.columns if c.kind == "text"]
            frame = pd.read_csv(
                path,
                dtype={c.name: TYPES[c.kind] for c in self.columns if c.kind != "flag"},
                keep_default_na=False,
                na_values={c.name: [""] for c in self.columns if c.name not in text},
            )
            for name in text:
                frame[name] = frame[name].fillna("")
            for c in self.columns:
                if c.kind == "flag" and frame.empty:
                    frame[c.name] = frame[c.name].astype("bool")
        else:
            frame = pd.read_parquet(path, engine="pyarrow")
        return self.conform(frame)

    def empty(self) -> pd.DataFrame:
        """A table of this contract without rows."""
        return pd.DataFrame({c.name: pd.Series(dtype=TYPES[c.kind]) for c in self.columns})

    def _further(self, names: Iterable[str]) -> list[Column]:
        """The columns of `may_have` that are there, each under its own name."""
        found = []
        for one in self.may_have:
            start = one.name.removesuffix("*")
            there = [name for name in names if name == start or (start != one.name and str(name).startswith(start))]
            found += [replace(one, name=name) for name in there]
        return found

    def _allowed(self, dtype: object) -> bool:
        return any(str(dtype) == TYPES[kind] for kind in self.others)

    def _break_if(self, wrong: Iterable[str]) -> None:
        if sentence := "; ".join(wrong):
            raise ContractBroken(f"{self.name}: {sentence}")


def joined(contract: Contract, paths: Iterable[str | Path]) -> pd.DataFrame:
    """The rows of several files of one contract; an empty table where there are no files."""
    parts = [contract.read(path) for path in paths]
    return stacked(*parts) if parts else contract.empty()


def stacked(*parts: pd.DataFrame) -> pd.DataFrame:
    """The rows of several tables of one contract."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """The table with floats as text of at most nine significant digits, so that another processor writes the same.

    Zero has no sign.
    """
    shown = table.copy()
    for name in shown.columns:
        if pd.api.types.is_float_dtype(shown[name].dtype):
            shown[name] = shown[name].map(lambda x: "" if pd.isna(x) else f"{x + 0.0:.{SIGNIFICANT_DIGITS}g}")
    return shown


def _typed(column: pd.Series, kind: str | None) -> pd.Series:
    """The column in the type of its kind, its values as they are: no number becomes a text, no text a number.

    kind  None for a further column, which keeps the kind it has.
    Raises TypeError, in words that follow the column's name, where it holds something else.
    """
    found = _kind_of(column)
    if kind is None:
        kind = _kind_of_type(column.dtype) if found in {"nothing", "whole"} else found
    fits = {kind, "nothing"} | {"integer": {"whole"}, "float": {"whole", "integer", "mixed-integer-float"}}.get(
        kind, set()
    )
    if kind == "flag" and column.isna().any():
        raise TypeError("has gaps, which flags cannot have")
    if found not in fits or kind not in TYPES:
        due = f", not {_CALLED[kind]}" if kind in _CALLED and found != kind else ""
        raise TypeError(f"holds {_CALLED.get(found, found)}{due}")
    if column.dtype == object and kind == "float":
        column = column.where(column.notna(), float("nan"))
    return column.astype(TYPES[kind])


_CALLED = {"text": "text", "integer": "integers", "whole": "floats", "float": "floats", "flag": "flags"}
_INFERRED = {"string": "text", "floating": "float", "boolean": "flag"}


def _kind_of(column: pd.Series) -> str:
    """What a column holds: a kind, `whole` for floats without fractions, `nothing`, or the name of another type."""
    values = column.dropna()
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _kind_of(values.astype(column.cat.categories.dtype))
    if values.empty:
        return "nothing"
    if column.dtype == object:
        inferred = pd.api.types.infer_dtype(values)
        return _INFERRED.get(inferred, inferred)
    kind = _kind_of_type(column.dtype)
    return "whole" if kind == "float" and (values % 1 == 0).all() else kind


def _kind_of_type(dtype: object) -> str:
    types = pd.api.types
    tests = {
        "flag": types.is_bool_dtype,
        "integer": types.is_integer_dtype,
        "float": types.is_float_dtype,
        "text": types.is_string_dtype,
    }
    return next((kind for kind, holds in tests.items() if holds(dtype)), str(dtype))


def _faults(column: pd.Series, rule: Column) -> Iterable[str]:
    missing = int(column.isna().sum())
    if missing and not rule.optional:
        yield f"column '{rule.name}' has {missing} missing values"
    values = column.dropna()
    if rule.kind == "float" and not values.between(-math.inf, math.inf, inclusive="neither").all():
        yield f"column '{rule.name}' has infinite values"
    if rule.low is not None and (values < rule.low).any():
        yield f"column '{rule.name}' has values under {rule.low}"
    if rule.high is not None and (values > rule.high).any():
        yield f"column '{rule.name}' has values over {rule.high}"
    if rule.one_of:
        odd = sorted(set(values.astype(str)) - set(rule.one_of))
        if odd:
            yield f"column '{rule.name}' has unknown values: {', '.join(odd[:5])}"


EXPORTED = "export_"
ANY_ANSWER = ("integer", "float", "text")
NOT_ASKED_CODE = -999_999_999  # in ingested and cleaned: known not to be asked, where no code of the answers says so

INGESTED = Contract(
    "ingested",
    (
        Column("response", "text", meaning="id of the response; empty where the export has none"),
        Column("school", "text", optional=True, meaning="id of the school"),
        Column("person", "text", optional=True, meaning="id of the person, where the wave names one"),
        Column("row", "integer", low=1, meaning="line of the export's data, from 1"),
    ),
    key=("row",),
    others=ANY_ANSWER,
)
QUARANTINE = Contract(
    "quarantine",
    (
        Column("response", "text", meaning="id of the response"),
        Column("row", "integer", low=1, meaning="line of the export's data"),
        Column("column", "text", meaning="the export's column"),
        Column("item", "text", meaning="the item it asks"),
        Column("answer", "text", meaning="what stood there; private"),
        Column("reason", "text", meaning="why it was refused"),
    ),
    key=("row", "column"),
)
FLOW = Contract(
    "flow",
    (
        Column("step", "integer", low=0, meaning="order"),
        Column("stage", "text", meaning="received, left_out, kept, flagged, refused_answers, kept_answers"),
        Column("reason", "text", meaning="why; empty for totals"),
        Column("n", "integer", low=0, meaning="responses (answers for refused_answers, kept_answers)"),
    ),
    key=("step",),
)
ACCOUNT = Contract(
    "account",
    (
        Column("row", "integer", low=1, meaning="line of the export's data"),
        Column("response", "text", meaning="id of the response; empty where it has none"),
        Column("reason", "text", meaning="why it was left out; empty where it was kept"),
    ),
    key=("row",),
)
CHANGES = ("refused", "filled", "corrected", "set_aside", "kept_off_route", "left_out", "not_answered", "flagged")
LEDGER = Contract(
    "ledger",
    (
        Column("stage", "text", one_of=("ingest", "clean", "harmonise"), meaning="where it happened"),
        Column("row", "integer", low=1, meaning="line of the export's data"),
        Column("response", "text", meaning="id of the response; empty where it has none"),
        Column("column", "text", meaning="the export's column; empty where it is about the response"),
        Column("item", "text", meaning="the item; empty where it is about the response"),
        Column("before", "text", meaning="what stood there: the export's text at ingest, later the value; private"),
        Column("after", "text", meaning="what stands there now; empty for blank"),
        Column("change", "text", one_of=CHANGES, meaning="what was done to the cell or the response"),
        Column("rule", "text", meaning="where it is written down that this is done"),
        Column("reason", "text", meaning="why"),
    ),
    key=("row", "item", "column", "stage", "change", "rule"),
)
ANSWERED = Column("answered", "flag", meaning="false for who was sampled and did not answer: design only")
CLEANED = Contract(
    "cleaned",
    (
        ANSWERED,
        Column("response", "text"),
        Column("school", "text", optional=True),
        Column("person", "text", optional=True),
    ),
    key=("response",),
    others=ANY_ANSWER,
)
LONG = Contract(
    "harmonised (long)",
    (
        Column("response", "text"),
        Column("item", "text"),
        Column("value", "float", optional=True, meaning="code or number"),
        Column("missing", "text", one_of=MISSING_REASONS, meaning="why there is no value; empty where there is"),
    ),
    key=("response", "item"),
)
WIDE = Contract(
    "harmonised (wide)",
    (Column("response", "text"), Column("school", "text", optional=True)),
    key=("response",),
    others=("integer", "float"),
)
SCORED = Contract("scored", (Column("response", "text"),), key=("response",), others=("float",))
REPLICATE = "replicate_"
BEFORE = Column("weight_before", "float", low=0, meaning="weight before it was made to meet known totals")
DESIGN_WITHIN = (
    BEFORE,
    Column("stratum_within", "text", meaning="stratum of the second stage, inside the cluster"),
    Column("cluster_within", "text", meaning="second-stage cluster, inside the cluster"),
    Column("population_within", "float", optional=True, low=1, meaning="second-stage clusters there were to draw from"),
    Column(REPLICATE + "*", "float", low=0, meaning="replicate weight that came with the data"),
)
UNTRIMMED = Column("weight_untrimmed", "float", low=0, meaning="weight before it was held within bounds")
WEIGHTED = Contract(
    "weighted",
    (
        Column("response", "text"),
        Column("weight", "float", low=0, meaning="how many of the population a response stands for"),
        Column("stratum", "text", meaning="sampling stratum; 'all' where there is one"),
        Column("cluster", "text", meaning="sampling cluster; the response itself where there is none"),
        Column("population", "float", optional=True, low=1, meaning="clusters of the stratum in the population"),
        ANSWERED,
    ),
    key=("response",),
    may_have=(*DESIGN_WITHIN, UNTRIMMED),
)
POOLED = Contract(
    "pooled",
    (
        Column("wave", "text"),
        Column("response", "text"),
        Column("school", "text", optional=True),
        ANSWERED,
        Column("synthetic", "flag"),
        Column("weight", "float", low=0),
        Column("stratum", "text"),
        Column("cluster", "text"),
        Column("population", "float", optional=True, low=1),
        Column("lonely", "text", one_of=("fail", "adjust", "average", "certainty", "remove")),
    ),
    key=("wave", "response"),
    others=("integer", "float"),
    may_have=(
        *DESIGN_WITHIN,
        Column("replicates", "text", meaning="the wave's replicate weights in words of json"),
        Column("calibrated", "text", meaning="margins that the weights meet, and how, in words of json"),
    ),
)
NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted", "n", "n_schools")
PROBABILITY = "probability"
POINTS = "percentage points"  # the unit of effects on probabilities, alone or `per unit (...)`
BESIDE = ("threshold", "dispersion")  # terms of a model that are no variable: estimated beside the coefficients
COMPLETE_CASES = "_complete_cases"  # what stands beside a pooled number, from responses without a gap
COMPLETE_FIT = "complete cases"  # what the fit of these responses says under `term`
MADE_OF_COEFFICIENTS = ("odds_ratio", "rate_ratio", "marginal_effect", "prediction")
BESIDE_POOLED = (
    "coefficient",
    *MADE_OF_COEFFICIENTS,
    "mean",
    "share",
    "total",
    "ratio",
    "quantile",
    "variance",
    "difference",
    "contrast",
    "average",
)
# Of the coefficients of a model without one exclusion: as it was made, as it is undone, and by how much that differs.
WITH_EXCLUSION, WITHOUT_EXCLUSION, UNDOING = "with_exclusion", "without_exclusion", "change_without_exclusion"
OF_EXCLUSIONS = (WITH_EXCLUSION, WITHOUT_EXCLUSION, UNDOING)
BETWEEN_GROUPS = ("group_variance", "group_covariance", "residual_variance", "icc")  # of mixed models
DIAGNOSTICS = (  # of imputation: what was observed and drawn, and what each chain drew in each round
    *(f"{who}_{what}" for who in ("observed", "imputed") for what in ("share", "mean", "sd")),
    *(f"trace_{what}" for what in ("mean", "sd")),
)
QUANTITIES = (
    "coefficient",
    "odds_ratio",
    "rate_ratio",
    "marginal_effect",
    "prediction",
    "wald_f",
    "r_squared_without",
    "mean",
    "total",
    "share",
    "ratio",
    "quantile",
    "variance",
    "difference",
    "contrast",
    "average",
    "association_f",
    "change",
    "transition",
    "reliability",
    "item_rest",
    "alpha_if_deleted",
    "ordinal_alpha",
    "omega",
    "loading",
    "polychoric",
    "separation_reliability",
    "difficulty",
    "step",
    "icc1",
    "icc2",
    "rwg",
    "largest_difference",
    "mean_difference",
    "count",
    "design_effect",
    "effective_n",
    *BETWEEN_GROUPS,
    *(f"{quantity}{COMPLETE_CASES}" for quantity in BESIDE_POOLED),
    "fraction_missing",
    *DIAGNOSTICS,
    *OF_EXCLUSIONS,
    "variants",
    "variant_share",
    "variant_median",
)
ROLES = ("leadership_factor", "provision_outcome", "context", "wave", "intercept", "flow", "measure")
ESTIMATES = Contract(
    "estimates",
    (
        Column("study", "text"),
        Column("specification", "text"),
        Column("sample", "text", meaning="all, or column=value"),
        Column("outcome", "text", meaning="scale or item id"),
        Column("quantity", "text", one_of=QUANTITIES),
        Column("term", "text", meaning="our id, never a formula's"),
        Column(
            "level", "text", meaning="the category, if the term has any; outcome=answer, where it is about one answer"
        ),
        Column("role", "text", one_of=ROLES),
        Column("estimate", "float", optional=True, meaning="in `unit`"),
        Column("std_error", "float", optional=True, low=0),
        Column("ci_low", "float", optional=True),
        Column("ci_high", "float", optional=True),
        Column("df", "float", optional=True, low=0, meaning="degrees of freedom of the interval"),
        Column("p_value", "float", optional=True, low=0, high=1, meaning="two-sided"),
        Column("p_adjusted", "float", optional=True, low=0, high=1, meaning="within the declared family"),
        Column("n", "integer", optional=True, low=0, meaning="responses used, unweighted"),
        Column("n_schools", "integer", optional=True, low=0, meaning="clusters used"),
        Column("unit", "text"),
        Column("synthetic", "flag", meaning="true where any response behind it is made up"),
        Column("withheld", "text", meaning="empty, or why the numbers are missing"),
    ),
    key=("study", "specification", "sample", "outcome", "quantity", "term", "level"),
)
VERDICTS = ("reproduced", "within sampling error", "differs", "cannot be computed")
COMPARED = Contract(
    "published",
    (
        Column("study", "text"),
        Column("id", "text", meaning="the number's own id in published.csv"),
        Column("question", "text"),
        Column("answer", "text"),
        Column("published", "text", meaning="as printed, with its decimals"),
        Column("unit", "text", meaning="of `published` and of all that is rebuilt"),
        Column("base_n", "integer", optional=True, low=0, meaning="as published; empty where it is not"),
        Column("source", "text"),
        Column("address", "text"),
        Column("note", "text"),
        Column("item", "text", meaning="item or scale id"),
        Column("level", "text"),
        Column("term", "text", meaning="of a difference or coefficient what it is of; else the item"),
        Column("specification", "text", meaning="with `sample` and `quantity`: the row of the estimates"),
        Column("sample", "text"),
        Column("quantity", "text"),
        Column("rebuilt", "float", optional=True),
        Column("ci_low", "float", optional=True),
        Column("ci_high", "float", optional=True),
        Column("n", "integer", optional=True, low=0),
        Column("difference", "float", optional=True, meaning="rebuilt less published"),
        Column("verdict", "text", one_of=VERDICTS),
        Column("because", "text", meaning="on what the verdict rests"),
        Column("synthetic", "flag", meaning="true where any response behind it is made up"),
    ),
    key=("study", "id"),
)
HELD = ("constant", "alone")  # other features and context held constant, or the feature by itself
EVIDENCE = Contract(
    "evidence",
    (
        Column("feature", "text", meaning="a feature of synthesis.yaml"),
        Column("evidence", "text", meaning="a piece of evidence on it"),
        Column("held", "text", one_of=HELD, meaning="whether other things are held constant"),
        Column("kind", "text", one_of=("estimate", "average"), meaning="a row of the estimates, or an average of some"),
        Column("study", "text"),
        Column("specification", "text", meaning="with the columns up to `level`: the row of the estimates"),
        Column("sample", "text", meaning="all, column=value, or by column for the average over its samples"),
        Column("outcome", "text"),
        Column("quantity", "text"),
        Column("term", "text"),
        Column("level", "text"),
        Column("estimate", "float", optional=True, meaning="in `unit`"),
        Column("std_error", "float", optional=True, low=0),
        Column("ci_low", "float", optional=True),
        Column("ci_high", "float", optional=True),
        Column("df", "float", optional=True, low=0),
        Column("n", "integer", optional=True, low=0, meaning="responses used"),
        Column("n_schools", "integer", optional=True, low=0, meaning="clusters used"),
        Column("unit", "text"),
        Column("synthetic", "flag", meaning="true where any response behind it is made up"),
        Column("samples", "integer", optional=True, low=0, meaning="averages: how many samples they are of"),
        Column("same_side", "integer", optional=True, low=0, meaning="of these, with an estimate on its side"),
        Column("clear", "integer", optional=True, low=0, meaning="of these, with an interval without zero"),
        Column("clear_against", "integer", optional=True, low=0, meaning="samples clearly on the other side"),
        Column("further_low", "float", optional=True, meaning="from here to `further_high` a further sample would lie"),
        Column("further_high", "float", optional=True),
        Column("tau2", "float", optional=True, low=0, meaning="variance of the samples' own values"),
        Column("i2", "float", optional=True, low=0, high=1, meaning="share of the variance that is no sampling error"),
        Column("withheld", "text", meaning="empty, or why the numbers are missing"),
    ),
    key=("feature", "evidence", "held", "sample"),
)
FITS = Contract(
    "fits",
    (
        Column("study", "text"),
        Column("specification", "text"),
        Column("sample", "text"),
        Column("outcome", "text"),
        Column("term", "text", meaning="the factor, where each stands alone; `complete cases` beside imputed ones"),
        Column("family", "text"),
        Column("variance", "text", meaning="how errors were computed"),
        Column("weighted", "flag"),
        Column("n", "integer", optional=True, low=0),
        Column("n_schools", "integer", optional=True, low=0),
        Column("left_out", "text", meaning="rows left out by reason: 'reason: count; ...'"),
        Column("design_df", "float", optional=True),
        Column("r_squared", "float", optional=True),
        Column("log_likelihood", "float", optional=True),
        Column("converged", "flag"),
        Column("condition_number", "float", optional=True),
        Column("remarks", "text", meaning="what a reader of the fit should know"),
        Column("withheld", "text"),
    ),
    key=("study", "specification", "sample", "outcome", "term"),
)
