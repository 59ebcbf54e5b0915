"""
Tell whether each cell that is needed surely stands in its column, in a row that has more or fewer than the header.

A comma that its program did not put in quotes cuts a cell in two and moves all that follow; a line break that it did
not put in quotes cuts a row in two. Excel leaves out the last commas of rows, or adds some, sixteen rows at a time, and
does no harm. So a row is judged by what is needed of it, not by its length:

1. Quotes that begin in one cell and end in another were no quotes to the reader: the row was cut at a comma.
2. All that is needed must be there. If the row ends with a cell that is needed, what follows may belong to it: the row
   after it must be a row, and the file must not end there.
3. A number that can be read in its own column (claim code, time, postal code, telephone) shows that nothing before it
   has moved. Only in a needed text after the last of them can a comma have been; then what was cut off stands to its
   right, and so the row is in doubt if it has cells too many and anything stands there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.sending_times import parse_sent_at
from prizedraw.typed import phones, postal_codes


def _is_phone(cell: str) -> bool:
    phone = phones.parse(cell)
    return phone is not None and not phone.doubtful


_READS: Mapping[str, Callable[[str], bool]] = {
    "code": lambda cell: claim_code.normalise(cell) is not None,
    "sent_at": lambda cell: parse_sent_at(cell) is not None,
    "postal_code": lambda cell: postal_codes.parse(cell) is not None,
    "phone": _is_phone,
}
_NUMBERS = {*_READS, "receipt"}
_OPENS = re.compile(r'\s*"')
_OPENS_AFTER_BLANK = re.compile(r'\s+"')
_CLOSES = re.compile(r'[^"]"\s*$')


@dataclass(frozen=True, kw_only=True)
class Widths:
    """What the header says of every row: where the needed columns stand, and how many columns are *named* at all."""

    columns_at: Mapping[str, int]
    named: int
    header: int

    @classmethod
    def of(cls, header: Sequence[str], columns_at: Mapping[str, int]) -> "Widths":
        """Read a header; a heading of blanks at its end is a comma too many."""
        return cls(columns_at=columns_at, named=len(_without_last_blanks(header)), header=len(header))

    @property
    def last(self) -> int:
        """Return where the last needed column stands."""
        return max(self.columns_at.values())

    def are_sure(self, cells: Sequence[str], following: Sequence[str] | None, *, ended: bool) -> bool:
        """
        Tell whether each needed cell surely is the one of its column.

        *following* is the next record, if there is one; *ended*: a line break stands after this one.
        """
        if _has_cut_quotes(cells) or len(cells) <= self.last:  # (1), (2)
            return False
        if len(cells) == self.last + 1 and not self._can_be_read(self.last, cells):
            is_short = len(cells) < self.named
            if (is_short and not ended) or (following is not None and not self._is_row(following)):
                return False
        if max(len(cells), self.header) <= self.named or not self._may_have_moved(cells):  # (3)
            return True
        return not any(map(str.strip, cells[self.last + 1 :]))

    def _is_row(self, cells: Sequence[str]) -> bool:
        """Tell whether cells are no rest of a row that was cut in two."""
        return len(cells) > self.last or claim_code.normalise("".join(cells[self.columns_at["code"] :][:1])) is not None

    def _may_have_moved(self, cells: Sequence[str]) -> bool:
        """Tell whether a text that is needed, or one before something needed, follows the last number that is read."""
        fixed = max((at for at in self.columns_at.values() if self._can_be_read(at, cells)), default=-1)
        numbers = {at for name, at in self.columns_at.items() if name in _NUMBERS}
        return any(at not in numbers for at in range(fixed + 1, self.last + 1))

    def _can_be_read(self, at: int, cells: Sequence[str]) -> bool:
        name = next(name for name, place in self.columns_at.items() if place == at)
        return name in _READS and _READS[name](cells[at])


def _has_cut_quotes(cells: Sequence[str]) -> bool:
    """Tell whether quotes stand open in one cell and are closed in a later one, or follow a blank."""
    opened = False
    for cell in cells:
        opens, closes = _OPENS.match(cell) is not None, _CLOSES.search(cell) is not None
        if _OPENS_AFTER_BLANK.match(cell) and closes:
            return True
        if opened and closes and not opens:
            return True
        opened = opened or (opens and not closes)
    return False


def _without_last_blanks(cells: Sequence[str]) -> Sequence[str]:
    """Return cells without those at the end that hold nothing."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
