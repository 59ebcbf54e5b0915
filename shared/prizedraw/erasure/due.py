"""Hold what `erase` can reach, and tell which places are due by the records of `state`."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.places import Place, When
from prizedraw.errors import Again, PrizedrawError, Problem
from prizedraw.fulfilment import holders
from prizedraw.ports import (
    Clock,
    Eraser,
    FormFile,
    History,
    Mailbox,
    Prf,
    PublishedFiles,
    Reader,
    Reports,
    Sheets,
    Signer,
    Store,
)
from prizedraw.records.analysis import Analysed
from prizedraw.records.erasure import Erasing
from prizedraw.records.lottery import Drawn
from prizedraw.records.running import ONLY
from prizedraw.runtime import lease

STEP = "erase"
BUDGET = timedelta(minutes=25)
"""Cloud Scheduler waits 30 minutes for an answer; what is left then, the next run does."""
LEASE = timedelta(minutes=29)

BUSY = Problem(
    "E-540",
    "取り込み、送信、発送などの別の作業、または別の消去が実行中です。10分ほど待って、もう一度実行してください。",
)


class Unmet(StrEnum):
    """Name what must come before everything is erased."""

    DATE = "date"
    DRAW = "draw"
    SHIPPING = "shipping"
    ANALYSIS = "analysis"


@dataclass(frozen=True)
class Desk:
    """Hold the powers of the step; *erasers* are by the machine name of their store, *histories* by the database."""

    campaign: Campaign
    manifest: Path
    sealed: Store
    state: Store
    published: PublishedFiles
    reports: Reports
    signer: Signer
    index: Prf = field(repr=False)
    claim: Prf = field(repr=False)
    form: FormFile
    sheets: Sheets
    mailbox: Mailbox
    histories: Mapping[str, History]
    erasers: Mapping[str, Eraser]
    clock: Clock

    def now(self) -> datetime:
        """Return the present moment, cut to whole seconds as reports write it."""
        return self.clock().replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Due:
    """Say which purposes have ended; *unmet* is what must still come before everything may be erased."""

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
    shipped = drawn is not None and all(holder.shipped for holder in holders.read(campaign, state).holders)
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


@contextmanager
def alone(clock: Clock, *wanted: tuple[Store, str], length: timedelta = LEASE) -> Iterator[list[lease.Hold]]:
    """
    Hold several leases for *length*, all or none; if one cannot be given back, it expires.

    Raises:
        Again: another run holds one of them.
    """
    with ExitStack() as held:
        holds = []
        for store, name in wanted:
            hold = lease.acquire(store, name, clock, length)
            if hold is None:
                raise Again(BUSY)
            held.callback(_release, hold)
            holds.append(hold)
        yield holds


def _release(hold: lease.Hold) -> None:
    with suppress(PrizedrawError):
        hold.release()
