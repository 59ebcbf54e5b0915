"""
Write and read the published file of a return, `forfeits/<label>.restored.json` (docs/draw.md, section 1.6).

It gives a place back that had lapsed by mistake: its holder had registered in time. It names the forfeit that it takes
back, and stands beside it for ever, so that each label returns once at most.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from prizedraw.errors import Broken
from prizedraw.evidence.fields import Json
from prizedraw.lottery.files import MALFORMED, PRIZE_ID, SpecFields, read_file, write_file
from prizedraw.lottery.forfeit_file import FOLDER, RESTORED
from prizedraw.lottery.names import SPEC
from prizedraw.records.fulfilment import Restored
from prizedraw.times import stamp
from prizedraw.typed.crockford import LABEL


def name_of(label: str) -> str:
    """Return the name of the file of a *label*."""
    return f"{FOLDER}{label}{RESTORED}"


def label_of(name: str) -> str | None:
    """Return the label of which *name* is the file, None for any other name."""
    is_one = name.startswith(FOLDER) and name.endswith(RESTORED)
    return name.removeprefix(FOLDER).removesuffix(RESTORED) if is_one else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredFile:
    """
    One return as it is published: who (*label*) has the *prize* again that had lapsed, and since when (*at*).

    *record_hash* is the SHA-256 of the `record.json` that gave the place, *forfeit_hash* that of the forfeit's file;
    *at* is in UTC, whole seconds.
    """

    campaign: str
    record_hash: str
    forfeit_hash: str
    prize: str
    label: str
    at: datetime

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Self:
        """Read the file called *name*; Broken if it is not as specified, or is another label's."""
        restored = read_file(name, data, cls._from_json)
        if name_of(restored.label) != name:
            raise Broken(MALFORMED, file=name)
        return restored

    def to_bytes(self) -> bytes:
        """Write the file; Broken if it would not be as specified."""
        value: dict[str, Json] = {
            "spec": SPEC,
            "campaign": self.campaign,
            "record_hash": self.record_hash,
            "forfeit_hash": self.forfeit_hash,
            "prize": self.prize,
            "label": self.label,
            "at": stamp(self.at),
        }
        return write_file(name_of(self.label), value, self._from_json)

    def mirror(self) -> Restored:
        """Return its mirror in `state`."""
        return Restored(self.label, self.prize, stamp(self.at))

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = SpecFields(value, cls)
        return cls(
            campaign=f.text("campaign"),
            record_hash=f.hash("record_hash"),
            forfeit_hash=f.hash("forfeit_hash"),
            prize=f.text("prize", PRIZE_ID),
            label=f.text("label", LABEL),
            at=f.time("at"),
        )
