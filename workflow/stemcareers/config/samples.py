"""Samples: `all`, `column=code`, or `by column`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainValidator

from stemcareers.config.plain import shown, text_given

WAVE = "wave"
_ONE = re.compile(r"([a-z][a-z0-9_]*)=([A-Za-z0-9-]+)")
_BY = re.compile(r"by ([a-z][a-z0-9_]*)")


def column_of(sample: str) -> str | None:
    """The column a sample is defined by; None for `all`.

    Raises ValueError where it is none of the three forms.
    """
    if sample == "all":
        return None
    match = _ONE.fullmatch(sample) or _BY.fullmatch(sample)
    if match is None:
        raise ValueError(f"{shown(sample)} is not a sample; write all, column=code, or by column")
    return match.group(1)


def code_of(sample: str) -> str | None:
    """The code of `column=code`, as text; None for the other forms."""
    match = _ONE.fullmatch(sample)
    return match.group(2) if match else None


def opened(samples: list[str], codes: Mapping[str, list[str]]) -> list[str]:
    """The samples with `by column` written out, one for each code, each once, in order."""
    found: list[str] = []
    for sample in samples:
        match = _BY.fullmatch(sample)
        if match is None:
            found.append(sample)
        else:
            found += [f"{match.group(1)}={code}" for code in codes[match.group(1)]]
    return list(dict.fromkeys(found))


def is_made_by(sample: str, samples: list[str]) -> bool:
    """Whether a specification with these samples estimates that one; for `by column`, at least one of its samples."""
    column = column_of(sample)
    if sample in samples or f"by {column}" in samples:
        return True
    return code_of(sample) is None and any(column_of(s) == column for s in samples)


def _sample(given: Any) -> str:
    column_of(text_given(given))
    return given


Sample = Annotated[str, PlainValidator(_sample)]
