"""
Fix the journal as it is, for whoever must be able to tell later that no row was changed.

Apart from `journal`, so that a step which only writes rows need not carry the library of canonical JSON.
"""

from collections.abc import Iterable

from prizedraw.evidence.canonical_json import canonical, sha256_hex
from prizedraw.records.running import JournalRow


def digest(rows: Iterable[JournalRow]) -> tuple[int, str]:
    """Return how many *rows* there are, and the SHA-256 of their canonical JSON, each ended by LF, ordered by id."""
    lines = [canonical({"id": row.id, **row.to_doc()}) + b"\n" for row in sorted(rows, key=lambda row: row.id)]
    return len(lines), sha256_hex(b"".join(lines))
