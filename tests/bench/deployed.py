"""
Start a function as it is deployed: in a process of its own, from an unpacked archive, under functions-framework.

Google's buildpack compiles the bytecode (`python3 -m compileall`) and starts `functions-framework`, which serves with
gunicorn: an arbiter imports the function and forks the worker that answers. Costs are those of both.
"""

import compileall
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Cost, cpu_of, peak_of
from prizedraw.rehearsal.google.emulators import free_port
from prizedraw.rehearsal.hosting import OPERATOR, token

LOOPBACK = "127.0.0.1"
STEPS = sorted(main.parent.name for main in (ROOT / "functions").glob("*/main.py"))


def unpack(folder: Path, steps: Iterable[str], also: Mapping[str, str] | None = None) -> None:
    """Build the archives, unpack those of *steps* into *folder*, write others beside them (name: source), compile."""
    script = str(ROOT / "scripts" / "build_archives.py")
    subprocess.run([sys.executable, script, "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    for step in steps:
        with zipfile.ZipFile(folder / f"{step}.zip") as archive:
            archive.extractall(folder / step)
    for name, source in (also or {}).items():
        (folder / name).mkdir()
        (folder / name / "main.py").write_text(source, encoding="utf-8")
    if not compileall.compile_dir(folder, quiet=1):
        raise RuntimeError("not compiled")


@dataclass
class Instance:
    """One instance of a function: the process that was started, and the port on which it answers."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, body: str | bytes, seconds: float, principal: str = OPERATOR) -> tuple[http.HTTPStatus, str]:
        """
        Call it, waiting until somebody answers; return status and text.

        Raises:
            RuntimeError: nobody answers in *seconds*.
        """
        until = time.perf_counter() + seconds
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(principal)}"}
        while (left := until - time.perf_counter()) > 0:
            with suppress(ConnectionRefusedError):
                connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=left)
                connection.request("POST", "/", body, headers)
                answer = connection.getresponse()
                text = answer.read().decode("utf-8")
                connection.close()
                return http.HTTPStatus(answer.status), text
            time.sleep(0.001)
        raise RuntimeError("no answer")

    def family(self) -> list[int]:
        """Return its processes: gunicorn's arbiter and the worker that it forked."""
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        return [parent, *map(int, children)]


@contextmanager
def running(function: Path, environ: Mapping[str, str]) -> Iterator[Instance]:
    """Start a function, and end it with the block."""
    port = free_port()
    process = subprocess.Popen(
        [Path(sys.executable).with_name("functions-framework")],
        cwd=function,
        env={
            "PATH": os.environ["PATH"],
            # The archive comes first: in the cloud this tree is not there.
            "PYTHONPATH": str(function),
            "FUNCTION_TARGET": "main",
            "HOST": LOOPBACK,
            "PORT": str(port),
            "NO_PROXY": LOOPBACK,
            **environ,
        },
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield Instance(process, port)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def start(function: Path, environ: Mapping[str, str], body: Mapping[str, Any], seconds: float = 60.0) -> Cost:
    """
    Start a function, ask it, and end it. The time runs from exec to the last byte of the answer.

    Whoever is told to ask again (503: the time gave out, what was done stays done) asks again, as Pub/Sub does.

    Raises:
        RuntimeError: it did not answer in *seconds*, or with another status of 500 or more.
    """
    began = time.perf_counter()
    with running(function, environ) as instance:
        status = http.HTTPStatus.SERVICE_UNAVAILABLE
        while status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            status, text = instance.ask(json.dumps(body), began + seconds - time.perf_counter())
        wall = time.perf_counter() - began
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RuntimeError(f"{function.name} answered {status}")
        family = instance.family()
        return Cost(wall, sum(map(cpu_of, family)), max(map(peak_of, family)), text)
