"""Find the time of the draw: the rules' own, or whole days later where the freeze was late (docs/draw.md, 1.4)."""

from datetime import datetime, timedelta

NOTICE = timedelta(hours=1)
"""At least so much lies between the freeze and the draw."""

_DAY = timedelta(days=1)


def postpone(draw_at: datetime, frozen_at: datetime) -> datetime:
    """
    Move *draw_at* on by whole days until it is at least one hour after *frozen_at*, taken in whole seconds.

    The randomness must not exist yet when the pool is fixed, so a late freeze makes a late draw.
    """
    short = frozen_at.replace(microsecond=0) + NOTICE - draw_at
    return draw_at + max(0, -(-short // _DAY)) * _DAY
