"""
The close of everything, once the erasure has begun: from then on nothing is sent, imported, drawn or shipped.

Without this, a step that looks for what it has not done yet would find its own records gone and do it again.
"""

from prizedraw.ports import Reader
from prizedraw.records.erasure import Erasing
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Reply, Result


def stopped(state: Reader) -> Reply | None:
    """Return what a step answers that has nothing to do any more; None while it may act."""
    if state.get(Erasing, ONLY) is None:
        return None
    return Reply(
        Result.UNCHANGED,
        ("個人情報の消去が始まっているため、何もしていません。",),
        next="消去の状況は 現在の状況（status）または個人情報の消去（erase）を {} で実行すると分かります。",
    )
