"""
Kill each step at every point at which it writes, lose every reply, let another run go on beside it: the same end.

A clean campaign shows which points each step passes. Then every fault of `intake`, `freeze`, `draw`, `notify` and
`prepare` is tried in a campaign of its own, the step is pressed again at the schedule's next tick, and the campaign
goes on to its end. That end must be to the byte the one of a clean campaign that froze and drew at the same moments:
the same pool, commitment and record, the same ledger, the same mails, each once. A fault is repeated by its name.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Barrier, Thread

import pytest

from prizedraw.ports import Document
from support import builders
from support.clock import HOUR, MINUTE
from support.endings import amiss, end, miscounted
from support.faults import Way, faults_at, some_faults, some_points
from support.quick import some_of
from support.repeatable import (
    ARRIVALS,
    CLOSES,
    DRAW_AT,
    FREEZE_AT,
    NEXT_TICK,
    STEPS,
    Play,
    again,
    at,
    clean_end,
    differences,
    moved,
    points,
)
from support.stages import person
from support.verifier import verify
from support.world import World

EDITED = (1, 2, 15, 16, 28, 29)
"""Some of the good responses that no arrival edits."""

TOO_LATE = builders.response("latest", person(96), created=CLOSES + 70 * MINUTE)

WRITES = {
    "prepare": {"keysets.make", "state.commit", "published.create", "signer.sign"},
    "intake": {"sealed.commit", "state.commit", "watches.create", "watches.renew", "watches.delete"},
    "freeze": {"state.commit", "published.create", "signer.sign"},
    "draw": {"state.commit", "published.create", "signer.sign", "random.random"},
    "notify": {"state.commit", "mail.create_draft", "mail.send_draft", "mail.delete_draft"},
}


class TestTheCleanCampaign:
    @pytest.mark.parametrize("step", STEPS)
    def test_each_step_passes_each_of_its_writes(self, step: str) -> None:
        assert {point.removeprefix(f"{step}.").partition("#")[0] for point in points(step)} == WRITES[step]

    def test_it_has_everything_in_it(self) -> None:
        expected = clean_end(FREEZE_AT, DRAW_AT)
        outcomes = Counter((row[0].value, row[1] and row[1].value) for row in expected["rows"].values())
        assert outcomes == {
            ("accepted", None): 35,
            ("duplicate", None): 1,
            ("rejected", "no_consent"): 1,
            ("rejected", "bad_address"): 1,
            ("rejected", "after_closing"): 2,
            ("rejected", "edited_after_closing"): 1,
        }
        assert len(expected["mails"]) == 5
        assert set(expected["mails"].values()) == {1}
        assert sorted(expected["mail rows"].values()) == ["refused"] + ["sent"] * 5
        assert expected["journal"] == {("prepare", "prepared"): 1, ("freeze", "frozen"): 1, ("draw", "drawn"): 1}
        assert expected["watches"] == []

    def test_its_files_depend_on_the_moments_alone(self) -> None:
        world = Play(at("intake")).go_on_from("intake")
        assert differences(world) == []
        assert clean_end(FREEZE_AT, DRAW_AT)["files"] != clean_end(FREEZE_AT + NEXT_TICK, DRAW_AT)["files"]


class TestEveryFault:
    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_ends_as_if_nothing_had_happened(self, step: str) -> None:
        wrong: dict[str, list[str]] = {}
        for fault in some_faults(points(step)):
            play = Play(at(step))
            play.faults.arm(fault)
            world = play.go_on_from(step)
            assert play.faults.fired == [fault]
            if found := differences(world):
                wrong[fault] = found
        assert wrong == {}

    def test_of_prepare_ends_with_files_that_a_stranger_accepts(self, tmp_path: Path) -> None:
        for fault in some_faults(points("prepare")):
            play = Play(at("prepare"))
            play.faults.arm(fault)
            world = play.go_on_from("prepare")
            assert play.faults.fired == [fault]
            folder = tmp_path / fault
            folder.mkdir()
            assert verify(world, folder) == 0, fault
            found, expected = end(world), clean_end(FREEZE_AT, DRAW_AT)
            assert found["files"]["pool.txt"] == expected["files"]["pool.txt"]
            assert [found[part] for part in ("names", "journal")] == [expected[part] for part in ("names", "journal")]


class TestSeveralFaults:
    @pytest.mark.parametrize("seed", some_of(range(20), 10))
    def test_chosen_by_a_seed_end_as_if_nothing_had_happened(self, seed: int) -> None:
        play = Play(at("intake"), is_hasty=seed % 2 == 1)
        for step in ("intake", "freeze", "draw", "notify"):
            for nth in range(3):
                play.faults.arm_by_seed(seed * 3 + nth, faults_at(points(step)))
        world = play.go_on_from("intake")
        assert len(play.faults.fired) > 4
        assert differences(world) == [], play.faults.fired


class TestAnotherRun:
    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_at_the_same_time_changes_nothing(self, step: str) -> None:
        assert self.disturbed(step, timedelta(0)) == {}

    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_that_took_over_is_not_disturbed_by_the_old_one_that_goes_on(self, step: str) -> None:
        assert self.disturbed(step, NEXT_TICK) == {}

    def disturbed(self, step: str, time: timedelta) -> dict[str, list[str]]:
        """Return what is wrong after a run was held up, by the point at which it was."""
        held_up = {point: self.held_up(step, point, time) for _, point in some_points(points(step))}
        return {point: found for point, found in held_up.items() if found}

    def held_up(self, step: str, point: str, time: timedelta) -> list[str]:
        """Hold a run up at a point for a *time*, while people press and another run begins and ends."""
        play = Play(at(step))
        world = play.world
        more: list[Document] = []

        def other() -> None:
            world.clock.wait(time)
            more.extend(pressed_meanwhile(world))
            world.submit(*more)
            play.press(step)

        play.beside(point, other)
        play.go_on_from(step)
        return differences(world, more)

    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_in_another_thread_changes_nothing(self, step: str, switching: None) -> None:
        for _ in range(8):
            play = Play(at(step))
            if step == "intake":
                play.wait_until(ARRIVALS[0][0])
                play.world.submit(*ARRIVALS[0][1])
            if step == "freeze":
                play.wait_until(FREEZE_AT)
            if step == "draw":
                play.wait_until(DRAW_AT)
            failed = press_at_once(lambda play=play: play.press(step), 2)  # type: ignore[misc]
            assert failed == []
            play.wait_until(play.world.clock.now + NEXT_TICK)
            assert differences(play.go_on_from(step)) == []


def pressed_meanwhile(world: World) -> list[Document]:
    """Return what the form has got by now: a response of a new person, and edits that change addresses."""
    if world.clock.now >= CLOSES + HOUR:
        return []
    now = min(world.clock.now, CLOSES - MINUTE)
    known = {row["responseId"] for row in world.rows}
    edits = [moved(number, f"edited{number}@example.jp", now) for number in EDITED if f"good-{number}" in known]
    return [builders.response("new", "new-person@example.jp", created=now, **builders.RIGHT), *edits]


def take_over(play: Play) -> None:
    """Let time pass until no lease holds any more, people press, and another run of `intake` begin and end."""
    play.world.clock.wait(NEXT_TICK)
    play.world.submit(builders.response("last", person(95), created=play.world.clock.now - MINUTE))
    play.world.submit(*pressed_meanwhile(play.world))
    assert play.press("intake") is not None


@pytest.fixture
def switching() -> Iterator[None]:
    """Let threads take turns very often."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


def press_at_once(press: Callable[[], object], times: int) -> list[BaseException]:
    """Press in several threads at once; return what they failed with."""
    barrier, failed = Barrier(times), []

    def run() -> None:
        barrier.wait()
        try:
            press()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test tells
            failed.append(error)

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@cache
def _before_closing() -> World:
    play = Play(at("intake"))
    play.intake(ARRIVALS[:3])
    return play.world


def first_read_after_closing() -> Play:
    """Return a campaign in which the tick that reads everything after closing comes next, and freeze at once then."""
    play = Play(again(_before_closing()), freeze_at=CLOSES)
    moment, responses = ARRIVALS[3]
    play.wait_until(moment)
    play.world.submit(*responses)
    return play


def late_response() -> Play:
    """Return a campaign that was reconciled, at the time to freeze, to which one more response comes: too late."""
    play = Play(at("freeze"))
    play.wait_until(FREEZE_AT)
    play.world.submit(TOO_LATE)
    return play


class TestFreezeBesideIntake:
    """What is committed to is what is stored, whichever of the two is cut off or held up, and when."""

    @pytest.fixture(params=[first_read_after_closing, late_response])
    def closed(self, request: pytest.FixtureRequest) -> Callable[[], Play]:
        make: Callable[[], Play] = request.param
        return make

    @pytest.fixture
    def points_of_intake(self, closed: Callable[[], Play]) -> list[str]:
        play = closed()
        play.press("intake")
        assert len(play.faults.points) > 3
        return play.faults.points

    @pytest.mark.parametrize("way", Way)
    @pytest.mark.parametrize("wait", [timedelta(0), NEXT_TICK], ids=["at once", "when its lease is over"])
    def test_freeze_comes_after_an_intake_that_was_cut_off(
        self, closed: Callable[[], Play], points_of_intake: list[str], way: Way, wait: timedelta
    ) -> None:
        found = {}
        for _, point in some_points(points_of_intake):
            play = closed()
            play.faults.arm(f"{point}.{way}")
            play.press("intake")
            play.wait_until(play.world.clock.now + wait)
            play.freeze()
            found[point] = miscounted(play.world)
        assert [point for point in found if found[point]] == []

    def test_freeze_comes_while_intake_is_held_up(
        self, closed: Callable[[], Play], points_of_intake: list[str]
    ) -> None:
        found = {}
        for _, point in some_points(points_of_intake):
            play = closed()
            play.beside(point, lambda play=play: play.press("freeze"))  # type: ignore[misc]
            play.press("intake")
            play.freeze()
            found[point] = miscounted(play.world)
        assert [point for point in found if found[point]] == []

    def test_an_old_intake_puts_nothing_back_that_another_run_has_stored(
        self, closed: Callable[[], Play], points_of_intake: list[str]
    ) -> None:
        found = {}
        for _, point in some_points(points_of_intake):
            play = closed()
            play.beside(point, lambda play=play: take_over(play))  # type: ignore[misc]
            play.press("intake")
            found[point] = amiss(play.world)
        assert [point for point in found if found[point]] == []

    def test_intake_comes_while_freeze_is_held_up(self, closed: Callable[[], Play]) -> None:
        found = {}
        for _, point in some_points(points("freeze")):
            play = closed()
            play.beside(point, lambda play=play: play.press("intake"))  # type: ignore[misc]
            play.freeze()
            found[point] = miscounted(play.world)
        assert [point for point in found if found[point]] == []
