"""
Stand in for Google Forms on loopback: the methods that prizedraw calls, with the faults that the real service has.

Reference: https://developers.google.com/workspace/forms/api/reference/rest/v1/forms, its guide to push notifications,
and for the syntax of `fields` https://developers.google.com/workspace/drive/api/guides/fields-parameter. Behaviour that
the reference leaves open follows what the service was observed to do: a second delete of a watch is a 403, `filter`
compares `lastSubmittedTime` at full precision, the grade of a wrong answer is `{}`.
"""

import hashlib
import itertools
import json
import random
import re
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from prizedraw.ports import Clock, Document
from prizedraw.times import instant

MAX_PAGE = 5000
LIFETIME = timedelta(days=7)
THROTTLE = timedelta(seconds=30)
_LISTINGS = 100
DROPPED = 0
"""A status for `LocalForms.fail`: the connection is closed without a reply (under the server of werkzeug)."""

_FILTER = re.compile(r"timestamp (>=?) (\S+)")
_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")
_WATCH_ID = re.compile(r"[a-z-]{4,63}")
_FIELD_TOKEN = re.compile(r"[A-Za-z_]\w*|[*,()/.]", re.ASCII)
_STATUS = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}

Fields = dict[str, "Fields"]
Hook = Callable[[dict[str, str]], None]


def parse_fields(mask: str) -> Fields:
    """
    Read a `fields` mask: names joined by `,`, nested by `/`, `.` or parentheses, `*` for all. A leaf is empty.

    Raises:
        ValueError: *mask* does not follow the syntax.
    """
    tokens = deque(_FIELD_TOKEN.findall(mask))
    if not tokens or "".join(tokens) != mask:
        raise ValueError("not a fields mask")
    fields = _selection(tokens)
    if tokens:
        raise ValueError("unbalanced fields mask")
    return fields


def _selection(tokens: deque[str]) -> Fields:
    """Read one comma-separated list of paths."""
    fields: Fields = {}
    while True:
        name, inner = _path(tokens)
        # A name that is selected whole stays whole, whatever parts of it are named beside.
        fields[name] = _merged(fields[name], inner) if name in fields else inner
        if not tokens or tokens[0] != ",":
            return fields
        tokens.popleft()


def _path(tokens: deque[str]) -> tuple[str, Fields]:
    """Read one path: a name, and what is selected within it."""
    name = tokens.popleft() if tokens else ""
    if not name or name in ",()/.":
        raise ValueError("a name is missing in the fields mask")
    if tokens and tokens[0] in "/.":
        tokens.popleft()
        inner, rest = _path(tokens)
        return name, {inner: rest}
    if tokens and tokens[0] == "(":
        tokens.popleft()
        inside = _selection(tokens)
        if not tokens or tokens.popleft() != ")":
            raise ValueError("unbalanced fields mask")
        return name, inside
    return name, {}


def _merged(one: Fields, other: Fields) -> Fields:
    """Select what either selects; empty selects everything."""
    if not one or not other:
        return {}
    names = one.keys() | other.keys()
    return {n: _merged(one[n], other[n]) if n in one and n in other else (one | other)[n] for n in names}


def partial(value: Any, fields: Fields) -> Any:
    """Cut *value* to *fields*; lists are cut element by element, an empty mask keeps everything."""
    if not fields:
        return value
    if isinstance(value, list):
        return [partial(element, fields) for element in value]
    if not isinstance(value, dict):
        return value
    rest = fields.get("*")
    chosen = {name: fields.get(name, rest) for name in value}
    return {name: partial(value[name], inner) for name, inner in chosen.items() if inner is not None}


@dataclass(frozen=True)
class Call:
    """Record one request as it came, and the status that it got (`DROPPED` if the connection was closed)."""

    verb: str
    path: str
    query: Mapping[str, str]
    body: Document | None
    status: int


class _Error(Exception):
    """Carry an error reply."""

    def __init__(self, code: int, message: str, status: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or _STATUS.get(code, "UNKNOWN")


@dataclass(frozen=True)
class _Fault:
    """Plan an error reply for one call, before or after its effect."""

    error: _Error
    after: bool


@dataclass(frozen=True)
class _Watch:
    """Keep one watch; *cause* is an error that still lasts, so that a renewal fails."""

    id: str
    form: str
    owner: str
    topic: str
    event: str
    created: datetime
    expires: datetime
    error: str = ""
    cause: str = ""

    def reply(self) -> Document:
        """Describe the watch as the service does; enum fields that are not set are left out."""
        doc = {
            "id": self.id,
            "target": {"topic": {"topicName": self.topic}},
            "eventType": self.event,
            "createTime": _zulu(self.created),
            "expireTime": _zulu(self.expires),
            "state": "SUSPENDED" if self.error else "ACTIVE",
        }
        return doc | ({"errorType": self.error} if self.error else {})


@dataclass
class Notifications:
    """
    Publish what watches see: at most one message per watch in 30 seconds, each for one or more events.

    *drop* and *double* say how many of the next messages are lost or come twice, *delay* how late they are. `deliver`
    hands out what is due by the clock; `LocalForms.submit` calls it, whoever moves the clock calls it too.
    """

    clock: Clock
    drop: int = 0
    double: int = 0
    delay: timedelta = timedelta(0)
    hooks: list[Hook] = field(default_factory=list)
    _sent: dict[str, datetime] = field(default_factory=dict)
    _queue: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def event(self, watch: str, form: str, kind: str) -> None:
        """Take note of an event; one whose message is not yet published covers this one too."""
        with self._lock:
            now = self.clock()
            last = self._sent.get(watch)
            if last is not None and last > now:
                return
            sent = now if last is None else max(now, last + THROTTLE)
            self._sent[watch] = sent
            self._queue.append((sent + self.delay, {"eventType": kind, "formId": form, "watchId": watch}))

    def deliver(self) -> int:
        """Hand the messages that are due to every hook; return how many times a message was handed out."""
        with self._lock:
            now = self.clock()
            due = [message for at, message in self._queue if at <= now]
            self._queue = [(at, message) for at, message in self._queue if at > now]
            copies: list[dict[str, str]] = []
            for message in due:
                if self.drop:
                    self.drop -= 1
                    continue
                copies += [message] * (2 if self.double else 1)
                self.double = max(0, self.double - 1)
        # Outside the lock: a hook may run a function that calls Forms again.
        for message in copies:
            for hook in self.hooks:
                hook(dict(message))
        return len(copies)


class LocalForms:
    """
    Behave as Google Forms does for one project; safe to call from several threads.

    *account* is the principal that calls (loopback has no credentials) and owns the watches it makes or renews;
    *page_limit* how many rows a page holds at most; *watch_limit* how many watches there may be per form and event.
    """

    def __init__(self, clock: Clock, *, seed: int = 0) -> None:
        self.account = "function@project.iam.gserviceaccount.com"
        self.page_limit = MAX_PAGE
        self.watch_limit = 20
        self.calls: list[Call] = []
        self.notifications = Notifications(clock)
        self._clock = clock
        self._random = random.Random(seed)
        self._lock = threading.RLock()
        self._forms: dict[str, Document] = {}
        self._shared: set[str] = set()
        self._responses: dict[str, dict[str, tuple[str, Document]]] = {}
        self._watches: dict[str, _Watch] = {}
        self._listings: dict[str, list[str]] = {}
        self._count = itertools.count()
        self._faults: deque[_Fault] = deque()

    # What a rehearsal or test does.

    def put_form(self, form: Document) -> None:
        """Add or change a form, as `forms.get` gives it; a new one is shared with every account."""
        name = form["formId"]
        with self._lock:
            changed = self._forms.get(name, form) != form
            if name not in self._forms:
                self._shared.add(name)
            self._forms[name] = form
            self._responses.setdefault(name, {})
        if changed:
            self._happened(name, "SCHEMA")

    def submit(self, response: Document) -> Document:
        """
        Submit or edit a response (known by its `responseId`) and return it with its times.

        Times that it brings are kept; otherwise the clock gives them. `formId` may be left out if there is one form.
        """
        with self._lock:
            form = response.get("formId") or next(iter(self._forms))
            rows = self._responses[form]
            now = _zulu(self._clock())
            row = {name: value for name, value in response.items() if name != "formId"}
            row.setdefault("responseId", f"{self._random.getrandbits(160):040x}")
            earlier = rows.get(row["responseId"])
            row.setdefault("createTime", earlier[1]["createTime"] if earlier else now)
            row.setdefault("lastSubmittedTime", now)
            rows[row["responseId"]] = (instant(row["lastSubmittedTime"]), row)
        self._happened(form, "RESPONSES")
        return row

    def remove(self, response_id: str) -> None:
        """Delete a response, as the owner does in the form's own page; no notification tells."""
        with self._lock:
            for rows in self._responses.values():
                rows.pop(response_id, None)

    def unshare(self, form_id: str) -> None:
        """Take the access to a form away from every account; its watches are suspended."""
        with self._lock:
            self._shared.discard(form_id)
            for watch in [w for w in self._watches.values() if w.form == form_id]:
                self.suspend(watch.id, "NO_USER_ACCESS")

    def share(self, form_id: str) -> None:
        """Give the access back; suspended watches stay so until they are renewed."""
        with self._lock:
            self._shared.add(form_id)
            for watch in [w for w in self._watches.values() if w.cause == "NO_USER_ACCESS" and w.form == form_id]:
                self.cure(watch.id)

    def suspend(self, watch_id: str, error: str) -> None:
        """Suspend a watch (`PROJECT_NOT_AUTHORIZED`, `NO_USER_ACCESS`, `OTHER_ERRORS`); renewing fails until `cure`."""
        with self._lock:
            self._watches[watch_id] = replace(self._watches[watch_id], error=error, cause=error)

    def cure(self, watch_id: str) -> None:
        """Remove the cause of a suspension, so that renewing succeeds."""
        with self._lock:
            self._watches[watch_id] = replace(self._watches[watch_id], cause="")

    def fail(self, status: int, times: int = 1, *, after: bool = False) -> None:
        """Answer the next *times* calls with an error, or not at all (`DROPPED`), before or *after* their effect."""
        with self._lock:
            self._faults.extend(_Fault(_Error(status, "Injected fault."), after) for _ in range(times))

    def recover(self) -> None:
        """Forget the faults that were planned."""
        with self._lock:
            self._faults.clear()

    def on_notification(self, hook: Hook) -> None:
        """Call *hook* with the attributes of every Pub/Sub message; messages have no data."""
        self.notifications.hooks.append(hook)

    def _happened(self, form: str, event: str) -> None:
        """Tell the watches that are active, and hand out what is due."""
        with self._lock:
            for watch in self._live(form):
                if watch.event == event and not watch.error:
                    self.notifications.event(watch.id, form, event)
        self.notifications.deliver()

    # What the service does.

    def blueprint(self) -> Blueprint:
        """Return the routes, under the service's own paths."""
        routes = Blueprint("forms", __name__)
        watches = "/v1/forms/<form>/watches"

        def route(path: str, verb: str, effect: Callable[..., Document]) -> None:
            routes.add_url_rule(path, effect.__name__, self._served(effect), methods=[verb])

        route("/v1/forms/<form>", "GET", self._get)
        route("/v1/forms/<form>/responses", "GET", self._list_responses)
        route(watches, "GET", self._list_watches)
        route(watches, "POST", self._create_watch)
        route(f"{watches}/<watch>:renew", "POST", self._renew_watch)
        route(f"{watches}/<watch>", "DELETE", self._delete_watch)
        return routes

    def _served(self, effect: Callable[..., Document]) -> Callable[..., Response]:
        """Wrap one method: faults, access, partial reply, error reply, record of the call."""

        def serve(form: str, **ids: str) -> Response:
            with self._lock:
                fault = self._faults.popleft() if self._faults else None
                try:
                    fields = parse_fields(request.args["fields"]) if "fields" in request.args else {}
                    if fault and not fault.after:
                        raise fault.error
                    self._open(form)
                    code, reply = 200, partial(effect(form, **ids), fields)
                    if fault:
                        raise fault.error
                except ValueError:
                    code, reply = 400, _error(_Error(400, "Invalid field mask or argument."))
                except _Error as error:
                    code, reply = error.code, _error(error)
                sent = request.get_json(silent=True)
                self.calls.append(Call(request.method, request.path, request.args.to_dict(), sent, code))
            if code == DROPPED:
                request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response(json.dumps(reply, ensure_ascii=False), code or 500, mimetype="application/json")

        return serve

    def _open(self, form: str) -> None:
        """Refuse a form that is not there or not shared."""
        if form not in self._forms:
            raise _Error(404, "Requested entity was not found.")
        if form not in self._shared:
            raise _Error(403, "The caller does not have permission")

    def _get(self, form: str) -> Document:
        return self._forms[form]

    def _list_responses(self, form: str) -> Document:
        """List one page; the order is another one for each listing, and a token keeps to its listing."""
        stored = self._responses[form]
        condition = request.args.get("filter", "")
        size = int(request.args.get("pageSize", 0))
        if size < 0:
            raise _Error(400, "Page size must not be negative.")
        size = min(size or MAX_PAGE, MAX_PAGE, self.page_limit)
        token = request.args.get("pageToken")
        if token is None:
            listing, start = f"{next(self._count)}", 0
            ids = [name for name, (at, _) in stored.items() if _meets(condition, at)]
            self._random.shuffle(ids)
            self._listings[listing] = ids
            if len(self._listings) > _LISTINGS:
                del self._listings[next(iter(self._listings))]
        else:
            listing, start = self._resume(token, form, condition)
            ids = self._listings[listing]
        rows = [stored[name][1] for name in ids[start : start + size] if name in stored]
        page: Document = {"responses": rows} if rows else {}
        if start + size < len(ids):
            page["nextPageToken"] = f"{listing}.{start + size}.{_digest(form, condition)}"
        return page

    def _resume(self, token: str, form: str, condition: str) -> tuple[str, int]:
        """Read a page token, which is good for the same form and filter only."""
        listing, _, rest = token.partition(".")
        start, _, digest = rest.partition(".")
        if listing not in self._listings or digest != _digest(form, condition):
            raise _Error(400, "Invalid page token.")
        return listing, int(start)

    def _live(self, form: str) -> list[_Watch]:
        """Return the watches on a form that have not expired."""
        return [w for w in self._watches.values() if w.form == form and w.expires > self._clock()]

    def _list_watches(self, form: str) -> Document:
        watches = [watch.reply() for watch in self._live(form)]
        return {"watches": watches} if watches else {}

    def _create_watch(self, form: str) -> Document:
        body = request.get_json(silent=True) or {}
        watch = body.get("watch", {})
        topic = watch.get("target", {}).get("topic", {}).get("topicName", "")
        event = watch.get("eventType")
        if not _TOPIC.fullmatch(topic) or event not in ("RESPONSES", "SCHEMA") or "id" in watch:
            raise _Error(400, "Invalid watch.")
        name = body.get("watchId") or "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=32))
        if not _WATCH_ID.fullmatch(name) or name in self._watches:
            raise _Error(400, "Invalid watch ID.")
        beside = [w for w in self._live(form) if w.event == event]
        if any(w.owner == self.account for w in beside):
            message = "A watch for the given end user, project, form, and event type already exists."
            raise _Error(400, message, "FAILED_PRECONDITION")
        if len(beside) >= self.watch_limit:
            raise _Error(400, "Too many watches for the given project, form, and event type.", "FAILED_PRECONDITION")
        now = self._clock()
        self._watches[name] = _Watch(name, form, self.account, topic, event, now, now + LIFETIME)
        return self._watches[name].reply()

    def _renew_watch(self, form: str, watch: str) -> Document:
        found = next((w for w in self._live(form) if w.id == watch), None)
        if found is None:
            raise _Error(404, "Requested entity was not found.")
        if found.cause:
            raise _Error(400, "The watch is suspended and its error is still present.", "FAILED_PRECONDITION")
        self._watches[watch] = replace(found, owner=self.account, expires=self._clock() + LIFETIME, error="")
        return self._watches[watch].reply()

    def _delete_watch(self, form: str, watch: str) -> Document:
        if all(w.id != watch for w in self._live(form)):
            raise _Error(403, "Watch not found or permission denied.")
        del self._watches[watch]
        return {}


def _meets(condition: str, submitted: str) -> bool:
    """Tell whether the instant *submitted* meets the filter; an empty filter is met always."""
    if not condition:
        return True
    match = _FILTER.fullmatch(condition)
    if match is None:
        raise _Error(400, "Invalid filter.")
    limit = instant(match[2])
    return submitted > limit or (match[1] == ">=" and submitted == limit)


def _digest(form: str, condition: str) -> str:
    """Tie a page token to its form and filter."""
    return hashlib.sha256(f"{form}\n{condition}".encode()).hexdigest()[:16]


def _error(error: _Error) -> Document:
    """Describe an error as Google's services do."""
    return {"error": {"code": error.code, "message": error.message, "status": error.status}}


def _zulu(moment: datetime) -> str:
    """Write a time as the service does: 0, 3 or 6 decimals, as few as hold it."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    micros = f"{moment.microsecond:06d}"
    if micros == "000000":
        return f"{text}Z"
    return f"{text}.{micros.removesuffix('000')}Z"
