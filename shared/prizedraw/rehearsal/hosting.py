"""
Serve the real `main.py` of every function under functions-framework, all in this process, on one loopback port.

Calls go over HTTP with an identity token, as IAM would let them in: by an operator, the scheduler, or Pub/Sub.
"""

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import requests
from functions_framework import create_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, make_server

from prizedraw.rehearsal.google.local_google import QuietRequests
from prizedraw.runtime import edge

ROOT = Path(__file__).resolve().parents[3]
"""The root of the repository."""

OPERATOR = "operator@example.jp"
SECOND_OPERATOR = "second-operator@example.jp"
"""Who enters the code that the first is shown, where one person must not decide alone."""
PUBSUB = "pubsub@rehearsal.iam.gserviceaccount.com"
_TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Answered:
    """What a function answered."""

    step: str
    status: int
    reply: dict[str, Any]
    text: str
    content_type: str = "application/json"


class Functions:
    """
    The functions of *steps*, served at `/<step>`; a context manager.

    *environ* is what Terraform would set; it is laid over this process's environment while the functions are served,
    since they read theirs at the first request.
    """

    def __init__(self, steps: list[str], environ: Mapping[str, str], host: edge.Host) -> None:
        self._steps = steps
        self._environ = dict(environ)
        self._host = host
        self._before: dict[str, str | None] = {}
        self._server: BaseWSGIServer | None = None
        self._session = requests.Session()
        self.on_press: list[Callable[[str], None]] = []
        self.on_answer: list[Callable[[Answered], None]] = []

    def __enter__(self) -> "Functions":
        """Load every `main.py` and serve it."""
        self._before = {name: os.environ.get(name) for name in self._environ}
        os.environ.update(self._environ)
        edge.use_host(self._host)
        apps = {
            f"/{step}": create_app(target="main", source=str(ROOT / "functions" / step / "main.py"))  # type: ignore[no-untyped-call]
            for step in self._steps
        }
        self._server = make_server(
            "127.0.0.1", 0, DispatcherMiddleware(_nothing, apps), threaded=True, request_handler=QuietRequests
        )
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving and put the environment back."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._session.close()
        edge.use_host(edge.Host())
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def press(self, step: str, body: Mapping[str, Any] | None = None, principal: str = OPERATOR) -> Answered:
        """Call a function as an operator does in the console."""
        return self.send(step, json.dumps(body or {}).encode(), principal)

    def send(self, step: str, body: bytes, principal: str) -> Answered:
        """Pass on what a person typed, to the byte: a body that is no JSON is for the function to refuse."""
        return self._post(step, body, principal)

    def press_and_confirm(
        self, step: str, body: Mapping[str, Any] | None = None, confirmed_by: str = OPERATOR
    ) -> Answered:
        """Call a function, and again with the code that it gave, if it gave one; another may be to enter the code."""
        asked = self.press(step, body)
        code = asked.reply.get("confirm")
        return self.press(step, {**(body or {}), "confirm": code}, confirmed_by) if code else asked

    def schedule(self, step: str) -> Answered:
        """Call a function as Cloud Scheduler does."""
        return self._post(step, b"{}", self._environ["SCHEDULER_ACCOUNT"])

    def push(self, step: str, attributes: Mapping[str, str]) -> Answered:
        """Deliver a Pub/Sub message without `data`, as notifications of Google Forms are."""
        envelope = {
            "message": {"attributes": dict(attributes), "messageId": "1", "publishTime": "2026-01-01T00:00:00Z"},
            "subscription": "projects/rehearsal/subscriptions/intake",
        }
        return self.deliver(step, json.dumps(envelope).encode())

    def deliver(self, step: str, body: bytes) -> Answered:
        """Pass on what Pub/Sub pushes, to the byte, with the identity that its subscription has."""
        return self._post(step, body, PUBSUB)

    def _post(self, step: str, body: bytes, principal: str) -> Answered:
        if self._server is None:
            raise RuntimeError("not serving")
        for told in self.on_press:
            told(step)
        reply = self._session.post(
            f"http://127.0.0.1:{self._server.port}/{step}",
            data=body,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token(principal)}"},
            timeout=_TIMEOUT_SECONDS,
        )
        reply.encoding = "utf-8"
        kind = reply.headers.get("Content-Type", "")
        given = reply.json() if kind.startswith("application/json") else {}
        answered = Answered(step, reply.status_code, given, reply.text, kind)
        for hook in self.on_answer:
            hook(answered)
        return answered


def token(principal: str) -> str:
    """Make an identity token as Cloud Run passes it on: claims, and a signature that was removed."""
    claims = base64.urlsafe_b64encode(json.dumps({"email": principal, "email_verified": True}).encode())
    return f"eyJhbGciOiJSUzI1NiJ9.{claims.decode().rstrip('=')}.SIGNATURE_REMOVED_BY_GOOGLE"


def _nothing(_: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b""]
