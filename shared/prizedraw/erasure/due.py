"""
Tell which places are due, and what must still come before everything may be erased.

What came before is told by files that bear a signature or whose hash is known (`believed`), not by the marks of
`state`; by those alone nothing is erased (`recorded` is for who only tells).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.places import Place, When
from prizedraw.records.erasure import Erasing


class Unmet(StrEnum):
    """What must come before everything is erased."""

    DATE = "date"
    DRAW = "draw"
    SHIPPING = "shipping"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class Came:
    """What has come of that: the winners are *drawn*, all that is held is *shipped*, the entries are *analysed*."""

    drawn: bool = False
    shipped: bool = False
    analysed: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """The purposes that have ended; *unmet* is what must still come before everything may be erased."""

    ended: frozenset[When]
    unmet: tuple[Unmet, ...]
    erasing: Erasing | None

    def place(self, place: Place) -> bool:
        """Tell whether the time of a place has come."""
        return place.when in self.ended

    @property
    def everything(self) -> bool:
        """Tell whether everything may be erased: it has begun, or nothing stands before it."""
        return self.erasing is not None or not self.unmet


def due(campaign: Campaign, came: Came, erasing: Erasing | None, now: datetime) -> Due:
    """Tell what is due at the moment *now*; *erasing*: the mark that everything is being erased, if it is believed."""
    unmet = {
        Unmet.DATE: now >= campaign.erase_from_at,
        Unmet.DRAW: came.drawn,
        Unmet.SHIPPING: came.shipped,
        Unmet.ANALYSIS: came.analysed,
    }
    claimed = came.drawn and now >= campaign.claim_last_at
    ended = {When.DRAWN: came.drawn, When.CLAIMED: claimed, When.SHIPPED: came.shipped, When.ERASING: False}
    if erasing is not None or all(unmet.values()):
        ended = dict.fromkeys(When, True)
    return Due(
        frozenset(when for when, is_over in ended.items() if is_over),
        tuple(what for what, is_met in unmet.items() if not is_met),
        erasing,
    )
