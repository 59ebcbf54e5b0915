"""
Build Google API clients that post at most once.

The default transport of google-api-python-client (httplib2) sends a POST again when the server drops the connection
after reading it, whatever `num_retries` says (`httplib2.Http._conn_request`). A mail could go out twice. Here the
generated client runs over `requests`, which does not; retries are the caller's decision.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import google.auth
import httplib2
import requests
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession
from googleapiclient.discovery import build

from prizedraw.settings import Settings

TIMEOUT_SECONDS = 60


class RequestsHttp:
    """Offer to googleapiclient the one method of `httplib2.Http` that it calls, over a `requests` session."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: object = None,
    ) -> tuple[httplib2.Response, bytes]:
        """Send once, follow no redirect, and return status and body as httplib2 would."""
        reply = self._session.request(
            method, uri, data=body, headers=dict(headers or {}), timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
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
    name: str, version: str, settings: Settings, scopes: Sequence[str], credentials: Credentials | None = None
) -> Any:
    """Build the client of one API from the discovery document in the package; no network is used for that."""
    options = {"api_endpoint": f"{settings.local_http}/"} if settings.local_http else {}
    return build(
        name,
        version,
        http=RequestsHttp(session(settings, scopes, credentials)),
        client_options=options,
        static_discovery=True,
        cache_discovery=False,
    )
