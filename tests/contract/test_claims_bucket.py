"""A dropped file is taken at the generation that was announced, checked, and erased at that generation alone."""

import gzip
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests

from prizedraw.adapters.storage.claims import DroppedFiles
from prizedraw.adapters.storage.objects import open_bucket
from prizedraw.errors import Again, Broken
from prizedraw.ports import ClaimsBucket, Dropped
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.storage import CUT, LocalStorage
from prizedraw.runtime.settings import Settings
from support import google_discovery
from support.clock import BRIEF_SECONDS
from support.fakes.claims import FakeClaims
from support.personal_data import found

NOW = datetime(2026, 3, 12, 1, 30, tzinfo=UTC)
BUCKET = "CLAIMS_BUCKET"
CSV = "当選コード,氏名\r\nK7QM-4T9X-2HVD-8,髙﨑 𠮷子\r\n".encode()
TRICKS = [
    "登録.csv",
    "山田太郎 03-1234-5678.csv",
    "a b+c%2F?d#e&f=g.csv",
    "../../etc/passwd",
    "a/../b//c.csv",
    "folder/",
    " leading and trailing ",
    "=HYPERLINK(x).csv",
    "a\tb.csv",
    "\u202egnp.csv",
    "𠮷" * 256,
    "CON",
    ".hidden",
    "a\\b",
    '"quoted"',
]

Drop = Callable[[str, bytes], str]


@pytest.fixture(scope="module")
def now() -> datetime:
    return NOW


@pytest.fixture
def taken(settings: Settings) -> DroppedFiles:
    return DroppedFiles(settings)


@pytest.fixture
def dropped(settings: Settings, local: LocalStorage) -> Drop:
    def drop(name: str, data: bytes) -> str:
        local.put(settings.claims_bucket, name, data, "text/csv")
        return str(local.objects(settings.claims_bucket)[name].generation)

    return drop


@pytest.fixture(params=["fake", "bucket"])
def kept(request: pytest.FixtureRequest) -> tuple[ClaimsBucket, Drop]:
    """Return a bucket, and how operators drop into it."""
    if request.param == "fake":
        fake = FakeClaims()
        return fake, lambda name, data: fake.drop(name, data, NOW)
    return request.getfixturevalue("taken"), request.getfixturevalue("dropped")


class TestEveryBucket:
    def test_a_file_is_described_read_and_erased(self, kept: tuple[ClaimsBucket, Drop]) -> None:
        bucket, drop = kept
        generation = drop("登録.csv", CSV)
        assert bucket.look("登録.csv", generation) == Dropped(len(CSV), NOW)
        assert bucket.read("登録.csv", generation) == CSV
        bucket.erase("登録.csv", generation)
        assert bucket.look("登録.csv", generation) is None
        assert bucket.read("登録.csv", generation) is None

    @pytest.mark.parametrize("name", TRICKS)
    def test_names_are_kept_to_the_letter(self, kept: tuple[ClaimsBucket, Drop], name: str) -> None:
        bucket, drop = kept
        other = drop("other.csv", b"other")
        generation = drop(name, CSV)
        assert bucket.read(name, generation) == CSV
        bucket.erase(name, generation)
        assert bucket.look(name, generation) is None
        assert bucket.read("other.csv", other) == b"other"

    def test_what_was_written_over_is_another_file(self, kept: tuple[ClaimsBucket, Drop]) -> None:
        bucket, drop = kept
        old = drop("a.csv", b"old")
        new = drop("a.csv", b"newer")
        assert (bucket.look("a.csv", old), bucket.read("a.csv", old)) == (None, None)
        bucket.erase("a.csv", old)
        assert bucket.read("a.csv", new) == b"newer"

    def test_absent_is_well(self, kept: tuple[ClaimsBucket, Drop]) -> None:
        bucket, _ = kept
        assert (bucket.look("a.csv", "1"), bucket.read("a.csv", "1")) == (None, None)
        bucket.erase("a.csv", "1")

    @pytest.mark.parametrize("data", [b"", bytes(range(256)) * 40_000], ids=["empty", "10 MB of all bytes"])
    def test_bytes_are_bytes(self, kept: tuple[ClaimsBucket, Drop], data: bytes) -> None:
        bucket, drop = kept
        generation = drop("a.csv", data)
        assert bucket.look("a.csv", generation) == Dropped(len(data), NOW)
        assert bucket.read("a.csv", generation) == data


class TestTheFake:
    def test_it_can_be_away_and_lose_replies(self) -> None:
        fake = FakeClaims(away=1, replies_lost=1)
        generation = fake.drop("a", b"1", NOW)
        with pytest.raises(Again):
            fake.read("a", generation)
        with pytest.raises(Again):
            fake.erase("a", generation)
        assert (fake.erased, fake.look("a", generation)) == (["a"], None)


class TestTheBucket:
    def test_a_description_fetches_nothing(self, taken: DroppedFiles, dropped: Drop, local: LocalStorage) -> None:
        generation = dropped("a.csv", bytes(100 * 1024 * 1024))
        assert taken.look("a.csv", generation) == Dropped(100 * 1024 * 1024, NOW)
        assert local.calls == [("get", "a.csv")]

    def test_a_file_that_was_uploaded_compressed_does_not_grow(
        self, taken: DroppedFiles, dropped: Drop, settings: Settings
    ) -> None:
        bomb = gzip.compress(bytes(10_000_000))
        blob = open_bucket(settings, settings.claims_bucket).blob("bomb.csv")
        blob.content_encoding = "gzip"
        blob.upload_from_string(bomb, "text/csv")
        assert taken.read("bomb.csv", str(blob.generation)) == bomb

    def test_damage_on_the_way_is_noticed_and_read_again(
        self, taken: DroppedFiles, dropped: Drop, local: LocalStorage
    ) -> None:
        generation = dropped("a.csv", CSV)
        local.corrupt_downloads = 1
        assert taken.read("a.csv", generation) == CSV
        assert [method for method, _ in local.calls] == ["media", "media"]

    def test_lasting_damage_and_a_reply_without_a_checksum_are_never_returned(
        self, settings: Settings, dropped: Drop, local: LocalStorage
    ) -> None:
        generation = dropped("a.csv", CSV)
        for fault in ({"corrupt_downloads": 10**6}, {"omit_hashes": True}):
            vars(local).update(fault)
            with pytest.raises(Again):
                DroppedFiles(settings, BRIEF_SECONDS).read("a.csv", generation)
            local.corrupt_downloads, local.omit_hashes = 0, False
        assert DroppedFiles(settings).read("a.csv", generation) == CSV

    @pytest.mark.parametrize("status", [408, 429, 500, 503, CUT])
    @pytest.mark.parametrize("applied", [False, True])
    def test_a_fault_that_passes_is_outlasted(
        self, taken: DroppedFiles, dropped: Drop, local: LocalStorage, status: int, applied: bool
    ) -> None:
        generation = dropped("a.csv", CSV)
        for method in ("get", "media", "delete"):
            local.fail(method, status, applied=applied)
        assert taken.look("a.csv", generation) == Dropped(len(CSV), NOW)
        assert taken.read("a.csv", generation) == CSV
        taken.erase("a.csv", generation)
        assert taken.look("a.csv", generation) is None

    @pytest.mark.parametrize("status", [401, 403])
    def test_what_is_not_allowed_is_an_alarm_at_once(
        self, taken: DroppedFiles, dropped: Drop, local: LocalStorage, status: int
    ) -> None:
        generation = dropped("a.csv", CSV)
        for method in ("get", "media", "delete"):
            local.fail(method, status, times=3)
        for call in (taken.look, taken.read, taken.erase):
            with pytest.raises(Broken) as caught:
                call("a.csv", generation)
            assert caught.value.problem.code == "E-181"
        assert len(local.calls) == 3
        local.faults.clear()

    def test_a_service_that_stays_away_is_tried_again_later_and_no_name_is_told(
        self, settings: Settings, local: LocalStorage, caplog: pytest.LogCaptureFixture
    ) -> None:
        name = "山田太郎 taro.yamada.csv"
        bucket = DroppedFiles(settings, BRIEF_SECONDS)
        for method in ("get", "media", "delete"):
            local.fail(method, CUT, times=100)
        for call in (bucket.look, bucket.read, bucket.erase):
            with caplog.at_level(logging.INFO), pytest.raises(Again) as caught:
                call(name, "1700000000000001")
            assert (caught.value.problem.code, caught.value.__cause__) == ("E-180", None)
            assert not found(["taro.yamada", "山田太郎"], [str(caught.value), caught.value.sentence, caplog.text])
        local.faults.clear()

    def test_no_bucket_is_an_alarm(self, google: LocalGoogle) -> None:
        with pytest.raises(Broken) as caught:
            DroppedFiles(Settings.from_env(google.environ("test") | {"CLAIMS_BUCKET": ""})).look("a", "1")
        assert caught.value.problem.code == "E-189"


class TestTheLocalStorageAnnounces:
    def test_each_object_that_is_stored_with_google_s_attributes(
        self, settings: Settings, dropped: Drop, local: LocalStorage
    ) -> None:
        told: list[dict[str, str]] = []
        local.on_object(told.append)
        first = dropped("登録.csv", CSV)
        blob = open_bucket(settings, settings.claims_bucket).blob("登録.csv")
        blob.upload_from_string(b"newer", "text/csv")
        common = {
            "eventType": "OBJECT_FINALIZE",
            "payloadFormat": "JSON_API_V1",
            "bucketId": settings.claims_bucket,
            "objectId": "登録.csv",
            "eventTime": "2026-03-12T01:30:00.000Z",
        }
        assert told == [common | {"objectGeneration": first}, common | {"objectGeneration": str(blob.generation)}]

    def test_and_lets_the_one_who_is_told_read_it_at_once(
        self, settings: Settings, taken: DroppedFiles, local: LocalStorage
    ) -> None:
        read: list[bytes | None] = []
        bucket = settings.claims_bucket

        def take(event: dict[str, str]) -> None:
            if event["bucketId"] == bucket:
                read.append(taken.read(event["objectId"], event["objectGeneration"]))

        local.on_object(take)
        open_bucket(settings, bucket).blob("a.csv").upload_from_string(CSV)
        assert read == [CSV]

    def test_but_not_what_was_refused_or_erased(
        self, settings: Settings, taken: DroppedFiles, dropped: Drop, local: LocalStorage
    ) -> None:
        told: list[dict[str, str]] = []
        generation = dropped("a.csv", CSV)
        local.on_object(told.append)
        blob = open_bucket(settings, settings.claims_bucket).blob("a.csv")
        with pytest.raises(Exception, match="412"):
            blob.upload_from_string(b"x", if_generation_match=0)
        taken.erase("a.csv", generation)
        assert told == []

    def test_objects_are_as_google_describes_them(self, settings: Settings, dropped: Drop) -> None:
        dropped("a.csv", CSV)
        url = f"{settings.local_http}/storage/v1/b/{settings.claims_bucket}/o/a.csv"
        google_discovery.check(google_discovery.load("storage.v1"), "Object", requests.get(url, timeout=60).json())
