"""Read a shipping list: unlocked as Excel would, its cells past every library."""

import io
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

import msoffcrypto
import openpyxl

PASSWORD = "7KQM-4T9X-2HVD-8RPA-C3WN-0EZJ"


def opened(data: bytes, password: str = PASSWORD) -> io.BytesIO:
    """Unlock a file, its integrity checked, as Excel would."""
    file, out = msoffcrypto.OfficeFile(io.BytesIO(data)), io.BytesIO()
    file.load_key(password=password, verify_password=True)
    file.decrypt(out, verify_integrity=True)
    return out


def cells(data: bytes | io.BytesIO) -> list[list[Any]]:
    """Read the cells of the one sheet, empty ones as None."""
    book = openpyxl.load_workbook(io.BytesIO(data) if isinstance(data, bytes) else data)
    (sheet,) = book.worksheets
    return list(sheet.iter_rows())


def texts(data: bytes) -> list[tuple[str, ...]]:
    """Read what each cell says, past every library: `_x000D_` stands for the character of that number."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        strings, sheet = (ElementTree.fromstring(archive.read(f"xl/{name}.xml")) for name in _PARTS)  # noqa: S314
    shared = [_unescaped(item.findtext(f"{_MAIN}t") or "") for item in strings]
    rows = [row.findall(f"{_MAIN}c") for row in sheet.iter(f"{_MAIN}row")]
    return [tuple(shared[int(cell.findtext(f"{_MAIN}v") or "")] for cell in row) for row in rows]


_PARTS = ("sharedStrings", "worksheets/sheet1")


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)
