"""SPSS files written byte by byte, for what no program of today writes: old encodings, no case count, odd records.

Source: the PSPP developers' guide, "System File Format".
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FORMATS = {"A": 1, "F": 5, "DATE": 20, "TIME": 21, "DATETIME": 22, "DTIME": 25, "MOYR": 28, "SDATE": 39}
SYSTEM_MISSING = -struct.unpack("<d", b"\xff\xff\xff\xff\xff\xff\xef\x7f")[0]


@dataclass
class Variable:
    """A column: its short name, width (0: number), format, missing codes and labels of codes."""

    name: str
    width: int = 0
    form: str = "F"
    label: str = ""
    missing: Sequence[float] = ()
    labels: Mapping[float, str] = field(default_factory=dict)


def sav(
    variables: Sequence[Variable],
    rows: Sequence[Sequence[float | str | None]],
    *,
    encoding: str = "utf-8",
    declared: str | None = "UTF-8",
    character_code: int | None = 65001,
    cases: int | None = None,
    long_names: Mapping[str, str] | None = None,
    sets: str = "",
) -> bytes:
    """The bytes of an uncompressed .sav file.

    encoding   how text is written; `declared`, `character_code` what the file says of it (None: nothing).
    cases      the number of cases in the header; by default the right one.
    sets       multiple response sets, as the record holds them: "$set=D1 1 4 What a b\\n".
    """
    parts = [_header(sum(_slots(v) for v in variables), len(rows) if cases is None else cases)]
    position, labelled = 1, []
    for variable in variables:
        parts.append(_variable(variable, encoding))
        if variable.labels:
            labelled.append((position, variable.labels))
        position += _slots(variable)
    for place, labels in labelled:
        parts.append(_labels(place, labels, encoding))
    if character_code is not None:
        parts.append(struct.pack("<4i8i", 7, 3, 4, 8, 20, 0, 0, -1, 1, 1, 2, character_code))
    if long_names:
        text = "\t".join(f"{short}={name}" for short, name in long_names.items()).encode(encoding)
        parts.append(struct.pack("<4i", 7, 13, 1, len(text)) + text)
    if sets:
        parts.append(struct.pack("<4i", 7, 7, 1, len(sets)) + sets.encode(encoding))
    if declared is not None:
        parts.append(struct.pack("<4i", 7, 20, 1, len(declared)) + declared.encode("ascii"))
    parts.append(struct.pack("<2i", 999, 0))
    for row in rows:
        for variable, value in zip(variables, row, strict=True):
            parts.append(_value(variable, value, encoding))
    return b"".join(parts)


def _slots(variable: Variable) -> int:
    return max(1, -(-variable.width // 8))


def _header(slots: int, cases: int) -> bytes:
    product = b"@(#) SPSS DATA FILE written by hand".ljust(60)
    numbers = struct.pack("<iiiii", 2, slots, 0, 0, cases) + struct.pack("<d", 100.0)
    return b"$FL2" + product + numbers + b"01 Jan 05" + b"10:00:00" + b" " * 64 + b"\0" * 3


def _variable(variable: Variable, encoding: str) -> bytes:
    form = FORMATS[variable.form if not variable.width else "A"] << 16 | (variable.width or 20) << 8
    name = variable.name.encode(encoding).ljust(8)
    out = struct.pack("<6i", 2, variable.width, bool(variable.label), len(variable.missing), form, form) + name
    if variable.label:
        label = variable.label.encode(encoding)
        out += struct.pack("<i", len(label)) + label + b"\0" * (-len(label) % 4)
    out += b"".join(struct.pack("<d", code) for code in variable.missing)
    return out + (struct.pack("<6i", 2, -1, 0, 0, 0, 0) + b" " * 8) * (_slots(variable) - 1)


def _labels(position: int, labels: Mapping[float, str], encoding: str) -> bytes:
    out = struct.pack("<2i", 3, len(labels))
    for value, label in labels.items():
        text = label.encode(encoding)
        out += struct.pack("<d", value) + bytes([len(text)]) + text + b" " * (-(len(text) + 1) % 8)
    return out + struct.pack("<3i", 4, 1, position)


def _value(variable: Variable, value: float | str | None, encoding: str) -> bytes:
    if variable.width:
        return str(value or "").encode(encoding).ljust(_slots(variable) * 8)
    return struct.pack("<d", SYSTEM_MISSING if value is None else float(value))
