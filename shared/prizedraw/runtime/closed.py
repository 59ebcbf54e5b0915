"""
Close everything once the erasure of a campaign has begun: from then on nothing is sent, imported, drawn or shipped.

Without this, a step that looks for what it has not done yet would find its own records gone and do it again.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from prizedraw.ports import Reader
from prizedraw.records.entries import ONLY
from prizedraw.records.flat import flat, from_flat
from prizedraw.runtime.orders import Reply, Result


@dataclass(frozen=True, slots=True)
class Erasing:
    """
    Say that the erasure of everything has begun, *began_at* (RFC 3339 UTC, whole seconds).

    *reason* is why it began before its time, as the operator typed it, or empty; *principal* is who let it begin.
    """

    COLLECTION: ClassVar[str] = "erasing"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    began_at: str
    principal: str
    reason: str = ""


def stopped(state: Reader) -> Reply | None:
    """Return what a step answers that has nothing to do any more; None while it may act."""
    if state.get(Erasing, ONLY) is None:
        return None
    return Reply(
        Result.UNCHANGED,
        ("個人情報の消去が始まっているため、何もしていません。",),
        next="消去の状況は status または erase を {} で実行すると分かります。",
    )
