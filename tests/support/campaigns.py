"""
Campaigns to play in memory: two prizes, each way to draw at random, and the public chain that a draw may wait for.

`campaign_with` makes one, `CAMPAIGN` is the usual one; `ChainBeacon` gives the chain's rounds as relays do, lies too.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again
from prizedraw.lottery.randomness import Drand
from prizedraw.rehearsal.google.drand import LocalDrand
from support import builders
from support.clock import Clock
from support.faults import LOST

Randomness = Literal["drand", "ward", "hsm"]
PRIZES = [
    {"id": "A", "name": "A賞 複製原画", "quantity": 2, "reserves": 1, "requires": {"min_correct": 5}},
    {"id": "B", "name": "B賞 ピンバッジ", "quantity": 3, "reserves": 2, "requires": {"min_correct": 3}},
]
WARD: dict[str, Any] = {
    "ward_value": "五つのさいころ 3-1-6-6-2",
    "given_by": "文化観光課",
    "given_at": "2026-03-02T13:05:00+09:00",
}

OTHER_POST = "文化資源係長"


@cache
def chain() -> LocalDrand:
    """Return the test chain; its signatures depend on the round alone."""
    return LocalDrand(lambda: datetime.max.replace(tzinfo=UTC), b"world")


def chain_rules() -> Drand:
    """Return the test chain as the rules pin it."""
    return Drand(chain=chain().chain, public_key=chain().public_key, period=chain().period, genesis=chain().genesis)


class ChainBeacon:
    """A `Beacon` over the test chain; *lies* are given first, *asked* records, *away* lets calls raise `Again`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.lies: list[bytes] = []
        self.asked: list[tuple[str, int]] = []
        self.away = False

    def signatures(self, chain_hash: str, number: int) -> Iterator[bytes]:
        """Yield the lies, then the truth, if the round is there."""
        self.asked.append((chain_hash, number))
        if self.away:
            raise Again(LOST)
        yield from self.lies
        if chain_hash == chain().chain and chain().time_of(number) <= self._clock():
            yield chain().signature(number)


def campaign_with(kind: Randomness, **changes: Any) -> Campaign:
    """Return a small campaign with one kind of randomness, top-level keys of its file changed."""
    drand = {
        "kind": "drand",
        "chain": chain().chain,
        "public_key": chain().public_key.hex(),
        "period": chain().period,
        "genesis": chain().genesis,
    }
    sources: dict[str, dict[str, Any]] = {
        "drand": drand,
        "ward": {"kind": "ward", "given_by": [WARD["given_by"], OTHER_POST]},
        "hsm": {"kind": "hsm"},
    }
    return builders.campaign(**{"prizes": PRIZES, "randomness": sources[kind]} | changes)


CAMPAIGN = campaign_with("drand")
