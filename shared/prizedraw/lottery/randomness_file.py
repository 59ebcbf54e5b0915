"""
Write and read the published file of what Cloud KMS gave, `randomness.json` (docs/draw.md, section 2.1).

It is canonical JSON like the other published files. Only a draw whose rules name `hsm` has one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from prizedraw.evidence.fields import Fields, Json, demand
from prizedraw.lottery.files import read_file, write_file
from prizedraw.lottery.names import SPEC
from prizedraw.lottery.randomness import Hsm
from prizedraw.times import stamp

NAME = "randomness.json"
BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomnessFile:
    """
    What Cloud KMS gave for one draw: *value*, 32 bytes, and when it was asked, in UTC and whole seconds.

    *commitment_hash* is the SHA-256 of the `commitment.json` whose draw it is for.
    """

    kind: ClassVar[str] = Hsm.kind
    campaign: str
    commitment_hash: str
    value: bytes
    asked_at: datetime

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the file; Broken if it is not as specified."""
        return read_file(NAME, data, cls._from_json)

    def to_bytes(self) -> bytes:
        """Write the file; Broken if it would not be as specified."""
        value: dict[str, Json] = {
            "spec": SPEC,
            "campaign": self.campaign,
            "commitment_hash": self.commitment_hash,
            "kind": self.kind,
            "value": self.value.hex(),
            "asked_at": stamp(self.asked_at),
        }
        return write_file(NAME, value, self._from_json)

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = Fields(value, "spec campaign commitment_hash kind value asked_at")
        demand((f.any("spec"), f.any("kind")) == (SPEC, cls.kind))
        return cls(
            campaign=f.text("campaign"),
            commitment_hash=f.hash("commitment_hash"),
            value=f.binary("value", BYTES, BYTES),
            asked_at=f.time("asked_at"),
        )
