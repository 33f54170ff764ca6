"""From a question to a number: what each step of a study does to an item, a scale or a wave, and in which files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stemcareers import wording
from stemcareers.config import Instrument, Scale, Specification, StudyConfig, waves_of
from stemcareers.config.fielded import fielded
from stemcareers.config.samples import column_of
from stemcareers.document.words import METHODS, MISSING, OF_SCHOOL, STATUSES, answered_with, asked_of, counted
from stemcareers.report import lineage, waves
from stemcareers.report.rows import Cell, of_fact
from stemcareers.site.shown import Shown
from stemcareers.site.source import File, Sources

LIBRARY = "workflow/stemcareers"


@dataclass(frozen=True)
class By:
    """By what a step is done: the rule and its sentence, its script, the library, and the config it reads."""

    rule: str
    says: str
    at: str
    script: File | None
    library: list[File]
    config: list[File]


@dataclass(frozen=True)
class Chain:
    """The steps of one study."""

    shown: Shown
    sources: Sources
    rules: Mapping[str, str]

    @property
    def config(self) -> StudyConfig:
        return self.shown.config

    @cached_property
    def _rules(self) -> dict[str, str]:
        """By verb, where its rule stands."""
        found = {verb: self.sources.rule(verb) for verb in self.rules}
        return {verb: self.sources.place(at[0].name, at[1]) for verb, at in found.items() if at}

    def by(self, verb: str, config: Iterable[str] = (), also: Iterable[str] = ()) -> By:
        """By what a verb's step is done.

        config  files below the study's folder, or `project.yaml`.
        also    modules of the library beside the verb's own.
        """
        own = [f"config/{n}" if n == "project.yaml" else f"config/studies/{self.config.id}/{n}" for n in config]
        return By(
            rule=verb,
            says=self.rules.get(verb, ""),
            at=self._rules.get(verb, ""),
            script=self.sources.files.get(f"workflow/scripts/{verb}.py"),
            library=[file for module in (verb, *also) for file in self.sources.below(f"{LIBRARY}/{module}")],
            config=[self.sources.files[name] for name in own if name in self.sources.files],
        )

    @cached_property
    def questionnaires(self) -> dict[str, Instrument]:
        """By wave, the questionnaire as it was fielded."""
        return {name: fielded(self.config.instruments[w.instrument], w) for name, w in self.config.waves.items()}

    @cached_property
    def columns(self) -> dict[str, dict[str, str]]:
        """By wave, the column of each item."""
        return {wave: {i: c for c, i in its.columns().items()} for wave, its in self.questionnaires.items()}

    def instruments(self, of_waves: Iterable[str]) -> list[str]:
        """The questionnaire files of some waves, below the study's folder."""
        return list(dict.fromkeys(f"instruments/{self.config.waves[wave].instrument}.yaml" for wave in of_waves))

    def question(self, item: str, of_waves: Iterable[str]) -> dict[str, Any]:
        """An item as each wave asked it: column, wording, of whom; with its answers and why one may be missing."""
        entry, answers = self.config.items[item], self.config.answer_set(item)
        asked = [self._asked(item, wave) for wave in of_waves if item in self.columns[wave]]
        return {
            "id": item,
            "label": entry.label,
            "wording": entry.wording,
            "status": STATUSES[entry.status],
            "asked": asked,
            "set": entry.answers,
            "kind": answers.kind,
            "answers": answered_with(answers),
            "missing": [(code, MISSING.get(reason, reason)) for code, reason in answers.missing.items()],
        }

    def _asked(self, item: str, wave: str) -> dict[str, Any]:
        column = self.columns[wave][item]
        question = self.questionnaires[wave].questions.get(column)
        entry = self.config.items[item]
        printed = question.answers if question is not None and question.answers else None
        return {
            "wave": wave,
            "title": self.config.waves[wave].title,
            "column": column,
            "wording": question.wording if question is not None and question.wording else entry.wording,
            "printed": answered_with(self.config.answers[printed]) if printed else [],
            "box": question is None,
            "of": asked_of(self.config, item, wave),
        }

    def recoded(self, wave: str, items: Iterable[str]) -> dict[str, Any]:
        """What is done to the answers of a wave before they are analysed, and what differs from the questionnaire."""
        entry, columns = self.config.waves[wave], self.columns[wave]
        here = [(item, columns[item]) for item in items if item in columns]
        questions = self.questionnaires[wave].questions
        labels = self.shown.labels
        codes = []
        for item, column in here:
            question = questions.get(column)
            pairs = [] if question is None else [(o, labels.level(item, str(c))) for o, c in question.codes.items()]
            because = entry.differs[column].because if column in entry.differs else ""
            if pairs or because:
                codes.append({"column": column, "label": labels.term(item), "codes": pairs, "because": because})
        return {
            "wave": wave,
            "title": entry.title,
            "codes": codes,
            "kept": list(dict.fromkeys(c.otherwise for c in entry.keep_if)),
            "quality": [(rule.reason, rule.then) for rule in entry.quality],
            "limit": entry.quarantine_at_most,
            "corrections": self._corrections(wave),
        }

    def _corrections(self, wave: str) -> str:
        """How many hand corrections a wave has, in words; where the answers are private, few are not counted."""
        path = self.shown.root / "config" / "studies" / self.config.id / "corrections" / f"{wave}.csv"
        if not path.is_file():
            return "none"
        with path.open(encoding="utf-8-sig", newline="") as file:
            number = sum(1 for _ in csv.DictReader(file))
        least = self.shown.project.smallest_group
        private = self.config.study.public_answers is None and not self.config.waves[wave].synthetic
        return f"fewer than {least}" if private and 0 < number < least else wording.count(number)

    def scale(self, name: str, of_waves: Iterable[str]) -> dict[str, Any]:
        """How a scale's score comes about, and how reliable it is in each wave."""
        scale = self.config.scales[name]
        return {
            "id": name,
            "title": scale.title,
            "measures": scale.measures,
            "method": METHODS.get(scale.method, scale.method) + (OF_SCHOOL if scale.of == "school" else ""),
            "counting": counted(self.config, name),
            "items": [(i, self.config.items[i].label, i in scale.reversed) for i in scale.items],
            "unit": scale.unit,
            "least": _least(scale),
            "reliability": [
                (self.config.waves[wave].title, cell) for wave in of_waves if (cell := self._alphas.get((name, wave)))
            ],
        }

    @cached_property
    def _alphas(self) -> dict[tuple[str, str], Cell]:
        """By scale and wave."""
        facts = self.shown.numbers.facts
        rows = facts[facts["quantity"].eq("reliability") & facts["withheld"].eq("")].to_dict("records")
        return {
            (row["outcome"], row["sample"].removeprefix("wave=")): of_fact(row, wording.decimal(float(row["estimate"])))
            for row in rows
        }

    @cached_property
    def _designs(self) -> dict[str, dict[str, Any]]:
        return {wave: self._design(wave) for wave in self.config.waves}

    def design(self, wave: str) -> dict[str, Any]:
        """How a wave was sampled and weighted, in sentences."""
        return self._designs[wave]

    def _design(self, wave: str) -> dict[str, Any]:
        facts = self.shown.numbers.about(wave, "weighting")
        facts = facts[facts["withheld"].eq("")]
        counted_facts = {(r["quantity"], r["term"]): float(r["estimate"]) for r in facts.to_dict("records")}
        entry = self.config.waves[wave]
        return {
            "title": entry.title,
            "sentences": waves.design_sentences(entry, self.shown.labels, counted_facts),
            "link": f"{lineage.page_of_wave(wave)}#weighting" if len(facts) else "",
        }

    def inputs(self, of_waves: Iterable[str]) -> list[dict[str, Any]]:
        """The raw files of some waves with their checksums."""
        found = []
        for wave in of_waves:
            entry = self.config.waves[wave]
            found += [
                {"wave": wave, "title": entry.title, "synthetic": entry.synthetic, "file": g.file, "sha256": g.sha256}
                for g in entry.export.raw_files()
            ]
        return found


def waves_behind(name: str, config: StudyConfig) -> list[str]:
    """The waves whose answers a specification is about, in the study's order."""
    about = waves_of(name, config)
    return [wave for wave in config.waves if not about or wave in about]


def variables_behind(entry: Specification, config: StudyConfig) -> list[str]:
    """Every item and scale a specification names, a grid's main analysis and its options among them."""
    named = [*entry.variables(), *(c for s in entry.samples if (c := column_of(s)))]
    if entry.of is not None:
        named += variables_behind(config.specifications[entry.of], config)
    if (vary := entry.vary) is not None:
        named += [*vary.outcome, *(m for ms in vary.measures.values() for m in ms)]
        named += [*(c for cs in vary.context.values() for c in cs), *([vary.leave_out] if vary.leave_out else [])]
    return [v for v in dict.fromkeys(named) if v in config.items or v in config.scales]


def items_behind(variables: Iterable[str], config: StudyConfig) -> list[str]:
    """The items among some variables, and those that their scales are made of."""
    found: list[str] = []
    for variable in variables:
        found += config.scales[variable].items if variable in config.scales else [variable]
    return list(dict.fromkeys(found))


def _least(scale: Scale) -> str:
    return wording.percent(scale.answered_at_least) if len(scale.items) > 1 else ""
