"""
Stand in for Gmail on loopback: the methods that prizedraw uses, with their faults.

Like Gmail it overwrites `Message-ID`, consumes a draft by sending it, counts quota by the minute and mails by 24 hours,
accepts mail for addresses that do not exist, and lets a delivery report appear in the mailbox afterwards.
Reference: https://developers.google.com/workspace/gmail/api/reference/rest
"""

import base64
import re
import socket
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from email.utils import format_datetime, getaddresses
from threading import RLock
from typing import Any

from flask import Blueprint, Response, jsonify, request

from prizedraw.ports import Clock

UNITS = {"drafts.create": 10, "drafts.send": 100, "drafts.get": 5, "drafts.delete": 10}
UNITS |= {"messages.list": 5, "messages.get": 5}
"""Quota units a call (https://developers.google.com/workspace/gmail/api/reference/quota)."""

_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
_STATUS |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}
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


@dataclass(frozen=True)
class Fault:
    """
    Describe what goes wrong with one call: an error of *status* and *reason*, or with status 0 a dropped connection.

    *applied*: the call takes effect first, so that only the reply is lost.
    """

    status: int = 0
    reason: str = "backendError"
    applied: bool = False
    message: str = "Backend Error"


@dataclass(frozen=True)
class SentMail:
    """Keep a mail as Gmail sent it (without `Bcc`, with Gmail's `Message-ID`), with its envelope recipients."""

    id: str
    thread: str
    raw: bytes
    recipients: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class _Mail:
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
        """Tell whether the mail is found by one term of a search; `{a b}` is either."""
        if term.startswith("{"):
            return any(self.matches(one) for one in term[1:-1].split())
        operator, _, value = term.lower().partition(":")
        if operator == "from":
            return value in str(BytesHeaderParser().parsebytes(self.raw)["From"]).lower()
        if operator in {"in", "label"}:
            return value.upper() in self.labels
        if operator in {"after", "before"} and value.isdecimal():
            return (self.at.timestamp() >= int(value)) == (operator == "after")
        raise _Refusal(400, "invalidArgument", "search term unknown to the local Gmail")


class _Refusal(Exception):
    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(reason)
        self.status, self.reason, self.message = status, reason, message


def _error(refusal: _Refusal) -> Response:
    """Return an error as Google's JSON APIs do."""
    status = _STATUS.get(refusal.status, "UNKNOWN")
    if refusal.reason == "failedPrecondition":
        status = "FAILED_PRECONDITION"
    entry = {"message": refusal.message, "domain": "global", "reason": refusal.reason}
    body = {"code": refusal.status, "message": refusal.message, "errors": [entry], "status": status}
    reply = jsonify(error=body)
    reply.status_code = refusal.status
    return reply


class LocalGmail:
    """
    Be one mailbox. Read `sent`, `drafts` and `calls` (the methods asked for, whatever became of it).

    Everything may be read and turned at any time, from any thread.

    Knobs: *units_per_minute*, *mails_per_day* (rolling 24 hours of *clock*), *refuse_credentials*, `fail`, `bounce`.
    """

    def __init__(self, clock: Clock, *, units_per_minute: int = 15_000, mails_per_day: int = 2_000) -> None:
        self.units_per_minute = units_per_minute
        self.mails_per_day = mails_per_day
        self.refuse_credentials = False
        self.sent: list[SentMail] = []
        self.calls: list[str] = []
        self._clock = clock
        self._lock = RLock()
        self._drafts: dict[str, _Mail] = {}
        self._mailbox: list[_Mail] = []
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._bouncing: dict[str, tuple[str, str]] = {}
        self._units: deque[tuple[datetime, int]] = deque()
        self._ids = 0x19C0_0000_0000_0000

    @property
    def drafts(self) -> dict[str, bytes]:
        """Return the unsent drafts by their ids."""
        with self._lock:
            return {name: draft.raw for name, draft in self._drafts.items()}

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next *times* calls of a method (such as `drafts.send`) fail."""
        with self._lock:
            self._faults[method].extend([fault] * times)

    def bounce(self, address: str, status: str = "5.1.1", action: str = "failed") -> None:
        """Let every mail to *address*, sent before or after, come back with a delivery report."""
        with self._lock:
            self._bouncing[address.lower()] = (status, action)
            for sent in self.sent:
                if address.lower() in sent.recipients:
                    self._report(sent, address.lower())

    def receive(self, raw: bytes, thread: str = "", labels: tuple[str, ...] = ("INBOX", "UNREAD")) -> None:
        """Put a mail from outside into the mailbox."""
        with self._lock:
            new = self._next()
            self._mailbox.append(_Mail(new, thread or new, raw, labels, self._clock()))

    def blueprint(self) -> Blueprint:
        """Return the routes, under Gmail's own paths."""
        gmail = Blueprint("gmail", __name__, url_prefix="/gmail/v1/users/<me>")
        gmail.register_error_handler(_Refusal, _error)
        for http, path, method, work in (
            ("POST", "/drafts", "drafts.create", self._create),
            ("POST", "/drafts/send", "drafts.send", self._send),
            ("GET", "/drafts/<id>", "drafts.get", self._get_draft),
            ("DELETE", "/drafts/<id>", "drafts.delete", self._delete_draft),
            ("GET", "/messages", "messages.list", self._list),
            ("GET", "/messages/<id>", "messages.get", self._get),
        ):
            view = self._view(method, work)
            gmail.add_url_rule(path, method.replace(".", "_"), view, methods=[http], provide_automatic_options=False)
        return gmail

    def _view(self, method: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a method: read the body, record the call, apply quota and faults."""

        def view(me: str, **path: str) -> Any:
            request.get_data()
            with self._lock:
                self.calls.append(method)
                faults = self._faults[method]
                fault = faults.popleft() if faults else None
                if fault is None or fault.applied:
                    self._admit(method)
                    reply = work(**path)
                if fault is None:
                    return reply
            if fault.status:
                raise _Refusal(fault.status, fault.reason, fault.message)
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response()

        return view

    def _admit(self, method: str) -> None:
        """Check credentials and count what the call costs."""
        if self.refuse_credentials:
            raise _Refusal(401, "authError", "Invalid Credentials")
        now = self._clock()
        while self._units and self._units[0][0] <= now - timedelta(minutes=1):
            self._units.popleft()
        if sum(units for _, units in self._units) + UNITS[method] > self.units_per_minute:
            raise _Refusal(403, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries' per minute per user")
        if method == "drafts.send":
            recent = sum(sent.at > now - timedelta(days=1) for sent in self.sent)
            if recent >= self.mails_per_day:
                raise _Refusal(429, "rateLimitExceeded", "User-rate limit exceeded.  (Mail sending)")
        self._units.append((now, UNITS[method]))

    def _next(self) -> str:
        self._ids += 1
        return f"{self._ids:016x}"

    def _create(self) -> dict[str, Any]:
        try:
            raw = base64.urlsafe_b64decode(request.get_json()["message"]["raw"])
        except (KeyError, TypeError, ValueError):
            raise _Refusal(400, "invalidArgument", "Missing draft message") from None
        new = self._next()
        raw = f"Message-ID: <CA+{new}@mail.gmail.com>\r\n".encode() + _without(raw, b"Message-ID")
        self._drafts[f"r-{new}"] = _Mail(new, new, raw, ("DRAFT",), self._clock())
        return self._get_draft(f"r-{new}")

    def _send(self) -> dict[str, Any]:
        """Send a draft: it is gone afterwards, whoever asks again is told that it does not exist."""
        draft_id = request.get_json().get("id", "")
        draft = self._draft(draft_id)
        recipients = _recipients(draft.raw)
        del self._drafts[draft_id]
        now = self._clock()
        mail = _Mail(self._next(), draft.thread, _without(draft.raw, b"Bcc"), ("SENT",), now)
        self._mailbox.append(mail)
        sent = SentMail(mail.id, mail.thread, mail.raw, recipients, now)
        self.sent.append(sent)
        for address in recipients:
            if address in self._bouncing:
                self._report(sent, address)
        return mail.resource()

    def _draft(self, id: str) -> _Mail:
        if id not in self._drafts:
            raise _Refusal(404, "notFound", "Requested entity was not found.")
        return self._drafts[id]

    def _get_draft(self, id: str) -> dict[str, Any]:
        return {"id": id, "message": self._draft(id).resource(request.args.get("format") == "raw")}

    def _delete_draft(self, id: str) -> Response:
        self._draft(id)
        del self._drafts[id]
        return Response(status=204)

    def _list(self) -> dict[str, Any]:
        """Search, newest first; spam only when asked for."""
        terms = re.findall(r"\{[^}]*\}|\S+", request.args.get("q", ""))
        spam = request.args.get("includeSpamTrash") == "true"
        found = [m for m in reversed(self._mailbox) if spam or "SPAM" not in m.labels]
        found = [m for m in found if all(m.matches(term) for term in terms)]
        start, size = int(request.args.get("pageToken", 0)), min(int(request.args.get("maxResults", 100)), 500)
        page: dict[str, Any] = {"resultSizeEstimate": len(found)}
        if found[start:]:
            page["messages"] = [{"id": m.id, "threadId": m.thread} for m in found[start : start + size]]
        if found[start + size :]:
            page["nextPageToken"] = str(start + size)
        return page

    def _get(self, id: str) -> dict[str, Any]:
        for mail in self._mailbox:
            if mail.id == id:
                return mail.resource(request.args.get("format") == "raw")
        raise _Refusal(404, "notFound", "Requested entity was not found.")

    def _report(self, sent: SentMail, address: str) -> None:
        """Put a delivery report (RFC 3464) on top of the sent mail's thread."""
        status, action = self._bouncing[address]
        original = BytesHeaderParser().parsebytes(sent.raw)
        head = _REPORT.format(
            id=f"00000000{sent.id}",
            sender=original["From"],
            message_id=original["Message-ID"],
            address=address,
            status=status,
            action=action,
            at=format_datetime(self._clock()),
            sent_at=format_datetime(sent.at),
        )
        self.receive(head.encode() + sent.raw + f"\r\n--00000000{sent.id}--\r\n".encode(), sent.thread)


def _without(raw: bytes, header: bytes) -> bytes:
    """Remove a header, leaving every other byte; line ends become CRLF."""
    head, gap, body = re.sub(rb"\r?\n", b"\r\n", raw).partition(b"\r\n\r\n")
    kept = re.sub(rb"(?im)^" + header + rb":.*(?:\r\n[ \t].*)*\r\n", b"", head + b"\r\n")
    return kept.removesuffix(b"\r\n") + gap + body


def _recipients(raw: bytes) -> tuple[str, ...]:
    """Return the envelope's recipients in lower case; refuse what Gmail refuses to send to (RFC 5321 local parts)."""
    headers = BytesHeaderParser().parsebytes(raw)
    named = [str(value) for name in ("To", "Cc", "Bcc") for value in headers.get_all(name, [])]
    addresses = [address.lower() for _, address in getaddresses(named)]
    if not addresses:
        raise _Refusal(400, "invalidArgument", "Recipient address required")
    for address in addresses:
        local, at, domain = address.rpartition("@")
        dots = not local.startswith('"') and (".." in local or local.startswith(".") or local.endswith("."))
        if not (local and at and domain) or dots:
            raise _Refusal(400, "invalidArgument", "Invalid To header")
    return tuple(dict.fromkeys(addresses))
