"""Exported files are put once, listed and removed, whoever keeps them; nothing is ever read back."""

from collections.abc import Callable

import pytest

from prizedraw.adapters.storage.exports import ExportsBucket
from prizedraw.errors import Again, Broken
from prizedraw.ports import Exports
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.storage import CUT, LocalStorage
from prizedraw.runtime.settings import Settings
from support.clock import BRIEF_SECONDS
from support.fakes.exports import FakeExports

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = "shipping-20260312T010203Z-0001.xlsx"
BUCKET = "EXPORTS_BUCKET"


@pytest.fixture
def bucket(settings: Settings) -> ExportsBucket:
    return ExportsBucket(settings)


@pytest.fixture(params=["fake", "bucket"])
def exports(request: pytest.FixtureRequest) -> Exports:
    if request.param == "fake":
        return FakeExports()
    made: Exports = request.getfixturevalue("bucket")
    return made


class TestEveryKeeper:
    def test_what_was_created_is_listed(self, exports: Exports) -> None:
        assert exports.names() == []
        assert exports.create(NAME, b"data", XLSX) is True
        assert exports.names() == [NAME]

    def test_a_second_creation_changes_nothing(self, exports: Exports) -> None:
        assert exports.create(NAME, b"first", XLSX) is True
        assert exports.create(NAME, b"second", XLSX) is False
        assert exports.create(NAME, b"first", XLSX) is False

    def test_names_are_sorted_and_cut_by_prefix(self, exports: Exports) -> None:
        for name in ("b.xlsx", "shipping-2.xlsx", "shipping-1.xlsx", "shippings"):
            exports.create(name, b"", XLSX)
        assert exports.names() == ["b.xlsx", "shipping-1.xlsx", "shipping-2.xlsx", "shippings"]
        assert exports.names("shipping-") == ["shipping-1.xlsx", "shipping-2.xlsx"]

    def test_what_was_deleted_is_gone_and_may_be_created_anew(self, exports: Exports) -> None:
        exports.create(NAME, b"first", XLSX)
        exports.delete(NAME)
        assert exports.names() == []
        assert exports.create(NAME, b"second", XLSX) is True

    def test_what_is_absent_may_be_deleted(self, exports: Exports) -> None:
        exports.delete(NAME)
        assert exports.names() == []


class TestTheBucket:
    def test_it_asks_for_creation_only_and_sends_type_and_bytes(
        self, bucket: ExportsBucket, local: LocalStorage, settings: Settings
    ) -> None:
        data = bytes(range(256)) * 10
        bucket.create(NAME, data, XLSX)
        stored = local.objects(settings.exports_bucket)[NAME]
        assert (stored.data, stored.content_type) == (data, XLSX)
        assert local.calls == [("insert", NAME)]

    @pytest.mark.parametrize("status", [408, 429, 500, 503, CUT])
    @pytest.mark.parametrize("applied", [False, True])
    def test_a_fault_that_passes_is_outlasted(
        self, bucket: ExportsBucket, local: LocalStorage, settings: Settings, status: int, applied: bool
    ) -> None:
        local.fail("insert", status, applied=applied)
        assert bucket.create(NAME, b"ours", XLSX) is True
        assert local.objects(settings.exports_bucket)[NAME].data == b"ours"
        local.fail("delete", status, applied=applied)
        bucket.delete(NAME)
        assert local.objects(settings.exports_bucket) == {}

    def test_a_stranger_s_file_met_after_a_lost_reply_is_not_ours(
        self, bucket: ExportsBucket, local: LocalStorage, settings: Settings
    ) -> None:
        local.put(settings.exports_bucket, NAME, b"theirs")
        local.fail("insert", 503)
        assert bucket.create(NAME, b"ours", XLSX) is False
        assert local.objects(settings.exports_bucket)[NAME].data == b"theirs"

    def test_it_never_reads_a_file_even_to_know_its_own_again(self, bucket: ExportsBucket, local: LocalStorage) -> None:
        local.fail("insert", 503, applied=True)
        bucket.create(NAME, b"ours", XLSX)
        bucket.names()
        bucket.delete(NAME)
        assert {method for method, _ in local.calls} == {"insert", "list", "delete"}

    def test_a_file_that_rotted_on_its_way_is_not_stored(
        self, bucket: ExportsBucket, local: LocalStorage, settings: Settings
    ) -> None:
        local.corrupt_uploads = 1
        with pytest.raises(Again) as caught:
            bucket.create(NAME, b"data", XLSX)
        assert caught.value.problem.code == "E-183"
        assert local.objects(settings.exports_bucket) == {}

    def test_all_pages_are_listed(self, bucket: ExportsBucket, local: LocalStorage) -> None:
        for number in range(5):
            bucket.create(f"{number}.xlsx", b"", XLSX)
        local.page_size = 2
        assert bucket.names() == [f"{number}.xlsx" for number in range(5)]

    @pytest.mark.parametrize("method", ["insert", "list", "delete"])
    @pytest.mark.parametrize(("status", "code"), [(403, "E-181"), (401, "E-181"), (400, None)])
    def test_a_refusal_is_an_alarm(
        self, method: str, status: int, code: str | None, bucket: ExportsBucket, local: LocalStorage
    ) -> None:
        local.fail(method, status)
        calls: dict[str, Callable[[], object]] = {
            "insert": lambda: bucket.create(NAME, b"", XLSX),
            "list": bucket.names,
        }
        expected = Again if (method, status) == ("insert", 400) else Broken
        with pytest.raises(expected) as caught:
            calls.get(method, lambda: bucket.delete(NAME))()
        assert code is None or caught.value.problem.code == code

    def test_a_service_that_stays_away_is_tried_again_later(self, settings: Settings, local: LocalStorage) -> None:
        hasty = ExportsBucket(settings, BRIEF_SECONDS)
        local.fail("delete", 503, times=100)
        with pytest.raises(Again):
            hasty.delete(NAME)
        local.faults.clear()

    def test_without_a_bucket_it_says_so(self, google: LocalGoogle) -> None:
        nowhere = ExportsBucket(Settings.from_env(google.environ("test") | {"EXPORTS_BUCKET": ""}))
        with pytest.raises(Broken) as caught:
            nowhere.names()
        assert caught.value.problem.code == "E-188"

    def test_a_bucket_that_is_not_there_is_an_alarm(self, google: LocalGoogle) -> None:
        nowhere = ExportsBucket(Settings.from_env(google.environ("test") | {"EXPORTS_BUCKET": "nowhere"}))
        for use in (nowhere.names, lambda: nowhere.create(NAME, b"", XLSX)):
            with pytest.raises(Broken):
                use()


def test_the_fake_can_be_away() -> None:
    fake = FakeExports(away=1)
    with pytest.raises(Again):
        fake.create(NAME, b"", XLSX)
    assert fake.create(NAME, b"", XLSX) is True
    assert fake.created == [NAME]
