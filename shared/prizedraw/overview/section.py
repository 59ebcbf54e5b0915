"""The one shape of what `status` shows: a part of the procedure, as an operator and the ward read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from prizedraw.fulfilment.holders import Holder
from prizedraw.times import japanese, unstamp

OVERDUE_AFTER = timedelta(hours=1)
"""How late something may be that the schedule does within the hour, before somebody must look."""
MOST_NAMED = 10
"""So many labels are named in one sentence at most."""


@dataclass(frozen=True)
class Stage:
    """One stage of the campaign: when it is due, and what became of it (empty while it is to come)."""

    name: str
    due: str
    done: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """
    What one part of the procedure has to tell.

    *alarms*: what somebody must look into, the most urgent first, each one sentence: what is wrong, and what to do.
    *counts* are by Japanese names. *next*: what to press next for this part, or empty.
    """

    alarms: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    next: str = ""


def named(labels: Sequence[str]) -> str:
    """Name the first of them."""
    return "、".join(labels[:MOST_NAMED]) + ("ほか" if len(labels) > MOST_NAMED else "")


def named_holders(holders: Sequence[Holder]) -> str:
    """Name the first of them by their labels."""
    return named([holder.label for holder in holders])


def done(stamped: str) -> str:
    """Say when a stage was done; *stamped* is RFC 3339 UTC, whole seconds."""
    return f"済（{japanese(unstamp(stamped))}）"
