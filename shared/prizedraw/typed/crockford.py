"""
Write in Crockford's base32 and read what was typed of it: codes in capitals, labels in small letters.

Sources: Crockford, "Base 32" (https://www.crockford.com/base32.html); ISO/IEC 7812-1 for Luhn, extended to 32 symbols.
"""

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SMALL = ALPHABET.lower()
LABEL_LENGTH = 26
LABEL = re.compile(f"[{SMALL}]{{{LABEL_LENGTH}}}")
"""A label: all that the draw and the public know of an entrant."""

_VALUES = {character: value for value, character in enumerate(ALPHABET)}

# Hyphens, dashes, minus, bullet, ruled lines, ー and 一; NFKC has already turned their full-width and half-width forms
# into one of these. None is in the alphabet, and a check character would betray a wrong guess.
_HYPHENS = "-\u2010\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2501\u30fc\u4e00"
_READ_AS = str.maketrans(
    {c.lower(): c for c in ALPHABET} | {"O": "0", "o": "0"} | dict.fromkeys("IiLl", "1") | dict.fromkeys(_HYPHENS, "")
)


def parse(typed: str) -> str:
    """
    Read what was typed as capitals of the alphabet; what cannot be one of them stays as it is.

    Width and case do not matter, nor do spaces, invisible characters and anything that looks like a hyphen; O is read
    as 0, I and L as 1, since the alphabet has none of them.
    """
    visible = (c for c in unicodedata.normalize("NFKC", typed) if not c.isspace() and unicodedata.category(c) != "Cf")
    return "".join(visible).translate(_READ_AS)


def check_character(payload: str) -> str:
    """
    Compute Luhn mod 32: double every second value from the right, add the digits in base 32, complete to 32.

    It reveals every single wrong character, and every exchange of two neighbours but that of 0 and Z.
    """
    total = 0
    for place, character in enumerate(reversed(payload)):
        value = _VALUES[character] * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def grouped(characters: str, length: int) -> str:
    """Write *characters* in groups of that *length*, joined by hyphens."""
    return "-".join(characters[at : at + length] for at in range(0, len(characters), length))


def is_written(text: str) -> bool:
    """Tell whether all of *text* are capitals of the alphabet."""
    return _VALUES.keys() >= set(text)
