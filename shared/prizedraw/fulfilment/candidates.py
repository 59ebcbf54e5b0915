"""Hold what one row of the claim form's CSV says, as it is compared with others and with what was imported before."""

from dataclasses import dataclass, field
from datetime import datetime

from prizedraw.fulfilment import resaved
from prizedraw.fulfilment.row_reading import Reading
from prizedraw.records.fulfilment import Claim
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.verdicts import Doubt

_OF_THE_FILE = frozenset({Doubt.LETTERS_LOST, Doubt.ZERO_RESTORED})
"""Doubts that a better copy of the same list can take away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSaid:
    """
    What one row says, as it is compared: keyed values of its *receipt* and of all that a parcel needs (*digest*).

    *moment* is None, *receipt* empty if there is none; a spreadsheet may have destroyed either, or a *number*.
    """

    moment: datetime | None
    receipt: str
    digest: str
    destination_key: str
    no_moment_left: bool
    no_receipt_left: bool
    no_number_left: bool

    @property
    def minute(self) -> str:
        """Return the minute in which it was sent, if that is known."""
        return resaved.minute(self.moment) if self.moment is not None else ""

    def repeats(self, stored: Claim) -> bool:
        """Tell whether this is what was imported before (2)."""
        has_receipt, has_content = self.receipt == stored.receipt, self.digest == stored.row
        return (
            (has_receipt or (has_content and self.no_receipt_left))
            and (has_content or (has_receipt and self.no_number_left))
            and (self.minute == resaved.minute(stored.sent_at) or self.no_moment_left)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCandidate:
    """
    A row that would count if it stood alone; *known* if it is what was imported for its label before, *mends* if it is
    so and says of it what a spreadsheet had lost.

    *key*, the instant at which it was sent and the keyed receipt, orders the registrations of one label: the later
    counts, and of two at the same time the receipt decides, for want of better.
    """

    id: str
    digest: str
    number: int
    award: AwardedPlace
    sent_at: str
    receipt: str
    reading: Reading | None = field(repr=False)
    destination_key: str
    known: bool
    mends: bool

    @property
    def label(self) -> str:
        """Return the label that the code stands for."""
        return self.award.id

    @property
    def key(self) -> tuple[str, str]:
        """Return what orders the registrations of one label."""
        return self.sent_at, self.receipt

    @property
    def rank(self) -> tuple[tuple[str, str], int]:
        """Return what orders the rows of one label: *key*, and among copies of one row, which lost least."""
        lost = len(_OF_THE_FILE) + 1 if self.reading is None else len(_OF_THE_FILE.intersection(self.reading.doubts))
        return self.key, -lost

    @property
    def minute(self) -> tuple[str, str]:
        """Return what a row has in common with itself after the list was saved again in a spreadsheet."""
        return resaved.minute(self.sent_at), self.receipt


def mends(reading: Reading, stored: Claim) -> bool:
    """Tell whether a row, otherwise the same, says what was lost of it when it was imported."""
    lost = _OF_THE_FILE.intersection(stored.doubts)
    return bool(lost) and lost > _OF_THE_FILE.intersection(reading.doubts)
