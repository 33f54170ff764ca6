"""The archive that an Excel workbook is: opened only where it is one, and its XML read without a risk."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from stemcareers.errors import Problem

LARGEST = 2**30  # bytes of all parts unpacked; a sheet of a million rows has a tenth of it
THICKEST = 300  # bytes unpacked of one packed byte, in a part over a megabyte; sheets of real answers stay under 50
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Start = Callable[[str, dict[str, str]], None]
End = Text = Callable[[str], None]
WHOLE = "is not a whole Excel file; fetch or export it again"
SAVE_AS = "open it in Excel and save it as 'Excel Workbook (.xlsx)'"


@contextmanager
def package(path: Path) -> Iterator[zipfile.ZipFile]:
    """The parts of a workbook.

    Raises a Problem where the file is none that may be opened, and for whatever is found broken in the block.
    """
    from xml.etree.ElementTree import ParseError
    from xml.parsers.expat import ExpatError
    from zlib import error as unpacking

    from defusedxml.common import DefusedXmlException

    where = path.as_posix()
    missing = (ValueError, LookupError)  # a number, part, shared text or encoding that is not what the file says it is
    _refuse_others(path)
    try:
        with zipfile.ZipFile(path) as archive:
            if wrong := _unwelcome(archive):
                raise Problem(where, wrong)
            yield archive
    except DefusedXmlException:
        raise Problem(
            where,
            "holds a document type or entities in its XML, which no program writes into a workbook; it was not "
            "read: ask where the file comes from",
        ) from None
    except (zipfile.BadZipFile, unpacking, EOFError, ParseError, ExpatError, NotImplementedError, *missing):
        raise Problem(where, WHOLE) from None
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise Problem(where, WHOLE) from None  # the archive says that a part lies outside the file


def _refuse_others(path: Path) -> None:
    """A Problem where the file does not even begin as a workbook does."""
    where = path.as_posix()
    with path.open("rb") as file:
        start = file.read(8)
        if start == OLE:
            raise Problem(where, _old_or_locked(file))
    if not start:
        raise Problem(where, "the file is empty (0 bytes); export it again")
    if not start.startswith(ZIP):
        raise Problem(where, "is not an Excel file (.xlsx), whatever its name says; look into it with a text editor")


def _old_or_locked(file: IO[bytes]) -> str:
    if "EncryptedPackage".encode("utf-16-le") in file.read(2**24):
        return f"is locked with a password; {SAVE_AS} without one"
    return f"is an Excel file of before 2007 (.xls), which holds 65,536 rows at most; {SAVE_AS}, or export it again"


def _unwelcome(archive: zipfile.ZipFile) -> str:
    """What the archive is instead of a plain workbook; '' where it is one."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    thick = any(p.file_size > 2**20 and p.file_size > THICKEST * max(p.compress_size, 1) for p in parts)
    if unpacked > LARGEST or thick:
        return (
            f"unpacks to {unpacked:,} bytes from {sum(p.compress_size for p in parts):,}, far more than answers do; "
            "it was not read: export it again as csv"
        )
    if len(names) != len(parts):
        return "holds a part twice, which no program writes; export it again"
    if any(part.flag_bits & 1 for part in parts):
        return f"is locked with a password; {SAVE_AS} without one"
    if "xl/workbook.bin" in names:
        return f"is a binary Excel file (.xlsb); {SAVE_AS}"
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return f"holds macros (.xlsm), and programs have no place among answers; {SAVE_AS}"
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return f"is a zip archive, but not an Excel file (.xlsx); unpack it, or {SAVE_AS}"
    return ""


def tree(archive: zipfile.ZipFile, part: str) -> Any:
    """The root element of a part."""
    from defusedxml.ElementTree import fromstring

    return fromstring(archive.read(part), forbid_dtd=True)


def walk(archive: zipfile.ZipFile, part: str, start: Start, end: End, text: Text) -> None:
    """Call `start`, `end` and `text` for everything in a part, in order; names of elements come without namespace.

    For parts with millions of cells, where defusedxml's own parser takes five times as long. As there, a document
    type is refused, and with it every entity.
    """
    from xml.parsers import expat

    from defusedxml.common import DTDForbidden

    def refuse(name: str, system_id: str | None, public_id: str | None, has_internal_subset: int) -> None:
        raise DTDForbidden(name, system_id, public_id)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.CharacterDataHandler = text
    with archive.open(part) as file:
        parser.ParseFile(file)


def tag_of(element: Any) -> str:
    """An element's name without its namespace; strict and usual files differ in that only."""
    return element.tag.rpartition("}")[2]
