"""Read how far the prizes are on their way, from the draw on."""

from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment import lapses
from prizedraw.fulfilment.holders import Holder, Places, Standing, on_their_way
from prizedraw.fulfilment.lapses import Lapsing
from prizedraw.overview.files import Evidence
from prizedraw.ports import Reader
from prizedraw.records.fulfilment import Claim, Import, Review, Shipped, ShippingList

MOST_REVIEWS = 50


@dataclass(frozen=True, kw_only=True)
class Parcels:
    """
    How far the prizes are on their way, after the draw; *reviews* are the last of *to_review*.

    *former* are the labels that hold no place any more; *withdrawn* those of whom that is still to be recorded.
    *doubtful* are the registrations that somebody must look at before they are shipped, in the order of their rows.
    *changed_at*: when the last forfeit or return was, RFC 3339 UTC, or empty.
    *stopped* are labels on the newest shipping list that hold no place any more, or have withdrawn, and were not
    shipped to. *is_cut_off*: the run that made the newest list died before there was a file.
    """

    standing: Standing
    former: frozenset[str]
    withdrawn: frozenset[str]
    doubtful: tuple[Claim, ...]
    stopped: tuple[str, ...]
    forfeits: int
    restored: int
    changed_at: str
    imports: tuple[Import, ...]
    reviews: tuple[Review, ...]
    to_review: int
    in_review: frozenset[str]
    lapsing: Lapsing
    lists: int
    is_cut_off: bool
    shipped: int

    @property
    def changes(self) -> int:
        """Count the published files of forfeits and returns."""
        return self.forfeits + self.restored

    @property
    def told(self) -> int:
        """Count those who hold a place and whose letter has left."""
        return sum(holder.told is not None for holder in self.standing.holders)

    @property
    def untold(self) -> tuple[Holder, ...]:
        """Return those who hold a place and of whom no letter has told; who has withdrawn gets none."""
        silent = (holder for holder in self.standing.holders if holder.told is None and not holder.shipped)
        return tuple(holder for holder in silent if holder.label not in self.withdrawn)

    @property
    def claimed(self) -> int:
        """Count those who hold a place and have registered."""
        return sum(holder.claimed for holder in self.standing.holders)

    @property
    def unregistered(self) -> int:
        """Count those who hold a place and have not registered."""
        return len(self.standing.holders) - self.claimed

    @property
    def unshipped(self) -> int:
        """Count those who have registered and whose prize is still here."""
        return self.claimed - sum(holder.shipped for holder in self.standing.holders)


def read_parcels(campaign: Campaign, state: Reader, evidence: Evidence, now: datetime) -> Parcels | None:
    """Read how far the prizes are on their way; None before the draw."""
    places = evidence.places or Places.mirrored(state)
    if places is None:
        return None
    reviews = sorted(state.scan(Review), key=lambda review: (review.at, review.row))
    in_review = frozenset(review.label for review in reviews if review.label)
    standing, imports = on_their_way(places.standing(campaign), state), tuple(state.scan(Import))
    former = frozenset(places.forfeits.keys() - {holder.label for holder in standing.holders})
    lists, shipped = list(state.scan(ShippingList)), {mark.id for mark in state.scan(Shipped)}
    newest = lists[-1].labels if lists else ()
    unshipped = {holder.label for holder in standing.holders if not holder.shipped}
    doubtful = (claim for claim in state.scan(Claim) if claim.doubts and claim.id in unshipped)
    return Parcels(
        standing=standing,
        former=former,
        withdrawn=evidence.withdrawn,
        stopped=tuple(label for label in newest if label in former | evidence.withdrawn and label not in shipped),
        doubtful=tuple(sorted(doubtful, key=lambda claim: claim.number)),
        forfeits=len(places.forfeits),
        restored=len(places.restored),
        changed_at=places.changed_at,
        imports=imports,
        reviews=tuple(reviews[-MOST_REVIEWS:]),
        to_review=len(reviews),
        in_review=in_review,
        lapsing=lapses.lapsing(standing, imports, now, places.lapses, in_review | evidence.withdrawn),
        lists=len(lists),
        is_cut_off=bool(lists) and not lists[-1].password_version,
        shipped=len(shipped),
    )
