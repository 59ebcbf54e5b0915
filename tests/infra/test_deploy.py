"""Deploy with a terraform and a gcloud that only pretend: what is shown, what is asked, which providers are used."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.terraform import ROOT

pytestmark = pytest.mark.timeout(300)

_GIT = shutil.which("git") or "git"
CAMPAIGN = "infra/terraform/campaigns/shinjuku-rally-2026.yaml"
DEPLOYED = ("scripts/", "functions/", "shared/", "infra/", "requirements-dev.txt")
KEPT = "seed-project-terraform/prizedraw/terraform.lock.hcl"
OLD, NEW = "a" * 64, "b" * 64

TERRAFORM = """\
import json, os, sys
from pathlib import Path
state = Path(os.environ["PRETENDED"])
root = Path(sys.argv[1].removeprefix("-chdir="))
command, *rest = sys.argv[2:]
with (state / "calls").open("a") as log:
    log.write(" ".join(["terraform", command, *rest]) + "\\n")
lock, now = root / ".terraform.lock.hcl", (state / "providers").read_text()
if command == "init":
    had = lock.read_text() if lock.exists() else None
    if "-lockfile=readonly" in rest and had != now:
        sys.exit("Error: Provider dependency changes detected")
    if had is None or "-upgrade" in rest:
        lock.write_text(now)
elif command == "plan":
    out = next(word.removeprefix("-out=") for word in rest if word.startswith("-out="))
    Path(out).write_text("a plan")
    sys.exit(2 if json.loads((state / "plan.json").read_text())["resource_changes"] else 0)
elif command == "show":
    print((state / "plan.json").read_text())
"""
GCLOUD = """\
import os, shutil, sys
from pathlib import Path
state = Path(os.environ["PRETENDED"])
with (state / "calls").open("a") as log:
    log.write(" ".join(["gcloud", *sys.argv[1:]]) + "\\n")
def at(name):
    return state / "buckets" / name.removeprefix("gs://") if name.startswith("gs://") else Path(name)
if sys.argv[1:4] == ["storage", "objects", "describe"]:
    if (state / "no access").exists():
        sys.exit("ERROR: 403 does not have storage.objects.get access")
    if not at(sys.argv[4]).exists():
        sys.exit(f"ERROR: {sys.argv[4]} not found: 404.")
    print(7)
elif sys.argv[1:3] == ["storage", "cp"]:
    source, target = (at(word) for word in sys.argv[3:] if not word.startswith("--"))
    wanted = [word.partition("=")[2] for word in sys.argv[3:] if word.startswith("--if-generation-match=")]
    if wanted and wanted != (["7"] if target.exists() else ["0"]):
        sys.exit("ERROR: 412 precondition failed")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
else:
    sys.exit(2)
"""


def lock(version: str) -> str:
    return f'provider "registry.terraform.io/hashicorp/google" {{\n  version = "{version}"\n}}\n'


def change(address: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    actions = [["create"], ["delete"], ["update"]][(after is None) + 2 * (before is not None and after is not None)]
    kind = address.removeprefix("module.draw.").partition(".")[0]
    return {"address": address, "type": kind, "change": {"actions": actions, "before": before, "after": after}}


MEMBER = {"role": "roles/storage.admin", "member": "user:a@example.jp", "condition": []}
CODE = [
    change("module.draw.google_storage_bucket_object.archive", {"name": "draw/1.zip"}, {"name": "draw/2.zip"}),
    change("google_storage_bucket_object.manifest", {"name": f"manifest/{OLD}.json"}, {"name": f"manifest/{NEW}.json"}),
]


@dataclass(frozen=True)
class Deployment:
    """A copy of the repository, committed, with what pretends beside it."""

    tree: Path
    pretended: Path

    def run(self, *arguments: str, answers: str = "") -> "subprocess.CompletedProcess[str]":
        environ = {name: value for name, value in os.environ.items() if name != "TERRAFORM"}
        path = f"{self.pretended / 'bin'}{os.pathsep}{environ['PATH']}"
        return subprocess.run(
            [str(self.tree / "scripts" / "deploy"), *arguments],
            cwd=self.tree,
            env=environ | {"PATH": path, "PRETENDED": str(self.pretended)},
            input=answers,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def plans(self, *found: dict[str, Any]) -> None:
        (self.pretended / "plan.json").write_text(json.dumps({"resource_changes": found}), encoding="utf-8")

    def providers(self, version: str) -> None:
        (self.pretended / "providers").write_text(lock(version), encoding="utf-8")

    @property
    def kept(self) -> str:
        """Return the lock that lies beside the state."""
        path = self.pretended / "buckets" / KEPT
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def keep(self, version: str) -> None:
        path = self.pretended / "buckets" / KEPT
        path.parent.mkdir(parents=True)
        path.write_text(lock(version), encoding="utf-8")

    @property
    def applied(self) -> bool:
        return "terraform apply" in (self.pretended / "calls").read_text(encoding="utf-8")


def git(tree: Path, *arguments: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.jp")
    return subprocess.run([_GIT, *who, *arguments], cwd=tree, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return committed copies of the repository: with the example campaign, and with one that runs today."""
    files = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    made = {}
    for name in ("past", "running"):
        made[name] = tree = tmp_path_factory.mktemp("deploy") / name
        for file in filter(None, files):
            if (ROOT / file).is_file() and file.startswith(
                ("scripts/", "functions/", "shared/", "infra/", "requirements-dev.txt")
            ):
                (tree / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, tree / file)
        (tree / ".venv").symlink_to(Path(sys.prefix))
        root = tree / "infra" / "terraform"
        shutil.copy(root / "terraform.tfvars.example", root / "terraform.tfvars")
        shutil.copy(root / "project.gcs.tfbackend.example", root / "project.gcs.tfbackend")
        if name == "running":
            _move_to_today(tree / CAMPAIGN)
        git(tree, "init", "-q")
        git(tree, "add", "-A")
        git(tree, "commit", "-qm", "all")
        (tree / ".git" / "info" / "exclude").write_text(".build\n.terraform.lock.hcl\n", encoding="utf-8")
    return made


def _move_to_today(campaign: Path) -> None:
    """Move all dates of a campaign by whole days, so that entry is open today."""
    by = datetime.now().astimezone().date() - date(2026, 2, 10)

    def moved(found: re.Match[str]) -> str:
        return str(date.fromisoformat(found[0]) + timedelta(days=by.days))

    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(re.sub(r"(?<=\")20\d\d-\d\d-\d\d", moved, text), encoding="utf-8")


@pytest.fixture(params=["past"])
def deployment(request: pytest.FixtureRequest, trees: dict[str, Path], tmp_path: Path) -> Iterator[Deployment]:
    (tmp_path / "bin").mkdir()
    for name, source in {"terraform": TERRAFORM, "gcloud": GCLOUD}.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!{sys.executable} -IS\n{source}", encoding="utf-8")
        program.chmod(0o755)
    made = Deployment(trees[request.param], tmp_path)
    made.providers("8.7.0")
    made.plans(change("google_pubsub_topic.claims", None, {"name": "x"}))
    yield made
    assert not git(made.tree, "status", "--porcelain")


def test_the_first_run_makes_the_lock_and_keeps_it_beside_the_state(deployment: Deployment) -> None:
    done = deployment.run(answers="yes\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployment.kept == lock("8.7.0")
    assert deployment.applied


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


def test_the_script_is_sound() -> None:
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("NOT TESTED: there is no shellcheck")
    done = subprocess.run([shellcheck, "scripts/deploy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""
