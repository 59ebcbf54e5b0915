"""By when people are told what they must know in time: by day, as people are written to."""

import pytest

from prizedraw.mail.reminders import by_day
from support.claims import jst


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("03-05 00:00", "03-05 09:00"),
        ("03-05 08:59", "03-05 09:00"),
        ("03-05 09:00", "03-05 09:00"),
        ("03-05 19:59", "03-05 19:59"),
        ("03-05 20:00", "03-06 09:00"),
        ("03-05 20:30", "03-06 09:00"),
        ("03-31 23:59", "04-01 09:00"),
    ],
)
def test_a_moment_of_the_night_is_the_morning_after(moment: str, told: str) -> None:
    assert by_day(jst(moment)) == jst(told)
