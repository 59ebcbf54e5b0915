"""
Read what has come before an erasure, and believe of it what the files prove:

1. The winners are drawn, if the record stands.
2. All is shipped, if who holds a place by record, forfeits and returns has a mark in `state`; whoever has a place back
   and was erased on request since is sent nothing. A forged mark lets addresses go early: the winners' registrations
   are still in the claim form, and the file can be dropped again.
3. The entries are analysed, if the mark in `state` has the hash of the file that stands.
"""

from collections.abc import Iterator
from functools import partial

from prizedraw.analysis import file as analysis_file
from prizedraw.erasure.believed import Believed
from prizedraw.erasure.due import Came
from prizedraw.erasure.powers import Powers
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.fulfilment import holders
from prizedraw.lottery import forfeit_file, restored_file
from prizedraw.lottery.names import COMMITMENT, RECORD
from prizedraw.lottery.published import PublishedDraw, Recorded
from prizedraw.ports import Clock
from prizedraw.records.analysis import Analysed
from prizedraw.records.fulfilment import Forfeit, Restored
from prizedraw.records.running import ONLY


def read(powers: Powers, found: Believed, draw: PublishedDraw) -> Came:
    """Tell what has come; what is not ours, and what keeps a file from being read, is added to what was *found*."""
    drawn, shipped = found.attempt(lambda: _draw(powers, found, draw), (False, False))
    return Came(drawn=drawn, shipped=shipped, analysed=found.attempt(lambda: _is_analysed(powers), False))


def _draw(powers: Powers, found: Believed, draw: PublishedDraw) -> tuple[bool, bool]:
    """Read commitment, record, forfeits and returns, and tell whether the winners are drawn and all is shipped."""
    found.committed = found.ours(COMMITMENT, partial(draw.commitment, powers.clock))
    read_record = partial(draw.record, powers.clock)
    found.recorded = recorded = found.ours(RECORD, read_record) if found.committed is not None else None
    if recorded is None:
        return False, False
    standing = holders.derive(
        powers.campaign, recorded.record.drawn_at, recorded.places(), _changes(found, draw, recorded, powers.clock)
    )
    return True, all(h.is_settled for h in holders.on_their_way(standing, powers.state).holders)  # (1, 2)


def _changes(found: Believed, draw: PublishedDraw, recorded: Recorded, clock: Clock) -> Iterator[Forfeit | Restored]:
    """Read the forfeits and returns that are ours; a stranger among them passes no place on and gives none back."""
    names = draw.files.names(forfeit_file.FOLDER)
    now = clock()  # after they were listed, as `PublishedDraw.forfeits` does
    forfeits = {}
    for name in names:
        if forfeit_file.label_of(name) is not None:
            file = found.ours(name, partial(draw.forfeit, name, recorded, now))
            if file is not None:
                forfeits[file.label] = file
                yield file.mirror()
    for name in names:
        label = restored_file.label_of(name)
        if label is not None:
            back = found.ours(name, partial(draw.restored, label, recorded, forfeits.get(label), now))
            if back is not None:
                yield back.mirror()


def _is_analysed(powers: Powers) -> bool:  # (3)
    mark = powers.state.get(Analysed, ONLY)
    if mark is None:
        return False
    data = powers.reports.read(analysis_file.NAME)
    return data is not None and sha256_hex(data) == mark.record.hash
