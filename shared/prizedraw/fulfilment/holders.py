"""
Derive who holds what now: the one module in which record, forfeits, claims and shipments meet.

A forfeit of somebody who holds a place lets the next reserve of that prize move up, in the record's order, at the
moment of the forfeit. A reserve that forfeits before its turn is passed over. A promoted reserve has as many days as
the first winners had, to the end of the day in Japan, and never beyond the campaign's last claim date; after that date
nobody moves up and the place stays unawarded.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from prizedraw.campaign.checks import start_of
from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Reader
from prizedraw.records.fulfilment import Claim, Forfeit, Shipped, ShippingList
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.running import ONLY
from prizedraw.times import JST, unstamp


@dataclass(frozen=True, slots=True)
class Holder:
    """
    One who holds a prize, *since* when; it can be claimed until *deadline* (exclusive); *promoted*: a reserve moved up.

    *claimed*, *listed* (on a shipping list) and *shipped* say how far the prize is on its way; *changed*: where it goes
    was changed by a later registration.
    """

    label: str
    prize: str
    since: datetime
    deadline: datetime
    promoted: bool
    claimed: bool = False
    listed: bool = False
    shipped: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Who holds what, in the rules' order of prizes, and by prize how many places found nobody left."""

    holders: tuple[Holder, ...]
    unfilled: dict[str, int]

    def holder(self, label: str) -> Holder | None:
        """Return what *label* holds, or None."""
        return next((holder for holder in self.holders if holder.label == label), None)

    def without(self, labels: Collection[str]) -> "Standing":
        """Return the same less *labels*: whoever has withdrawn holds a place until `forfeit` passes it on."""
        return replace(self, holders=tuple(holder for holder in self.holders if holder.label not in labels))


def read(campaign: Campaign, state: Reader) -> Standing:
    """
    Read who holds what from the records of `state`; nobody before the draw.

    What was shipped had been claimed: its mark may be erased by now.
    """
    drawn = state.get(Drawn, ONLY)
    if drawn is None:
        return Standing((), {})
    claims = {claim.id: claim for claim in state.scan(Claim)}
    listed = {label for shipping in state.scan(ShippingList) for label in shipping.labels}
    shipped = {mark.id for mark in state.scan(Shipped)}
    standing = derive(campaign, unstamp(drawn.record.drawn_at), state.scan(AwardedPlace), state.scan(Forfeit))
    holders = (
        replace(
            h,
            claimed=h.label in claims or h.label in shipped,
            listed=h.label in listed,
            shipped=h.label in shipped,
            changed=h.label in claims and claims[h.label].changed,
        )
        for h in standing.holders
    )
    return Standing(tuple(holders), standing.unfilled)


def derive(
    campaign: Campaign, drawn_at: datetime, awards: Iterable[AwardedPlace], forfeits: Iterable[Forfeit]
) -> Standing:
    """Derive who holds what from the places of the record and the forfeits, whatever order they come in."""
    places = sorted(awards, key=lambda award: award.order)
    in_order = sorted(forfeits, key=lambda forfeit: (forfeit.at, forfeit.id))
    holders: list[Holder] = []
    unfilled: dict[str, int] = {}
    for prize in campaign.prizes:
        of_prize = [forfeit for forfeit in in_order if forfeit.prize == prize.id]
        winners = [a.id for a in places if a.prize == prize.id and a.place == "winner"]
        reserves = [a.id for a in places if a.prize == prize.id and a.place == "reserve"]
        held = {w: Holder(w, prize.id, drawn_at, campaign.claim_deadline_at, promoted=False) for w in winners}
        for forfeit in of_prize:
            if forfeit.id in reserves:
                reserves.remove(forfeit.id)
            if held.pop(forfeit.id, None) is None:
                continue
            promoted = _promoted(campaign, drawn_at, reserves, prize.id, unstamp(forfeit.at))
            if promoted is None:
                unfilled[prize.id] = unfilled.get(prize.id, 0) + 1
            else:
                held[promoted.label] = promoted
        holders += held.values()
    return Standing(tuple(holders), unfilled)


def _promoted(campaign: Campaign, drawn_at: datetime, reserves: list[str], prize: str, at: datetime) -> Holder | None:
    """Take the next reserve, if there is one and it is not too late."""
    if not reserves or at >= campaign.claim_last_at:
        return None
    days = campaign.claim_deadline_at - start_of(drawn_at.astimezone(JST).date())
    deadline = min(start_of(at.astimezone(JST).date()) + days, campaign.claim_last_at)
    return Holder(reserves.pop(0), prize, at, deadline, promoted=True)
