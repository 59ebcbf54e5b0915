"""
Send each mail once, whatever is lost on the way.

Gmail knows no key that makes a repeated send harmless, but sending consumes a draft. Hence the draft protocol, whose
steps are tagged below:

1. The letter is stored as a draft. A run that dies here leaves a draft that nobody knows, and nobody sends.
2. The draft's id is stored in the mail's row (`DRAFTED`), before anything is sent. From now on the row names the one
   draft that may go, and no run makes another for this letter.
3. That draft is sent. A run that died after (2) is followed by one that begins here: sending a draft that is gone
   sends nothing, and says so.
4. If the service gave no answer, it is asked for the draft. Gone: (3) has happened, in this run or an earlier one.
   Still there, or again no answer: the outcome is open (`Lost`), the row stays `DRAFTED`, and the next run goes on at
   (3).
5. The row is settled: `SENT`, `PRESUMED_SENT` if the draft was gone, `REFUSED` if the service refused for certain.

A letter that was drafted and is not due any more is called back: its row goes, then its draft. A run that dies between
leaves a draft as (1) does.

So a mail goes out at most once. Two runs at a time are kept apart by the lease, under which (2) and (5) are written.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from prizedraw.errors import Again, Broken, Final
from prizedraw.mail import row_marks
from prizedraw.ports import Clock, Delete, Mailer, MailRejected, Prf, Replace
from prizedraw.records.mail import SENT, WARD, MailRow, MailState, row_id
from prizedraw.runtime import logs
from prizedraw.runtime.lease import Hold
from prizedraw.runtime.logs import Event
from prizedraw.times import instant_of

DAY = timedelta(hours=24)


class Stop(StrEnum):
    """A reason for which letters that are due wait for a later run."""

    QUOTA = "quota"
    """The service takes no more for now."""
    CREDENTIALS = "credentials"
    """The service refuses the sender."""
    DAY = "day"
    """The campaign's number of mails in 24 hours is reached."""
    QUIET = "quiet"
    """People are not written to at this hour."""
    TIME = "time"
    """The run's time is over."""


class Stopped(Exception):
    """The end of this run's sending: the service takes no more (`QUOTA`, `CREDENTIALS`), or we send no more (`DAY`)."""

    def __init__(self, why: Stop) -> None:
        super().__init__(why.value)
        self.why = why


class Lost(Exception):
    """A letter whose outcome is open, since the mail service did not answer; the next run settles it."""


class Overtaken(Exception):
    """A letter that is not due any more when its turn has come, by what was decided meanwhile; it was not sent."""


@dataclass(frozen=True)
class Letter:
    """
    A mail that is due: its *kind*, whom it is for (a label, or `WARD`), how to write it; *nth* from 2 on: again.

    *label* is that of a place or, of a receipt, what stands for the person. *is_due* is asked right before it is sent,
    its draft being stored already, whether it still is; *compose* may raise `Overtaken`.
    """

    kind: str
    label: str
    compose: Callable[[], bytes]
    nth: int = 1
    is_due: Callable[[], bool] = lambda: True

    @property
    def id(self) -> str:
        """Return the id of the mail's row: one a kind and person, so that nobody gets the same kind twice."""
        return row_id(self.kind, self.label, self.nth)


def room(rows: Mapping[str, MailRow], per_day: int, now: datetime) -> int:
    """Return how many mails may still be begun: *per_day* in any 24 hours, those in doubt included."""
    since = instant_of(now - DAY)
    return per_day - sum(row.at > since and row.state in SENT | {MailState.DRAFTED} for row in rows.values())


@dataclass(kw_only=True)
class Outbox:
    """
    The way out for letters, under the lease of this run: *per_minute* at the most, *sleep* (seconds) between them.

    *rows* say what became of every mail so far, and are kept up to date; *room* is how many more may be begun, the
    ward's three aside: its inbox is the witness of the time, and must not wait for what entrants used up. *unwritten*
    are the ids of letters that could not be composed. *claim* marks the rows as ours.
    """

    hold: Hold
    mailer: Mailer
    claim: Prf = field(repr=False)
    clock: Clock
    per_minute: int
    sleep: Callable[[float], None]
    rows: dict[str, MailRow]
    room: int
    unwritten: list[str] = field(default_factory=list)

    def send(self, letter: Letter) -> bool:
        """
        Send one letter; return whether a mail went out now.

        A letter that was refused, or could not be composed, is begun anew: nothing of it was sent.

        Raises:
            Stopped: the day's quota is used up or the service refuses all mail; later letters wait.
            Overtaken: something that was decided meanwhile keeps it from being sent.
            Lost: the outcome is open; the next run settles it.
            Again: the database or a key service is away, or another run goes on in this one's place.
        """
        row = self.rows.get(letter.id)
        if row is not None and row.state in SENT:
            return False
        if row is None or row.state != MailState.DRAFTED:
            row = self._draft(letter)
        if row is None:
            return False
        if not letter.is_due():
            self.call_back(letter.id)
            raise Overtaken
        return self._send(row)

    def call_back(self, id: str) -> None:
        """Take back the draft of a letter that is not due any more; one that is gone by now counts as sent (4)."""
        row = self.rows.get(id)
        if row is None or row.state != MailState.DRAFTED:
            return
        with suppress(Again, MailRejected):  # the next run tries again
            if not self.mailer.has_draft(row.draft):
                self._write(replace(row, state=MailState.PRESUMED_SENT.value, at=instant_of(self.clock())))
                return
            self.hold.commit([Delete(MailRow, id)])
            del self.rows[id]
            self.mailer.delete_draft(row.draft)

    def _draft(self, letter: Letter) -> MailRow | None:
        """Compose a letter and store it as a draft; None if it cannot be composed, or is refused."""
        if self.room <= 0 and letter.label != WARD:
            raise Stopped(Stop.DAY)
        row = MailRow(
            letter.id,
            letter.kind,
            letter.label,
            state=MailState.DRAFTED.value,
            draft="",
            message="",
            at=instant_of(self.clock()),
        )
        try:
            message = letter.compose()
        except (Broken, Final) as error:
            logs.emit(Event.ALARM, step="notify", code=error.problem.code)
            self.unwritten.append(letter.id)
            earlier = self.rows.get(letter.id)
            if earlier is None or earlier.problem != error.problem.code:
                self._write(replace(row, state=MailState.PLANNED.value, problem=error.problem.code))
            return None
        try:
            row = replace(row, draft=self.mailer.create_draft(message))  # (1)
        except Again:
            raise Lost from None
        except MailRejected as rejected:
            self._refuse(row, rejected)
            return None
        self.room -= 1
        self._write(row)  # (2)
        return row

    def _send(self, row: MailRow) -> bool:
        """Send the draft of a row, or find that it has been sent already."""
        try:
            message = self._sent(row.draft)
        except MailRejected as rejected:
            self._refuse(row, rejected)
            # What cannot be deleted now stays in the mailbox, unsent, until the mailbox is erased.
            with suppress(Again, MailRejected):
                self.mailer.delete_draft(row.draft)
            return False
        state = MailState.SENT if message else MailState.PRESUMED_SENT
        if message is None:
            logs.emit(Event.DONE, step="notify", code="presumed_sent")
        self._write(replace(row, state=state.value, message=message or "", at=instant_of(self.clock())))  # (5)
        self.sleep(60 / self.per_minute)
        return True

    def _sent(self, draft: str) -> str | None:
        """Send a draft; None if it is gone, which means that an earlier send went through and its reply was lost."""
        try:
            return self.mailer.send_draft(draft)  # (3)
        except Again:
            pass
        try:
            is_there = self.mailer.has_draft(draft)  # (4)
        except (Again, MailRejected):
            is_there = True
        if is_there:
            raise Lost
        return None

    def _refuse(self, row: MailRow, rejected: MailRejected) -> None:
        """Settle a letter that the service refuses; stop if it refuses all of them."""
        if rejected.kind != "message":
            raise Stopped(Stop(rejected.kind)) from None
        self._write(replace(row, state=MailState.REFUSED.value, at=instant_of(self.clock())))  # (5)

    def _write(self, row: MailRow) -> None:
        """Store a row, marked as ours; one that is there is replaced."""
        row = row_marks.marked(self.claim, row)
        self.hold.commit([Replace(row)])
        self.rows[row.id] = row
