"""
Write and read the report of an erasure, 個人情報消去報告書, as canonical JSON (docs/erasure.md).

What it says in sum is derived from its places (`erasure.state`), and a report whose places contradict themselves is
neither written nor read. Times are aware datetimes in UTC, whole seconds; hashes are SHA-256 in lower-case hex.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Self, TypeVar

from prizedraw.erasure.attested import TEXT
from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.state import Attested, Overall, PlaceReport, PlaceState, consistent, state_of
from prizedraw.errors import Broken, Problem
from prizedraw.evidence.canonical_json import canonical, read_canonical
from prizedraw.evidence.fields import Fields, Json, demand
from prizedraw.times import stamp

_T = TypeVar("_T")

SPEC = "prizedraw-erasure/2"

MALFORMED = Problem(
    "E-890",
    "消去報告書 {file} の内容が仕様 prizedraw-erasure/2 に合いません。作業を止めて保守担当に連絡してください。",
)

_ID = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
_ARCHIVE = re.compile("[a-z0-9][a-z0-9._-]{0,63}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Addressee:
    """The office that the report is for, and its head, to whom it is addressed; None where a line is left for that."""

    name: str
    section: str
    head: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract under which the data was handled, and the work that it was registered for; None: a line is left."""

    name: str | None = None
    number: str | None = None
    work: str | None = None


@dataclass(frozen=True, slots=True)
class Contractor:
    """
    Who handled the data, and the role that answers for it; None: a line is left to be filled in by hand.

    *officer* is the name of who has that role, *representative* the title and name of who signs for the contractor.
    """

    name: str
    responsible: str
    address: str | None = None
    representative: str | None = None
    officer: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """
    How many people it is about: responses *received* and *accepted* (commitment), *winners* drawn (record).

    None where there is no such file of ours.
    """

    received: int | None = None
    accepted: int | None = None
    winners: int | None = None


@dataclass(frozen=True, slots=True)
class Processor:
    """Somebody else who handled the data for the contractor, and what they did."""

    name: str
    does: str


@dataclass(frozen=True, slots=True)
class Handling:
    """The first and the last day on which personal data was handled, both included."""

    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class KeptReport:
    """What is kept on purpose, why, and how long (in words)."""

    id: str
    name: str
    holds: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Versions:
    """The program: the hash of the manifest, and of each archive that it lists."""

    code_hash: str
    archives: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JournalDigest:
    """The journal as it was: how many rows, and the SHA-256 of their canonical JSON, each ended by LF, by id."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """
    A whole report; *number* counts the campaign's reports from 1.

    *standard* is by which standard it was erased, *earliest* the first day on which all can be complete, or was.
    *commitment_hash* and *record_hash* are None if the erasure came before freeze or
    draw; *evidence_key* is the SHA-256 of the signing key's DER.
    """

    campaign: str
    title: str
    number: int
    made_at: datetime
    addressee: Addressee
    contract: Contract
    contractor: Contractor
    handling: Handling
    subjects: str
    people: People
    items: tuple[str, ...]
    processors: tuple[Processor, ...]
    standard: str
    earliest: date
    places: tuple[PlaceReport, ...]
    kept: tuple[KeptReport, ...]
    versions: Versions
    commitment_hash: str | None
    record_hash: str | None
    journal: JournalDigest
    evidence_key: str

    @property
    def state(self) -> Overall:
        """Derive how far the erasure has come."""
        return state_of(self.places)

    @classmethod
    def from_bytes(cls, data: bytes, file: str = "report.json") -> Self:
        """Read a report, *file* in errors; Broken if it is not as specified, or contradicts itself."""
        value = read_canonical(data, file)
        try:
            return cls._from_json(value)
        except ValueError:
            raise Broken(MALFORMED, file=file) from None

    def to_bytes(self) -> bytes:
        """Write the report; Broken if it would not be as specified, or contradicts itself."""
        data = canonical({"spec": SPEC, "state": self.state} | _plain(self))
        self.from_bytes(data)
        return data

    @classmethod
    def _from_json(cls, value: Json) -> Self:
        f = Fields(value, " ".join(["spec", "state", *_names(cls)]))
        demand(f.any("spec") == SPEC)
        report = cls(
            campaign=f.text("campaign", _ID),
            title=f.text("title", TEXT),
            number=f.count("number"),
            made_at=f.time("made_at"),
            addressee=Addressee(**_texts(f.any("addressee"), Addressee)),
            contract=Contract(**_texts(f.any("contract"), Contract)),
            contractor=Contractor(**_texts(f.any("contractor"), Contractor)),
            handling=_handling(f.any("handling")),
            subjects=f.text("subjects", TEXT),
            people=_people(f.any("people")),
            items=tuple(Fields({"item": item}, "item").text("item", TEXT) for item in f.array("items")),
            processors=tuple(Processor(**_texts(one, Processor)) for one in f.array("processors")),
            standard=f.text("standard", TEXT),
            earliest=date.fromisoformat(f.text("earliest", _DAY)),
            places=tuple(map(_place, f.array("places"))),
            kept=tuple(KeptReport(**_texts(kept, KeptReport)) for kept in f.array("kept")),
            versions=_versions(f.any("versions")),
            commitment_hash=_or_none(f, "commitment_hash", f.hash),
            record_hash=_or_none(f, "record_hash", f.hash),
            journal=_journal(f.any("journal")),
            evidence_key=f.hash("evidence_key"),
        )
        demand(report.number > 0 and bool(report.items) and report.state == f.any("state"))
        people = report.people
        demand((people.received is None) == (people.accepted is None) == (report.commitment_hash is None))
        demand((people.winners is None) == (report.record_hash is None))
        ids = [place.id for place in report.places] + [kept.id for kept in report.kept]
        demand(len(ids) == len(set(ids)) and all(map(_ID.fullmatch, ids)))
        demand(any(place.kind is PlaceKind.KEY for place in report.places))
        demand(all(consistent(place, report.made_at) for place in report.places))
        return report


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _plain(value: Any) -> Any:
    """Turn records into what JSON knows."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return list(map(_plain, value))
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return stamp(value)
    return value.isoformat() if isinstance(value, date) else value


def _texts(value: Json, kind: type) -> dict[str, Any]:
    """Read an object of texts; where the record says so, one may be null."""
    f = Fields(value, " ".join(_names(kind)))

    def text(name: str) -> str:
        return f.text(name, TEXT)

    return {one.name: text(one.name) if one.type is str else _or_none(f, one.name, text) for one in fields(kind)}


def _or_none(f: Fields, name: str, read: Callable[[str], _T]) -> _T | None:
    return None if f.any(name) is None else read(name)


def _handling(value: Json) -> Handling:
    f = Fields(value, "begins ends")
    handling = Handling(*(date.fromisoformat(f.text(name, _DAY)) for name in ("begins", "ends")))
    demand(handling.begins <= handling.ends)
    return handling


def _people(value: Json) -> People:
    f = Fields(value, " ".join(_names(People)))
    return People(*(_or_none(f, name, f.count) for name in _names(People)))


def _place(value: Json) -> PlaceReport:
    f = Fields(value, " ".join(_names(PlaceReport)))
    return PlaceReport(
        id=f.text("id", TEXT),
        name=f.text("name", TEXT),
        holds=f.text("holds", TEXT),
        kind=PlaceKind(f.text("kind")),
        method=f.text("method", TEXT),
        evidence=f.text("evidence", TEXT),
        state=PlaceState(f.text("state")),
        passed=_or_none(f, "passed", f.count),
        before=_or_none(f, "before", f.count),
        after=_or_none(f, "after", f.count),
        erased_at=_or_none(f, "erased_at", f.time),
        read_at=_or_none(f, "read_at", f.time),
        until=_or_none(f, "until", f.time),
        attestation=_attested(f.any("attestation")),
    )


def _attested(value: Json) -> Attested | None:
    if value is None:
        return None
    f = Fields(value, "by at")
    return Attested(f.text("by", TEXT), f.time("at"))


def _versions(value: Json) -> Versions:
    f = Fields(value, "code_hash archives")
    names = f.mapping("archives")
    demand(all(map(_ARCHIVE.fullmatch, names)))
    archives = Fields(names, " ".join(names))
    return Versions(f.hash("code_hash"), {name: archives.hash(name) for name in names})


def _journal(value: Json) -> JournalDigest:
    f = Fields(value, "rows hash")
    return JournalDigest(f.count("rows"), f.hash("hash"))
