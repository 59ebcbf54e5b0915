"""When a draw takes place: at its time, or the fewest whole days later that leave an hour after the freeze."""

from datetime import UTC, datetime, timedelta

import pytest

from prizedraw.lottery.draw_time import postpone


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestPostpone:
    DRAW_AT = utc("2026-03-02T01:00:00")

    @pytest.mark.parametrize(
        ("frozen_at", "days"),
        [
            ("2026-02-20T16:00:00", 0),
            ("2026-03-01T16:00:00", 0),
            ("2026-03-02T00:00:00", 0),
            ("2026-03-02T00:00:00.999999", 0),
            ("2026-03-02T00:00:01", 1),
            ("2026-03-02T00:30:00", 1),
            ("2026-03-03T00:00:00", 1),
            ("2026-03-03T00:00:01", 2),
            ("2026-03-09T12:00:00", 8),
        ],
    )
    def test_moves_on_by_the_fewest_whole_days_and_never_back(self, frozen_at: str, days: int) -> None:
        assert postpone(self.DRAW_AT, utc(frozen_at)) == self.DRAW_AT + timedelta(days=days)
