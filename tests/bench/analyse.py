"""
Compare `analyse` with opening one survey envelope an entry, and nothing else.

First what grows with the entries: the product reads them from the emulator through its own adapter, opens and counts
each. Then all of an analysis: it also withholds, audits, draws, and writes page and workbook, which takes as long for
few entries as for many, and longer the more is withheld; so what it takes for 100,000 is reckoned from fewer: of
reading, opening and counting that many times as much, and the rest once. Reports and `state` lie in memory. Time is
CPU, since the emulator's own is not the product's.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Cost, Row, fresh, in_turns, quietest, stopwatch
from bench.world import CAMPAIGN, PREPARED, SCHEDULER, Sizes, databases, take_in, write_pages
from prizedraw import analyse
from prizedraw.adapters.keys import keysets
from prizedraw.adapters.memory import Memory
from prizedraw.ports import Create, Replace
from prizedraw.records.entries import Entry
from prizedraw.records.lottery import Drawn
from prizedraw.records.running import ONLY
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.runtime.orders import Order, Result
from prizedraw.sealing import Purpose, SurveyOpener, context
from prizedraw.times import stamp
from support.fakes.keys import MemoryKeys
from support.fakes.published import FakePublished

COUNTED_GOAL, ALL_GOAL, MEMORY_GOAL = 1.5, 2.0, 1.1
WHOLE = 100_000
KEYS = "keys.json"


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield time at the large size, and memory at both."""
    costs: dict[str, dict[str, list[Cost]]] = {}
    with FirestoreEmulator() as emulator:
        environ = {"FIRESTORE_EMULATOR_HOST": emulator.host}
        for size in ("small", "large"):
            emulator.wipe()
            with TemporaryDirectory() as folder:
                fresh(write_pages, folder, getattr(sizes, size))
                fresh(load, folder, environ=environ)
                costs[size] = in_turns(
                    sizes.rounds if size == "large" else 1,
                    floor=lambda folder=folder: fresh(floor, folder, environ=environ),  # type: ignore[misc]
                    counted=lambda folder=folder: fresh(counted, folder, environ=environ),  # type: ignore[misc]
                    ours=lambda folder=folder: fresh(ours, folder, environ=environ),  # type: ignore[misc]
                )
    least, needed, whole = (quietest(costs["large"][side], "cpu") for side in ("floor", "counted", "ours"))
    yield Row(f"analyse of {sizes.large:,}: s of CPU, read, opened and counted", least, needed, COUNTED_GOAL)
    times = WHOLE / sizes.large
    name = f"analyse of {WHOLE:,}, reckoned from {sizes.large:,}: s of CPU, all of it"
    yield Row(name, times * least, times * needed + max(whole - needed, 0.0), ALL_GOAL)
    for side, name in (("counted", "read, opened and counted"), ("ours", "all of it")):
        few, many = (quietest(costs[size][side], "peak") for size in ("small", "large"))
        yield Row(f"analyse of {sizes.large:,} against {sizes.small:,}: MiB peak, {name}", few, many, MEMORY_GOAL)


def load(folder: str) -> Cost:
    """Take all pages in, and keep the keys for whoever opens what was sealed."""
    keys, (sealed, state) = MemoryKeys(CAMPAIGN.id), databases()
    state.commit([Replace(PREPARED)])
    take_in(folder, sealed, state, keys)
    held = {
        "secrets": {name: [version.hex() for version in versions] for name, versions in keys.secrets.versions.items()},
        "wrapping": {name: key.hex() for name, key in keys.wrapping.keys.items()},
    }
    (Path(folder) / KEYS).write_text(json.dumps(held), encoding="ascii")
    return Cost()


def floor(folder: str) -> Cost:
    """Open the envelope of every entry; they lie in memory."""
    keys, (sealed, _) = _keys(folder), databases()
    envelopes = list(sealed.project(Entry, ("label", "survey")))
    wrapped = keys.stored("survey-private")[0]
    private = keysets.private_half(Purpose.SURVEY, keys.wrapping.unwrap(Purpose.SURVEY, wrapped))
    with stopwatch() as cost:
        for label, survey in envelopes:
            private.decrypt(survey, context(CAMPAIGN.id, Purpose.SURVEY, label))
    return cost


def counted(folder: str) -> Cost:
    """Read, open and count."""
    keys, (sealed, _) = _keys(folder), databases()
    with stopwatch() as cost:
        analyse.count(CAMPAIGN, sealed, SurveyOpener(CAMPAIGN.id, keys.opener(Purpose.SURVEY)))
    return cost


def ours(folder: str) -> Cost:
    """Analyse, as the schedule does after the parcels."""
    keys, (sealed, _), state, reports = _keys(folder), databases(), Memory(CAMPAIGN.id), FakePublished()
    now = CAMPAIGN.ship_by_at + timedelta(hours=1)
    state.commit([Create(Drawn(ONLY, "0" * 64, stamp(CAMPAIGN.draw_at), 0, 0, {}))])
    with stopwatch() as cost:
        reply = analyse.run(
            Order(),
            SCHEDULER,
            campaign=CAMPAIGN,
            sealed=sealed,
            state=state,
            survey=SurveyOpener(CAMPAIGN.id, keys.opener(Purpose.SURVEY)),
            reports=reports,
            clock=lambda: now,
        )
    if reply.result is not Result.DONE:
        raise RuntimeError(reply.summary)
    return cost


def _keys(folder: str) -> MemoryKeys:
    """Return the keys under which the entries were sealed."""
    held = json.loads((Path(folder) / KEYS).read_text(encoding="ascii"))
    keys = MemoryKeys(CAMPAIGN.id, made=False)
    keys.secrets.versions |= {
        name: [bytes.fromhex(one) for one in versions] for name, versions in held["secrets"].items()
    }
    keys.wrapping.keys |= {name: bytes.fromhex(key) for name, key in held["wrapping"].items()}
    return keys
