"""
Look at what is there, not at what is expected: list the stores, and tell what nobody declared (知らないもの).

What lies in no place of `places` and is not kept is a place of its own, of the kind `unknown`: its name is the
machine's, and what it holds was not read. Such a thing is remembered once it was seen. It is

1. `unread`, if this run could not list where it lies;
2. `done`, if somebody has answered for as much of it as there is now, or for more;
3. `open`, if it is there and nobody has;
4. `unattested`, if it is gone and nobody has said what it was.

Where something could not be listed at all, that is an unread place too: nobody knows what lies there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256

from prizedraw.erasure.kept import KEPT
from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.progress import past
from prizedraw.erasure.report import FOLDER as REPORTS
from prizedraw.erasure.state import Attested, PlaceReport, PlaceState
from prizedraw.erasure.witnesses import tried
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.lottery import forfeit_file
from prizedraw.lottery.files import COMMITMENT, POOL, RECORD, RULES
from prizedraw.ports import Create, Inventory, Listed, Write
from prizedraw.records.erasure import Attestation, ErasureRow, Unlisted
from prizedraw.runtime.lease import Hold, batches
from prizedraw.times import stamp, unstamp
from prizedraw.typed.crockford import LABEL

LISTS = "unlisted"
"""The id of the place that stands for the lists themselves, where one could not be made."""
MOST = 30
"""So many unknown things of one list are told one by one; what comes after them is told as one."""

_ID = re.compile(r"unknown-[0-9a-f]{16}")
_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,64}|\*", re.ASCII)
_STORES = frozenset(store for one in (*PLACES, *KEPT) for store in one.stores)
_SIG = f"(?:{re.escape(SIGNATURE)})?"
_FILES = "|".join(map(re.escape, (RULES, POOL, COMMITMENT, RECORD, EVIDENCE, "randomness.json")))
NAMES: Mapping[str, re.Pattern[str]] = {
    "bucket/published": re.compile(rf"(?:{_FILES}|{re.escape(forfeit_file.FOLDER)}{LABEL.pattern}\.json){_SIG}"),
    "bucket/reports": re.compile(
        rf"(?:analysis\.(?:json|html|xlsx)|{re.escape(REPORTS)}(?:{re.escape(EVIDENCE)}|\d{{3,}}-report\.(?:json|pdf)))"
        rf"{_SIG}",
        re.ASCII,
    ),
}
"""The names of all files that some step writes into a bucket that is kept."""
_GOOGLES = re.compile(r"/gcf-v2-(?:sources|uploads)-\d+-[a-z0-9-]+(?:\.cloudfunctions\.appspot\.com)?", re.ASCII)
"""Buckets that Cloud Functions makes by itself, for the archives of the programs."""
_WORDS = {
    "sealed": "コレクション",
    "state": "コレクション",
    "database": "データベース",
    "bucket": "バケット",
    "secret": "シークレット",
}


@dataclass(frozen=True)
class Unknown:
    """One thing that nobody declared: its machine *name*, how much it is, and what a person finds it by."""

    name: str
    count: int
    shown: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """Name its place."""
        return f"unknown-{sha256(self.name.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Looked:
    """What a look at the moment *at* showed, by place; *problem* is the code of a list that could not be made."""

    at: datetime
    unknown: Mapping[str, Unknown]
    problem: str = ""

    def count(self, id: str) -> int | None:
        """Tell how much of a thing is there; None if that is not known."""
        found = self.unknown.get(id)
        return found.count if found is not None else None if self.problem else 0


def is_id(id: str) -> bool:
    """Tell whether this is the id of something unknown."""
    return _ID.fullmatch(id) is not None


def undeclared(powers: Powers) -> Iterator[Unknown]:
    """Yield what is there and was declared by nobody; raises whatever a list raises."""
    for source, inventory in _inventories(powers).items():
        yield from _of(source, inventory)


def look(powers: Powers) -> Looked:
    """List everything; a list that cannot be made leaves the others."""
    at, found, problem = powers.now(), dict[str, Unknown](), ""
    for source, inventory in _inventories(powers).items():
        some, wrong = tried(partial(_of, source, inventory), [])
        found |= {one.id: one for one in some}
        problem = problem or wrong
    return Looked(at, found, problem)


def note(hold: Hold, looked: Looked, known: Mapping[str, Unlisted], rows: dict[str, list[ErasureRow]]) -> None:
    """Remember what was seen for the first time, and write a row of whatever has changed."""
    writes: list[Write] = []
    for id in sorted({*known, *looked.unknown}):
        if id not in known:
            writes.append(Create(Unlisted(id, looked.unknown[id].name, stamp(looked.at))))
        writes += _row(id, looked, looked.count(id), rows)
    if looked.problem or LISTS in rows:
        writes += _row(LISTS, looked, None if looked.problem else 0, rows)
    for batch in batches(writes):
        hold.commit(batch)


def _row(id: str, looked: Looked, count: int | None, rows: dict[str, list[ErasureRow]]) -> list[Write]:
    mine = rows.setdefault(id, [])
    last = past(mine).last
    problem = looked.problem if count is None else ""
    if last is not None and (last.after, last.problem) == (count, problem):
        return []
    row = ErasureRow(f"{id}-{len(mine) + 1:04d}", id, stamp(looked.at), count, count, "", problem)
    mine.append(row)
    return [Create(row)]


def reports(
    looked: Looked,
    known: Mapping[str, Unlisted],
    rows: Mapping[str, Sequence[ErasureRow]],
    marks: Mapping[str, Attestation],
) -> list[PlaceReport]:
    """Tell of each thing that nobody declared how far it has come, and of the lists if one could not be made."""
    names = {id: one.name for id, one in known.items()} | {id: one.name for id, one in looked.unknown.items()}
    told = [
        _judged(id, names[id], looked, past(rows.get(id, ())).found, marks.get(id))
        for id in sorted(names, key=lambda id: (names[id], id))
    ]
    if looked.problem:
        told.append(_told(LISTS, "保管場所の一覧", PlaceState.UNREAD, _LISTING))
    return told


def last_look(rows: Mapping[str, Sequence[ErasureRow]], known: Mapping[str, Unlisted], now: datetime) -> Looked:
    """Take what the last run found for what is seen."""
    found, problem = {}, ""
    for id, one in known.items():
        last = past(rows.get(id, ())).last
        if last is not None and last.after:
            found[id] = Unknown(one.name, last.after)
    last = past(rows.get(LISTS, ())).last
    if last is not None:
        problem = last.problem
    moments = [unstamp(row.at) for id in (*known, LISTS) for row in rows.get(id, ())]
    return Looked(max(moments, default=now), found, problem)


def _inventories(powers: Powers) -> dict[str, Inventory]:
    return {"sealed": powers.sealed, "state": powers.state, **powers.inventories}


def _of(source: str, inventory: Inventory) -> list[Unknown]:
    """Return what one list shows and nobody declared, in the order of names; beyond `MOST` as one."""
    found = sorted((one for one in inventory.listed() if not _is_declared(source, one)), key=lambda one: one.name)
    told = [Unknown(_machine_name(source, one), one.count, one.shown) for one in found]
    if len(told) <= MOST:
        return told
    return [*told[:MOST], Unknown(f"{source}#more", sum(one.count for one in told[MOST:]))]


def _is_declared(source: str, listed: Listed) -> bool:
    if source in NAMES:
        return NAMES[source].fullmatch(listed.shown) is not None
    if source == "database":
        return f"history/{listed.name}" in _STORES
    if source == "bucket" and _GOOGLES.fullmatch(listed.name):
        return True
    return f"{source}/{listed.name}" in _STORES


def _machine_name(source: str, listed: Listed) -> str:
    """Name a thing as it stands in a report; what could be somebody's name or address is told by its hash alone."""
    if source in NAMES:
        return f"{source}#{listed.name}"
    parts = [part if not part or _SAFE.fullmatch(part) else "?" for part in listed.name.split("/")]
    name = f"{source}/{'/'.join(parts)}"[:200]
    return name if "?" not in parts else f"{name}#{sha256(listed.name.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class _Texts:
    holds: str
    method: str
    evidence: str


_UNASKED = _Texts(
    "プログラムが知らないもの（何が入っているかは読んでいません）",
    "担当者が中身を確かめ、個人情報があれば削除し、何であったかを申告",
    "担当者の申告（プログラムは、あるかどうかだけを確かめます）",
)
_LISTING = _Texts(
    "プログラムが知らないものがあるかどうか",
    "データベース、バケット、シークレット、残すファイルの一覧を読み、知らないものがないことを確認",
    "一覧を読み直して、知らないものがないか、すべてに担当者の申告があること",
)


def _judged(id: str, name: str, looked: Looked, before: int | None, mark: Attestation | None) -> PlaceReport:
    count = looked.count(id)
    answered = mark is not None and (count or 0) <= mark.count
    attested = Attested(mark.by, unstamp(mark.at)) if mark is not None and answered else None
    texts = _UNASKED if mark is None or not answered else _Texts(_UNASKED.holds, _declared(mark), _UNASKED.evidence)
    said = f"知らない{_word(name)} {name}"
    if count is None:
        return _told(id, said, PlaceState.UNREAD, texts, before=before, attestation=attested)  # (1)
    state = PlaceState.DONE if answered else PlaceState.OPEN if count else PlaceState.UNATTESTED  # (2) (3) (4)
    most = max(before or 0, count)
    return _told(id, said, state, texts, before=most, after=count, read_at=looked.at, attestation=attested)


def _declared(mark: Attestation) -> str:
    return f"担当者の申告：{mark.what}"


def _word(name: str) -> str:
    source = re.split("[/#]", name, maxsplit=1)[0]
    return "ファイル" if name.startswith(tuple(f"{bucket}#" for bucket in NAMES)) else _WORDS.get(source, "もの")


def _told(
    id: str,
    name: str,
    state: PlaceState,
    texts: _Texts,
    *,
    before: int | None = None,
    after: int | None = None,
    read_at: datetime | None = None,
    attestation: Attested | None = None,
) -> PlaceReport:
    return PlaceReport(
        id=id,
        name=name,
        holds=texts.holds,
        kind=PlaceKind.UNKNOWN,
        method=texts.method,
        evidence=texts.evidence,
        state=state,
        before=before,
        after=after,
        read_at=read_at,
        attestation=attestation,
    )
