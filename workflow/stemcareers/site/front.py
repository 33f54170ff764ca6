"""The front page: what was found in each study, its waves and pages, and which studies are not here."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from stemcareers.config import Project, StudyConfig, Wanted
from stemcareers.report.synthesis import Synthesis
from stemcareers.site import agreement, layout
from stemcareers.site.shown import Shown, fielded


def page(
    project: Project,
    studies: Sequence[Shown],
    absent: Sequence[tuple[StudyConfig, list[Wanted]]],
    across: Synthesis | None = None,
    compared: pd.DataFrame | None = None,
    printed: bool = False,
) -> str:
    """`index.html`: studies with real answers first; then those with made-up ones, then those without answers.

    across    the page across all studies, whose findings lead where there is one.
    compared  the published numbers of all studies (COMPARED), which it counts and links to.
    printed   whether the whole report lies beside it as one PDF.
    """
    frame = layout.Frame(project, "index.html", project.title, project.subtitle)
    return layout.page(
        "front.html",
        frame,
        across=across and {"title": across.entry.title, "asks": across.entry.asks, "found": across.summary()},
        printed=printed,
        studies=[_study(shown) for shown in sorted(studies, key=lambda s: (s.config.synthetic, s.config.id))],
        compared=None if compared is None else {"total": len(compared), "counts": agreement.counted(compared)},
        absent=[{"id": c.id, "study": c.study, "exports": wanted} for c, wanted in absent],
    )


def _study(shown: Shown) -> dict[str, object]:
    config = shown.config
    figure = shown.key_figure
    return {
        "id": config.id,
        "study": config.study,
        "synthetic": config.synthetic,
        "waves": [
            {"title": wave.title, "fielded": fielded(wave), "n": shown.responses[name], "synthetic": wave.synthetic}
            for name, wave in config.waves.items()
        ],
        "lead": (shown.lead, config.reports[shown.lead].title) if shown.lead else None,
        "found": shown.found,
        "figure": figure
        and {
            "id": figure,
            "title": config.figures[figure].title,
            "alt": shown.alt(figure),
            "wide": shown.picture(figure, f"{config.id}/"),
            "narrow": shown.picture(figure, f"{config.id}/", narrow=True),
        },
        "reports": shown.reports,
        "published": bool(config.published),
    }
