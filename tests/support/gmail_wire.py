"""Google's own client before a local Gmail on loopback, and what went between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, Response, request
from google.api_core.retry import Retry, if_exception_type

from prizedraw.adapters.gmail.mailer import GmailBounces, GmailClient, GmailMailer
from prizedraw.errors import Again
from prizedraw.rehearsal.google.gmail import LocalGmail
from prizedraw.runtime.settings import Settings
from support import google_discovery
from support.clock import Clock
from support.serving import served

HEADER = "X-Prizedraw-Reference"
DOCUMENT = google_discovery.load("gmail.v1")
START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
QUICK = Retry(predicate=if_exception_type(Again), initial=0.01, maximum=0.01, timeout=0.2)
PATIENT = QUICK.with_timeout(60.0)
"""For a read that is to succeed in the end."""


def settings(url: str = "", **more: str) -> Settings:
    names = ("CAMPAIGN", "GOOGLE_CLOUD_PROJECT", "LOCATION", "SCHEDULER_ACCOUNT")
    return Settings.from_env(dict.fromkeys(names, "x") | {"LOCAL_GOOGLE_HTTP": url} | more)


@dataclass
class Wire:
    """Hold the local Gmail, the real client before it, and what went between them."""

    url: str
    local: LocalGmail
    clock: Clock
    client: GmailClient
    exchanges: list[tuple[str, str, dict[str, list[str]], Any, int, Any]] = field(default_factory=list)

    @property
    def mailer(self) -> GmailMailer:
        return GmailMailer(self.client)

    @property
    def bounces(self) -> GmailBounces:
        return GmailBounces(self.client, HEADER)


@contextmanager
def wired() -> Iterator[Wire]:
    """Serve a local Gmail; at the end every request and reply is held against Google's discovery document."""
    clock = Clock(START)
    local = LocalGmail(clock)
    app = Flask("gmail")
    app.register_blueprint(local.blueprint())
    exchanges: list[Any] = []

    @app.after_request
    def record(reply: Response) -> Response:
        query = parse_qs(request.query_string.decode())
        body = request.get_json(silent=True)
        exchanges.append((request.method, request.path, query, body, reply.status_code, reply.get_json(silent=True)))
        return reply

    with served(app) as url:
        client = GmailClient(settings(url), lambda: None, QUICK)
        yield Wire(url, local, clock, client, exchanges)
    for verb, path, query, body, status, reply in exchanges:
        method = google_discovery.check_request(DOCUMENT, verb, path, query, body)
        if status == 200 and reply is not None:
            google_discovery.check(DOCUMENT, google_discovery.response_schema(method), reply)
