"""Bring a wave's export from where its wave file says it is, or from a mirror, whole and checked or not at all."""

from __future__ import annotations

import http.client
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from stemcareers import files
from stemcareers.errors import Problem

PAUSES = (1.0, 4.0)  # seconds before a second and a third try where a failure may pass by itself
TIMEOUT = 60  # seconds without a byte


class Wanted(Protocol):
    """One wave's export and where it may be had."""

    study: str
    wave: str
    file: str
    sha256: str
    address: str | None  # of the very file
    page: str | None  # for a person
    how: str | None  # what the person does there


def export(wanted: Wanted, raw: Path, mirror: str | None = None) -> Path:
    """The path of the export in `raw/<study>/`, brought there if it is not there yet; its sha256 is right.

    mirror  a folder or an http(s) address, tried before the export's own address: first `<mirror>/<study>/<file>`,
            then `<mirror>/<file>`.
    Raises Problem with everything that was tried. A file that is there already is never replaced.
    """
    target = raw / wanted.study / wanted.file
    if target.exists():
        found = files.sha256(target)
        if found != wanted.sha256:
            raise Problem(
                target,
                _not_the_export(wanted, "this file", found),
                "Move it away, then fetch again; or correct sha256.",
            )
        return target
    places = [*_on_mirror(wanted, mirror), *([wanted.address] if wanted.address else [])]
    return _first_good(wanted, places, target)


def from_mirror(wanted: Wanted, raw: Path, mirror: str) -> Path:
    """As `export`, but from the mirror alone: for a run that must not reach out to anyone else."""
    return _first_good(wanted, _on_mirror(wanted, mirror), raw / wanted.study / wanted.file)


def missing(wanted: Iterable[Wanted], raw: Path) -> list[str]:
    """One sentence for each export that is not in `raw/<study>/`: which, where it belongs, and how to get it."""
    absent = [one for one in wanted if not (raw / one.study / one.file).exists()]
    return [
        f"{one.study} {one.wave}: {(raw / one.study / one.file).as_posix()} is missing. "
        + (f"`make fetch` brings it from {one.address}." if one.address else _by_hand(one, raw))
        for one in absent
    ]


def _first_good(wanted: Wanted, places: list[str], target: Path) -> Path:
    faults = []
    for place in places:
        fault = _bring(wanted, place, target)
        if not fault:
            return target
        faults.append(fault)
    raise Problem(target, *faults, _by_hand(wanted, target.parents[1]))


def _by_hand(wanted: Wanted, raw: Path) -> str:
    source = wanted.page or "its owner"
    how = f" {wanted.how[:1].upper()}{wanted.how[1:].rstrip('.')}." if wanted.how else ""
    return f"Get {wanted.file} from {source} and put it into {(raw / wanted.study).as_posix()}/.{how}"


def _on_mirror(wanted: Wanted, mirror: str | None) -> list[str]:
    if not mirror:
        return []
    names = [f"{wanted.study}/{wanted.file}", wanted.file]
    if _is_address(mirror):
        return [f"{mirror.rstrip('/')}/{urllib.parse.quote(name)}" for name in names]
    return [(Path(mirror) / name).as_posix() for name in names]


def _bring(wanted: Wanted, place: str, target: Path) -> str:
    """Empty where the export is now at `target`; otherwise the sentence that says why not."""
    try:
        with files.finished_or_absent(target) as temporary:
            (_download if _is_address(place) else _copy)(place, temporary)
            found = files.sha256(temporary)
            if found != wanted.sha256:
                raise _Fault(_not_the_export(wanted, f"what {place} gave", found) + " Nothing was kept.")
    except _Fault as fault:
        return str(fault)
    return ""


def _not_the_export(wanted: Wanted, what: str, found: str) -> str:
    wave_file = f"config/studies/{wanted.study}/waves/{wanted.wave}.yaml"
    return f"{what} is not the export that {wave_file} names: sha256 {wanted.sha256} is expected, {found} was found."


class _Fault(Exception):
    """A sentence for the reader: this place did not give the file."""


class _Passing(Exception):
    """A fault that another try may mend."""


def _copy(place: str, temporary: Path) -> None:
    if not Path(place).is_file():
        raise _Fault(f"{place} does not exist.")
    try:
        shutil.copyfile(place, temporary)
    except OSError as error:
        raise _Fault(f"{place} could not be copied: {error.strerror}.") from error


def _download(address: str, temporary: Path) -> None:
    for pause in PAUSES:
        try:
            _download_once(address, temporary)
            return
        except _Passing:
            time.sleep(pause)
    try:
        _download_once(address, temporary)
    except _Passing as passing:
        raise _Fault(f"{address} {passing} ({len(PAUSES) + 1} tries).") from passing


def _download_once(address: str, temporary: Path) -> None:
    request = urllib.request.Request(address, headers={"User-Agent": "stemcareers"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as reply, temporary.open("wb") as file:
            promised = reply.headers.get("Content-Length")
            shutil.copyfileobj(reply, file, 1 << 20)
            _whole(file, promised)
    except urllib.error.HTTPError as error:
        answer = f"answers {error.code} {error.reason}"
        if error.code >= 500 or error.code == 429:
            raise _Passing(answer) from error
        raise _Fault(f"{address} {answer}.") from error
    except urllib.error.URLError as error:
        raise _Passing(f"cannot be reached: {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _Passing(f"broke off: {error or type(error).__name__}") from error


def _whole(file: BinaryIO, promised: str | None) -> None:
    if promised and file.tell() < int(promised):
        raise _Passing(f"broke off after {file.tell():,} of {int(promised):,} bytes")


def _is_address(place: str) -> bool:
    return urllib.parse.urlsplit(place).scheme in ("http", "https")
