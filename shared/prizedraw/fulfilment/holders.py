"""
Derive who holds what now: the one module in which record, forfeits, claims and shipments meet.

Places and forfeits are what the published files say, and `state` only adds how far each prize is on its way; a step
that does nothing but count may take the mirrors instead (`read_mirrors`).

A forfeit of somebody who holds a place lets the next reserve of that prize move up, in the record's order, at the
moment of the forfeit. A reserve that forfeits before its turn is passed over. A promoted reserve has as many days as
the first winners had, to the end of the day in Japan, and never beyond the campaign's last claim date; after that date
nobody moves up and the place stays unawarded.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from prizedraw.campaign.checks import start_of
from prizedraw.campaign.definition import Campaign
from prizedraw.lottery.published import PublishedDraw, Recorded, mirror
from prizedraw.ports import Clock, Reader
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


@dataclass(frozen=True, kw_only=True)
class Places:
    """What the draw gave and what was given up since, each by label: all that decides who holds a place."""

    drawn_at: datetime
    awards: Mapping[str, AwardedPlace]
    forfeits: Mapping[str, Forfeit]

    @classmethod
    def published(cls, draw: PublishedDraw | None, clock: Clock) -> Self | None:
        """
        Read what the files say; None before the draw (and where not even rules are published).

        Raises:
            Broken: a file bears no valid signature of ours, or does not fit the others; the error names it.
        """
        recorded = draw.record() if draw is not None else None
        return cls.of(draw, recorded, clock) if draw is not None and recorded is not None else None

    @classmethod
    def of(cls, draw: PublishedDraw, recorded: Recorded, clock: Clock) -> Self:
        """Read the same of a draw whose record was read; Broken as `published`."""
        forfeits = map(mirror, draw.forfeits(recorded, clock))
        return cls._of(recorded.record.drawn_at, recorded.places(), forfeits)

    @classmethod
    def mirrored(cls, state: Reader) -> Self | None:
        """Read what `state` says, which is good for counting alone; None before the draw."""
        drawn = state.get(Drawn, ONLY)
        if drawn is None:
            return None
        return cls._of(unstamp(drawn.record.drawn_at), state.scan(AwardedPlace), state.scan(Forfeit))

    @classmethod
    def _of(cls, drawn_at: datetime, awards: Iterable[AwardedPlace], forfeits: Iterable[Forfeit]) -> Self:
        return cls(drawn_at=drawn_at, awards={a.id: a for a in awards}, forfeits={f.id: f for f in forfeits})

    def standing(self, campaign: Campaign, more: Iterable[Forfeit] = ()) -> Standing:
        """Return who holds what, or would after *more* forfeits; nothing of how far the prizes are on their way."""
        return derive(campaign, self.drawn_at, self.awards.values(), [*self.forfeits.values(), *more])


NOBODY = Standing((), {})
"""Who holds what before the draw."""


def read(campaign: Campaign, state: Reader, draw: PublishedDraw | None, clock: Clock) -> Standing:
    """
    Read who holds what from the published files, and from `state` how far each prize is on its way.

    Raises:
        Broken: a file bears no valid signature of ours, or does not fit the others; the error names it.
    """
    places = Places.published(draw, clock)
    return NOBODY if places is None else on_their_way(places.standing(campaign), state)


def read_mirrors(campaign: Campaign, state: Reader) -> Standing:
    """Read who holds what from `state` alone, for steps that only count; nobody's place is decided by it."""
    places = Places.mirrored(state)
    return NOBODY if places is None else on_their_way(places.standing(campaign), state)


def on_their_way(standing: Standing, state: Reader) -> Standing:
    """Add how far each prize is on its way; what was shipped had been claimed: its mark may be erased by now."""
    claims = {claim.id: claim for claim in state.scan(Claim)}
    listed = {label for shipping in state.scan(ShippingList) for label in shipping.labels}
    shipped = {mark.id for mark in state.scan(Shipped)}
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
    return replace(standing, holders=tuple(holders))


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
