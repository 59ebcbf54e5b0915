"""What is foretold of the tables: as many entrants as are expected, and more is seen of more."""

from functools import cache

from prizedraw.rehearsal.foretelling import MOST, foretell, invented
from support import visitors
from support.quick import in_turn

pytestmark = in_turn("what is foretold")

FEW = 60

CROSSINGS = ["お住まいの地域と年代", "希望する賞品", "希望する賞品", "訪れた施設", "訪れた施設"]


def seen(entrants: int) -> list[float]:
    found = list(foretell(visitors.small(10, expected_entrants=entrants)))
    assert [table.title.partition("（")[0] for table in found] == CROSSINGS
    assert [table.by for table in found[1:]] == ["age_group", "area"] * 2
    return [table.seen for table in found]


@cache
def seen_of_few() -> list[float]:
    return seen(FEW)


def test_every_crossing_has_its_share_and_more_is_seen_of_more() -> None:
    few, many = seen_of_few(), seen(600)
    assert all(0 <= share <= 1 for share in (*few, *many))
    assert few[0] < many[0]
    assert sum(few) < sum(many)


def test_no_more_are_invented_than_are_needed_to_tell() -> None:
    assert invented(visitors.small(), 30).size == 30
    assert seen(10 * MOST) == seen(MOST)


def test_the_same_is_foretold_each_time() -> None:
    assert seen(FEW) == seen_of_few()
