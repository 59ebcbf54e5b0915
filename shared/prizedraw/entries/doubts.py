"""
Tell what no honest form is likely to give: whoever freezes such entries must have looked first.

It is no proof that something is wrong: three people may have entered, and two of them without consent. So it is not
refused, but asked. A reason that is about time (`before_opening` …) is none to ask for: a form may be tried out
before it opens, and stay open when the campaign has closed.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from prizedraw.records.entries import Reason, Reconciliation
from prizedraw.runtime import logs
from prizedraw.runtime.logs import Event

ROWS_DIFFER = "rows_differ"
QUESTIONS_DIFFER = "questions_differ"
TOTALS_DOUBTFUL = "totals_doubtful"

FEWEST_OF_ONE_REASON = 5
"""How many responses one reason must have rejected, besides being most of them: of a few, most are easily two."""

_ABOUT_ANSWERS = (Reason.NO_CONSENT, Reason.BAD_ADDRESS, Reason.UNREADABLE)
_ABOUT_TIME = (Reason.BEFORE_OPENING, Reason.AFTER_CLOSING, Reason.EDITED_AFTER_CLOSING)


class EntriesDoubt(Enum):
    """The ways in which entries are not what one expects."""

    NOBODY = auto()
    """Responses came, and none of them counts."""
    ONE_REASON = auto()
    """One reason has rejected most of what came in time."""
    FORM_CHANGED = auto()
    """The form is another one than that of the published rules."""


def doubt_of(totals: Mapping[str, Any], *, is_over: bool) -> EntriesDoubt | None:
    """
    Return what is doubtful about *totals* (`Totals`, as a document).

    That nobody counts is doubtful only once entry *is_over*: it may begin with somebody who was too early.
    """
    if is_over and not totals["accepted"] and totals["received"] > totals["withdrawn"]:
        return EntriesDoubt.NOBODY
    return EntriesDoubt.ONE_REASON if main_reason(totals) is not None else None


def doubts_at_freeze(found: Reconciliation, form_hash: str) -> tuple[EntriesDoubt, ...]:
    """Return what is doubtful about a reconciliation from after closing; *form_hash* is that of the published rules."""
    doubt = doubt_of(found.totals, is_over=True)
    changed = (EntriesDoubt.FORM_CHANGED,) if found.form_hash != form_hash else ()
    return (*([doubt] if doubt is not None else []), *changed)


def raise_alarm(found: Reconciliation, *, is_over: bool) -> None:
    """Raise the alarm over what no honest run leaves behind; `status` says what to do."""
    if found.questions_differ:
        logs.emit(Event.ALARM, step="intake", code=QUESTIONS_DIFFER)
    if found.differing:
        logs.emit(Event.ALARM, step="intake", code=ROWS_DIFFER, counts={"differing": found.differing})
    if doubt_of(found.totals, is_over=is_over) is not None:
        logs.emit(Event.ALARM, step="intake", code=TOTALS_DOUBTFUL)


def main_reason(totals: Mapping[str, Any]) -> Reason | None:
    """Return the reason that has rejected most of the responses that came in time, if one has."""
    rejected = totals["rejected"]
    in_time = totals["received"] - totals["withdrawn"] - sum(rejected.get(reason, 0) for reason in _ABOUT_TIME)
    for reason in _ABOUT_ANSWERS:
        number = rejected.get(reason, 0)
        if number >= FEWEST_OF_ONE_REASON and 2 * number > in_time:
            return reason
    return None
