"""
Write and read the published file of a forfeit, `forfeits/<label>.json` (docs/draw.md, section 1.6).

It is canonical JSON like the other published files, and is named after the label that gave up or lost its place, so
that there is one for ever.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from prizedraw.errors import Broken
from prizedraw.evidence.fields import Json
from prizedraw.lottery.files import MALFORMED, PRIZE_ID, SpecFields, read_file, write_file
from prizedraw.lottery.names import SPEC
from prizedraw.records.fulfilment import Forfeit, Why
from prizedraw.times import stamp
from prizedraw.typed.crockford import LABEL

FOLDER = "forfeits/"
RESTORED = ".restored.json"
"""What the name of a return ends in (`restored_file`); no label ends so."""

_END = ".json"


def name_of(label: str) -> str:
    """Return the name of the file of a *label*."""
    return f"{FOLDER}{label}{_END}"


def label_of(name: str) -> str | None:
    """Return the label of which *name* is the file, None for a signature's, a return's and any other name."""
    is_one = name.startswith(FOLDER) and name.endswith(_END) and not name.endswith(RESTORED)
    return name.removeprefix(FOLDER).removesuffix(_END) if is_one else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForfeitFile:
    """
    One forfeit as it is published: whose place (*label*) at which *prize* is given up, *why*, and when.

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
        forfeit = read_file(name, data, cls._from_json)
        if name_of(forfeit.label) != name:
            raise Broken(MALFORMED, file=name)
        return forfeit

    def to_bytes(self) -> bytes:
        """Write the file; Broken if it would not be as specified."""
        value: dict[str, Json] = {
            "spec": SPEC,
            "campaign": self.campaign,
            "record_hash": self.record_hash,
            "prize": self.prize,
            "label": self.label,
            "why": self.why.value,
            "at": stamp(self.at),
        }
        return write_file(name_of(self.label), value, self._from_json)

    def mirror(self) -> Forfeit:
        """Return its mirror in `state`."""
        return Forfeit(self.label, self.prize, self.why.value, stamp(self.at))

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = SpecFields(value, cls)
        return cls(
            campaign=f.text("campaign"),
            record_hash=f.hash("record_hash"),
            prize=f.text("prize", PRIZE_ID),
            label=f.text("label", LABEL),
            why=Why(f.text("why")),
            at=f.time("at"),
        )
