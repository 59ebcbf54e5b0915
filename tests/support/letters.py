"""Let letters have left that tell holders of their prizes, as `notify` leaves its rows; and a CSV have been dropped."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from prizedraw.fulfilment.holders import Holder
from prizedraw.mail import row_marks
from prizedraw.ports import Create, Prf, Replace, Store
from prizedraw.records.fulfilment import Import
from prizedraw.records.mail import MailRow, MailState
from prizedraw.times import instant_of, stamp
from support.world import World


def letter(holder: Holder, at: datetime, claim: Prf, state: MailState = MailState.SENT) -> MailRow:
    """Return the row of the letter that tells a holder of their prize."""
    id = f"{holder.letter}-{holder.label}"
    row = MailRow(id, holder.letter, holder.label, state.value, "draft", "message", instant_of(at))
    return row_marks.marked(claim, row)


def tell(state: Store, holders: Iterable[Holder], at: datetime, claim: Prf) -> None:
    """Let a letter have left *at* that moment to each of the holders of whom there is no row yet."""
    rows = [letter(holder, at, claim) for holder in holders]
    known = state.get_many(MailRow, [row.id for row in rows])
    state.commit([Replace(row) for row in rows if row.id not in known])


def drop(world: World, *, missing: int = 0, complete: bool = True, back: timedelta = timedelta()) -> None:
    """Let a CSV have been imported that was dropped *back* so long ago: reminders wait for one."""
    at = world.clock() - back
    file = Import(f"file-{instant_of(at)}", stamp(at), 1, {}, complete, missing=missing)
    world.state.commit([Create(file)])
