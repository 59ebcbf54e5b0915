"""Tell whether a campaign is prepared: before that there are no keys, and no step has anything to do."""

from prizedraw.lottery.opening import open_draw
from prizedraw.ports import PublishedFiles, Reader
from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY


def is_prepared(state: Reader, published: PublishedFiles) -> bool:
    """
    Tell whether `prepare` has finished: its mark says so or, where that was taken away, the rules that it published.

    Raises:
        Again: the files cannot be read.
        Broken: they are not ours.
    """
    mark = state.get(Prepared, ONLY)
    return (mark is not None and bool(mark.record.prepared_at)) or open_draw(published) is not None
