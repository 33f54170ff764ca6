"""Grids: the focal estimates of a model under every variant of its analysis, each with the errors of the design."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from stemcareers.config import Specification, Vocabulary
from stemcareers.config.robustness import (
    LEAVE_OUT,
    NONE,
    Vary,
    decisions,
    focal_in,
    is_made,
    level_of,
    main_level,
    variant,
)
from stemcareers.config.samples import WAVE
from stemcareers.errors import Problem
from stemcareers.estimate import models, samples
from stemcareers.estimate.imputation import Answers, Repeated, completed
from stemcareers.estimate.quantities import Naming
from stemcareers.estimate.rows import Case, Named, Row, Rows, fit, no_fit, not_estimated, point
from stemcareers.inference import Result, Survey
from stemcareers.inference.robustness_grid import Robustness, robustness

Chosen = dict[str, str]


@dataclass(frozen=True)
class Variant:
    """One way to do the analysis: what it is, its fit, and what its numbers are called; or why there is no fit.

    gaps  respondents any of whose answers was imputed; None where none is.
    """

    specification: Specification
    result: Result | None
    naming: Naming | None
    refused: str = ""
    gaps: int | None = None


@dataclass(frozen=True)
class Grid:
    """The variants of a model that a specification of family robustness asks for.

    pooled      the responses of the waves that the main analysis is about.
    of          the specification that is the main analysis.
    limit       the smallest group that may be shown.
    seed        what everything random is drawn with.
    study_wide  the responses of all waves, where these are not all.
    """

    pooled: pd.DataFrame
    its: Specification
    of: Specification
    vocabulary: Vocabulary
    limit: int
    seed: int | None = None
    study_wide: pd.DataFrame | None = None
    _surveys: dict[tuple[object, ...], dict[str, Survey]] = field(default_factory=dict)

    @property
    def vary(self) -> Vary:
        """The decisions of the grid."""
        assert self.its.vary is not None, "a grid has decisions"
        return self.its.vary

    def variables(self) -> list[str]:
        """Every variable of every variant, and the column whose categories are left out."""
        terms = [*self._factors(), *self._context(), *([self.vary.leave_out] if self.vary.leave_out else [])]
        return list(dict.fromkeys([*self.its.outcome, *self.vary.outcome, *terms]))

    def variants(
        self, survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float
    ) -> Rows:
        """A row for each focal factor and variant of one outcome in one sample, its options the row's level.

        A variant that is refused keeps its row, with the reason and without numbers.
        """
        fitted: dict[str, Variant] = {}

        def estimated(**chosen: str) -> Result:
            name = level_of(chosen)
            if name not in fitted:
                fitted[name] = self._variant(case, chosen)
            result = fitted[name].result
            if result is None:
                raise Problem(case.outcome, fitted[name].refused)
            return result

        options = decisions(self.vary, self._categories(case))
        rows: list[Row] = []
        for focal in specification.focal:
            found = robustness(
                {decision: {name: name for name in names} for decision, names in options.items()},
                estimate=estimated,
                focal=focal,
                level=level,
                unless=lambda **chosen: not is_made(chosen, options, specification.combine),
            )
            rows += self._rows(case, focal, found, list(options), fitted)
        return rows, self._fits(case, fitted)

    def _variant(self, case: Case, chosen: Chosen) -> Variant:
        made = variant(self.of, self.its, case.outcome, chosen)
        try:
            survey = self._without(self._survey(made, case.sample), chosen.get(LEAVE_OUT, NONE))
            if survey.n < self.limit:
                raise Problem(case.outcome, f"fewer than {self.limit}")
            found, naming = models.coefficients(self._answers(survey, made), made.outcome[0], made, self.vocabulary)
        except Problem as problem:
            return Variant(made, None, None, "; ".join(problem.wrong))
        result, gaps = (found.pooled.result, found.gaps) if isinstance(found, Repeated) else (found, None)
        measured = {focal_in(chosen, factor): factor for factor in self.of.factors}
        named = tuple((measured.get(term, term), category) for term, category in result.names)
        return Variant(made, replace(result, names=named), naming, gaps=gaps)

    def _answers(self, survey: Survey, made: Specification) -> Answers:
        """The answers as given, or with what is missing drawn several times."""
        if made.impute is None:
            return survey
        assert self.seed is not None, "what is imputed is drawn with the project's seed"
        return completed(survey, made.outcome[0], made, self.vocabulary, self.seed)

    def _survey(self, made: Specification, sample: str) -> Survey:
        """The survey of one sample as a variant needs it; variants that differ only in their terms share one."""
        key = (made.weighted, made.family, made.outcome[0], made.impute is None)
        if key not in self._surveys:
            wide = made.model_copy(update={"factors": self._factors(), "context": self._context()})
            whole = samples.survey(self.pooled, wide, self.vocabulary, self.seed, self.study_wide)
            each = samples.each(whole, self.pooled, wide, self.vocabulary, self.study_wide)
            self._surveys[key] = {one.name: one.survey for one in each}
        return self._surveys[key][sample]

    def _without(self, survey: Survey, code: str) -> Survey:
        """The survey without the responses of one category: they leave the rows in use, not the design."""
        if code == NONE:
            return survey
        return survey.domain(self._codes() != code, reason=f"{self.vary.leave_out} left out")

    def _codes(self) -> np.ndarray:
        column = self.pooled[self.vary.leave_out]
        return column.astype("string").fillna("").to_numpy(dtype=object)

    def _categories(self, case: Case) -> list[str]:
        """The categories among the responses of the main analysis, each of which can be left out."""
        if self.vary.leave_out is None:
            return []
        main = {decision: names[0] for decision, names in self.vary.options().items()}
        made = variant(self.of, self.its, case.outcome, main)
        survey = self._survey(made, case.sample)
        used = survey.complete([*made.outcome, *(t for t in [*made.factors, *made.context] if t != WAVE)])
        present = set(self._codes()[used.rows]) - {""}
        if len(present) < 2:
            raise Problem(
                "vary.leave_out",
                f"the responses of the main analysis have fewer than two categories of '{self.vary.leave_out}', "
                "so none can be left out",
            )
        if self.vary.leave_out == WAVE:
            return sorted(present)
        return [str(code) for code in self.vocabulary.answer_set(self.vary.leave_out).codes if str(code) in present]

    def _factors(self) -> list[str]:
        measures = [scale for scales in self.vary.measures.values() for scale in scales]
        return list(dict.fromkeys([*self.of.factors, *measures]))

    def _context(self) -> list[str]:
        named = [variable for variables in self.vary.context.values() for variable in variables]
        return list(dict.fromkeys([*self.of.context, *named]))

    def _rows(
        self, case: Case, focal: str, found: Robustness, names: list[str], fitted: dict[str, Variant]
    ) -> list[Row]:
        everyone = float(found.table.loc[found.table["main"], "n"].iloc[0])
        rows: list[Row] = []
        for one in found.table.to_dict("records"):
            chosen = {name: str(one[name]) for name in names}
            of_variant = fitted[level_of(chosen)]
            term = focal_in(chosen, focal)
            if of_variant.naming is None:
                named = Named("coefficient", focal, level_of(chosen), "leadership_factor", "", 0)
                rows += not_estimated(case, [named], of_variant.refused)
                continue
            unit = of_variant.naming.unit("coefficient", term)
            # Beside the complete cases a variant tells of those whose answers were imputed.
            cell_n = min(n for n in (of_variant.naming.cell_n, of_variant.gaps) if n is not None)
            named = Named("coefficient", focal, level_of(chosen), "leadership_factor", unit, cell_n)
            left_out = everyone - one["n"] if chosen.get(LEAVE_OUT, NONE) != NONE else np.nan
            rows.append(_row(case, named, one, left_out))
        return rows

    def _fits(self, case: Case, fitted: dict[str, Variant]) -> list[Row]:
        facts = []
        for name, one in fitted.items():
            its_case = replace(case, weighted=case.weighted and one.specification.weighted)
            if one.result is None:
                facts.append(no_fit(its_case, one.specification.family, one.refused, name))
            else:
                facts.append(fit(its_case, one.result, name))
        return facts


def placeholders(entry: Specification) -> list[Named]:
    """Names for the rows of a sample in which the grid was refused as a whole: those of the main analysis."""
    return [Named("coefficient", focal, main_level(entry), "leadership_factor", "", 0) for focal in entry.focal]


def _row(case: Case, named: Named, numbers: dict[str, float], left_out: float) -> Row:
    """The estimates row of one variant.

    left_out  respondents of the category this variant leaves out, who can be told from it and the main analysis.
    """
    hidden_behind = [n for n in (case.rest_n, None if np.isnan(left_out) else int(left_out)) if n is not None]
    return {
        **point(case, named, numbers["estimate"], int(numbers["n"]), int(numbers["n_clusters"])),
        **{name: numbers[name] for name in ("std_error", "ci_low", "ci_high", "df", "p_value")},
        "rest_n": min((n for n in hidden_behind if n > 0), default=0 if hidden_behind else None),
    }
