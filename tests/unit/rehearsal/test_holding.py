"""What keeps the clock of a practice: that without which all that comes would come to nothing, and nothing else."""

import pytest

from prizedraw.rehearsal.practice.holding import DRAW_LATE, GO_ON, held
from support import stages
from support.campaigns import Randomness
from support.clock import DAY, MINUTE
from support.erasure import BY_HAND, Ground, ready
from support.world import World


def kept(world: World, *, is_refused: bool = False) -> str:
    """Return what keeps the clock now; it is always said how it goes on all the same."""
    said = held(world.campaign, world.state, world.clock(), is_refused)
    assert said == "" or said.endswith(GO_ON)
    return said.removesuffix(GO_ON)


class TestPrepare:
    def test_is_waited_for(self) -> None:
        world = World()
        assert kept(world).startswith("準備（prepare）が済んでいません。")

    def test_once_done_lets_the_clock_go(self) -> None:
        assert kept(stages.prepared()) == ""


class TestFreeze:
    def test_that_was_refused_is_waited_for(self) -> None:
        world = stages.reconciled()
        assert kept(world) == "", "the schedule may freeze yet"
        assert kept(world, is_refused=True).startswith("応募の確定（freeze）が断られたままです。")

    def test_that_was_done_by_hand_after_a_refusal_lets_the_clock_go(self) -> None:
        assert kept(stages.frozen(), is_refused=True) == ""


class TestWardsNumber:
    def test_is_waited_for_half_an_hour_after_the_time_of_the_draw(self) -> None:
        world = stages.frozen("ward")
        due = world.campaign.draw_at + DRAW_LATE
        world.clock.now = due - MINUTE
        assert kept(world) == "", "the schedule's call of the draw is still to come"
        for late in (due, due + 3 * DAY):
            world.clock.now = late
            assert kept(world).startswith("区の数を待っています。")

    def test_once_given_lets_the_clock_go(self) -> None:
        world = stages.drawn("ward")
        world.clock.now = world.campaign.draw_at + DRAW_LATE
        assert kept(world) == ""

    @pytest.mark.parametrize("kind", ["drand", "hsm"])
    def test_is_of_no_draw_that_the_schedule_makes(self, kind: Randomness) -> None:
        world = stages.frozen(kind)
        world.clock.now = world.campaign.draw_at + DAY
        assert kept(world) == ""


class TestWhatPeopleErase:
    @pytest.fixture
    def last_day(self) -> Ground:
        """Return everything erased but what only people can, on the last day of the handling period."""
        made = ready()
        made.daily()
        made.world.clock.now = made.world.campaign.handling_ends_at - DAY
        return made

    def test_is_waited_for_on_the_last_day(self, last_day: Ground) -> None:
        assert kept(last_day.world).startswith("個人情報の消去のために、人がすることが残っています。")

    def test_is_not_waited_for_before(self, last_day: Ground) -> None:
        last_day.world.clock.now -= MINUTE
        assert kept(last_day.world) == ""

    def test_is_waited_for_until_the_last_of_it_is_said_to_be_done(self, last_day: Ground) -> None:
        *others, last = BY_HAND
        last_day.empty_by_hand()
        last_day.attest(*others)
        assert kept(last_day.world)
        last_day.attest(last)
        assert kept(last_day.world) == "", "the schedule looks, and the next report follows"
        last_day.daily()
        assert kept(last_day.world) == ""

    def test_is_waited_for_again_where_something_came_in_after_all(self, last_day: Ground) -> None:
        last_day.empty_by_hand()
        last_day.attest(*BY_HAND)
        last_day.form.responses = 1
        last_day.world.clock.wait(MINUTE)
        last_day.daily()
        assert kept(last_day.world)
