"""How many came how far: counted from the records, responses that were not accepted by the reason."""

from prizedraw.analysis.funnel import DUPLICATES, Funnel, read_funnel
from prizedraw.records.entries import REASON_WORDS, Reason
from support import visitors
from support.world import World


def read(world: World) -> Funnel:
    return read_funnel(world.campaign, sealed=world.sealed, state=world.state)


def test_is_counted_from_the_records() -> None:
    found = read(visitors.drawn())
    assert (found.accepted, found.winners, found.claimed, found.shipped) == (40, 5, 0, 0)
    assert {words: number for words, number in found.passed_over.items() if number} == {
        DUPLICATES: 1,
        REASON_WORDS[Reason.NO_CONSENT]: 1,
    }
    assert found.received == 42


def test_nobody_won_before_the_draw() -> None:
    assert read(visitors.frozen()).winners == 0
