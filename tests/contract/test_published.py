"""Published files are created once, read back checked, and never changed, whoever keeps them."""

import base64
import gzip
from datetime import datetime

import pytest
import requests
from google.api_core.exceptions import BadRequest, NotFound, PreconditionFailed
from google.cloud.storage import Bucket

from prizedraw.adapters.storage.objects import crc32c, open_bucket
from prizedraw.adapters.storage.published import SIGNATURE_KEY, CreateOnlyBucket, open_published
from prizedraw.errors import Again, Broken
from prizedraw.ports import PublishedFile, Publisher
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.storage import CUT, LocalStorage
from prizedraw.runtime.settings import Settings
from support import google_discovery
from support.clock import BRIEF_SECONDS
from support.fakes.published import FakePublished

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
BUCKET = "PUBLISHED_BUCKET"
SIGNATURE = bytes(range(200, 256)) + bytes(16)
LARGE = b"0123456789abcdefghjkmnpqrs\tA,B\n" * 300_000
"""More than 8 MiB: the client sends it in a resumable upload."""


@pytest.fixture
def bucket(settings: Settings) -> CreateOnlyBucket:
    return open_published(settings)


@pytest.fixture(params=["fake", "bucket"])
def publisher(request: pytest.FixtureRequest) -> Publisher:
    if request.param == "fake":
        return FakePublished()
    made: Publisher = request.getfixturevalue("bucket")
    return made


class TestEveryPublisher:
    @pytest.mark.parametrize(
        "data",
        [b"", b"{}", "当選\n".encode(), bytes(range(256)), b"\r\n--===\r\n\n\r\r\n", b"x" * 3_000_000],
        ids=["empty", "json", "utf-8", "all bytes", "like a boundary", "3 MB"],
    )
    def test_what_was_created_is_read_back(self, publisher: Publisher, data: bytes) -> None:
        assert publisher.create("record.json", data, JSON) is True
        assert publisher.read("record.json") == data

    def test_what_is_not_there_is_none(self, publisher: Publisher) -> None:
        assert publisher.read("record.json") is None

    def test_a_second_creation_changes_nothing(self, publisher: Publisher) -> None:
        assert publisher.create("record.json", b"first", JSON) is True
        assert publisher.create("record.json", b"second", JSON) is False
        assert publisher.read("record.json") == b"first"

    def test_a_second_creation_of_the_same_bytes_says_that_it_was_there(self, publisher: Publisher) -> None:
        assert publisher.create("record.json", b"same", JSON) is True
        assert publisher.create("record.json", b"same", JSON) is False

    @pytest.mark.parametrize("name", ["a", "forfeits/0001.json.sig", "a b+c%2F?d#e&f=g", "規則.json", "a..b"])
    def test_names_are_kept_to_the_letter(self, publisher: Publisher, name: str) -> None:
        assert publisher.create(name, b"1", TEXT) is True
        assert publisher.read(name) == b"1"
        assert publisher.names() == [name]

    def test_names_are_sorted_and_cut_by_prefix(self, publisher: Publisher) -> None:
        for name in ("rules.json", "forfeits/b.json", "pool.txt", "forfeits/a.json", "forfeitsx"):
            publisher.create(name, b"", JSON)
        assert publisher.names() == ["forfeits/a.json", "forfeits/b.json", "forfeitsx", "pool.txt", "rules.json"]
        assert publisher.names("forfeits/") == ["forfeits/a.json", "forfeits/b.json"]
        assert publisher.names("none") == []

    def test_nothing_there_gives_no_names(self, publisher: Publisher) -> None:
        assert publisher.names() == []

    @pytest.mark.parametrize("data", [b"", b"{}", LARGE], ids=["empty", "small", "large"])
    def test_a_file_is_found_with_the_signature_that_came_with_it(self, publisher: Publisher, data: bytes) -> None:
        assert publisher.create("record.json", data, JSON, SIGNATURE) is True
        assert publisher.find("record.json") == PublishedFile(data, SIGNATURE)
        assert publisher.read("record.json") == data

    @pytest.mark.parametrize("data", [b"{}", LARGE], ids=["small", "large"])
    def test_a_file_that_came_without_one_bears_none(self, publisher: Publisher, data: bytes) -> None:
        publisher.create("record.json", data, JSON)
        assert publisher.find("record.json") == PublishedFile(data, b"")

    def test_what_is_not_there_is_not_found(self, publisher: Publisher) -> None:
        assert publisher.find("record.json") is None

    @pytest.mark.parametrize(("data", "signature"), [(b"first", b"another"), (b"second", b""), (b"second", SIGNATURE)])
    def test_a_second_creation_changes_neither_bytes_nor_signature(
        self, publisher: Publisher, data: bytes, signature: bytes
    ) -> None:
        publisher.create("record.json", b"first", JSON, SIGNATURE)
        assert publisher.create("record.json", data, JSON, signature) is False
        assert publisher.find("record.json") == PublishedFile(b"first", SIGNATURE)

    def test_a_signature_is_not_put_to_a_file_that_has_none(self, publisher: Publisher) -> None:
        publisher.create("record.json", b"first", JSON)
        assert publisher.create("record.json", b"first", JSON, SIGNATURE) is False
        assert publisher.find("record.json") == PublishedFile(b"first", b"")


class TestTheFake:
    def test_it_can_be_away_and_lose_replies(self) -> None:
        fake = FakePublished(away=1, replies_lost=1)
        for _ in range(2):
            with pytest.raises(Again):
                fake.create("a", b"1", TEXT)
        assert fake.create("a", b"1", TEXT) is False
        assert fake.created == ["a"]


class TestWhatSomebodyElsePutThere:
    """A file in a bucket under retention lies there for years: one that is huge must not end every run."""

    @pytest.fixture
    def small(self, settings: Settings) -> CreateOnlyBucket:
        return CreateOnlyBucket(lambda: open_bucket(settings, settings.published_bucket), most=1000)

    def test_a_file_larger_than_any_of_ours_is_not_fetched_and_bears_no_signature(
        self, small: CreateOnlyBucket, bucket: CreateOnlyBucket
    ) -> None:
        bucket.create("record.json", bytes(1001), JSON, SIGNATURE)
        bucket.create("rules.json", bytes(1000), JSON, SIGNATURE)
        assert small.find("record.json") == PublishedFile(b"", SIGNATURE)
        assert small.read("record.json") == b""
        assert small.find("rules.json") == PublishedFile(bytes(1000), SIGNATURE)

    @pytest.mark.parametrize("spelt", ["!{}", "{}\n", "{}髙", "=", "a"])
    def test_a_signature_that_is_spelt_otherwise_than_ours_is_none(
        self, small: CreateOnlyBucket, settings: Settings, spelt: str
    ) -> None:
        blob = open_bucket(settings, settings.published_bucket).blob("record.json")
        blob.metadata = {SIGNATURE_KEY: spelt.format(base64.b64encode(SIGNATURE).decode())}
        blob.upload_from_string(b"ours", JSON)
        assert small.find("record.json") == PublishedFile(b"ours", b"")

    def test_a_small_one_that_grows_on_the_way_is_not_fetched_either(
        self, small: CreateOnlyBucket, settings: Settings
    ) -> None:
        blob = open_bucket(settings, settings.published_bucket).blob("record.json")
        blob.content_encoding = "gzip"
        blob.upload_from_string(gzip.compress(bytes(10_000)), JSON)
        assert small.find("record.json") == PublishedFile(b"", b"")


class TestUploading:
    def test_it_asks_for_creation_only_and_sends_the_checksum(
        self, bucket: CreateOnlyBucket, local: LocalStorage, settings: Settings
    ) -> None:
        bucket.create("pool.txt", b"data", TEXT)
        stored = local.objects(settings.published_bucket)["pool.txt"]
        assert stored.content_type == TEXT
        assert local.calls == [("insert", "pool.txt")]
        google_discovery.check(
            google_discovery.load("storage.v1"), "Object", stored.resource(settings.published_bucket)
        )

    def test_a_large_file_goes_up_too(self, bucket: CreateOnlyBucket, local: LocalStorage) -> None:
        pool = b"0123456789abcdefghjkmnpqrs\tA,B\n" * 400_000
        assert bucket.create("pool.txt", pool, TEXT) is True
        assert [method for method, _ in local.calls] == ["start", "chunk"]
        assert bucket.read("pool.txt") == pool
        assert bucket.create("pool.txt", pool, TEXT) is False

    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, CUT])
    @pytest.mark.parametrize("applied", [False, True])
    def test_a_fault_that_passes_is_outlasted(
        self, bucket: CreateOnlyBucket, local: LocalStorage, status: int, applied: bool
    ) -> None:
        local.fail("insert", status, applied=applied)
        assert bucket.create("record.json", b"ours", JSON) is True
        assert bucket.read("record.json") == b"ours"
        assert bucket.create("record.json", b"ours", JSON) is False

    @pytest.mark.parametrize("method", ["start", "chunk"])
    @pytest.mark.parametrize("applied", [False, True])
    def test_so_it_is_for_a_large_file(
        self, bucket: CreateOnlyBucket, local: LocalStorage, method: str, applied: bool
    ) -> None:
        pool = bytes(9 * 1024 * 1024)
        local.fail(method, 503, applied=applied)
        assert bucket.create("pool.txt", pool, TEXT) is True
        assert bucket.read("pool.txt") == pool

    def test_a_strangers_file_met_after_a_lost_reply_is_not_ours(
        self, bucket: CreateOnlyBucket, local: LocalStorage, settings: Settings
    ) -> None:
        local.put(settings.published_bucket, "record.json", b"theirs")
        local.fail("insert", 503)
        assert bucket.create("record.json", b"ours", JSON) is False
        assert bucket.read("record.json") == b"theirs"

    @pytest.mark.parametrize(
        ("data", "method"), [(b"ours", "insert"), (LARGE, "start"), (LARGE, "chunk")], ids=["small", "start", "chunk"]
    )
    @pytest.mark.parametrize("status", [503, CUT])
    @pytest.mark.parametrize("applied", [False, True])
    def test_a_signed_file_is_whole_after_a_lost_reply(
        self, bucket: CreateOnlyBucket, local: LocalStorage, data: bytes, method: str, status: int, applied: bool
    ) -> None:
        local.fail(method, status, applied=applied)
        assert bucket.create("record.json", data, JSON, SIGNATURE) is True
        assert bucket.find("record.json") == PublishedFile(data, SIGNATURE)

    @pytest.mark.parametrize(
        "metadata",
        [
            pytest.param({}, id="no signature"),
            pytest.param({SIGNATURE_KEY: ""}, id="an empty one"),
            pytest.param({SIGNATURE_KEY: "b3RoZXI="}, id="another"),
            pytest.param({SIGNATURE_KEY: "*"}, id="what is not base64"),
            pytest.param({SIGNATURE_KEY.upper(): base64.b64encode(SIGNATURE).decode()}, id="ours under another name"),
        ],
    )
    @pytest.mark.parametrize("data", [b"same", LARGE], ids=["small", "large"])
    def test_a_stranger_s_identical_bytes_met_after_a_lost_reply_are_not_ours(
        self, bucket: CreateOnlyBucket, local: LocalStorage, settings: Settings, data: bytes, metadata: dict[str, str]
    ) -> None:
        local.put(settings.published_bucket, "record.json", data, JSON, metadata)
        local.fail("start" if data == LARGE else "insert", 503)
        assert bucket.create("record.json", data, JSON, SIGNATURE) is False
        found = bucket.find("record.json")
        assert found is not None
        assert found.data == data
        assert found.signature != SIGNATURE

    def test_the_signature_comes_in_the_one_request_that_creates_the_file(
        self, bucket: CreateOnlyBucket, local: LocalStorage, settings: Settings
    ) -> None:
        for name, data in (("record.json", b"{}"), ("pool.txt", LARGE)):
            bucket.create(name, data, JSON, SIGNATURE)
            stored = local.objects(settings.published_bucket)[name]
            assert stored.metadata == {SIGNATURE_KEY: base64.b64encode(SIGNATURE).decode()}
            google_discovery.check(
                google_discovery.load("storage.v1"), "Object", stored.resource(settings.published_bucket)
            )
        assert [method for method, _ in local.calls] == ["insert", "start", "chunk"]

    @pytest.mark.parametrize("size", [10, 9 * 1024 * 1024])
    def test_what_was_damaged_on_the_way_is_not_stored(
        self, bucket: CreateOnlyBucket, local: LocalStorage, settings: Settings, size: int
    ) -> None:
        local.corrupt_uploads = 1
        with pytest.raises(Again) as caught:
            bucket.create("pool.txt", bytes(size), TEXT)
        assert caught.value.problem.code == "E-183"
        assert local.objects(settings.published_bucket) == {}
        assert bucket.create("pool.txt", bytes(size), TEXT) is True


class TestDownloading:
    def test_damage_on_the_way_is_noticed_and_read_again(self, bucket: CreateOnlyBucket, local: LocalStorage) -> None:
        bucket.create("record.json", b"ours", JSON)
        local.corrupt_downloads = 1
        assert bucket.read("record.json") == b"ours"
        assert [method for method, _ in local.calls].count("media") == 2

    def test_lasting_damage_is_never_returned(
        self, settings: Settings, bucket: CreateOnlyBucket, local: LocalStorage
    ) -> None:
        bucket.create("record.json", b"ours", JSON)
        local.corrupt_downloads = 10**6
        with pytest.raises(Again):
            open_published(settings, BRIEF_SECONDS).read("record.json")
        local.corrupt_downloads = 0

    def test_a_reply_without_a_checksum_is_not_believed(
        self, settings: Settings, bucket: CreateOnlyBucket, local: LocalStorage
    ) -> None:
        bucket.create("record.json", b"ours", JSON)
        local.omit_hashes = True
        with pytest.raises(Again):
            open_published(settings, BRIEF_SECONDS).read("record.json")
        local.omit_hashes = False
        assert bucket.read("record.json") == b"ours"

    @pytest.mark.parametrize("status", [429, 503, CUT])
    @pytest.mark.parametrize("method", ["get", "media"])
    def test_what_is_found_is_found_past_a_fault_that_passes(
        self, bucket: CreateOnlyBucket, local: LocalStorage, status: int, method: str
    ) -> None:
        bucket.create("record.json", b"ours", JSON, SIGNATURE)
        local.fail(method, status)
        local.corrupt_downloads = 1
        assert bucket.find("record.json") == PublishedFile(b"ours", SIGNATURE)

    def test_bytes_and_signature_are_of_one_generation(
        self, bucket: CreateOnlyBucket, local: LocalStorage, settings: Settings
    ) -> None:
        """Who may replace an object while it is looked at gets no mixture of two believed."""
        bucket.create("record.json", b"ours", JSON, SIGNATURE)
        described = local.objects(settings.published_bucket)["record.json"].generation
        local.calls.clear()
        assert bucket.find("record.json") == PublishedFile(b"ours", SIGNATURE)
        assert local.calls == [("get", "record.json"), ("media", "record.json")]
        local.put(settings.published_bucket, "record.json", b"theirs", JSON)
        assert local.objects(settings.published_bucket)["record.json"].generation > described
        assert bucket.find("record.json") == PublishedFile(b"theirs", b"")

    @pytest.mark.parametrize("status", [429, 503, CUT])
    def test_a_fault_that_passes_is_outlasted(self, bucket: CreateOnlyBucket, local: LocalStorage, status: int) -> None:
        bucket.create("record.json", b"ours", JSON)
        local.fail("media", status)
        local.fail("list", status)
        assert bucket.read("record.json") == b"ours"
        assert bucket.names() == ["record.json"]


class TestListing:
    def test_all_pages_are_read(self, bucket: CreateOnlyBucket, local: LocalStorage) -> None:
        names = [f"forfeits/{number:04}.json" for number in range(25)]
        for name in names:
            bucket.create(name, b"{}", JSON)
        local.page_size = 10
        local.calls.clear()
        assert bucket.names("forfeits/") == names
        assert local.calls == [("list", "forfeits/")] * 3


class TestRefusal:
    @pytest.mark.parametrize("status", [401, 403])
    def test_what_is_not_allowed_is_an_alarm_at_once(
        self, bucket: CreateOnlyBucket, local: LocalStorage, status: int
    ) -> None:
        for method in ("insert", "media", "list", "get"):
            local.fail(method, status, times=3)
        for call in (
            lambda: bucket.create("a", b"", JSON),
            lambda: bucket.read("a"),
            lambda: bucket.find("a"),
            bucket.names,
        ):
            with pytest.raises(Broken) as caught:
                call()
            assert caught.value.problem.code == "E-181"
        assert set(local.calls) == {("insert", "a"), ("media", "a"), ("get", "a"), ("list", "")}
        _clear(local)

    @pytest.mark.parametrize("status", [503, 429, CUT])
    def test_a_service_that_stays_away_is_tried_again_later(
        self, settings: Settings, local: LocalStorage, status: int
    ) -> None:
        bucket = open_published(settings, BRIEF_SECONDS)
        for method in ("insert", "media", "list", "get"):
            local.fail(method, status, times=100)
        for call in (
            lambda: bucket.create("a", b"", JSON),
            lambda: bucket.read("a"),
            lambda: bucket.find("a"),
            bucket.names,
        ):
            with pytest.raises(Again) as caught:
                call()
            assert caught.value.problem.code == "E-180"
            assert caught.value.__cause__ is None
        _clear(local)

    def test_nobody_listening_is_tried_again_later(self, settings: Settings) -> None:
        away = Settings.from_env(
            {
                "CAMPAIGN": "c",
                "GOOGLE_CLOUD_PROJECT": "p",
                "LOCATION": "l",
                "SCHEDULER_ACCOUNT": "s",
                "PUBLISHED_BUCKET": "b",
                "LOCAL_GOOGLE_HTTP": "http://127.0.0.1:9",
            }
        )
        with pytest.raises(Again):
            open_published(away, BRIEF_SECONDS).read("a")

    def test_a_bucket_that_is_not_there_is_an_alarm(self, google: LocalGoogle) -> None:
        settings = Settings.from_env(google.environ("test") | {"PUBLISHED_BUCKET": "no-such-bucket"})
        for call in (lambda b: b.create("a", b"", JSON), lambda b: b.names()):
            with pytest.raises(Broken):
                call(open_published(settings))

    def test_no_bucket_in_the_settings_is_an_alarm(self, google: LocalGoogle) -> None:
        settings = Settings.from_env(google.environ("test") | {"PUBLISHED_BUCKET": ""})
        with pytest.raises(Broken) as caught:
            open_published(settings).names()
        assert caught.value.problem.code == "E-184"


def _clear(local: LocalStorage) -> None:
    local.faults.clear()


class TestTheLocalStorage:
    """What the adapter above does not call, through Google's client or by hand."""

    @pytest.fixture
    def raw(self, settings: Settings) -> Bucket:
        return open_bucket(settings, settings.published_bucket)

    @pytest.fixture
    def objects_url(self, settings: Settings) -> str:
        return f"{settings.local_http}/storage/v1/b/{settings.published_bucket}/o"

    def test_metadata_and_lists_are_as_google_describes_them(
        self, raw: Bucket, now: datetime, objects_url: str
    ) -> None:
        storage = google_discovery.load("storage.v1")
        google_discovery.check(storage, "Objects", requests.get(objects_url, timeout=60).json())
        raw.blob("forfeits/1.json").upload_from_string(b"{}", JSON)
        google_discovery.check(storage, "Objects", requests.get(objects_url, timeout=60).json())
        google_discovery.check(storage, "Object", requests.get(f"{objects_url}/forfeits%2F1.json", timeout=60).json())
        blob = raw.get_blob("forfeits/1.json")
        assert (blob.size, blob.content_type, blob.crc32c) == (2, JSON, crc32c(b"{}"))
        assert blob.md5_hash == "mZFLkyvTelC5g8XnyQrpOw=="
        assert blob.time_created == now
        assert raw.get_blob("forfeits/2.json") is None

    def test_generations_grow_and_are_held_to(self, raw: Bucket) -> None:
        blob = raw.blob("a")
        blob.upload_from_string(b"1")
        first = blob.generation
        with pytest.raises(PreconditionFailed):
            blob.upload_from_string(b"2", if_generation_match=first - 1, retry=None)
        blob.upload_from_string(b"2", if_generation_match=first)
        assert blob.generation > first
        with pytest.raises(NotFound):
            raw.blob("a", generation=first).download_as_bytes(retry=None)
        with pytest.raises(PreconditionFailed):
            raw.blob("a").delete(if_generation_match=first, retry=None)
        assert raw.blob("a").download_as_bytes() == b"2"

    def test_what_is_deleted_is_gone(self, raw: Bucket) -> None:
        blob = raw.blob("a")
        blob.upload_from_string(b"1")
        blob.delete(if_generation_match=blob.generation)
        assert not raw.blob("a").exists()
        with pytest.raises(NotFound):
            raw.blob("a").delete()
        raw.blob("a").upload_from_string(b"2", if_generation_match=0)

    def test_a_large_upload_in_chunks_is_whole(self, raw: Bucket) -> None:
        data = bytes(range(256)) * 4096 * 9
        blob = raw.blob("a", chunk_size=1024 * 1024)
        blob.upload_from_string(data)
        assert raw.blob("a").download_as_bytes() == data

    def test_an_upload_of_bare_media_is_stored(self, raw: Bucket, objects_url: str) -> None:
        url = objects_url.replace("/storage/v1", "/upload/storage/v1")
        reply = requests.post(
            url, b"1", params={"uploadType": "media", "name": "a"}, headers={"Content-Type": TEXT}, timeout=60
        )
        google_discovery.check(google_discovery.load("storage.v1"), "Object", reply.json())
        assert raw.get_blob("a").content_type == TEXT

    def test_a_wrong_md5_is_refused(self, raw: Bucket) -> None:
        blob = raw.blob("a")
        blob.md5_hash = "AAAAAAAAAAAAAAAAAAAAAA=="
        with pytest.raises(BadRequest):
            blob.upload_from_string(b"1", checksum=None, retry=None)
        assert not raw.blob("a").exists()


@pytest.mark.parametrize(("data", "written"), [(b"123456789", "4waSgw=="), (b"", "AAAAAA=="), (bytes(32), "ipE2qg==")])
def test_crc32c_is_written_as_the_service_does(data: bytes, written: str) -> None:
    # The check value of CRC-32/ISCSI, and RFC 3720, appendix B.4.
    assert crc32c(data) == written
