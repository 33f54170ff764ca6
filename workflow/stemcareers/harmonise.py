"""Give every item the same codes in every wave, and every missing answer its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config.fielded import fielded
from stemcareers.config.instrument import Instrument
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem

OFF_ROUTE = "was given, but the question was not asked"
REASONS = contracts.MISSING_REASONS
ANSWERED, NOT_ASKED, SKIPPED, REFUSED = (REASONS.index(r) for r in ("", "not_asked", "skipped", "refused_value"))


class Harmonised(NamedTuple):
    """The answers as one row an answer (contract LONG) and as one column an item (WIDE), and the flow so far.

    flow   the FLOW table of before; where there is routing, with the answers given to questions not asked.
    """

    long: pd.DataFrame
    wide: pd.DataFrame
    flow: pd.DataFrame


def answers(
    cleaned: pd.DataFrame,
    quarantine: pd.DataFrame,
    flow: pd.DataFrame,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answer_sets: Mapping[str, AnswerSet],
    context: Collection[str] = (),
) -> Harmonised:
    """Every response's answer to every item of the study; free text leaves the tables here.

    context  the items that describe the school: all that is kept, in the wide table alone, of who was sampled and
             did not answer.

    A missing answer has one reason, the first that applies: the wave did not ask the item, or routing passed it
    over (`not_asked`); the answer was refused (`refused_value`); its code says why; else `skipped`.

    Raises a Problem where questions are asked depending on each other in a circle.
    """
    cleaned = cleaned.sort_values("response", kind="stable", ignore_index=True)
    routes = _routes(fielded(instrument, wave))
    coded = {name: item for name, item in items.items() if answer_sets[item.answers].kind != "text"}
    refused = _refused(cleaned, quarantine)
    done: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    off_route = 0
    for item in _gates_first(routes, coded, f"instruments/{wave.instrument}.yaml"):
        values, reasons = _reasons(cleaned, item, answer_sets[items[item].answers], refused.get(item))
        route = {gate: codes for gate, codes in routes.get(item, {}).items() if gate in done and gate in cleaned}
        if route and item in cleaned.columns:
            passed_over = _passed_over(route, done, reasons)
            off_route += int((passed_over & np.isin(reasons, [ANSWERED, REFUSED])).sum())
            values, reasons = np.where(passed_over, np.nan, values), np.where(passed_over, NOT_ASKED, reasons)
        done[item] = values, reasons
    done = {item: done[item] for item in coded}
    wide = cleaned[["response", "school"]].assign(
        **{item: _typed(values, answer_sets[coded[item].answers]) for item, (values, _) in done.items()}
    )
    answered = cleaned["answered"].to_numpy(dtype=bool)
    wide.loc[~answered, [item for item in done if item not in context]] = pd.NA
    given = {item: (values[answered], reasons[answered]) for item, (values, reasons) in done.items()}
    return Harmonised(_long(cleaned.loc[answered, "response"], given), wide, _flow(flow, off_route) if routes else flow)


def _reasons(
    cleaned: pd.DataFrame, item: str, answer_set: AnswerSet, refused: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The answers to an item (floats, NaN where missing) and why each is missing (positions in REASONS)."""
    if item not in cleaned.columns:
        return np.full(len(cleaned), np.nan), np.full(len(cleaned), NOT_ASKED, dtype=np.int8)
    values = cleaned[item].to_numpy(dtype=float, na_value=np.nan)
    blank = np.isnan(values)
    reasons = np.where(blank, SKIPPED, ANSWERED).astype(np.int8)
    if refused is not None:
        reasons[blank & refused] = REFUSED
    for code, reason in {**answer_set.missing, contracts.NOT_ASKED_CODE: "not_asked"}.items():
        reasons[values == code] = REASONS.index(reason)
    return np.where(reasons == ANSWERED, values, np.nan), reasons


def _refused(cleaned: pd.DataFrame, quarantine: pd.DataFrame) -> dict[str, np.ndarray]:
    """Item: which of the responses had their answer to it refused."""
    return {
        str(item): cleaned["row"].isin(rows).to_numpy(dtype=bool)
        for item, rows in quarantine.groupby("item")["row"]
        if item
    }


# --- routing ----------------------------------------------------------------------------------------------


def _routes(questionnaire: Instrument) -> dict[str, dict[str, list[int]]]:
    """Item: the items that decide whether it is asked, with the codes that open it."""
    routes = {q.item: q.asked_if for q in questionnaire.questions.values() if q.asked_if}
    routes |= {
        i: ticks.asked_if for ticks in questionnaire.ticks.values() if ticks.asked_if for i in ticks.items.values()
    }
    return routes


def _gates_first(routes: Mapping[str, Mapping[str, list[int]]], items: Mapping[str, Item], where: str) -> list[str]:
    """The items in an order in which each comes after those that decide whether it is asked."""
    order: dict[str, None] = {}
    path: list[str] = []

    def visit(item: str) -> None:
        if item in order:
            return
        if item in path:
            circle = " -> ".join(f"'{i}'" for i in [*path[path.index(item) :], item])
            raise Problem(where, f"asked_if: questions wait for each other in a circle: {circle}; leave one out")
        path.append(item)
        for gate in routes.get(item, {}):
            if gate in items:
                visit(gate)
        path.pop()
        order[item] = None

    for item in items:
        visit(item)
    return list(order)


def _passed_over(
    route: Mapping[str, list[int]], done: Mapping[str, tuple[np.ndarray, np.ndarray]], reasons: np.ndarray
) -> np.ndarray:
    """Which responses were not asked the question, by their answers to the items that open it.

    All conditions must hold. An item that the wave did not ask decides nothing (it is not in `route`).
    """
    # ASSUME: where an opening question was answered otherwise, or was itself not asked, an answer that is there
    # all the same is set aside as not asked, and counted. Where the opening question was left blank or refused,
    # an answer is kept, because it shows that the question was asked, and a blank counts as not asked.
    passed_over = np.zeros(len(reasons), dtype=bool)
    unanswered = reasons == SKIPPED
    for gate, codes in route.items():
        values, why = done[gate]
        closed = ((why == ANSWERED) & ~np.isin(values, codes)) | (why == NOT_ASKED)
        unknown = ~np.isin(why, [ANSWERED, NOT_ASKED])
        passed_over |= closed | (unknown & unanswered)
    return passed_over


# --- tables -----------------------------------------------------------------------------------------------


def _typed(values: np.ndarray, answer_set: AnswerSet) -> pd.Series:
    if not answer_set.is_categorical:
        return pd.Series(values)
    blank = np.isnan(values)
    return pd.Series(pd.arrays.IntegerArray(np.where(blank, 0, values).astype(np.int64), blank))


def _long(responses: pd.Series, done: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    """One row a response and item, sorted by both."""
    ordered = sorted(done)
    n, k = len(responses), len(ordered)
    if not k:
        return contracts.LONG.empty()
    reasons = np.column_stack([done[item][1] for item in ordered]).ravel()
    return pd.DataFrame(
        {
            "response": responses.astype("string").array.take(np.repeat(np.arange(n), k)),
            "item": pd.array(ordered, dtype="string").take(np.tile(np.arange(k), n)),
            "value": np.column_stack([done[item][0] for item in ordered]).ravel(),
            "missing": pd.array(REASONS, dtype="string").take(reasons),
        }
    )


def _flow(flow: pd.DataFrame, off_route: int) -> pd.DataFrame:
    step = int(flow["step"].max()) + 1
    row = {"step": [step], "stage": ["refused_answers"], "reason": [OFF_ROUTE], "n": [off_route]}
    return contracts.FLOW.conform(pd.concat([flow, pd.DataFrame(row)], ignore_index=True))
