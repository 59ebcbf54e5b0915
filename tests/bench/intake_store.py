"""
Compare a pull into Firestore's emulator with sealing the same texts, committing the same documents, counting the same.

The responses are the rehearsal's mixture, in no order: among them are people twice, edits, and rows that count for
nothing. The floor seals and indexes what the product sealed and indexed, then creates the documents that the product
left behind (entries and ledger rows) through the official client, 500 a `batch.commit`, and asks it once for every
number that the product counts at a tick, as this pull is: the emulator reads what it counts, which Firestore does not.
The clock on the wall decides, since both wait for the emulator, which is emptied before each turn.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any

from google.cloud.firestore import Client
from google.cloud.firestore_v1.base_query import FieldFilter

from bench.measure import Cost, Row, fresh, in_turns, quietest, stopwatch
from bench.world import CAMPAIGN, PREPARED, Sizes, cryptography, databases, judged, settings, take_in, write_pages
from prizedraw.adapters.memory import Memory
from prizedraw.ports import Replace
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reason
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.typed.address_faults import AddressFault
from support.fakes.keys import MemoryKeys

GOAL = 1.2
WRITES_A_BATCH = 500


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield one row."""
    with TemporaryDirectory() as folder, FirestoreEmulator() as emulator:
        fresh(write_pages, folder, sizes.entries)
        environ = {"FIRESTORE_EMULATOR_HOST": emulator.host}

        def turn(work: Callable[[str], Cost]) -> Cost:
            emulator.wipe()
            return fresh(work, folder, environ=environ)

        turn(ours)  # the emulator is slow at first, until Java has compiled it
        costs = in_turns(sizes.rounds, floor=lambda: turn(floor), ours=lambda: turn(ours))
    least, needed = (quietest(costs[side], "wall") for side in ("floor", "ours"))
    yield Row(f"intake of {sizes.entries:,} into the emulator: s", least, needed, GOAL)


def floor(folder: str) -> Cost:
    """Seal, index and commit what the product would leave behind."""
    keys, left = MemoryKeys(CAMPAIGN.id), Memory(CAMPAIGN.id)
    take_in(folder, left, _prepared(), keys)
    documents = {path: document for path, document in left.dump().items() if "/leases/" not in path}
    counted = [("reason", reason.value) for reason in Reason] + [("gone", True)]
    counted += [("outcome", one.value) for one in (Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.WITHDRAWN)]
    counted += [("detail", fault.value) for fault in AddressFault]
    seal_and_index = cryptography(keys, judged(folder))
    client = Client(project=settings().project, database="sealed")
    with stopwatch() as cost:
        seal_and_index()
        waiting = iter(documents.items())
        while some := list(islice(waiting, WRITES_A_BATCH)):
            batch = client.batch()
            for path, document in some:
                batch.create(client.document(path), document)
            batch.commit()
        rows, entries = (client.collection(f"campaigns/{CAMPAIGN.id}/{kind.COLLECTION}") for kind in (LedgerRow, Entry))
        for field, value in counted:
            _count(rows.where(filter=FieldFilter(field, "==", value)))
        _count(rows)
        _count(entries.where(filter=FieldFilter("doubtful", "==", True)))
    return cost


def _count(query: Any) -> None:
    query.count().get()


def ours(folder: str) -> Cost:
    """Pull all pages."""
    keys, (sealed, _), state = MemoryKeys(CAMPAIGN.id), databases(), _prepared()
    with stopwatch() as cost:
        take_in(folder, sealed, state, keys)
    return cost


def _prepared() -> Memory:
    state = Memory(CAMPAIGN.id)
    state.commit([Replace(PREPARED)])
    return state
