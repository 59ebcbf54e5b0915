"""
Write in Crockford's base32 and read what was typed of it: codes in capitals, labels in small letters.

Source: Crockford, "Base 32" (https://www.crockford.com/base32.html).
"""

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SMALL = ALPHABET.lower()
LABEL_LENGTH = 26
LABEL = re.compile(f"[{SMALL}]{{{LABEL_LENGTH}}}")
"""A label: all that the draw and the public know of an entrant."""

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
