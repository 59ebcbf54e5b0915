"""
Read the CSV of the claim form (RFC 4180, in UTF-8 or CP932), strictly: what cannot be read for certain is not read.

Its layout belongs to the form's maker: the headers are named in the campaign file, stand in any order, and other
columns may stand between them. Cells are separated by what lets all headings be found: commas, or the tabs and
semicolons of spreadsheets. Nothing is guessed; a file that is half readable is not read at all, and a row of which not
every cell surely stands in its column (`row_widths`) says so.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prizedraw.campaign.parts import Columns
from prizedraw.fulfilment.csv_limits import MOST_BYTES, MOST_CELL, MOST_COLUMNS, MOST_ROWS
from prizedraw.fulfilment.row_widths import Widths
from prizedraw.records.verdicts import Unread
from prizedraw.typed.answers import normal

_MOST_RECORD = 128 * 1024
"""
Characters of one record: its cells come into being only after it was measured.

No more than the csv module takes as one cell (`csv.field_size_limit`): its own error would pass for a broken quote.
"""
_MOST_HEADING = 300
"""What is longer is no heading of the campaign file; NFKC of it could take for ever."""

_ENCODINGS = ("utf-8", "cp932")
_MARK = "\ufeff".encode()
"""The mark of UTF-8; programs that do not know it put another one before it."""
_DELIMITERS = (",", "\t", ";")
_NAMES_DELIMITER = re.compile(r"sep=.?", re.IGNORECASE)
"""A first line that tells Excel how cells are separated, and is no header."""
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
    """A file that cannot be read: why, and where (*detail*: a header of the campaign file, or the number of a line)."""

    def __init__(self, why: Unread, detail: str = "") -> None:
        super().__init__(why.value)
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRow:
    """
    One row as it was typed; *number* counts as a spreadsheet does, the header being row 1.

    *even*: each cell certainly is the one of its column (`row_widths`). If not, *all_cells* are those that it has.
    """

    number: int
    even: bool
    all_cells: tuple[str, ...] = field(default=(), repr=False)
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


def parse(data: bytes, columns: Columns) -> list[CsvRow]:
    """
    Return the rows below the header; rows without any text are passed over.

    Raises:
        Unreadable: nothing can be read from the file for certain.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(Unread.TOO_LARGE)
    for signature, why in _SIGNATURES.items():
        if data.startswith(signature):
            raise Unreadable(why)
    while data.startswith(_MARK):
        data = data.removeprefix(_MARK)
    widths, records = _opened(data, _encoding(data), columns)
    is_ended = data.endswith((b"\n", b"\r"))
    rows: list[CsvRow] = []
    record = next(records, None)
    while record is not None:
        if len(rows) == MOST_ROWS:
            raise Unreadable(Unread.TOO_MANY_ROWS)
        number, cells = record
        record = next(records, None)
        following = record[1] if record is not None else None
        even = widths.are_sure(cells, following, ended=record is not None or is_ended)
        rows.append(_row(number, cells, widths.columns_at, even=even))
    return rows


def _opened(data: bytes, encoding: str, columns: Columns) -> tuple[Widths, Iterator[tuple[int, list[str]]]]:
    """
    Return what the header says, and the records below it.

    Raises:
        Unreadable: no way to separate cells finds all headings; why not, by the way that finds the most cells.
    """
    refused, most = None, 0
    for delimiter in _DELIMITERS:
        records, header = _records(data, encoding, delimiter), [""]
        try:
            header = _header(records)
            return Widths.of(header, _columns_at(header, columns)), records
        except Unreadable as unreadable:
            if unreadable.why not in (Unread.NO_HEADER, Unread.BROKEN):
                raise
            if len(header) > most:
                refused, most = unreadable, len(header)
    assert refused is not None  # noqa: S101 - each way has a header of one cell at least
    raise refused


def _header(records: Iterator[tuple[int, list[str]]]) -> list[str]:
    """Return the cells of the header."""
    for _, cells in records:
        if any(map(_CONTROLS.search, cells)):
            raise Unreadable(Unread.NOT_CSV)
        if not _NAMES_DELIMITER.fullmatch("".join(cells).strip()):
            return cells
    raise Unreadable(Unread.EMPTY)


def _encoding(data: bytes) -> str:
    """Return the first encoding in which every byte has its meaning."""
    for encoding in _ENCODINGS:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable(Unread.ENCODING)


def _records(data: bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that hold any text, with their numbers from 1; none is wider than is allowed."""
    lines = _Lines(data, encoding)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            lines.begin_record()
            if len(cells) > MOST_COLUMNS or any(len(cell) > MOST_CELL for cell in cells):
                raise Unreadable(Unread.TOO_WIDE, str(number))
            if not any(map(str.strip, cells)):
                continue
            if encoding == "cp932" and _is_utf8(cells):
                raise Unreadable(Unread.ENCODING)
            yield number, cells
    except csv.Error:
        raise Unreadable(Unread.BROKEN, str(reader.line_num)) from None


class _Lines:
    """The lines of a file for a CSV reader, in which no record may grow beyond `_MOST_RECORD` characters."""

    def __init__(self, data: bytes, encoding: str) -> None:
        # Lines end where CSV says; `str.splitlines` would also break at characters that stand in addresses.
        self._file = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
        self._in_record = 0
        self._records = 0

    def begin_record(self) -> None:
        """Take note that a record has ended."""
        self._in_record = 0
        self._records += 1

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(_MOST_RECORD + 1):
            self._in_record += len(line)
            if self._in_record > _MOST_RECORD:
                raise Unreadable(Unread.TOO_WIDE, str(self._records + 1))
            yield line


def _is_utf8(cells: Sequence[str]) -> bool:
    """
    Tell whether cells that were read as CP932 are all UTF-8: by chance such bytes can be read as both.

    Single words can be both and right (薗田); a whole row with a name and an address cannot.
    """
    try:
        text = "".join(cell for cell in cells if not cell.isascii()).encode("cp932").decode()
    except UnicodeError:
        return False
    return any(character > "\u07ff" for character in text)


def _columns_at(header: Sequence[str], columns: Columns) -> Mapping[str, int]:
    """Return where each column stands, by its name in the campaign file."""
    headings = [normal(_visible(cell)) if len(cell) <= _MOST_HEADING else "" for cell in header]
    columns_at = {}
    for name, wanted in columns:
        times = headings.count(normal(wanted))
        if times != 1:
            raise Unreadable(Unread.DOUBLE_HEADER if times else Unread.NO_HEADER, wanted)
        columns_at[name] = headings.index(normal(wanted))
    return columns_at


def _visible(heading: str) -> str:
    """Leave out what nobody sees, a mark of UTF-8 within quotes for example."""
    return "".join(c for c in heading if unicodedata.category(c) != "Cf")


def _row(number: int, cells: Sequence[str], columns_at: Mapping[str, int], *, even: bool) -> CsvRow:
    """Make a row; cells that are missing are empty."""
    typed = {name: cells[at] if at < len(cells) else "" for name, at in columns_at.items()}
    return CsvRow(number=number, even=even, all_cells=() if even else tuple(cells), **typed)
