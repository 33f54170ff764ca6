"""Put a bundle together: a folder and the same as one zip, complete or not at all."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from stemcareers import files
from stemcareers.errors import Problem
from stemcareers.review import codecheck, contents, crate, readme, scan
from stemcareers.review.project import Reviewed

FOLDER = Path("results/review")
ZIP = Path("results/review.zip")
SUMS = "SHA256SUMS"
PACKED = {".docx", ".pdf", ".png", ".xlsx"}  # deflated within
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip's first day, so that none of its entries tells when it was made


def build(root: Path, home: Path) -> tuple[Path, Path, int]:
    """The folder, the zip, and how many files each holds.

    Raises Problem where results are missing or stale, and where something would leave that must not.
    """
    reviewed = Reviewed.open(root, home)
    found = {name: path.read_bytes() for name, path in contents.files(reviewed).items()}
    found["codecheck.yml"] = codecheck.text(reviewed).encode("utf-8")
    found["README.md"] = readme.text(reviewed, sum(map(len, found.values()))).encode("utf-8")
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    if wrong := scan.faults(found, [file.path for file in reviewed.raw if file.provided], sums):
        raise Problem(FOLDER, *wrong, "nothing was written; mend these, then type make review again")
    described = crate.text(reviewed, {name: len(content) for name, content in found.items()}, sums)
    found[crate.FILE] = described.encode("utf-8")
    sums[crate.FILE] = hashlib.sha256(found[crate.FILE]).hexdigest()
    found[SUMS] = "".join(f"{one}  {name}\n" for name, one in sorted(sums.items())).encode("utf-8")
    _write(found, root / FOLDER)
    files.write_bytes(root / ZIP, zipped(found))
    return root / FOLDER, root / ZIP, len(found)


def zipped(found: Mapping[str, bytes]) -> bytes:
    """The files as one zip: in the order of their names, without times, owners or this machine's ways."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in sorted(found.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_STORED if Path(name).suffix in PACKED else zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content, compresslevel=6)
    return target.getvalue()


def _write(found: Mapping[str, bytes], folder: Path) -> None:
    partial = folder.with_name(f".{folder.name}{files.PARTIAL}")
    for left in (partial, folder):
        shutil.rmtree(left, ignore_errors=True)
    for name, content in found.items():
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).write_bytes(content)
    partial.rename(folder)
