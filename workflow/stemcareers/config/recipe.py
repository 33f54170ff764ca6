"""`synthetic/<wave>.yaml`: how the made-up export of a wave is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.fielded import fielded
from stemcareers.config.plain import ColumnId, Level, Name, Words
from stemcareers.errors import Problem, did_you_mean

if TYPE_CHECKING:
    from stemcareers.config.load import StudyConfig


# Readers of which synthetic/ has a writer.
DRAWN = ("csv", "excel", "jisc", "limesurvey", "qualtrics", "spss", "stata", "surveymonkey")
PREVIEWED = ("qualtrics",)  # formats that mark previews


class Spread(Entry):
    """A skewed number: half the answers lie below the median, two in three within a factor of `within`."""

    median: float = Field(gt=0, description="the middle answer")
    within: float = Field(gt=1, description="two in three answers lie between median / within and median * within")
    step: int = Field(1, ge=1, description="answers are rounded to multiples of this")


class Bands(Entry):
    """An answer that is worked out from the number or code another item has, as a tool does that prints both."""

    of: ColumnId = Field(description="the item it is worked out from")
    starts: dict[int, float] = Field(
        min_length=2, description="code: the smallest answer to that item that has it, rising"
    )

    def faults(self) -> Iterable[str]:
        if sorted(set(self.starts.values())) != list(self.starts.values()):
            yield "starts: must rise from code to code"


class Draw(Entry):
    """How the answers to one item are drawn."""

    shares: dict[int, float] = Field(
        default_factory=dict,
        description=(
            "per cent of those who answer, by code; they make 100. The order counts: what goes with an item goes "
            "with later codes"
        ),
    )
    shares_by: dict[ColumnId, dict[int, dict[int, float]]] = Field(
        default_factory=dict,
        description="item, code, and the shares of those who gave it that answer (an item of the school: whose school "
        "has it); the first item that fits counts, and 'shares' where none does",
    )
    number: Spread | None = Field(None, description="number items: how the answers spread")
    texts: list[Words] = Field(default_factory=list, description="text items: the answers, each given once")
    bands: Bands | None = Field(None, description="an answer that is worked out from that to another item")
    goes_with: dict[ColumnId, float] = Field(
        default_factory=dict,
        description="hidden traits or other items, and how strongly answers go with them, -1 to 1",
    )
    of: Literal["response", "school"] = Field(
        "response", description="school: everybody of a school gives the same answer"
    )
    missing: dict[int, int] = Field(
        default_factory=dict, description="codes that are no answer, and how many respondents give each"
    )
    blank: int = Field(0, ge=0, description="how many respondents leave it blank")
    because: Words = Field(description="where the shares come from: the published figure, or that they are assumed")

    def faults(self) -> Iterable[str]:
        ways = {
            "shares": bool(self.shares or self.shares_by),
            "number": self.number is not None,
            "texts": bool(self.texts),
            "bands": self.bands is not None,
        }
        given = [key for key, used in ways.items() if used]
        if not given:
            yield f"shares: is missing; an item needs one of {', '.join(ways)}"
        yield from (f"{key}: stands beside {given[0]}; an item needs one of {', '.join(ways)}" for key in given[1:])
        if self.bands is not None and (self.goes_with or self.missing or self.blank or self.of == "school"):
            yield "bands: an answer worked out from another has no other key but 'because'"
        for key, shares in self.all_shares().items():
            if abs(sum(shares.values()) - 100) > 1e-9:
                yield f"{key}: make {sum(shares.values()):g}, not 100"
            if list(shares) != self.codes():
                said = ", ".join(map(str, self.codes()))
                yield f"{key}: needs the codes {said} in this order, as the first shares have; 0 where nobody gives one"
            yield from (f"{key}.{code}: {share:g} is less than 0" for code, share in shares.items() if share < 0)
        yield from (f"missing.{code}: {times} is less than 0" for code, times in self.missing.items() if times < 0)
        for name, strength in self.goes_with.items():
            if not -1 < strength < 1:
                yield f"goes_with.{name}: {strength:g} must lie between -1 and 1"
        if self.of == "school" and (self.goes_with or self.texts or self.shares_by):
            yield "of: an answer of the school has 'shares' or 'number', and goes with nothing"

    def all_shares(self) -> dict[str, dict[int, float]]:
        """Key in the file: the shares that stand there, those of everybody first."""
        found = {"shares": self.shares} if self.shares else {}
        for item, cases in self.shares_by.items():
            found |= {f"shares_by.{item}.{code}": shares for code, shares in cases.items()}
        return found

    def codes(self) -> list[int]:
        """The codes that are drawn, from those that what an item goes with makes less likely to those it makes more."""
        return list(next(iter(self.all_shares().values()), {}))


class Consent(Entry):
    """The first question of the export; who refuses is left out."""

    column: Name = Field(description="its column")
    wording: Words = Field(description="the question as asked")
    given: int = Field(description="the code for yes")
    refused: int = Field(description="the code for no")


class Informants(Entry):
    """Who answers in a school, where several people do, each with questions of their own."""

    item: ColumnId = Field(description="the item that tells them apart, such as their role; it needs no entry in items")
    schools: dict[int, int] = Field(
        min_length=2,
        description="code: in how many schools somebody with this answer takes part, one in each; the first code in "
        "every school that takes part, the others in some of these",
    )

    def faults(self) -> Iterable[str]:
        first, *others = self.schools.values()
        yield from (f"schools.{code}: {n} is less than 1" for code, n in self.schools.items() if n < 1)
        if others and max(others) > first:
            yield f"schools: the first code is in every school that takes part, so none is in more than {first}"


class Flaws(Entry):
    """What is wrong in real exports, put in on purpose. None of it counts in the shares."""

    previews: int = Field(0, ge=0, description="rows made while the questionnaire was tried out")
    refusals: int = Field(0, ge=0, description="people who give no consent")
    break_offs: int = Field(0, ge=0, description="people who stop before the wave's Progress condition is met")
    earlier_answers: int = Field(0, ge=0, description="people who answered twice; the last answer counts")
    outside: dict[ColumnId, Level] = Field(
        default_factory=dict, description="item and an answer outside its answer set, given by one respondent"
    )


class Recipe(Entry):
    """How the made-up export of a wave is drawn: how many answer what, and what goes with what."""

    responses: int = Field(ge=10, description="how many responses count in the end")
    schools: int = Field(ge=1, description="how many schools they come from; the rest are second answers of a school")
    traits: dict[ColumnId, dict[ColumnId, float]] = Field(
        default_factory=dict,
        description="hidden traits that answers go with, and what each goes with itself, -1 to 1",
    )
    items: dict[ColumnId, Draw] = Field(min_length=1, description="how each item of the questionnaire is answered")
    informants: Informants | None = Field(
        None, description="who answers in each school, where several people with questions of their own do"
    )
    shared: list[ColumnId] = Field(
        default_factory=list, description="the traits that are the school's: everybody there has the same"
    )
    lasting: dict[ColumnId, float] = Field(
        default_factory=dict,
        description="traits and items, and how much of what is their own stays from wave to wave of the study, 0 to 1",
    )
    consent: Consent | None = Field(None, description="the question of consent, if the export has one")
    flaws: Flaws = Field(default_factory=Flaws, description="previews, break-offs and the like to put in")

    def faults(self) -> Iterable[str]:
        if self.schools > self.responses:
            yield f"schools: {self.schools} is more than 'responses' ({self.responses})"
        if self.informants is not None:
            yield from self._informant_faults(self.informants)
        yield from self._lasting_faults()
        if self.flaws.refusals and self.consent is None:
            yield "consent: is missing; flaws.refusals needs the question of consent"
        for name in sorted(set(self.traits) & set(self.items)):
            yield f"traits.{name}: is an item too; a name means one thing"
        try:
            TopologicalSorter({name: self.after(name) for name in [*self.traits, *self.items]}).prepare()
        except CycleError as error:
            yield f"goes_with: these go with each other in a circle: {', '.join(error.args[1])}"

    def _informant_faults(self, informants: Informants) -> Iterable[str]:
        if (total := sum(informants.schools.values())) != self.responses:
            yield f"informants.schools: make {total}, but 'responses' is {self.responses}"
        if (most := max(informants.schools.values())) > self.schools:
            yield f"informants.schools: {most} is more than 'schools' ({self.schools})"
        if informants.item in self.items:
            yield f"items.{informants.item}: is told under 'informants' already; keep one"

    def _lasting_faults(self) -> Iterable[str]:
        for name, share in self.lasting.items():
            if not 0 <= share <= 1:
                yield f"lasting.{name}: {share:g} must lie between 0 and 1"
        for name in self.shared:
            if name not in self.traits:
                yield f"shared: '{name}' is no trait here{did_you_mean(name, self.traits)}"
        of_school = {name for name, draw in self.items.items() if draw.of == "school"}
        for name in self.shared:
            for other in self.traits.get(name, {}):
                if other not in of_school and other not in self.shared:
                    yield f"shared: '{name}' goes with '{other}', which is not the school's"

    def needs(self, name: str) -> dict[str, float]:
        """What a trait or an item goes with."""
        if name in self.traits:
            return self.traits[name]
        bands = self.items[name].bands
        return self.items[name].goes_with | ({bands.of: 0.0} if bands else {})

    def after(self, name: str) -> list[str]:
        """What must be drawn before a trait or an item: what it goes with, and what decides its shares.

        An item of the school is known before anybody answers.
        """
        by = self.items[name].shares_by if name in self.items else {}
        return [*self.needs(name), *(i for i in by if i not in self.items or self.items[i].of != "school")]


def recipe_faults(config: StudyConfig, wave_id: str) -> Iterable[str]:
    """Everything in a recipe that does not fit its wave, its questionnaire or the answer sets."""
    recipe = config.recipes[wave_id]
    wave = config.waves.get(wave_id)
    if wave is None:
        if not config.waves.may_hold(wave_id):
            hint = did_you_mean(wave_id, config.waves)
            yield f"the file's name: '{wave_id}' is not a known wave{hint} (see waves/)"
        return
    if wave.whole and not wave.synthetic:
        yield "synthetic: the wave's answers are real; say 'synthetic: true' in the wave, or remove this file"
    if wave.whole and wave.export.reader not in DRAWN:
        known = ", ".join(DRAWN)
        yield f"reader: a recipe draws exports of format {known}; the wave's is {wave.export.reader}"
    elif wave.whole and recipe.whole and recipe.flaws.previews and wave.export.reader not in PREVIEWED:
        yield f"flaws.previews: an export of format {wave.export.reader} has none; take the key out"
    if wave.whole and wave.export.answers == "labels" and wave.export.reader == "limesurvey":
        yield "answers: a recipe draws exports of codes; say 'answers: codes' under export in the wave"
    instrument = config.instruments.get(wave.instrument)
    if instrument is None or not (instrument.whole and recipe.whole):
        return
    try:
        asked = list(fielded(instrument, wave).columns().values())
    except Problem:
        return  # told of the wave
    told = {*recipe.items, *([recipe.informants.item] if recipe.informants else [])}
    yield from (f"items.{item}: is missing; the questionnaire asks it" for item in asked if item not in told)
    known = [*recipe.traits, *recipe.items]
    if recipe.informants is not None:
        yield from _informant_faults(config, recipe.informants, asked, wave.instrument)
    for name in recipe.lasting:
        if name not in told and name not in known:
            yield f"lasting.{name}: is no trait and no item here{did_you_mean(name, known)}"
    for name in known:
        place = f"items.{name}" if name in recipe.items else f"traits.{name}"
        if name in recipe.items and name not in asked:
            yield f"{place}: is not asked by '{wave.instrument}'{did_you_mean(name, asked)}"
        for other in recipe.needs(name):
            if other not in known and other not in told:
                hint = did_you_mean(other, [*known, *told])
                yield f"{place}: goes with '{other}', which is no trait and no item here{hint}"
    for item, draw in recipe.items.items():
        if item in asked:
            yield from _draw_faults(config, item, draw)
            yield from _shares_by_faults(config, recipe, item, draw)
    for item in recipe.flaws.outside:
        if item not in asked:
            yield f"flaws.outside.{item}: is not asked by '{wave.instrument}'{did_you_mean(item, asked)}"


def _informant_faults(config: StudyConfig, informants: Informants, asked: list[str], instrument: str) -> Iterator[str]:
    item = informants.item
    if item not in asked:
        yield f"informants.item: '{item}' is not asked by '{instrument}'{did_you_mean(item, asked)}"
        return
    answers = config.answers.get(config.items[item].answers) if item in config.items else None
    if answers is None or not answers.whole:
        return
    for code in informants.schools:
        if code not in answers.codes:
            known = ", ".join(map(str, answers.codes)) or "none"
            yield f"informants.schools: {code} is not a code of '{item}'; its codes are {known} (see answers.yaml)"


def _draw_faults(config: StudyConfig, item: str, draw: Draw) -> Iterator[str]:
    answers = config.answers.get(config.items[item].answers) if item in config.items else None
    if answers is None or not answers.whole:
        return
    for code in draw.codes():
        if code not in answers.codes:
            known = ", ".join(map(str, answers.codes)) or "none"
            yield f"items.{item}.shares: {code} is not a code of '{item}'; its codes are {known} (see answers.yaml)"
    for code in draw.missing:
        if code not in answers.missing:
            yield f"items.{item}.missing: {code} is not a missing code of '{item}' (see answers.yaml)"
    for code in draw.bands.starts if draw.bands else ():
        if code not in answers.codes:
            known = ", ".join(map(str, answers.codes)) or "none"
            yield (
                f"items.{item}.bands.starts: {code} is not a code of '{item}'; its codes are {known} (see answers.yaml)"
            )
    wanted = {"number": "number", "date": "texts", "text": "texts"}.get(answers.kind, "shares")
    given = "shares" if draw.codes() or draw.bands else "number" if draw.number else "texts"
    if given != wanted:
        yield f"items.{item}: has {answers.kind} answers and needs '{wanted}', not '{given}'"


def _shares_by_faults(config: StudyConfig, recipe: Recipe, item: str, draw: Draw) -> Iterator[str]:
    known = [*recipe.items, *([recipe.informants.item] if recipe.informants else [])]
    for other, cases in draw.shares_by.items():
        key = f"items.{item}.shares_by.{other}"
        answers = config.answers.get(config.items[other].answers) if other in config.items else None
        if other not in known:
            yield f"{key}: is no item here{did_you_mean(other, known)}"
        elif answers is not None and answers.whole:
            codes = ", ".join(map(str, answers.codes)) or "none"
            for code in cases:
                if code not in answers.codes:
                    yield f"{key}: {code} is not a code of '{other}'; its codes are {codes} (see answers.yaml)"
