"""
Drive Chromium by its DevTools protocol over a pipe: no port, no library, no second program.

https://chromedevtools.github.io/devtools-protocol/ (`--remote-debugging-pipe`: JSON between zero bytes, on file
descriptors 3 and 4). Keys are pressed as a keyboard's, so that what only a mouse can reach is not reached.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --no-default-browser-check --disable-background-networking "
    "--disable-component-update --disable-sync --disable-quic --disable-dev-shm-usage --remote-debugging-pipe"
)
_ABOVE = 10
"""Descriptors from here on are not in the way of 3 and 4."""

KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    " ": (32, " "),
    "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
    "a": (65, "a"),
    "Backspace": (8, ""),
}
"""By name, the key's code and the text that it types."""
SHIFT, CONTROL = 8, 2


def required() -> str:
    """Return Chromium, or skip, or fail where `REQUIRE_CHROMIUM` is set."""
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_CHROMIUM"):
            pytest.fail("chromium is not installed")
        pytest.skip("NOT TESTED IN A BROWSER: chromium is not installed")
    return CHROMIUM


class Tab:
    """One page of a browser, that shows a size in CSS pixels; *errors* are what its console complained of."""

    def __init__(self, chromium: "Chromium", session: str) -> None:
        self._chromium = chromium
        self._session = session

    @property
    def errors(self) -> list[str]:
        """Return what scripts threw, and what the browser refused."""
        self.run("1")
        return [
            json.dumps(event["params"], ensure_ascii=False)
            for event in self._chromium.events
            if event["method"] == "Runtime.exceptionThrown"
            or (event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error")
        ]

    def call(self, method: str, **params: Any) -> Any:
        """Call a method of the protocol."""
        return self._chromium.call(method, params, self._session)

    def resize(self, width: int, height: int = 900) -> None:
        """Take a size, as a window or a phone has it."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript; raise AssertionError if it throws."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = 60) -> Any:
        """Wait until an expression holds, and return its value."""
        deadline = time.monotonic() + seconds
        while not (value := self.run(expression)):
            assert time.monotonic() < deadline, f"never: {expression}"
            time.sleep(0.05)
        return value

    def press(self, key: str, modifiers: int = 0) -> None:
        """Press a key and let it go."""
        code, text = KEYS[key]
        base = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        typed = {"text": text} if text and modifiers != CONTROL else {}
        commands = {"commands": ["selectAll"]} if (key, modifiers) == ("a", CONTROL) else {}
        self.call("Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **base, **typed, **commands)
        self.call("Input.dispatchKeyEvent", type="keyUp", **base)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self.call("Input.insertText", text=text)

    def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file in a field for one."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        field = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=field, files=[str(path)])

    def picture(self, path: Path) -> None:
        """Write a picture of the whole page (PNG)."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


class Chromium:
    """A Chromium with a *profile* of its own; a context manager. *events* is what it told so far."""

    def __init__(self, profile: Path) -> None:
        self.events: list[dict[str, Any]] = []
        self._profile = profile
        self._number = 0
        self._rest = b""

    def __enter__(self) -> Self:
        chromium = required()
        theirs_in, self._to = _pipe()
        self._from, theirs_out = _pipe()
        command = [chromium, *FLAGS.split(), f"--user-data-dir={self._profile}", "about:blank"]
        redirected = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._running = subprocess.Popen(
            ["/bin/bash", "-c", redirected, "bash", *command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._to)
        try:
            self._running.wait(5)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
        os.close(self._from)

    def tab(self, width: int = 1280) -> Tab:
        """Open a page of a width."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Log", "DOM"):
            tab.call(f"{domain}.enable")
        tab.resize(width)
        return tab

    def call(self, method: str, params: dict[str, Any], session: str = "", seconds: float = 120) -> Any:
        """Call a method and wait for its answer; what happens meanwhile goes to *events*."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while (answer := self._next(deadline)).get("id") != self._number:
            if "method" in answer:
                self.events.append(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            assert ready, "Chromium does not answer"
            data = os.read(self._from, 1 << 20)
            assert data, "Chromium is gone"
            self._rest += data
        one, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(one)
        return found


def _pipe() -> tuple[int, int]:
    """Make a pipe whose ends are inherited, and are not 3 or 4."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD, _ABOVE) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
