"""
Read e-mail addresses as people type them, and tell which belong to the same person.

Syntax is email-validator's (RFC 5321, ASCII only: a Cyrillic `а` is no Latin `a`). Width, case and spaces do not make
another person; `+tag` and dots do, since only the mail provider knows whether they matter.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from email_validator.syntax import validate_email_domain_name, validate_email_local_part

_SPACES = re.compile(r"\s+")
_CARRIERS = frozenset({"docomo.ne.jp", "ezweb.ne.jp", "au.com"})
_CARRIER_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._?/+-]{0,63}")
_MOST_CHARACTERS = 254
_check_domain = lru_cache(maxsize=4096)(validate_email_domain_name)
"""A few domains serve most people, and checking one costs more than all the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """
    One address: *deliver* as mail is sent to it, *person* as it is compared.

    *doubtful*: with `..` or a dot before the @, which carriers gave out until 2009 and mail servers refuse today.
    """

    deliver: str = field(repr=False)
    person: str = field(repr=False)
    doubtful: bool


def parse(text: str) -> Address | None:
    """Read an address; None if it is not one that mail could be sent to."""
    if len(text) > _MOST_CHARACTERS * 4:
        return None
    tidy = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    if not tidy.isascii() or len(tidy) > _MOST_CHARACTERS:
        return None
    local, _, domain = tidy.rpartition("@")
    domain = domain.lower()
    doubtful = ".." in local or local.endswith(".")
    if doubtful:
        if domain not in _CARRIERS or not _CARRIER_LOCAL.fullmatch(local):
            return None
    else:
        try:
            validate_email_local_part(local, allow_smtputf8=False, strict=True)
            _check_domain(domain)
        except ValueError:
            return None
    deliver = f"{local}@{domain}"
    return Address(deliver=deliver, person=deliver.lower(), doubtful=doubtful)
