"""
Build Google API clients that post at most once.

The default transport of google-api-python-client (httplib2) sends a POST again when the server drops the connection
after reading it, whatever `num_retries` says (`httplib2.Http._conn_request`). A mail could go out twice. Here the
generated client runs over `requests`, which does not; retries are the caller's decision.

Google's exceptions hold URIs and texts of replies. They are judged here and go no further, not as a context either.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import google.auth
import requests
from google.api_core.exceptions import RetryError
from google.api_core.retry import Retry, if_exception_type
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

from prizedraw.adapters.google import arrival, refusals
from prizedraw.adapters.google.arrival import Arrival
from prizedraw.adapters.google.later import Later
from prizedraw.adapters.google.once import Once
from prizedraw.adapters.google.refusals import JsonRefusal
from prizedraw.errors import Again, Broken, Problem
from prizedraw.ports import Document
from prizedraw.runtime.settings import Settings

TIMEOUT_SECONDS = 60
READS = Retry(predicate=if_exception_type(Again), initial=1.0, maximum=32.0, multiplier=2.0, timeout=60.0)
"""How reads are repeated: no new attempt begins later than *timeout* seconds after the first."""

T = TypeVar("T")


def _load() -> Any:
    import googleapiclient.discovery  # noqa: PLC0415  many calls ask neither Forms nor Gmail nor Drive
    import googleapiclient.errors  # noqa: PLC0415

    return googleapiclient


googleapiclient = Later(_load)


def reads(patience: float | None) -> Retry:
    """Return how reads are repeated for *patience* seconds; None: as long as usual."""
    return READS if patience is None else READS.with_timeout(patience)


class NotShared(Exception):
    """An answer that there is no such thing, or that it is not shared: the service does not tell which."""


class RequestsHttp:
    """The one method of `httplib2.Http` that googleapiclient calls, over a `requests` session."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Any, bytes]:
        """Send once, follow no redirect, and return status and body as httplib2 would."""
        reply = self._session.request(
            method, uri, data=body, headers=dict(headers or {}), timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
        import httplib2  # noqa: PLC0415  googleapiclient brings it

        response = httplib2.Response({name.lower(): value for name, value in reply.headers.items()})
        response.status = reply.status_code
        response.reason = reply.reason
        return response, reply.content

    def close(self) -> None:
        """Leave the session open: it is shared and lives as long as the instance."""


def session(settings: Settings, scopes: Sequence[str], credentials: Credentials | None = None) -> requests.Session:
    """Open a session for the function's own account, or for *credentials*; without either on a local Google."""
    if settings.local_http:
        return requests.Session()
    if credentials is None:
        credentials, _ = google.auth.default(scopes=list(scopes))
    opened: requests.Session = AuthorizedSession(credentials, max_refresh_attempts=1)  # type: ignore[no-untyped-call]
    return opened


def service(
    name: str,
    version: str,
    settings: Settings,
    scopes: Sequence[str],
    credentials: Credentials | None = None,
    path: str = "",
    network: Arrival = arrival.GOOGLE,
) -> Any:
    """
    Build the client of one API from the discovery document in the package; no network is used for that.

    *path* is the document's `servicePath`, which a local endpoint must repeat. *network* is waited for.
    """
    # Its warnings hold the bodies of replies, and would reach the logs on stderr.
    logging.getLogger("googleapiclient.http").disabled = True
    options = {"api_endpoint": f"{settings.local_http}/{path}"} if settings.local_http else {}
    built = googleapiclient.discovery.build(
        name,
        version,
        http=RequestsHttp(session(settings, scopes, credentials)),
        client_options=options,
        static_discovery=True,
        cache_discovery=False,
    )
    network.wait_for(arrival.address_of(settings.local_http or f"https://{name}.googleapis.com"))
    return built


class Api:
    """
    The requests to one resource of an API; *resource* builds it at the first of them.

    *away*, *unauthorised* and *rejected* are the problems told of a service that does not answer, of an account that
    may not use the API, and of any other refusal; the last is completed with the fact `status`.
    """

    def __init__(
        self, resource: Callable[[], Any], retry: Retry, *, away: Problem, unauthorised: Problem, rejected: Problem
    ) -> None:
        self._resource = Once(resource)
        self._retry = retry
        self._away = away
        self._unauthorised = unauthorised
        self._rejected = rejected

    def send_for_bytes(self, request: Callable[[Any], Any]) -> bytes:
        """
        Send once and return the reply's body; *request* builds it from the resource.

        Raises:
            HttpError: the service replied with an error; have it `judged`, and let its text go no further.
            Again: no reply.
            Broken: the function has no account to call with.
        """
        try:
            asked = request(self._resource())
            asked.postproc = lambda _, content: content
            body: bytes = asked.execute()
        except DefaultCredentialsError:
            raise Broken(self._unauthorised) from None
        except (requests.RequestException, GoogleAuthError):
            raise Again(self._away) from None
        return body

    def send(self, request: Callable[[Any], Any]) -> Document:
        """Send once and return the reply; raise as `send_for_bytes` does."""
        try:
            reply = json.loads(self.send_for_bytes(request))
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise Again(self._away)
        return reply

    def read(self, request: Callable[[Any], Any]) -> Document:
        """
        Send a request that changes nothing, and again while the service is away.

        Raises:
            NotShared: there is no such thing, or it is not shared.
            Again: the service stayed away.
            Broken: the request or the account is not accepted.
        """
        return self._patiently(lambda: self.send(request))

    def read_bytes(self, request: Callable[[Any], Any]) -> bytes:
        """Do the same and return the reply's body."""
        return self._patiently(lambda: self.send_for_bytes(request))

    def _patiently(self, call: Callable[[], T]) -> T:
        def attempt() -> T:
            try:
                return call()
            except googleapiclient.errors.HttpError as error:
                raise self.judged(error) from None

        try:
            reply: T = self._retry(attempt)()
        except RetryError:
            raise Again(self._away) from None
        return reply

    def judged(self, error: Any) -> NotShared | Again | Broken:
        """Translate an error reply by its status and its machine-readable reasons; its text stays behind."""
        status = int(error.status_code)
        match refusals.judge(status, error.content):
            case JsonRefusal.PASSING | JsonRefusal.THROTTLED:
                return Again(self._away)
            case JsonRefusal.NOT_ALLOWED:
                return Broken(self._unauthorised)
            case JsonRefusal.FORBIDDEN | JsonRefusal.ABSENT:
                return NotShared()
            case JsonRefusal.UNEXPLAINED if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                return NotShared()
            case _:
                return Broken(self._rejected, status=status)
