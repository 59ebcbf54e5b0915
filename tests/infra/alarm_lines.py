"""Record the lines of the functions' own alarms as Cloud Logging holds them, and which alert must ring for each."""

from collections.abc import Iterator
from typing import Any

from prizedraw import forfeit, notify
from prizedraw.entries import doubts, form_watch
from prizedraw.erasure import alarms
from prizedraw.evidence.signed_files import UNSIGNED
from prizedraw.lottery.opening import MIRROR_DIFFERS
from prizedraw.lottery.published import FILES_DIFFER
from prizedraw.runtime.logs import Event

ALARMS = {
    ("intake", doubts.ROWS_DIFFER): "breach",
    ("intake", doubts.QUESTIONS_DIFFER): "breach",
    ("intake", doubts.TOTALS_DOUBTFUL): "watch-expiring",
    ("intake", form_watch.FAILED): "watch-expiring",
    ("intake", form_watch.FORM_CHANGED): "watch-expiring",
    ("intake", form_watch.SUSPENDED): "watch-expiring",
    ("forfeit", forfeit.WITHHELD): "step-failed",
    ("erase", alarms.OVERDUE): "erasure-overdue",
    ("erase", alarms.STRANGER): "erasure-doubted",
    ("erase", alarms.UNPROVEN): "erasure-doubted",
    ("erase", alarms.REFILLED): "erasure-doubted",
}
"""Step and code of an alarm, and the alert that rings for it."""
BY_FILES = ("freeze", "draw", "notify", "claim", "forfeit", "ship")
NOT_OURS = (UNSIGNED, FILES_DIFFER, MIRROR_DIFFERS)
"""Steps that act by the published files, and what ends them as Broken where one is not ours."""


def lines() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each alarm: in words, the alert that must ring, the entry. What is done in peace rings for nobody."""
    for (step, code), alert in ALARMS.items():
        yield f"{step}'s {code}", alert, _line(step, Event.ALARM, code)
        yield f"{step} with {code}, without an alarm", "", _line(step, Event.DONE, code)
    broken = [(step, problem) for step in BY_FILES for problem in NOT_OURS] + [("notify", notify.STRANGE_ROWS)]
    for step, problem in broken:
        yield f"{step} met {problem.code}", "step-failed", _line(step, Event.BROKEN, problem.code)


def _line(step: str, event: Event, code: str) -> dict[str, Any]:
    return {
        "logName": "projects/p/logs/run.googleapis.com%2Fstdout",
        "jsonPayload": {"event": event.value, "step": step, "code": code},
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": step}},
        "severity": "INFO" if event is Event.DONE else "CRITICAL",
    }
