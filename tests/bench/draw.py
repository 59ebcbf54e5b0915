"""
Compare `draw` with one HMAC a label in a plain loop, and hold its memory against 256 MiB.

The product does all that a draw does from the published files, which it reads from disk: it holds them against each
other, judges every line of the pool, ranks, awards, publishes, signs, mirrors the awards. It waits for nothing, so the
CPU decides. The floor reads nothing and keeps nothing.
"""

import hmac
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Cost, Row, fresh, in_turns, quietest, stopwatch
from bench.world import CAMPAIGN, CLOSED, PREPARED, SCHEDULER, Sizes, prepared
from prizedraw import draw
from prizedraw.adapters.drand.bls import verify
from prizedraw.adapters.memory import Memory
from prizedraw.entries.ids import new_label
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.lottery.draw_time import postpone
from prizedraw.lottery.files import Commitment
from prizedraw.lottery.names import COMMITMENT, POOL, RULES
from prizedraw.lottery.obtaining import DrawOrder
from prizedraw.lottery.pool import write_pool
from prizedraw.ports import PublishedFile, Replace
from prizedraw.records.lottery import Frozen
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Result
from prizedraw.times import stamp
from prizedraw.typed.crockford import LABEL_LENGTH
from support.fakes.beacon import FakeBeacon
from support.fakes.keys import MemoryRandom, MemorySigner
from support.fakes.published import FakePublished

GOAL = 3.0
SECRET = 20260302
"""Of the evidence key: the files are written by one process and read by another."""

MOST_MIB = 256.0


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield two rows: time, and memory."""
    with TemporaryDirectory() as folder:
        fresh(publish, folder, sizes.labels)
        costs = in_turns(sizes.rounds, floor=lambda: fresh(floor, folder), ours=lambda: fresh(ours, folder))
    least, needed = (quietest(costs[side], "cpu") for side in ("floor", "ours"))
    yield Row(f"draw of {sizes.labels:,}: s of CPU", least, needed, GOAL)
    yield Row(f"draw of {sizes.labels:,}: MiB peak", MOST_MIB, quietest(costs["ours"], "peak"), 1.0)


def publish(folder: str, count: int) -> Cost:
    """Write the files of a freeze of *count* entries: every second stands for one prize, the others for all."""
    prizes = [prize.id for prize in CAMPAIGN.prizes]
    pool = write_pool((new_label(), prizes[-1:] if number % 2 else prizes) for number in range(count))
    signer = MemorySigner(SECRET)
    published = prepared(signer)
    commitment = Commitment(
        campaign=CAMPAIGN.id,
        rules_hash=sha256_hex(published.files[RULES]),
        pool_size=count,
        pool_hash=sha256_hex(pool),
        received=count,
        duplicates=0,
        rejected={},
        ineligible=0,
        withdrawn=0,
        frozen_at=CLOSED,
        draw_at=postpone(CAMPAIGN.draw_at, CLOSED),
        code_hash="0" * 64,
    )
    for name, data in ((POOL, pool), (COMMITMENT, commitment.to_bytes())):
        published.plant(name, data, signer.sign(data))
    for name, data in published.files.items():
        (Path(folder) / name).write_bytes(data)
        (Path(folder) / f"{name}.signature").write_bytes(published.signatures[name])
    return Cost()


def floor(folder: str) -> Cost:
    """Compute one HMAC a label."""
    labels = [line[:LABEL_LENGTH] for line in (Path(folder) / POOL).read_bytes().splitlines()]
    seed = bytes(32)
    with stopwatch() as cost:
        for label in labels:
            hmac.digest(seed, label, "sha256")
    return cost


class _OnDisk(FakePublished):
    """Read what lies on disk anew each time, as from a bucket; what is created stays in memory."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = Path(folder)

    def read(self, name: str) -> bytes | None:
        file = self._folder / name
        return file.read_bytes() if file.is_file() else super().read(name)

    def find(self, name: str) -> PublishedFile | None:
        data, signature = self.read(name), self._folder / f"{name}.signature"
        if data is None or not signature.is_file():
            return super().find(name)
        return PublishedFile(data, signature.read_bytes())


def ours(folder: str) -> Cost:
    """Draw, as the schedule does."""
    published, state = _OnDisk(folder), Memory(CAMPAIGN.id)
    data = published.read(COMMITMENT) or b""
    commitment = Commitment.from_bytes(data)
    frozen = Frozen(
        ONLY, sha256_hex(data), commitment.pool_size, 0, stamp(commitment.frozen_at), stamp(commitment.draw_at)
    )
    state.commit([Replace(PREPARED), Replace(frozen)])
    with stopwatch() as cost:
        reply = draw.run(
            DrawOrder(),
            SCHEDULER,
            campaign=CAMPAIGN,
            state=state,
            published=published,
            beacon=FakeBeacon(),
            verify=verify,
            random=MemoryRandom(),
            signer=MemorySigner(SECRET),
            clock=lambda: commitment.draw_at + timedelta(minutes=1),
        )
    if reply.result is not Result.DONE:
        raise RuntimeError("not drawn")
    return cost
