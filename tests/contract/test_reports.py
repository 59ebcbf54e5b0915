"""Reports are created once and read back, whoever keeps them; their bucket is not the published files'."""

import pytest

from prizedraw.adapters.storage.reports import address_of, open_reports
from prizedraw.errors import Broken
from prizedraw.ports import Reports
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings
from support.fakes.published import FakePublished

BUCKET = "REPORTS_BUCKET"
NAME, HTML = "analysis.html", "text/html; charset=utf-8"


@pytest.fixture
def settings(settings: Settings, google: LocalGoogle) -> Settings:
    """Create the published files' bucket too."""
    google.storage.create_bucket(settings.published_bucket)
    return settings


@pytest.fixture(params=["fake", "bucket"])
def reports(request: pytest.FixtureRequest) -> Reports:
    return FakePublished() if request.param == "fake" else open_reports(request.getfixturevalue("settings"), 5.0)


def test_what_was_created_is_read_back_and_listed(reports: Reports) -> None:
    assert (reports.read(NAME), reports.names()) == (None, [])
    assert reports.create(NAME, "集計".encode(), HTML) is True
    assert (reports.read(NAME), reports.names()) == ("集計".encode(), [NAME])
    assert (reports.names("analysis"), reports.names("erasure")) == ([NAME], [])


def test_a_second_creation_changes_nothing(reports: Reports) -> None:
    reports.create(NAME, b"first", HTML)
    assert reports.create(NAME, b"second", HTML) is False
    assert reports.read(NAME) == b"first"


def test_they_lie_in_their_own_bucket(google: LocalGoogle, settings: Settings) -> None:
    open_reports(settings).create(NAME, b"first", HTML)
    stored = google.storage.objects(settings.reports_bucket)[NAME]
    assert (stored.data, stored.content_type) == (b"first", HTML)
    assert google.storage.objects(settings.published_bucket) == {}


def test_no_bucket_in_the_settings_is_an_alarm(google: LocalGoogle) -> None:
    settings = Settings.from_env(google.environ("test") | {"REPORTS_BUCKET": ""})
    with pytest.raises(Broken) as caught:
        open_reports(settings).names()
    assert caught.value.problem.code == "E-191"


def test_a_browser_finds_them_below_their_address(settings: Settings) -> None:
    assert address_of(settings) == f"https://storage.cloud.google.com/{settings.reports_bucket}/"
