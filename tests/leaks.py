"""
Look for personal data where none may be: a scan that sees through base64, hex, width and case.

Every string is looked at as it is and, where it decodes as base64 or hex, as what it decodes to; all NFKC, lower-cased
and without white space.
"""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_TOKENS = re.compile(r"[A-Za-z0-9+/_=-]{8,}")


def folded(text: str) -> str:
    """Bring a text to the form in which it is compared."""
    return "".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def leaves(value: Any) -> Iterator[str]:
    """Yield every string of a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)


def readings(text: str) -> Iterator[str]:
    """Yield what a string says: itself, and what its hex and base64 parts decode to, once more inside."""
    yield folded(text)
    for token in _TOKENS.findall(text):
        if _HEX.fullmatch(token):
            yield folded(bytes.fromhex(token).decode("utf-8", "replace"))
        if _BASE64.fullmatch(token):
            padded = token.rstrip("=") + "=" * (-len(token.rstrip("=")) % 4)
            try:
                data = base64.b64decode(padded, altchars=b"-_" if set("-_") & set(token) else None, validate=True)
            except binascii.Error:
                continue
            yield folded(data.decode("utf-8", "replace"))


def found(needles: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Return the needles that stand in one of the texts."""
    wanted = {folded(needle): needle for needle in needles if folded(needle)}
    haystack = "\n".join(reading for text in texts for reading in readings(text))
    return {needle for fold, needle in wanted.items() if fold in haystack}


def texts_of(folder: Path) -> Iterator[str]:
    """Yield all strings that a rehearsal left outside mails: state, logs, published files, replies, pages, names."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.parts[len(folder.parts)] in ("mail", "input.json", "claims"):
            continue
        yield path.name
        text = path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".json":
            yield from leaves(json.loads(text))
        elif path.suffix == ".jsonl":
            for line in text.splitlines():
                yield from leaves(json.loads(line)) if line.startswith("{") else [line]
        else:
            yield text
