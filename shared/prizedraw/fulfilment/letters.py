"""
Tell when the letter left by which a holder learned of their prize, and until when they may register by that.

Nobody loses a place of which they were never told: as long as no letter has left, for whatever reason, the place does
not lapse, and the days begin when one leaves. Whoever is told later than the first winners has as many days as they
had, to the end of the day in Japan, and never beyond the campaign's last claim date.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.campaign.checks import start_of
from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Reader
from prizedraw.records.mail import SENT, MailRow
from prizedraw.times import JST, moment_of


@dataclass(frozen=True, slots=True)
class Term:
    """
    How many *days* there are to register, from the day of a letter, and the *last* moment (exclusive).

    They are those of the first winners, from the day for which the draw is planned: a draw that is late takes no day
    from anybody while there are days left.
    """

    days: timedelta
    last: datetime

    @classmethod
    def of(cls, campaign: Campaign) -> "Term":
        """Return the term of a campaign."""
        return cls(
            campaign.claim_deadline_at - start_of(campaign.draw_at.astimezone(JST).date()), campaign.claim_last_at
        )

    def ends(self, at: datetime) -> datetime:
        """Return until when (exclusive) somebody may register of whom the days begin *at* a moment."""
        return min(self.full(at), self.last)

    def full(self, at: datetime) -> datetime:
        """Return the same if there were no last moment."""
        return start_of(at.astimezone(JST).date()) + self.days


def left(
    state: Reader, letters: Collection[str], is_ours: Callable[[MailRow], bool] | None = None
) -> Mapping[str, datetime]:
    """Return when which of *letters*, ids of rows, left; a row that is not ours, if that can be told, says nothing."""
    sent = (row for row in state.get_many(MailRow, list(letters)).values() if row.state in SENT)
    return {row.id: moment_of(row.at) for row in sent if is_ours is None or is_ours(row)}
