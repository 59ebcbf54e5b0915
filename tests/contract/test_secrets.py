"""What is read and added: the versions of a secret, on memory and on Secret Manager's client over the wire."""

import traceback
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.cloud import secretmanager_v1 as v1

from prizedraw.adapters.secrets import versions
from prizedraw.adapters.secrets.versions import SecretReader
from prizedraw.errors import Again, Broken
from support.clock import BRIEF_SECONDS
from support.fakes.cloud_keys import CloudKeys
from support.fakes.keys import MemorySecrets

SECRET = "mail-credentials"
CANARY = b"hanako@example.jp"


@pytest.fixture
def cloud() -> Iterator[CloudKeys]:
    with CloudKeys(made=False) as keys:
        keys.local_secrets.create_secret(keys.settings.secret(SECRET))
        yield keys


@pytest.fixture(params=["memory", "secret manager"])
def both(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """Return a reader and a writer."""
    if request.param == "memory":
        memory = MemorySecrets((SECRET,))
        return memory, memory
    cloud = request.getfixturevalue("cloud")
    return cloud.reader, cloud.writer


def test_a_secret_without_versions_reads_as_none(both: tuple[Any, Any]) -> None:
    reader, writer = both
    assert reader.latest(SECRET) is None
    assert reader.version(SECRET, 1) is None
    assert not writer.has_version(SECRET)


def test_versions_are_numbered_from_one_and_the_latest_is_the_last(both: tuple[Any, Any]) -> None:
    reader, writer = both
    writer.add(SECRET, b"first")
    writer.add(SECRET, b"second\x00\xff")
    assert writer.has_version(SECRET)
    assert reader.version(SECRET, 1) == b"first"
    assert reader.version(SECRET, 2) == b"second\x00\xff"
    assert reader.version(SECRET, 3) is None
    assert reader.latest(SECRET) == b"second\x00\xff"


def test_a_secret_that_was_never_built_is_an_alarm_to_the_writer(both: tuple[Any, Any]) -> None:
    reader, writer = both
    for use in (lambda: writer.has_version("nowhere"), lambda: writer.add("nowhere", b"data")):
        with pytest.raises(Broken) as caught:
            use()
        assert caught.value.problem.code == "E-163"
        assert "nowhere" in caught.value.sentence
    assert reader.version("nowhere", 1) is None


def test_a_reply_that_rotted_on_its_way_is_not_taken(cloud: CloudKeys) -> None:
    cloud.writer.add(SECRET, b"data")
    for path in ("payload.data", "payload.data_crc32c"):
        cloud.local_secrets.corrupt_next("AccessSecretVersion", path)
        with pytest.raises(Again) as caught:
            cloud.reader.version(SECRET, 1)
        assert caught.value.problem.code == "E-162"
    assert cloud.reader.version(SECRET, 1) == b"data"


def test_a_request_that_rotted_on_its_way_is_not_stored(cloud: CloudKeys) -> None:
    cloud.local_secrets.corrupt_next("AddSecretVersion", "payload.data", in_request=True)
    with pytest.raises(Broken) as caught:
        cloud.writer.add(SECRET, b"data")
    assert caught.value.facts == {"status": "INVALID_ARGUMENT"}
    assert cloud.stored(SECRET) == []


def test_an_addition_whose_checksum_did_not_arrive_is_not_trusted(cloud: CloudKeys) -> None:
    cloud.local_secrets.corrupt_next("AddSecretVersion", "client_specified_payload_checksum")
    with pytest.raises(Again) as caught:
        cloud.writer.add(SECRET, b"data")
    assert caught.value.problem.code == "E-162"


def test_an_addition_with_a_lost_reply_was_made_and_was_sent_once(cloud: CloudKeys) -> None:
    cloud.local_secrets.fail_next("AddSecretVersion", grpc.StatusCode.UNAVAILABLE, after=True)
    with pytest.raises(Again):
        cloud.writer.add(SECRET, b"data")
    assert [call.method for call in cloud.local_secrets.calls] == ["AddSecretVersion"]
    assert cloud.stored(SECRET) == [b"data"]
    assert cloud.writer.has_version(SECRET)


def test_an_addition_over_a_connection_that_was_lost_may_be_tried_later(cloud: CloudKeys) -> None:
    cloud.writer.add(SECRET, b"data")
    cloud.__exit__(None, None, None)
    with pytest.raises(Again) as caught:
        cloud.writer.add(SECRET, b"data")
    assert caught.value.problem.code == "E-160"


def test_reading_tries_again_while_the_service_is_away_and_gives_up(cloud: CloudKeys) -> None:
    cloud.writer.add(SECRET, b"data")
    cloud.local_secrets.calls.clear()
    unavailable = grpc.StatusCode.UNAVAILABLE
    cloud.local_secrets.fail_next("AccessSecretVersion", unavailable)
    assert cloud.reader.version(SECRET, 1) == b"data"
    assert len(cloud.local_secrets.calls) == 2

    cloud.local_secrets.fail_next("AccessSecretVersion", unavailable, times=100)
    hurried = SecretReader(versions.connect(cloud.settings, BRIEF_SECONDS), cloud.settings)
    with pytest.raises(Again) as caught:
        hurried.version(SECRET, 1)
    assert caught.value.problem.code == "E-160"


@pytest.mark.parametrize("status", ["PERMISSION_DENIED", "FAILED_PRECONDITION", "UNAUTHENTICATED"])
def test_a_refusal_is_an_alarm_that_names_the_status(cloud: CloudKeys, status: str) -> None:
    cloud.local_secrets.fail_next("ListSecretVersions", grpc.StatusCode[status])
    with pytest.raises(Broken) as caught:
        cloud.writer.has_version(SECRET)
    assert caught.value.facts == {"status": status}
    assert caught.value.problem.code == "E-161"


@pytest.mark.parametrize("status", ["DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "INTERNAL", "ABORTED"])
def test_a_passing_fault_may_be_tried_again(cloud: CloudKeys, status: str) -> None:
    cloud.local_secrets.fail_next("ListSecretVersions", grpc.StatusCode[status])
    with pytest.raises(Again):
        cloud.writer.has_version(SECRET)


@pytest.mark.parametrize("end", ["disable_secret_version", "destroy_secret_version"])
def test_no_older_version_is_taken_for_one_that_was_ended(cloud: CloudKeys, end: str) -> None:
    cloud.writer.add(SECRET, b"old")
    cloud.writer.add(SECRET, b"new")
    newest = f"{cloud.settings.secret(SECRET)}/versions/2"
    cloud.secret_manager.call(getattr(v1.SecretManagerServiceClient, end), {"name": newest})
    for read in (lambda: cloud.reader.latest(SECRET), lambda: cloud.reader.version(SECRET, 2)):
        with pytest.raises(Broken) as caught:
            read()
        assert caught.value.facts == {"status": "FAILED_PRECONDITION"}
    assert cloud.reader.version(SECRET, 1) == b"old"


def test_a_version_is_read_by_number_while_lists_lag(cloud: CloudKeys) -> None:
    cloud.local_secrets.lag(cloud.settings.secret(SECRET))
    cloud.writer.add(SECRET, b"data")
    assert not cloud.writer.has_version(SECRET)
    assert cloud.reader.latest(SECRET) is None
    assert cloud.reader.version(SECRET, 1) == b"data"
    cloud.local_secrets.catch_up(cloud.settings.secret(SECRET))
    assert cloud.writer.has_version(SECRET)


def test_an_error_repeats_nothing_of_the_secret(cloud: CloudKeys) -> None:
    cloud.local_secrets.corrupt_next("AddSecretVersion", "payload.data", in_request=True)
    with pytest.raises(Broken) as caught:
        cloud.writer.add(SECRET, CANARY)
    assert CANARY.decode() not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__suppress_context__


def test_each_call_names_its_secret_in_the_routing_header(cloud: CloudKeys) -> None:
    cloud.reader.version(SECRET, 1)
    (call,) = cloud.local_secrets.calls
    assert call.resource == f"{cloud.settings.secret(SECRET)}/versions/1"
    assert call.metadata["x-goog-request-params"].startswith("name=projects/ward/secrets/")


def test_the_local_service_lists_the_newest_first_in_pages(cloud: CloudKeys) -> None:
    for data in (b"1", b"2", b"3"):
        cloud.writer.add(SECRET, data)
    request = {"parent": cloud.settings.secret(SECRET), "page_size": 2}
    listed = cloud.secret_manager.call(v1.SecretManagerServiceClient.list_secret_versions, request)
    assert [version.name.rpartition("/")[2] for version in listed] == ["3", "2", "1"]


def test_a_destroyed_version_stays_destroyed(cloud: CloudKeys) -> None:
    cloud.writer.add(SECRET, b"data")
    name = {"name": f"{cloud.settings.secret(SECRET)}/versions/1"}
    cloud.secret_manager.call(v1.SecretManagerServiceClient.destroy_secret_version, name)
    with pytest.raises(Broken):
        cloud.secret_manager.call(v1.SecretManagerServiceClient.disable_secret_version, name)
    got = cloud.secret_manager.call(v1.SecretManagerServiceClient.get_secret_version, name)
    assert got.state == v1.SecretVersion.State.DESTROYED
    assert got.destroy_time == cloud.clock.now
    assert cloud.stored(SECRET) == [b""]
