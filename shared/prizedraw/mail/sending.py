"""Send the letters that wait, until something stops it; and take back what is not due any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prizedraw.mail import hours
from prizedraw.mail.outbox import Letter, Lost, Outbox, Overtaken, Stop, Stopped
from prizedraw.ports import Clock
from prizedraw.records.mail import SENT, TO_PEOPLE, WARD, MailRow, MailState
from prizedraw.times import instant_of

_MOST_LOST = 2
"""So many letters in a row whose outcome is open mean that the mail service is away, and not that they are at fault."""


@dataclass
class SendTally:
    """
    How many letters went out and how many are open (*lost*); *stopped* is why the others wait, if they do.

    *dropped* are the ids of those that were not due any more when their turn came.
    """

    sent: int = 0
    lost: int = 0
    dropped: set[str] = field(default_factory=set)
    stopped: Stop | None = None


def send_all(box: Outbox, waiting: list[Letter], clock: Clock, *, until: datetime) -> SendTally:
    """Send until something stops it; one letter that is at fault does not keep the others from going out."""
    tally, lost_in_a_row = SendTally(), 0
    for letter in waiting:
        if clock() >= until:
            tally.stopped = Stop.TIME
            return tally
        if letter.label != WARD and not hours.are_now(clock()):
            tally.stopped = Stop.QUIET
            continue
        try:
            tally.sent += box.send(letter)
            lost_in_a_row = 0
        except Overtaken:
            tally.dropped.add(letter.id)
        except Lost:
            tally.lost += 1
            lost_in_a_row += 1
            if lost_in_a_row == _MOST_LOST:
                return tally
        except Stopped as stop:
            tally.stopped = stop.why
            return tally
    return tally


def call_back(box: Outbox, due: Sequence[Letter]) -> None:
    """Take back what an earlier run has drafted for a person and not sent, and what is not due any more."""
    ids = {letter.id for letter in due}
    for row in [row for row in box.rows.values() if row.kind in TO_PEOPLE and row.id not in ids]:
        box.call_back(row.id)


def waiting_of(due: list[Letter], rows: Mapping[str, MailRow], until: datetime) -> list[Letter]:
    """Return the letters that are still to be sent; of those that were refused only what was *until* that time."""

    def is_settled(row: MailRow) -> bool:
        return row.state in SENT or (row.state == MailState.REFUSED and row.at > instant_of(until))

    return [letter for letter in due if letter.id not in rows or not is_settled(rows[letter.id])]
