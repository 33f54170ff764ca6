"""Public csv files: what a spreadsheet opens must never be a formula."""

from __future__ import annotations

import pandas as pd

from stemcareers.contracts import rounded

# What makes a spreadsheet take a cell for a formula. Source: OWASP, CSV Injection; the last four are full-width forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def csv(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 csv: at most nine significant digits, true and false, nothing where a value is missing.

    A text cell, or a column's name, that a spreadsheet could take for a formula gets an apostrophe in front.
    """
    shown = rounded(frame)
    for name in frame.columns:
        dtype = frame[name].dtype
        if pd.api.types.is_bool_dtype(dtype):
            shown[name] = frame[name].map({True: "true", False: "false"})
        elif not pd.api.types.is_numeric_dtype(dtype):
            shown[name] = frame[name].map(lambda cell: "" if pd.isna(cell) else harmless(str(cell)))
    shown.columns = [harmless(str(name)) for name in shown.columns]
    return shown.to_csv(index=False, lineterminator="\n").encode("utf-8")


def harmless(text: str) -> str:
    """The text, with an apostrophe in front where it begins like a formula; carriage returns become line feeds.

    A carriage return alone ends a row for some readers, and no csv writer of Python's before 3.13 puts it in quotes.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{plain}" if text.startswith(FORMULA_STARTS) else plain


def plain(text: str) -> str:
    """The text that `harmless` was given, but for its carriage returns."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
