"""
Compare what was typed by what a spreadsheet program leaves as it is, so that a list that was opened and saved again in
one says the same of everybody.

Excel drops the seconds of a time and the zeros at the beginning of a number, writes numbers of twelve digits and more
as `1.23457E+11`, keeps fifteen digits of them, makes dates of what looks like one and `####` of what does not fit its
column, and writes `?` for each letter that CP932 has not (two beyond the first plane), or one like it. What is compared
here is not what is kept: that is what stood in the file.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from prizedraw.times import instant_of
from prizedraw.typed import phones

MOST_CHARACTERS = 300
"""What is longer is compared as it is: NFKC takes time quadratic in a run of combining marks."""

# UTF-8 and CP932 exports write these with different characters, and Windows writes `?` for one of each pair.
_ANY_OF = "?~〜-−―—∥‖"
_LOST = re.compile(
    r"[+-]?\d(?:\.\d+)?E[+-]?\d{1,3}|#{2,}|\d{1,2}月\d{1,2}日|[A-Z][a-z]{2}-\d{1,2}|\d{1,2}-[A-Z][a-z]{2}", re.ASCII
)
_DIGITS = re.compile(r"[0-9]+")
_KEPT_DIGITS = 15
_NO_DIGITS = re.compile(r"[^0-9]")


def text(cell: str) -> str:
    """Bring a cell to the form in which it is compared: width, kinds of dashes and what CP932 has not count for one."""
    if len(cell) > MOST_CHARACTERS:
        return cell
    folded = " ".join(unicodedata.normalize("NFKC", cell).split())
    return re.sub(r"\?+", "?", "".join(map(_left, folded)))


def number(cell: str) -> str:
    """Bring a number, 受付番号 for example, to the form in which it is compared; one with other letters is a text."""
    folded = text(cell)
    return folded.lstrip("0") or "0" if _DIGITS.fullmatch(folded) else folded


def is_lost(cell: str) -> bool:
    """Tell whether a spreadsheet has put something in the place of a number or a time, from which it cannot be told."""
    return len(cell) <= MOST_CHARACTERS and _LOST.fullmatch(unicodedata.normalize("NFKC", cell).strip()) is not None


def may_be_rounded(cell: str) -> bool:
    """Tell whether digits may have been lost at the end of a long number; it may also end in zeros."""
    digits = number(cell)
    return _DIGITS.fullmatch(digits) is not None and len(digits) > _KEPT_DIGITS and not digits[_KEPT_DIGITS:].strip("0")


def content(*, code: str, name: str, postal_code: str, address: str, phone: str) -> Sequence[str]:
    """Return what a registration says, cell by cell, in the form in which it is compared."""
    read = phones.parse(phone)
    dialled = f"{read.national}/{read.extension}" if read is not None and not read.doubtful else number(phone)
    return (code, text(name), _digits(postal_code), text(address), dialled)


def minute(moment: datetime | str) -> str:
    """Return the minute of a moment or an instant: the seconds may be gone."""
    return (moment if isinstance(moment, str) else instant_of(moment))[:16]


def _digits(cell: str) -> str:
    """Return the digits of a postal code, without the zeros at their beginning."""
    return _NO_DIGITS.sub("", unicodedata.normalize("NFKC", cell)).lstrip("0") if len(cell) <= MOST_CHARACTERS else cell


@lru_cache(maxsize=4096)
def _left(character: str) -> str:
    """Return what Windows leaves of a character in CP932: itself, a letter like it, or `?`."""
    if character in _ANY_OF:
        return "?"
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", character)[0]
        return plain if plain.isascii() and plain.isalpha() else "?"
    return character
