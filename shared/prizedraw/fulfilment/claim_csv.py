"""
Read the CSV of the claim form (RFC 4180, in UTF-8 or CP932), strictly: what is not surely readable is not read.

Its layout belongs to the form's maker: the headers are named in the campaign file, stand in any order, and other
columns may stand between them. Nothing is guessed; a file that is half readable is not read at all.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prizedraw.campaign.parts import Columns
from prizedraw.fulfilment.verdicts import Unread
from prizedraw.typed.answers import normal

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 100_000

_ENCODINGS = ("utf-8-sig", "cp932")
_SIGNATURES = {
    b"PK\x03\x04": Unread.NOT_CSV,  # xlsx and ods are ZIP files
    b"\xd0\xcf\x11\xe0": Unread.NOT_CSV,  # xls, and xlsx with a password
    b"\x1f\x8b": Unread.NOT_CSV,
    b"%PDF": Unread.NOT_CSV,
    b"\xff\xfe": Unread.ENCODING,  # UTF-16
    b"\xfe\xff": Unread.ENCODING,
}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Unreadable(Exception):
    """Say why a file cannot be read, and where: a header of the campaign file, or the number of a line."""

    def __init__(self, why: Unread, detail: str = "") -> None:
        super().__init__(why.value)
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class CsvRow:
    """
    Hold one row as it was typed; *number* counts as a spreadsheet does, the header being row 1.

    *even*: it has as many cells as the header, so that each cell is surely the one of its column.
    """

    number: int
    even: bool
    receipt: str = field(repr=False)
    code: str = field(repr=False)
    name: str = field(repr=False)
    postal_code: str = field(repr=False)
    address: str = field(repr=False)
    phone: str = field(repr=False)
    sent_at: str = field(repr=False)

    @property
    def cells(self) -> tuple[str, ...]:
        """Return what was typed, column by column."""
        return (self.receipt, self.code, self.name, self.postal_code, self.address, self.phone, self.sent_at)


def read(data: bytes, columns: Columns) -> list[CsvRow]:
    """
    Return the rows below the header; rows without any text are passed over.

    Raises:
        Unreadable: nothing can be read from the file for sure.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(Unread.TOO_LARGE)
    for signature, why in _SIGNATURES.items():
        if data.startswith(signature):
            raise Unreadable(why)
    encoding = _encoding(data)
    records = _records(data, encoding)
    header = next(records, None)
    if header is None:
        raise Unreadable(Unread.EMPTY)
    if any(map(_CONTROLS.search, header[1])):
        raise Unreadable(Unread.NOT_CSV)
    places = _places(header[1], columns)
    rows: list[CsvRow] = []
    for number, cells in records:
        if len(rows) == MOST_ROWS:
            raise Unreadable(Unread.TOO_MANY_ROWS)
        rows.append(_row(number, cells, len(header[1]), places))
    return rows


def _encoding(data: bytes) -> str:
    """Return the first encoding in which every byte has its meaning."""
    for encoding in _ENCODINGS:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable(Unread.ENCODING)


def _records(data: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that hold any text, with their numbers from 1."""
    # Lines end where CSV says; `str.splitlines` would also break at characters that stand in addresses.
    lines = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    reader = csv.reader(lines, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if not any(map(str.strip, cells)):
                continue
            if encoding == "cp932" and _is_utf8(cells):
                raise Unreadable(Unread.ENCODING)
            yield number, cells
    except csv.Error:
        raise Unreadable(Unread.BROKEN, str(reader.line_num)) from None


def _is_utf8(cells: Sequence[str]) -> bool:
    """
    Tell whether cells that were read as CP932 are all UTF-8: by luck such bytes can be read as both.

    Single words can be both and right (薗田); a whole row with a name and an address cannot.
    """
    try:
        text = "".join(cell for cell in cells if not cell.isascii()).encode("cp932").decode()
    except UnicodeError:
        return False
    return any(character > "\u07ff" for character in text)


def _places(header: Sequence[str], columns: Columns) -> Mapping[str, int]:
    """Return where each column stands, by its name in the campaign file."""
    found = [normal(cell) for cell in header]
    places = {}
    for name, wanted in columns:
        times = found.count(normal(wanted))
        if times != 1:
            raise Unreadable(Unread.DOUBLE_HEADER if times else Unread.NO_HEADER, wanted)
        places[name] = found.index(normal(wanted))
    return places


def _row(number: int, cells: Sequence[str], width: int, places: Mapping[str, int]) -> CsvRow:
    """Make a row; cells that are missing are empty, and empty ones too many do no harm."""
    even = len(cells) == width or (len(cells) > width and not any(cells[width:]))
    typed = {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
    return CsvRow(number, even, **typed)
