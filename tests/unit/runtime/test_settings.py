"""Settings: read from an injected environment, all faults at once, never a Google that is elsewhere."""

from pathlib import Path

import pytest

from prizedraw.errors import Broken
from prizedraw.runtime.settings import INCOMPLETE, Settings

NEEDED = {
    "CAMPAIGN": "rally-2026",
    "GOOGLE_CLOUD_PROJECT": "ward",
    "LOCATION": "asia-northeast1",
    "SCHEDULER_ACCOUNT": "scheduler@ward.iam.gserviceaccount.com",
}


def test_what_every_function_needs_is_enough() -> None:
    settings = Settings.from_env(NEEDED)
    assert (settings.campaign, settings.project, settings.location) == ("rally-2026", "ward", "asia-northeast1")
    assert settings.scheduler_account == "scheduler@ward.iam.gserviceaccount.com"
    assert (settings.local_http, settings.local_grpc, settings.drand_relays) == ("", "", ())


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(Broken) as caught:
        Settings.from_env({"CAMPAIGN": "rally-2026", "LOCATION": "", "LOCAL_GOOGLE_HTTP": "https://google.example"})
    assert caught.value.problem == INCOMPLETE
    assert "GOOGLE_CLOUD_PROJECT、LOCATION、SCHEDULER_ACCOUNT、LOCAL_GOOGLE_HTTP" in caught.value.sentence


@pytest.mark.parametrize(
    "local", [{"LOCAL_GOOGLE_HTTP": "http://127.0.0.1:8080"}, {"LOCAL_GOOGLE_GRPC": "127.0.0.1:8080"}]
)
def test_a_google_on_loopback_is_taken(local: dict[str, str]) -> None:
    settings = Settings.from_env(NEEDED | local)
    assert {settings.local_http, settings.local_grpc} == {"", *local.values()}


@pytest.mark.parametrize(
    "local",
    [
        {"LOCAL_GOOGLE_HTTP": "http://google.example:80"},
        {"LOCAL_GOOGLE_HTTP": "https://127.0.0.1:8080"},
        {"LOCAL_GOOGLE_HTTP": "http://127.0.0.1"},
        {"LOCAL_GOOGLE_HTTP": "http://127.0.0.1:8080@google.example"},
        {"LOCAL_GOOGLE_HTTP": "http://127.0.0.1:80.google.example/"},
        {"LOCAL_GOOGLE_GRPC": "google.example:443"},
        {"LOCAL_GOOGLE_GRPC": "127.0.0.1:443,google.example:443"},
        {"LOCAL_GOOGLE_GRPC": "127.0.0.1.google.example:443"},
    ],
)
def test_a_google_that_is_not_on_loopback_is_refused(local: dict[str, str]) -> None:
    with pytest.raises(Broken) as caught:
        Settings.from_env(NEEDED | local)
    assert next(iter(local)) in caught.value.sentence
    assert "google.example" not in caught.value.sentence


def test_relays_are_a_list_in_order() -> None:
    relays = "https://one.example,https://two.example,"
    assert Settings.from_env(NEEDED | {"DRAND_RELAYS": relays}).drand_relays == (
        "https://one.example",
        "https://two.example",
    )


def test_the_campaign_file_lies_in_the_campaigns_folder(tmp_path: Path) -> None:
    assert Settings.from_env(NEEDED | {"CAMPAIGNS": str(tmp_path)}).campaign_file == tmp_path / "rally-2026.yaml"


def test_resource_names_follow_from_project_location_and_campaign() -> None:
    settings = Settings.from_env(NEEDED)
    ring = "projects/ward/locations/asia-northeast1/keyRings/prizedraw"
    assert settings.key("contact") == f"{ring}/cryptoKeys/rally-2026-contact"
    assert settings.secret("gmail") == "projects/ward/secrets/rally-2026-gmail"
