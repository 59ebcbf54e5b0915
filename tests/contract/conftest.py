"""What the contracts of the buckets share: a local Google at a standing time, and a bucket of each test's own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.storage import LocalStorage
from prizedraw.runtime.settings import Settings


@pytest.fixture(scope="module")
def now() -> datetime:
    return datetime(2026, 3, 12, 1, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def google(now: datetime) -> Iterator[LocalGoogle]:
    with LocalGoogle(lambda: now) as started:
        yield started


@pytest.fixture
def settings(google: LocalGoogle, request: pytest.FixtureRequest) -> Settings:
    """Name a bucket of this test's own in the environment, under the name that the module gives as `BUCKET`."""
    name = f"bucket-{abs(hash(request.node.nodeid))}"
    google.storage.create_bucket(name)
    google.storage.calls.clear()
    google.storage.page_size = 1000
    return Settings.from_env(google.environ("test") | {request.module.BUCKET: name})


@pytest.fixture
def local(google: LocalGoogle) -> LocalStorage:
    return google.storage
