"""
Count how many came how far, from the responses to the parcels: by records alone, nothing is opened.

These are counts of what was received and done, not of what people are like.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment import holders
from prizedraw.ports import Reader
from prizedraw.records.entries import REASON_WORDS, LedgerRow, Outcome
from prizedraw.records.fulfilment import Shipped
from prizedraw.records.lottery import Drawn
from prizedraw.records.running import ONLY

DUPLICATES, WITHDRAWN = "重複した応募", "取り下げられた応募"


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """How many came how far; *passed_over* are the responses that were not accepted, by the words for why."""

    accepted: int
    passed_over: Mapping[str, int]
    winners: int
    claimed: int
    shipped: int

    @property
    def received(self) -> int:
        """Count all responses."""
        return self.accepted + sum(self.passed_over.values())


def read_funnel(campaign: Campaign, *, sealed: Reader, state: Reader) -> Funnel:
    """Count from the ledger, the draw, and what followed it."""
    drawn = state.get(Drawn, ONLY)
    passed_over = {DUPLICATES: sealed.count(LedgerRow, outcome=Outcome.DUPLICATE.value)}
    passed_over |= {words: sealed.count(LedgerRow, reason=reason) for reason, words in REASON_WORDS.items()}
    passed_over[WITHDRAWN] = sealed.count(LedgerRow, outcome=Outcome.WITHDRAWN.value)
    return Funnel(
        accepted=sealed.count(LedgerRow, outcome=Outcome.ACCEPTED.value),
        passed_over=passed_over,
        winners=drawn.record.winners if drawn is not None else 0,
        claimed=sum(holder.claimed for holder in holders.read_mirrors(campaign, state).holders),
        shipped=state.count(Shipped),
    )
