"""More than a third of those who hold a place, and more than three, are many at once."""

import pytest

from prizedraw.fulfilment.many import are_many


@pytest.mark.parametrize(
    ("losing", "holding", "many"),
    [
        (0, 0, False),
        (1, 1, False),
        (3, 3, False),
        (3, 5, False),
        (4, 4, True),
        (4, 5, True),
        (4, 11, True),
        (4, 12, False),
        (5, 12, True),
        (25, 75, False),
        (26, 75, True),
        (75, 75, True),
    ],
)
def test_many_are_more_than_a_third_and_more_than_three(losing: int, holding: int, many: bool) -> None:
    assert are_many(losing, holding) == many
