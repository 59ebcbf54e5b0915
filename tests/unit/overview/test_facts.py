"""What the records say, read once: how far the campaign is, and that nothing is asked of a part that has not begun."""

from collections.abc import Callable

import pytest

from prizedraw.overview.facts import Phase, read_facts
from prizedraw.overview.section import Section
from prizedraw.status import PARTS
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
def test_each_phase_has_exactly_one_thing_to_press(make: Callable[[], World], phase: Phase) -> None:
    world = make()
    facts = read_facts(world.campaign, world.state, world.published, world.clock)
    assert facts.phase is phase
    assert len([section.next for section in (part(facts) for part in PARTS) if section.next]) == 1


@pytest.mark.parametrize("make", [World, prepared, taken_in, reconciled, frozen])
def test_before_the_draw_there_are_no_parcels_and_no_analysis(make: Callable[[], World]) -> None:
    world = make()
    facts = read_facts(world.campaign, world.state, world.published, world.clock)
    assert facts.parcels is None
    assert [part(facts) for part in PARTS].count(Section()) == 3  # these two, and nothing differs from the files
