"""
Write and read the published files of a draw: rules, commitment and record (docs/draw.md).

Every file is canonical JSON (RFC 8785) of objects, arrays, strings, integers, null, true and false; whoever reads one
refuses any other spelling of it. What these classes write they have read back first, so nothing malformed is
published. Times are aware datetimes in UTC, whole seconds; hashes are SHA-256 in lower-case hex; other binary fields
are bytes here and lower-case hex in the files.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self, TypeVar

from prizedraw.errors import Broken, Problem
from prizedraw.evidence.canonical_json import canonical, read_canonical, sha256_hex
from prizedraw.evidence.fields import Fields, Json, demand
from prizedraw.lottery.awards import Award, Prize
from prizedraw.lottery.draw_time import NOTICE
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES, SPEC
from prizedraw.lottery.randomness import Drand, Source, Value, source_of, value_of
from prizedraw.times import stamp

MALFORMED = Problem(
    "E-507", "公開ファイル {file} の内容が仕様 prizedraw/1 に合いません。作業を止めて保守担当に連絡してください。"
)

_T = TypeVar("_T")

PRIZE_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")

_REASON = re.compile(r"[a-z_]{1,64}")


def read_file(file: str, data: bytes, build: Callable[[Json], _T]) -> _T:
    """
    Read one of our files strictly.

    Raises:
        Broken: it is not canonical JSON, or *build* finds a field that is not as specified (ValueError).
    """
    value = read_canonical(data, file)
    try:
        return build(value)
    except ValueError:
        raise Broken(MALFORMED, file=file) from None


def write_file(file: str, value: Json, build: Callable[[Json], object]) -> bytes:
    """Write one of our files and read it back before anyone else does; Broken if it would not be as specified."""
    data = canonical(value)
    read_file(file, data, build)
    return data


def quiz_hash(salt: bytes, answer_key: Json) -> str:
    """Return SHA-256(*salt* ‖ canonical JSON of the answer key): fixed before opening, revealed with the salt."""
    return sha256_hex(salt + canonical(answer_key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    What is fixed before opening (`rules.json`).

    Entry is open from *opens_at* until just before *closes_at*; *eligibility* is what an entry must satisfy;
    *evidence_key* is the SHA-256 of the public evidence key's DER. From *claims_until* on every claim is late and no
    reserve moves up; rules of before 2026-11-29 do not say it.
    """

    campaign: str
    prizes: tuple[Prize, ...]
    opens_at: datetime
    closes_at: datetime
    draw_at: datetime
    eligibility: Mapping[str, Json]
    quiz_hash: str
    form_hash: str
    evidence_key: str
    randomness: Source
    claims_until: datetime | None = None

    @property
    def prize_ids(self) -> tuple[str, ...]:
        """Return the ids of the prizes in the order in which they are drawn."""
        return tuple(prize.id for prize in self.prizes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read `rules.json`; Broken if it is not as specified."""
        return read_file(RULES, data, cls._from_json)

    def to_bytes(self) -> bytes:
        """Write `rules.json`; Broken if it would not be as specified."""
        value: dict[str, Json] = {
            "spec": SPEC,
            "campaign": self.campaign,
            "prizes": [
                {"id": p.id, "name": p.name, "quantity": p.quantity, "reserves": p.reserves} for p in self.prizes
            ],
            "opens_at": stamp(self.opens_at),
            "closes_at": stamp(self.closes_at),
            "draw_at": stamp(self.draw_at),
            "eligibility": self.eligibility,
            "quiz_hash": self.quiz_hash,
            "form_hash": self.form_hash,
            "evidence_key": self.evidence_key,
            "randomness": self.randomness.to_json(),
        }
        if self.claims_until is not None:
            value["claims_until"] = stamp(self.claims_until)
        return write_file(RULES, value, self._from_json)

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = SpecFields(value, cls, optional="claims_until")
        rules = cls(
            campaign=f.text("campaign"),
            prizes=tuple(map(_prize, f.array("prizes"))),
            opens_at=f.time("opens_at"),
            closes_at=f.time("closes_at"),
            draw_at=f.time("draw_at"),
            eligibility=f.mapping("eligibility"),
            quiz_hash=f.hash("quiz_hash"),
            form_hash=f.hash("form_hash"),
            evidence_key=f.hash("evidence_key"),
            randomness=source_of(f.any("randomness")),
            claims_until=f.time("claims_until") if f.has("claims_until") else None,
        )
        demand(rules.claims_until is None or rules.claims_until > rules.draw_at)
        demand(0 < len(rules.prizes) == len(set(rules.prize_ids)))
        demand(rules.opens_at < rules.closes_at <= rules.draw_at)
        demand(not isinstance(rules.randomness, Drand) or rules.randomness.genesis <= rules.draw_at.timestamp())
        return rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """
    What is fixed before the randomness exists (`commitment.json`).

    received = duplicates + the sum of *rejected* + ineligible + withdrawn + pool_size. *code_hash* is the SHA-256 of
    the manifest that lists every function's archive.
    """

    campaign: str
    rules_hash: str
    pool_size: int
    pool_hash: str
    received: int
    duplicates: int
    rejected: Mapping[str, int]
    ineligible: int
    withdrawn: int
    frozen_at: datetime
    draw_at: datetime
    code_hash: str

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read `commitment.json`; Broken if it is not as specified."""
        return read_file(COMMITMENT, data, cls._from_json)

    def to_bytes(self) -> bytes:
        """Write `commitment.json`; Broken if it would not be as specified."""
        value: dict[str, Json] = {"spec": SPEC} | {f.name: getattr(self, f.name) for f in fields(self)}
        value |= {"rejected": dict(self.rejected), "frozen_at": stamp(self.frozen_at), "draw_at": stamp(self.draw_at)}
        return write_file(COMMITMENT, value, self._from_json)

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = SpecFields(value, cls)
        commitment = cls(
            campaign=f.text("campaign"),
            rules_hash=f.hash("rules_hash"),
            pool_size=f.count("pool_size"),
            pool_hash=f.hash("pool_hash"),
            received=f.count("received"),
            duplicates=f.count("duplicates"),
            rejected=f.counts("rejected", _REASON),
            ineligible=f.count("ineligible"),
            withdrawn=f.count("withdrawn"),
            frozen_at=f.time("frozen_at"),
            draw_at=f.time("draw_at"),
            code_hash=f.hash("code_hash"),
        )
        c = commitment
        demand(c.received == c.duplicates + sum(c.rejected.values()) + c.ineligible + c.withdrawn + c.pool_size)
        demand(c.draw_at >= c.frozen_at + NOTICE)
        return commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRecord:
    """
    What was drawn (`record.json`): created once, for ever.

    *seed* is 32 bytes; *quiz_salt*, 16 to 64 bytes, opens the rules' `quiz_hash` to whoever has the answer key.
    """

    campaign: str
    commitment_hash: str
    randomness: Value
    seed: bytes
    drawn_at: datetime
    quiz_salt: bytes
    awards: tuple[Award, ...]

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read `record.json`; Broken if it is not as specified."""
        return read_file(RECORD, data, cls._from_json)

    def to_bytes(self) -> bytes:
        """Write `record.json`; Broken if it would not be as specified."""
        value: dict[str, Json] = {
            "spec": SPEC,
            "campaign": self.campaign,
            "commitment_hash": self.commitment_hash,
            "randomness": self.randomness.to_json(),
            "seed": self.seed.hex(),
            "drawn_at": stamp(self.drawn_at),
            "quiz_salt": self.quiz_salt.hex(),
            "awards": [{"prize": a.prize, "winners": a.winners, "reserves": a.reserves} for a in self.awards],
        }
        return write_file(RECORD, value, self._from_json)

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = SpecFields(value, cls)
        record = cls(
            campaign=f.text("campaign"),
            commitment_hash=f.hash("commitment_hash"),
            randomness=value_of(f.any("randomness")),
            seed=f.binary("seed", 32, 32),
            drawn_at=f.time("drawn_at"),
            quiz_salt=f.binary("quiz_salt", 16, 64),
            awards=tuple(map(_award, f.array("awards"))),
        )
        places = [label for award in record.awards for label in award.winners + award.reserves]
        demand(len(places) == len(set(places)))
        return record


class SpecFields(Fields):
    """The fields of a file of the specification: `spec`, which must be ours, and those of its *kind*, a dataclass."""

    def __init__(self, value: Json, kind: type[Any], optional: str = "") -> None:
        names = (f.name for f in fields(kind) if f.name not in optional.split())
        super().__init__(value, " ".join(["spec", *names]), optional)
        demand(self.any("spec") == SPEC)


def _prize(value: Json) -> Prize:
    f = Fields(value, "id name quantity reserves")
    return Prize(
        id=f.text("id", PRIZE_ID), name=f.text("name"), quantity=f.count("quantity"), reserves=f.count("reserves")
    )


def _award(value: Json) -> Award:
    f = Fields(value, "prize winners reserves")
    return Award(prize=f.text("prize", PRIZE_ID), winners=f.labels("winners"), reserves=f.labels("reserves"))
