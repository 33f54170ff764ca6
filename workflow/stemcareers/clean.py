"""Keep one response per person, eligible and corrected, and account for every one that is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from stemcareers import account, contracts, ledger, quality
from stemcareers.config.labels import capital
from stemcareers.config.meaning import DECLARED_MISSING, NOT_A_DATE, NOT_A_NUMBER, SPELT, number, squeezed, understand
from stemcareers.config.spelling import spelling
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Condition, Wave
from stemcareers.errors import Problem, did_you_mean, listed

NO_ID = "no response id"
TWICE_EXPORTED = "exported twice"
TWICE_ANSWERED = "answered twice; the later answer counts"
CORRECTION = ("response", "item", "was", "becomes", "because")
SHOWN = 10  # rows or kinds, of many, that a message names
FEWEST = 3  # refused answers to one item that are no mere slips
MOST = 0.9  # the share of refusals whose kinds a message names


class Corrections(NamedTuple):
    """Hand corrections as they stand in their file: text columns response, item, was, becomes, because."""

    where: str
    rows: pd.DataFrame


class Cleaned(NamedTuple):
    """The responses kept (contract CLEANED), how many were lost and why (FLOW), which ones (ACCOUNT), and what was
    done to each cell and response since ingest (LEDGER)."""

    responses: pd.DataFrame
    flow: pd.DataFrame
    account: pd.DataFrame
    ledger: pd.DataFrame


def responses(
    ingested: pd.DataFrame,
    quarantine: pd.DataFrame,
    wave: Wave,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    where: str,
    corrections: Corrections | None = None,
) -> Cleaned:
    """The responses that count, corrected; one a person. What is left out is counted under one reason each.

    ingested, quarantine   as ingest gives them (INGESTED, QUARANTINE).
    where                  the wave's file, as a Problem names it.

    A response is lost, in this order, for having no id, under the first condition of `keep_if` that it fails, as
    an exact repetition of another, where its person answered again, and under the first rule of `quality` that it
    breaks and that excludes. Who fails a condition that is
    `still_sampled` stays in the table with `answered` false: part of the design, not of the answers. The responses
    keep their column `row`, which ties them to the quarantine.

    Raises a Problem where a correction does not fit, where the same id stands for different answers, and where
    nothing is kept; ContractBroken where the tables do not account for every response and every cell.
    """
    frame, corrected, mended = ingested.reset_index(drop=True), set(), []
    if corrections is not None:
        frame, corrected, mended = _corrected(frame, quarantine, corrections, items, answers)
    lost = _Losses(len(frame))
    lost.add(NO_ID, frame["response"].fillna("") == "", "response")
    for position, condition in enumerate(wave.keep_if):
        key = f"keep_if.{position}"
        if condition.column is None:
            met = _answered_any(frame, condition.answered_any, items, answers)
        else:
            met = _meets(condition, frame[contracts.EXPORTED + condition.column], key, where)
        lost.add(condition.otherwise, ~met, key)
    lost.add(TWICE_EXPORTED, _repeated(frame[lost.kept], where), "response")
    if wave.person:
        # ASSUME: an export lists the responses in the order in which they were given, so that of several
        # responses of one person the last row is the latest. Responses that name no person are all kept.
        named = frame[lost.kept & frame["person"].notna()]
        again = named.duplicated("person", keep="last").reindex(frame.index, fill_value=False)
        lost.add(TWICE_ANSWERED, again, "person")
    flags = _judged(frame, lost, wave, _coded(frame, items, answers), where)
    if not lost.kept.any():
        reasons = ", ".join(f"{n:,} x {reason}" for reason, n in lost.counts().items() if n)
        raise Problem(where, f"keep_if: none of the {len(frame):,} responses is kept: {reasons}")

    sampled = {condition.otherwise for condition in wave.keep_if if condition.still_sampled}
    silent = np.isin(lost.reason, list(sampled)) & ~frame["response"].duplicated().to_numpy()
    kept = frame[lost.kept].reset_index(drop=True)
    stays = frame.assign(answered=lost.kept)[lost.kept | silent].reset_index(drop=True)
    accounted = pd.DataFrame({"row": frame["row"], "response": frame["response"], "reason": lost.reason})
    flow = _flow(lost, flags, _still_refused(quarantine, kept, corrected))
    changes = ledger.joined([*mended, *_fates(frame, lost, silent, flags)])
    done = Cleaned(stays, flow, accounted, changes)
    _reconcile(done, ingested)
    return done


def _reconcile(done: Cleaned, ingested: pd.DataFrame) -> None:
    """Every response received is kept or left out for one reason, by its row; and the ledger replays to the table."""
    gone = account.by_reason(done.account)
    kept = gone.pop("", [])
    account.reconcile("clean", ingested["row"], kept, gone)
    stays = done.responses
    account.reconcile("clean, those kept", kept, stays.loc[stays["answered"], "row"])
    replayed = ledger.replay(ingested, done.ledger)
    ledger.verify(replayed, contracts.CLEANED.conform(stays), "cleaned")


def _coded(frame: pd.DataFrame, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> list[str]:
    """The items of the wave that are categories or numbers."""
    return [i for i, item in items.items() if i in frame.columns and answers[item.answers].is_measured]


def _judged(
    frame: pd.DataFrame, lost: _Losses, wave: Wave, items: Sequence[str], where: str
) -> list[tuple[str, str, np.ndarray]]:
    """Leave out whom a rule of quality excludes; the flags of the others: reason, rule and positions."""
    flags = []
    for position, rule in enumerate(wave.quality):
        key = f"quality.{position}"
        # ASSUME: rules judge the responses that would otherwise count, each rule those the rules before it left.
        bad = quality.broken(rule, frame[lost.kept], items, key, where).reindex(frame.index, fill_value=False)
        if rule.then == "exclude":
            lost.add(rule.reason, bad, key)
        else:
            flags.append((rule.reason, key, bad.to_numpy(dtype=bool)))
    return [(reason, key, np.flatnonzero(bad & lost.kept)) for reason, key, bad in flags]


def _fates(
    frame: pd.DataFrame, lost: _Losses, silent: np.ndarray, flags: list[tuple[str, str, np.ndarray]]
) -> Iterator[pd.DataFrame]:
    """LEDGER rows of the responses left out, only sampled, and flagged."""
    for rule in dict.fromkeys(lost.rule[~lost.kept]):
        for change, those in ((ledger.LEFT_OUT, ~silent), (ledger.NOT_ANSWERED, silent)):
            at = np.flatnonzero((lost.rule == rule) & those)
            yield ledger.rows("clean", frame, at, change=change, rule=rule, reason=lost.reason[at])
    for reason, rule, at in flags:
        yield ledger.rows("clean", frame, at, change=ledger.FLAGGED, rule=rule, reason=reason)


def within_limit(
    quarantine: pd.DataFrame,
    ingested: pd.DataFrame,
    wave: Wave,
    where: str | Path,
    quarantine_path: str | Path,
    written: bool = True,
) -> None:
    """Raise a Problem where more of the answers were refused than the wave accepts; it quotes none of them.

    where, quarantine_path   the tables of the two frames, so that a refusal can be looked up.
    written                  whether they are there already, or come with the report.

    The most frequent kinds of refusal are counted, enough of them to cover nine in ten. Where there are not too many
    in all, each item is held to a limit of its own: one whose codes changed drowns among many.
    """
    refused = quarantine[quarantine["item"] != ""]
    place = Path(quarantine_path).as_posix()
    rows = f"the rows are in {place}" if written else f"'make report' puts the rows into {place}"
    if written and (refused["reason"] == DECLARED_MISSING).any():
        rows += ", and 'make check' names the codes that the file itself has labels for"
    if refused.empty:
        return
    remedy, answers = _remedy(refused), len(refused) + _answered(ingested)
    if len(refused) / answers <= wave.quarantine_at_most:
        if wrong := list(_items_beyond(refused, ingested, wave)):
            raise Problem(Path(where).as_posix(), *wrong[:SHOWN], f"{remedy}; {rows}")
        return
    kinds = refused.groupby(["item", "reason"]).size().sort_values(ascending=False, kind="stable")
    enough = int((kinds.cumsum() < MOST * len(refused)).sum()) + 1
    named = ", ".join(f"{n:,} x {item} {reason}" for (item, reason), n in kinds.head(min(enough, SHOWN)).items())
    share = _share_above(len(refused) / answers, wave.quarantine_at_most)
    raise Problem(
        Path(where).as_posix(),
        f"{len(refused):,} of {answers:,} answers ({share}) {'was' if len(refused) == 1 else 'were'} refused, more "
        f"than quarantine_at_most ({100 * wave.quarantine_at_most:g}%): {named}.\n"
        f"{capital(remedy)}; {rows}",
    )


def _remedy(refused: pd.DataFrame) -> str:
    """What to do about answers refused, by what is wrong with most of them."""
    most = refused["reason"].value_counts().index[0]
    if most == SPELT:
        return (
            "name this wave's spelling of an answer beside its code under differs: {<column>: {codes: {<spelling>: "
            "<code>}, because: <why>}}, or under codes in the questionnaire"
        )
    if most == DECLARED_MISSING:
        return "name these codes under missing in answers.yaml, with what they stand for (skipped, dont_know, ...)"
    if most == NOT_A_NUMBER:
        return (
            "if numbers are written otherwise in this wave, say so under export (decimal, thousands, number_signs), "
            "and name words for units in answers.yaml (units)"
        )
    if most == NOT_A_DATE:
        return (
            "if days are written otherwise in this wave, put their format into answers.yaml as answers of their own, "
            "and name these under differs: {<column>: {answers: <set>, because: <why>}}"
        )
    return 'if codes changed, or one means "don\'t know" in this wave, say so under differs'


def _items_beyond(refused: pd.DataFrame, ingested: pd.DataFrame, wave: Wave) -> Iterator[str]:
    """A sentence for each item of whose answers more were refused than the wave accepts of one."""
    limit = max(wave.quarantine_item_at_most, wave.quarantine_at_most)
    for item, rows in refused.groupby("item"):
        n = len(rows)
        if n < FEWEST or item not in ingested.columns:
            continue
        answers = n + _answered(ingested[[item]])
        if n / answers > limit:
            reasons = ", ".join(f"{times:,} x {reason}" for reason, times in rows["reason"].value_counts().items())
            yield (
                f"{n:,} of {answers:,} answers to '{item}' ({_share_above(n / answers, limit)}) were refused, more "
                f"than quarantine_item_at_most ({100 * limit:g}%): {reasons}"
            )


def corrections(paths: str | Path | Sequence[str | Path]) -> Corrections | None:
    """The hand corrections of a file, every cell as text; None where no file is given.

    Raises a Problem where the file cannot be read.
    """
    listed = [paths] if isinstance(paths, str | Path) else list(paths)
    if not listed:
        return None
    path = Path(listed[0])
    try:
        rows = pd.read_csv(path, dtype="string", keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        raise Problem(
            path.as_posix(), f"is not a UTF-8 csv file with the columns {', '.join(CORRECTION)} in every row"
        ) from None
    return Corrections(path.as_posix(), rows)


class _Losses:
    """Why each row is left out: the first reason that applied."""

    def __init__(self, rows: int) -> None:
        self.reason = np.full(rows, "", dtype=object)
        self.rule = np.full(rows, "", dtype=object)
        self.reasons: list[str] = []

    @property
    def kept(self) -> np.ndarray:
        return self.reason == ""

    def add(self, reason: str, lost: pd.Series, rule: str) -> None:
        """Leave out under `reason`, by `rule`, those of the rows kept so far where `lost` is true, by the index."""
        rows = lost.index[lost.to_numpy(dtype=bool)]
        rows = rows[self.kept[rows]]
        self.reason[rows] = reason
        self.rule[rows] = rule
        self.reasons += [reason] if reason not in self.reasons else []

    def counts(self) -> dict[str, int]:
        """How many rows each reason cost, in the order of the reasons; also those that cost none."""
        return {reason: int((self.reason == reason).sum()) for reason in self.reasons}


def _flow(lost: _Losses, flags: list[tuple[str, str, np.ndarray]], refused: pd.Series) -> pd.DataFrame:
    rows = [
        ("received", "", len(lost.reason)),
        *(("left_out", reason, n) for reason, n in lost.counts().items()),
        ("kept", "", int(lost.kept.sum())),
        *(("flagged", reason, len(at)) for reason, _, at in flags),
        *(("refused_answers", reason, n) for reason, n in refused.items()),
    ]
    flow = pd.DataFrame(rows, columns=["stage", "reason", "n"])
    accounted = int(flow.loc[flow["stage"].isin(["left_out", "kept"]), "n"].sum())
    if accounted != len(lost.reason):
        raise contracts.ContractBroken(f"flow: {len(lost.reason)} responses received, {accounted} accounted for")
    flow.insert(0, "step", range(len(flow)))
    return contracts.FLOW.conform(flow)


def _answered(ingested: pd.DataFrame) -> int:
    """How many cells of items hold an answer, one under `missing` included."""
    named = {c.name for c in contracts.INGESTED.columns}
    items = [c for c in ingested.columns if c not in named and not c.startswith(contracts.EXPORTED)]
    blank = sum(int(ingested[item].isna().sum()) for item in items)
    unasked = sum(
        int((ingested[item] == contracts.NOT_ASKED_CODE).sum())
        for item in items
        if pd.api.types.is_numeric_dtype(ingested[item].dtype)
    )
    return len(ingested) * len(items) - blank - unasked


def _share_above(share: float, limit: float) -> str:
    """A share as a percentage, with as many decimals as show that it is above the limit."""
    shown = [f"{100 * share:.{decimals}f}" for decimals in range(1, 9)]
    return next((s for s in shown if float(s) > 100 * limit), shown[-1]) + "%"


def _still_refused(quarantine: pd.DataFrame, kept: pd.DataFrame, corrected: set[tuple[int, str]]) -> pd.Series:
    """How many answers of the responses kept are refused and were not mended by hand, by reason."""
    of_items = quarantine[(quarantine["item"] != "") & quarantine["row"].isin(kept["row"])]
    mended = [cell in corrected for cell in zip(of_items["row"], of_items["item"], strict=True)]
    return of_items[~np.array(mended, dtype=bool)].groupby("reason").size()


# --- conditions -------------------------------------------------------------------------------------------


def _meets(condition: Condition, cells: pd.Series, key: str, where: str) -> pd.Series:
    """Whether each cell meets a condition; a blank one meets only `not_one_of`.

    Raises a Problem where a number is compared with cells that hold none, and where a cell is one of the values in
    another spelling: who consented with 'yes' is not left out for a capital.
    """
    codes, texts = pd.factorize(cells)
    if condition.not_blank:
        return cells.notna().astype(bool)
    if condition.at_least is not None:
        numbers = [number(squeezed(text)) for text in texts]
        odd = int(np.isin(codes, [i for i, x in enumerate(numbers) if x is None]).sum())
        if odd:
            raise Problem(where, f"{key}: '{condition.column}' is not a number in {odd:,} of {len(cells):,} responses")
        met = [x is not None and x >= condition.at_least for x in numbers]
        blank = False
    else:
        single = [] if condition.equals is None else [condition.equals]
        wanted = [*single, *condition.one_of, *condition.not_one_of]
        words = {squeezed(w) for w in wanted if isinstance(w, str)}
        numbers_wanted = {float(w) for w in wanted if not isinstance(w, str)}
        meant = {spelling(w) for w in words}
        spelt = [i for i, t in enumerate(texts) if spelling(t) in meant and squeezed(t) not in words]
        if n := int(np.isin(codes, spelt).sum()):
            raise Problem(
                where,
                f"{key}: '{condition.column}' has one of the values in another spelling in {n:,} of {len(cells):,} "
                "responses (capitals, apostrophes, dashes); name that spelling here too",
            )
        met = [squeezed(t) in words or number(squeezed(t)) in numbers_wanted for t in texts]
        blank = bool(condition.not_one_of)
        if condition.not_one_of:
            met = [not m for m in met]
    return pd.Series(np.array([*met, blank], dtype=bool)[codes], index=cells.index)


def _answered_any(
    frame: pd.DataFrame, named: Sequence[str], items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
) -> pd.Series:
    """Whether each row holds an answer to one of the items; a code that stands for none is no answer."""
    found = np.zeros(len(frame), dtype=bool)
    for item in named:
        if item in frame:
            none = [*answers[items[item].answers].missing, contracts.NOT_ASKED_CODE]
            found |= (frame[item].notna() & ~frame[item].isin(none)).to_numpy(dtype=bool)
    return pd.Series(found, index=frame.index)


def _repeated(kept: pd.DataFrame, where: str) -> pd.Series:
    """Whether each row repeats an earlier one in everything.

    Raises a Problem where rows share their id and differ.
    """
    shared = kept[kept.duplicated("response", keep=False)]
    content = [column for column in kept.columns if column != "row"]
    repeats = shared.duplicated(content, keep="first")
    different = shared[~repeats]
    different = different[different.duplicated("response", keep=False)]
    if len(different):
        found = list(_differences(different, content))
        more = [f"and {len(found) - SHOWN:,} more ids"] if len(found) > SHOWN else []
        raise Problem(
            where,
            *found[:SHOWN],
            *more,
            "an id must stand for one response: name a further column under response that tells them apart, or "
            "leave one of them out under keep_if",
        )
    return repeats.reindex(kept.index, fill_value=False)


def _differences(different: pd.DataFrame, content: list[str]) -> Iterator[str]:
    for _, group in different.groupby("response", sort=False):
        odd = [c.removeprefix(contracts.EXPORTED) for c in content if group[c].nunique(dropna=False) > 1]
        rows = [str(row) for row in group["row"]]
        yield f"response: rows {listed(rows)} have the same id, but differ in {', '.join(dict.fromkeys(odd))}"


# --- corrections ------------------------------------------------------------------------------------------


def _corrected(
    frame: pd.DataFrame,
    quarantine: pd.DataFrame,
    corrections: Corrections,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> tuple[pd.DataFrame, set[tuple[int, str]], list[pd.DataFrame]]:
    """The responses with hand corrections, the cells (row, item) that were mended, and the LEDGER rows.

    Raises a Problem naming the line of every correction that does not fit.
    """
    where, listed = corrections
    if tuple(listed.columns) != CORRECTION:
        found = ", ".join(map(str, listed.columns))
        raise Problem(where, f"the columns must be {', '.join(CORRECTION)}; found {found}")
    frame = frame.copy()
    refused = {
        (row, item): answer
        for row, item, answer in zip(quarantine["row"], quarantine["item"], quarantine["answer"], strict=True)
    }
    rows_of = frame.groupby("response").indices
    wrong, mended, seen, changes = [], set(), set(), []
    for line, entry in enumerate(listed.itertuples(index=False), start=2):
        cell = (entry.response.strip(), entry.item.strip())
        fault = _fault(frame, refused, rows_of, entry, items, answers)
        if cell in seen:
            fault = f"'{entry.item}' of this response is corrected twice; keep one line"
        seen.add(cell)
        if fault:
            wrong.append(f"line {line}: {fault}")
            continue
        value, _ = understand(answers[items[cell[1]].answers])(entry.becomes)
        positions = rows_of[cell[0]]
        before = ledger.texts(frame[cell[1]].iloc[positions])
        frame.loc[positions, cell[1]] = pd.NA if value is None else value
        after = ledger.texts(frame[cell[1]].iloc[positions])
        how = {"change": ledger.CORRECTED, "rule": f"{where}: line {line}", "reason": entry.because.strip()}
        changes.append(ledger.rows("clean", frame, positions, item=cell[1], before=before, after=after, **how))
        if value is not None:
            mended |= {(int(frame["row"].iat[position]), cell[1]) for position in positions}
    if wrong:
        raise Problem(where, *wrong)
    return frame, mended, changes


def _fault(
    frame: pd.DataFrame,
    refused: Mapping[tuple[int, str], str],
    rows_of: Mapping[str, np.ndarray],
    entry: tuple[str, ...],
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> str:
    """What is wrong with one correction, or ''. No answer is quoted."""
    response, item, was, becomes, because = (text.strip() for text in entry)
    if item not in items or item not in frame.columns:
        return f"'{item}' is not an item of this wave{did_you_mean(item, [i for i in items if i in frame.columns])}"
    if response not in rows_of or not response:
        return "the export holds no such response"
    if not because:
        return "'because' is empty; say why the answer is corrected"
    one = understand(answers[items[item].answers])
    _, odd = one(becomes)
    if odd:
        return f"'becomes' {odd} ({item})"
    value, _ = one(was)
    for position in rows_of[response]:
        stood = refused.get((int(frame["row"].iat[position]), item))
        if stood is not None:
            same = squeezed(stood) == squeezed(was)
        else:
            now = frame[item].iat[position]
            same = (value is None and not was) if pd.isna(now) else value is not None and now == value
        if not same:
            return f"'was' is not what the response holds ({item}); look it up again"
    return ""
