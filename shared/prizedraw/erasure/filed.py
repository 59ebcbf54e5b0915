"""
Read the reports that stand, and believe only those that are ours; nobody can take away what else lies there.

A report is ours (docs/erasure.md, section 1.2) if

1. the request that created it brought a signature of the evidence key that the draw's rules pin;
2. it is as specified, has the places that it must have, and is of this campaign and this key;
3. it bears the number by which its file is called: a signature binds bytes, not names;
4. it was made no later than now, and no earlier than the report before it.

Its PDF is ours if it bears such a signature and names the hash of that JSON; a `.sig` if it is a signature of what lies
beside it; `evidence.pem` if it is the draw's. Everything else by such a name is a stranger: it is named, and never
signed. The next report takes the next number of which nothing lies there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.ports import Clock, PublishedFiles, Reports

if TYPE_CHECKING:
    from prizedraw.erasure.report import Report
    from prizedraw.lottery.published import PublishedDraw

FOLDER = "erasure/"
NAME = re.compile(rf"{re.escape(FOLDER)}(\d{{3,}})-report\.(?:json|pdf)(?:{re.escape(SIGNATURE)})?", re.ASCII)
_COPY = FOLDER + EVIDENCE
_KINDS = {place.id: place.kind for place in PLACES}
_NEVER_WITHOUT = frozenset({"entries", "mailbox", "logo"})
"""The places without which there never was a report, together with one of time and one of keys."""


@dataclass(frozen=True, kw_only=True)
class Filed:
    """
    What lies in the folder of the reports: the *last* of ours, the *names* of its files that stand, and *strangers*.

    *numbers* are all those of which something lies there, whoever put it there.
    """

    last: "Report | None" = None
    names: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Tell whether all files of the last report are, or can still become, ours."""
        return self.last is None or self.strangers.isdisjoint(files_of(self.last.number))

    @property
    def free(self) -> int:
        """Return the number that the next report takes."""
        number = self.last.number + 1 if self.last is not None else 1
        while number in self.numbers:
            number += 1
        return number


def name_of(number: int, end: str = ".json") -> str:
    """Return the name of the file of a report, `.json` or `.pdf`: `erasure/001-report.json`."""
    return f"{FOLDER}{number:03}-report{end}"


def files_of(number: int) -> tuple[str, ...]:
    """Return the names of the files that a report has."""
    return tuple(name_of(number, end) + more for end in (".json", ".pdf") for more in ("", SIGNATURE))


def read_filed(reports: Reports, draw: "PublishedDraw | None", clock: Clock) -> Filed:
    """Read the folder; without a *draw* there is no key, and so nothing of ours."""
    names = reports.names(FOLDER)
    now = clock()  # after they were listed: one that was created meanwhile is not of the future
    found = {name: match for name in names if (match := NAME.fullmatch(name))}
    numbers = {int(match[1]) for match in found.values()}
    copies = [name for name in (_COPY, _COPY + SIGNATURE) if name in names]
    last, ours, of_last = None, set[str](), frozenset[str]()
    if draw is not None:
        ours |= {name for name in copies if name == _COPY and reports.read(name) == draw.key.pem}
        for number in sorted(numbers):
            report = _ours(reports, draw, number, last, now)
            if report is not None:
                last, of_last = report, frozenset(_files(reports, draw, report))
                ours |= of_last
    strangers = frozenset([*found, *copies]) - ours
    return Filed(last=last, names=of_last, strangers=strangers, numbers=frozenset(numbers))


def _ours(
    reports: PublishedFiles, draw: "PublishedDraw", number: int, last: "Report | None", now: datetime
) -> "Report | None":
    """Return the report of that number, if there is one and it is ours; *last* is the one before it."""
    name = name_of(number)
    found = reports.find(name)
    if found is None or not draw.key.verifies(found.data, found.signature):  # (1)
        return None
    from prizedraw.erasure.report import Report  # noqa: PLC0415  loads the specification, which the first report needs

    try:
        report = Report.from_bytes(found.data, name)
    except Broken:
        return None
    is_ours = (report.campaign, report.evidence_key) == (draw.rules.campaign, draw.key.hash) and _has_places(report)
    is_timely = report.made_at <= now and (last is None or report.made_at >= last.made_at)
    return report if is_ours and report.number == number and is_timely else None  # (2, 3, 4)


def _has_places(report: "Report") -> bool:
    """Tell whether a report has the places that each has, all of the specification's kinds (section 3.1)."""
    kinds = {place.id: place.kind for place in report.places}
    has_least = kinds.keys() >= _NEVER_WITHOUT and {PlaceKind.KEY, PlaceKind.TIME} <= set(kinds.values())
    return has_least and all(_KINDS.get(id, kind) is kind for id, kind in kinds.items())


def _files(reports: PublishedFiles, draw: "PublishedDraw", report: "Report") -> Iterator[str]:
    """Yield the names of those files of a report that are ours."""
    data = report.to_bytes()
    yield name_of(report.number)
    if _is_signature(reports, draw, name_of(report.number), data):
        yield name_of(report.number) + SIGNATURE
    pdf = name_of(report.number, ".pdf")
    found = reports.find(pdf)
    if found is None or not draw.key.verifies(found.data, found.signature):
        return
    if sha256_hex(data).encode() in found.data:
        yield pdf
        if _is_signature(reports, draw, pdf, found.data):
            yield pdf + SIGNATURE


def _is_signature(reports: PublishedFiles, draw: "PublishedDraw", name: str, data: bytes) -> bool:
    signature = reports.read(name + SIGNATURE)
    return signature is not None and draw.key.verifies(data, signature)
