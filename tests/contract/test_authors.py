"""A step creates the files of which it is the author, and nobody else's: the local Storage refuses it as IAM would."""

from collections.abc import Iterator

import pytest

from prizedraw.adapters.storage.exports import ExportsBucket
from prizedraw.adapters.storage.published import open_published
from prizedraw.adapters.storage.reports import open_reports
from prizedraw.errors import Broken
from prizedraw.ports import Publisher
from prizedraw.rehearsal.google.authors import AUTHORS, covers, may_create
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings

STEPS = ["prepare", "intake", "freeze", "draw", "notify", "claim", "forfeit", "ship", "analyse", "erase", "status"]
NAMES = {
    "published": {
        "rules.json": "prepare",
        "rules.json.sig": "prepare",
        "evidence.pem": "prepare",
        "pool.txt": "freeze",
        "commitment.json": "freeze",
        "commitment.json.sig": "freeze",
        "randomness.json": "draw",
        "randomness.json.sig": "draw",
        "record.json": "draw",
        "record.json.sig": "draw",
        "forfeits/0123456789abcdefghjkmnpqrs.json": "forfeit",
        "forfeits/0123456789abcdefghjkmnpqrs.json.sig": "forfeit",
        "stranger.json": "",
        "forfeits": "",
        "forfeitsx/one.json": "",
        "Rules.json": "",
        "record.json.sig.sig": "",
        "erasure/001-report.json": "",
    },
    "reports": {
        "analysis.json": "analyse",
        "analysis.html": "analyse",
        "analysis.xlsx": "analyse",
        "erasure/001-report.json": "erase",
        "erasure/001-report.pdf.sig": "erase",
        "erasure/evidence.pem": "erase",
        "analysis.json.sig": "",
        "rules.json": "",
        "report.json": "",
    },
}
"""By bucket and file, its author; nobody's if empty."""


@pytest.fixture
def settings(google: LocalGoogle, request: pytest.FixtureRequest) -> Settings:
    """Name the buckets of a campaign of this test's own."""
    return Settings.from_env(google.environ(f"c{abs(hash(request.node.nodeid))}"))


@pytest.fixture
def served(google: LocalGoogle, settings: Settings) -> Iterator[LocalGoogle]:
    """Return the local Google with the campaign's buckets, for a test to say which step is being served."""
    for name in (settings.published_bucket, settings.reports_bucket, settings.exports_bucket):
        google.storage.create_bucket(name)
    yield google
    google.calls.serve("")


def _bucket(settings: Settings, name: str) -> Publisher:
    return open_published(settings) if name == "published" else open_reports(settings)


def _name(settings: Settings, name: str) -> str:
    return settings.published_bucket if name == "published" else settings.reports_bucket


@pytest.mark.parametrize("bucket", NAMES)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_creates_its_own_names_and_no_others(
    served: LocalGoogle, settings: Settings, step: str, bucket: str
) -> None:
    publisher = _bucket(settings, bucket)
    served.calls.serve(step)
    for name, author in NAMES[bucket].items():
        if author == step:
            assert publisher.create(name, b"{}", "application/json")
        else:
            with pytest.raises(Broken, match="E-181"):
                publisher.create(name, b"{}", "application/json")
    own = {name for name, author in NAMES[bucket].items() if author == step}
    assert served.storage.objects(_name(settings, bucket)).keys() == own


def test_a_file_that_stands_is_not_told_of_to_who_is_not_its_author(served: LocalGoogle, settings: Settings) -> None:
    served.storage.put(settings.published_bucket, "record.json", b"{}")
    served.calls.serve("freeze")
    with pytest.raises(Broken, match="E-181"):
        open_published(settings).create("record.json", b"{}", "application/json")


def test_so_it_is_for_a_large_file(served: LocalGoogle, settings: Settings) -> None:
    served.calls.serve("draw")
    with pytest.raises(Broken, match="E-181"):
        open_published(settings).create("pool.txt", bytes(9 * 1024 * 1024), "text/plain")
    assert served.storage.objects(settings.published_bucket) == {}


def test_only_ship_creates_what_operators_fetch(served: LocalGoogle, settings: Settings) -> None:
    exports = ExportsBucket(settings)
    served.calls.serve("erase")
    with pytest.raises(Broken, match="E-181"):
        exports.create("list.xlsx", b"PK", "application/zip")
    served.calls.serve("ship")
    assert exports.create("list.xlsx", b"PK", "application/zip")


def test_uploads_are_recorded_with_the_file_that_they_create(served: LocalGoogle, settings: Settings) -> None:
    served.calls.serve("freeze")
    open_published(settings).create("pool.txt", b"data", "text/plain")
    [row] = [row for row in served.calls.rows() if row["resource"].startswith(settings.published_bucket)]
    assert (row["step"], row["resource"], row["times"]) == ("freeze", f"{settings.published_bucket}/pool.txt", 1)


def test_no_two_steps_are_authors_of_one_name() -> None:
    for authors in AUTHORS.values():
        names = [name for own in authors.values() for name in own]
        assert [one for one in names for name in names if one != name and covers(one, name)] == []
        assert len(names) == len(set(names))


def test_in_a_bucket_that_is_no_campaign_s_nothing_is_said() -> None:
    assert may_create("draw", "some-bucket", "anything")
    assert not may_create("draw", "p-c-claims", "list.csv")
