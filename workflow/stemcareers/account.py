"""Who came in, who stayed, who was left out and why: by id, at every stage. What does not add up is a bug of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from stemcareers.contracts import ContractBroken

SHOWN = 5


def reconcile(
    stage: str, received: Iterable[Any], kept: Iterable[Any], left_out: Mapping[str, Iterable[Any]] | None = None
) -> None:
    """Raise ContractBroken unless everyone received is kept or left out for one reason, each once, and nobody else.

    received, kept, left_out   ids (rows of the export, or responses); left_out by reason.

    The message counts and gives no id, because an id may name a person.
    """
    came, stayed = pd.Index(list(received)), pd.Index(list(kept))
    gone = {reason: pd.Index(list(ids)) for reason, ids in (left_out or {}).items()}
    wrong = []
    for name, ids in {"received": came, "kept": stayed, **gone}.items():
        if not ids.is_unique:
            wrong.append(f"{int(ids.duplicated().sum()):,} stand twice among those {_called(name)}")
    accounted = stayed
    for reason, ids in gone.items():
        both = accounted.intersection(ids)
        if len(both):
            wrong.append(f"{len(both):,} are left out ({reason}) and accounted for elsewhere too")
        accounted = accounted.union(ids)
    lost, strange = came.difference(accounted), accounted.difference(came)
    if len(lost):
        wrong.append(f"{len(lost):,} of {len(came):,} were lost without a reason")
    if len(strange):
        wrong.append(f"{len(strange):,} came from nowhere")
    if wrong:
        raise ContractBroken(f"{stage}: {'; '.join(wrong)}")


def _called(name: str) -> str:
    return name if name in {"received", "kept"} else f"left out ({name})"


def by_reason(account: pd.DataFrame) -> dict[str, list[int]]:
    """The rows of an account (ACCOUNT) by the reason for which they were left out; '' are those kept."""
    return {str(reason): list(its) for reason, its in account.groupby("reason", sort=False)["row"]}


def reconcile_counts(stage: str, told: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Raise ContractBroken unless two accounts by reason say the same; a reason that cost nobody may be left out."""
    wrong = [
        f"'{reason}' is told as {told.get(reason, 0):,} and is {found.get(reason, 0):,}"
        for reason in dict.fromkeys([*told, *found])
        if told.get(reason, 0) != found.get(reason, 0)
    ]
    if wrong:
        raise ContractBroken(f"{stage}: {'; '.join(wrong[:SHOWN])}")
