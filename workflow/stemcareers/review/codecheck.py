"""codecheck.yml: what a codechecker makes again, in version 1.0 of the CODECHECK configuration.

Source: https://codecheck.org.uk/spec/config/1.0/. Who checks, the report and the certificate are the checker's to
fill in.
"""

from __future__ import annotations

from typing import Any

import yaml

from stemcareers import replication
from stemcareers.review.project import Reviewed

PRINTED = "results/report.pdf"
VERSION = "https://codecheck.org.uk/spec/config/1.0/"
NAMED = {"figure": "Figure", "flow": "Flow", "table": "Table", "report": "Page, as an executed notebook"}


def text(reviewed: Reviewed) -> str:
    """The file's text: an explicit YAML document."""
    commit = reviewed.made_from["commit"]
    source = [f"{study.study.title}: {study.study.source.citation}." for study in reviewed.built]
    content: dict[str, Any] = {
        "version": VERSION,
        "manifest": [{"file": file, "comment": comment} for file, comment in manifest(reviewed)],
        "paper": {
            "title": reviewed.project.title,
            "authors": authors(reviewed),
            "reference": f"The report that this bundle rebuilds, of commit {commit}; not an article",
        },
        "source": " ".join(source),
    }
    if address := reviewed.citation.get("repository-code"):
        content["repository"] = address
    return "%YAML 1.1\n---\n" + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def manifest(reviewed: Reviewed) -> list[tuple[str, str]]:
    """Every output that must come out again, and what it is."""
    titles = {study.id: study.study.title for study in reviewed.built}
    found = []
    for study in reviewed.built:
        found.append((f"results/{study.id}/estimates.csv", f"Every estimate of {study.study.title}"))
        found += [
            (product.main, f"{NAMED[product.kind]}: {product.title} ({titles[product.study]})")
            for product in reviewed.products
            if product.study == study.id
        ]
    across = [product for product in reviewed.products if product.study == replication.ACROSS]
    if across:
        found.append(("results/synthesis/evidence.csv", "Every estimate that is set side by side across studies"))
    found += [(product.main, f"{NAMED[product.kind]}: {product.title} (across studies)") for product in across]
    return [*found, (PRINTED, "The whole report, as a PDF")]


def authors(reviewed: Reviewed) -> list[dict[str, str]]:
    """The authors of CITATION.cff; an ORCID where one is given there, and none made up."""
    found = []
    for person in reviewed.citation["authors"]:
        name = person.get("name") or " ".join(filter(None, (person.get("given-names"), person.get("family-names"))))
        orcid = str(person.get("orcid", "")).rpartition("/")[2]
        found.append({"name": name, **({"ORCID": orcid} if orcid else {})})
    return found
