"""
The search for personal data where none may be: a scan that sees through base64, hex, width and case.

Every string is looked at as it is and, where it decodes as base64 or hex, as what it decodes to; all NFKC, lower-cased
and without white space. Files are unpacked: workbooks, PDF, mails, whatever is in them.
"""

import base64
import binascii
import gzip
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pypdf

_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_MAIL = re.compile(rb"[A-Za-z][A-Za-z0-9-]*: .*\r?\n", re.ASCII)
"""How a mail begins: with a header."""
_TOKENS = re.compile(r"[A-Za-z0-9+/_=-]{8,}")


def folded(text: str) -> str:
    """Bring a text to the form in which it is compared."""
    return "".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def leaves(value: Any) -> Iterator[str]:
    """Yield every string of a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield from unpacked(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)


def unpacked(data: bytes) -> Iterator[str]:
    """
    Yield what bytes say: as text in the encodings that Japanese files have, and what they hold as a container.

    A workbook is a zip; a mail, a PDF and a gzip file are opened too, and whatever is in them once more.
    """
    for encoding in ("utf-8", "cp932", "utf-16-le"):
        yield data.decode(encoding, "replace")
    if data.startswith(b"\x1f\x8b"):
        inner = b""
        with suppress(gzip.BadGzipFile, EOFError, zlib.error):  # a keyed hash may begin so too
            inner = gzip.decompress(data)
        yield from unpacked(inner)
    elif data.startswith(b"%PDF"):
        yield from (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name
                yield from unpacked(archive.read(name))
    elif _MAIL.match(data):
        yield from _mail(data)


def _mail(data: bytes) -> Iterator[str]:
    for part in message_from_bytes(data).walk():
        for name, value in part.items():
            yield f"{name}: {make_header(decode_header(str(value)))}"
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            yield from unpacked(body)


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


def haystack(texts: Iterable[str]) -> str:
    """Return all that the texts say, each thing once, for `among`."""
    return "\n".join(dict.fromkeys(reading for text in dict.fromkeys(texts) for reading in readings(text)))


def among(needles: Iterable[str], haystack: str) -> set[str]:
    """Return the needles that stand in a haystack."""
    wanted = {folded(needle): needle for needle in needles if folded(needle)}
    return {needle for fold, needle in wanted.items() if fold in haystack}


def found(needles: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Return the needles that stand in one of the texts."""
    return among(needles, haystack(texts))


def texts_of(folder: Path) -> Iterator[str]:
    """Yield all strings that a rehearsal left outside mails: state, logs, published files, replies, pages, names."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.parts[len(folder.parts)] in ("mail", "input.json", "claims"):
            continue
        yield path.name
        data = path.read_bytes()
        text = data.decode("utf-8", "replace")
        if path.suffix == ".json":
            yield from leaves(json.loads(text))
        elif path.suffix == ".jsonl":
            for line in text.splitlines():
                yield from leaves(json.loads(line)) if line.startswith("{") else [line]
        else:
            yield from unpacked(data)
