"""Give every item the same codes in every wave, and every missing answer its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from stemcareers import account, contracts, ledger
from stemcareers.config.fielded import fielded
from stemcareers.config.instrument import Instrument, Question, Ticks
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave

OFF_ROUTE = "was given, but the question was not asked"
KEPT_OFF_ROUTE = "was given and is kept, though routing passed the question over"
REASONS = contracts.MISSING_REASONS
ANSWERED, NOT_ASKED, SKIPPED, REFUSED = (REASONS.index(r) for r in ("", "not_asked", "skipped", "refused_value"))


class Harmonised(NamedTuple):
    """The answers as one row an answer (contract LONG) and as one column an item (WIDE), and the flow so far.

    flow     the FLOW table of before; where there is routing, with the answers given to questions not asked.
    ledger   LEDGER rows of these answers, set aside or kept as the questionnaire says.
    """

    long: pd.DataFrame
    wide: pd.DataFrame
    flow: pd.DataFrame
    ledger: pd.DataFrame


@dataclass(frozen=True)
class Route:
    """When a question is asked: by the codes of other items, all of them and any of them; and what its answers become
    where it was not asked but answered."""

    column: str = ""
    all: Mapping[str, list[int]] = field(default_factory=dict)
    any: Mapping[str, list[int]] = field(default_factory=dict)
    keep: bool = False

    def gates(self) -> list[str]:
        """The items that decide whether it is asked."""
        return [*self.all, *self.any]

    def among(self, known: Collection[str]) -> Route:
        """The route as far as its items are known; an item that the wave did not ask decides nothing."""
        its = {name: {g: c for g, c in getattr(self, name).items() if g in known} for name in ("all", "any")}
        return Route(self.column, keep=self.keep, **its)


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

    Raises ContractBroken where a response gets lost.
    """
    cleaned = cleaned.sort_values("response", kind="stable", ignore_index=True)
    routes = _routes(fielded(instrument, wave))
    coded = {name: item for name, item in items.items() if answer_sets[item.answers].is_measured}
    refused = _refused(cleaned, quarantine)
    done: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    changes: list[pd.DataFrame] = []
    for item in _gates_first(routes, coded):
        values, reasons = _reasons(cleaned, item, answer_sets[items[item].answers], refused.get(item))
        route = routes.get(item, Route()).among([gate for gate in done if gate in cleaned])
        if route.gates() and item in cleaned.columns:
            passed_over = _passed_over(route, done, reasons)
            given = passed_over & np.isin(reasons, [ANSWERED, REFUSED])
            changes.append(_off_route(cleaned, item, route, np.flatnonzero(given)))
            if route.keep:
                passed_over &= reasons == SKIPPED
            values, reasons = np.where(passed_over, np.nan, values), np.where(passed_over, NOT_ASKED, reasons)
        done[item] = values, reasons
    done = {item: done[item] for item in coded}
    wide = cleaned[["response", "school"]].assign(
        **{item: _typed(values, answer_sets[coded[item].answers]) for item, (values, _) in done.items()}
    )
    answered = cleaned["answered"].to_numpy(dtype=bool)
    wide.loc[~answered, [item for item in done if item not in context]] = pd.NA
    given = {item: (values[answered], reasons[answered]) for item, (values, reasons) in done.items()}
    long = _long(cleaned.loc[answered, "response"], given)
    account.reconcile("harmonise, wide", cleaned["response"], wide["response"])
    if given:
        account.reconcile("harmonise, long", cleaned.loc[answered, "response"], long["response"].unique())
    set_aside = ledger.joined(changes)
    return Harmonised(long, wide, _flow(flow, set_aside, routes.values()), set_aside)


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


def _routes(questionnaire: Instrument) -> dict[str, Route]:
    """Item: when it is asked; only the items that have a route."""
    routes = {q.item: _route(column, q) for column, q in questionnaire.questions.items()}
    boxes = [(column, item, ticks) for ticks in questionnaire.ticks.values() for column, item in ticks.items.items()]
    routes |= {item: _route(column, ticks) for column, item, ticks in boxes}
    return {item: route for item, route in routes.items() if route.gates()}


def _route(column: str, asked: Question | Ticks) -> Route:
    return Route(column, asked.asked_if, asked.asked_if_any, asked.off_route == "keep")


def _off_route(cleaned: pd.DataFrame, item: str, route: Route, where: np.ndarray) -> pd.DataFrame:
    """LEDGER rows of answers to a question that was not asked."""
    before = ledger.texts(cleaned[item].iloc[where])
    reason, change = (KEPT_OFF_ROUTE, ledger.KEPT_OFF_ROUTE) if route.keep else (OFF_ROUTE, ledger.SET_ASIDE)
    after = before if route.keep else ""
    how = {"change": change, "rule": f"asked_if of {item}", "reason": reason}
    return ledger.rows("harmonise", cleaned, where, column=route.column, item=item, before=before, after=after, **how)


def _gates_first(routes: Mapping[str, Route], items: Mapping[str, Item]) -> list[str]:
    """The items in an order in which each comes after those that decide whether it is asked.

    No questionnaire has circles: its file is refused (config/instrument.py).
    """
    order: dict[str, None] = {}

    def visit(item: str) -> None:
        for gate in routes[item].gates() if item in routes else ():
            if gate in items and gate not in order:
                visit(gate)
        order.setdefault(item)

    for item in items:
        visit(item)
    return list(order)


def _passed_over(route: Route, done: Mapping[str, tuple[np.ndarray, np.ndarray]], reasons: np.ndarray) -> np.ndarray:
    """Which responses were not asked the question, by their answers to the items that open it.

    Every condition of `all` must hold, and one of `any`, where there are any.
    """
    # ASSUME: where an opening question was answered otherwise, or was itself not asked, an answer that is there
    # all the same is set aside as not asked, and counted, unless the questionnaire says `off_route: keep`. Where the
    # opening question was left blank or refused, an answer is kept, because it shows that the question was asked,
    # and a blank counts as not asked.
    unanswered = reasons == SKIPPED
    closed, doubtful = np.zeros(len(reasons), dtype=bool), np.zeros(len(reasons), dtype=bool)
    for gate, codes in route.all.items():
        is_open, is_closed = _gate(*done[gate], codes)
        closed |= is_closed
        doubtful |= ~is_open
    if route.any:
        states = [_gate(*done[gate], codes) for gate, codes in route.any.items()]
        closed |= np.logical_and.reduce([is_closed for _, is_closed in states])
        doubtful |= ~np.logical_or.reduce([is_open for is_open, _ in states])
    return closed | (doubtful & unanswered)


def _gate(values: np.ndarray, why: np.ndarray, codes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Where an opening question surely opens, and where it surely does not; neither where its answer is unknown."""
    answered = why == ANSWERED
    opens = np.isin(values, codes)
    return answered & opens, (answered & ~opens) | (why == NOT_ASKED)


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


def _flow(flow: pd.DataFrame, off_route: pd.DataFrame, routes: Iterable[Route]) -> pd.DataFrame:
    """The flow with the answers to questions that were not asked: those set aside, and those kept by declaration."""
    policies = {route.keep for route in routes}
    found = {
        False: ("refused_answers", OFF_ROUTE, ledger.SET_ASIDE),
        True: ("kept_answers", KEPT_OFF_ROUTE, ledger.KEPT_OFF_ROUTE),
    }
    rows = [
        (stage, reason, int(off_route["change"].eq(change).sum()))
        for keep, (stage, reason, change) in found.items()
        if keep in policies
    ]
    more = pd.DataFrame(rows, columns=["stage", "reason", "n"])
    more.insert(0, "step", range(int(flow["step"].max()) + 1, int(flow["step"].max()) + 1 + len(more)))
    return contracts.FLOW.conform(pd.concat([flow, more], ignore_index=True)) if rows else flow
