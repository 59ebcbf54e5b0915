"""Nothing but our own lines reaches the log of a function, whatever its libraries have to say."""

import json
import subprocess
import sys

import pytest

CANARY = "山田太郎 taro@example.jp"

SPOKEN = {
    "a warning of a library": "warnings.warn(CANARY)",
    "one after the filters were reset": "warnings.resetwarnings(); warnings.warn(CANARY, DeprecationWarning)",
    "a library that captures warnings": (
        "logging.captureWarnings(True); logging.basicConfig(force=True); warnings.warn(CANARY)"
    ),
    "a logger without a handler": "logging.getLogger('google.auth').warning(CANARY)",
    "the root's": "logging.critical(CANARY)",
    "a logger with a handler of its own": (
        "one = logging.getLogger('urllib3'); one.addHandler(logging.StreamHandler(sys.stderr)); one.setLevel(1);"
        "one.error(CANARY)"
    ),
    "a handler that has kept the real stream": "KEPT.error(CANARY)",
    "logging that is set up anew": "logging.basicConfig(force=True, level=1); logging.info(CANARY)",
    "a record that cannot be formatted": "KEPT.error('%d', CANARY)",
    "a print": "print(CANARY)",
    "a print to stderr": "print(CANARY, file=sys.stderr)",
    "a traceback": "\ntry:\n    raise ValueError(CANARY)\nexcept ValueError:\n    traceback.print_exc()",
    "a thread that dies": "one = threading.Thread(target=lambda: int(CANARY)); one.start(); one.join()",
    "a finaliser that fails": "Failing()",
    "the process that dies": "atexit.register(lambda: int(CANARY))",
}

PROGRAM = """
import atexit, json, logging, sys, threading, traceback, warnings
CANARY = {canary!r}
KEPT = logging.getLogger("kept")
KEPT.addHandler(logging.StreamHandler(sys.stderr))
KEPT.propagate = False

class Failing:
    def __del__(self):
        raise ValueError(CANARY)

from prizedraw.runtime import edge
from prizedraw.runtime.orders import Order, Reply, Result

def wire(settings, host):
    def act(order, caller):
        exec({spoken!r}, globals())
        return Reply(Result.DONE, ("済みました。",))
    return act

class Request:
    headers = {{"Authorization": "Bearer a.eyJlbWFpbCI6ICJhQGV4YW1wbGUuanAifQ.b"}}
    content_length = 2
    def get_data(self):
        return b"{{}}"

environ = {environ!r}
for name in ("CAMPAIGN", "GOOGLE_CLOUD_PROJECT", "LOCATION", "SCHEDULER_ACCOUNT"):
    environ[name] = "x"
main = edge.operator("status", Order, wire, environ)
body, status, _ = main(Request())
assert status == 200, body
"""


def said(spoken: str, **environ: str) -> tuple[str, str]:
    """Serve one request to a function in which something is *spoken*; return its stdout and its stderr."""
    program = PROGRAM.format(canary=CANARY, spoken=spoken, environ=environ)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=False, timeout=300
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize("spoken", SPOKEN.values(), ids=SPOKEN)
def test_what_libraries_say_does_not_reach_the_log_of_a_function(spoken: str) -> None:
    out, err = said(spoken, K_SERVICE="status")
    assert err == ""
    lines = [json.loads(line) for line in out.splitlines()]
    assert {"severity": "INFO", "event": "done", "step": "status"} in lines
    assert {key for line in lines for key in line} <= {"severity", "event", "step", "code", "kind", "where"}
    assert "太郎" not in out
    assert "taro" not in out


@pytest.mark.parametrize("name", ["a thread that dies", "a finaliser that fails"])
def test_what_died_where_nobody_could_catch_it_is_told_by_class_and_place(name: str) -> None:
    lines = [json.loads(line) for line in said(SPOKEN[name], K_SERVICE="status")[0].splitlines()]
    [broken] = [line for line in lines if line["event"] == "broken"]
    assert (broken["step"], broken["kind"]) == ("status", "ValueError")
    assert broken["where"]


@pytest.mark.parametrize("spoken", SPOKEN.values(), ids=SPOKEN)
def test_each_of_them_is_heard_where_nobody_is_silenced(spoken: str) -> None:
    """On a developer's machine everything is said; so the canaries above do sing."""
    assert "taro" in "".join(said(spoken))
