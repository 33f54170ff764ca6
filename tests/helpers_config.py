"""A tiny study in memory, and made-up estimates of it: what tests of figures, tables and pages draw."""

from __future__ import annotations

from typing import Any

import pandas as pd
from stemcareers import config, contracts
from stemcareers.config import Labels, StudyConfig

STUDY = "tiny"
AGREE = {1: "Strongly disagree", 2: "Disagree", 3: "Neither", 4: "Agree", 5: "Strongly agree"}
ITEMS = {
    "careers_fair": ("Careers fair at least once a year", "yes_no"),
    "employer_talk": ("Talks by employers at least once a year", "yes_no"),
    "site_visit": ("Visits to science-based firms", "yes_no"),
    "vision": ("Leaders share a vision of STEM careers", "agree5"),
    "time": ("The careers leader has enough time", "agree5"),
    "sector": ("Sector", "sector"),
    "location": ("Location", "location"),
    "nation": ("Nation", "nation"),
    "lead": ("Who leads on careers", "lead"),
}
SCALES = {
    "provision": ("Careers provision", "provision_outcome"),
    "priority": ("Priority of careers among the school's aims", "leadership_factor"),
    "autonomy": ("Autonomy over curriculum and assessment", "leadership_factor"),
    "training": ("Leaders trained in careers guidance", "leadership_factor"),
}
INDICATORS = {"agrees_vision": "vision", "agrees_time": "time"}
SPECIFICATIONS: dict[str, dict[str, Any]] = {
    "adjusted": {
        "short": "Adjusted",
        "family": "linear",
        "outcome": "provision",
        "factors": ["priority", "autonomy", "training"],
        "context": ["sector", "location"],
        "reference": {"sector": 1},
    },
    "unadjusted": {
        "short": "Unadjusted",
        "family": "linear",
        "outcome": "provision",
        "factors": ["priority", "autonomy", "training"],
        "each_alone": True,
    },
    "odds": {"short": "Odds", "family": "logit", "outcome": "careers_fair", "factors": ["priority", "sector"]},
    "grid": {
        "short": "Other ways",
        "family": "robustness",
        "of": "adjusted",
        "outcome": "provision",
        "focal": ["priority", "autonomy"],
        "vary": {
            "weighted": [True, False],
            "outcome": ["provision", "training"],
            "context": {"as in the main analysis": ["sector", "location"], "nothing": []},
            "leave_out": "nation",
        },
    },
    "shares": {"short": "Shares", "family": "share", "outcome": ["careers_fair", "employer_talk", "site_visit"]},
    "agreement": {"short": "Agreement", "family": "share", "outcome": ["vision", "time"]},
    "early": {"short": "Early", "family": "mean", "outcome": ["provision", "priority"], "waves": ["2023-spring"]},
    "late": {"short": "Late", "family": "mean", "outcome": ["provision", "priority"], "waves": ["2025-spring"]},
    "by-wave": {"short": "Mean", "family": "mean", "outcome": ["provision", "priority"], "samples": ["by wave"]},
    "later": {
        "short": "2025 minus 2023",
        "family": "difference",
        "outcome": ["provision", "priority"],
        "between": "wave",
    },
    "means": {"short": "Means", "family": "mean", "outcome": "provision", "samples": ["all", "by nation"]},
    "bins": {"short": "Bins", "family": "distribution", "outcome": "provision", "edges": [0, 20, 40, 60, 80, 100]},
}


def labels(
    *,
    synthetic: bool = False,
    nations: dict[int, str] | None = None,
    words: dict[str, str] | None = None,
    rewritten: tuple[str, ...] = (),
    **entries: dict[str, Any],
) -> Labels:
    """The labels of the tiny study; `words` replaces labels by id, `nations` the nations' names.

    rewritten  items whose wording was another in 2023.
    """
    words = words or {}
    answers = {
        "yes_no": config.AnswerSet(kind="nominal", codes={1: "Yes", 2: "No"}),
        "agree5": config.AnswerSet(kind="ordered", codes=AGREE),
        "sector": config.AnswerSet(kind="nominal", codes={1: "Public", 2: "Private"}),
        "location": config.AnswerSet(kind="ordered", codes={1: "Village", 2: "Town", 3: "City"}),
        "nation": config.AnswerSet(
            kind="nominal", codes=nations or {1: "England", 2: "Scotland", 3: "Wales", 4: "Northern Ireland"}
        ),
        "lead": config.AnswerSet(kind="nominal", codes={1: "Head", 2: "Deputy", 3: "Teacher"}),
    }
    items = {
        name: config.Item(item=name, label=words.get(name, label), wording=label, answers=a, status="reconstructed")
        for name, (label, a) in ITEMS.items()
    }
    scales = {
        name: config.Scale(
            title=words.get(name, title), measures=title, role=role, method="mean", items=["vision"], unit="points"
        )
        for name, (title, role) in SCALES.items()
    }
    of_agreement = {"role": "context", "method": "indicator", "codes": [4, 5], "unit": "probability"}
    for name, item in INDICATORS.items():
        scales[name] = config.Scale(title=f"Agrees: {item}", measures=item, items=[item], **of_agreement)
    specifications = {
        name: config.Specification(title=given["short"], **{**given, "short": words.get(name, given["short"])})
        for name, given in SPECIFICATIONS.items()
    }
    study = config.Study(
        title="Tiny",
        summary="A study for tests.",
        asks={"what": "What?"},
        unit="school",
        units="schools",
        respondents="heads",
        context=["nation", "sector", "location"],
        source={"citation": "Nobody (2020), Tiny study"},
        licence="none",
    )
    waves = {
        f"{year}-spring": config.Wave(
            instrument=f"form-{year}",
            title=f"Spring {year}",
            fielded=[f"{year}-03-01", f"{year}-04-01"],
            synthetic=synthetic,
            export={"file": f"{year}.csv", "reader": "csv", "sha256": "0" * 64},
            source={"how": "Ask."},
            response="id",
            design={"weight": "none"},
        )
        for year in (2023, 2025)
    }
    forms = {
        f"form-{year}": config.Instrument(
            title=f"Form {year}",
            mode="online",
            questions={
                f"Q_{name}": {"item": name, **({"wording": "As it was."} if name in old else {})} for name in ITEMS
            },
        )
        for year, old in ((2023, rewritten), (2025, ()))
    }
    rest: dict[str, Any] = {"instruments": forms, "figures": {}, "tables": {}, "reports": {}, **entries}
    return Labels(
        StudyConfig(
            id=STUDY,
            study=study,
            items=items,
            answers=answers,
            scales=scales,
            waves=waves,
            specifications=specifications,
            **rest,
        )
    )


def row(specification: str, outcome: str, quantity: str, estimate: float, half: float = 0.1, **more: Any) -> dict:
    """One row of the estimates; the interval is `half` on each side."""
    known = {
        "study": STUDY,
        "specification": specification,
        "sample": "all",
        "outcome": outcome,
        "quantity": quantity,
        "term": outcome,
        "level": "",
        "role": "measure",
        "estimate": estimate,
        "std_error": half / 2,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "df": 30.0,
        "p_value": 0.04,
        "p_adjusted": None,
        "n": 188,
        "n_schools": 150,
        "unit": "probability" if quantity == "share" else "points",
        "synthetic": False,
        "withheld": "",
    }
    return {**known, **more}


def withheld(found: dict, reason: str = "fewer than 10") -> dict:
    """The same row without its numbers."""
    numbers = ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted", "n", "n_schools")
    return {**found, **dict.fromkeys(numbers), "withheld": reason}


def estimates(rows: list[dict]) -> pd.DataFrame:
    """Rows held to the contract."""
    return contracts.ESTIMATES.conform(pd.DataFrame(rows))


def fits(rows: pd.DataFrame, **more: Any) -> pd.DataFrame:
    """A fit for every specification, sample and outcome of some estimates."""
    known = {
        "term": "",
        "family": "linear",
        "variance": "linearised",
        "weighted": True,
        "n": 188,
        "n_schools": 150,
        "left_out": "missing priority: 12",
        "design_df": 149.0,
        "r_squared": 0.23,
        "log_likelihood": None,
        "converged": True,
        "condition_number": 12.0,
        "remarks": "",
        "withheld": "",
        **more,
    }
    keys = rows[["study", "specification", "sample", "outcome"]].drop_duplicates()
    return contracts.FITS.conform(keys.assign(**known))
