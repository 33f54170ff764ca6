"""Print the table of all cases and what comes of each: `python -m bad_inputs`, from the folder of tests."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
import tempfile
from pathlib import Path

from bad_inputs.table import COLUMNS, every

rows = []
for case in every():
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        rows.append([case.row, case.through, case.done, case.outcome(Path(folder))])
csv.writer(sys.stdout, lineterminator="\n").writerows([COLUMNS, *rows])
