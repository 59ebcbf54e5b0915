"""A secret loses all its versions, whoever keeps it; no call reads one."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import grpc
import pytest
from google.cloud.secretmanager_v1 import SecretManagerServiceClient

from prizedraw.adapters.secrets.eraser import SecretEraser
from prizedraw.errors import Again, Broken
from prizedraw.ports import Eraser, Found
from support.fakes.cloud_keys import CloudKeys
from support.fakes.places import FakeEraser

NAME = "contact-private"
SECRET = b"a wrapped keyset"
DAY = timedelta(days=1)


@pytest.fixture
def cloud() -> Iterator[CloudKeys]:
    with CloudKeys(made=False) as keys:
        yield keys


@pytest.fixture
def eraser(cloud: CloudKeys) -> SecretEraser:
    return SecretEraser(cloud.secret_manager, cloud.settings, NAME)


@dataclass(frozen=True)
class Case:
    eraser: Eraser
    add: Callable[[], object]
    lose_reply: Callable[[], object]


@pytest.fixture(params=["fake", "secret manager"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "fake":
        fake = FakeEraser()
        return Case(
            fake,
            lambda: setattr(fake, "left", (fake.left or 0) + 1),
            lambda: setattr(fake, "replies_lost", 1),
        )
    cloud: CloudKeys = request.getfixturevalue("cloud")
    lost = grpc.StatusCode.DEADLINE_EXCEEDED
    return Case(
        request.getfixturevalue("eraser"),
        lambda: cloud.writer.add(NAME, SECRET),
        lambda: cloud.local_secrets.fail_next("DestroySecretVersion", lost, after=True),
    )


class TestEverySecret:
    def test_an_empty_one_has_nothing_to_erase(self, case: Case) -> None:
        assert (case.eraser.look(), case.eraser.erase()) == (Found(0), 0)

    def test_all_versions_go_and_then_nothing_is_left(self, case: Case) -> None:
        for _ in range(3):
            case.add()
        assert case.eraser.look() == Found(3)
        assert (case.eraser.erase(), case.eraser.erase()) == (3, 0)
        assert case.eraser.look() == Found(0)

    def test_a_version_that_comes_later_is_seen(self, case: Case) -> None:
        case.add()
        case.eraser.erase()
        case.add()
        assert case.eraser.look() == Found(1)
        assert (case.eraser.erase(), case.eraser.look()) == (1, Found(0))

    def test_a_lost_reply_is_met_by_the_same_call(self, case: Case) -> None:
        for _ in range(2):
            case.add()
        case.lose_reply()
        with suppress(Again):
            case.eraser.erase()
        while case.eraser.erase():
            continue
        assert case.eraser.look() == Found(0)


class TestSecretManager:
    def test_nothing_can_be_read_any_more(self, cloud: CloudKeys, eraser: SecretEraser) -> None:
        cloud.writer.add(NAME, SECRET)
        eraser.erase()
        assert cloud.stored(NAME) == [b""]
        with pytest.raises(Broken):
            cloud.reader.version(NAME, 1)

    def test_no_call_reads_a_secret(self, cloud: CloudKeys, eraser: SecretEraser) -> None:
        cloud.writer.add(NAME, SECRET)
        cloud.local_secrets.calls.clear()
        eraser.look()
        eraser.erase()
        assert {call.method for call in cloud.local_secrets.calls} == {"ListSecretVersions", "DestroySecretVersion"}

    def test_a_disabled_version_is_counted_and_destroyed(self, cloud: CloudKeys, eraser: SecretEraser) -> None:
        cloud.writer.add(NAME, SECRET)
        name = {"name": f"{cloud.settings.secret(NAME)}/versions/1"}
        cloud.secret_manager.call(SecretManagerServiceClient.disable_secret_version, name)
        assert eraser.look() == Found(1)
        assert (eraser.erase(), cloud.stored(NAME)) == (1, [b""])

    def test_a_list_that_lags_hides_a_version_for_a_while_only(self, cloud: CloudKeys, eraser: SecretEraser) -> None:
        secret = cloud.settings.secret(NAME)
        cloud.local_secrets.lag(secret)
        cloud.writer.add(NAME, SECRET)
        assert (eraser.look(), eraser.erase()) == (Found(0), 0)
        cloud.local_secrets.catch_up(secret)
        assert (eraser.look(), eraser.erase()) == (Found(1), 1)

    def test_a_secret_that_delays_destruction_tells_until_when(self, cloud: CloudKeys) -> None:
        cloud.local_secrets.create_secret(cloud.settings.secret("delayed"), destroy_wait=DAY)
        eraser = SecretEraser(cloud.secret_manager, cloud.settings, "delayed")
        cloud.writer.add("delayed", SECRET)
        assert eraser.erase() == 1
        assert (eraser.look(), eraser.erase()) == (Found(0, cloud.clock.now + DAY), 0)
        cloud.clock.wait(DAY)
        assert eraser.look() == Found(0)
        assert cloud.stored("delayed") == [b""]

    def test_a_destruction_with_a_lost_reply_is_repeated_and_well(self, cloud: CloudKeys, eraser: SecretEraser) -> None:
        cloud.writer.add(NAME, SECRET)
        cloud.local_secrets.fail_next("DestroySecretVersion", grpc.StatusCode.UNAVAILABLE, after=True)
        assert eraser.erase() == 1
        assert cloud.stored(NAME) == [b""]

    @pytest.mark.parametrize("method", ["ListSecretVersions", "DestroySecretVersion"])
    def test_a_refusal_is_an_alarm(self, cloud: CloudKeys, eraser: SecretEraser, method: str) -> None:
        cloud.writer.add(NAME, SECRET)
        cloud.local_secrets.fail_next(method, grpc.StatusCode.PERMISSION_DENIED)
        with pytest.raises(Broken) as caught:
            eraser.erase()
        assert caught.value.facts == {"status": "PERMISSION_DENIED"}
        assert eraser.look() == Found(1)

    def test_a_secret_that_was_never_built_is_an_alarm(self, cloud: CloudKeys) -> None:
        with pytest.raises(Broken) as caught:
            SecretEraser(cloud.secret_manager, cloud.settings, "nothing").look()
        assert caught.value.problem.code == "E-163"
