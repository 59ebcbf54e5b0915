"""
The log: one JSON line per event on stdout, from a fixed set of fields.

There is no field for free text, and none for an exception's text: both could carry personal data into Cloud Logging
and stay there after erasure. A line is read by its event, its error code and the places in the code. What libraries
write by themselves is free text: `silence` keeps it from the log.
Format: https://cloud.google.com/logging/docs/structured-logging
"""

import io
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO


class Event(StrEnum):
    """What happened; the log-based alerts match these words."""

    DONE = "done"
    ASKED = "asked"
    REFUSED = "refused"
    DROPPED = "dropped"
    AGAIN = "again"
    BROKEN = "broken"
    ALARM = "alarm"


_SEVERITY = {
    Event.DONE: "INFO",
    Event.ASKED: "INFO",
    Event.REFUSED: "WARNING",
    Event.DROPPED: "ERROR",
    Event.AGAIN: "WARNING",
    Event.BROKEN: "CRITICAL",
    Event.ALARM: "CRITICAL",
}


_ours: TextIO | None = None
"""Where lines go once everything else is silenced; the process' stdout until then."""


class _Nowhere(io.TextIOBase):
    """A stream that takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        return len(text)


def silence(step: str) -> None:
    """
    Let nothing reach stdout and stderr any more but the lines of `emit`; for the process of a function, for ever.

    A library's logger, warning, print or traceback may hold what was on its way when it spoke. What died where nobody
    could catch it (a thread, a finaliser) becomes a line of the *step*: its class and its places.
    """
    global _ours  # noqa: PLW0603
    if _ours is not None:
        return
    _ours = sys.stdout
    sys.stdout, sys.stderr = _Nowhere(), _Nowhere()
    logging.disable(sys.maxsize)
    logging.raiseExceptions = False
    warnings.simplefilter("ignore")
    warnings.showwarning = lambda *_, **__: None
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its core writes past Python

    def died(args: Any) -> None:
        kind = args.exc_type.__name__ if args.exc_type else ""
        emit(Event.BROKEN, step=step, kind=kind, where=places(args.exc_traceback))

    threading.excepthook = sys.unraisablehook = died
    sys.excepthook = lambda kind, _, trace: emit(Event.BROKEN, step=step, kind=kind.__name__, where=places(trace))


def emit(
    event: Event,
    *,
    step: str,
    code: str = "",
    kind: str = "",
    where: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
) -> None:
    """Write one line: *code* of a `Problem`, *kind* an exception's class, *where* places in the code, *counts*."""
    line: dict[str, object] = {"severity": _SEVERITY[event], "event": event.value, "step": step}
    if code:
        line["code"] = code
    if kind:
        line["kind"] = kind
    if where:
        line["where"] = list(where)
    if counts:
        line["counts"] = dict(counts)
    out = _ours or sys.stdout
    out.write(json.dumps(line, ensure_ascii=False) + "\n")
    out.flush()


def places(traceback: TracebackType | None, most: int = 12) -> list[str]:
    """Return the innermost *most* places of a traceback as `file:line`, without source text or values."""
    found: list[str] = []
    while traceback is not None:
        found.append(f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return found[-most:]
