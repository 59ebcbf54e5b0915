"""
Describe the three kinds of public randomness, as the rules announce them and as the record shows them (docs/draw.md).

`Drand`, `Ward` and `Hsm` are where the randomness will come from; `DrandValue`, `WardValue` and `HsmValue` are what
came. A value's `value` is the key of the seed.

That nobody chooses what drand gives rests on three steps, whose numbers the code here and in `obtaining` bears:

1. *Round.* It follows from the rules alone: the first at or after `draw_at`, which nobody can have seen before.
2. *Signature.* It is the round's, by the key that the rules pin; there is only one, whoever fetched it.
3. *Value.* It is the SHA-256 of the signature.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeAlias

from prizedraw.evidence.fields import Fields, Json, demand
from prizedraw.times import stamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drand:
    """
    The rule that the randomness is a round of drand (https://docs.drand.love/): chain hash, 96-byte key of the chain.

    *period* is in seconds, *genesis* the Unix time of round 1.
    """

    kind: ClassVar[str] = "drand"
    chain: str
    public_key: bytes
    period: int
    genesis: int

    def round(self, draw_at: datetime) -> int:
        """Return the first round at or after *draw_at*: ceil((draw_at − genesis) / period) + 1."""
        since_genesis = (draw_at - _EPOCH) // _SECOND - self.genesis
        return -(-since_genesis // self.period) + 1  # (1)

    def to_json(self) -> dict[str, Json]:
        """Return the rules' `randomness`."""
        return {"kind": self.kind, **asdict(self), "public_key": self.public_key.hex()}


QUICKNET = Drand(
    chain="52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    public_key=bytes.fromhex(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    ),
    period=3,
    genesis=1692803367,
)
"""The League of Entropy's chain without memory of earlier rounds (https://api.drand.sh/v2/beacons/quicknet/info)."""


@dataclass(frozen=True, slots=True)
class Ward:
    """The rule that the randomness is a text that the ward draws and gives after it received the commitment."""

    kind: ClassVar[str] = "ward"

    def to_json(self) -> dict[str, Json]:
        """Return the rules' `randomness`."""
        return {"kind": self.kind}


@dataclass(frozen=True, slots=True)
class Hsm:
    """The rule that it is 32 bytes of Cloud KMS; weaker: only the audit log shows that it was asked once."""

    kind: ClassVar[str] = "hsm"

    def to_json(self) -> dict[str, Json]:
        """Return the rules' `randomness`."""
        return {"kind": self.kind}


Source: TypeAlias = Drand | Ward | Hsm


def is_public(source: Source) -> bool:
    """Tell whether no owner of a drand chain can know its values beforehand: it is the specification's, or none."""
    return not isinstance(source, Drand) or source == QUICKNET


def source_of(value: Json) -> Source:
    """Read the rules' `randomness`; ValueError if it is malformed, or calls a chain quicknet that is not."""
    match value:
        case {"kind": "drand"}:
            f = Fields(value, "kind chain public_key period genesis")
            drand = Drand(
                chain=f.hash("chain"),
                public_key=f.binary("public_key", 96, 96),
                period=f.count("period"),
                genesis=f.count("genesis"),
            )
            demand(drand.period > 0 and (drand.chain != QUICKNET.chain or drand == QUICKNET))
            return drand
        case {"kind": "ward"}:
            Fields(value, "kind")
            return Ward()
        case {"kind": "hsm"}:
            Fields(value, "kind")
            return Hsm()
    raise ValueError


@dataclass(frozen=True, slots=True)
class DrandValue:
    """What drand gave: a round's BLS signature (48 bytes), whose SHA-256 is the randomness."""

    kind: ClassVar[str] = "drand"
    round: int
    signature: bytes

    @property
    def value(self) -> bytes:
        """Return the 32 bytes that key the seed."""
        return hashlib.sha256(self.signature).digest()  # (3)

    def to_json(self) -> dict[str, Json]:
        """Return the record's `randomness`."""
        return {
            "kind": self.kind,
            "round": self.round,
            "signature": self.signature.hex(),
            "value": self.value.hex(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WardValue:
    """What the ward gave: its text to the letter, who gave it and when."""

    kind: ClassVar[str] = "ward"
    text: str
    given_by: str
    given_at: datetime

    @property
    def value(self) -> bytes:
        """Return the bytes that key the seed: the text in UTF-8, nothing stripped or normalised."""
        return self.text.encode()

    def to_json(self) -> dict[str, Json]:
        """Return the record's `randomness`."""
        return {
            "kind": self.kind,
            "given_at": stamp(self.given_at),
            "given_by": self.given_by,
            "value": self.text,
        }


@dataclass(frozen=True, slots=True)
class HsmValue:
    """The 32 bytes that Cloud KMS gave."""

    kind: ClassVar[str] = "hsm"
    value: bytes

    def to_json(self) -> dict[str, Json]:
        """Return the record's `randomness`."""
        return {"kind": self.kind, "value": self.value.hex()}


Value: TypeAlias = DrandValue | WardValue | HsmValue


def value_of(value: Json) -> Value:
    """Read the record's `randomness`; ValueError if it is malformed or a drand value is not its signature's hash."""
    match value:
        case {"kind": "drand"}:
            f = Fields(value, "kind round signature value")
            drand = DrandValue(f.count("round"), f.binary("signature", 48, 48))
            demand(drand.round > 0 and drand.value.hex() == f.text("value"))
            return drand
        case {"kind": "ward"}:
            f = Fields(value, "kind given_at given_by value")
            return WardValue(text=f.text("value"), given_by=f.text("given_by"), given_at=f.time("given_at"))
        case {"kind": "hsm"}:
            return HsmValue(Fields(value, "kind value").binary("value", 32, 32))
    raise ValueError
