"""
Run Google's own Pub/Sub emulator, and stand between it and a function as Cloud Run does.

https://cloud.google.com/pubsub/docs/emulator, over its REST interface. It forwards to the dead letters; it sends no
identity token, and always a `data` field. What a push subscription waits for is said in `Patience`.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

from prizedraw.ports import Document
from prizedraw.rehearsal.google.emulators import LOOPBACK, EmulatorServer

ATTEMPTS = 5
"""The fewest delivery attempts that a dead letter policy may allow: https://cloud.google.com/pubsub/docs/dead-letter-topics"""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """
    How long a push subscription waits, in seconds.

    *acknowledged* within that, or the push is taken for lost: 10 to 600; the most by default, as a run takes minutes.
    *again* that long after an error at least. None: no retry policy, which is the shortest that Google's emulator has,
    a second whatever happens; with a policy it waits three, whatever that says. Production has one
    (`infra/terraform/function_intake.tf`).
    """

    acknowledged: int = 600
    again: int | None = None

    def to_json(self) -> Document:
        """Return the fields of a `Subscription`."""
        fields: Document = {"ackDeadlineSeconds": self.acknowledged}
        return fields if self.again is None else fields | {"retryPolicy": {"minimumBackoff": f"{self.again}s"}}


LASTING = Patience()
BRISK = Patience(acknowledged=60)
"""For functions that answer at once: a push whose answer is lost comes again soon."""


class PubsubEmulator:
    """The Pub/Sub emulator, empty at first; *host* (`127.0.0.1:PORT`) is where it listens, while it runs."""

    def __init__(self, project: str = "rehearsal") -> None:
        self.project = project
        self.server = EmulatorServer("pubsub-emulator", "bin/cloud-pubsub-emulator")

    @property
    def host(self) -> str:
        """Return where it listens."""
        return self.server.host

    def __enter__(self) -> Self:
        """Start it and wait until it answers; raise as `EmulatorServer` does."""
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it; what it held is gone."""
        self.server.stop()

    def create_topic(self, topic: str) -> None:
        """Create a topic. Names have 3 to 255 characters."""
        self._call("PUT", f"topics/{topic}", {})

    def subscribe(self, name: str, topic: str) -> None:
        """Create a subscription to pull from, such as one that keeps dead letters."""
        self._call("PUT", f"subscriptions/{name}", {"topic": self._name("topics", topic)})

    def push(self, name: str, topic: str, url: str, dead_letters: str, patience: Patience = LASTING) -> None:
        """Create a subscription that pushes to *url*, and after `ATTEMPTS` failures to the topic *dead_letters*."""
        policy = {"deadLetterTopic": self._name("topics", dead_letters), "maxDeliveryAttempts": ATTEMPTS}
        subscription = {
            "topic": self._name("topics", topic),
            "pushConfig": {"pushEndpoint": url},
            "deadLetterPolicy": policy,
            **patience.to_json(),
        }
        self._call("PUT", f"subscriptions/{name}", subscription)

    def unsubscribe(self, name: str) -> None:
        """Delete a subscription, and with it what was not yet delivered."""
        self._call("DELETE", f"subscriptions/{name}")

    def publish(self, topic: str, attributes: Mapping[str, str], data: bytes = b"") -> str:
        """Publish one message and return its id."""
        message: Document = {"attributes": dict(attributes)}
        if data:
            message["data"] = base64.b64encode(data).decode()
        reply = self._call("POST", f"topics/{topic}:publish", {"messages": [message]})
        return str(reply["messageIds"][0])

    def pull(self, name: str) -> list[Document]:
        """Take what lies in a subscription now, as `PubsubMessage` in JSON, and acknowledge it."""
        # Without `returnImmediately` the emulator would hold the request open until something comes.
        asked = {"maxMessages": 100, "returnImmediately": True}
        received = self._call("POST", f"subscriptions/{name}:pull", asked).get("receivedMessages", [])
        if received:
            acked = {"ackIds": [message["ackId"] for message in received]}
            self._call("POST", f"subscriptions/{name}:acknowledge", acked)
        return [message["message"] for message in received]

    def _name(self, kind: str, name: str) -> str:
        return f"projects/{self.project}/{kind}/{name}"

    def _call(self, method: str, path: str, body: Document | None = None) -> Any:
        return self.server.call(method, f"v1/projects/{self.project}/{path}", body)


@dataclass(frozen=True)
class Pushed:
    """One push: its body to the byte, and the status with which it was answered."""

    body: bytes
    status: int


class PushEndpoint:
    """
    A server on loopback that hands each push on to *deliver*, which returns the status; a context manager.

    In production Cloud Run stands here, and verifies the identity token that Pub/Sub sends; the emulator sends none,
    so that *deliver* has to add it. *pushed* records what came, in the order of the answers.
    """

    def __init__(self, deliver: Callable[[bytes], int]) -> None:
        self.pushed: list[Pushed] = []
        self.url = ""
        self._deliver = deliver
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        """Listen."""
        endpoint = self

        class Push(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Answer one push."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = endpoint._deliver(body)
                endpoint.pushed.append(Pushed(body, status))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing: the functions write their own lines."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Push)
        self._server.daemon_threads = False  # so that closing it waits for them
        self.url = f"http://{LOOPBACK}:{self._server.server_port}/"
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening, once every push is answered."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
