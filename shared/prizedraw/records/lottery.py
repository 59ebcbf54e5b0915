"""What is stored of the draw: mirrors, in `state`, of what is published."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from prizedraw.records.flat import Instant, Stamp, flat, from_flat, one_of


@dataclass(frozen=True, slots=True)
class Freezing:
    """The closed gate: from here on `intake` takes nothing. Created before the pool is read."""

    COLLECTION: ClassVar[str] = "freezing"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    began_at: Instant


@dataclass(frozen=True, slots=True)
class Frozen:
    """The mirror of the published commitment, for the steps that may not read published files."""

    COLLECTION: ClassVar[str] = "frozen"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    commitment_hash: str
    pool_size: int
    ineligible: int
    frozen_at: Stamp
    draw_at: Stamp


@dataclass(frozen=True, slots=True)
class AwardedPlace:
    """The mirror of one place of the record: `id` is the label; *place* `winner` or `reserve`, *order* from 1."""

    COLLECTION: ClassVar[str] = "awards"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    prize: str
    place: Annotated[str, one_of(("winner", "reserve"))]
    order: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The mirror of the published record; *unawarded* by prize. Created after all awards."""

    COLLECTION: ClassVar[str] = "drawn"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    record_hash: str
    drawn_at: Stamp
    winners: int
    reserves: int
    unawarded: dict[str, int]
