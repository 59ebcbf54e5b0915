"""Write, read and search mails as Gmail keeps them."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import format_datetime, getaddresses
from typing import Any

from prizedraw.rehearsal.google.json_wire import ApiError

_REPORT = """\
Return-Path: <>\r
Authentication-Results: mx.google.com; dkim=pass header.i=@googlemail.com; dmarc=pass header.from=googlemail.com\r
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r
To: {sender}\r
Auto-Submitted: auto-replied\r
Subject: Delivery Status Notification (Failure)\r
References: {message_id}\r
In-Reply-To: {message_id}\r
X-Failed-Recipients: {address}\r
Message-ID: <{id}.report@mx.google.com>\r
Date: {at}\r
MIME-Version: 1.0\r
Content-Type: multipart/report; boundary="{id}"; report-type=delivery-status\r
\r
--{id}\r
Content-Type: text/plain; charset="UTF-8"\r
\r
Your message wasn't delivered to {address}.\r
\r
--{id}\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; googlemail.com\r
Arrival-Date: {sent_at}\r
X-Original-Message-ID: {message_id}\r
\r
Final-Recipient: rfc822; {address}\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; 550-{status} The email account that you tried to reach does not exist.\r
Last-Attempt-Date: {at}\r
\r
--{id}\r
Content-Type: message/rfc822\r
\r
"""


@dataclass(frozen=True, kw_only=True)
class SentMail:
    """A mail as Gmail sent it (without `Bcc`, with Gmail's `Message-ID`), with its envelope recipients."""

    id: str
    thread: str
    raw: bytes
    recipients: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredMail:
    """A mail as it lies in the mailbox, a draft too."""

    id: str
    thread: str
    raw: bytes
    labels: tuple[str, ...]
    at: datetime

    def resource(self, raw: bool = False) -> dict[str, Any]:
        """Return the `Message` resource in format `minimal`, or `raw`."""
        resource: dict[str, Any] = {"id": self.id, "threadId": self.thread, "labelIds": list(self.labels)}
        resource |= {"internalDate": str(int(self.at.timestamp() * 1000)), "sizeEstimate": len(self.raw)}
        return resource | ({"raw": base64.urlsafe_b64encode(self.raw).decode()} if raw else {})

    def matches(self, term: str) -> bool:
        """Tell whether the mail is found by one term of a search; `{a b}` is either, `-a` what is not found by `a`."""
        if term.startswith("-"):
            return not self.matches(term[1:])
        if term.startswith("{"):
            return any(self.matches(one) for one in term[1:-1].split())
        operator, _, value = term.lower().partition(":")
        if operator == "from":
            return value in str(BytesHeaderParser().parsebytes(self.raw)["From"]).lower()
        if (operator, value) == ("in", "anywhere"):
            return True
        if operator in {"in", "label"}:
            return value.upper().removesuffix("S") in {label.removesuffix("S") for label in self.labels}
        if operator in {"after", "before"} and value.isdecimal():
            return (self.at.timestamp() >= int(value)) == (operator == "after")
        raise ApiError(400, "search term unknown to the local Gmail", reason="invalidArgument")


def delivery_report(sent: SentMail, *, address: str, status: str, action: str, now: datetime) -> bytes:
    """Write the report (RFC 3464) on a mail that was sent to *address*: its enhanced status code, and the action."""
    original = BytesHeaderParser().parsebytes(sent.raw)
    head = _REPORT.format(
        id=f"00000000{sent.id}",
        sender=original["From"],
        message_id=original["Message-ID"],
        address=address,
        status=status,
        action=action,
        at=format_datetime(now),
        sent_at=format_datetime(sent.at),
    )
    return head.encode() + sent.raw + f"\r\n--00000000{sent.id}--\r\n".encode()


def without(raw: bytes, header: bytes) -> bytes:
    """Remove a header, leaving every other byte; line ends become CRLF."""
    head, gap, body = re.sub(rb"\r?\n", b"\r\n", raw).partition(b"\r\n\r\n")
    kept = re.sub(rb"(?im)^" + header + rb":.*(?:\r\n[ \t].*)*\r\n", b"", head + b"\r\n")
    return kept.removesuffix(b"\r\n") + gap + body


def recipients_of(raw: bytes) -> tuple[str, ...]:
    """Return the envelope's recipients in lower case; refuse what Gmail refuses to send to (RFC 5321 local parts)."""
    headers = BytesHeaderParser().parsebytes(raw)
    named = [str(value) for name in ("To", "Cc", "Bcc") for value in headers.get_all(name, [])]
    addresses = [address.lower() for _, address in getaddresses(named)]
    if not addresses:
        raise ApiError(400, "Recipient address required", reason="invalidArgument")
    for address in addresses:
        local, at, domain = address.rpartition("@")
        dots = not local.startswith('"') and (".." in local or local.startswith(".") or local.endswith("."))
        if not (local and at and domain) or dots:
            raise ApiError(400, "Invalid To header", reason="invalidArgument")
    return tuple(dict.fromkeys(addresses))
