"""What the rules repeat of the campaign file: nothing is left out, and nothing of who works there is told."""

from prizedraw.lottery.randomness import Drand, Ward
from prizedraw.lottery.terms import randomness_of, terms_of
from support.campaigns import campaign_with


def test_the_randomness_is_the_campaign_s() -> None:
    assert isinstance(randomness_of(campaign_with("drand")), Drand)
    assert isinstance(randomness_of(campaign_with("ward")), Ward)
    assert randomness_of(campaign_with("hsm")).to_json() == {"kind": "hsm"}


def test_the_times_and_prizes_are_the_campaign_s() -> None:
    campaign = campaign_with("drand")
    terms = terms_of(campaign)
    assert [prize.id for prize in terms["prizes"]] == [prize.id for prize in campaign.prizes]
    assert (terms["opens_at"], terms["closes_at"]) == (campaign.opens_at, campaign.closes_at)
    assert (terms["draw_at"], terms["claims_until"]) == (campaign.draw_at, campaign.claim_last_at)
    assert terms["eligibility"] == {"sentences": campaign.eligibility_text()}
