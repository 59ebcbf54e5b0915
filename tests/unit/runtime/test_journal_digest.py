"""The digest of the journal: any row that is added, changed or lost shows, whatever order the rows come in."""

from dataclasses import replace

import pytest

from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.records.running import JournalRow
from prizedraw.runtime.journal_digest import digest

ROWS = [
    JournalRow(f"2026-03-0{day}", f"2026-03-0{day}T00:00:00Z", "draw", "op@example.jp", "drawn", {"winners": 5}, {})
    for day in (1, 2, 3)
]


def test_is_of_canonical_lines_by_id() -> None:
    line = (
        b'{"action":"drawn","at":"2026-03-01T00:00:00Z","counts":{"winners":5},"hashes":{},"id":"2026-03-01",'
        b'"principal":"op@example.jp","step":"draw"}\n'
    )
    assert digest(ROWS[:1]) == (1, sha256_hex(line))
    assert digest([]) == (0, sha256_hex(b""))


def test_does_not_depend_on_the_order() -> None:
    assert digest(reversed(ROWS)) == digest(ROWS)


@pytest.mark.parametrize(
    "rows", [ROWS[:2], [*ROWS, replace(ROWS[0], id="2026-03-04")], [replace(ROWS[0], principal="x"), *ROWS[1:]]]
)
def test_shows_every_change(rows: list[JournalRow]) -> None:
    assert digest(rows)[1] != digest(ROWS)[1]
