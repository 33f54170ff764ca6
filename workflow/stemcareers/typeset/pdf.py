"""The printed report as a PDF: tagged for those who hear it, the same bytes on every run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import matplotlib
import typst

from stemcareers.errors import Problem
from stemcareers.typeset.parts import Whole

TEMPLATE = Path(__file__).parent / "report.typ"
STANDARD = "ua-1"  # PDF/UA-1 (ISO 14289-1): structure, alternative texts, title and language are all there


def content(report: Whole, root: Path) -> bytes:
    """The bytes of the PDF.

    root  the project's folder, which pictures are named from.

    Letters come from typst itself and from matplotlib, never from the machine. Raises Problem where it cannot be set.
    """
    try:
        return typst.compile(
            TEMPLATE.read_bytes(),
            root=str(root.resolve()),
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs=inputs(report),
            pdf_standards=[STANDARD],
        )
    except typst.TypstError as error:
        told = error.message.replace(f"{root.resolve()}/", "")
        raise Problem("results/report.pdf", f"cannot be set: {told}", *error.hints) from error


def fonts() -> list[str]:
    """The folders of the fonts that come with our packages."""
    return [str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")]


def inputs(report: Whole) -> dict[str, str]:
    """What the template reads: the report as JSON."""
    return {"report": json.dumps(asdict(report), ensure_ascii=False)}
