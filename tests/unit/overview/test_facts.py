"""What the records say, read once: how far the campaign is, and that nothing is asked of a part that has not begun."""

from collections.abc import Callable

import pytest

from prizedraw.overview.facts import Phase, read_facts
from prizedraw.overview.publishing import publishing_section
from prizedraw.overview.section import Section
from prizedraw.overview.told import PARTS
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
