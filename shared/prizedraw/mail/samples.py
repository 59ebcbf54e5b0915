"""
Make the samples that an operator sends to themselves before opening: one mail of each kind, marked as a test.

They say what the campaign file says, as the real ones will, and otherwise what is invented: no winner's claim code, no
label, no hash of a published file. Nothing is stored of them, so that they can be asked for again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from prizedraw.campaign.definition import Campaign
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES
from prizedraw.mail import hours
from prizedraw.mail.compose import VALUES, Attachment
from prizedraw.mail.written import Letterhead
from prizedraw.ports import Clock, Mailer
from prizedraw.times import japanese_moment, moment_until

CODE = "TEST-TEST-TEST-0"
"""No claim code: its check character does not fit."""
NUMBER = "TES-TTE-STS"
"""Nobody's 管理番号."""
_HASH = "0123456789abcdef" * 4
_FILES = {"rules": RULES, "commitment": COMMITMENT, "record": RECORD}


def _kinds(campaign: Campaign) -> list[str]:
    """Return of which kinds a campaign may send mails."""
    return [kind for kind in VALUES if kind != "receipt" or campaign.mail.receipts]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """The samples of a campaign, *to* one operator; *reference* names a mail by its id, so that its return is ours."""

    campaign: Campaign
    to: str = field(repr=False)
    reference: Callable[[str], str]
    clock: Clock

    @property
    def number(self) -> int:
        """Count them: one of each kind."""
        return len(_kinds(self.campaign))

    def send(self, mailer: Mailer, sleep: Callable[[float], None]) -> int:
        """
        Send each kind once, and return how many went out; what went out twice, since a reply was lost, does no harm.

        Raises:
            Again: the mail service did not answer.
            MailRejected: it refuses.
        """
        sent = 0
        for message in self._written():
            mailer.send_draft(mailer.create_draft(message))
            sleep(60 / self.campaign.mail.per_minute)
            sent += 1
        return sent

    def _written(self) -> Iterator[bytes]:
        letterhead = Letterhead(campaign=self.campaign, is_test=True)
        for kind in _kinds(self.campaign):
            file = _FILES.get(kind)
            yield letterhead.write(
                kind,
                to=self.to,
                values=self._values(letterhead),
                reference=self.reference(f"test-{kind}"),
                date=self.clock(),
                attachments=(Attachment(file, b'{"test":true}\n'),) if file else (),
            )

    def _values(self, letterhead: Letterhead) -> Mapping[str, str]:
        """Return what any kind asks for; each takes its own."""
        campaign = self.campaign
        draw_at, winners = japanese_moment(campaign.draw_at), sum(prize.quantity for prize in campaign.prizes)
        reserves = sum(prize.reserves for prize in campaign.prizes)
        return {
            **letterhead.award(campaign.prizes[0].id, CODE, campaign.claim_deadline_at),
            "holder_number": NUMBER,
            **dict.fromkeys(("rules_hash", "evidence_key", "commitment_hash", "record_hash"), _HASH),
            "received": str(campaign.expected_entrants),
            "pool_size": str(campaign.expected_entrants),
            "opens_at": japanese_moment(campaign.opens_at),
            "closes_at": moment_until(campaign.closes_at),
            "frozen_at": draw_at,
            "drawn_at": draw_at,
            "draw_at": draw_at,
            "randomness": campaign.randomness.kind,
            "winners": str(winners),
            "reserves": str(reserves),
            "unawarded": "0",
            "mail_hours": hours.SPAN,
        }
