"""Fixtures shared by several test modules."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PISA_SCHOOL_FILE = "pisa2006_school.sav"


@pytest.fixture(scope="session")
def pisa_school_file() -> Path:
    """The school file of PISA 2006, which is not part of this repository; the test is skipped where it is missing."""
    places = [
        ROOT.parent / "shared" / "data" / "pisa",
        ROOT / "shared" / "data" / "pisa",
        ROOT / "data" / "raw" / "pisa",
    ]
    if mirror := os.environ.get("STEMCAREERS_MIRROR"):
        places = [Path(mirror), Path(mirror) / "pisa", *places]
    for place in places:
        if (place / PISA_SCHOOL_FILE).is_file():
            return place / PISA_SCHOOL_FILE
    pytest.skip(f"{PISA_SCHOOL_FILE} is not here: run `make fetch`, or set STEMCAREERS_MIRROR to a folder that has it")
