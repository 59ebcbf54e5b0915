"""
Tell how far something has come that nobody declared (知らないもの), from what was seen of it and what people said.

What lies in no place of `places` and is not kept is a place of its own, of the kind `unknown`: its name is the
machine's, and what it holds was not read. `inventory` sees it. It is remembered once it was seen. It is

1. `unread`, if this run could not list where it lies;
2. `declared`, if somebody has answered for as much of it as there is now, or for more;
3. `open`, if it is there and nobody has;
4. `unattested`, if it is gone and nobody has said what it was.

Where something could not be listed at all, that is an unread place too: nobody knows what lies there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from prizedraw.erasure.judging import past
from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.state import Attested, PlaceReport, PlaceState
from prizedraw.ports import Reader
from prizedraw.records.erasure import Attestation, ErasureRow, Unlisted
from prizedraw.times import unstamp

LISTS = "unlisted"
"""The id of the place that stands for the lists themselves, where one could not be made."""
UNSIGNED = ":unsigned"
"""What ends the name of a file that is called as one of ours and bears no valid signature."""
MORE = "#more"
"""What stands in the name of many things of one list that are told as one."""
_ID = re.compile(r"unknown-[0-9a-f]{16}")
_NAME = re.compile(
    rf"bucket/(?:published|reports)#[0-9]{{1,19}}(?:{UNSIGNED})?"
    r"|(?:sealed|state|database|bucket|secret)/[A-Za-z0-9_.*?/-]{0,200}(?:#[0-9a-f]{8})?"
    rf"|(?:sealed|state|database|bucket|bucket/published|bucket/reports|secret){MORE}(?:{UNSIGNED})?"
)
"""The machine names that `inventory` gives."""
_WORDS = {
    "sealed": "コレクション",
    "state": "コレクション",
    "database": "データベース",
    "bucket": "バケット",
    "bucket/published": "ファイル",
    "bucket/reports": "ファイル",
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

    @property
    def is_unsigned(self) -> bool:
        """Tell whether it is a file that is called as one of ours and is not ours."""
        return self.name.endswith(UNSIGNED)

    def is_answered(self, mark: Attestation | None) -> bool:
        """Tell whether a person's *mark* is for as much of it as there is, or for more."""
        return mark is not None and self.count <= mark.count


@dataclass(frozen=True)
class Sighting:
    """
    What a look at the moment *at* showed, by place; *problem* is the code of a list that could not be made.

    *folded* are the places of what is there and is told as one with others.
    """

    at: datetime
    unknown: Mapping[str, Unknown]
    problem: str = ""
    folded: frozenset[str] = frozenset()

    def count(self, id: str) -> int | None:
        """Tell how much of a thing is there; None if that is not known."""
        found = self.unknown.get(id)
        return found.count if found is not None else None if self.problem else 0


def is_id(id: str) -> bool:
    """Tell whether this is the id of something unknown."""
    return _ID.fullmatch(id) is not None


def remembered(state: Reader) -> dict[str, Unlisted]:
    """
    Return by place what was seen before.

    A row is one only if its name is a machine's and its id that name's: whatever else somebody wrote there would stand
    in a signed report.
    """
    rows = (row for row in state.scan(Unlisted) if _NAME.fullmatch(row.name))
    return {row.id: row for row in rows if row.id == Unknown(row.name, 0).id}


def reports(
    looked: Sighting,
    known: Mapping[str, Unlisted],
    rows: Mapping[str, Sequence[ErasureRow]],
    marks: Mapping[str, Attestation],
) -> list[PlaceReport]:
    """Tell of each thing that nobody declared how far it has come, and of the lists if one could not be made."""
    names = {id: one.name for id, one in known.items()} | {id: one.name for id, one in looked.unknown.items()}
    told = [
        _judged(id, names[id], looked, past(rows.get(id, ())).found, marks.get(id))
        for id in sorted(names.keys() - looked.folded, key=names.__getitem__)
    ]
    if looked.problem:
        told.append(_told(LISTS, "保管場所の一覧", PlaceState.UNREAD, _LISTING))
    return told


def last_look(rows: Mapping[str, Sequence[ErasureRow]], known: Mapping[str, Unlisted], now: datetime) -> Sighting:
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
    return Sighting(max(moments, default=now), found, problem)


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


def _judged(id: str, name: str, looked: Sighting, before: int | None, mark: Attestation | None) -> PlaceReport:
    count = looked.count(id)
    answered = mark is not None and (count or 0) <= mark.count
    attested = Attested(mark.by, unstamp(mark.at)) if mark is not None and answered else None
    texts = _UNASKED if mark is None or not answered else _Texts(_UNASKED.holds, _declared(mark), _UNASKED.evidence)
    said = f"{'署名の正しくない' if name.endswith(UNSIGNED) else '知らない'}{_WORDS[source_of(name)]} {name}"
    if count is None:
        return _told(id, said, PlaceState.UNREAD, texts, before=before, attestation=attested)  # (1)
    state = PlaceState.DECLARED if answered else PlaceState.OPEN if count else PlaceState.UNATTESTED  # (2) (3) (4)
    most = max(before or 0, count)
    return _told(id, said, state, texts, before=most, after=count, read_at=looked.at, attestation=attested)


def _declared(mark: Attestation) -> str:
    return f"担当者の申告：{mark.what}"


def source_of(name: str) -> str:
    """Return the list in which a thing of this machine name stands."""
    store = name.partition("#")[0]
    return store if store in _WORDS else store.partition("/")[0]


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
