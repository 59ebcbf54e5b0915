"""
Read which of our mails came back, and mark their rows: 届いていません.

A returned mail names the letter by a reference that only we can make (`references`); whoever forges one changes
nothing. Trouble with reading keeps no letter from going out: it is tried again at the next run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from prizedraw.errors import Again
from prizedraw.mail.references import row_of
from prizedraw.ports import Bounces, Clock, MailRejected, Prf, Reader, Replace
from prizedraw.records.mail import SENT, MailRow, ReturnsRead
from prizedraw.records.running import ONLY
from prizedraw.runtime import lease, logs
from prizedraw.runtime.lease import Hold
from prizedraw.runtime.logs import Event
from prizedraw.times import instant_of, moment_of

LATE = timedelta(days=1)
"""A report may be filed late, or a mail be known late to have gone; what was read before does no harm."""
MOST_UNMATCHED = 5_000
"""So many ids of reports are kept; whoever floods the mailbox fills no document."""


@dataclass(frozen=True, kw_only=True)
class Returns:
    """The mails that came back: the mailbox that they come to, and what tells whose they are."""

    bounces: Bounces
    state: Reader
    claim: Prf = field(repr=False)
    clock: Clock

    def mark(self, rows: Mapping[str, MailRow], hold: Hold, end: datetime) -> int:
        """
        Mark the mails that came back since the last time; return how many were marked now.

        Where reading breaks off, or is not done at the time *end*, what was read counts, and the next run reads the
        same again.
        """
        sent = [row.at for row in rows.values() if row.state in SENT]
        if not sent:
            return 0
        stored = self.state.get(ReturnsRead, ONLY)
        read = stored.record if stored is not None else ReturnsRead(ONLY, "")
        since = instant_of(moment_of(read.until or min(sent)) - LATE)
        named: dict[str, bool] = {}
        marked: dict[str, MailRow] = {}
        until = instant_of(self.clock())

        def is_over() -> bool:
            return self.clock() >= end

        try:
            for bounce in self.bounces.since(since, is_over):
                id = row_of(self.claim, bounce.reference)
                named[bounce.mail] = named.get(bounce.mail, False) or id is not None
                row = rows.get(id or "")
                if row is not None and row.state in SENT and not row.bounced:
                    marked[row.id] = replace(row, bounced=bounce.status)
        except (Again, MailRejected):
            logs.emit(Event.AGAIN, step="notify", code="returns_unread")
            until = read.until
        if is_over():
            until = read.until
        for batch in lease.batches([Replace(row) for row in marked.values()]):
            hold.commit(batch)
        unmatched = dict.fromkeys((*read.unmatched, *(mail for mail, is_ours in named.items() if not is_ours)))
        hold.commit([Replace(ReturnsRead(ONLY, until, tuple(unmatched)[:MOST_UNMATCHED]))])
        return len(marked)
