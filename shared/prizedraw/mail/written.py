"""
Write a letter with what the campaign file says: who sends it, whom to ask, what a prize's letter tells.

What is due, and to whom, is for `mail.due`; how the words look is for `mail.compose`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.mail import compose
from prizedraw.mail.compose import Attachment
from prizedraw.times import english_until, japanese_date, japanese_until, slashed_until

SEEN = 20
"""So many characters of a subject a phone shows."""


def is_deadline_seen(campaign: Campaign) -> bool:
    """Tell whether a phone shows the deadline in the subject of each letter that has one; a ward's name may be long."""
    values = {"ward": campaign.ward.name, "campaign": campaign.title, "by": slashed_until(campaign.claim_deadline_at)}
    subjects = [compose.subject(kind, values) for kind in compose.VALUES if "by" in compose.VALUES[kind]]
    return all(f"{values['by']}まで" in subject[:SEEN] for subject in subjects)


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """What every letter of a campaign bears; *is_test*: it is a sample, and says so."""

    campaign: Campaign
    is_test: bool = False

    def write(
        self,
        kind: str,
        *,
        to: str,
        values: Mapping[str, str],
        reference: str,
        date: datetime,
        attachments: Sequence[Attachment] = (),
    ) -> bytes:
        """Write a letter of a *kind*, with its own *values*, as RFC 5322 bytes; it raises what `compose` does."""
        campaign = self.campaign
        shared = {
            "campaign": campaign.title,
            "ward": campaign.ward.name,
            "section": campaign.ward.section,
            "phone": campaign.ward.phone,
            "hours": campaign.ward.hours,
            "contractor": campaign.contractor.name,
            "contractor_phone": campaign.contractor.phone,
        }
        if campaign.ward.page is not None:
            shared["page"] = campaign.ward.page
        return compose.compose(
            kind,
            sender_name=campaign.mail.sender_name,
            sender_address=campaign.mail.sender_address,
            to=to,
            values={**shared, **values},
            reference=reference,
            date=date,
            attachments=attachments,
            is_test=self.is_test,
        )

    def award(self, prize: str, code: str, deadline: datetime) -> dict[str, str]:
        """Return what tells of a prize, by its id: what it is, how to register, until when (exclusive)."""
        campaign = self.campaign
        return {
            "prize": campaign.prize(prize).name,
            "code": code,
            "url": campaign.claim.url,
            "deadline": japanese_until(deadline),
            "by": slashed_until(deadline),
            "deadline_english": english_until(deadline),
            "ship_by": japanese_date(campaign.ship_by),
        }
