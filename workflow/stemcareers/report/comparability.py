"""What a page says of comparisons between waves: what was asked in several, what changed, and whether it matters."""

from __future__ import annotations

from stemcareers import wording
from stemcareers.config import Gate, Labels, Verdict
from stemcareers.report.fragment import Fragment, filled

YES, NO = "yes", "no"
HEADING = "What can be compared between waves"
UNCHANGED = "nothing changed"


def table(labels: Labels) -> Fragment:
    """Every item and scale that several waves asked: comparable or not, what changed, and the study's reason.

    From config alone. What cannot be compared stands first, then what changed and can be, then the rest; last, how many
    questions each wave alone asked.
    """
    config = labels.config
    gate = Gate(config)
    pairs = [(name, verdict) for name in gate.variables() for verdict in gate.verdicts(name)]
    pairs.sort(key=lambda pair: (pair[1].comparable, not pair[1].changes))
    rows = [_row(name, verdict, labels) for name, verdict in pairs]
    apart = sum(not verdict.comparable for _, verdict in pairs)
    reasons = any(row["because"] for row in rows)
    several = len({verdict.waves for _, verdict in pairs}) > 1
    alone = _alone(labels, gate)
    html = filled(
        "comparability.html",
        rows=rows,
        several=several,
        reasons=reasons,
        waves=len(config.waves),
        apart=apart,
        alone=alone,
    )
    told = [f"{row['label']}, {row['waves']}: {row['comparable']} ({row['changed']})" for row in rows]
    return Fragment(html, "\n".join([*(told or [_none(len(config.waves))]), *([alone] if alone else [])]))


def headed(labels: Labels) -> Fragment:
    """The table under a heading of its own, as one of several pieces that answer a question."""
    made = table(labels)
    return Fragment(filled("compared.html", table=made), f"{HEADING}\n{made.text}")


def _alone(labels: Labels, gate: Gate) -> str:
    """How many questions each wave alone asked, as a sentence; empty where every question was asked in several."""
    waves = labels.config.waves
    once = [asked[0] for item in labels.config.items if len(asked := gate.waves_of(item)) == 1]
    counts = [f"{wording.count(once.count(wave))} in {waves[wave].title}" for wave in waves if wave in once]
    if len(waves) == 1 or not counts:
        return ""
    return f"Questions asked in one wave only, which cannot be compared: {', '.join(counts)}."


def _row(name: str, verdict: Verdict, labels: Labels) -> dict[str, object]:
    titles = [labels.config.waves[wave].title for wave in verdict.waves]
    return {
        "id": name,
        "label": labels.term(name),
        "scale": name in labels.config.scales,
        "waves": " and ".join(titles),
        "comparable": YES if verdict.comparable else NO,
        "changed": "; ".join(change.told for change in verdict.changes) or UNCHANGED,
        "because": " ".join(verdict.because),
    }


def _none(waves: int) -> str:
    return "the study has one wave" if waves == 1 else "no question was asked in more than one wave"
