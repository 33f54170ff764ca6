"""Whether the variants of a grid agree: counted among those that are shown, after small groups are withheld."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config import Specification
from stemcareers.config.robustness import main_level
from stemcareers.estimate.rows import ESTIMATE_COLUMNS, MISSING, Row
from stemcareers.inference.robustness_grid import Robustness

CURVE = ["study", "specification", "sample", "outcome", "term"]
WAYS = {"quantity": "variants", "unit": "ways to do the analysis"}
SHARE = {"quantity": "variant_share", "unit": "share of the ways"}
SHARES = ("same_side", "clear", "same_side_and_clear")


def with_agreement(shown: pd.DataFrame, entry: Specification) -> pd.DataFrame:
    """The rows of a grid, and for each focal factor how many of its variants agree; other tables as they are.

    shown  ESTIMATES as they may leave.

    `variants` counts those tried, those estimated, those on the main analysis's side of no difference (`same_side`),
    those whose interval leaves no difference out (`clear`), and those that do both. `variant_share` are the same
    as shares of those estimated, `variant_median` is their median estimate.
    """
    if entry.family != "robustness":
        return shown
    main = main_level(entry)
    rows = [row for key, part in shown.groupby(CURVE, sort=False) for row in _rows(key, part, main)]
    columns = [c for c in ESTIMATE_COLUMNS if c in shown.columns]
    more = contracts.ESTIMATES.conform(pd.DataFrame(rows, columns=columns))
    return pd.concat([contracts.ESTIMATES.conform(shown), more], ignore_index=True)


def _rows(key: tuple[str, ...], part: pd.DataFrame, main: str) -> list[Row]:
    found = Robustness(part.assign(main=part["level"].eq(main)))
    counts: dict[str, float] = {"tried": found.n_variants, "estimated": found.n_estimated}
    shares = dict.fromkeys(SHARES, np.nan)
    if found.n_estimated:
        shares = {
            "same_side": found.share_same_sign,
            "clear": found.share_excluding_null,
            "same_side_and_clear": found.share_same_sign_excluding_null,
        }
    common = {**dict(zip(CURVE, key, strict=True)), **MISSING, "n": None, "n_schools": None, "withheld": ""}
    common |= {"role": "leadership_factor", "synthetic": bool(part["synthetic"].any())}
    rows = [{**common, **WAYS, "level": level, "estimate": float(count)} for level, count in counts.items()]
    # Where no variant has a number, nothing is said of how many agree.
    none = {} if found.n_estimated else {"withheld": "not estimated: no variant has an estimate"}
    for level, share in shares.items():
        rows.append({**common, **WAYS, "level": level, "estimate": np.round(share * found.n_estimated), **none})
        rows.append({**common, **SHARE, "level": level, "estimate": share, **none})
    return [*rows, *_median(common, part, found)]


def _median(common: Row, part: pd.DataFrame, found: Robustness) -> list[Row]:
    units = part.loc[part["withheld"].eq(""), "unit"].unique()
    if not found.n_estimated:
        return []
    row = {**common, "quantity": "variant_median", "level": "", "unit": units[0] if len(units) == 1 else ""}
    if len(units) > 1:
        return [{**row, "estimate": np.nan, "withheld": "not estimated: the variants have different units"}]
    return [{**row, "estimate": found.median}]
