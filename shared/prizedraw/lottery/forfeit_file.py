"""
Write and read the published file of a forfeit, `forfeits/<label>.json` (docs/draw.md, section 1.6).

It is canonical JSON like the other published files, and is named after the label that gave up or lost its place, so
that there is one for ever.
"""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self

from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import canonical, read_canonical
from prizedraw.evidence.fields import Fields, Json, demand
from prizedraw.lottery.files import MALFORMED, SPEC
from prizedraw.records.fulfilment import Why
from prizedraw.times import stamp
from prizedraw.typed.crockford import LABEL

FOLDER = "forfeits/"
_PRIZE = re.compile("[A-Za-z0-9_-]{1,32}")
_END = ".json"


def name_of(label: str) -> str:
    """Return the name of the file of a *label*."""
    return f"{FOLDER}{label}{_END}"


def label_of(name: str) -> str | None:
    """Return the label of which *name* is the file, None for a signature's and any other name."""
    return name.removeprefix(FOLDER).removesuffix(_END) if name.startswith(FOLDER) and name.endswith(_END) else None


@dataclass(frozen=True, slots=True)
class ForfeitFile:
    """
    Hold one forfeit as it is published: whose place (*label*) at which *prize* is given up, *why*, and when.

    *record_hash* is the SHA-256 of the `record.json` that gave the place; *at* is in UTC, whole seconds.
    """

    campaign: str
    record_hash: str
    prize: str
    label: str
    why: Why
    at: datetime

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Self:
        """Read the file called *name*; Broken if it is not as specified, or is another label's."""
        value = read_canonical(data, name)
        try:
            forfeit = cls._from_json(value)
            demand(name_of(forfeit.label) == name)
        except ValueError:
            raise Broken(MALFORMED, file=name) from None
        return forfeit

    def to_bytes(self) -> bytes:
        """Write the file; Broken if it would not be as specified."""
        data = canonical(
            {
                "spec": SPEC,
                "campaign": self.campaign,
                "record_hash": self.record_hash,
                "prize": self.prize,
                "label": self.label,
                "why": self.why.value,
                "at": stamp(self.at),
            }
        )
        self.from_bytes(data, name_of(self.label))
        return data

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = Fields(value, " ".join(["spec", *(field.name for field in fields(cls))]))
        demand(f.any("spec") == SPEC)
        return cls(
            campaign=f.text("campaign"),
            record_hash=f.hash("record_hash"),
            prize=f.text("prize", _PRIZE),
            label=f.text("label", LABEL),
            why=Why(f.text("why")),
            at=f.time("at"),
        )
