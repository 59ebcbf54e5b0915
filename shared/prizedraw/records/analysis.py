"""What is stored of the analysis: that it is published."""

from dataclasses import dataclass
from typing import Any, ClassVar

from prizedraw.records.flat import Stamp, flat, from_flat


@dataclass(frozen=True, slots=True)
class Analysed:
    """The mark that the analysis is published: SHA-256 of `analysis.json`, *made_at*, how many entries it counts."""

    COLLECTION: ClassVar[str] = "analysed"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    hash: str
    made_at: Stamp
    entries: int
