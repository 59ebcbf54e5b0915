"""
An instance whose network comes late: the first request waits for it, and is sent once.

Each case is a process of its own, as a new instance is, whose Google lies behind a port that opens after a while.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Thread
from time import monotonic

import pytest

from prizedraw.rehearsal.calls import Calls
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings

LATE_SECONDS = 3.0
CAMPAIGN = "late-network"
INSTANCE = """
import json, sys, time
from prizedraw.adapters.drand.relays import Relays
from prizedraw.adapters.gmail import mailer
from prizedraw.adapters.keys import kms
from prizedraw.adapters.storage.published import open_published
from prizedraw.runtime.settings import Settings

settings = Settings.from_env(json.loads(sys.argv[1]))
acts = {
    "sign": lambda: kms.EvidenceSigner(kms.connect(settings), settings).sign(b"{}"),
    "publish": lambda: open_published(settings).create("rules.json", b"{}", "application/json"),
    "draft": lambda: mailer.GmailMailer(mailer.connect(settings, bytes)).create_draft(b"Subject: x\\r\\n\\r\\nx"),
    "round": lambda: list(Relays(settings.drand_relays).signatures("ab" * 32, 1)),
}
began = time.monotonic()
acts[sys.argv[2]]()
print(time.monotonic() - began)
"""
REQUESTS = {
    "sign": ["kms AsymmetricSign"],
    "publish": ["storage POST /upload/storage/v1/b/<bucket>/o"],
    "draft": ["gmail POST /gmail/v1/users/<me>/drafts"],
    "round": ["drand GET /drand/<chain>/public/<int:round>"],
}
"""What changes something, or may not be asked twice, by act: it must arrive exactly once."""


class LatePort:
    """A port of loopback that refuses every connection until it opens, and then passes bytes on to another port."""

    def __init__(self, target: str, after: float) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._opens_at = monotonic() + after
        self._closed = Event()
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def _serve(self) -> None:
        if self._closed.wait(max(0.0, self._opens_at - monotonic())):
            return
        with socket.create_server(("127.0.0.1", int(self.address.rpartition(":")[2]))) as server:
            server.settimeout(0.1)
            while not self._closed.is_set():
                with suppress(TimeoutError):
                    near, _ = server.accept()
                    far = socket.create_connection(self._target)
                    Thread(target=_pass_on, args=(near, far), daemon=True).start()
                    Thread(target=_pass_on, args=(far, near), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def google() -> Iterator[LocalGoogle]:
    with LocalGoogle(lambda: datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)) as started:
        started.provision(Settings.from_env(started.environ(CAMPAIGN)))
        started.calls.serve("prepare")  # the author of `rules.json`: to another step Storage would refuse it
        yield started


def run(google: LocalGoogle, act: str, after: float, program: str = INSTANCE) -> tuple[float, int]:
    """Start an instance whose Google comes *after* so many seconds; return how long its act took, and its status."""
    ports = {address: LatePort(address, after) for address in (google.http.removeprefix("http://"), google.grpc)}
    environ = json.dumps(google.environ(CAMPAIGN))
    for address, port in ports.items():
        environ = environ.replace(address, port.address)
    alone = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "PYTHONPATH")}
    command = [sys.executable, "-c", program, environ, act]
    done = subprocess.run(command, capture_output=True, text=True, env=alone, check=False, timeout=300)
    for port in ports.values():
        port.close()
    return (float(done.stdout) if done.returncode == 0 else 0.0), done.returncode


def arrived(calls: Calls) -> list[str]:
    """Return every call that arrived, as often as it did."""
    return [f"{one.service} {one.method}" for one, times in calls.counted.items() for _ in range(times)]


@pytest.mark.parametrize("act", REQUESTS)
def test_the_first_request_waits_for_the_network_and_arrives_once(act: str, google: LocalGoogle) -> None:
    seconds, status = run(google, act, LATE_SECONDS)
    assert status == 0
    assert seconds < LATE_SECONDS + 60
    assert [call for call in arrived(google.calls) if call in REQUESTS[act]] == REQUESTS[act], arrived(google.calls)


def test_without_the_wait_what_may_not_be_repeated_would_fail_at_once(google: LocalGoogle) -> None:
    impatient = INSTANCE.replace(
        "settings =", "from prizedraw.adapters.google import arrival\narrival.GOOGLE.skip()\nsettings ="
    )
    assert run(google, "draft", after=60, program=impatient) == (0.0, 1)
    assert arrived(google.calls) == []
