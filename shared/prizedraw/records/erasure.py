"""What is stored of the erasure: each look at a place, what people attest, who asked."""

from dataclasses import dataclass
from typing import Any, ClassVar

from prizedraw.records.flat import Stamp, StampOrEmpty, flat, from_flat


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """
    One look at a place, create-only: `id` is `<place>-<number>`, numbers growing from 1, of four digits at least.

    *before* was found, *after* was left; None is not known. *problem* is the code of what went wrong, or empty. A row
    whose *after* equals its *before* stands before an erasure, so that a run that is killed leaves its count behind.
    *at* and *until* (how long it can still be restored, or empty) are RFC 3339 UTC, whole seconds.
    """

    COLLECTION: ClassVar[str] = "erasures"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    place: str
    at: Stamp
    before: int | None
    after: int | None
    until: StampOrEmpty = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Attestation:
    """
    What a person attests: the place of that `id` is empty. *by* is the name as typed, *principal* the account.

    *at*: RFC 3339 UTC, whole seconds. Of something that nobody declared, *what* it is or was, as typed, and how much of
    it there was (*count*): for more than that nobody has answered.
    """

    COLLECTION: ClassVar[str] = "attestations"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    by: str
    at: Stamp
    principal: str
    what: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Unlisted:
    """
    Something that nobody declared, seen *at* first (RFC 3339 UTC, whole seconds); create-only.

    `id` is that of its place, *name* the machine's; by what a person would find it is not kept.
    """

    COLLECTION: ClassVar[str] = "unlisted"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    name: str
    at: Stamp


@dataclass(frozen=True, slots=True)
class LinkedSheets:
    """The ids of all spreadsheets that the form was ever seen to copy its responses to: unlinked ones stay."""

    COLLECTION: ClassVar[str] = "sheets"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    sheets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """
    One person's request to be erased: `id` is the receipt number, keyed.

    *rows* are the ids of their ledger rows, *label* is empty before the freeze. *counts* by the machine names of the
    stores; *begun_at* and *done_at* (empty while it has not finished) are RFC 3339 UTC, whole seconds.
    """

    COLLECTION: ClassVar[str] = "requests"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    begun_at: Stamp
    label: str
    rows: tuple[str, ...]
    counts: dict[str, int]
    done_at: StampOrEmpty = ""


@dataclass(frozen=True, slots=True)
class Erasing:
    """
    The mark that the erasure of everything has begun, *began_at* (RFC 3339 UTC, whole seconds).

    *reason* is why it began before its time, as the operator typed it, or empty; *principal* is who let it begin.
    """

    COLLECTION: ClassVar[str] = "erasing"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    began_at: Stamp
    principal: str
    reason: str = ""
