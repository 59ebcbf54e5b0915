"""Tell by the records of `state` which places are due, and what must still come before everything may be erased."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.places import Place, When
from prizedraw.fulfilment import holders
from prizedraw.ports import Reader
from prizedraw.records.analysis import Analysed
from prizedraw.records.erasure import Erasing
from prizedraw.records.lottery import Drawn
from prizedraw.records.running import ONLY


class Unmet(StrEnum):
    """What must come before everything is erased."""

    DATE = "date"
    DRAW = "draw"
    SHIPPING = "shipping"
    ANALYSIS = "analysis"


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


def due(campaign: Campaign, state: Reader, now: datetime) -> Due:
    """Tell what is due at the moment *now*."""
    erasing, drawn = state.get(Erasing, ONLY), state.get(Drawn, ONLY)
    shipped = drawn is not None and all(holder.is_settled for holder in holders.read_mirrors(campaign, state).holders)
    unmet = {
        Unmet.DATE: now >= campaign.erase_from_at,
        Unmet.DRAW: drawn is not None,
        Unmet.SHIPPING: shipped,
        Unmet.ANALYSIS: state.get(Analysed, ONLY) is not None,
    }
    ended = {When.DRAWN: drawn is not None, When.SHIPPED: shipped, When.ERASING: False}
    if erasing is not None or all(unmet.values()):
        ended = dict.fromkeys(When, True)
    return Due(
        frozenset(when for when, is_over in ended.items() if is_over),
        tuple(what for what, is_met in unmet.items() if not is_met),
        erasing.record if erasing is not None else None,
    )
