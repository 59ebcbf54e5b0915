"""
What is stored from the draw to the parcels: claims, deliveries, forfeits, returns, withdrawals, shipping lists.

Addresses stand only in `Delivery.sealed` (database `sealed`); everything else is in `state` and holds no personal data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from prizedraw.records.flat import Instant, Stamp, flat, from_flat, one_of
from prizedraw.records.verdicts import Doubt, Unread, Verdict


class Why(StrEnum):
    """Why a place was given up, or lost."""

    DECLINED = "declined"
    INELIGIBLE = "ineligible"
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


WHY_WORDS: Mapping[Why, str] = {
    Why.DECLINED: "辞退",
    Why.INELIGIBLE: "資格なし",
    Why.UNREACHABLE: "連絡不能",
    Why.WITHDRAWN: "応募の取り下げ",
    Why.LAPSED: "期限までの登録なし",
}
"""How operators and the ward read it."""


@dataclass(frozen=True, slots=True)
class Forfeit:
    """
    The mirror of one published forfeit, in `state`: `id` is the label; *at* RFC 3339 UTC, whole seconds.

    Created after its file, so that what stands here is published.
    """

    COLLECTION: ClassVar[str] = "forfeits"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    prize: str
    why: Annotated[str, one_of(Why)]
    at: Stamp


@dataclass(frozen=True, slots=True)
class Restored:
    """
    The mirror of one published return, in `state`: `id` is the label, whose lapsed place was given back *at* that time.

    Created after its file, like a `Forfeit`.
    """

    COLLECTION: ClassVar[str] = "restored"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    prize: str
    at: Stamp


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """
    The mark that a person has withdrawn, by the label that was theirs (`id`); *at* RFC 3339 UTC, whole seconds.

    `erase` writes it; if the label holds or waits for a place, `forfeit` lets it go. *signature* is the evidence key's
    over what it says (`fulfilment.withdrawals`); without it the mark counts for nothing.
    """

    COLLECTION: ClassVar[str] = "withdrawals"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    at: Stamp
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    Where a prize goes (database `sealed`): `id` is the label; *sealed* under `delivery`, bound to the label.

    Anybody can seal to a public key, so what stands here counts only if the `Claim`, in the other database, has its
    hash.
    """

    COLLECTION: ClassVar[str] = "deliveries"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    prize: str
    sealed: bytes = field(repr=False)

    @property
    def hash(self) -> str:
        """Return the SHA-256 of what is sealed."""
        return sha256(self.sealed).hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """
    The mark that a winner has registered: `id` is the label; *sent_at* an instant (送信日時), *receipt* a keyed value.

    *receipt* is PRF(`claim`, 受付番号) in hex, so that the same row of a later file is known again; *row* is the same
    of all that a parcel needs, so that one that was changed by hand does not pass for it. *import_id* names the file.
    *destination_key* is the same of where the prize goes; *changed*: another row of this winner's said another one, so
    that somebody who came to know the code may have taken the parcel. *doubts* (`verdicts.Doubt`) are what must be
    looked at before it is shipped; *number* is the row in the CSV that it came with or, if there are doubts, in the one
    imported last that holds it. *delivery* is the hash of the `Delivery` that was written with it.
    """

    COLLECTION: ClassVar[str] = "claims"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    prize: str
    sent_at: Instant
    receipt: str
    imported_at: Stamp
    import_id: str = ""
    row: str = ""
    destination_key: str = ""
    changed: bool = False
    doubts: tuple[Annotated[str, one_of(Doubt)], ...] = ()
    number: int = 0
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """
    One CSV that was dropped: `id` names the file by a keyed value, *dropped_at* says when it came (RFC 3339 UTC).

    A file that is dropped once more is another one. *counts* by outcome; *complete* once every row was dealt with and
    the file was erased. Until then *problem* says why not (`verdicts.Unread`), and *detail* where: a header of the
    campaign file, or the number of a row. *size* in bytes helps to find the file, whose name is kept nowhere. *missing*
    counts the registrations that other files brought and that it does not hold, those that await an operator included:
    they show that it is not the whole list.
    """

    COLLECTION: ClassVar[str] = "imports"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    dropped_at: Stamp
    rows: int
    counts: dict[str, int]
    complete: bool
    problem: Annotated[str, one_of(("", *Unread))] = ""
    detail: str = ""
    size: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Review:
    """
    One row of a CSV that an operator must look at: its number and a reason, and nothing of what it says.

    *label* is whose row it is, where that is known and the row came in time: their place does not lapse meanwhile.
    *receipt* is then the keyed 受付番号, by which the same row of a later file is known again.
    """

    COLLECTION: ClassVar[str] = "reviews"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    import_id: str
    row: int
    reason: Annotated[str, one_of(Verdict)]
    at: Stamp
    label: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class ShippingList:
    """One shipping list: which labels stand on it; a later list takes its place."""

    COLLECTION: ClassVar[str] = "shipping_lists"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    made_at: Stamp
    labels: tuple[str, ...]
    object: str
    password_version: str


@dataclass(frozen=True, slots=True)
class Shipped:
    """The mark that a prize was handed to the carrier: `id` is the label."""

    COLLECTION: ClassVar[str] = "shipped"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    prize: str
    at: Stamp
