"""Record the lines of the functions' own alarms as Cloud Logging holds them, and which alert must ring for each."""

from collections.abc import Iterator
from typing import Any

from prizedraw import erase
from prizedraw.entries import doubts, form_watch
from prizedraw.runtime.logs import Event

ALARMS = {
    ("intake", doubts.ROWS_DIFFER): "breach",
    ("intake", doubts.QUESTIONS_DIFFER): "breach",
    ("intake", doubts.TOTALS_DOUBTFUL): "watch-expiring",
    ("intake", form_watch.FAILED): "watch-expiring",
    ("intake", form_watch.FORM_CHANGED): "watch-expiring",
    ("intake", form_watch.SUSPENDED): "watch-expiring",
    ("erase", erase.OVERDUE): "erasure-overdue",
}
"""Step and code of an alarm, and the alert that rings for it."""


def lines() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each alarm: in words, the alert that must ring, the entry. What is done in peace rings for nobody."""
    for (step, code), alert in ALARMS.items():
        yield f"{step}'s {code}", alert, _line(step, Event.ALARM, code)
        yield f"{step} with {code}, without an alarm", "", _line(step, Event.DONE, code)


def _line(step: str, event: Event, code: str) -> dict[str, Any]:
    return {
        "logName": "projects/p/logs/run.googleapis.com%2Fstdout",
        "jsonPayload": {"event": event.value, "step": step, "code": code},
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": step}},
        "severity": "CRITICAL" if event is Event.ALARM else "INFO",
    }
