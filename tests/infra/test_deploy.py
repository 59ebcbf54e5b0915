"""Deploy with a terraform and a gcloud that only pretend: what is shown, what is asked, which providers are used."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.pretended import CAMPAIGN, Deployment, beside, change, copied, git, lock
from infra.terraform import ROOT

OLD, NEW = "a" * 64, "b" * 64
LOCK = "infra/terraform/.terraform.lock.hcl"
MEMBER = {"role": "roles/storage.admin", "member": "user:a@example.jp", "condition": []}
CODE = [
    change("module.draw.google_storage_bucket_object.archive", {"name": "draw/1.zip"}, {"name": "draw/2.zip"}),
    change("google_storage_bucket_object.manifest", {"name": f"manifest/{OLD}.json"}, {"name": f"manifest/{NEW}.json"}),
]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """
    Return committed copies of the repository: with the example campaign, and with one that runs today.

    The third one really checks its campaign file.
    """
    folder = tmp_path_factory.mktemp("deploy")
    return {
        name: copied(folder / name, running=name != "past", checks=name == "checked")
        for name in ("past", "running", "checked")
    }


@pytest.fixture(params=["past"])
def deployment(request: pytest.FixtureRequest, trees: dict[str, Path], tmp_path: Path) -> Iterator[Deployment]:
    made = beside(trees[request.param], tmp_path)
    made.providers("8.7.0")
    made.plans(change("google_pubsub_topic.claims", None, {"name": "x"}))
    yield made
    assert git(made.tree, "status", "--porcelain").strip() in ("", f"?? {LOCK}")


def test_the_first_run_makes_the_lock_and_keeps_it_beside_the_state(deployment: Deployment) -> None:
    done = deployment.run(answers="yes\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployment.kept == lock("8.7.0")
    assert deployment.applied
    assert f"commit {LOCK}" in done.stderr


@pytest.mark.parametrize("deployment", ["checked"], indirect=True)
def test_the_campaign_file_is_checked(deployment: Deployment) -> None:
    done = deployment.run("--plan-only")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "誤りはありません：" in done.stdout


def test_one_with_faults_is_not_deployed(deployment: Deployment) -> None:
    (deployment.pretended / "faults").touch()
    assert deployment.run(answers="yes\n").returncode == 1
    assert (deployment.pretended / "calls").read_text(encoding="utf-8") == f"check_campaign {CAMPAIGN}\n"


def test_a_state_without_a_lock_begins_with_the_one_of_the_commit(deployment: Deployment) -> None:
    before = git(deployment.tree, "rev-parse", "HEAD").strip()
    (deployment.tree / LOCK).write_text(lock("8.7.3"), encoding="utf-8")
    git(deployment.tree, "add", LOCK)
    git(deployment.tree, "commit", "-qm", "the providers")
    (deployment.tree / LOCK).write_text("what only this machine has", encoding="utf-8")
    done = deployment.run(answers="yes\n")
    git(deployment.tree, "reset", "-q", "--hard", before)
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployment.kept == lock("8.7.3")
    assert f"commit {LOCK}" not in done.stderr


def test_a_later_run_takes_the_lock_that_is_kept(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    done = deployment.run(answers="yes\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "-lockfile=readonly" in (deployment.pretended / "calls").read_text(encoding="utf-8")
    assert deployment.applied


def test_other_providers_are_refused_without_upgrade(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    deployment.providers("8.9.1")
    done = deployment.run(answers="yes\n")
    assert done.returncode == 2
    assert "scripts/deploy --upgrade" in done.stderr
    assert not deployment.applied
    assert deployment.kept == lock("8.7.0")


def test_upgrade_shows_what_changes_and_keeps_it_once_it_is_applied(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    deployment.providers("8.9.1")
    assert deployment.run("--upgrade", answers="no\n").returncode == 2
    assert deployment.kept == lock("8.7.0")
    done = deployment.run("--upgrade", answers="yes\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert '<   version = "8.7.0"' in done.stdout
    assert '>   version = "8.9.1"' in done.stdout
    assert deployment.kept == lock("8.9.1")


def test_an_upgrade_that_changes_nothing_else_is_kept_too(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    deployment.providers("8.9.1")
    deployment.plans()
    assert deployment.run("--upgrade", answers="yes\n").returncode == 0
    assert deployment.kept == lock("8.9.1")
    assert not deployment.applied


def test_a_lock_that_cannot_be_seen_is_not_taken_for_none(deployment: Deployment) -> None:
    (deployment.pretended / "no access").touch()
    done = deployment.run(answers="yes\n")
    assert done.returncode == 2
    assert "403" in done.stderr
    assert "could not be seen" in done.stderr
    assert not deployment.kept


def test_plan_only_applies_and_keeps_nothing(deployment: Deployment) -> None:
    done = deployment.run("--plan-only")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not deployment.applied
    assert not deployment.kept


def test_nothing_to_change_is_not_asked_about(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    deployment.plans()
    done = deployment.run()
    assert done.returncode == 0
    assert "Nothing to change." in done.stdout


@pytest.mark.parametrize("answer", ["", "YES\n"])
def test_only_yes_is_taken(deployment: Deployment, answer: str) -> None:
    done = deployment.run(answers=answer)
    assert done.returncode == 2
    assert "Nothing was applied." in done.stderr
    assert not deployment.applied


def test_a_tree_that_differs_from_its_commit_is_refused(deployment: Deployment) -> None:
    stray = deployment.tree / "scripts" / "stray"
    stray.touch()
    try:
        done = deployment.run(answers="yes\n")
    finally:
        stray.unlink()
    assert done.returncode == 2
    assert "differs from its commit" in done.stderr


def test_what_is_destroyed_and_granted_is_shown_before_it_asks(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    deployment.plans(
        change("google_storage_bucket.claims", {"name": "claims"}),
        change("google_storage_bucket_object.old", {"deletion_policy": "ABANDON", "name": "draw/x.zip"}),
        change("google_project_iam_member.new", None, MEMBER),
        change("google_project_iam_member.old", {**MEMBER, "role": "roles/viewer"}),
        change(
            "google_project_iam_custom_role.r", {"role_id": "r", "permissions": ["a.b.c"]}, {"permissions": ["d.e.f"]}
        ),
    )
    said = deployment.run(answers="no\n").stdout
    shown, _, _ = said.partition("Apply this?")
    assert "Destroyed: 1\n  google_storage_bucket.claims  <- WITH WHAT IS IN IT\n" in shown
    assert "+ roles/storage.admin to user:a@example.jp (google_project_iam_member.new)" in shown
    assert "- roles/viewer to user:a@example.jp (google_project_iam_member.old)" in shown
    assert "- a.b.c in r" in shown
    assert "+ d.e.f in r" in shown


def test_code_changes_without_a_second_question_when_no_campaign_runs(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    deployment.plans(*CODE)
    done = deployment.run(answers="yes\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Code: draw" in done.stdout
    assert OLD in done.stdout
    assert NEW in done.stdout
    assert "Campaign: not running" in done.stdout
    assert deployment.applied


@pytest.mark.parametrize("deployment", ["running"], indirect=True)
@pytest.mark.parametrize(("second", "applies"), [("yes\n", False), ("", False), ("shinjuku-rally-2026\n", True)])
def test_code_of_a_running_campaign_is_asked_about_twice(deployment: Deployment, second: str, applies: bool) -> None:
    deployment.keep("8.7.0")
    deployment.plans(*CODE)
    done = deployment.run(answers=f"yes\n{second}")
    assert "Campaign: RUNNING" in done.stdout
    assert "The campaign is running, and this changes its code" in done.stdout
    assert deployment.applied is applies


@pytest.mark.parametrize("deployment", ["running"], indirect=True)
def test_all_else_of_a_running_campaign_is_asked_about_once(deployment: Deployment) -> None:
    deployment.keep("8.7.0")
    done = deployment.run(answers="yes\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Campaign: RUNNING" in done.stdout
    assert deployment.applied


@pytest.mark.parametrize(
    ("now", "runs"),
    [
        ("2026-02-03T09:59:59+09:00", False),
        ("2026-02-03T10:00:00+09:00", True),
        ("2026-03-31T23:59:59+09:00", True),
        ("2026-04-01T00:00:00+09:00", False),
    ],
)
def test_a_campaign_runs_from_opening_to_the_end_of_its_handling(tmp_path: Path, now: str, runs: bool) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"resource_changes": CODE}), encoding="utf-8")
    command = [sys.executable, "-IS", "scripts/read_plan.py", str(tmp_path / "plan.json"), CAMPAIGN, "--now", now]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == (3 if runs else 0), done.stderr


def test_a_real_plan_can_be_read(plan_of: Any, tmp_path: Path) -> None:
    """Of a first apply all is new: every grant of the table is shown, nothing is destroyed."""
    (tmp_path / "plan.json").write_text(json.dumps(plan_of("drand")), encoding="utf-8")
    command = [sys.executable, "-IS", "scripts/read_plan.py", str(tmp_path / "plan.json"), CAMPAIGN]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Destroyed: none" in done.stdout
    assert "Code: for the first time" in done.stdout
    assert "+ roles/datastore.user to serviceAccount:fn-intake@shinjuku-rally" in done.stdout
