"""
Derive who holds what now: the one module in which record, forfeits, returns, claims and shipments meet.

Places, forfeits and returns are what the published files say, and `state` only adds how far each prize is on its way;
a step that does nothing but count may take the mirrors instead (`read_mirrors`).

A forfeit of somebody who holds a place lets the next reserve of that prize move up, in the record's order, at the
moment of the forfeit. A reserve that forfeits before its turn is passed over. A promoted reserve has as many days as
the first winners had (`Term`); after the campaign's last claim date nobody moves up and the place stays
unawarded. So much the files say; the days of whoever is told later begin when they are told.

Whoever lapsed and had registered in time is *owed* a prize. A return gives the place back, as it was, if nobody else
has it by then: one that stays unawarded and nothing else.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment import letters, reasons
from prizedraw.fulfilment.letters import Term
from prizedraw.ports import Clock, Reader
from prizedraw.records.fulfilment import Claim, Forfeit, Restored, Shipped, ShippingList, Why
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY
from prizedraw.times import unstamp

if TYPE_CHECKING:
    from prizedraw.lottery.published import PublishedDraw, Recorded


@dataclass(frozen=True, slots=True)
class Holder:
    """
    One who holds a prize, *since* when; it can be claimed until *deadline* (exclusive); *promoted*: a reserve moved up.

    *claimed*, *listed* (on a shipping list) and *shipped* say how far the prize is on its way; *changed*: where it goes
    was changed by a later registration. *restored*: the place had lapsed, was given back, and is not let go of again.
    *told*: when the letter left that tells them; until then the deadline is the campaign's last, and nothing lapses.
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
    restored: bool = False
    told: datetime | None = None

    @property
    def letter(self) -> str:
        """Return the kind of letter that tells them what they hold."""
        return "promoted" if self.promoted else "winner"

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is to be sent any more; whoever has a place back and was erased on request gets none."""
        return self.shipped or (self.restored and not self.claimed)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Who holds what, in the rules' order of prizes, and by prize how many places found nobody left.

    *lapsed* are those whose place lapsed, as they held it, and who hold none now; winners first, in the record's order.
    *term* is how long whoever is told has to register; there is one once there are holders.
    """

    holders: tuple[Holder, ...]
    unfilled: dict[str, int]
    lapsed: tuple[Holder, ...] = ()
    term: Term | None = field(default=None, compare=False)

    @property
    def places(self) -> int:
        """Count the places that the draw gave away, those that found nobody left included."""
        return len(self.holders) + sum(self.unfilled.values())

    def holder(self, label: str) -> Holder | None:
        """Return what *label* holds, or None."""
        return next((holder for holder in self.holders if holder.label == label), None)

    @property
    def owed(self) -> tuple[Holder, ...]:
        """Return those who had registered in time and lapsed all the same; `claim` takes nobody else's registration."""
        return tuple(holder for holder in self.lapsed if holder.claimed)

    def returning(self) -> tuple[Holder, ...]:
        """Return those of the owed whose place can be given back: of each prize as many as nobody else has."""
        of_prize = (([h for h in self.owed if h.prize == prize], free) for prize, free in self.unfilled.items())
        return tuple(holder for owed, free in of_prize for holder in owed[:free])

    def without(self, labels: Collection[str]) -> "Standing":
        """Return the same less *labels*: whoever has withdrawn holds a place until `forfeit` passes it on."""
        return replace(
            self,
            holders=tuple(holder for holder in self.holders if holder.label not in labels),
            lapsed=tuple(holder for holder in self.lapsed if holder.label not in labels),
        )


@dataclass(frozen=True, kw_only=True)
class Places:
    """What the draw gave, what was given up since, and given back: all that decides who holds a place, by label."""

    drawn_at: datetime
    awards: Mapping[str, AwardedPlace]
    forfeits: Mapping[str, Forfeit]
    restored: Mapping[str, Restored]

    @classmethod
    def published(cls, draw: "PublishedDraw | None", clock: Clock) -> Self | None:
        """
        Read what the files say; None before the draw (and where not even rules are published).

        Raises:
            Broken: a file bears no valid signature of ours, or does not fit the others; the error names it.
        """
        recorded = draw.record(clock) if draw is not None else None
        return cls.of(draw, recorded, clock) if draw is not None and recorded is not None else None

    @classmethod
    def of(cls, draw: "PublishedDraw", recorded: "Recorded", clock: Clock) -> Self:
        """Read the same of a draw whose record was read; Broken as `published`."""
        forfeits = draw.forfeits(recorded, clock)
        returns = [file.mirror() for file in draw.returns(recorded, forfeits, clock)]
        return cls.after(recorded, [file.mirror() for file in forfeits], returns)

    @classmethod
    def after(cls, recorded: "Recorded", forfeits: Iterable[Forfeit], restored: Iterable[Restored]) -> Self:
        """Take what the record says, and *forfeits* and returns (*restored*) that were read from their files."""
        return cls._of(recorded.record.drawn_at, recorded.places(), forfeits, restored)

    @classmethod
    def mirrored(cls, state: Reader) -> Self | None:
        """Read what `state` says, which is good for counting alone; None before the draw."""
        drawn = state.get(Drawn, ONLY)
        if drawn is None:
            return None
        drawn_at, awards = unstamp(drawn.record.drawn_at), state.scan(AwardedPlace)
        return cls._of(drawn_at, awards, state.scan(Forfeit), state.scan(Restored))

    @classmethod
    def _of(
        cls,
        drawn_at: datetime,
        awards: Iterable[AwardedPlace],
        forfeits: Iterable[Forfeit],
        restored: Iterable[Restored],
    ) -> Self:
        return cls(
            drawn_at=drawn_at,
            awards={award.id: award for award in awards},
            forfeits={forfeit.id: forfeit for forfeit in forfeits},
            restored={one.id: one for one in restored},
        )

    @property
    def changed_at(self) -> str:
        """Return when the last place was given up, or given back: RFC 3339 UTC, or empty."""
        changes: list[Forfeit | Restored] = [*self.forfeits.values(), *self.restored.values()]
        return max((change.at for change in changes), default="")

    @property
    def lapses(self) -> int:
        """Count the places that have lapsed so far, those that were given back included."""
        return sum(forfeit.why == Why.LAPSED for forfeit in self.forfeits.values())

    def named(self, but: Collection[str] = ()) -> int:
        """Count the places that operators have let go of by name so far, *but* those labels; reserves' turns too."""
        return sum(Why(one.why) in reasons.BY_OPERATOR and one.id not in but for one in self.forfeits.values())

    def standing(self, campaign: Campaign, more: Iterable[Forfeit] = ()) -> Standing:
        """Return who holds what, or would after *more* forfeits; nothing of how far the prizes are on their way."""
        changes: list[Forfeit | Restored] = [*self.forfeits.values(), *more, *self.restored.values()]
        return derive(campaign, self.drawn_at, self.awards.values(), changes)


NOBODY = Standing((), {})
"""Who holds what before the draw."""


def read_mirrors(campaign: Campaign, state: Reader) -> Standing:
    """Read who holds what from `state` alone, for steps that only count; nobody's place is decided by it."""
    places = Places.mirrored(state)
    return NOBODY if places is None else on_their_way(places.standing(campaign), state)


def on_their_way(standing: Standing, state: Reader, is_ours: Callable[[MailRow], bool] | None = None) -> Standing:
    """
    Add how far each prize is on its way, and when its holder was told; a row of a mail counts if it *is_ours*.

    What was shipped had been claimed: its mark may be erased by now.
    """
    claims = {claim.id: claim for claim in state.scan(Claim)}
    listed = {label for shipping in state.scan(ShippingList) for label in shipping.labels}
    shipped = {mark.id for mark in state.scan(Shipped)}
    everybody = (*standing.holders, *standing.lapsed)
    left = letters.left(state, [f"{holder.letter}-{holder.label}" for holder in everybody], is_ours)

    def of(holder: Holder) -> Holder:
        told, term = left.get(f"{holder.letter}-{holder.label}"), standing.term
        deadline = holder.deadline
        if term is not None:
            deadline = max(deadline, term.ends(told) if told is not None else term.last)
        return replace(
            holder,
            deadline=deadline,
            claimed=holder.label in claims or holder.label in shipped,
            listed=holder.label in listed,
            shipped=holder.label in shipped,
            changed=holder.label in claims and claims[holder.label].changed,
            told=told,
        )

    return replace(standing, holders=tuple(map(of, standing.holders)), lapsed=tuple(map(of, standing.lapsed)))


def derive(
    campaign: Campaign,
    drawn_at: datetime,
    awards: Iterable[AwardedPlace],
    changes: Iterable[Forfeit | Restored],
) -> Standing:
    """
    Derive who holds what from the places of the record, and forfeits and returns, whatever order they come in.

    Of one second forfeits come before returns, and then in the record's order (docs/draw.md, section 1.6).
    """
    places = sorted(awards, key=lambda award: (award.place != "winner", award.order))
    rank = {award.id: number for number, award in enumerate(places)}
    of_record = (change for change in changes if change.id in rank)
    in_order = sorted(of_record, key=lambda change: (change.at, isinstance(change, Restored), rank[change.id]))
    of_prizes = []
    for prize in campaign.prizes:
        of_prize = _OfPrize(
            campaign=campaign,
            drawn_at=drawn_at,
            prize=prize.id,
            winners=[a.id for a in places if a.prize == prize.id and a.place == "winner"],
            reserves=[a.id for a in places if a.prize == prize.id and a.place == "reserve"],
        )
        for change in in_order:
            if change.prize != prize.id:
                continue
            if isinstance(change, Restored):
                of_prize.give_back(change.id)
            else:
                of_prize.let_go(change)
        of_prizes.append(of_prize)
    return Standing(
        tuple(holder for one in of_prizes for holder in one.held.values()),
        {one.prize: one.unfilled for one in of_prizes if one.unfilled},
        tuple(one.lapsed[label] for one in of_prizes for label in one.order if label in one.lapsed),
        Term.of(campaign),
    )


class _OfPrize:
    """Who holds a place of one prize, who waits for one and whose lapsed, as one change comes after the other."""

    def __init__(
        self, *, campaign: Campaign, drawn_at: datetime, prize: str, winners: list[str], reserves: list[str]
    ) -> None:
        self._campaign = campaign
        self._waiting = list(reserves)
        self.prize = prize
        self.order = [*winners, *reserves]
        until = campaign.claim_deadline_at
        self.held = {label: Holder(label, prize, drawn_at, until, promoted=False) for label in winners}
        self.lapsed: dict[str, Holder] = {}
        self.unfilled = 0

    def let_go(self, forfeit: Forfeit) -> None:
        """Let somebody go of their place, so that the next one moves up, or of their turn."""
        if forfeit.id in self._waiting:
            self._waiting.remove(forfeit.id)
        former = self.held.pop(forfeit.id, None)
        if former is None:
            return
        if forfeit.why == Why.LAPSED:
            self.lapsed[forfeit.id] = former
        promoted = self._promoted(unstamp(forfeit.at))
        if promoted is None:
            self.unfilled += 1
        else:
            self.held[promoted.label] = promoted

    def give_back(self, label: str) -> None:
        """Give a lapsed place back that nobody else has; where somebody has, nothing changes."""
        if label in self.lapsed and self.unfilled:
            self.unfilled -= 1
            self.held[label] = replace(self.lapsed.pop(label), restored=True)

    def _promoted(self, at: datetime) -> Holder | None:
        """Take the next reserve, if there is one and it is not too late."""
        term = Term.of(self._campaign)
        if not self._waiting or at >= term.last:
            return None
        return Holder(self._waiting.pop(0), self.prize, at, term.ends(at), promoted=True)
