"""
Look at what is there, not at what is expected: list the stores, and find what nobody declared.

What it is told as, and when it keeps 完了 back, is said by `unlisted`. Nothing of it is read or erased.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256

from prizedraw.analysis import file as analysis_file
from prizedraw.erasure.believed import PUBLISHED, REPORTS, Believed
from prizedraw.erasure.filed import FOLDER
from prizedraw.erasure.judging import past, row_id
from prizedraw.erasure.kept import KEPT
from prizedraw.erasure.places import PLACES
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.unlisted import LISTS, MORE, UNSIGNED, Sighting, Unknown
from prizedraw.errors import tried
from prizedraw.evidence import status_pages
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.lottery import forfeit_file
from prizedraw.lottery.names import COMMITMENT, POOL, RECORD, RULES
from prizedraw.lottery.published import PublishedDraw
from prizedraw.lottery.randomness_file import NAME as RANDOMNESS
from prizedraw.ports import Create, Inventory, Listed, Replace, Write
from prizedraw.records.erasure import ErasureRow, Unlisted
from prizedraw.records.running import JournalRow
from prizedraw.runtime.lease import Hold, batches
from prizedraw.times import stamp
from prizedraw.typed.crockford import LABEL

MOST = 30
"""So many unknown things of one list, for which nobody has answered, are told one by one; the others as one."""

_ANALYSIS = analysis_file.NAME.removesuffix("json")
_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,64}|\*", re.ASCII)
_STORES = frozenset(store for stores in (*(p.stores for p in PLACES), *(k.stores for k in KEPT)) for store in stores)
_SIG = f"(?:{re.escape(SIGNATURE)})?"
_FILES = "|".join(map(re.escape, (RULES, POOL, COMMITMENT, RECORD, EVIDENCE, RANDOMNESS)))
NAMES: Mapping[str, re.Pattern[str]] = {
    "bucket/published": re.compile(
        rf"(?:{_FILES}|{re.escape(forfeit_file.FOLDER)}{LABEL.pattern}(?:\.restored)?\.json){_SIG}"
    ),
    "bucket/reports": re.compile(
        rf"analysis\.(?:json|html|xlsx)|{status_pages.PATTERN}"
        rf"|{re.escape(FOLDER)}(?:{re.escape(EVIDENCE)}|\d{{3,}}-report\.(?:json|pdf)){_SIG}",
        re.ASCII,
    ),
}
"""The names of all files that some step writes into a bucket that is kept."""
_GOOGLES = re.compile(r"/gcf-v2-(?:sources|uploads)-\d+-[a-z0-9-]+(?:\.cloudfunctions\.appspot\.com)?", re.ASCII)
"""Buckets that Cloud Functions makes by itself, for the archives of the programs."""


def undeclared(powers: Powers, believed: Believed, source: str = "") -> Iterator[Unknown]:
    """Yield what is there and was declared by nobody, of one list or of all; raises whatever a list raises."""
    more = {PUBLISHED: partial(foreign_files, believed.draw), REPORTS: partial(_unmarked, powers, believed)}
    for name, inventory in _inventories(powers).items():
        if source in ("", name):
            foreign = believed.strangers[name] | more[name]() if name in more else set[str]()
            yield from _told(name, _of(name, inventory, foreign), believed)


def look(powers: Powers, believed: Believed, *, everything: bool) -> Sighting:
    """List *everything*, or only files of our names that are not ours; a list that cannot be made leaves the others."""
    at, found, folded, problem = powers.now(), dict[str, Unknown](), set[str](), ""
    foreign = dict(believed.strangers)
    if everything:
        more, problem = tried(partial(foreign_files, believed.draw), set[str]())
        foreign[PUBLISHED] = foreign[PUBLISHED] | more
        more, wrong = tried(partial(_unmarked, powers, believed), set[str]())
        foreign[REPORTS], problem = foreign[REPORTS] | more, problem or wrong
    for source, inventory in _inventories(powers).items():
        nothing: list[Unknown] = []
        if everything or foreign.get(source):
            some, wrong = tried(partial(_of, source, inventory, foreign.get(source, set())), nothing)
            told = _told(source, [one for one in some if everything or one.is_unsigned], believed)
            found |= {one.id: one for one in told}
            folded |= {one.id for one in some} - found.keys()
            problem = problem or wrong
    return Sighting(at, found, problem, frozenset(folded))


def foreign_files(draw: PublishedDraw | None) -> set[str]:
    """Return the published files that have a name of ours without being ours: no valid signature, or of nothing."""
    if draw is None:
        return set()
    names = {name for name in draw.files.names() if NAMES[PUBLISHED].fullmatch(name)}
    found = names & {EVIDENCE + SIGNATURE, POOL + SIGNATURE}  # of these two no step makes a copy
    for name in names - found - {EVIDENCE}:
        signed = name.removesuffix(SIGNATURE)
        file = draw.files.find(signed)
        signature = file.signature if file is not None and name == signed else draw.files.read(name)
        if file is None or not draw.key.verifies(file.data, signature or b""):
            found.add(name)
    return found


def _unmarked(powers: Powers, believed: Believed) -> set[str]:
    """
    Return the files of an analysis that was not made, or not to its end, and the pages of a status of which the
    journal does not know: whoever put them there.
    """
    analysis = set() if believed.came.analysed else set(powers.reports.names(_ANALYSIS))
    pages = powers.reports.names(status_pages.FOLDER)
    saved = {row.id for row in powers.state.scan(JournalRow) if row.step == "status"} if pages else set[str]()
    return analysis | {name for name in pages if status_pages.row_of(name) not in saved}


def note(hold: Hold, looked: Sighting, known: Mapping[str, Unlisted], rows: dict[str, list[ErasureRow]]) -> None:
    """Remember what was seen for the first time, and write a row of whatever has changed."""
    writes: list[Write] = []
    for id in sorted({*known, *looked.unknown} - looked.folded):
        if id not in known:
            # Over whatever lies there: a row that says something else is not ours.
            writes.append(Replace(Unlisted(id, looked.unknown[id].name, stamp(looked.at))))
        writes += _row(id, looked, looked.count(id), rows)
    if looked.problem or LISTS in rows:
        writes += _row(LISTS, looked, None if looked.problem else 0, rows)
    for batch in batches(writes):
        hold.commit(batch)


def _row(id: str, looked: Sighting, count: int | None, rows: dict[str, list[ErasureRow]]) -> list[Write]:
    mine = rows.setdefault(id, [])
    last = past(mine).last
    problem = looked.problem if count is None else ""
    if last is not None and (last.after, last.problem) == (count, problem):
        return []
    row = ErasureRow(row_id(id, len(mine) + 1), id, stamp(looked.at), count, count, "", problem)
    mine.append(row)
    return [Create(row)]


def _inventories(powers: Powers) -> dict[str, Inventory]:
    return {"sealed": powers.sealed, "state": powers.state, **powers.inventories}


def _of(source: str, inventory: Inventory, foreign: Collection[str]) -> list[Unknown]:
    """
    Return what one list shows and nobody declared, in the order of names.

    *foreign* are files that are called as ours are.
    """
    strange = (one for one in inventory.listed() if one.shown in foreign or not _is_declared(source, one))
    found = sorted(strange, key=lambda one: one.name)
    return [Unknown(_machine_name(source, one, foreign), one.count, one.shown) for one in found]


def _told(source: str, found: Sequence[Unknown], believed: Believed) -> Iterator[Unknown]:
    """
    Yield what is told of one list: what somebody has answered for, then up to `MOST` of each kind, the rest as one.

    Files that are called as ours are a kind of their own: no number of others hides one.
    """
    marks = believed.words.attested
    yield from (one for one in found if one.is_answered(marks.get(one.id)))
    for end in (UNSIGNED, ""):
        some = [one for one in found if one.is_unsigned == bool(end) and not one.is_answered(marks.get(one.id))]
        yield from some[:MOST]
        if some[MOST:]:
            yield Unknown(f"{source}{MORE}{end}", sum(one.count for one in some[MOST:]))


def _is_declared(source: str, listed: Listed) -> bool:
    if source in NAMES:
        return NAMES[source].fullmatch(listed.shown) is not None
    if source == "database":
        return f"history/{listed.name}" in _STORES
    if source == "bucket" and _GOOGLES.fullmatch(listed.name):
        return True
    return f"{source}/{listed.name}" in _STORES


def _machine_name(source: str, listed: Listed, foreign: Collection[str]) -> str:
    """Name a thing as it stands in a report; what could be somebody's name or address is told by its hash alone."""
    if source in NAMES:
        return f"{source}#{listed.name}{UNSIGNED if listed.shown in foreign else ''}"
    parts = [part if not part or _SAFE.fullmatch(part) else "?" for part in listed.name.split("/")]
    name = f"{source}/{'/'.join(parts)}"[:200]
    return name if "?" not in parts else f"{name}#{sha256(listed.name.encode()).hexdigest()[:8]}"
