"""
Stand in for Google Forms on loopback: the methods that prizedraw calls, with the faults that the real service has.

Reference: https://developers.google.com/workspace/forms/api/reference/rest/v1/forms. Behaviour that it leaves open
follows what the service was observed to do: a second delete of a watch is a 403, `filter` compares `lastSubmittedTime`
at full precision, the grade of a wrong answer is `{}`.
"""

import hashlib
import itertools
import random
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, Response, request

from prizedraw.ports import Clock, Document
from prizedraw.rehearsal.google.json_wire import ApiError, JsonWire
from prizedraw.rehearsal.google.notifications import Hook, Notifications
from prizedraw.rehearsal.google.responses import Responses
from prizedraw.rehearsal.google.watches import LocalWatch, zulu
from prizedraw.times import instant

MAX_PAGE = 5000
LIFETIME = timedelta(days=7)
_LISTINGS = 100

_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")
_WATCH_ID = re.compile(r"[a-z-]{4,63}")


class LocalForms:
    """
    A Google Forms for one project; safe to call from several threads.

    *account* is the principal that calls (loopback has no credentials) and owns the watches it makes or renews;
    *page_limit* how many rows a page holds at most; *watch_limit* how many watches there may be per form and event.
    Tests read `calls`, and ask for faults with `fail` and `recover` (see `JsonWire`).
    """

    def __init__(self, clock: Clock, *, seed: int = 0) -> None:
        self.account = "function@project.iam.gserviceaccount.com"
        self.page_limit = MAX_PAGE
        self.watch_limit = 20
        self.notifications = Notifications(clock)
        self._clock = clock
        self._random = random.Random(seed)
        self._lock = threading.RLock()
        self._forms: dict[str, Document] = {}
        self._shared: set[str] = set()
        self._responses: dict[str, Responses] = {}
        self._watches: dict[str, LocalWatch] = {}
        self._listings: dict[str, list[str]] = {}
        self._count = itertools.count()
        self._wire = JsonWire(self._lock)
        self.calls = self._wire.calls
        self.fail = self._wire.fail
        self.recover = self._wire.recover

    # What a rehearsal or test does.

    def put_form(self, form: Document) -> None:
        """Add or change a form, as `forms.get` gives it; a new one is shared with every account."""
        name = form["formId"]
        with self._lock:
            changed = self._forms.get(name, form) != form
            if name not in self._forms:
                self._shared.add(name)
            self._forms[name] = form
            self._responses.setdefault(name, Responses())
        if changed:
            self._happened(name, "SCHEMA")

    def publish(self, form_id: str, *, is_published: bool = True, is_accepting: bool = True) -> None:
        """Publish a form, close it or take it back, as its owner does; what is not published takes no responses."""
        state = {"isPublished": is_published, "isAcceptingResponses": is_published and is_accepting}
        with self._lock:
            self._forms[form_id] = {**self._forms[form_id], "publishSettings": {"publishState": state}}

    def submit(self, response: Document) -> Document:
        """
        Submit or edit a response (known by its `responseId`) and return it with its times.

        Times that it brings are kept; otherwise the clock gives them. `formId` may be left out if there is one form.
        """
        with self._lock:
            form = response.get("formId") or next(iter(self._forms))
            rows = self._responses[form]
            now = zulu(self._clock())
            row = {name: value for name, value in response.items() if name != "formId"}
            row.setdefault("responseId", f"{self._random.getrandbits(160):040x}")
            earlier = rows.get(row["responseId"])
            row.setdefault("createTime", earlier["createTime"] if earlier else now)
            row.setdefault("lastSubmittedTime", now)
            rows.put(_submitted(row["lastSubmittedTime"], now), row)
        self._happened(form, "RESPONSES")
        return row

    def remove(self, response_id: str) -> None:
        """Delete a response, as the owner does in the form's own page; no notification tells."""
        with self._lock:
            for rows in self._responses.values():
                rows.remove(response_id)

    def remove_all(self, form_id: str) -> None:
        """Delete every response of a form, as the owner does in the form's own page; no notification tells."""
        with self._lock:
            self._responses[form_id].clear()

    def delete_form(self, form_id: str) -> None:
        """Delete a form for good, with its responses and watches; do nothing if it is not there."""
        with self._lock:
            self._shared.discard(form_id)
            self._forms.pop(form_id, None)
            self._responses.pop(form_id, None)
            self._watches = {name: watch for name, watch in self._watches.items() if watch.form != form_id}

    def stored(self) -> dict[str, list[Document]]:
        """Return the responses that are left, by form."""
        with self._lock:
            return {form: list(rows) for form, rows in self._responses.items()}

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
        """Wrap one method: access, and what `JsonWire` does."""

        def opened(form: str, **ids: str) -> Document:
            self._open(form)
            return effect(form, **ids)

        return self._wire.served(opened)

    def _open(self, form: str) -> None:
        """Refuse a form that is not there or not shared."""
        if form not in self._forms:
            raise ApiError(404, "Requested entity was not found.")
        if form not in self._shared:
            raise ApiError(403, "The caller does not have permission")

    def _get(self, form: str) -> Document:
        """Return a form; what is false is left out, here as of the questions that need not be answered."""
        stored = self._forms[form]
        settings = stored.get("publishSettings")
        if settings is None:
            return stored
        state = {name: value for name, value in settings.get("publishState", {}).items() if value}
        return {**stored, "publishSettings": {**settings, "publishState": state}}

    def _list_responses(self, form: str) -> Document:
        """List one page; the order is another one for each listing, and a token keeps to its listing."""
        stored = self._responses[form]
        condition = request.args.get("filter", "")
        size = int(request.args.get("pageSize", 0))
        if size < 0:
            raise ApiError(400, "Page size must not be negative.")
        size = min(size or MAX_PAGE, MAX_PAGE, self.page_limit)
        token = request.args.get("pageToken")
        if token is None:
            listing, start = f"{next(self._count)}", 0
            ids = stored.meeting(condition)
            self._random.shuffle(ids)
            self._listings[listing] = ids
            if len(self._listings) > _LISTINGS:
                del self._listings[next(iter(self._listings))]
        else:
            listing, start = self._resume(token, form, condition)
            ids = self._listings[listing]
        rows = [row for name in ids[start : start + size] if (row := stored.get(name)) is not None]
        page: Document = {"responses": rows} if rows else {}
        if start + size < len(ids):
            page["nextPageToken"] = f"{listing}.{start + size}.{_digest(form, condition)}"
        return page

    def _resume(self, token: str, form: str, condition: str) -> tuple[str, int]:
        """Read a page token, which is good for the same form and filter only."""
        listing, _, rest = token.partition(".")
        start, _, digest = rest.partition(".")
        if listing not in self._listings or digest != _digest(form, condition):
            raise ApiError(400, "Invalid page token.")
        return listing, int(start)

    def _live(self, form: str) -> list[LocalWatch]:
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
            raise ApiError(400, "Invalid watch.")
        name = body.get("watchId") or "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=32))
        if not _WATCH_ID.fullmatch(name) or name in self._watches:
            raise ApiError(400, "Invalid watch ID.")
        beside = [w for w in self._live(form) if w.event == event]
        if any(w.owner == self.account for w in beside):
            message = "A watch for the given end user, project, form, and event type already exists."
            raise ApiError(400, message, "FAILED_PRECONDITION")
        if len(beside) >= self.watch_limit:
            raise ApiError(400, "Too many watches for the given project, form, and event type.", "FAILED_PRECONDITION")
        now = self._clock()
        self._watches[name] = LocalWatch(
            id=name, form=form, owner=self.account, topic=topic, event=event, created=now, expires=now + LIFETIME
        )
        return self._watches[name].reply()

    def _renew_watch(self, form: str, watch: str) -> Document:
        found = next((w for w in self._live(form) if w.id == watch), None)
        if found is None:
            raise ApiError(404, "Requested entity was not found.")
        if found.cause:
            raise ApiError(400, "The watch is suspended and its error is still present.", "FAILED_PRECONDITION")
        self._watches[watch] = replace(found, owner=self.account, expires=self._clock() + LIFETIME, error="")
        return self._watches[watch].reply()

    def _delete_watch(self, form: str, watch: str) -> Document:
        if all(w.id != watch for w in self._live(form)):
            raise ApiError(403, "Watch not found or permission denied.")
        del self._watches[watch]
        return {}


def _digest(form: str, condition: str) -> str:
    """Tie a page token to its form and filter."""
    return hashlib.sha256(f"{form}\n{condition}".encode()).hexdigest()[:16]


def _submitted(given: object, now: str) -> str:
    """Return the instant that `filter` compares; of a time that nobody can read, when the response came."""
    try:
        return instant(str(given))
    except ValueError:
        return instant(now)
