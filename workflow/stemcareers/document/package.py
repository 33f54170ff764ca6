"""A study's csv files as a Frictionless data package: which files there are, and what every column of them is.

Source: Frictionless Data, Data Package and Table Schema, version 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from stemcareers import wording
from stemcareers.config import StudyConfig
from stemcareers.contracts import COMPARED, ESTIMATES, FITS, Column, Contract
from stemcareers.document.variables import CODES, VARIABLES

PUBLISHED = "What the study's own reports printed, beside what comes out here"
EXCLUSIONS = "What estimates would be without each exclusion of responses"
TYPES = {"text": "string", "integer": "integer", "float": "number", "flag": "boolean"}


def datapackage(config: StudyConfig) -> str:
    """The json that describes the csv files beside it: estimates, fits, facts of waves, variables, codes."""
    study = config.study
    source = {"title": study.source.citation, **({"path": study.source.address} if study.source.address else {})}
    resources = [
        _resource("estimates", "estimates.csv", "Every estimate of the study", ESTIMATES),
        _resource("fits", "fits.csv", "Every fit behind the estimates", FITS),
        *(
            _resource(f"wave-{name}", f"waves/{name}.csv", f"Wave {wave.title}: flow, answers, weights", ESTIMATES)
            for name, wave in config.waves.items()
        ),
        _resource("panel", "panel.csv", "How many schools of a wave are in another one", ESTIMATES),
        *([_resource("published", "published.csv", PUBLISHED, COMPARED)] if config.published else []),
        *([_resource("exclusions", "exclusions.csv", EXCLUSIONS, ESTIMATES)] if _undone(config) else []),
        _resource("variables", "variables.csv", "Every question and scale", VARIABLES, VARIABLES.key),
        _resource("codes", "codes.csv", "Every code of every question", CODES, CODES.key),
    ]
    synthetic = f"{wording.SYNTHETIC}. " if config.synthetic else ""
    package = {
        "profile": "tabular-data-package",
        "name": config.id,
        "title": study.title,
        "description": f"{synthetic}{study.summary} Terms of the data: {study.licence}",
        "sources": [source],
        "resources": resources,
    }
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def _undone(config: StudyConfig) -> bool:
    return any(entry.without_each_exclusion for entry in config.specifications.values())


def _resource(name: str, path: str, title: str, contract: Contract, key: Iterable[str] = ()) -> dict[str, object]:
    schema: dict[str, object] = {"fields": [_field(column) for column in contract.columns], "missingValues": [""]}
    if key:
        schema["primaryKey"] = list(key)
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": path,
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(column: Column) -> dict[str, object]:
    constraints: dict[str, object] = {}
    if column.kind in {"integer", "float"} and not column.optional:
        constraints["required"] = True
    constraints |= {"minimum": column.low} if column.low is not None else {}
    constraints |= {"maximum": column.high} if column.high is not None else {}
    constraints |= {"enum": list(column.one_of)} if column.one_of else {}
    field: dict[str, object] = {"name": column.name, "type": TYPES[column.kind]}
    field |= {"description": column.meaning} if column.meaning else {}
    return field | ({"constraints": constraints} if constraints else {})
