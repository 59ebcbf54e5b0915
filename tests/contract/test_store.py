"""What a store promises: the same on memory, always, and on Firestore's emulator."""

import secrets
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Protocol

import pytest
from google.cloud import firestore

from prizedraw.adapters.firestore.database import Database
from prizedraw.adapters.firestore.snapshot import Snapshot
from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again, Broken, Final
from prizedraw.ports import (
    Conflict,
    Create,
    Delete,
    Document,
    Listed,
    ListedStore,
    Reader,
    Record,
    Replace,
    Store,
    Write,
)
from prizedraw.records import entries
from prizedraw.records.entries import Entry, LedgerRow, Totals
from prizedraw.records.erasure import ErasureRow
from prizedraw.records.mail import MailRow
from prizedraw.records.running import Lease
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.runtime.settings import Settings
from support.records import kinds, sample

CANARY = "hanako.canary@example.jp"
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Note:
    """A record of whatever fields a test needs."""

    COLLECTION: ClassVar[str] = "notes"

    id: str
    doc: Document = field(default_factory=dict)

    def to_doc(self) -> Document:
        return self.doc

    from_doc: ClassVar[Any] = classmethod(lambda kind, name, doc: kind(name, dict(doc)))


@dataclass(frozen=True)
class Memo(Note):
    """Another kind of record."""

    COLLECTION: ClassVar[str] = "memos"


class Stores(Protocol):
    """What opens the stores of one test."""

    def open(self, database: str = "state", campaign: str = "rally") -> ListedStore: ...

    def dump(self, database: str = "state", campaign: str = "rally") -> dict[str, Document]:
        """Return what is stored, by `collection/id`."""
        ...


class MemoryStores:
    def __init__(self) -> None:
        self._opened: dict[tuple[str, str], Memory] = {}

    def open(self, database: str = "state", campaign: str = "rally") -> Memory:
        return self._opened.setdefault((database, campaign), Memory(campaign))

    def dump(self, database: str = "state", campaign: str = "rally") -> dict[str, Document]:
        return _of_campaign(self.open(database, campaign).dump(), campaign)


class FirestoreStores:
    def __init__(self, emulator: FirestoreEmulator) -> None:
        self._emulator = emulator
        self._mark = secrets.token_hex(4)

    def open(self, database: str = "state", campaign: str = "rally") -> Database:
        return Database(settings(self._emulator.project, f"{campaign}-{self._mark}"), database)

    def dump(self, database: str = "state", campaign: str = "rally") -> dict[str, Document]:
        return _of_campaign(self._emulator.dump(database), f"{campaign}-{self._mark}")


def _of_campaign(documents: dict[str, Document], campaign: str) -> dict[str, Document]:
    root = f"campaigns/{campaign}/"
    return {path.removeprefix(root): document for path, document in documents.items() if path.startswith(root)}


def settings(project: str, campaign: str) -> Settings:
    names = {"CAMPAIGN": campaign, "GOOGLE_CLOUD_PROJECT": project, "LOCATION": "asia-northeast1"}
    return Settings.from_env(names | {"SCHEDULER_ACCOUNT": "scheduler@example.iam.gserviceaccount.com"})


@pytest.fixture(params=["memory", pytest.param("firestore", marks=pytest.mark.emulator)])
def stores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Stores:
    if request.param == "memory":
        return MemoryStores()
    emulator: FirestoreEmulator = request.getfixturevalue("firestore_emulator")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator.host)
    return FirestoreStores(emulator)


@pytest.fixture
def store(stores: Stores) -> ListedStore:
    return stores.open()


def race(count: int, act: Callable[[int], object]) -> list[str]:
    """Let *count* threads act at once; return what became of each: `won`, `Conflict` or `Again`."""
    outcomes: list[str] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
            outcomes.append("won")
        except (Conflict, Again) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == count
    return outcomes


def told(error: BaseException) -> str:
    """Return all that a log could print of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(getattr(error, "sentence", ""))


class TestCreating:
    def test_what_was_created_is_read_back(self, store: Store) -> None:
        store.commit([Create(Note("one", {"title": "抽選", "n": 1}))])
        stored = store.get(Note, "one")
        assert stored is not None
        assert stored.record == Note("one", {"title": "抽選", "n": 1})

    def test_what_was_never_created_is_none(self, store: Store) -> None:
        assert store.get(Note, "one") is None

    def test_a_second_creation_is_a_conflict_and_the_first_stays(self, store: Store) -> None:
        store.commit([Create(Note("one", {"n": 1}))])
        with pytest.raises(Conflict):
            store.commit([Create(Note("one", {"n": 2}))])
        assert store.get_many(Note, ["one"]) == {"one": Note("one", {"n": 1})}

    def test_a_conflict_leaves_nothing_of_its_batch(self, stores: Stores) -> None:
        store = stores.open()
        store.commit([Create(Note("taken", {"n": 1})), Create(Note("old", {"n": 1}))])
        before = stores.dump()
        writes: list[Write] = [
            Create(Note("new")),
            Replace(Note("old", {"n": 2})),
            Delete(Note, "old-too"),
            Create(Note("taken")),
        ]
        with pytest.raises(Conflict):
            store.commit(writes)
        assert stores.dump() == before

    def test_the_same_id_in_another_collection_is_another_document(self, store: Store) -> None:
        store.commit([Create(Note("one", {"n": 1})), Create(Memo("one", {"n": 2}))])
        assert [n.doc for n in store.scan(Note)] == [{"n": 1}]
        assert [m.doc for m in store.scan(Memo)] == [{"n": 2}]

    def test_databases_and_campaigns_do_not_see_each_other(self, stores: Stores) -> None:
        for database, campaign in (("state", "rally"), ("sealed", "rally"), ("state", "other")):
            stores.open(database, campaign).commit([Create(Note("one", {"where": database + campaign}))])
        for database, campaign in (("state", "rally"), ("sealed", "rally"), ("state", "other")):
            assert stores.dump(database, campaign) == {"notes/one": {"where": database + campaign}}
            assert list(stores.open(database, campaign).scan(Note)) == [Note("one", {"where": database + campaign})]


class TestReplacing:
    def test_without_a_version_it_writes_over_what_is_there(self, store: Store) -> None:
        store.commit([Create(Note("one", {"n": 1, "gone": True}))])
        store.commit([Replace(Note("one", {"n": 2}))])
        assert store.get_many(Note, ["one"]) == {"one": Note("one", {"n": 2})}

    def test_without_a_version_it_writes_where_nothing_is(self, store: Store) -> None:
        store.commit([Replace(Note("one", {"n": 2}))])
        assert store.get_many(Note, ["one"]) == {"one": Note("one", {"n": 2})}

    def test_at_the_version_that_was_read_it_writes(self, store: Store) -> None:
        store.commit([Create(Note("one", {"n": 1}))])
        stored = store.get(Note, "one")
        assert stored is not None
        store.commit([Replace(Note("one", {"n": 2}), stored.version)])
        assert store.get_many(Note, ["one"]) == {"one": Note("one", {"n": 2})}

    def test_at_an_old_version_it_is_a_conflict(self, store: Store) -> None:
        version = store.commit([Create(Note("one", {"n": 1}))])
        store.commit([Replace(Note("one", {"n": 2}))])
        with pytest.raises(Conflict):
            store.commit([Replace(Note("one", {"n": 3}), version)])
        assert store.get_many(Note, ["one"]) == {"one": Note("one", {"n": 2})}

    def test_of_what_was_deleted_it_is_a_conflict(self, store: Store) -> None:
        version = store.commit([Create(Note("one"))])
        store.commit([Delete(Note, "one")])
        with pytest.raises(Conflict):
            store.commit([Replace(Note("one"), version)])
        assert store.get(Note, "one") is None

    def test_of_what_was_deleted_and_created_anew_it_is_a_conflict(self, store: Store) -> None:
        version = store.commit([Create(Note("one", {"n": 1}))])
        store.commit([Delete(Note, "one")])
        store.commit([Create(Note("one", {"n": 1}))])
        with pytest.raises(Conflict):
            store.commit([Replace(Note("one", {"n": 2}), version)])

    def test_with_the_version_of_another_document_it_is_a_conflict(self, store: Store) -> None:
        store.commit([Create(Note("one"))])
        version = store.commit([Create(Note("two"))])
        with pytest.raises(Conflict):
            store.commit([Replace(Note("one", {"n": 2}), version)])

    def test_each_commit_returns_the_version_for_the_next(self, store: Store) -> None:
        version = store.commit([Create(Note("lease", {"n": 0})), Create(Note("other"))])
        for n in range(1, 6):
            version = store.commit([Replace(Note("lease", {"n": n}), version), Create(Note(f"other-{n}"))])
        assert store.get_many(Note, ["lease"]) == {"lease": Note("lease", {"n": 5})}

    def test_the_version_is_right_for_every_document_of_the_commit(self, store: Store) -> None:
        version = store.commit([Create(Note("one", {"n": 1})), Create(Note("two", {"n": 1}))])
        version = store.commit([Replace(Note("one", {"n": 1}), version), Replace(Note("two", {"n": 2}), version)])
        store.commit([Replace(Note("one", {"n": 3}), version), Replace(Note("two", {"n": 3}), version)])
        assert [note.doc for note in store.scan(Note)] == [{"n": 3}, {"n": 3}]

    def test_a_commit_that_changed_nothing_returns_a_version_that_holds(self, store: Store) -> None:
        version = store.commit([Create(Note("one", {"n": 1}))])
        for _ in range(2):
            version = store.commit([Replace(Note("one", {"n": 1}), version)])
        stored = store.get(Note, "one")
        assert stored is not None
        assert stored.version == version
        store.commit([Replace(Note("one", {"n": 2}), stored.version)])


class TestDeleting:
    def test_it_removes_the_record(self, stores: Stores) -> None:
        store = stores.open()
        store.commit([Create(Note("one")), Create(Note("two"))])
        store.commit([Delete(Note, "one")])
        assert stores.dump() == {"notes/two": {}}

    def test_absent_is_well_too(self, stores: Stores) -> None:
        stores.open().commit([Delete(Note, "one"), Create(Note("two"))])
        assert stores.dump() == {"notes/two": {}}


class TestCommitting:
    def test_takes_500_writes(self, store: Store) -> None:
        store.commit([Create(Note(f"n{i:03}", {"i": i})) for i in range(500)])
        assert store.count(Note) == 500
        store.commit([Delete(Note, f"n{i:03}") for i in range(500)])
        assert store.count(Note) == 0

    def test_refuses_501_writes(self, store: Store) -> None:
        with pytest.raises(ValueError, match="500"):
            store.commit([Create(Note(f"n{i:03}")) for i in range(501)])
        assert store.count(Note) == 0

    def test_refuses_a_document_twice(self, store: Store) -> None:
        with pytest.raises(ValueError, match="once"):
            store.commit([Create(Note("one")), Replace(Note("one"))])
        assert store.count(Note) == 0

    def test_nothing_is_well_too(self, store: Store) -> None:
        store.commit([])
        assert store.count(Note) == 0

    def test_of_20_that_create_at_once_one_wins(self, store: Store) -> None:
        outcomes = race(20, lambda n: store.commit([Create(Note("one", {"n": n})), Create(Memo(f"by-{n}"))]))
        assert outcomes.count("won") == 1
        (winner,) = store.scan(Note)
        assert [memo.id for memo in store.scan(Memo)] == [f"by-{winner.doc['n']}"]

    def test_of_20_that_replace_one_version_one_wins(self, store: Store) -> None:
        version = store.commit([Create(Note("one", {"n": -1}))])
        outcomes = race(20, lambda n: store.commit([Replace(Note("one", {"n": n}), version), Create(Memo(f"by-{n}"))]))
        assert outcomes.count("won") == 1
        (winner,) = store.scan(Note)
        assert [memo.id for memo in store.scan(Memo)] == [f"by-{winner.doc['n']}"]


class TestReading:
    def test_get_many_returns_those_that_exist(self, store: Store) -> None:
        store.commit([Create(Note("one", {"n": 1})), Create(Note("two", {"n": 2}))])
        found = store.get_many(Note, ["two", "three", "one", "two"])
        assert found == {"one": Note("one", {"n": 1}), "two": Note("two", {"n": 2})}

    def test_get_many_of_nothing_is_nothing(self, store: Store) -> None:
        assert store.get_many(Note, []) == {}

    def test_get_many_takes_more_than_one_request_holds(self, store: Store) -> None:
        ids = [f"n{i:04}" for i in range(1001)]
        for start in range(0, 1001, 500):
            store.commit([Create(Note(one)) for one in ids[start : start + 500]])
        assert sorted(store.get_many(Note, [*ids, "absent"])) == ids

    def test_find_returns_those_of_equal_field_in_the_order_of_ids(self, store: Store) -> None:
        notes = [Note("c", {"p": "x"}), Note("a", {"p": "x"}), Note("b", {"p": "y"}), Note("d"), Note("e", {"p": True})]
        store.commit([Create(note) for note in notes])
        assert [note.id for note in store.find(Note, "p", "x")] == ["a", "c"]
        assert [note.id for note in store.find(Note, "p", True)] == ["e"]
        assert store.find(Note, "p", "z") == []

    def test_true_is_not_one(self, store: Store) -> None:
        store.commit([Create(Note("a", {"p": 1})), Create(Note("b", {"p": "True"}))])
        assert store.find(Note, "p", True) == []
        assert store.count(Note, p=True) == 0

    def test_scan_yields_every_record_in_the_order_of_ids(self, store: Store) -> None:
        ids = ["b", "a", "B", "10", "9", "a-", "a_", "-", "aa", "é", "あ"]
        store.commit([Create(Note(one, {"id": one})) for one in ids])
        assert [note.id for note in store.scan(Note)] == sorted(ids, key=str.encode)

    def test_scan_of_nothing_is_nothing(self, store: Store) -> None:
        assert list(store.scan(Note)) == []

    def test_scan_may_be_left_in_the_middle(self, store: Store) -> None:
        store.commit([Create(Note(f"n{i:03}")) for i in range(300)])
        assert next(iter(store.scan(Note))).id == "n000"
        assert store.count(Note) == 300

    def test_writing_while_scanning_is_well(self, store: Store) -> None:
        store.commit([Create(Note(f"n{i:03}", {"n": 0})) for i in range(100)])
        for note in store.scan(Note):
            store.commit([Replace(Note(note.id, {"n": 1}))])
        assert store.count(Note) == 100
        assert {note.doc["n"] for note in store.scan(Note)} == {1}

    def test_project_yields_the_named_fields_in_their_order(self, store: Store) -> None:
        store.commit(
            [Create(Note(f"n{i:03}", {"label": f"l{i}", "prizes": ["A", "B"], "big": b"x"})) for i in range(300)]
        )
        rows = sorted(store.project(Note, ("prizes", "label")), key=lambda row: int(row[1][1:]))
        assert rows == [(["A", "B"], f"l{i}") for i in range(300)]

    def test_project_yields_none_for_an_absent_field(self, store: Store) -> None:
        store.commit([Create(Note("a", {"label": "l"})), Create(Note("b", {"reason": "r"})), Create(Note("c"))])
        assert sorted(map(repr, store.project(Note, ("label", "reason")))) == sorted(
            ["('l', None)", "(None, 'r')", "(None, None)"]
        )

    def test_project_yields_the_id_too(self, store: Store) -> None:
        store.commit([Create(Note("a", {"label": "l"})), Create(Note("b"))])
        assert sorted(store.project(Note, ["id"])) == [("a",), ("b",)]
        assert ("a", "l") in list(store.project(Note, ["id", "label"]))

    def test_count_counts_all_or_those_whose_fields_equal(self, store: Store) -> None:
        rows = [("accepted", False), ("accepted", True), ("rejected", True), ("accepted", True)]
        store.commit([Create(Note(f"n{i}", {"outcome": o, "gone": g})) for i, (o, g) in enumerate(rows)])
        assert store.count(Note) == 4
        assert store.count(Note, outcome="accepted") == 3
        assert store.count(Note, gone=True) == 3
        assert store.count(Note, gone=True, outcome="accepted") == 2
        assert store.count(Note, outcome="withdrawn") == 0
        assert store.count(Memo) == 0

    def test_changing_what_was_read_changes_nothing(self, store: Store) -> None:
        given = {"counts": {"a": 1}, "list": [1]}
        store.commit([Create(Note("one", given))])
        given["counts"]["a"] = 2  # type: ignore[index]
        for _ in range(2):
            (read,) = store.scan(Note)
            assert read.doc == {"counts": {"a": 1}, "list": [1]}
            read.doc["counts"]["a"] = 3
            read.doc["list"].append(4)

    def test_a_document_that_is_no_such_record_is_broken_and_not_told(self, store: Store) -> None:
        store.commit([Create(Note("one", {"outcome": CANARY}))])

        def read_back(kind: type[Note], id: str, doc: Mapping[str, Any]) -> Note:
            entries.Outcome(doc["outcome"])
            return kind(id)

        class Ledger(Note):
            from_doc: ClassVar[Any] = classmethod(read_back)

        readings: list[Callable[[], object]] = [
            lambda: store.get(Ledger, "one"),
            lambda: store.get_many(Ledger, ["one"]),
            lambda: store.find(Ledger, "outcome", CANARY),
            lambda: list(store.scan(Ledger)),
        ]
        for read in readings:
            with pytest.raises(Broken) as caught:
                read()
            assert CANARY not in told(caught.value)


class TestSnapshot:
    """What was read at once answers as the database did at that moment."""

    def test_answers_every_reading_as_the_store_does(self, store: ListedStore) -> None:
        notes = [
            Note("c", {"p": "x"}),
            Note("a", {"p": "x", "n": 1}),
            Note("é", {"p": True}),
            Note("B"),
            Note("b", {"n": 1}),
        ]
        store.commit([Create(one) for one in [*notes, Memo("a", {"p": "x"}), Memo("d")]])
        readings: list[Callable[[Reader], object]] = [
            lambda reader: list(reader.scan(Note)),
            lambda reader: list(reader.scan(Memo)),
            lambda reader: reader.get_many(Note, ["a", "absent", "c", "a", "/"]),
            lambda reader: reader.find(Note, "p", "x"),
            lambda reader: reader.find(Note, "p", True),
            lambda reader: reader.find(Note, "n", True),
            lambda reader: sorted(map(repr, reader.project(Note, ("n", "id", "p")))),
            lambda reader: [reader.count(Note), reader.count(Note, p="x"), reader.count(Note, p="x", n=True)],
            lambda reader: [found and found.record for found in map(partial(reader.get, Memo), ("a", "b", "/", ""))],
        ]
        for read in readings:
            assert read(store.snapshot()) == read(store)

    def test_of_nothing_is_nothing(self, store: ListedStore) -> None:
        assert list(store.snapshot().scan(Note)) == []

    def test_does_not_see_what_comes_later(self, store: ListedStore) -> None:
        store.commit([Create(Note("one", {"n": 1}))])
        seen = store.snapshot()
        store.commit([Replace(Note("one", {"n": 2})), Create(Note("two"))])
        assert list(seen.scan(Note)) == [Note("one", {"n": 1})]

    def test_sees_no_other_database_and_no_other_campaign(self, stores: Stores) -> None:
        stores.open("sealed").commit([Create(Note("one"))])
        stores.open("state", "another").commit([Create(Note("two"))])
        assert list(stores.open("state").snapshot().scan(Note)) == []

    def test_gives_no_version_that_a_write_is_made_at(self, store: ListedStore) -> None:
        store.commit([Create(Note("one"))])
        seen = store.snapshot().get(Note, "one")
        assert seen is not None
        with pytest.raises(Conflict):
            store.commit([Replace(Note("one", {"n": 1}), seen.version)])

    def test_a_document_that_is_no_such_record_is_met_by_who_reads_it_and_not_told(self, store: ListedStore) -> None:
        store.commit([Create(Memo("one")), Create(Note("one", {"phase": CANARY}))])

        class Total(Note):
            from_doc: ClassVar[Any] = Totals.from_doc

        seen = store.snapshot()
        assert list(seen.scan(Memo)) == [Memo("one")]
        for read in (
            lambda: seen.get(Total, "one"),
            lambda: list(seen.scan(Total)),
            lambda: seen.find(Total, "phase", CANARY),
        ):
            with pytest.raises(Broken) as caught:
                read()
            assert CANARY not in told(caught.value)


def test_a_snapshot_s_document_of_no_plain_values_is_no_record_to_any_reading() -> None:
    seen = Snapshot({"notes": {"one": None}, "memos": {"one": {"p": "x"}}})
    readings: list[Callable[[], object]] = [
        lambda: seen.get(Note, "one"),
        lambda: seen.get_many(Note, ["one"]),
        lambda: list(seen.scan(Note)),
        lambda: seen.find(Note, "p", "x"),
        lambda: list(seen.project(Note, ["p"])),
    ]
    for read in readings:
        with pytest.raises(Broken):
            read()
    assert (seen.count(Note), seen.find(Memo, "p", "x")) == (1, [Memo("one", {"p": "x"})])


VALUES = {
    "text": "東京都新宿区",
    "empty text": "",
    "NUL": "a\0b",
    "emoji": "👩‍👩‍👧🎉",
    "beyond the BMP": "𠮷野家",
    "decomposed": "が",
    "half width": "ﾄﾞｺﾓ",
    "bytes": bytes(range(256)),
    "no bytes": b"",
    "true": True,
    "false": False,
    "zero": 0,
    "largest": 2**63 - 1,
    "smallest": -(2**63),
    "none": None,
    "list": ["a", 1, None, True, b"\xff", {"k": "v"}],
    "empty list": [],
    "map": {"a": 1, "b": {"c": [1, {"d": None}]}, "日本": "語", "with.dot `and` tick": 1},
    "empty map": {},
}

UNSTORABLE: dict[str, Any] = {
    "lone surrogate": CANARY + "\ud800",
    "lone surrogate in a list": [CANARY, CANARY + "\udfff"],
    "lone surrogate in a name": {CANARY + "\ud800": 1},
    "too large an integer": 2**63,
    "too small an integer": -(2**63) - 1,
    "float": 1.5,
    "set": {CANARY},
    "tuple in a map": {"a": (CANARY,)},
    "object": object(),
    "list in a list": [[CANARY]],
    "empty name": {"": CANARY},
    "number as a name": {1: CANARY},
    "reserved name": {"__a__": CANARY},
    "more than a mebibyte": CANARY + "x" * MEBIBYTE,
    "more than a mebibyte together": [CANARY + "x" * (MEBIBYTE // 2)] * 2,
}


class TestValues:
    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
    def test_are_kept(self, stores: Stores, value: Any) -> None:
        store = stores.open()
        store.commit([Create(Note("one", {"value": value}))])
        stored = store.get(Note, "one")
        assert stored is not None
        assert stored.record.doc == {"value": value}
        assert type(stored.record.doc["value"]) is type(value)
        assert list(store.project(Note, ["value"])) == [(value,)]
        assert stores.dump() == {"notes/one": {"value": value}}

    def test_nearly_a_mebibyte_is_kept(self, store: Store) -> None:
        store.commit([Create(Note("one", {"value": "x" * (MEBIBYTE - 200)}))])
        assert [len(note.doc["value"]) for note in store.scan(Note)] == [MEBIBYTE - 200]

    def test_an_enumerated_text_is_kept_as_text(self, stores: Stores) -> None:
        store = stores.open()
        store.commit([Create(Note("one", {"outcome": entries.Outcome.ACCEPTED}))])
        assert [type(document["outcome"]) for document in stores.dump().values()] == [str]
        assert store.count(Note, outcome=entries.Outcome.ACCEPTED) == 1

    @pytest.mark.parametrize("value", UNSTORABLE.values(), ids=UNSTORABLE)
    def test_that_cannot_be_stored_are_refused_and_not_told(self, stores: Stores, value: Any) -> None:
        store = stores.open()
        with pytest.raises(Final) as caught:
            store.commit([Create(Note("good")), Create(Note("one", {"value": value}))])
        assert caught.value.problem.code == "E-153"
        assert CANARY not in told(caught.value)
        assert "notes" in caught.value.sentence
        assert stores.dump() == {}

    def test_that_no_record_can_hold_are_not_looked_for(self, store: Store) -> None:
        for look in (lambda: store.find(Note, "p", CANARY + "\ud800"), lambda: store.count(Note, p=CANARY + "\ud800")):
            with pytest.raises(Final) as caught:
                look()
            assert CANARY not in told(caught.value)


BAD_IDS = ["", ".", "..", "__id__", "a/b", "a/b/c", "a b", "a\0", "a\n", "\ud800", "x" * 376]


class TestIds:
    @pytest.mark.parametrize(
        "id", ["a", "-", "_a_", "...", "a.b", "A=", "winner-k7q", "2026-03-01T00:00:00Z", "文化", "𠮷"]
    )
    def test_name_documents(self, stores: Stores, id: str) -> None:
        store = stores.open()
        store.commit([Create(Note(id))])
        assert stores.dump() == {f"notes/{id}": {}}
        assert store.get_many(Note, [id]) == {id: Note(id)}

    @pytest.mark.parametrize("id", BAD_IDS, ids=lambda one: repr(one[:9]))
    def test_that_no_document_may_have_are_refused(self, stores: Stores, id: str) -> None:
        store = stores.open()
        for write in (Create(Note(id)), Replace(Note(id)), Delete(Note, id)):
            with pytest.raises(Final):
                store.commit([Create(Note("good")), write])
        assert stores.dump() == {}

    @pytest.mark.parametrize("id", BAD_IDS, ids=lambda one: repr(one[:9]))
    def test_that_no_document_may_have_are_not_found(self, store: Store, id: str) -> None:
        store.commit([Create(Note("a"))])
        assert store.get(Note, id) is None
        assert store.get_many(Note, [id, "a"]) == {"a": Note("a")}


KINDS = kinds()
FEWEST_KINDS = 31
"""So many kinds there are at least: a list that finds fewer has gone blind."""


class TestRecords:
    def test_are_all_tried(self) -> None:
        assert {Entry, LedgerRow, Lease, Totals, MailRow, ErasureRow} <= set(KINDS)
        assert len(KINDS) >= FEWEST_KINDS

    @pytest.mark.parametrize("full", [True, False], ids=["full", "empty"])
    @pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
    def test_come_back_as_they_were(self, store: Store, kind: type[Record], full: bool) -> None:
        record = sample(kind, full=full)
        version = store.commit([Create(record)])
        stored = store.get(kind, "current")
        assert stored is not None
        assert stored.record == record
        assert stored.version == version
        assert list(store.scan(kind)) == [record]

    def test_have_a_collection_of_their_own_each(self) -> None:
        assert len({kind.COLLECTION for kind in KINDS}) == len(KINDS)


class TestThreads:
    def test_many_write_and_read_at_once(self, store: Store) -> None:
        def work(number: int) -> None:
            for i in range(10):
                store.commit([Create(Note(f"{number:02}-{i}", {"n": number}))])
                assert sum(1 for _ in store.scan(Note)) >= i

        assert race(8, work) == ["won"] * 8
        assert store.count(Note) == 80


def test_every_collection_is_listed_with_its_documents_those_of_other_campaigns_together(stores: Stores) -> None:
    store = stores.open("sealed")
    assert [one for one in store.listed() if not one.name.startswith("/")] == []
    store.commit([Create(Note(f"n{number}", {"a": 1})) for number in range(3)])
    store.commit([Create(Memo("m", {}))])
    assert [one for one in store.listed() if not one.name.startswith("/")] == [Listed("memos"), Listed("notes", 3)]


@pytest.mark.emulator
def test_what_lies_beside_the_campaign_is_listed_too(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator.host)
    mark = secrets.token_hex(4)
    client = firestore.Client(firestore_emulator.project, database="state")
    for path in (f"campaigns/rally-{mark}/leases/intake/copies-{mark}/1", f"people-{mark}/1", f"campaigns/{mark}/x/1"):
        client.document(path).set({"name": "x"})
    found = Database(settings(firestore_emulator.project, f"rally-{mark}"), "state").listed()
    names = {one.name for one in found}
    assert {f"leases/*/copies-{mark}", f"/people-{mark}", "/campaigns/*"} <= names


@pytest.mark.emulator
def test_a_snapshot_takes_what_others_wrote_for_no_record(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator.host)
    campaign = f"rally-{secrets.token_hex(4)}"
    client = firestore.Client(firestore_emulator.project, database="state")
    client.document(f"campaigns/{campaign}/notes/one/notes/two").set({"n": 1})
    client.document(f"campaigns/{campaign}/memos/one").set({"half": 0.5})
    seen = Database(settings(firestore_emulator.project, campaign), "state").snapshot()
    assert list(seen.scan(Note)) == []
    with pytest.raises(Broken):
        list(seen.scan(Memo))


@pytest.mark.emulator
def test_a_document_that_somebody_else_wrote_is_no_record_to_any_reading(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator.host)
    campaign = f"rally-{secrets.token_hex(4)}"
    client = firestore.Client(firestore_emulator.project, database="state")
    client.document(f"campaigns/{campaign}/notes/one").set({"half": 0.5, "p": "x"})
    store = Database(settings(firestore_emulator.project, campaign), "state")
    readings: list[Callable[[], object]] = [
        lambda: store.get(Note, "one"),
        lambda: store.get_many(Note, ["one"]),
        lambda: list(store.scan(Note)),
        lambda: store.find(Note, "p", "x"),
        lambda: list(store.project(Note, ["half"])),
    ]
    for read in readings:
        with pytest.raises(Broken):
            read()
    assert (store.count(Note), list(store.project(Note, ["p"]))) == (1, [("x",)])
