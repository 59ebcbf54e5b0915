"""
Take a mail from outside apart into texts, whatever its maker did wrong.

The old policy of `email` is used on purpose: the new one may raise on the headers of hostile mail.
"""

import base64
import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from typing import cast

_MOST_HEADERS = 2**16
_MOST_DEPTH = 20
_ENCODINGS = ("utf-8", "iso-2022-jp", "cp932", "euc-jp")
"""Tried in this order where a text names no encoding, or a wrong one."""
_TAG = re.compile(r"<[^<>]*>")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Text:
    """One part as text; *kind* is its media type."""

    kind: str
    text: str = field(repr=False)


def headers_of(raw: bytes) -> Message:
    """Return the headers alone."""
    return BytesHeaderParser().parsebytes(raw[:_MOST_HEADERS])


def readable(head: Message, name: str) -> str:
    """Return a header with its encoded words (RFC 2047) decoded, in one line."""
    raw = str(head.get(name, ""))
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    text = "".join(_text(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces)
    return " ".join(text.split())


def texts_of(mail: Message, depth: int = 0, is_letter: bool = False) -> Iterator[tuple[Text, bool]]:
    """Yield every part as text, and whether it stands inside a mail that is attached."""
    kind = mail.get_content_type()
    if depth > _MOST_DEPTH:
        return
    if mail.is_multipart():
        inner = cast(list[Message], mail.get_payload())
        if kind.startswith("message/"):
            # What is encoded as a whole against the rules was not taken apart; its text has all that is asked for.
            encoding = str(mail.get("Content-Transfer-Encoding", ""))
            yield Text(kind, "\n\n".join(_source(part, encoding) for part in inner)), is_letter
            is_letter = is_letter or kind in ("message/rfc822", "message/global")
        for part in inner:
            yield from texts_of(part, depth + 1, is_letter)
        return
    payload = mail.get_payload(decode=True)
    text = _text(payload, str(mail.get_param("charset", "") or "")) if isinstance(payload, bytes) else ""
    if kind == "text/html":
        text = _BLANKS.sub(" ", _TAG.sub(" ", text))
    yield Text(kind, text), is_letter


def _source(part: Message, encoding: str) -> str:
    """Return an attached mail, or a block of fields, as it stood; decoded if it is encoded as a whole."""
    head = "\n".join(f"{name}: {value}" for name, value in part.items())
    body = part.get_payload()
    if not isinstance(body, str):
        return head
    data = body.encode("ascii", "replace")
    with suppress(ValueError):  # as what is no base64 is
        match encoding.strip().lower():
            case "base64":
                body = _text(base64.b64decode(data), "")
            case "quoted-printable":
                body = _text(quopri.decodestring(data), "")
    return f"{head}\n{body}"


def _text(data: bytes, charset: str) -> str:
    """Decode by the named charset, or by the first in which every byte has its meaning."""
    for encoding in (charset, *_ENCODINGS):
        try:
            return data.decode(encoding)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")
