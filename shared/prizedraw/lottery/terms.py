"""Take from the campaign file what the published rules repeat of it: `prepare` writes it, `freeze` compares terms."""

from datetime import datetime
from typing import TypedDict

from prizedraw.campaign.definition import Campaign
from prizedraw.evidence.fields import Json
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.randomness import Source, source_of


class Terms(TypedDict):
    """The fields of `Rules` on which entrants rely, by their names."""

    prizes: tuple[Prize, ...]
    opens_at: datetime
    closes_at: datetime
    draw_at: datetime
    eligibility: dict[str, Json]
    claims_until: datetime


def terms_of(campaign: Campaign) -> Terms:
    """Return what the rules must say of a campaign, in the file's order of prizes."""
    return Terms(
        prizes=tuple(
            Prize(id=prize.id, name=prize.name, quantity=prize.quantity, reserves=prize.reserves)
            for prize in campaign.prizes
        ),
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        draw_at=campaign.draw_at,
        eligibility={"sentences": campaign.eligibility_text()},
        claims_until=campaign.claim_last_at,
    )


def randomness_of(campaign: Campaign) -> Source:
    """Return what the rules must say of the randomness; the posts that may give the ward's number are not published."""
    return source_of(campaign.randomness.model_dump(mode="json", exclude={"given_by"}))
