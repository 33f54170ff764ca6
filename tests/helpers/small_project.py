"""A project in a folder of its own: a study's config and made-up results, as the pipeline would have left them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from stemcareers import contracts

STUDY = "harbour"
PROJECT = """
title: STEM careers in harbour towns
subtitle: What goes with good provision?
confidence_level: 0.95
smallest_group: 10
seed: 1
"""
STUDY_YAML = """
title: {study_title}
summary: {summary}
asks:
  goes_with: {question}
  who_guides: Who gives guidance?
unit: school
units: schools
respondents: careers leaders
context: [phase]
source: {{citation: "Harbour (2024), A survey of careers leaders", address: "https://example.org/harbour"}}
licence: answers are private
"""
ITEMS = """item,label,wording,answers,status
guides,"{label}","{wording}",yes_no,published
plan,STEM in the plan,How far does the plan name STEM?,agree4,reconstructed
time,Time for it,How far is there time?,agree4,derived
phase,Phase,What phase is the school?,phase,administrative
pupils,Pupils,How many pupils are there?,pupils,administrative
"""
ANSWERS = """
yes_no: {{kind: nominal, codes: {{1: {answer}, 2: "No"}}, missing: {{9: dont_know}}}}
agree4: {{kind: ordered, codes: {{1: Not at all, 2: A little, 3: Mostly, 4: Fully}}}}
phase: {{kind: nominal, codes: {{1: Primary, 2: Secondary}}}}
pupils: {{kind: number, low: 1, high: 5000, unit: pupils}}
"""
SCALES = """
backing:
  title: {scale}
  measures: how far STEM careers are planned and given time
  role: leadership_factor
  method: mean
  items: [plan, time]
  reversed: [time]
  unit: points, 1 to 4
provision:
  title: Provision of STEM careers education
  measures: how much is on offer
  role: provision_outcome
  method: as_given
  items: [pupils]
  unit: points, 0 to 100
"""
INSTRUMENT = """
title: Careers leader questionnaire
mode: online
questions: {Q1: guides, Q2: plan, Q3: time, PH: phase, PU: pupils}
"""
WAVE = """
instrument: leader-1
title: "{wave}"
fielded: [{wave}-03-03, {wave}-04-11]
synthetic: {synthetic}
export: {{file: "{wave}.csv", reader: csv, sha256: "{checksum}"}}
source: {{how: ask the harbour office}}
response: id
design: {{weight: {weight}, strata: [region], lonely: adjust}}
differs: {{Q3: {{item: time, because: {because}}}}}
"""
SPECIFICATIONS = {
    "adjusted": """
title: Provision and its backing, adjusted
short: {short}
family: linear
outcome: provision
factors: [backing]
context: [phase]
""",
    "unadjusted": """
title: Provision and its backing, alone
short: Unadjusted
family: linear
outcome: provision
factors: [backing]
each_alone: true
""",
    "guidance": """
title: Who gives guidance
short: Guidance
family: share
outcome: guides
""",
    "hidden": """
title: Not on the page
short: Hidden
family: mean
outcome: provision
""",
}
FIGURES = {
    "factor-effects": """
title: {figure}
kind: forest
specifications: [unadjusted, adjusted]
terms: [backing]
x_title: Difference in points of provision
""",
    "guidance": """
title: Schools with and without guidance
kind: bars
specifications: [guidance]
levels: ["1"]
x_title: Share of schools
""",
}
# A figure with the id of a table, on no page.
FIGURES["models"] = """
title: On no page
kind: forest
specifications: [adjusted]
terms: [backing]
x_title: Difference in points of provision
"""
TABLES = {
    "models": """
title: Provision explained
specifications: [unadjusted, adjusted]
"""
}
REPORTS = {
    "provision": """
title: {report}
notebook: provision
summary:
  - {{says: "{{share:schools}} give guidance.", specification: guidance, level: "1"}}
  - says: "Where backing is one point more, provision is {{difference}}."
    specification: adjusted
    term: backing
    above: 0
sections:
  - asks: goes_with
    findings:
      - {{says: "{{difference}} points for one point of backing.", specification: unadjusted, term: backing}}
    figures: [factor-effects]
    tables: [models]
    meaning: {meaning}
  - asks: who_guides
    findings:
      - {{says: "{{share}} of {{n}} schools.", specification: guidance, level: "1"}}
    figures: [guidance]
""",
    "waves": """
title: Who answered
notebook: wave
parameters: {{wave: "2024"}}
""",
    "measures": """
title: How it was measured
notebook: measures
""",
}
WORDS = {
    "study_title": "Careers leaders in harbour towns",
    "summary": "A survey of careers leaders. It asks who gives guidance.",
    "question": "Does provision go with its backing?",
    "label": "Guidance in school",
    "wording": "Is guidance given in your school?",
    "answer": "Yes",
    "scale": "Backing for STEM careers",
    "short": "Adjusted",
    "figure": "Difference in provision that goes with backing",
    "report": "Does leadership go with provision?",
    "meaning": "Put it in the plan.",
    "because": "printed in reverse order",
}
# What a hostile author could write where a config has words.
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "</title><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    '<a href="java&#10;script:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="data:text/html,<script>alert(1)</script>"></object>',
    '<embed src="data:text/html,x">',
    '<form action="https://example.org"><button>x</button></form>',
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "<style>@import url(https://example.org/x.css)</style>",
    "<link rel=stylesheet href=https://example.org/x.css>",
    '<meta http-equiv=refresh content="0;url=https://example.org">',
    "<base href=https://example.org/>",
    "<details open ontoggle=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7 * 7 }} {% raw %}<b>x</b>",
)


PUBLISHED = """id,question,answer,value,unit,base_n,item,level,where,address,note,sample,wave,because
guides-yes,"{wording}","{answer}",39,%,1188,guides,1,"{summary}",https://example.org/harbour,"{because}",all,,
guides-no,"{wording}",No,61,%,1188,guides,2,Page 4,,,all,,
answered,How many answered?,,1200,n,,,,Page 1,,,,2024,
pupils,How many pupils a teacher?,,-2.5,pupils,,,,Page 9,,,,,"{meaning}"
"""
SYNTHETIC_WAVES = {"2021": "none", "2024": "w"}


def build(folder: Path, *, synthetic: bool = True, **words: str) -> Path:
    """The project's folder, filled: config of one study and its results. `words` replace texts of the config."""
    plain = {**WORDS, **words}
    said = {name: json.dumps(text, ensure_ascii=False) for name, text in plain.items()}
    in_csv = {name: text.replace('"', '""') for name, text in plain.items()}
    base = f"config/studies/{STUDY}"
    texts = {
        "config/project.yaml": PROJECT,
        f"{base}/study.yaml": STUDY_YAML.format(**said),
        f"{base}/items.csv": ITEMS.lstrip().format(**in_csv),
        f"{base}/published.csv": PUBLISHED.format(**in_csv),
        f"{base}/answers.yaml": ANSWERS.format(**said),
        f"{base}/scales.yaml": SCALES.format(**said),
        f"{base}/instruments/leader-1.yaml": INSTRUMENT,
        **{f"{base}/specifications/{k}.yaml": v.format(**said) for k, v in SPECIFICATIONS.items()},
        **{f"{base}/figures/{k}.yaml": v.format(**said) for k, v in FIGURES.items()},
        **{f"{base}/tables/{k}.yaml": v for k, v in TABLES.items()},
        **{f"{base}/reports/{k}.yaml": v.format(**said) for k, v in REPORTS.items()},
    }
    for wave, weight in SYNTHETIC_WAVES.items():
        filled = WAVE.format(
            wave=wave, synthetic=str(synthetic).lower(), checksum="0" * 64, weight=weight, because=said["because"]
        )
        texts[f"{base}/waves/{wave}.yaml"] = filled
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _results(folder / "results" / STUDY, synthetic)
    return folder


def rows(specification: str, *given: dict[str, object], synthetic: bool = True) -> pd.DataFrame:
    """ESTIMATES rows of a specification: each a row's own columns, the rest filled in."""
    blank = {
        "study": STUDY,
        "specification": specification,
        "sample": "all",
        "outcome": "provision",
        "quantity": "coefficient",
        "term": "",
        "level": "",
        "role": "measure",
        **dict.fromkeys(("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted"), float("nan")),
        "n": pd.NA,
        "n_schools": pd.NA,
        "unit": "points, 0 to 100",
        "synthetic": synthetic,
        "withheld": "",
    }
    return contracts.ESTIMATES.conform(pd.DataFrame([{**blank, **row} for row in given]))


def exclusions(**undone: object) -> pd.DataFrame:
    """What is estimated without the exclusions of 2024; columns given are those of the number without one."""
    level = "wave=2024, left_out=broke off"
    made = {"estimate": 2.384, "ci_low": 1.4, "ci_high": 3.368, "n": 1188}
    numbers = {
        "with_exclusion": made,
        "without_exclusion": undone,
        "change_without_exclusion": {
            "estimate": undone["estimate"] - made["estimate"],
            "withheld": undone.get("withheld", ""),
        },
    }
    backing = {"term": "backing", "role": "leadership_factor", "level": level}
    never = {"sample": "wave=2024", "outcome": "responses", "term": "left_out", "role": "flow"}
    never |= {"level": "wave=2024, left_out=preview", "withheld": "not undone: previews and tests are no answers"}
    return rows(
        "adjusted",
        *({**backing, "quantity": quantity, **its} for quantity, its in numbers.items()),
        {**never, "quantity": "without_exclusion"},
    )


def undone(project: Path) -> Path:
    """A project made by `build`, with results without each exclusion."""
    path = project / f"config/studies/{STUDY}/specifications/adjusted.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "without_each_exclusion: true\n", encoding="utf-8")
    told = exclusions(estimate=1.9, ci_low=1.0, ci_high=2.8, n=1250)
    contracts.ESTIMATES.write(told, project / "results" / STUDY / "exclusions.csv")
    return project


def _results(folder: Path, synthetic: bool) -> None:
    for name, table in _estimates(synthetic).items():
        contracts.ESTIMATES.write(table, folder / "estimates" / f"{name}.csv")
        contracts.FITS.write(_fit(name), folder / "fits" / f"{name}.csv")
    for wave in SYNTHETIC_WAVES:
        contracts.ESTIMATES.write(_facts(wave, synthetic), folder / "waves" / f"{wave}.csv")


def _estimates(synthetic: bool) -> dict[str, pd.DataFrame]:
    backing = {"term": "backing", "role": "leadership_factor", "n": 1188, "n_schools": 1188, "df": 180.0}
    guides = {"outcome": "guides", "term": "guides", "quantity": "share", "unit": "probability", "n": 1188}
    guides["n_schools"] = 1188
    made = {
        "adjusted": [
            {**backing, "estimate": 2.384, "std_error": 0.5, "ci_low": 1.4, "ci_high": 3.368},
            {
                **backing,
                "term": "phase",
                "level": "2",
                "role": "context",
                "estimate": -0.5,
                "std_error": 1.0,
                "ci_low": -2.5,
                "ci_high": 1.5,
            },
            {
                **backing,
                "term": "intercept",
                "role": "intercept",
                "estimate": 30.0,
                "std_error": 1.0,
                "ci_low": 28,
                "ci_high": 32,
            },
        ],
        "unadjusted": [{**backing, "estimate": 0.3, "std_error": 0.2, "ci_low": -0.03, "ci_high": 0.6}],
        "guidance": [
            {**guides, "level": "1", "estimate": 0.394, "std_error": 0.02, "ci_low": 0.36, "ci_high": 0.44},
            {**guides, "level": "2", "withheld": "fewer than 10", "n": pd.NA, "n_schools": pd.NA},
        ],
        "hidden": [{"quantity": "mean", "term": "provision", "estimate": 41.0, "n": 1188}],
    }
    return {name: rows(name, *given, synthetic=synthetic) for name, given in made.items()}


def _fit(name: str) -> pd.DataFrame:
    fit = {
        "study": STUDY,
        "specification": name,
        "sample": "all",
        "outcome": "guides" if name == "guidance" else "provision",
        "term": "",
        "family": "linear",
        "variance": "linearised",
        "weighted": True,
        "n": 1188,
        "n_schools": 1188,
        "left_out": "missing backing: 12; outside the sample: fewer than 10",
        "design_df": 180.0,
        "r_squared": 0.2,
        "log_likelihood": float("nan"),
        "converged": True,
        "condition_number": 3.0,
        "remarks": "",
        "withheld": "",
    }
    return pd.DataFrame([fit])


def _facts(wave: str, synthetic: bool) -> pd.DataFrame:
    flow = [
        ("received", "", 1310, ""),
        ("left_out", "preview", 22, ""),
        ("left_out", "broke off", 100, ""),
        ("left_out", "no consent", None, "fewer than 10"),
        ("kept", "", 1188, ""),
    ]
    found = [
        rows(
            "flow",
            *(
                {
                    "sample": f"wave={wave}",
                    "outcome": "responses",
                    "quantity": "count",
                    "term": term,
                    "level": level,
                    "role": "flow",
                    "estimate": n if n is not None else float("nan"),
                    "n": n if n is not None else pd.NA,
                    "unit": "responses",
                    "withheld": withheld,
                }
                for term, level, n, withheld in flow
            ),
            {
                "sample": f"wave={wave}",
                "outcome": "answers",
                "quantity": "count",
                "term": "refused_answers",
                "level": "guides is outside its answers",
                "role": "flow",
                "estimate": 14,
                "n": 14,
                "unit": "answers",
            },
            synthetic=synthetic,
        )
    ]
    answers = [("guides", "1", 468), ("guides", "2", 700), ("guides", "missing:dont_know", 20)]
    answers += [(i, str(code), 297) for i in ("plan", "time") for code in range(1, 5)]
    answers += [
        ("pupils", "answered", 1100),
        ("pupils", "missing:skipped", 88),
        ("phase", "1", None),
        ("phase", "2", 1180),
    ]
    count = {"sample": f"wave={wave}", "quantity": "count", "unit": "responses"}
    found.append(
        rows(
            "answers",
            *(
                {
                    **count,
                    "outcome": item,
                    "term": item,
                    "level": level,
                    "estimate": n if n is not None else float("nan"),
                    "n": n if n is not None else pd.NA,
                    "withheld": "" if n is not None else "fewer than 10",
                }
                for item, level, n in answers
            ),
            synthetic=synthetic,
        )
    )
    weighting = {"sample": f"wave={wave}", "outcome": "responses", "n": 1188}
    found.append(
        rows(
            "weighting",
            {**weighting, "quantity": "design_effect", "term": "weights", "estimate": 1.5, "unit": "ratio"},
            {**weighting, "quantity": "count", "term": "weights", "estimate": 3408, "unit": "units"},
            {**weighting, "quantity": "count", "term": "strata", "estimate": 9, "unit": "strata"},
            {**weighting, "quantity": "count", "term": "clusters", "estimate": 1188, "unit": "clusters"},
            synthetic=synthetic,
        )
    )
    alpha = {"sample": f"wave={wave}", "outcome": "backing", "role": "measure", "n": 1180}
    found.append(
        rows(
            "reliability",
            {**alpha, "quantity": "reliability", "term": "backing", "estimate": 0.81, "ci_low": 0.78, "ci_high": 0.84},
            *({**alpha, "quantity": "item_rest", "term": item, "estimate": 0.4} for item in ("plan", "time")),
            *({**alpha, "quantity": "alpha_if_deleted", "term": item, "estimate": 0.3} for item in ("plan", "time")),
            {
                **alpha,
                "quantity": "ordinal_alpha",
                "term": "backing",
                "estimate": 0.86,
                "ci_low": 0.84,
                "ci_high": 0.88,
            },
            {**alpha, "quantity": "polychoric", "term": "plan", "level": "time", "estimate": 0.754},
            {
                **alpha,
                "n": pd.NA,
                "quantity": "omega",
                "term": "backing",
                "estimate": float("nan"),
                "withheld": "no omega: a factor needs three items or more",
            },
            synthetic=synthetic,
        )
    )
    return pd.concat(found, ignore_index=True)
