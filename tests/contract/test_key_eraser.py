"""A key is destroyed in all its versions, whoever keeps it: at once unusable, gone after its wait."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.cloud.kms_v1 import CryptoKeyVersion

from prizedraw.adapters.keys.eraser import KeyEraser
from prizedraw.errors import Again, Broken
from prizedraw.ports import Eraser, Found
from support.clock import Clock
from support.fakes.cloud_keys import CloudKeys
from support.fakes.places import FakeEraser

State = CryptoKeyVersion.CryptoKeyVersionState
KEYSET = b"a serialised keyset"
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
WRITES = {"UpdateCryptoKeyVersion", "DestroyCryptoKeyVersion"}


@pytest.fixture
def cloud() -> Iterator[CloudKeys]:
    with CloudKeys(made=False) as keys:
        yield keys


@pytest.fixture
def contact(cloud: CloudKeys) -> KeyEraser:
    return KeyEraser(cloud.kms, cloud.settings, "contact")


@dataclass(frozen=True)
class Case:
    eraser: Eraser
    clock: Clock
    lose_reply: Callable[[], None]


@pytest.fixture(params=["fake", "kms"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "fake":
        clock = Clock(datetime(2026, 2, 3, tzinfo=UTC))
        fake = FakeEraser(left=1, window=DAY, clock=clock)
        return Case(fake, clock, lambda: setattr(fake, "replies_lost", 1))
    cloud: CloudKeys = request.getfixturevalue("cloud")
    unavailable = grpc.StatusCode.DEADLINE_EXCEEDED

    def lose() -> None:
        cloud.local_kms.fail_next("DestroyCryptoKeyVersion", unavailable, after=True)

    return Case(request.getfixturevalue("contact"), cloud.clock, lose)


class TestEveryKey:
    def test_is_there_until_it_is_scheduled_and_restorable_until_it_is_destroyed(self, case: Case) -> None:
        assert case.eraser.look() == Found(1)
        assert case.eraser.erase() == 1
        destroyed_at = case.clock.now + DAY
        assert case.eraser.look() == Found(0, destroyed_at)
        case.clock.wait(DAY - SECOND)
        assert case.eraser.look() == Found(0, destroyed_at)
        case.clock.wait(SECOND)
        assert case.eraser.look() == Found(0)

    def test_is_scheduled_once_however_often_it_is_asked(self, case: Case) -> None:
        case.eraser.erase()
        destroyed_at = case.clock.now + DAY
        case.clock.wait(SECOND)
        assert case.eraser.erase() == 0
        assert case.eraser.look() == Found(0, destroyed_at)
        case.clock.wait(DAY)
        assert case.eraser.erase() == 0

    def test_a_lost_reply_costs_nothing(self, case: Case) -> None:
        case.lose_reply()
        with pytest.raises(Again):
            case.eraser.erase()
        assert case.eraser.erase() == 0
        assert case.eraser.look() == Found(0, case.clock.now + DAY)


class TestCloudKms:
    def test_a_scheduled_key_opens_nothing_any_more_and_a_destroyed_one_never_again(
        self, cloud: CloudKeys, contact: KeyEraser
    ) -> None:
        wrapped = cloud.wrapper.wrap("contact", KEYSET)
        contact.erase()
        for _ in range(2):
            with pytest.raises(Broken) as caught:
                cloud.unwrapper.unwrap("contact", wrapped)
            assert caught.value.facts == {"status": "FAILED_PRECONDITION"}
            cloud.clock.wait(DAY)
        assert cloud.local_kms.states()[f"{cloud.settings.key('contact')}/cryptoKeyVersions/1"] == "DESTROYED"

    def test_it_is_disabled_before_it_is_scheduled(self, cloud: CloudKeys, contact: KeyEraser) -> None:
        contact.erase()
        assert [c.method for c in cloud.local_kms.calls] == [
            "ListCryptoKeyVersions",
            "UpdateCryptoKeyVersion",
            "DestroyCryptoKeyVersion",
        ]

    def test_it_stays_disabled_where_it_cannot_be_scheduled(self, cloud: CloudKeys, contact: KeyEraser) -> None:
        cloud.local_kms.fail_next("DestroyCryptoKeyVersion", grpc.StatusCode.PERMISSION_DENIED)
        with pytest.raises(Broken):
            contact.erase()
        assert contact.look() == Found(1)
        with pytest.raises(Broken):
            cloud.wrapper.wrap("contact", KEYSET)
        assert contact.erase() == 1

    def test_versions_that_somebody_added_go_too_page_by_page(self, cloud: CloudKeys, contact: KeyEraser) -> None:
        for _ in range(4):
            cloud.local_kms.add_version(cloud.settings.key("contact"))
        cloud.local_kms.page_size = 2
        assert contact.look() == Found(5)
        assert contact.erase() == 5
        assert contact.look() == Found(0, cloud.clock.now + DAY)

    def test_the_last_of_several_destructions_ends_the_window(self, cloud: CloudKeys, contact: KeyEraser) -> None:
        contact.erase()
        cloud.clock.wait(timedelta(hours=1))
        cloud.local_kms.add_version(cloud.settings.key("contact"))
        assert contact.look() == Found(1, cloud.clock.now + timedelta(hours=23))
        contact.erase()
        assert contact.look() == Found(0, cloud.clock.now + DAY)

    def test_a_disabled_version_is_counted_and_destroyed(self, cloud: CloudKeys, contact: KeyEraser) -> None:
        cloud.local_kms.add_version(cloud.settings.key("contact"), State.DISABLED)
        assert contact.look() == Found(2)
        assert contact.erase() == 2

    @pytest.mark.parametrize("state", [State.PENDING_GENERATION, State.PENDING_IMPORT])
    def test_a_version_that_is_not_ready_is_left_for_later_and_counted(
        self, cloud: CloudKeys, contact: KeyEraser, state: int
    ) -> None:
        cloud.local_kms.add_version(cloud.settings.key("contact"), state)
        assert contact.look().count == 2
        assert (contact.erase(), contact.erase()) == (1, 0)
        assert contact.look().count == 1

    @pytest.mark.parametrize("state", [State.GENERATION_FAILED, State.IMPORT_FAILED])
    def test_a_version_that_never_held_a_key_counts_for_nothing(
        self, cloud: CloudKeys, contact: KeyEraser, state: int
    ) -> None:
        cloud.local_kms.add_version(cloud.settings.key("contact"), state)
        assert contact.look().count == 1
        assert (contact.erase(), contact.look().count) == (1, 0)

    @pytest.mark.parametrize("method", sorted(WRITES))
    def test_a_write_with_a_lost_reply_is_repeated_and_well(
        self, cloud: CloudKeys, contact: KeyEraser, method: str
    ) -> None:
        cloud.local_kms.fail_next(method, grpc.StatusCode.UNAVAILABLE, after=True)
        assert contact.erase() == 1
        assert contact.look() == Found(0, cloud.clock.now + DAY)

    @pytest.mark.parametrize("method", ["ListCryptoKeyVersions", *sorted(WRITES)])
    @pytest.mark.parametrize("status", ["PERMISSION_DENIED", "NOT_FOUND"])
    def test_a_refusal_is_an_alarm(self, cloud: CloudKeys, contact: KeyEraser, method: str, status: str) -> None:
        cloud.local_kms.fail_next(method, grpc.StatusCode[status])
        with pytest.raises(Broken) as caught:
            contact.erase()
        assert caught.value.facts == {"status": status}
        assert contact.look().count == 1

    def test_later_pages_are_judged_like_the_first(self, cloud: CloudKeys, contact: KeyEraser) -> None:
        cloud.local_kms.add_version(cloud.settings.key("contact"))
        cloud.local_kms.page_size = 1
        cloud.local_kms.fail_next("ListCryptoKeyVersions", grpc.StatusCode.DEADLINE_EXCEEDED, skip=1)
        with pytest.raises(Again):
            contact.look()

    def test_a_key_that_was_never_made_is_an_alarm(self, cloud: CloudKeys) -> None:
        with pytest.raises(Broken) as caught:
            KeyEraser(cloud.kms, cloud.settings, "nothing").look()
        assert caught.value.facts == {"status": "NOT_FOUND"}

    def test_no_other_key_is_touched(self, cloud: CloudKeys, contact: KeyEraser) -> None:
        contact.erase()
        scheduled = {name for name, state in cloud.local_kms.states().items() if state != "ENABLED"}
        assert scheduled == {f"{cloud.settings.key('contact')}/cryptoKeyVersions/1"}
