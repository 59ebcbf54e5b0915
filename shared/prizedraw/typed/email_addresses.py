"""
Read e-mail addresses as people type them, and tell which belong to the same person.

Syntax is email-validator's (RFC 5321, ASCII only: a Cyrillic `а` is no Latin `a`). Width, case and spaces do not make
another person; `+tag` and dots do, since only the mail provider knows whether they matter.

What nobody sees or meant is read as meant, and marked as a doubt: invisible characters, `。` for a dot, a typographic
hyphen or apostrophe, quotes around the local part or the whole. Where two readings are possible there is none.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from email_validator.syntax import validate_email_domain_name, validate_email_local_part

from prizedraw.typed.address_faults import AddressFault

_CARRIERS = frozenset({"docomo.ne.jp", "ezweb.ne.jp", "au.com"})
_CARRIER_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._?/+-]{0,63}")
_MOST_CHARACTERS = 254
_check_domain = lru_cache(maxsize=4096)(validate_email_domain_name)
"""A few domains serve most people, and checking one costs more than all the rest."""

# Format characters are left out by their category; these are of others, and invisible all the same: variation
# selectors, the grapheme joiner, fillers of Hangul and Khmer, a blank of Braille.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_OVERRIDE = "\u202e"
"""Turns what follows from right to left: what was seen is another address than what stands there."""
# NFKC has made all other widths of these equal.
_MEANT = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2501\u30fc", "-")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u300c\u300d\u301d\u301e\u301f", '"')
    | {"\u3002": ".", "\u301c": "~"}
)
_APOSTROPHE = re.compile("(?<=[A-Za-z0-9])[\u2019\u02bc\u2032](?=[A-Za-z0-9])")
"""Between letters it can be nothing else; at an end it could be a quotation mark."""
_DECORATION = re.compile(r"[<>()\[\]:]")
_QUOTED_LOCAL = re.compile(r'"([^"\\\s@]+)"(@[^@]+)')
_QUOTED_WHOLE = re.compile(r"""(["'])([^"@]+@[^"'@]+)\1""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """
    One address: *deliver* as mail is sent to it, *person* as it is compared.

    *doubtful*: with `..` or a dot before the @, which carriers gave out until 2009 and mail servers refuse today; or
    read as it was meant and not as it stood there.
    """

    deliver: str = field(repr=False)
    person: str = field(repr=False)
    doubtful: bool


def parse(text: str) -> Address | None:
    """Read an address; None if it is not one that mail could be sent to."""
    read = _read(text)
    return read if isinstance(read, Address) else None


def fault(text: str) -> AddressFault:
    """Tell why a text, for which `parse` has no address, is none."""
    read = _read(text)
    return read if isinstance(read, AddressFault) else AddressFault.LOCAL


def _read(text: str) -> Address | AddressFault:
    if len(text) > _MOST_CHARACTERS * 4:
        return AddressFault.LOCAL
    typed = unicodedata.normalize("NFKC", text)
    tidy = _without_spaces(typed)
    meant = _as_meant(typed)
    if not meant:
        return AddressFault.EMPTY
    if "@" not in meant:
        return AddressFault.NO_AT
    if not meant.isascii():
        return AddressFault.LETTERS
    if meant.count("@") > 1 or "," in meant or ";" in meant:
        return AddressFault.SEVERAL
    if _DECORATION.search(meant):
        return AddressFault.DECORATED
    local, _, domain = meant.rpartition("@")
    if len(meant) > _MOST_CHARACTERS:
        return AddressFault.LOCAL
    domain = domain.lower()
    has_old_dots = ".." in local or local.endswith(".")
    if has_old_dots:
        if domain not in _CARRIERS or not _CARRIER_LOCAL.fullmatch(local):
            return AddressFault.DOTS
    elif (wrong := _syntax_fault(local, domain)) is not None:
        return wrong
    deliver = f"{local}@{domain}"
    return Address(deliver=deliver, person=deliver.lower(), doubtful=has_old_dots or meant != tidy)


def _as_meant(typed: str) -> str:
    """Return what was meant by what was typed: without what nobody sees, in ASCII where a typographic sign stood."""
    meant = (typed if typed.isascii() else _in_ascii(typed)).strip()
    if '"' in meant or "'" in meant:
        if (whole := _QUOTED_WHOLE.fullmatch(meant)) is not None:
            meant = whole[2].strip()
        # Quotes keep a blank that stands inside them: such a local part is another one, and stays as it is.
        if (local := _QUOTED_LOCAL.fullmatch(meant)) is not None:
            meant = local[1] + local[2]
        elif '"' in meant:
            return meant
    meant = _without_spaces(meant)
    return meant[:-1] if meant.endswith(".") and not meant.endswith("..") else meant


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _in_ascii(typed: str) -> str:
    """Leave out what nobody sees, and write in ASCII what was meant so."""
    seen = (c for c in _UNSEEN.sub("", typed) if c == _OVERRIDE or unicodedata.category(c) != "Cf")
    return _APOSTROPHE.sub("'", "".join(seen).translate(_MEANT))


def _syntax_fault(local: str, domain: str) -> AddressFault | None:
    """Return what is wrong with the two parts, by email-validator."""
    try:
        validate_email_local_part(local, allow_smtputf8=False, strict=True)
    except ValueError:
        return AddressFault.DOTS if local.startswith(".") else AddressFault.LOCAL
    try:
        _check_domain(domain)
    except ValueError:
        return AddressFault.DOMAIN
    return None
