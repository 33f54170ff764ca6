"""Whether a scale is the right way round, by an item whose relation to it is beyond doubt."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from stemcareers.config.vocabulary import Scale

FEWEST = 3  # responses that tell anything of a correlation


def against(name: str, scale: Scale, scored: pd.DataFrame, wide: pd.DataFrame) -> Iterator[str]:
    """A sentence where the scale goes with its anchor the other way than declared.

    scored, wide   the wave's scores and answers, in the same order.

    Reversing every item of a scale leaves alpha and the item-rest correlations as they were, so only something outside
    the scale can tell. Nothing is said of a wave that did not ask the anchor, or where its answers do not vary.
    """
    if scale.anchor is None:
        return
    both = pd.DataFrame(
        {"score": scored[name].astype(float), "item": wide[scale.anchor.item].astype("Float64").astype(float)}
    ).dropna()
    if len(both) < FEWEST or (both.nunique() < 2).any():
        return
    found = float(both["score"].corr(both["item"]))
    wanted = 1 if scale.anchor.sign == "+" else -1
    if found * wanted <= 0:
        yield (
            f"{name}.anchor: goes with '{scale.anchor.item}' the other way than declared (correlation {found:.2f} in "
            f"{len(both):,} responses, sign '{scale.anchor.sign}'); are the codes of all its items, or of "
            f"'{scale.anchor.item}', turned round in this wave? Then say so under differs"
        )
