"""ro-crate-metadata.json: the bundle's files and the run that made them, as an RO-Crate with provenance.

Source: RO-Crate 1.1; Workflow RO-Crate 1.0; Process, Workflow and Provenance Run Crate 0.5. Times are left out: they
would differ between two runs that give the same bytes. What is not in the bundle (answers, what lies between exports
and results, pages of the site) is named with the checksum that may be told, and not as a file of the crate.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stemcareers import origins, replication
from stemcareers.review.codecheck import authors
from stemcareers.review.project import Reviewed

FILE = "ro-crate-metadata.json"
CONTEXT = ("https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context")
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
BIOSCHEMAS = "https://bioschemas.org/profiles/{}/1.0-RELEASE"
LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
ENGINE = "https://snakemake.github.io"
WORKFLOW = "Snakefile"
DATA_PACKAGE = "https://specs.frictionlessdata.io/data-package/"
FORMATS = {
    ".cff": "text/yaml",
    ".csv": "text/csv",
    ".css": "text/css",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".lock": "text/plain",
    ".lss": "text/xml",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "text/xml",
    ".yaml": "text/yaml",
    ".yml": "text/yaml",
}
Entity = dict[str, Any]


def text(reviewed: Reviewed, sizes: Mapping[str, int], sums: Mapping[str, str]) -> str:
    """The crate's metadata as json.

    sizes, sums  bytes and sha256 of every other file of the bundle.
    """
    inside = _Inside(reviewed, sizes, sums)
    run = _run(reviewed, inside)
    files = [inside.file(path) for path in sorted(sizes)]
    graph = [
        _descriptor(),
        _root(reviewed, inside, run),
        *({"@id": uri, "@type": "CreativeWork", "name": n, "version": v} for uri, (n, v) in PROFILES.items()),
        *_people(reviewed),
        {
            "@id": LANGUAGE,
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "identifier": {"@id": "https://snakemake.readthedocs.io"},
            "url": {"@id": "https://snakemake.readthedocs.io"},
            "version": reviewed.made_from["versions"]["snakemake"],
        },
        {
            "@id": ENGINE,
            "@type": "SoftwareApplication",
            "name": "Snakemake",
            "url": {"@id": ENGINE},
            "softwareVersion": reviewed.made_from["versions"]["snakemake"],
        },
        *_described(reviewed, inside, files),
        *_datasets(reviewed, inside),
        *_parameters(reviewed, inside),
        *_steps(reviewed),
        *run,
        *inside.elsewhere.values(),
    ]
    graph = [{key: _plain(value) for key, value in entity.items()} for entity in graph]
    return json.dumps({"@context": list(CONTEXT), "@graph": graph}, indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """A list of one thing as that thing."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


class _Inside:
    """What is in the bundle, and, as it is asked for, what is not."""

    def __init__(self, reviewed: Reviewed, sizes: Mapping[str, int], sums: Mapping[str, str]) -> None:
        self.sizes, self.sums = sizes, sums
        self.told = reviewed.made_from["sha256"]
        self.raw = {file.path: file for file in reviewed.raw}
        self.elsewhere: dict[str, Entity] = {}

    def file(self, path: str) -> Entity:
        name = Path(path).name
        return {
            "@id": quote(path),
            "@type": "File",
            "name": path,
            "contentSize": str(self.sizes[path]),
            "sha256": self.sums[path],
            "encodingFormat": FORMATS.get(Path(name).suffix, "text/plain"),
        }

    def ref(self, path: str) -> dict[str, str]:
        """The reference to a file; one that is not in the bundle gets an entity that says why."""
        if path in self.sizes:
            return {"@id": quote(path)}
        name = f"#elsewhere/{quote(path)}"
        if path not in self.elsewhere:
            self.elsewhere[path] = {"@id": name, "@type": "CreativeWork", "name": path} | self._why(path)
        return {"@id": name}

    def refs(self, paths: Iterable[str]) -> list[dict[str, str]]:
        return [self.ref(path) for path in dict.fromkeys(paths)]

    def _why(self, path: str) -> Entity:
        told: Entity = {"sha256": self.told[path]} if path in self.told else {}
        if path in self.raw:
            file = self.raw[path]
            told["sha256"] = file.sha256
            if file.page:
                told["url"] = file.page
            return told | {"conditionsOfAccess": f"Not in this bundle; the answers are {file.answers}. {file.how}"}
        if path.startswith("data/"):
            return told | {"conditionsOfAccess": "Not in this bundle: made on the way from answers to estimates."}
        return told | {"description": "Not in this bundle; made again by the run."}


def _descriptor() -> Entity:
    conforms = [{"@id": CRATE}, {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"}]
    return {"@id": FILE, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": conforms}


def _root(reviewed: Reviewed, inside: _Inside, run: list[Entity]) -> Entity:
    studies = ", ".join(study.study.title for study in reviewed.built)
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{reviewed.project.title}: replication package",
        "description": f"{reviewed.project.subtitle} Results, code, config and the run that made them, of: {studies}.",
        "datePublished": str(reviewed.citation["date-released"]),
        "license": {"@id": "LICENSE"},
        "author": [{"@id": person["@id"]} for person in _people(reviewed)],
        "conformsTo": [{"@id": uri} for uri in PROFILES],
        "mainEntity": {"@id": WORKFLOW},
        "hasPart": [*inside.refs(sorted(inside.sizes)), *({"@id": f"results/{study.id}/"} for study in reviewed.built)],
        "mentions": [{"@id": entity["@id"]} for entity in run],
    }


def _people(reviewed: Reviewed) -> list[Entity]:
    found = []
    for given, person in zip(reviewed.citation["authors"], authors(reviewed), strict=True):
        kind = "Organization" if "name" in given else "Person"
        orcid = person.get("ORCID")
        name = f"https://orcid.org/{orcid}" if orcid else f"#{quote(person['name'].lower().replace(' ', '-'))}"
        found.append({"@id": name, "@type": kind, "name": person["name"]})
    return found


def _described(reviewed: Reviewed, inside: _Inside, files: list[Entity]) -> list[Entity]:
    """The files, those with a part to play saying which."""
    rules, code = reviewed.rules, reviewed.made_from["code"]
    exports, estimates, config = (f"#parameter/{name}" for name in ("exports", "estimates", "config"))
    more: dict[str, Entity] = {
        WORKFLOW: {
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
            "name": f"{reviewed.project.title}: from exports to the report",
            "conformsTo": {"@id": BIOSCHEMAS.format("ComputationalWorkflow")},
            "programmingLanguage": {"@id": LANGUAGE},
            "version": reviewed.package["version"],
            "license": {"@id": "LICENSE"},
            "softwareRequirements": {"@id": origins.LOCK},
            "hasPart": [{"@id": _script(rule)} for rule in rules],
            "step": [{"@id": f"#step/{rule}"} for rule in rules],
            "input": [{"@id": p["@id"]} for p in _parameters(reviewed, inside) if p["@id"] != estimates],
            "output": [{"@id": estimates}],
        },
        "LICENSE": {"description": f"The code's licence: {reviewed.package['licence']}"},
        "README.md": {"about": {"@id": "./"}},
    }
    for rule, words in rules.items():
        more[_script(rule)] = {
            "@type": ["File", "SoftwareSourceCode"],
            "name": rule,
            "description": words,
            "version": reviewed.package["version"],
            "programmingLanguage": "Python",
            "isBasedOn": inside.refs(path for path in code.get(rule, []) if path != _script(rule)),
        }
    for study in reviewed.built:
        more[f"results/{study.id}/datapackage.json"] = {"conformsTo": {"@id": DATA_PACKAGE}}
        more[f"results/{study.id}/estimates.csv"] = {"exampleOfWork": {"@id": estimates}}
    for path in inside.sizes:
        if path.startswith("config/"):
            more.setdefault(path, {})["exampleOfWork"] = {"@id": config}
        if origins.is_raw(path):
            more.setdefault(path, {})["exampleOfWork"] = {"@id": exports}
    return [entity | more.get(entity["@id"], {}) for entity in files]


def _datasets(reviewed: Reviewed, inside: _Inside) -> list[Entity]:
    """The results of each study, with the terms of its answers."""
    found: list[Entity] = []
    for study in reviewed.built:
        folder = f"results/{study.id}/"
        terms = f"#terms/{study.id}"
        kinds = sorted({replication.answers(study, wave) for wave in study.waves.values()})
        found.append(
            {
                "@id": folder,
                "@type": "Dataset",
                "name": f"Results of {study.study.title}",
                "description": f"{study.study.summary} The answers behind it are {' and '.join(kinds)}.",
                "license": {"@id": terms},
                "citation": study.study.source.citation,
                "hasPart": inside.refs(path for path in sorted(inside.sizes) if path.startswith(folder)),
            }
        )
        licence = {"name": f"Terms of the answers of {study.study.title}", "description": study.study.licence}
        found.append({"@id": terms, "@type": "CreativeWork"} | licence)
    package = {"name": "Frictionless Data Package", "url": DATA_PACKAGE}
    return [*found, {"@id": DATA_PACKAGE, "@type": "CreativeWork"} | package]


def _parameters(reviewed: Reviewed, inside: _Inside) -> list[Entity]:
    """What goes into the workflow and what comes out of it, with the files of this run."""
    files = {
        "config": [path for path in inside.sizes if path.startswith("config/")],
        "exports": [path for path in inside.sizes if origins.is_raw(path)],
        "estimates": [f"results/{study.id}/estimates.csv" for study in reviewed.built],
    }
    return [
        {
            "@id": f"#parameter/{name}",
            "@type": "FormalParameter",
            "name": name,
            "additionalType": "File",
            "conformsTo": {"@id": BIOSCHEMAS.format("FormalParameter")},
            "workExample": inside.refs(paths),
        }
        for name, paths in files.items()
        if paths
    ]


def _steps(reviewed: Reviewed) -> list[Entity]:
    return [
        {
            "@id": f"#step/{rule}",
            "@type": "HowToStep",
            "name": rule,
            "description": words,
            "position": str(position),
            "workExample": {"@id": _script(rule)},
        }
        for position, (rule, words) in enumerate(reviewed.rules.items(), start=1)
    ]


def _run(reviewed: Reviewed, inside: _Inside) -> list[Entity]:
    """The run as a whole, and each of its jobs: what it was about, what it read, what it made."""
    actions, controls = [], []
    read, made = [], []
    for job in reviewed.jobs:
        name = origins.name(job)
        inputs = [path for key, paths in job["inputs"].items() if key != origins.CODE for path in paths]
        outputs = origins.flat(job["outputs"])
        read += [path for path in inputs if not origins.is_made(path)]
        made += [path for path in outputs if path.startswith("results/")]
        actions.append(
            {
                "@id": f"#job/{name}",
                "@type": "CreateAction",
                "name": name.replace("/", " "),
                "description": reviewed.rules.get(job["rule"], ""),
                "instrument": {"@id": _script(job["rule"])},
                "object": inside.refs(inputs),
                "result": inside.refs(outputs),
                "actionStatus": "http://schema.org/CompletedActionStatus",
            }
        )
        controls.append(
            {
                "@id": f"#control/{name}",
                "@type": "ControlAction",
                "name": f"Control of {name}",
                "instrument": {"@id": f"#step/{job['rule']}"},
                "object": {"@id": f"#job/{name}"},
            }
        )
    commit = reviewed.made_from["commit"]
    whole = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "The run that made these results",
        "description": f"Every job from the exports to the report, with the code of commit {commit}",
        "instrument": {"@id": WORKFLOW},
        "object": inside.refs(read),
        "result": inside.refs(made),
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    organised = {
        "@id": "#organised",
        "@type": "OrganizeAction",
        "name": "Snakemake ordered the jobs and ran them",
        "instrument": {"@id": ENGINE},
        "object": [{"@id": control["@id"]} for control in controls],
        "result": {"@id": "#run"},
    }
    return [whole, organised, *actions, *controls]


def _script(rule: str) -> str:
    return f"workflow/scripts/{rule}.py"
