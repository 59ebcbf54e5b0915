"""
Count the course of a campaign, from the responses to the parcels: by records alone, nothing is opened.

These are counts of what was received and done, not of what people are like.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment import holders
from prizedraw.ports import Reader
from prizedraw.records.entries import ONLY, Drawn, LedgerRow, Outcome, Reason
from prizedraw.records.fulfilment import Shipped

REASONS: Mapping[str, str] = {
    Reason.BEFORE_OPENING: "受付開始前の応募",
    Reason.AFTER_CLOSING: "締切後の応募",
    Reason.EDITED_AFTER_CLOSING: "締切後に書き換えられた応募",
    Reason.NO_CONSENT: "同意のない応募",
    Reason.BAD_ADDRESS: "メールアドレスが正しくない応募",
    Reason.UNREADABLE: "読み取れない応募",
}
"""How operators and the ward read it."""
DUPLICATES, WITHDRAWN = "重複した応募", "取り下げられた応募"


@dataclass(frozen=True)
class Course:
    """Hold the counts; *passed_over* are the responses that were not accepted, by the words for why."""

    accepted: int
    passed_over: Mapping[str, int]
    winners: int
    claimed: int
    shipped: int

    @property
    def received(self) -> int:
        """Count all responses."""
        return self.accepted + sum(self.passed_over.values())


def read(campaign: Campaign, sealed: Reader, state: Reader) -> Course:
    """Count from the ledger, the draw, and what followed it."""
    drawn = state.get(Drawn, ONLY)
    passed_over = {DUPLICATES: sealed.count(LedgerRow, outcome=Outcome.DUPLICATE.value)}
    passed_over |= {words: sealed.count(LedgerRow, reason=reason) for reason, words in REASONS.items()}
    passed_over[WITHDRAWN] = sealed.count(LedgerRow, outcome=Outcome.WITHDRAWN.value)
    return Course(
        accepted=sealed.count(LedgerRow, outcome=Outcome.ACCEPTED.value),
        passed_over=passed_over,
        winners=drawn.record.winners if drawn is not None else 0,
        claimed=sum(holder.claimed for holder in holders.read(campaign, state).holders),
        shipped=state.count(Shipped),
    )
