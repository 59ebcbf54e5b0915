"""What lists databases, buckets, secrets and files: the real clients see whatever somebody put there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import grpc
import pytest

from prizedraw.adapters import erasers
from prizedraw.adapters.firestore import history
from prizedraw.adapters.firestore.history import DatabaseList
from prizedraw.adapters.google.grpc import PATIENCE_SECONDS
from prizedraw.adapters.keys.keysets import SECRETS
from prizedraw.adapters.secrets import versions
from prizedraw.adapters.secrets.inventory import SecretList
from prizedraw.adapters.storage.inventory import BucketList, ObjectList
from prizedraw.errors import Again, Broken
from prizedraw.ports import Inventory
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings
from prizedraw.times import JST
from support.campaigns import CAMPAIGN
from support.clock import BRIEF_SECONDS, Clock

PROJECT = "projects/rehearsal"


@dataclass(frozen=True)
class Wire:
    google: LocalGoogle
    settings: Settings


@pytest.fixture
def wire() -> Iterator[Wire]:
    with LocalGoogle(Clock(CAMPAIGN.opens_at)) as google:
        settings = Settings.from_env(google.environ("test"))
        google.provision(settings)
        yield Wire(google, settings)


def databases(wire: Wire, patience: float = PATIENCE_SECONDS) -> Inventory:
    return DatabaseList(history.connect(wire.settings, patience), wire.settings)


def buckets(wire: Wire, patience: float = PATIENCE_SECONDS) -> Inventory:
    return BucketList(wire.settings, patience)


def secrets(wire: Wire, patience: float = PATIENCE_SECONDS) -> Inventory:
    return SecretList(versions.connect(wire.settings, patience), wire.settings)


def published(wire: Wire, patience: float = PATIENCE_SECONDS) -> Inventory:
    return ObjectList(wire.settings, wire.settings.published_bucket, patience)


def names(inventory: Inventory) -> set[str]:
    return {one.name for one in inventory.listed()}


def test_what_terraform_makes_is_named_by_its_role(wire: Wire) -> None:
    assert names(databases(wire)) == {"sealed", "state"}
    assert names(buckets(wire)) == {"published", "reports", "claims", "exports"}
    assert names(secrets(wire)) == {*SECRETS, "shipping-password"}
    assert names(published(wire)) == set()


def test_what_somebody_made_beside_it_is_listed(wire: Wire) -> None:
    google = wire.google
    google.firestore_admin.create_database(f"{PROJECT}/databases/sealed-copy", "asia-northeast2")
    google.storage.create_bucket("published")
    google.secrets.create_secret(f"{PROJECT}/secrets/gmail")
    google.secrets.create_secret(f"{PROJECT}/secrets/test-more")
    assert "sealed-copy" in names(databases(wire))
    assert {"/published"} == names(buckets(wire)) - {"published", "reports", "claims", "exports"}
    assert {"/gmail", "more"} == names(secrets(wire)) - {*SECRETS, "shipping-password"}


def test_a_file_is_named_by_its_generation_and_shown_by_its_name(wire: Wire) -> None:
    wire.google.storage.page_size = 2
    for name in ("rules.json", "names.csv", "b/c.csv"):
        wire.google.storage.put(wire.settings.published_bucket, name, b"x")
    found = list(published(wire).listed())
    stored = wire.google.storage.objects(wire.settings.published_bucket)
    assert {(one.name, one.shown) for one in found} == {(str(o.generation), name) for name, o in stored.items()}
    assert "names.csv" not in repr(found)


def test_older_versions_of_a_file_are_listed_too(wire: Wire) -> None:
    """Somebody turned versioning on by hand: what was written over or deleted still lies there."""
    google = wire.google
    google.storage.create_bucket("kept", versioning=True)
    for data in (b"first", b"second"):
        google.storage.put("kept", "names.csv", data)
    found = list(ObjectList(wire.settings, "kept").listed())
    stored = google.storage.everything("kept")
    assert [one.shown for one in found] == ["names.csv", "names.csv"]
    assert {one.name for one in found} == {str(one.generation) for one in stored}
    assert len({one.name for one in found}) == 2


def test_the_step_is_handed_all_of_them(wire: Wire) -> None:
    found = erasers.inventories(wire.settings, versions.connect(wire.settings))
    assert set(found) == {"database", "bucket", "bucket/published", "bucket/reports", "secret"}
    for inventory in found.values():
        list(inventory.listed())


def test_the_mailbox_is_the_campaign_s_from_the_first_day_of_handling_on() -> None:
    """What was there before that day is not this campaign's to erase."""
    first = datetime.combine(CAMPAIGN.handling.begins, time(), JST)
    clock = Clock(first - timedelta(minutes=1))
    with LocalGoogle(clock) as google:
        google.gmail.receive(b"Subject: before\r\n\r\n")
        clock.now = first
        google.gmail.receive(b"Subject: since\r\n\r\n")
        mailbox = erasers.mailbox(Settings.from_env(google.environ("test")), CAMPAIGN, lambda secret: None)
        assert mailbox.look().count == 1
        while mailbox.erase():
            pass
        assert list(google.gmail.mailbox.values()) == [b"Subject: before\r\n\r\n"]


@pytest.mark.parametrize(
    ("service", "method", "make"),
    [("firestore_admin", "ListDatabases", databases), ("secrets", "ListSecrets", secrets)],
)
def test_a_service_that_is_away_or_refuses_says_nothing(
    wire: Wire, service: str, method: str, make: Callable[..., Inventory]
) -> None:
    fail = getattr(wire.google, service).fail_next
    fail(method, grpc.StatusCode.UNAVAILABLE, times=100)
    with pytest.raises(Again):
        make(wire, BRIEF_SECONDS).listed()


@pytest.mark.parametrize(
    ("service", "method", "make"),
    [("firestore_admin", "ListDatabases", databases), ("secrets", "ListSecrets", secrets)],
)
def test_a_refusal_is_an_alarm(wire: Wire, service: str, method: str, make: Callable[..., Inventory]) -> None:
    getattr(wire.google, service).fail_next(method, grpc.StatusCode.PERMISSION_DENIED)
    with pytest.raises(Broken):
        make(wire).listed()


@pytest.mark.parametrize(("method", "make"), [("list", published), ("list buckets", buckets)])
def test_storage_that_is_away_or_refuses_says_nothing(wire: Wire, method: str, make: Callable[..., Inventory]) -> None:
    wire.google.storage.fail(method, 503, times=100)
    with pytest.raises(Again):
        make(wire, BRIEF_SECONDS).listed()
    wire.google.storage.faults.clear()
    wire.google.storage.fail(method, 403)
    with pytest.raises(Broken):
        make(wire).listed()


def test_a_location_that_cannot_be_asked_leaves_databases_unknown(wire: Wire) -> None:
    wire.google.firestore_admin.unreachable.append("asia-northeast1")
    with pytest.raises(Again):
        databases(wire).listed()
