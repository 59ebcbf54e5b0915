"""
Count what went through a place, by the journal: what lay there for an hour was there, and a later look finds nothing.

A file of registrations is erased once it was imported, a shipping list once the next was made. So the look with which
the erasure begins finds an empty folder, and a report that gave only that number would say that nothing ever came.

The journal's rows are fixed by the hash in each report. As with all that is told of a place, no row that is missing
later takes back what an earlier report of ours has told (`believed`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from prizedraw.erasure.state import PlaceReport
from prizedraw.records.running import JournalRow

UNITS: Mapping[str, str] = {
    "claims-bucket": "件（取り込んだCSV）",
    "exports-bucket": "件（作った発送リスト）",
    "shipping-passwords": "件（作ったパスワード）",
    "mailbox-sent": "通（送ったメール）",
}
"""The places through which things go, and what was counted there."""


def passed(rows: Iterable[JournalRow], told: Mapping[str, PlaceReport]) -> dict[str, int]:
    """Return by place how much went through it by the journal's *rows*; *told* is what the last report said."""
    count = Counter(dict.fromkeys(UNITS, 0))
    for row in rows:
        match row.step, row.action:
            case "claim", "imported":
                count["claims-bucket"] += 1
            case "ship", "listed":
                count["exports-bucket"] += 1
                count["shipping-passwords"] += 1
            case "notify", "sent":
                count["mailbox-sent"] += row.counts.get("sent", 0)
    return {id: max(number, _told(told.get(id))) for id, number in count.items()}


def _told(place: PlaceReport | None) -> int:
    return (place.passed or 0) if place is not None else 0
