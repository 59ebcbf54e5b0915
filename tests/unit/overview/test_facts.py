"""What the records say, read once: how far the campaign is, and that nothing is asked of a part that has not begun."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from prizedraw.overview.facts import Phase, read_facts
from prizedraw.overview.publishing import publishing_section
from prizedraw.overview.section import Section
from prizedraw.overview.told import PARTS
from prizedraw.ports import Create
from prizedraw.records.campaign import Prepared
from prizedraw.runtime import journal
from prizedraw.runtime.orders import Caller
from support.clock import SECOND
from support.fakes.published import FakePublished
from support.stages import drawn, frozen, prepared, reconciled, taken_in
from support.world import World


@pytest.mark.parametrize(
    ("make", "phase"),
    [
        (World, Phase.UNPREPARED),
        (prepared, Phase.PREPARED),
        (taken_in, Phase.OPEN),
        (reconciled, Phase.CLOSED),
        (frozen, Phase.FROZEN),
        (drawn, Phase.DRAWN),
    ],
    ids=lambda value: value.name if isinstance(value, Phase) else "",
)
def test_each_phase_says_exactly_one_thing_beside_what_is_to_be_published(
    make: Callable[[], World], phase: Phase
) -> None:
    world = make()
    facts = read_facts(world.campaign, world.state, world.published, world.clock)
    assert facts.phase is phase
    said = [part(facts) for part in PARTS if part is not publishing_section]
    assert len([section for section in said if section.tasks or section.waiting]) == 1


@pytest.mark.parametrize("make", [World, prepared, taken_in, reconciled, frozen])
def test_before_the_draw_there_are_no_parcels_and_no_analysis(make: Callable[[], World]) -> None:
    world = make()
    facts = read_facts(world.campaign, world.state, world.published, world.clock)
    assert facts.parcels is None
    assert [part(facts) for part in PARTS].count(Section()) == (
        3 if facts.is_prepared else 4
    )  # these two, nothing differs, nothing to publish


class Listed(FakePublished):
    """Published files that count how often they are listed."""

    def __init__(self) -> None:
        super().__init__()
        self.lists = 0

    def names(self, prefix: str = "") -> list[str]:
        self.lists += 1
        return super().names(prefix)


def lists(world: World) -> int:
    """Count how often the files are listed for the facts of a world in which none is published."""
    published = Listed()
    assert read_facts(world.campaign, world.state, published, world.clock).evidence.places is None
    return published.lists


class TestTheFiles:
    """Before anything is recorded nothing was published: `prepare` leaves its mark first."""

    def test_are_not_asked_for_before_opening_while_nothing_is_recorded(self) -> None:
        world = World()
        world.clock.now = world.campaign.opens_at - SECOND
        assert lists(world) == 0

    def test_are_asked_for_from_the_mark_on_that_prepare_leaves_before_it_publishes(self) -> None:
        world, done = World(), prepared()
        world.clock.now = world.campaign.opens_at - SECOND
        world.state.commit([Create(replace(done.one(Prepared), prepared_at=""))])
        assert lists(world) == 1

    def test_are_asked_for_once_anybody_has_done_anything(self) -> None:
        world = World()
        world.clock.now = world.campaign.opens_at - SECOND
        world.state.commit([journal.entry(world.clock, Caller("operator@example.jp", False), "status", "saved")])
        assert lists(world) == 1

    def test_are_asked_for_from_opening_on_whatever_is_recorded(self) -> None:
        world = World()
        world.clock.now = world.campaign.opens_at
        assert lists(world) == 1
