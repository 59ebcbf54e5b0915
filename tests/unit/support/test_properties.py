import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from support.properties import Chosen

ROOT = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "tests/unit/test_intake.py::TestCampaigning::runTest"
RUNS = re.findall(r"^\./scripts/test (.*)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)


def test_what_is_merged_is_tried_on_the_same_examples_everywhere_and_on_those_of_the_day() -> None:
    assert any("--hypothesis-profile=ci" in run.split() for run in RUNS)
    assert "tests/unit -m hypothesis --hypothesis-profile=day" in RUNS


@pytest.mark.parametrize(
    ("name", "fixed", "keeps"),
    [("dev", False, True), ("quick", False, True), ("ci", True, False), ("day", False, False)],
)
def test_a_profile_prints_what_failed_and_keeps_it_for_a_developer_alone(name: str, fixed: bool, keeps: bool) -> None:
    profile = settings.get_profile(name)
    assert profile.print_blob
    assert profile.derandomize is fixed
    assert (profile.database is not None) is keeps
    assert profile.deadline is None


@pytest.mark.parametrize(
    ("chosen", "seed"),
    [
        (Chosen("day", None), "20260301"),
        (Chosen("day", "7"), "7"),
        (Chosen("ci", None), None),
        (Chosen(None, None), None),
        (Chosen(None, "7"), "7"),
    ],
)
def test_only_a_run_of_the_day_takes_its_seed_from_the_calendar(chosen: Chosen, seed: str | None) -> None:
    assert chosen.on(NOON).seed == seed


def test_a_log_says_at_its_head_how_to_repeat_it() -> None:
    (line,) = Chosen("day", None).on(NOON).header()
    assert line.endswith("./scripts/test --hypothesis-profile=day --hypothesis-seed=20260301")
    assert Chosen("ci", None).header() == []


def test_a_failure_of_a_run_by_seed_names_the_command_that_fails_again() -> None:
    (line,) = Chosen("day", "20260301").advice([ID, ID])
    assert line.endswith(f"./scripts/test --hypothesis-profile=day --hypothesis-seed=20260301 {ID}")


def test_a_failure_in_a_checkout_says_that_it_is_kept_there_and_how_to_forget_it() -> None:
    kept, elsewhere, forget = Chosen(None, None).advice([ID])
    assert ".hypothesis/" in kept
    assert elsewhere.endswith(f"./scripts/test --hypothesis-profile=ci {ID}")
    assert forget.endswith("rm -r .hypothesis")
