"""Once everything is being erased, no other step does anything: it would miss its own records and begin anew."""

from collections.abc import Callable
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Broken, Final, Problem
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.erasure import Erasing
from prizedraw.records.running import ONLY, JournalRow, Lease
from prizedraw.runtime import closed
from prizedraw.runtime.orders import Message, Reply, Result
from prizedraw.times import stamp
from support import erasure, parcels, stages
from support.builders import keys
from support.campaigns import CAMPAIGN
from support.claims import CAMPAIGN as CLAIMS_CAMPAIGN
from support.claims import ClaimsDesk, row, written
from support.clock import HOUR, Clock
from support.fakes.published import FakePublished
from support.faults import NONE, Faults, at_first, cut_off, interposed
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


class Destroyed:
    """A key that is no more."""

    def value(self, data: bytes) -> bytes:
        raise Broken(UNMADE, keyset="claim")


UNMADE = Problem("E-997", "鍵がありません。")


def ended() -> ClaimsDesk:
    """Return a desk in whose campaign everything is being erased, its keys destroyed."""
    desk = ClaimsDesk(clock=Clock(CLAIMS_CAMPAIGN.erase_from_at + 10 * HOUR))
    began = stamp(desk.clock())
    entry = JournalRow("begun", began, "erase", SCHEDULER.principal, "begun", {}, {})
    desk.hold(Erasing(ONLY, began, SCHEDULER.principal), entry)
    desk.prf = Destroyed()
    return desk


class TestDroppedAfterTheEnd:
    """A CSV that somebody drops after 完了: it goes at once, unread, and nothing of it is written down."""

    def test_goes_at_once_without_any_key(self) -> None:
        desk = ended()
        before = [*desk.imports(), *desk.reviews()]
        message = desk.drop(written(row("a1")))
        assert desk.take(message).result is Result.DONE
        assert desk.bucket.files == {}
        assert (desk.deliveries(), desk.claims(), [*desk.imports(), *desk.reviews()]) == ({}, {}, before)
        assert "read" not in [method for method, _ in desk.bucket.asked]

    def test_stands_in_the_journal_with_when_it_came_once(self) -> None:
        desk = ended()
        message = desk.drop(written(row("a1")), name="山田太郎.csv")
        for _ in range(2):
            desk.take(message)
        (entry,) = [one for one in desk.state.scan(JournalRow) if one.step == "claim"]
        assert (entry.action, entry.hashes, entry.times) == ("erased unread", {}, {"dropped_at": stamp(desk.clock())})
        assert set(entry.counts) == {"bytes"}

    def test_a_run_that_is_killed_is_finished_when_it_is_told_again(self) -> None:
        def take(desk: ClaimsDesk, faults: Faults = NONE) -> None:
            (name,) = desk.bucket.files
            attributes = {"objectId": name, "objectGeneration": desk.bucket.files[name][0]}
            message = Message({**attributes, "eventType": "OBJECT_FINALIZE"})
            desk.take(message, faults)
            if faults is NONE:
                assert desk.take(message).result is Result.UNCHANGED

        def dropped() -> ClaimsDesk:
            desk = ended()
            desk.drop(written(row("a1")))
            return desk

        for where, desk in cut_off(dropped, take, fewest=2):
            if desk.bucket.files:
                take(desk)
            assert desk.bucket.files == {}, where
            assert [one for one in desk.state.scan(JournalRow) if one.action == "erased unread"], where

    def test_goes_also_if_the_erasure_begins_while_it_waits_for_its_turn(self) -> None:
        desk = ended()
        marks = [stored.record for kind in (Erasing,) if (stored := desk.state.get(kind, ONLY)) is not None]
        desk.state.commit([Delete(Erasing, ONLY)])
        desk.prf = keys().prf("claim")
        real = desk.state
        desk.state = interposed(real, get=at_first(Lease, lambda: real.commit([Create(mark) for mark in marks])))
        message = desk.drop(written(row("a1")))
        assert desk.take(message).result is Result.DONE
        desk.state = real
        assert (desk.bucket.files, desk.deliveries(), desk.claims()) == ({}, {}, {})

    def test_stays_if_nobody_is_known_to_have_begun_the_erasure(self) -> None:
        """A mark without its row of the journal is somebody else's, and erases no registrations."""
        desk = ClaimsDesk()
        desk.hold(MARK)
        reply = desk.bring(row("a1"))
        assert reply.result is Result.UNCHANGED
        assert (desk.deliveries(), desk.claims(), len(desk.bucket.files)) == ({}, {}, 1)


def test_a_file_that_is_dropped_before_there_are_keys_is_refused_and_stays() -> None:
    desk = ClaimsDesk()
    desk.published, desk.prf = FakePublished(), Destroyed()
    with pytest.raises(Final) as caught:
        desk.take(desk.drop(written(row("a1"))))
    assert caught.value.problem.code == "E-703"
    assert "準備（prepare）の前" in caught.value.sentence
    assert (len(desk.bucket.files), desk.imports()) == (1, [])


def test_a_run_of_notify_that_began_before_sends_nothing_after_it() -> None:
    made = erasure.ready()
    sent = dict(made.world.mail.sent)

    def erased() -> None:
        made.daily()
        assert made.left() == {}

    store = interposed(made.world.state, get=at_first(Lease, erased))
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
