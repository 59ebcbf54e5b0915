"""A bucket is emptied to its last generation, whoever keeps it, and says what can still be restored."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from prizedraw.adapters.storage import eraser
from prizedraw.adapters.storage.eraser import PAGE, BucketEraser
from prizedraw.errors import Again, Broken
from prizedraw.ports import Eraser, Found
from prizedraw.rehearsal.google.buckets import NOTHING
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.storage import CUT, LocalStorage
from prizedraw.runtime.settings import Settings
from support.clock import Clock
from support.fakes.places import FakeEraser

WEEK = timedelta(days=7)
DATA = "髙﨑 太郎,canary.taro@example.jp".encode()


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(datetime(2026, 3, 27, 1, 2, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def google(clock: Clock) -> Iterator[LocalGoogle]:
    with LocalGoogle(clock) as started:
        yield started


@dataclass(frozen=True)
class Kept:
    """One bucket of the local Storage and its eraser."""

    name: str
    local: LocalStorage
    eraser: BucketEraser
    settings: Settings

    def put(self, name: str, data: bytes = DATA) -> None:
        self.local.put(self.name, name, data)


Make = Callable[..., Kept]


@pytest.fixture
def make(google: LocalGoogle, request: pytest.FixtureRequest) -> Make:
    """Make a bucket of this test's own."""
    settings = Settings.from_env(google.environ("test"))
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    google.storage.page_size = 1000

    def made(
        *,
        versioning: bool = False,
        soft_delete: timedelta = NOTHING,
        retention: timedelta = NOTHING,
    ) -> Kept:
        google.storage.create_bucket(name, versioning=versioning, soft_delete=soft_delete, retention=retention)
        google.storage.calls.clear()
        google.storage.faults.clear()
        return Kept(name, google.storage, BucketEraser(settings, name), settings)

    return made


@dataclass(frozen=True)
class Case:
    """One look at both implementations for the contract: an eraser, and how things come to its place."""

    eraser: Eraser
    fill: Callable[[int], object]
    lose_reply: Callable[[], object]


@pytest.fixture(params=["fake", "bucket"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "fake":
        fake = FakeEraser(page=eraser.PAGE)
        return Case(fake, lambda count: setattr(fake, "left", count), lambda: setattr(fake, "replies_lost", 1))
    kept = request.getfixturevalue("make")()
    return Case(
        kept.eraser,
        lambda count: [kept.put(f"{number:04d}.csv") for number in range(count)],
        lambda: kept.local.fail("delete", 503, applied=True),
    )


class TestEveryPlace:
    def test_an_empty_place_has_nothing_to_erase(self, case: Case) -> None:
        assert case.eraser.look() == Found(0)
        assert case.eraser.erase() == 0

    def test_looking_changes_nothing(self, case: Case) -> None:
        case.fill(3)
        assert [case.eraser.look() for _ in range(2)] == [Found(3), Found(3)]

    def test_all_goes_page_by_page_and_then_nothing_is_left(self, case: Case) -> None:
        case.fill(eraser.PAGE + 2)
        assert [case.eraser.erase() for _ in range(3)] == [eraser.PAGE, 2, 0]
        assert case.eraser.look() == Found(0)

    def test_a_lost_reply_is_met_by_the_same_call(self, case: Case) -> None:
        case.fill(3)
        case.lose_reply()
        with suppress(Again):  # the bucket asks again by itself
            case.eraser.erase()
        assert case.eraser.erase() == 0
        assert case.eraser.look() == Found(0)


class TestTheBucket:
    def test_noncurrent_generations_go_too(self, make: Make) -> None:
        kept = make(versioning=True)
        for data in (b"first", b"second"):
            kept.put("list.xlsx", data)
        assert kept.eraser.look() == Found(2)
        assert kept.eraser.erase() == 2
        assert kept.local.everything(kept.name) == []

    def test_what_somebody_deleted_is_still_there_in_a_bucket_with_versions(self, make: Make) -> None:
        kept = make(versioning=True)
        kept.put("list.xlsx")
        BucketEraser(kept.settings, kept.name)._bucket().blob("list.xlsx").delete()
        assert kept.local.objects(kept.name) == {}
        assert kept.eraser.look() == Found(1)
        assert (kept.eraser.erase(), kept.eraser.look()) == (1, Found(0))

    def test_what_can_be_restored_is_told_until_it_goes_for_good(self, make: Make, clock: Clock) -> None:
        kept = make(soft_delete=WEEK)
        kept.put("first.csv")
        kept.eraser.erase()
        began = clock.now
        clock.now += timedelta(days=1)
        kept.put("second.csv")
        kept.eraser.erase()
        assert kept.eraser.look() == Found(0, clock.now + WEEK)
        clock.now = began + timedelta(days=1) + WEEK - timedelta(seconds=1)
        assert kept.eraser.look() == Found(0, began + timedelta(days=1) + WEEK)
        clock.now += timedelta(seconds=1)
        assert kept.eraser.look() == Found(0)
        assert kept.local.everything(kept.name) == []

    def test_what_was_written_over_can_be_restored_too(self, make: Make, clock: Clock) -> None:
        kept = make(soft_delete=WEEK)
        for data in (b"first", b"second"):
            kept.put("list.xlsx", data)
        assert kept.eraser.look() == Found(1, clock.now + WEEK)

    def test_without_a_soft_delete_policy_the_service_will_not_be_asked(self, make: Make) -> None:
        kept = make()
        kept.put("list.xlsx")
        assert kept.eraser.look() == Found(1)
        assert [method for method, _ in kept.local.calls] == ["list", "list"]

    def test_another_bad_request_is_an_alarm(self, make: Make) -> None:
        kept = make(soft_delete=WEEK)
        kept.local.fail("list", 400)
        with pytest.raises(Broken):
            kept.eraser.look()

    def test_all_pages_are_counted_and_erased(self, make: Make) -> None:
        kept = make()
        for number in range(7):
            kept.put(f"{number} 名簿.csv")
        kept.local.page_size = 2
        assert kept.eraser.look() == Found(7)
        assert kept.eraser.erase() == 7
        assert kept.local.everything(kept.name) == []

    def test_no_more_is_listed_than_is_erased_in_one_go(self, make: Make) -> None:
        """Whoever lists a hundred thousand files anew for each hundred has no time left to erase them."""
        kept = make()
        for number in range(2 * PAGE + 1):
            kept.put(f"{number} 名簿.csv")
        kept.local.page_size = PAGE
        assert kept.eraser.erase() == PAGE
        assert [method for method, _ in kept.local.calls if method == "list"] == ["list"] * 2

    def test_a_generation_that_went_meanwhile_is_well(self, make: Make) -> None:
        kept = make()
        kept.put("list.xlsx")
        kept.local.fail("delete", 404)
        assert kept.eraser.erase() == 1

    @pytest.mark.parametrize("status", [408, 429, 500, 503, CUT])
    @pytest.mark.parametrize("applied", [False, True])
    def test_a_fault_that_passes_is_outlasted(self, make: Make, status: int, applied: bool) -> None:
        kept = make()
        kept.put("list.xlsx")
        kept.local.fail("delete", status, applied=applied)
        kept.local.fail("list", status)
        assert kept.eraser.erase() == 1
        assert kept.eraser.look() == Found(0)

    def test_what_a_retention_policy_holds_back_is_an_alarm_and_stays_counted(self, make: Make, clock: Clock) -> None:
        kept = make(retention=WEEK)
        kept.put("list.xlsx")
        with pytest.raises(Broken) as caught:
            kept.eraser.erase()
        assert caught.value.problem is eraser.HELD
        assert kept.eraser.look() == Found(1)
        clock.now += WEEK
        assert kept.eraser.erase() == 1

    def test_a_held_file_holds_up_no_other(self, make: Make) -> None:
        kept = make()
        for number in range(eraser.PAGE + 3):
            kept.put(f"{number:04d}.csv")
        kept.local.hold(kept.name, "0000.csv")
        assert [kept.eraser.erase(), kept.eraser.erase()] == [eraser.PAGE, 2]
        with pytest.raises(Broken) as caught:
            kept.eraser.erase()
        assert caught.value.problem is eraser.HELD
        assert list(kept.local.objects(kept.name)) == ["0000.csv"]

    @pytest.mark.parametrize("method", ["list", "delete"])
    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refusal_is_an_alarm(self, make: Make, method: str, status: int) -> None:
        kept = make()
        kept.put("list.xlsx")
        kept.local.fail(method, status)
        with pytest.raises(Broken) as caught:
            kept.eraser.erase()
        assert caught.value.problem.code == "E-181"

    def test_without_a_bucket_it_says_so(self, google: LocalGoogle) -> None:
        settings = Settings.from_env(google.environ("test"))
        for name in ("", "nowhere"):
            with pytest.raises(Broken):
                BucketEraser(settings, name).look()

    def test_no_call_reads_a_file(self, make: Make) -> None:
        kept = make()
        kept.put("list.xlsx")
        kept.eraser.look()
        kept.eraser.erase()
        assert {method for method, _ in kept.local.calls} == {"list", "delete"}


def test_the_fake_can_be_away_denied_and_stubborn() -> None:
    fake = FakeEraser(left=3, stubborn=1, away=1)
    with pytest.raises(Again):
        fake.look()
    assert (fake.erase(), fake.erase(), fake.look()) == (2, 0, Found(1))
    with pytest.raises(Broken):
        FakeEraser(left=1, denied=True).erase()
    assert fake.asked == ["look", "erase", "erase", "look"]


def test_the_fake_tells_its_window_while_it_lasts(clock: Clock) -> None:
    fake = FakeEraser(left=1, window=WEEK, clock=clock)
    assert fake.look() == Found(1)
    fake.erase()
    assert fake.look() == Found(0, clock.now + WEEK)
    clock.now += WEEK
    assert fake.look() == Found(0)
