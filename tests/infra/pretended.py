"""
Pretend to be Terraform and Google's command line, beside a committed copy of the repository, to deploy from it.

Where it matters little the copy also has a check of campaign files that only pretends: the real one foretells an
analysis, which takes seconds.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.terraform import ROOT

_GIT = shutil.which("git") or "git"
CAMPAIGN = "infra/terraform/campaigns/shinjuku-rally-2026.yaml"
DEPLOYED = ("scripts/", "functions/", "shared/", "infra/", "requirements-dev.txt")
KEPT = "seed-project-terraform/prizedraw/terraform.lock.hcl"

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
CHECK = """\
#!/bin/sh
echo "check_campaign $*" >>"$PRETENDED/calls"
test ! -e "$PRETENDED/faults"
"""


def lock(version: str) -> str:
    """Return a lock of that version."""
    return f'provider "registry.terraform.io/hashicorp/google" {{\n  version = "{version}"\n}}\n'


def change(address: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    """Return a change of a plan: made, destroyed, or changed."""
    actions = [["create"], ["delete"], ["update"]][(after is None) + 2 * (before is not None and after is not None)]
    kind = address.removeprefix("module.draw.").partition(".")[0]
    return {"address": address, "type": kind, "change": {"actions": actions, "before": before, "after": after}}


@dataclass(frozen=True)
class Deployment:
    """A copy of the repository, committed, with what pretends beside it."""

    tree: Path
    pretended: Path

    def run(self, *arguments: str, answers: str = "") -> "subprocess.CompletedProcess[str]":
        """Run `scripts/deploy`, with what is typed."""
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
        """Say what Terraform plans."""
        (self.pretended / "plan.json").write_text(json.dumps({"resource_changes": found}), encoding="utf-8")

    def providers(self, version: str) -> None:
        """Say which version of the providers the registry has."""
        (self.pretended / "providers").write_text(lock(version), encoding="utf-8")

    @property
    def kept(self) -> str:
        """Return the lock that lies beside the state."""
        path = self.pretended / "buckets" / KEPT
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def keep(self, version: str) -> None:
        """Lay a lock beside the state."""
        path = self.pretended / "buckets" / KEPT
        path.parent.mkdir(parents=True)
        path.write_text(lock(version), encoding="utf-8")

    @property
    def applied(self) -> bool:
        """Tell whether anything was applied."""
        return "terraform apply" in (self.pretended / "calls").read_text(encoding="utf-8")


def git(tree: Path, *arguments: str) -> str:
    """Run git in *tree*, and return what it says."""
    who = ("-c", "user.name=test", "-c", "user.email=test@example.jp")
    return subprocess.run([_GIT, *who, *arguments], cwd=tree, check=True, capture_output=True, text=True).stdout


def copied(tree: Path, *, running: bool, checks: bool) -> Path:
    """
    Copy what is deployed to *tree* and commit it, with the example campaign, or one that runs today.

    Whether its `scripts/check_campaign` really *checks* can be chosen.
    """
    for file in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if file and (ROOT / file).is_file() and file.startswith(DEPLOYED):
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, tree / file)
    # Part by part: were it one link, a script that thinks the environment out of date would clear the real one.
    (tree / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        (tree / ".venv" / part.name).symlink_to(part)
    root = tree / "infra" / "terraform"
    shutil.copy(root / "terraform.tfvars.example", root / "terraform.tfvars")
    shutil.copy(root / "project.gcs.tfbackend.example", root / "project.gcs.tfbackend")
    if running:
        _move_to_today(tree / CAMPAIGN)
    if not checks:
        (tree / "scripts" / "check_campaign").write_text(CHECK, encoding="utf-8")
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "all")
    (tree / ".git" / "info" / "exclude").write_text(".build\n", encoding="utf-8")
    return tree


def beside(tree: Path, pretended: Path) -> "Deployment":
    """Lay the two programs that pretend into *pretended*."""
    (pretended / "bin").mkdir()
    for name, source in {"terraform": TERRAFORM, "gcloud": GCLOUD}.items():
        program = pretended / "bin" / name
        program.write_text(f"#!{sys.executable} -IS\n{source}", encoding="utf-8")
        program.chmod(0o755)
    return Deployment(tree, pretended)


def _move_to_today(campaign: Path) -> None:
    """Move all dates of a campaign by whole days, so that entry is open today."""
    by = datetime.now().astimezone().date() - date(2026, 2, 10)

    def moved(found: re.Match[str]) -> str:
        return str(date.fromisoformat(found[0]) + timedelta(days=by.days))

    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(re.sub(r"(?<=\")20\d\d-\d\d-\d\d", moved, text), encoding="utf-8")
