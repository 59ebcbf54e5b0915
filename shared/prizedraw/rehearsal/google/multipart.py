"""Take the uploads of Cloud Storage's JSON API apart that bring metadata and media in one body."""

import json
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any, cast


def parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Take a `multipart/related` body (RFC 2387) apart: metadata, then media."""
    whole = b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    metadata, media = cast("list[Message]", BytesParser(policy=compat32).parsebytes(whole).get_payload())
    values: dict[str, Any] = json.loads(cast("bytes", metadata.get_payload(decode=True)))
    values.setdefault("contentType", str(media["Content-Type"]))
    return values, cast("bytes", media.get_payload(decode=True))
