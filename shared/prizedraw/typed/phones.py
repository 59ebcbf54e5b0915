"""
Read telephone numbers as people type them, by Google's libphonenumber.

It is asked whether a number is one, and how it is written; what it makes of a number that is none is a guess, which
loses digits and letters (libphonenumber#1767). Such a number stays as it was typed.

https://github.com/daviddrysdale/python-phonenumbers: numbering plans change, and the library follows them.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_MOST_CHARACTERS = 100
_JAPAN = 81
_LENGTHS = (9, 10)
"""Digits of a Japanese number that a person may have, without the leading 0."""
_EXTENSION = re.compile(r"[\s,、(]*(?:内線(?:番号)?|\(内\))[\s:.]*([0-9]{1,8})[\s)番]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """
    One number: *national* as it is dialled in Japan, a foreign one with its country; *extension* mostly empty.

    *doubtful*: as long as a Japanese number is, but no such number is given out, or there are other digits or letters
    in it. Then *national* is what was typed, in half width.
    """

    national: str = field(repr=False)
    extension: str = field(repr=False)
    doubtful: bool


def parse(text: str) -> Phone | None:
    """Read a number, in any width, with or without hyphens, and what follows 内線; None if it is not one number."""
    import phonenumbers  # noqa: PLC0415  most calls meet no number

    if len(text) > _MOST_CHARACTERS:
        return None
    typed = unicodedata.normalize("NFKC", text)
    split = _EXTENSION.search(typed)
    try:
        number = phonenumbers.parse(typed[: split.start()] if split else typed, "JP")
    except phonenumbers.NumberParseException:
        return None
    abroad = number.country_code != _JAPAN
    dialled = typed[: split.start()] if split else typed
    own = phonenumbers.national_significant_number(number)
    valid = phonenumbers.is_valid_number(number) and _has_its_digits(number, own, dialled)
    if not valid and (abroad or len(own) not in _LENGTHS):
        return None
    extension = split[1] if split else number.extension or ""
    number.extension = None
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL if abroad else phonenumbers.PhoneNumberFormat.NATIONAL
    if not valid:
        seen = "".join(c for c in dialled if unicodedata.category(c) != "Cf")
        return Phone(national=" ".join(seen.split()), extension=split[1] if split else "", doubtful=True)
    return Phone(national=phonenumbers.format_number(number, form), extension=extension, doubtful=False)


def _has_its_digits(number: "PhoneNumber", national: str, typed: str) -> bool:
    """Tell whether the digits that were typed are those of the number, and no letter stood for one of them."""
    own = national + (number.extension or "")
    digits = "".join(c for c in typed if c.isdecimal())
    return bool(re.fullmatch(rf"(?:(?:010)?{number.country_code})?0?", digits.removesuffix(own))) and digits.endswith(
        own
    )
