"""Published files are created once, read back checked, and never changed, whoever keeps them."""

from datetime import datetime

import pytest
import requests
from google.api_core.exceptions import BadRequest, NotFound, PreconditionFailed
from google.cloud.storage import Bucket

from prizedraw.adapters.storage.objects import crc32c, open_bucket
from prizedraw.adapters.storage.published import CreateOnlyBucket, open_published
from prizedraw.errors import Again, Broken
from prizedraw.ports import Publisher
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.storage import CUT, LocalStorage
from prizedraw.runtime.settings import Settings
from support import google_discovery
from support.fakes.published import FakePublished

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
BUCKET = "PUBLISHED_BUCKET"
PATIENCE = 5.0


@pytest.fixture
def bucket(settings: Settings) -> CreateOnlyBucket:
    return open_published(settings, PATIENCE)


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


class TestTheFake:
    def test_it_can_be_away_and_lose_replies(self) -> None:
        fake = FakePublished(away=1, replies_lost=1)
        for _ in range(2):
            with pytest.raises(Again):
                fake.create("a", b"1", TEXT)
        assert fake.create("a", b"1", TEXT) is False
        assert fake.created == ["a"]


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
            open_published(settings, patience=0.5).read("record.json")
        local.corrupt_downloads = 0

    def test_a_reply_without_a_checksum_is_not_believed(
        self, settings: Settings, bucket: CreateOnlyBucket, local: LocalStorage
    ) -> None:
        bucket.create("record.json", b"ours", JSON)
        local.omit_hashes = True
        with pytest.raises(Again):
            open_published(settings, patience=0.5).read("record.json")
        local.omit_hashes = False
        assert bucket.read("record.json") == b"ours"

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
        for method in ("insert", "media", "list"):
            local.fail(method, status, times=3)
        for call in (lambda: bucket.create("a", b"", JSON), lambda: bucket.read("a"), bucket.names):
            with pytest.raises(Broken) as caught:
                call()
            assert caught.value.problem.code == "E-181"
        assert set(local.calls) == {("insert", "a"), ("media", "a"), ("list", "")}
        _clear(local)

    @pytest.mark.parametrize("status", [503, 429, CUT])
    def test_a_service_that_stays_away_is_tried_again_later(
        self, settings: Settings, local: LocalStorage, status: int
    ) -> None:
        bucket = open_published(settings, patience=0.5)
        for method in ("insert", "media", "list"):
            local.fail(method, status, times=100)
        for call in (lambda: bucket.create("a", b"", JSON), lambda: bucket.read("a"), bucket.names):
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
            open_published(away, patience=0.5).read("a")

    def test_a_bucket_that_is_not_there_is_an_alarm(self, google: LocalGoogle) -> None:
        settings = Settings.from_env(google.environ("test") | {"PUBLISHED_BUCKET": "no-such-bucket"})
        for call in (lambda b: b.create("a", b"", JSON), lambda b: b.names()):
            with pytest.raises(Broken):
                call(open_published(settings, PATIENCE))

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
        google_discovery.check(storage, "Objects", requests.get(objects_url, timeout=5).json())
        raw.blob("forfeits/1.json").upload_from_string(b"{}", JSON)
        google_discovery.check(storage, "Objects", requests.get(objects_url, timeout=5).json())
        google_discovery.check(storage, "Object", requests.get(f"{objects_url}/forfeits%2F1.json", timeout=5).json())
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
            url, b"1", params={"uploadType": "media", "name": "a"}, headers={"Content-Type": TEXT}, timeout=5
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
