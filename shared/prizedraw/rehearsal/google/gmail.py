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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from flask import Blueprint, Response, jsonify, request

from prizedraw.ports import Clock
from prizedraw.rehearsal.google.field_masks import parse_fields, partial
from prizedraw.rehearsal.google.json_wire import ApiError
from prizedraw.rehearsal.google.mailbox import SentMail, StoredMail, delivery_report, recipients_of, without

UNITS = {"drafts.create": 10, "drafts.send": 100, "drafts.get": 5, "drafts.delete": 10}
UNITS |= {"drafts.list": 5, "messages.list": 5, "messages.get": 5, "messages.batchDelete": 50}
UNITS |= {"threads.get": 10, "threads.delete": 20}
MOST_IDS = 1000
"""Quota units a call (https://developers.google.com/workspace/gmail/api/reference/quota)."""


@dataclass(frozen=True)
class GmailFault:
    """
    What goes wrong with one call: an error of *status* and *reason*, or with status 0 a dropped connection.

    *applied*: the call takes effect first, so that only the reply is lost.
    """

    status: int = 0
    reason: str = "backendError"
    applied: bool = False
    message: str = "Backend Error"


def _error(error: ApiError) -> Response:
    """Return an error as Google's JSON APIs do."""
    reply = jsonify(error.document())
    reply.status_code = error.code
    return reply


class LocalGmail:
    """
    One mailbox: its `sent`, `drafts` and `calls` (the methods asked for, whatever became of it).

    Everything may be read and turned at any time, from any thread.

    Knobs: *units_per_minute*, *mails_per_day* (rolling 24 hours of *clock*), *refuse_credentials*, `fail`, `bounce`;
    *mishaps* (tells by the method which fault a call meets that none was planned for; None: none), *stubborn* (message
    ids that `batchDelete` silently leaves), *search_lags* (what goes is still found, until it is switched off).
    """

    def __init__(self, clock: Clock, *, units_per_minute: int = 15_000, mails_per_day: int = 2_000) -> None:
        self.units_per_minute = units_per_minute
        self.mails_per_day = mails_per_day
        self.refuse_credentials = False
        self.mishaps: Callable[[str], GmailFault | None] = lambda method: None
        self.stubborn: set[str] = set()
        self._ghosts: list[StoredMail] = []
        self._search_lags = False
        self.sent: list[SentMail] = []
        self.calls: list[str] = []
        self._clock = clock
        self._lock = RLock()
        self._drafts: dict[str, StoredMail] = {}
        self._mailbox: list[StoredMail] = []
        self._faults: defaultdict[str, deque[GmailFault]] = defaultdict(deque)
        self._bouncing: dict[str, tuple[str, str]] = {}
        self._units: deque[tuple[datetime, int]] = deque()
        self._ids = 0x19C0_0000_0000_0000

    @property
    def drafts(self) -> dict[str, bytes]:
        """Return the unsent drafts by their ids."""
        with self._lock:
            return {name: draft.raw for name, draft in self._drafts.items()}

    @property
    def mailbox(self) -> dict[str, bytes]:
        """Return all that lies in the mailbox, by message id: sent, received, drafts, spam and bin."""
        with self._lock:
            return {mail.id: mail.raw for mail in (*self._mailbox, *self._drafts.values())}

    @property
    def search_lags(self) -> bool:
        """Tell whether a search still finds what went."""
        return self._search_lags

    @search_lags.setter
    def search_lags(self, lags: bool) -> None:
        with self._lock:
            self._search_lags = lags
            self._ghosts.clear()

    def bin(self, message_id: str) -> None:
        """Put a mail in the bin, as a person does."""
        with self._lock:
            self._mailbox = [replace(m, labels=("TRASH",)) if m.id == message_id else m for m in self._mailbox]

    def fail(self, method: str, fault: GmailFault, times: int = 1) -> None:
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

    def is_bouncing(self, address: str) -> bool:
        """Tell whether mail to *address* comes back."""
        with self._lock:
            return address.lower() in self._bouncing

    def stop_bouncing(self) -> int:
        """Let all to whom mail came back get it from now on; return how many they are."""
        with self._lock:
            number = len(self._bouncing)
            self._bouncing.clear()
        return number

    def receive(self, raw: bytes, thread: str = "", labels: tuple[str, ...] = ("INBOX", "UNREAD")) -> None:
        """Put a mail from outside into the mailbox."""
        with self._lock:
            new = self._next()
            self._mailbox.append(StoredMail(id=new, thread=thread or new, raw=raw, labels=labels, at=self._clock()))

    def blueprint(self) -> Blueprint:
        """Return the routes, under Gmail's own paths."""
        gmail = Blueprint("gmail", __name__, url_prefix="/gmail/v1/users/<me>")
        gmail.register_error_handler(ApiError, _error)
        for http, path, method, work in (
            ("POST", "/drafts", "drafts.create", self._create),
            ("POST", "/drafts/send", "drafts.send", self._send),
            ("GET", "/drafts/<id>", "drafts.get", self._get_draft),
            ("DELETE", "/drafts/<id>", "drafts.delete", self._delete_draft),
            ("GET", "/drafts", "drafts.list", self._list_drafts),
            ("GET", "/messages", "messages.list", self._list),
            ("GET", "/messages/<id>", "messages.get", self._get),
            ("POST", "/messages/batchDelete", "messages.batchDelete", self._batch_delete),
            ("GET", "/threads/<id>", "threads.get", self._get_thread),
            ("DELETE", "/threads/<id>", "threads.delete", self._delete_thread),
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
                fault = faults.popleft() if faults else self.mishaps(method)
                if fault is None or fault.applied:
                    self._admit(method)
                    reply = work(**path)
                if fault is None and "fields" in request.args:
                    return partial(reply, parse_fields(request.args["fields"]))
                if fault is None:
                    return reply
            if fault.status:
                status = "FAILED_PRECONDITION" if fault.reason == "failedPrecondition" else ""
                raise ApiError(fault.status, fault.message, status, fault.reason)
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response()

        return view

    def _admit(self, method: str) -> None:
        """Check credentials and count what the call costs."""
        if self.refuse_credentials:
            raise ApiError(401, "Invalid Credentials", reason="authError")
        now = self._clock()
        while self._units and self._units[0][0] <= now - timedelta(minutes=1):
            self._units.popleft()
        if sum(units for _, units in self._units) + UNITS[method] > self.units_per_minute:
            raise ApiError(
                403, "Quota exceeded for quota metric 'Queries' per minute per user", reason="rateLimitExceeded"
            )
        if method == "drafts.send":
            recent = sum(sent.at > now - timedelta(days=1) for sent in self.sent)
            if recent >= self.mails_per_day:
                raise ApiError(429, "User-rate limit exceeded.  (Mail sending)", reason="rateLimitExceeded")
        self._units.append((now, UNITS[method]))

    def _next(self) -> str:
        self._ids += 1
        return f"{self._ids:016x}"

    def _create(self) -> dict[str, Any]:
        try:
            raw = base64.urlsafe_b64decode(request.get_json()["message"]["raw"])
        except (KeyError, TypeError, ValueError):
            raise ApiError(400, "Missing draft message", reason="invalidArgument") from None
        new = self._next()
        raw = f"Message-ID: <CA+{new}@mail.gmail.com>\r\n".encode() + without(raw, b"Message-ID")
        draft = StoredMail(id=new, thread=new, raw=raw, labels=("DRAFT",), at=self._clock())
        self._drafts[f"r-{new}"] = draft
        return self._get_draft(f"r-{new}")

    def _send(self) -> dict[str, Any]:
        """Send a draft: it is gone afterwards, whoever asks again is told that it does not exist."""
        draft_id = request.get_json().get("id", "")
        draft = self._draft(draft_id)
        recipients = recipients_of(draft.raw)
        del self._drafts[draft_id]
        now = self._clock()
        raw = without(draft.raw, b"Bcc")
        mail = StoredMail(id=self._next(), thread=draft.thread, raw=raw, labels=("SENT",), at=now)
        self._mailbox.append(mail)
        sent = SentMail(id=mail.id, thread=mail.thread, raw=raw, recipients=recipients, at=now)
        self.sent.append(sent)
        for address in recipients:
            if address in self._bouncing:
                self._report(sent, address)
        return mail.resource()

    def _draft(self, id: str) -> StoredMail:
        if id not in self._drafts:
            raise ApiError(404, "Requested entity was not found.", reason="notFound")
        return self._drafts[id]

    def _get_draft(self, id: str) -> dict[str, Any]:
        return {"id": id, "message": self._draft(id).resource(request.args.get("format") == "raw")}

    def _delete_draft(self, id: str) -> Response:
        self._draft(id)
        del self._drafts[id]
        return Response(status=204)

    def _list(self) -> dict[str, Any]:
        """Search, newest first, drafts too; spam and the bin only when asked for."""
        messages = [*self._mailbox, *(draft for draft in self._drafts.values()), *self._ghosts]
        found = self._search(sorted(messages, key=lambda mail: mail.id))
        return _page("messages", [{"id": mail.id, "threadId": mail.thread} for mail in reversed(found)])

    def _list_drafts(self) -> dict[str, Any]:
        found = {mail.id for mail in self._search(list(self._drafts.values()))}
        drafts = [{"id": name, "message": m.resource()} for name, m in self._drafts.items() if m.id in found]
        return _page("drafts", drafts[::-1])

    def _search(self, mails: Sequence[StoredMail]) -> list[StoredMail]:
        terms = re.findall(r"\{[^}]*\}|\S+", request.args.get("q", ""))
        hidden = set() if request.args.get("includeSpamTrash", "").lower() == "true" else {"SPAM", "TRASH"}
        return [m for m in mails if not hidden & set(m.labels) and all(m.matches(term) for term in terms)]

    def _get(self, id: str) -> dict[str, Any]:
        for mail in (*self._mailbox, *self._drafts.values()):
            if mail.id == id:
                return mail.resource(request.args.get("format") == "raw")
        raise ApiError(404, "Requested entity was not found.", reason="notFound")

    def _batch_delete(self) -> Response:
        """Delete messages for good, saying nothing of those that are not there; drafts go by their own ids only."""
        ids = (request.get_json(silent=True) or {}).get("ids", [])
        if not 0 < len(ids) <= MOST_IDS:
            raise ApiError(400, "Invalid number of ids", reason="invalidArgument")
        self._remove([mail for mail in self._mailbox if mail.id in set(ids) - self.stubborn])
        return Response(status=204)

    def _get_thread(self, id: str) -> dict[str, Any]:
        messages = [mail.resource() for mail in self._thread(id)]
        return {"id": id, "historyId": "1", "messages": messages}

    def _delete_thread(self, id: str) -> Response:
        mails = self._thread(id)
        self._drafts = {name: draft for name, draft in self._drafts.items() if draft not in mails}
        self._remove(mails)
        return Response(status=204)

    def _thread(self, id: str) -> list[StoredMail]:
        found = [mail for mail in (*self._mailbox, *self._drafts.values()) if mail.thread == id]
        if not found:
            raise ApiError(404, "Requested entity was not found.", reason="notFound")
        return found

    def _remove(self, mails: Sequence[StoredMail]) -> None:
        self._mailbox = [mail for mail in self._mailbox if mail not in mails]
        if self.search_lags:
            self._ghosts += mails

    def _report(self, sent: SentMail, address: str) -> None:
        """Put a delivery report on top of the sent mail's thread."""
        status, action = self._bouncing[address]
        report = delivery_report(sent, address=address, status=status, action=action, now=self._clock())
        self.receive(report, sent.thread)


def _page(kind: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Cut one page out of what was found."""
    start, size = int(request.args.get("pageToken", 0)), min(int(request.args.get("maxResults", 100)), 500)
    page: dict[str, Any] = {"resultSizeEstimate": len(found)}
    if found[start:]:
        page[kind] = found[start : start + size]
    if found[start + size :]:
        page["nextPageToken"] = str(start + size)
    return page
