"""What is studied: the files in `config/`, read strictly and told apart by name."""

from stemcareers.config.check import project_or_problems, study_or_problems
from stemcareers.config.compared import Gate, Verdict
from stemcareers.config.crosswalk import Crossing, Links, crosswalk
from stemcareers.config.families import DESCRIPTIONS, MODELS
from stemcareers.config.instrument import Instrument, Question, Ticks
from stemcareers.config.labels import Labels
from stemcareers.config.load import (
    StudyConfig,
    StudyFolder,
    Vocabulary,
    Wanted,
    answers,
    everything,
    figure,
    instrument,
    items,
    missing_exports,
    project,
    recipe,
    report,
    scales,
    specification,
    study,
    study_ids,
    table,
    wanted_exports,
    wave,
)
from stemcareers.config.needs import models_of, specifications_of, waves_of
from stemcareers.config.population import Population, population
from stemcareers.config.project import Project
from stemcareers.config.recipe import Bands, Draw, Recipe, recipe_faults
from stemcareers.config.shown import Figure, Finding, Report, Section, Table
from stemcareers.config.specification import Specification
from stemcareers.config.study import Study
from stemcareers.config.synthesis import Conclusion, Evidence, Feature, Synthesis, synthesis
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.config.wave import Condition, Wave, WaveDesign

__all__ = [
    "DESCRIPTIONS",
    "MODELS",
    "AnswerSet",
    "Bands",
    "Conclusion",
    "Condition",
    "Crossing",
    "Draw",
    "Evidence",
    "Feature",
    "Figure",
    "Finding",
    "Gate",
    "Instrument",
    "Item",
    "Labels",
    "Links",
    "Population",
    "Project",
    "Question",
    "Recipe",
    "Report",
    "Scale",
    "Section",
    "Specification",
    "Study",
    "StudyConfig",
    "StudyFolder",
    "Synthesis",
    "Table",
    "Ticks",
    "Verdict",
    "Vocabulary",
    "Wanted",
    "Wave",
    "WaveDesign",
    "answers",
    "crosswalk",
    "everything",
    "figure",
    "instrument",
    "items",
    "models_of",
    "population",
    "project",
    "project_or_problems",
    "recipe",
    "recipe_faults",
    "report",
    "scales",
    "specification",
    "specifications_of",
    "study",
    "study_ids",
    "study_or_problems",
    "synthesis",
    "table",
    "missing_exports",
    "wanted_exports",
    "wave",
    "waves_of",
]
