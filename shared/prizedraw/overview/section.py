"""The one shape of what `status` shows: a part of the procedure, as an operator and the ward read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prizedraw.fulfilment.holder_number import number_of
from prizedraw.times import japanese, unstamp

if TYPE_CHECKING:
    from prizedraw.fulfilment.holders import Holder

OVERDUE_AFTER = timedelta(hours=1)
"""How late something may be that the schedule does within the hour, before somebody must look."""
MOST_NAMED = 10
"""So many 管理番号 are named in one sentence at most."""


@dataclass(frozen=True)
class Stage:
    """
    One stage of the campaign: when it is due, and what became of it (empty while it is to come).

    *is_late*: it is not done, and its time is over, or has been here for long.
    """

    name: str
    due: str
    done: str
    is_late: bool = False

    @property
    def how(self) -> str:
        """Return how it stands while it is not done."""
        return "まだ済んでいません" if self.is_late else "これから"


@dataclass(frozen=True)
class Task:
    """
    One thing that somebody has to do: what, in whole sentences; *until* when at the latest, or *since* when it waits.

    Both are moments; one of them is given, and a limit is exclusive.
    """

    what: str
    until: datetime | None = None
    since: datetime | None = None

    @property
    def at(self) -> datetime:
        """Return the moment by which tasks are ordered."""
        moment = self.until or self.since
        return moment if moment is not None else datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Section:
    """
    What one part of the procedure has to tell.

    *alarms*: what somebody must look into, the most urgent first, each one sentence: what is wrong, and what to do.
    *counts* are by Japanese names. *tasks*: what is to be done now, and not what was done. *waiting*: what goes on by
    itself, for when there is no task.
    """

    alarms: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    tasks: tuple[Task, ...] = ()
    waiting: str = ""


def named(labels: Sequence[str]) -> str:
    """Name the first of them."""
    return "、".join(labels[:MOST_NAMED]) + ("ほか" if len(labels) > MOST_NAMED else "")


def named_holders(holders: "Sequence[Holder]") -> str:
    """Name the first of them by their 管理番号."""
    return named([number_of(holder.label) for holder in holders])


def done(stamped: str) -> str:
    """Say when a stage was done; *stamped* is RFC 3339 UTC, whole seconds."""
    return f"済（{japanese(unstamp(stamped))}）"
