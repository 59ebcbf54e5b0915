"""What the Firestore adapter does when the connection fails: nothing twice, nothing lost, nothing told."""

import os
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from types import SimpleNamespace
from typing import Any, ClassVar

import grpc
import pytest
from google.api_core.exceptions import PermissionDenied, ServiceUnavailable

from prizedraw.adapters.firestore.connection import MAX_CUTS, DatabaseConnection, resumed, streaming_options
from prizedraw.adapters.firestore.database import Database
from prizedraw.adapters.google.arrival import Address, Arrival, address_of
from prizedraw.errors import Again, Broken, Final
from prizedraw.ports import Conflict, Create, Delete, Document, Replace
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.runtime.settings import Settings

CANARY = "hanako.canary@example.jp"
Code = grpc.StatusCode


@dataclass(frozen=True)
class Note:
    COLLECTION: ClassVar[str] = "notes"

    id: str
    n: int = 0
    kind: str = "note"

    def to_doc(self) -> Document:
        return {"n": self.n, "kind": self.kind}

    from_doc: ClassVar[Any] = classmethod(lambda kind, name, doc: kind(name, doc["n"], doc["kind"]))


class Between:
    """
    A relay between the client and Firestore that passes bytes on until it is told to fail.

    *refuse*: a status for every call, nothing passed on. *cut_after*: streams end with `UNAVAILABLE` after so many
    answers, *cuts* times. *lose_replies*: unary calls are passed on, and their reply is lost. *calls* counts by method,
    *databases* and *tokens* are what the callers' metadata named, *streamed* the answers of streams as they passed.
    """

    def __init__(self, upstream: str = "") -> None:
        self.refuse: Code | None = None
        self.cut_after = 0
        self.cuts = 0
        self.lose_replies = False
        self.calls: dict[str, int] = {}
        self.databases: set[str] = set()
        self.tokens: set[str] = set()
        self.streamed = b""
        self._upstream = grpc.insecure_channel(upstream) if upstream else None
        self._lock = threading.Lock()

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        if details.method.endswith("/Commit"):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: self._unary(details, request, context))
        return grpc.unary_stream_rpc_method_handler(lambda request, context: self._stream(details, request, context))

    def _begin(self, details: grpc.HandlerCallDetails, context: grpc.ServicerContext) -> tuple[tuple[str, Any], ...]:
        with self._lock:
            name = details.method.rpartition("/")[2]
            self.calls[name] = self.calls.get(name, 0) + 1
            named = [(key, str(value)) for key, value in details.invocation_metadata]
            self.databases |= {value for key, value in named if key == "google-cloud-resource-prefix"}
            self.tokens |= {value for key, value in named if key == "authorization"}
        if self.refuse is not None:
            context.abort(self.refuse, f"no: {CANARY}")
        kept = ("authorization", "google-cloud-resource-prefix", "x-goog-request-params")
        return tuple((key, value) for key, value in details.invocation_metadata if key in kept)

    def _unary(self, details: grpc.HandlerCallDetails, request: bytes, context: grpc.ServicerContext) -> bytes:
        metadata = self._begin(details, context)
        assert self._upstream is not None
        reply: bytes = self._upstream.unary_unary(details.method, None, None)(request, metadata=metadata)
        if self.lose_replies:
            context.abort(Code.UNAVAILABLE, f"lost: {CANARY}")
        return reply

    def _stream(
        self, details: grpc.HandlerCallDetails, request: bytes, context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        metadata = self._begin(details, context)
        assert self._upstream is not None
        call = self._upstream.unary_stream(details.method, None, None)
        for number, answer in enumerate(call(request, metadata=metadata)):
            if self.cuts and number == self.cut_after:
                self.cuts -= 1
                context.abort(Code.UNAVAILABLE, f"cut: {CANARY}")
            self.streamed += answer
            yield answer


def serve(between: Between, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Serve on a free port, point the client there, and return how to stop."""
    server = grpc.server(ThreadPoolExecutor(8))
    calls: Any = SimpleNamespace(service=between.service)
    server.add_generic_rpc_handlers((calls,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
    return lambda: server.stop(0).wait()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    """Stand before nothing: every call is refused."""
    between = Between()
    stop = serve(between, monkeypatch)
    yield between
    stop()


@pytest.fixture
def between(firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    """Stand before the emulator."""
    between = Between(firestore_emulator.host)
    stop = serve(between, monkeypatch)
    yield between
    stop()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    campaign = f"faults-{abs(hash(request.node.nodeid))}"
    names = {"CAMPAIGN": campaign, "GOOGLE_CLOUD_PROJECT": "rehearsal", "LOCATION": "asia-northeast1"}
    return Database(Settings.from_env(names | {"SCHEDULER_ACCOUNT": "s@example.iam.gserviceaccount.com"}), "state")


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(getattr(error, "sentence", ""))


def fill(database: Database, count: int) -> list[Note]:
    notes = [Note(f"n{i:03}", i) for i in range(count)]
    database.commit([Create(note) for note in notes])
    return notes


@pytest.mark.emulator
class TestACutStream:
    @pytest.mark.parametrize("cut_after", [1, 7, 99])
    def test_is_resumed_after_the_last_document(self, between: Between, database: Database, cut_after: int) -> None:
        notes = fill(database, 100)
        between.cut_after, between.cuts = cut_after, 1000 if cut_after > 1 else 5
        assert list(database.scan(Note)) == notes
        assert between.calls["RunQuery"] == (6 if cut_after == 1 else -(-100 // cut_after))

    def test_is_resumed_in_a_projection(self, between: Between, database: Database) -> None:
        fill(database, 100)
        between.cut_after, between.cuts = 40, 3
        assert sorted(database.project(Note, ["n"])) == [(n,) for n in range(100)]
        assert between.calls["RunQuery"] == 3

    def test_is_resumed_in_a_search(self, between: Between, database: Database) -> None:
        notes = fill(database, 100)
        database.commit([Create(Note("n050x", 50, "other"))])
        between.cut_after, between.cuts = 40, 3
        assert database.find(Note, "kind", "note") == notes

    def test_is_asked_again_where_it_is_short(self, between: Between, database: Database) -> None:
        notes = fill(database, 10)
        between.cut_after, between.cuts = 3, 1
        assert database.get_many(Note, [note.id for note in notes]) == {note.id: note for note in notes}
        between.cut_after, between.cuts = 0, 1
        assert database.count(Note) == 10
        assert between.calls == {"Commit": 1, "BatchGetDocuments": 2, "RunAggregationQuery": 2}


@pytest.mark.emulator
class TestALostReply:
    def test_leaves_the_outcome_open_and_the_commit_sent_once(self, between: Between, database: Database) -> None:
        between.lose_replies = True
        with pytest.raises(Again) as caught:
            database.commit([Create(Note("one", 1))])
        assert CANARY not in told(caught.value)
        assert between.calls == {"Commit": 1}
        assert list(database.scan(Note)) == [Note("one", 1)]


@pytest.mark.emulator
class TestACall:
    def test_names_its_database_as_the_official_client_does(self, between: Between, database: Database) -> None:
        database.commit([Create(Note("one"))])
        assert database.get(Note, "one") is not None
        assert (database.count(Note), len(list(database.scan(Note)))) == (1, 1)
        assert sum(between.calls.values()) == 4
        assert between.databases == {"projects/rehearsal/databases/state"}

    @pytest.mark.parametrize(("fields", "row"), [(["n"], (7,)), (["id"], ("one",)), (["id", "n"], ("one", 7))])
    def test_for_a_projection_brings_nothing_else(
        self, between: Between, database: Database, fields: list[str], row: tuple[Any, ...]
    ) -> None:
        database.commit([Create(Note("one", 7, kind="heavy"))])
        assert list(database.project(Note, fields)) == [row]
        assert b"notes/one" in between.streamed
        assert b"heavy" not in between.streamed

    def test_asks_once_for_a_document_that_is_named_twice(self, between: Between, database: Database) -> None:
        fill(database, 10)
        database.get_many(Note, ["n001", "n002", "n001"])
        assert between.streamed.count(b"/notes/") == 2


STATUSES: list[tuple[Code, type[Exception]]] = [
    (Code.UNAVAILABLE, Again),
    (Code.DEADLINE_EXCEEDED, Again),
    (Code.ABORTED, Again),
    (Code.UNKNOWN, Again),
    (Code.INTERNAL, Again),
    (Code.CANCELLED, Again),
    (Code.RESOURCE_EXHAUSTED, Again),
    (Code.ALREADY_EXISTS, Conflict),
    (Code.FAILED_PRECONDITION, Conflict),
    (Code.INVALID_ARGUMENT, Final),
    (Code.PERMISSION_DENIED, Broken),
    (Code.UNAUTHENTICATED, Broken),
    (Code.NOT_FOUND, Broken),
    (Code.UNIMPLEMENTED, Broken),
    (Code.DATA_LOSS, Broken),
]


class TestARefusal:
    @pytest.mark.parametrize(("status", "expected"), STATUSES)
    def test_of_a_commit_has_its_type(
        self, wall: Between, database: Database, status: Code, expected: type[Exception]
    ) -> None:
        wall.refuse = status
        with pytest.raises(expected) as caught:
            database.commit([Create(Note("one")), Delete(Note, "two")])
        assert CANARY not in told(caught.value)
        assert wall.calls == {"Commit": 1}

    @pytest.mark.emulator
    def test_to_find_a_document_is_a_conflict_where_a_version_was_named(
        self, between: Between, database: Database
    ) -> None:
        version = database.commit([Create(Note("one"))])
        between.refuse = Code.NOT_FOUND
        with pytest.raises(Conflict):
            database.commit([Replace(Note("one", 1), version)])
        with pytest.raises(Broken):
            database.commit([Replace(Note("one", 1))])

    @pytest.mark.parametrize(
        "status", [Code.PERMISSION_DENIED, Code.FAILED_PRECONDITION, Code.NOT_FOUND, Code.INVALID_ARGUMENT]
    )
    @pytest.mark.parametrize(
        "read",
        [
            lambda database: database.get(Note, "one"),
            lambda database: database.get_many(Note, ["one"]),
            lambda database: database.find(Note, "n", "1"),
            lambda database: list(database.scan(Note)),
            lambda database: list(database.project(Note, ["n"])),
            lambda database: database.count(Note),
        ],
        ids=["get", "get_many", "find", "scan", "project", "count"],
    )
    def test_of_a_reading_is_broken(
        self, wall: Between, database: Database, status: Code, read: Callable[[Database], object]
    ) -> None:
        wall.refuse = status
        with pytest.raises(Broken) as caught:
            read(database)
        assert status.name in caught.value.sentence
        assert CANARY not in told(caught.value)
        assert sum(wall.calls.values()) == 1


class TestConnecting:
    def test_reaches_a_local_google_past_any_proxy_and_as_its_owner(
        self, wall: Between, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name in ("grpc_proxy", "https_proxy", "http_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        wall.refuse = Code.PERMISSION_DENIED
        with pytest.raises(Broken):
            database.get(Note, "one")
        assert (wall.calls, wall.tokens) == ({"BatchGetDocuments": 1}, {"Bearer owner"})

    def test_waits_for_the_way_to_whom_it_is_about_to_ask(self, wall: Between) -> None:
        tried: list[Address] = []
        network = Arrival(connect=lambda address, _: tried.append(address))
        wall.refuse = Code.PERMISSION_DENIED
        with pytest.raises(PermissionDenied):
            DatabaseConnection("projects/rehearsal/databases/state", network).commit({})
        assert tried == [address_of(os.environ["FIRESTORE_EMULATOR_HOST"])]

    def test_waits_for_the_first_call_and_without_credentials_may_be_tried_again(self, database: Database) -> None:
        with pytest.raises(Again):
            database.get(Note, "one")


class TestResuming:
    def test_begins_after_the_last_one_and_is_patient_as_long_as_something_comes(self) -> None:
        names = [f"d{i:02}" for i in range(20)]
        opened: list[str] = []

        def open_after(last: str) -> Iterator[Any]:
            opened.append(last)
            for name in [name for name in names if name > last][:2]:
                yield SimpleNamespace(name=name)
            if last < "d19":
                raise ServiceUnavailable("away")

        assert [document.name for document in resumed(open_after, sleep=lambda _: None)] == names
        assert opened == ["", *names[1::2]]

    @pytest.mark.parametrize("first", [["d1"], []], ids=["after the first", "at all"])
    def test_gives_up_when_nothing_comes(self, first: list[str]) -> None:
        pauses: list[float] = []

        def open_after(last: str) -> Iterator[Any]:
            if not last:
                yield from (SimpleNamespace(name=name) for name in first)
            raise ServiceUnavailable(CANARY)

        documents = resumed(open_after, sleep=pauses.append)
        assert [document.name for document in islice(documents, len(first))] == first
        with pytest.raises(Again) as caught:
            next(documents)
        assert CANARY not in told(caught.value)
        assert len(pauses) == MAX_CUTS
        assert pauses[0] > 0
        assert all(later == 2 * before for before, later in pairwise(pauses))

    def test_does_not_insist_where_it_is_refused(self) -> None:
        def open_after(last: str) -> Iterator[Any]:
            raise PermissionDenied(CANARY)
            yield last

        with pytest.raises(Broken) as caught:
            next(resumed(open_after, sleep=lambda _: pytest.fail("slept")))
        assert CANARY not in told(caught.value)


class TestTheStreamingOption:
    def test_is_known_to_this_grpc(self) -> None:
        assert streaming_options() == [("SingleThreadedUnaryStream", 1)]

    @pytest.mark.parametrize(
        "library", [SimpleNamespace(), SimpleNamespace(experimental=SimpleNamespace(ChannelOptions=object))]
    )
    def test_is_left_out_where_grpc_knows_it_no_more(self, library: Any) -> None:
        assert streaming_options(library) == []
