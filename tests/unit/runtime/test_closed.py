"""Once everything is being erased, no other step does anything: it would miss its own records and begin anew."""

from collections.abc import Callable
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.ports import Create, Replace
from prizedraw.records.erasure import Erasing
from prizedraw.records.running import ONLY
from prizedraw.runtime import closed, lease
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import stamp
from support import erasure, parcels, stages
from support.campaigns import CAMPAIGN
from support.claims import ClaimsDesk, row
from support.clock import HOUR
from support.faults import at_first, interposed
from support.world import OPERATOR, SCHEDULER, World

MARK = Erasing(ONLY, "2026-03-27T00:00:00Z", SCHEDULER.principal)


STEPS: dict[str, tuple[Callable[[], Any], Callable[[Any], Reply]]] = {
    "freeze": (stages.reconciled, lambda world: world.freeze(caller=SCHEDULER)),
    "freeze, pressed": (stages.reconciled, lambda world: world.freeze()),
    "draw": (stages.frozen, lambda world: world.draw(caller=SCHEDULER)),
    "notify": (stages.drawn, lambda world: world.notify()),
    "notify, pressed": (stages.drawn, lambda world: world.notify(caller=OPERATOR)),
    "forfeit": (stages.drawn, lambda world: world.forfeit(caller=SCHEDULER)),
    "forfeit, pressed": (stages.drawn, lambda world: world.forfeit()),
    "ship": (parcels.depot, parcels.press),
}


def all_of(world: World) -> tuple[Any, ...]:
    return world.written(), dict(world.published.files), list(world.mail.sent), list(world.mail.drafts)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_does_nothing_and_says_why(step: str) -> None:
    make, press = STEPS[step]
    world = make()
    world.clock.wait(HOUR)
    world.state.commit([Create(MARK)])
    before = all_of(world)
    reply = press(world)
    assert (reply.result, reply.confirm) == (Result.UNCHANGED, None)
    assert "消去が始まっている" in reply.summary[0]
    assert all_of(world) == before


@pytest.mark.parametrize("step", STEPS)
def test_until_then_it_acts_or_asks(step: str) -> None:
    make, press = STEPS[step]
    world = make()
    world.clock.wait(HOUR)
    assert "消去が始まっている" not in "".join(press(world).summary)


def test_a_registration_that_is_dropped_afterwards_is_not_imported_and_stays_for_the_erasure() -> None:
    desk = ClaimsDesk()
    desk.hold(MARK)
    reply = desk.bring(row("a1"))
    assert reply.result is Result.UNCHANGED
    assert (desk.deliveries(), desk.claims(), len(desk.bucket.files)) == ({}, {}, 1)


def test_a_run_of_notify_that_began_before_sends_nothing_after_it() -> None:
    made = erasure.ready()
    sent = dict(made.world.mail.sent)

    def erased() -> None:
        made.daily()
        assert made.left() == {}

    store = interposed(made.world.state, get=at_first(lease.Lease, erased))
    world = made.world
    world.state, real = store, world.state
    reply = world.notify()
    world.state = real
    assert reply.result is Result.UNCHANGED
    assert world.mail.sent == sent


def test_nothing_is_stopped_before_it_has_begun() -> None:
    state = Memory("rally")
    assert closed.stopped(state) is None
    state.commit([Replace(MARK)])
    assert closed.stopped(state) is not None


def test_the_record_reads_back() -> None:
    state = Memory("rally")
    mark = Erasing(ONLY, stamp(CAMPAIGN.opens_at), "hanako@contractor.example", "中止のため")
    state.commit([Create(mark)])
    stored = state.get(Erasing, ONLY)
    assert stored is not None
    assert stored.record == mark
