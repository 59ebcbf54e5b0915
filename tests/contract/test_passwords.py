"""The password of the shipping list: versions that are added, listed and destroyed, and never read."""

import traceback
from collections.abc import Iterator

import grpc
import pytest
from google.cloud.secretmanager_v1 import SecretManagerServiceClient

from prizedraw.adapters.secrets.passwords import SECRET, ShippingPasswords
from prizedraw.errors import Again, Broken
from prizedraw.ports import Passwords
from support.fakes.cloud_keys import CloudKeys
from support.fakes.exports import FakePasswords

PASSWORD = "7KQM-4T9X-2HVD-8RPA-C3WN-0EZJ"


@pytest.fixture
def cloud() -> Iterator[CloudKeys]:
    with CloudKeys(made=False) as keys:
        keys.local_secrets.create_secret(keys.settings.secret(SECRET))
        yield keys


@pytest.fixture
def kept(cloud: CloudKeys) -> ShippingPasswords:
    return ShippingPasswords(cloud.secret_manager, cloud.settings)


@pytest.fixture(params=["fake", "secret manager"])
def passwords(request: pytest.FixtureRequest) -> Passwords:
    if request.param == "fake":
        return FakePasswords()
    made: Passwords = request.getfixturevalue("kept")
    return made


class TestEveryKeeper:
    def test_versions_are_numbered_as_they_are_added(self, passwords: Passwords) -> None:
        assert passwords.versions() == []
        assert [passwords.add(f"{PASSWORD}{number}") for number in range(11)] == list(range(1, 12))
        assert passwords.versions() == list(range(1, 12))

    def test_what_is_destroyed_is_not_listed_and_its_number_is_not_used_again(self, passwords: Passwords) -> None:
        for _ in range(3):
            passwords.add(PASSWORD)
        passwords.destroy(2)
        assert passwords.versions() == [1, 3]
        passwords.destroy(3)
        assert passwords.add(PASSWORD) == 4

    def test_what_is_destroyed_or_absent_may_be_destroyed_again(self, passwords: Passwords) -> None:
        passwords.add(PASSWORD)
        for version in (1, 1, 99):
            passwords.destroy(version)
        assert passwords.versions() == []


class TestSecretManager:
    def test_holds_the_password_to_the_letter_where_operators_look(
        self, kept: ShippingPasswords, cloud: CloudKeys
    ) -> None:
        kept.add(PASSWORD)
        assert cloud.reader.latest(SECRET) == PASSWORD.encode()

    def test_destroys_for_good(self, kept: ShippingPasswords, cloud: CloudKeys) -> None:
        kept.add(PASSWORD)
        kept.destroy(1)
        assert cloud.stored(SECRET) == [b""]

    def test_no_call_reads_a_password(self, kept: ShippingPasswords, cloud: CloudKeys) -> None:
        kept.add(PASSWORD)
        kept.versions()
        kept.destroy(1)
        kept.destroy(1)
        assert [call.method for call in cloud.local_secrets.calls] == [
            "AddSecretVersion",
            "ListSecretVersions",
            "DestroySecretVersion",
            "DestroySecretVersion",
            "GetSecretVersion",
        ]

    def test_an_addition_with_a_lost_reply_is_sent_once_and_listed(
        self, kept: ShippingPasswords, cloud: CloudKeys
    ) -> None:
        cloud.local_secrets.fail_next("AddSecretVersion", grpc.StatusCode.UNAVAILABLE, after=True)
        with pytest.raises(Again):
            kept.add(PASSWORD)
        assert kept.versions() == [1]

    def test_an_addition_whose_checksum_did_not_arrive_is_not_trusted(
        self, kept: ShippingPasswords, cloud: CloudKeys
    ) -> None:
        cloud.local_secrets.corrupt_next("AddSecretVersion", "client_specified_payload_checksum")
        with pytest.raises(Again) as caught:
            kept.add(PASSWORD)
        assert caught.value.problem.code == "E-162"

    def test_a_destruction_with_a_lost_reply_is_well(self, kept: ShippingPasswords, cloud: CloudKeys) -> None:
        kept.add(PASSWORD)
        cloud.local_secrets.fail_next("DestroySecretVersion", grpc.StatusCode.UNAVAILABLE, after=True)
        kept.destroy(1)
        assert cloud.stored(SECRET) == [b""]

    @pytest.mark.parametrize("status", ["PERMISSION_DENIED", "FAILED_PRECONDITION"])
    def test_a_destruction_that_is_refused_is_an_alarm(
        self, status: str, kept: ShippingPasswords, cloud: CloudKeys
    ) -> None:
        kept.add(PASSWORD)
        cloud.local_secrets.fail_next("DestroySecretVersion", grpc.StatusCode[status])
        with pytest.raises(Broken) as caught:
            kept.destroy(1)
        assert caught.value.facts == {"status": status}
        assert kept.versions() == [1]

    def test_a_disabled_version_is_listed_and_can_be_destroyed(self, kept: ShippingPasswords, cloud: CloudKeys) -> None:
        kept.add(PASSWORD)
        name = {"name": f"{cloud.settings.secret(SECRET)}/versions/1"}
        cloud.secret_manager.call(SecretManagerServiceClient.disable_secret_version, name)
        assert kept.versions() == [1]
        kept.destroy(1)
        assert kept.versions() == []

    def test_lists_may_lag(self, kept: ShippingPasswords, cloud: CloudKeys) -> None:
        cloud.local_secrets.lag(cloud.settings.secret(SECRET))
        assert kept.add(PASSWORD) == 1
        assert kept.versions() == []

    def test_a_secret_that_was_never_built_is_an_alarm(self, cloud: CloudKeys) -> None:
        other = CloudKeys(made=False)
        with other:
            kept = ShippingPasswords(other.secret_manager, other.settings)
            for use in (lambda: kept.add(PASSWORD), kept.versions):
                with pytest.raises(Broken) as caught:
                    use()
                assert caught.value.problem.code == "E-163"

    def test_an_error_repeats_nothing_of_the_password(self, kept: ShippingPasswords, cloud: CloudKeys) -> None:
        cloud.local_secrets.corrupt_next("AddSecretVersion", "payload.data", in_request=True)
        with pytest.raises(Broken) as caught:
            kept.add(PASSWORD)
        assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_the_fake_can_be_away_and_lag() -> None:
    fake = FakePasswords(away=1)
    with pytest.raises(Again):
        fake.add(PASSWORD)
    fake.add(PASSWORD)
    fake.lag = 1
    assert fake.versions() == []
    assert fake.live() == {1: PASSWORD}
