"""
Make the page on which the ward's site says how our mail looks, from the campaign file; mails name it (`ward.page`).

What proves a mail must stand outside of it. How subjects begin is written in `mail/messages/`, of which this step's
archive holds nothing; a test compares them.
"""

from urllib.parse import urlsplit

from prizedraw.campaign.definition import Campaign
from prizedraw.rendering import html
from prizedraw.times import japanese_moment


def subject_starts(ward: str) -> tuple[str, ...]:
    """Return how the subjects of winners' mails begin, up to the deadline."""
    return (f"【{ward}】当選のお知らせ（", f"【{ward}】ご登録は", f"【{ward}】繰り上げ当選（")


def page(campaign: Campaign) -> str:
    """Return the page: self-contained HTML that names nobody."""
    host, domain = urlsplit(campaign.claim.url).netloc, campaign.mail.sender_address.rpartition("@")[2]
    return html.render(
        "ward_page.html",
        campaign=campaign,
        ward=campaign.ward,
        host=host,
        domain_differs=not domain.endswith(".lg.jp"),
        subjects=subject_starts(campaign.ward.name),
        draw_at=japanese_moment(campaign.draw_at),
        last=campaign.claim_last_text,
    )
