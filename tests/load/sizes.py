"""How much load there is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """So many responses come in, so many notifications tell of them, so many winners are written to."""

    responses: int
    notifications: int
    winners: int


FULL = Sizes(responses=100_000, notifications=20_000, winners=2_000)
QUICK = Sizes(responses=2_000, notifications=400, winners=50)
