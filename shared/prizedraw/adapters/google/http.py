"""
Call Google's JSON APIs over `requests`, each call once; once more only with a new token, where the first was refused.

The generated clients (google-api-python-client) are not used. Their transport (httplib2) sends a POST again when the
server drops the connection after reading it, whatever `num_retries` says (`httplib2.Http._conn_request`), so that a
mail could go out twice; and to the calls made here they would add no more than a path and a query. That these are right
is held against the discovery documents of the same package, by the tests (docs/decisions/adapters.md).

Error replies hold URIs and texts. They are judged here and go no further; nothing is chained to them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

import google.auth
import requests
from google.api_core.exceptions import RetryError
from google.api_core.retry import Retry, if_exception_type
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

from prizedraw.adapters.google import arrival, refusals
from prizedraw.adapters.google.arrival import Arrival
from prizedraw.adapters.google.once import Once
from prizedraw.adapters.google.refusals import JsonRefusal
from prizedraw.errors import Again, Broken, Problem
from prizedraw.ports import Document
from prizedraw.runtime.settings import Settings

TIMEOUT_SECONDS = 60
READS = Retry(predicate=if_exception_type(Again), initial=1.0, maximum=32.0, multiplier=2.0, timeout=60.0)
"""How reads are repeated: no new attempt begins later than *timeout* seconds after the first."""

AGENT = "prizedraw (gzip)"
"""Google's APIs compress for whoever says gzip here too: https://developers.google.com/calendar/api/guides/performance."""

T = TypeVar("T")


def reads(patience: float | None) -> Retry:
    """Return how reads are repeated for *patience* seconds; None: as long as usual."""
    return READS if patience is None else READS.with_timeout(patience)


class NotShared(Exception):
    """An answer that there is no such thing, or that it is not shared: the service does not tell which."""


class ErrorReply(Exception):
    """A reply whose status is no success; *content*, its body, is for `refusals` alone."""

    def __init__(self, status: int, content: bytes) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.content = content


@dataclass(frozen=True)
class ApiCall:
    """One request to an API: *path* begins below its address, *body* is sent as JSON."""

    verb: str
    path: str
    query: Mapping[str, str | int] = field(repr=False)
    body: Document | None = field(default=None, repr=False)


def path_of(*parts: str) -> str:
    """Return the path of these parts, none of them empty; what divides a path or ends it is escaped in each."""
    return "/".join(quote(part, safe="") for part in parts)


def get(path: str, **query: str | int) -> ApiCall:
    """Return the call that reads."""
    return ApiCall("GET", path, query)


def post(path: str, body: Document, **query: str | int) -> ApiCall:
    """Return the call that makes or does something."""
    return ApiCall("POST", path, query, body)


def delete(path: str) -> ApiCall:
    """Return the call that removes."""
    return ApiCall("DELETE", path, {})


class ApiWire:
    """
    The way to one API at *host*, or to the local Google in its stead, with the function's own account.

    *credentials* may return others. They are asked for, and *network* is waited for, at the first call.
    """

    def __init__(
        self,
        host: str,
        settings: Settings,
        scopes: Sequence[str],
        credentials: Callable[[], Credentials | None] = lambda: None,
        network: Arrival = arrival.GOOGLE,
    ) -> None:
        self._local = settings.local_http
        self._root = self._local or f"https://{host}"
        self._scopes = scopes
        self._credentials = credentials
        self._network = network
        self._session = Once(self._open)

    def send(self, call: ApiCall) -> requests.Response:
        """
        Send a call once, follow no redirect, and return the reply, read to its end.

        Raises:
            ErrorReply: its status is no success; let its text go no further.
            requests.RequestException, GoogleAuthError: no reply, or no token to ask with.
        """
        reply = self._session().request(
            call.verb,
            f"{self._root}/{call.path}",
            params=dict(call.query),
            json=call.body,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if reply.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise ErrorReply(reply.status_code, reply.content)
        return reply

    def _open(self) -> requests.Session:
        credentials = self._credentials()
        if self._local:
            opened = requests.Session()
        else:
            if credentials is None:
                credentials, _ = google.auth.default(scopes=list(self._scopes))
            opened = AuthorizedSession(credentials, max_refresh_attempts=1)  # type: ignore[no-untyped-call]
        opened.headers["User-Agent"] = AGENT
        self._network.wait_for(arrival.address_of(self._root))
        return opened


class Api:
    """
    The calls of one API that tell a person's mistake from an outage.

    *away*, *unauthorised* and *rejected* are the problems told of a service that does not answer, of an account that
    may not use the API, and of any other refusal; the last is completed with the fact `status`.
    """

    def __init__(self, wire: ApiWire, retry: Retry, *, away: Problem, unauthorised: Problem, rejected: Problem) -> None:
        self._wire = wire
        self._retry = retry
        self._away = away
        self._unauthorised = unauthorised
        self._rejected = rejected

    def send_for_bytes(self, call: ApiCall) -> bytes:
        """
        Send once and return the reply's body.

        Raises:
            ErrorReply: the service replied with an error; have it `judged`, and let its text go no further.
            Again: no reply.
            Broken: the function has no account to call with.
        """
        try:
            return self._wire.send(call).content
        except DefaultCredentialsError:
            raise Broken(self._unauthorised) from None
        except (requests.RequestException, GoogleAuthError):
            raise Again(self._away) from None

    def send(self, call: ApiCall) -> Document:
        """Send once and return the reply; raise as `send_for_bytes` does."""
        try:
            reply = json.loads(self.send_for_bytes(call))
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise Again(self._away)
        return reply

    def read(self, call: ApiCall) -> Document:
        """
        Send a call that changes nothing, and again while the service is away.

        Raises:
            NotShared: there is no such thing, or it is not shared.
            Again: the service stayed away.
            Broken: the request or the account is not accepted.
        """
        return self._patiently(lambda: self.send(call))

    def read_bytes(self, call: ApiCall) -> bytes:
        """Do the same and return the reply's body."""
        return self._patiently(lambda: self.send_for_bytes(call))

    def _patiently(self, send: Callable[[], T]) -> T:
        def attempt() -> T:
            try:
                return send()
            except ErrorReply as error:
                raise self.judged(error) from None

        try:
            reply: T = self._retry(attempt)()
        except RetryError:
            raise Again(self._away) from None
        return reply

    def judged(self, error: ErrorReply) -> NotShared | Again | Broken:
        """Translate an error reply by its status and its machine-readable reasons; its text stays behind."""
        match refusals.judge(error.status, error.content):
            case JsonRefusal.PASSING | JsonRefusal.THROTTLED:
                return Again(self._away)
            case JsonRefusal.NOT_ALLOWED:
                return Broken(self._unauthorised)
            case JsonRefusal.FORBIDDEN | JsonRefusal.ABSENT:
                return NotShared()
            case JsonRefusal.UNEXPLAINED if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                return NotShared()
            case _:
                return Broken(self._rejected, status=error.status)
