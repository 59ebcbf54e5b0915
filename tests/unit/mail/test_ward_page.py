"""The page for the ward's site says of our mails what is so, and can be had at any time."""

import re
from pathlib import Path

import pytest

from prizedraw.campaign.definition import Campaign, check
from prizedraw.mail import written
from prizedraw.mail.compose import subject
from prizedraw.mail.written import SEEN, is_deadline_seen
from prizedraw.times import slashed_until
from prizedraw.words import ward_page
from support import builders
from support.stages import drawn
from support.world import World

FILES = sorted((Path(__file__).parents[3] / "infra/terraform/campaigns").glob("*.yaml"))
KINDS = ("winner", "reminder", "promoted")


def campaign_of(file: Path) -> Campaign:
    campaign = check(file.read_bytes())
    assert isinstance(campaign, Campaign)
    return campaign


def test_names_sender_form_and_whom_to_ask() -> None:
    campaign = builders.CAMPAIGN
    page = ward_page.page(campaign)
    for text in (
        campaign.mail.sender_address,
        campaign.mail.sender_name,
        "logoform.jp",
        campaign.ward.phone,
        campaign.ward.hours,
        "2026年3月2日（月）13:00",
        "発表は、当選のメールをもって代えます。",
        "お金（送料、手数料など）の支払いや振り込み",
    ):
        assert text in page


def test_is_one_file_in_japanese_that_reaches_for_nothing() -> None:
    page = ward_page.page(builders.CAMPAIGN)
    assert '<html lang="ja">' in page
    assert not re.search(r"<(?:script|link|img|iframe|form)\b|url\(|@import|https?:", page)
    assert page.count("<h1") == page.count("<main>") == 1


def test_can_be_had_before_and_after_opening_without_the_form_and_changes_nothing() -> None:
    for world in (World(), drawn()):
        before = world.written()
        reply = world.prepare(format="html")
        assert reply.page == ward_page.page(world.campaign)
        assert world.written() == before


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_subjects_begin_as_the_page_says_and_show_the_deadline_on_a_phone(file: Path) -> None:
    """So it is for every campaign file that there is."""
    campaign = campaign_of(file)
    for limit in (campaign.claim_deadline_at, campaign.claim_last_at):
        values = {"ward": campaign.ward.name, "campaign": campaign.title, "by": slashed_until(limit)}
        for kind, start in zip(KINDS, ward_page.subject_starts(campaign.ward.name), strict=True):
            said = subject(kind, values)
            assert said.startswith(start)
            assert f"{values['by']}まで" in said[:SEEN], said[:SEEN]
    assert is_deadline_seen(campaign)


def test_a_ward_whose_name_hides_the_deadline_is_told() -> None:
    ward = builders.CAMPAIGN.ward.model_copy(update={"name": "新宿区教育委員会事務局"})
    assert not written.is_deadline_seen(builders.CAMPAIGN.model_copy(update={"ward": ward}))


def test_a_sender_of_the_ward_itself_needs_no_explanation() -> None:
    mail = builders.CAMPAIGN.mail.model_copy(update={"sender_address": "rally@city.shinjuku.lg.jp"})
    said = "区役所のアドレスではありません。"
    assert said in ward_page.page(builders.CAMPAIGN)
    assert said not in ward_page.page(builders.CAMPAIGN.model_copy(update={"mail": mail}))
