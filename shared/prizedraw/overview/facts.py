"""
Read once what files and records say of a campaign: every section of the overview is derived from this alone.

Who holds what is what the published files say, if they can be believed; all else, and if they cannot, is what `state`
says, and how it differs from the files is told (`overview.mirrors`).

Nothing personal is in `state`; people appear as labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.recorded import RecordedErasure, read_recorded
from prizedraw.overview.files import Evidence, only
from prizedraw.ports import Clock, PublishedFiles, Reader
from prizedraw.records.analysis import Analysed
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import FormWatch, Reconciliation, Totals
from prizedraw.records.fulfilment import Forfeit, Restored
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.mail import SENT, MailRow, ReturnsRead
from prizedraw.records.running import JournalRow

if TYPE_CHECKING:
    from prizedraw.overview.parcels import Parcels

RULES_TO_WARD, COMMITMENT_TO_WARD, RECORD_TO_WARD = "rules-ward", "commitment-ward", "record-ward"
"""The ids of the mails with which the ward gets rules, commitment and record."""


_HELD_AGAINST_FILES = (Prepared, Frozen, Drawn, AwardedPlace, Forfeit, Restored, JournalRow)
"""What the published files are compared with, and the journal, in which `notify` tells what it did not believe."""


class Phase(Enum):
    """How far a campaign has come, as far as it decides what is to be pressed next."""

    UNPREPARED = auto()
    PREPARED = auto()
    """Not open yet."""
    OPEN = auto()
    CLOSED = auto()
    FROZEN = auto()
    DRAWN = auto()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """
    What is known at the moment *now*; *mails* by their id, *parcels* are None before the draw.

    *evidence* is what the published files say, and how the records differ from it. *unmatched_returns*:
    reports of undelivered mail from which nobody can tell which letter it was; *returns_read*: up to which instant such
    reports were read, or empty.
    """

    campaign: Campaign
    now: datetime
    evidence: Evidence
    prepared: Prepared | None
    watch: FormWatch | None
    totals: Totals | None
    reconciliation: Reconciliation | None
    frozen: Frozen | None
    drawn: Drawn | None
    mails: Mapping[str, MailRow]
    unmatched_returns: int
    returns_read: str
    parcels: "Parcels | None"
    analysed: Analysed | None
    erasure: RecordedErasure
    journal: tuple[JournalRow, ...]

    @property
    def is_prepared(self) -> bool:
        """Tell whether `prepare` has finished; a run that died leaves a record without its time."""
        return self.prepared is not None and bool(self.prepared.prepared_at)

    @property
    def is_erasing(self) -> bool:
        """Tell whether everything is being erased, so that most other records are gone, those of the mails too."""
        return self.erasure.due.erasing is not None

    @property
    def phase(self) -> Phase:
        """Tell how far the campaign has come."""
        if not self.is_prepared:
            return Phase.UNPREPARED
        if self.now < self.campaign.opens_at:
            return Phase.PREPARED
        if self.now < self.campaign.closes_at:
            return Phase.OPEN
        if self.frozen is None:
            return Phase.CLOSED
        return Phase.FROZEN if self.drawn is None else Phase.DRAWN

    def is_sent(self, mail: str) -> bool:
        """Tell whether a mail has gone out."""
        return mail in self.mails and self.mails[mail].state in SENT

    @property
    def is_ward_informed(self) -> bool:
        """Tell whether the ward has both commitment and record."""
        return self.is_sent(COMMITMENT_TO_WARD) and self.is_sent(RECORD_TO_WARD)


def read_facts(campaign: Campaign, state: Reader, published: PublishedFiles, clock: Clock) -> Facts:
    """Read what files and records say; a file that is not ours is told, and the records stand in for it."""
    drawn, evidence, now = only(state, Drawn), _read_evidence(campaign, state, published, clock), clock()
    returns = only(state, ReturnsRead)
    return Facts(
        campaign=campaign,
        now=now,
        evidence=evidence,
        prepared=only(state, Prepared),
        watch=only(state, FormWatch),
        totals=only(state, Totals),
        reconciliation=only(state, Reconciliation),
        frozen=only(state, Frozen),
        drawn=drawn,
        mails={row.id: row for row in state.scan(MailRow)},
        unmatched_returns=len(returns.unmatched) if returns is not None else 0,
        returns_read=returns.until if returns is not None else "",
        parcels=_read_parcels(campaign, state, drawn, evidence, now),
        analysed=only(state, Analysed),
        erasure=read_recorded(campaign, state, now),
        journal=tuple(state.scan(JournalRow)),
    )


def _read_evidence(campaign: Campaign, state: Reader, published: PublishedFiles, clock: Clock) -> Evidence:
    """Hold files and records against each other, once there is one of either."""
    if not any(True for kind in _HELD_AGAINST_FILES for _ in state.scan(kind)) and not published.names():
        return Evidence(places=None, withdrawn=frozenset(), differences=())
    from prizedraw.overview import mirrors  # noqa: PLC0415  loads what reads and judges the files of a draw

    return mirrors.read_evidence(campaign, state, published, clock)


def _read_parcels(
    campaign: Campaign, state: Reader, drawn: Drawn | None, evidence: Evidence, now: datetime
) -> "Parcels | None":
    if evidence.places is None and drawn is None:
        return None
    from prizedraw.overview.parcels import read_parcels  # noqa: PLC0415  before the draw nobody holds anything

    return read_parcels(campaign, state, evidence, now)
