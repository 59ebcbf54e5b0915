"""
Run the Google Cloud SDK's own emulators on free ports of 127.0.0.1, each until its `with` block ends.

They are found where the SDK is installed, and need Java: https://cloud.google.com/firestore/docs/emulator.
"""

import base64
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

LOOPBACK = "127.0.0.1"
DATABASES = ("sealed", "state")
START_SECONDS = 60.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.1
_BOUND = '("$0" "$@"; kill -TERM 0) & read -r _; kill -TERM 0'
"""Run the command, and end the whole group when it ends or when the input does."""


class EmulatorMissing(Exception):
    """An emulator that is not installed on this machine; the text says how to install it."""


class FirestoreEmulator:
    """
    The Firestore emulator, empty at first; it keeps any number of databases in memory.

    *host* (`127.0.0.1:PORT`) is what `FIRESTORE_EMULATOR_HOST` must be, while it runs.
    """

    def __init__(self, project: str = "rehearsal") -> None:
        self.project = project
        self.server = EmulatorServer("cloud-firestore-emulator", "cloud_firestore_emulator", "start")

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

    def wipe(self, databases: Iterable[str] = DATABASES) -> None:
        """Remove every document of the *databases*."""
        for database in databases:
            self._call("DELETE", f"emulator/v1/projects/{self.project}/databases/{database}/documents")

    def dump(self, database: str) -> dict[str, dict[str, Any]]:
        """
        Return every document of a database, raw, by its path, whatever its collection and campaign.

        Read over REST, by none of the code that wrote it. A value of a type that is not plain stays as REST shows it.
        """
        where = f"projects/{self.project}/databases/{database}/documents"
        answers = self._call("POST", f"v1/{where}:runQuery", {"structuredQuery": {"from": [{"allDescendants": True}]}})
        documents = [answer["document"] for answer in answers if "document" in answer]
        return {document["name"].removeprefix(f"{where}/"): _document(document) for document in documents}

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return self.server.call(method, path, body, {"authorization": "Bearer owner"})


def _document(value: dict[str, Any]) -> dict[str, Any]:
    """Return the plain values of a `Document` or `MapValue` in JSON."""
    return {name: _plain(item) for name, item in value.get("fields", {}).items()}


def _plain(value: dict[str, Any]) -> Any:
    (kind, held), *_ = value.items()
    if kind == "integerValue":
        return int(held)
    if kind == "bytesValue":
        return base64.b64decode(held)
    if kind == "arrayValue":
        return [_plain(item) for item in held.get("values", [])]
    return _document(held) if kind == "mapValue" else held


def sdk_script(component: str, name: str) -> Path:
    """
    Find the script that starts an emulator, in the SDK at `CLOUDSDK_ROOT_DIR` or the one that `gcloud` belongs to.

    Raises:
        EmulatorMissing: the SDK, the *component* or Java is not installed.
    """
    script = _sdk_root() / "platform" / component / name
    if not script.is_file():
        raise EmulatorMissing(f"{component} is not installed: run `gcloud components install {component}`")
    if shutil.which(os.environ.get("JAVA", "java")) is None:
        raise EmulatorMissing(f"{component} needs Java (11 or newer) on the PATH")
    return script


def _sdk_root() -> Path:
    root = os.environ.get("CLOUDSDK_ROOT_DIR", "")
    gcloud = shutil.which("gcloud")
    if not root and gcloud is not None:
        asked = [gcloud, "info", "--format=value(installation.sdk_root)"]
        root = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603
    if not root:
        raise EmulatorMissing("the Google Cloud SDK is not installed: https://cloud.google.com/sdk/docs/install")
    return Path(root)


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
    return port


class EmulatorServer:
    """
    An emulator of the SDK on a free port of 127.0.0.1, and what is asked of it over HTTP.

    *component* and *script* are its names in the SDK, *command* are the words that go before its options. *host*
    (`127.0.0.1:PORT`) is where it listens, while it runs.
    """

    def __init__(self, component: str, script: str, *command: str) -> None:
        self.host = ""
        self._component = component
        self._script = script
        self._command = command
        self._process: EmulatorProcess | None = None
        self._http = requests.Session()
        self._http.trust_env = False

    def start(self) -> None:
        """
        Start it and wait until it answers.

        Raises:
            EmulatorMissing: the SDK, the emulator or Java is not installed.
            RuntimeError: it does not start.
        """
        script = sdk_script(self._component, self._script)
        port = free_port()
        self.host = f"{LOOPBACK}:{port}"
        self._process = EmulatorProcess([str(script), *self._command, f"--host={LOOPBACK}", f"--port={port}"])
        self._process.wait_until(self._answers)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.stop()
        self._http.close()

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Send a request with a JSON *body* and return the reply's; raise what `requests` does for an error."""
        url = f"http://{self.host}/{path}"
        reply = self._http.request(method, url, json=body, headers=headers, timeout=START_SECONDS)
        reply.raise_for_status()
        return reply.json()

    def _answers(self) -> bool:
        with suppress(requests.ConnectionError):
            return self._http.get(f"http://{self.host}/", timeout=START_SECONDS).ok
        return False


class EmulatorProcess:
    """
    A command in a process group of its own, since the SDK's scripts start Java as their child.

    Two pipes bind it: the group ends itself when this process, killed or not, no longer holds its input; and all of
    the group inherit one end of the other, so that the end of file there says that the last of them is gone.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._name = Path(command[0]).name
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as the process runs
        self._gone, inherited = os.pipe()
        self._running = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _BOUND, *command],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=[inherited],
            start_new_session=True,
        )
        os.close(inherited)

    def wait_until(self, answers: Callable[[], bool]) -> None:
        """Wait until it *answers*; if it never does, raise RuntimeError with the end of what it printed."""
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if self._running.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                printed = self._log.read().decode(errors="replace")[-1000:]
                self.stop()
                raise RuntimeError(f"{self._name} did not start: {printed}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """End the group, gently at first, and wait until the last of it is gone."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not self._is_gone(within=0):
                with suppress(ProcessLookupError):
                    os.killpg(self._running.pid, sign)
            if self._is_gone(within=STOP_SECONDS):
                break
        self._running.communicate(timeout=STOP_SECONDS)
        os.close(self._gone)
        self._log.close()

    def _is_gone(self, within: float) -> bool:
        return bool(select.select([self._gone], [], [], within)[0])
