"""Mails that came back: marked once, and read again where a run did not come to the end of them."""

from datetime import UTC, datetime, timedelta

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.mail import due
from prizedraw.mail.returned import Returns
from prizedraw.ports import Create
from prizedraw.records.mail import MailRow, MailState, ReturnsRead
from prizedraw.records.running import ONLY
from prizedraw.runtime import lease
from prizedraw.times import instant_of
from support.builders import keys
from support.clock import DAY, HOUR, SECOND, Clock
from support.fakes.mail import FakeBounces

NOON = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
CLAIM = keys().prf("claim")
SENT = MailRow(
    "winner-1", "winner", "1", state=MailState.SENT.value, draft="d", message="m", at=instant_of(NOON - HOUR)
)


@pytest.mark.parametrize(
    ("left", "marked", "until"),
    [(timedelta(seconds=1), 1, instant_of(NOON)), (timedelta(0), 0, "")],
    ids=["in time", "at the end"],
)
def test_what_was_not_read_by_the_end_is_read_again_by_the_next_run(left: timedelta, marked: int, until: str) -> None:
    state, clock, bounces = Memory("rally"), Clock(NOON), FakeBounces()
    bounces.put(instant_of(NOON), due.reference(CLAIM, SENT.id))
    hold = lease.acquire(state, "notify", clock, HOUR)
    assert hold is not None
    returns = Returns(bounces=bounces, state=state, claim=CLAIM, clock=clock)
    assert returns.mark({SENT.id: SENT}, hold, NOON + left) == marked
    assert len(list(state.scan(MailRow))) == marked
    stored = state.get(ReturnsRead, ONLY)
    assert stored is not None
    assert stored.record.until == until


@pytest.mark.parametrize(("late", "marked"), [(DAY, 1), (DAY + SECOND, 0)], ids=["by a day", "by more"])
def test_what_was_filed_late_is_read_by_the_next_run(late: timedelta, marked: int) -> None:
    state, clock, bounces = Memory("rally"), Clock(NOON + HOUR), FakeBounces()
    state.commit([Create(ReturnsRead(ONLY, instant_of(NOON)))])
    bounces.put(instant_of(NOON - late), due.reference(CLAIM, SENT.id))
    hold = lease.acquire(state, "notify", clock, HOUR)
    assert hold is not None
    returns = Returns(bounces=bounces, state=state, claim=CLAIM, clock=clock)
    assert returns.mark({SENT.id: SENT}, hold, NOON + 2 * HOUR) == marked
