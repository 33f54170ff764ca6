"""The page for replicators: how to rebuild everything, who may have the answers, which program makes what."""

from __future__ import annotations

from collections.abc import Sequence

from stemcareers import replication
from stemcareers.config import Project, StudyConfig
from stemcareers.site import layout
from stemcareers.site.made import Made

MAIN_PACKAGES = ("snakemake", "pandas", "numpy", "scipy", "matplotlib", "papermill")


def page(project: Project, made: Made, studies: Sequence[StudyConfig], built: Sequence[StudyConfig]) -> str:
    """`replicate.html`: no time and no memory, which differ from run to run; the review bundle tells them.

    studies  all of them: also those whose answers are not here have a source.
    """
    says = "How to build this report again, and check it"
    frame = layout.Frame(project, "replicate.html", "For replicators", says, face=layout.REPLICATE)
    here = {study.id for study in built}
    files = [file for study in studies for file in replication.raw_files(study)]
    products = [(study, replication.products(study)) for study in built]
    return layout.page(
        "replicate.html",
        frame,
        package=made.package,
        versions={name: made.versions[name] for name in ("python", *MAIN_PACKAGES) if name in made.versions},
        seed=project.seed,
        sources=[_source(study, study.id in here) for study in studies],
        files=files,
        withheld=[file for file in files if not file.provided],
        products=products,
        counted=replication.counted(product for _, many in products for product in many),
    )


def _source(study: StudyConfig, here: bool) -> dict[str, object]:
    kinds = dict.fromkeys(replication.answers(study, wave) for wave in study.waves.values())
    return {
        "id": study.id,
        "title": study.study.title,
        "citation": study.study.source.citation,
        "address": study.study.source.address,
        "licence": study.study.licence,
        "answers": " and ".join(kinds),
        "here": here,
    }
