"""
The log: one JSON line per event on stdout, from a fixed set of fields.

There is no field for free text, and none for an exception's text: both could carry personal data into Cloud Logging
and stay there after erasure. A line is read by its event, its error code and the places in the code.
Format: https://cloud.google.com/logging/docs/structured-logging
"""

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import TracebackType


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
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def places(traceback: TracebackType | None, most: int = 12) -> list[str]:
    """Return the innermost *most* places of a traceback as `file:line`, without source text or values."""
    found: list[str] = []
    while traceback is not None:
        found.append(f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return found[-most:]
