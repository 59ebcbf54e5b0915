"""Describe what every run leaves: its lease, the key of the confirm codes, the journal."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from prizedraw.records.flat import flat, from_flat


@dataclass(frozen=True, slots=True)
class Lease:
    """
    Let one run at a time write. *commits* changes with each batch: an old run's next batch meets a newer version.

    *until* is an instant; a lease past it may be taken over.
    """

    COLLECTION: ClassVar[str] = "leases"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    holder: str
    until: str
    commits: int


ONLY = "current"
"""The id of a record of which a campaign has one."""


@dataclass(frozen=True, slots=True)
class ConfirmKey:
    """Key the confirm codes of this campaign; made at first use."""

    COLLECTION: ClassVar[str] = "confirm"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """Record who did what when, for ever: create-only, free of personal data but the operator's account."""

    COLLECTION: ClassVar[str] = "journal"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    at: str
    step: str
    principal: str
    action: str
    counts: dict[str, int]
    hashes: dict[str, str]
