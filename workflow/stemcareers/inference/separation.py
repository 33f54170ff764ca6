"""Whether a likelihood has a maximum at all: found by linear programming, for every family alike.

A concave likelihood has none where some direction never lowers it and sometimes raises it; then coefficients
grow without end. A family says of each row which combinations of parameters must not fall, and which must stay.
Sources: Konis (2007), Linear programming algorithms for detecting separated data in binary logistic regression
models, DPhil thesis, University of Oxford; Correia, Guimaraes & Zylkin (2019), Verifying the existence of maximum
likelihood estimates for generalized linear models, arXiv:1903.01633 (counts and shares).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stemcareers.errors import Problem, listed
from stemcareers.inference.guards import named
from stemcareers.inference.results import Name


def refuse(where: str, names: Sequence[Name], rising: np.ndarray, still: np.ndarray | None = None) -> None:
    """Raise a Problem that names the terms which grow without end, if any do.

    names   (term, level) of each parameter.
    rising  (a, m) combinations of parameters that must not fall, one a row.
    still   (b, m) combinations that must stay as they are.
    """
    direction = _direction(rising, still)
    if direction is None:
        return
    culprits = [
        named(name)
        for name, size in zip(names, np.abs(direction), strict=True)
        if size > 1e-6 and name[0] not in ("intercept", "threshold")
    ]
    culprits = list(dict.fromkeys(culprits)) or ["the intercept"]
    raise Problem(
        where,
        f"{listed(culprits)} separate{'s' * (len(culprits) < 2)} the outcome: some rows have a certain answer, and the "
        "coefficient has no finite value. Merge levels, or leave the term out",
    )


def _direction(rising: np.ndarray, still: np.ndarray | None) -> np.ndarray | None:
    """A direction in which nothing falls and something rises, or None; each parameter within 1 in its own unit."""
    from scipy.optimize import linprog

    # The largest size of a parameter's column anywhere: one that only stands among the fixed rows has a unit too.
    unit = np.abs(rising).max(axis=0, initial=0.0)
    if still is not None:
        unit = np.maximum(unit, np.abs(still).max(axis=0, initial=0.0))
    unit = np.maximum(unit, 1e-300)
    rows, times = np.unique(rising / unit, axis=0, return_counts=True)
    fixed = None if still is None or not len(still) else np.unique(still / unit, axis=0)
    found = linprog(
        -(times @ rows),
        A_ub=-rows,
        b_ub=np.zeros(len(rows)),
        A_eq=fixed,
        b_eq=None if fixed is None else np.zeros(len(fixed)),
        bounds=(-1, 1),
        method="highs",
    )
    return None if not found.success or -found.fun < 1e-6 else found.x
