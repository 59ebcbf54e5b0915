"""Mails that came back: marked once, and read again where a run did not come to the end of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again, Problem
from prizedraw.mail import references
from prizedraw.mail.returned import Returns
from prizedraw.ports import Bounce, Create, MailRejected
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
    bounces.put(instant_of(NOON), references.reference(CLAIM, SENT.id))
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
    bounces.put(instant_of(NOON - late), references.reference(CLAIM, SENT.id))
    hold = lease.acquire(state, "notify", clock, HOUR)
    assert hold is not None
    returns = Returns(bounces=bounces, state=state, claim=CLAIM, clock=clock)
    assert returns.mark({SENT.id: SENT}, hold, NOON + 2 * HOUR) == marked


@pytest.mark.parametrize(("late", "marked"), [(DAY, 1), (DAY + SECOND, 0)], ids=["by a day", "by more"])
def test_what_is_only_presumed_sent_may_have_come_back_before_that_was_known(late: timedelta, marked: int) -> None:
    """Nothing else may have gone for weeks, as after the ward's first mail; and what gives no answer is asked later."""
    state, clock, bounces = Memory("rally"), Clock(NOON), FakeBounces()
    presumed = replace(SENT, state=MailState.PRESUMED_SENT.value, message="", at=instant_of(NOON))
    bounces.put(instant_of(NOON - late), references.reference(CLAIM, SENT.id))
    hold = lease.acquire(state, "notify", clock, HOUR)
    assert hold is not None
    returns = Returns(bounces=bounces, state=state, claim=CLAIM, clock=clock)
    assert returns.mark({SENT.id: presumed}, hold, NOON + HOUR) == marked


def test_before_anything_has_gone_the_mailbox_is_not_read() -> None:
    state, clock = Memory("rally"), Clock(NOON)
    refused = replace(SENT, state=MailState.REFUSED.value, message="")
    hold = lease.acquire(state, "notify", clock, HOUR)
    assert hold is not None
    returns = Returns(bounces=Unreadable(MailRejected("credentials")), state=state, claim=CLAIM, clock=clock)
    assert returns.mark({SENT.id: refused}, hold, NOON + HOUR) == 0
    assert state.get(ReturnsRead, ONLY) is None


@pytest.mark.parametrize("trouble", [Again(Problem("E-170", "返事がありません。")), MailRejected("credentials")])
def test_a_mailbox_that_cannot_be_read_is_told_in_the_log_and_read_by_the_next_run(
    trouble: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    state, clock = Memory("rally"), Clock(NOON)
    hold = lease.acquire(state, "notify", clock, HOUR)
    assert hold is not None
    returns = Returns(bounces=Unreadable(trouble), state=state, claim=CLAIM, clock=clock)
    assert returns.mark({SENT.id: SENT}, hold, NOON + HOUR) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "returns_unread"
    stored = state.get(ReturnsRead, ONLY)
    assert stored is not None
    assert stored.record.until == ""


class Unreadable(FakeBounces):
    """Be a mailbox that cannot be read."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__()
        self._trouble = trouble

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        raise self._trouble
