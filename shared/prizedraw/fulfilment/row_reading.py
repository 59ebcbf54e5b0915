"""Read from one row of the claim form's CSV where a prize goes, and what is odd about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from prizedraw.fulfilment.claim_csv import CsvRow
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.resaved import MOST_CHARACTERS
from prizedraw.records.verdicts import Doubt, Verdict
from prizedraw.typed import lost_letters, phones, postal_codes
from prizedraw.typed.postal_codes import PostalCodes

# Controls and line breaks but CR, LF and tabs, what turns the direction of writing, and what stands for a character
# that was lost.
_UNFIT = re.compile(
    r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\uf8f0-\uf8f3\ufffd-\uffff]"
)
_MARKS = re.compile("[\u202a-\u202c\u2066-\u2069]")
_ZERO_LOST = re.compile(r"\s*([1-9][0-9]{4,5})\s*", re.ASCII)
"""A postal code of which a spreadsheet made a number: those of northern Japan begin with one zero or two."""
_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a prize goes by one row, and what is odd about what was typed."""

    destination: Destination = field(repr=False)
    doubts: tuple[Doubt, ...]


def read(row: CsvRow, code: str, codes: PostalCodes) -> Reading | Verdict:
    """Read where the prize goes, or say what keeps it from being delivered there."""
    if not all(map(str.strip, row.cells)):
        return Verdict.HALF_FILLED
    # A telephone copied from a list of contacts comes with marks of direction, which mean nothing where digits stand.
    numbers = (_MARKS.sub("", cell) for cell in (row.postal_code, row.phone))
    cells = (row.receipt, row.code, row.name, row.address, row.sent_at, *numbers)
    if any(len(cell) > MOST_CHARACTERS or _UNFIT.search(cell) for cell in cells):
        return Verdict.BAD_TEXT
    digits, phone = postal_codes.parse(row.postal_code), phones.parse(row.phone)
    restored = _restored(row, codes) if digits is None else None
    digits = digits or restored
    if digits is None:
        return Verdict.BAD_POSTAL_CODE
    if phone is None:
        return Verdict.BAD_PHONE
    destination = Destination(
        code=code,
        name=row.name,
        postal_code=row.postal_code,
        address=row.address,
        phone=row.phone,
        postal_digits=digits,
        phone_national=phone.national,
        extension=phone.extension,
    )
    doubts = tuple(_doubts(destination, codes, phone_is_doubtful=phone.doubtful, zero_was_lost=restored is not None))
    return Reading(replace(destination, doubts=" ".join(doubts)), doubts)


def _restored(row: CsvRow, codes: PostalCodes) -> str | None:
    """Return a postal code with the zeros that it lost, if the address lies where it then says; nothing is guessed."""
    short = _ZERO_LOST.fullmatch(row.postal_code)
    digits = short[1].zfill(_LENGTH) if short else ""
    return digits if digits and codes.agrees(digits, row.address) else None


def _doubts(to: Destination, codes: PostalCodes, *, phone_is_doubtful: bool, zero_was_lost: bool) -> Iterator[Doubt]:
    """Yield what is odd about a registration that is taken as it is."""
    agrees = codes.agrees(to.postal_digits, to.address)
    if agrees is None:
        yield Doubt.NO_SUCH_POSTAL_CODE
    elif not agrees:
        yield Doubt.POSTAL_CODE_ELSEWHERE
    if zero_was_lost:
        yield Doubt.ZERO_RESTORED
    if phone_is_doubtful:
        yield Doubt.PHONE_NOT_IN_USE
    if lost_letters.are_in_name(to.name) or lost_letters.are_in(to.address):
        yield Doubt.LETTERS_LOST
