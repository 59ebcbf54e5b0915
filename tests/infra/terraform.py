"""
Run real Terraform on a copy of a root, without a cloud: validate, plan, test, a pretend apply.

`TERRAFORM` names the executable, or a wrapper of it; else `terraform` of the path is taken. What it needs is an `init`
that works: a registry, or a mirror that the wrapper brings.

`python -m infra.terraform FOLDER` writes the plans as JSON; with `--grants`, what they grant to
`infra/terraform/grants.txt`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import archives

ROOT: Path = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "infra" / "terraform"
ORG = PROJECT / "org"
EXAMPLE = "terraform.tfvars.example"
_TIMEOUT_SECONDS = 300
_LOCAL = 'terraform {\n  backend "local" {}\n}\n'


class TerraformMissing(Exception):
    """Say that Terraform cannot be run here, and why."""


def error_in(stderr: str) -> str:
    """Return the first error that Terraform names, in one line, the same in every process; else its last words."""
    named = [line.removeprefix("Error: ") for line in stderr.splitlines() if line.startswith("Error: ")]
    return named[0] if named else stderr.strip()[-600:]


def executable() -> str:
    """Return the path of the executable, which may stand as a path relative to the repository."""
    named = os.environ.get("TERRAFORM") or "terraform"
    found = shutil.which(named) or shutil.which(ROOT / named)
    if found is None:
        raise TerraformMissing(f"no executable {named} (install Terraform 1.11, or set TERRAFORM)")
    return str(Path(found).absolute())


@dataclass(frozen=True)
class Terraform:
    """Run Terraform in *folder*, which holds a copy of a root."""

    folder: Path

    @classmethod
    def of(cls, root: Path, folder: Path) -> "Terraform":
        """
        Copy *root* to *folder* and initialise it with a state of its own.

        Raises:
            TerraformMissing: there is no Terraform, or it reaches no provider.
        """
        others = ["org", ".build"] if root == PROJECT else []
        # A provider that calls nobody has other hashes than the registry's, for which the lock is.
        others += [".terraform.lock.hcl"] if os.environ.get("PRETEND_APPLY") == "1" else []
        hidden = shutil.ignore_patterns(".terraform", "*.tfstate*", "terraform.tfvars", *others)
        shutil.copytree(root, folder, dirs_exist_ok=True, ignore=hidden)
        (folder / "zz_override.tf").write_text(_LOCAL, encoding="utf-8")
        if root == PROJECT:
            shutil.copytree(archives.built(), folder / ".build")
        copy = cls(folder)
        done = copy.run("init", "-input=false", "-no-color", demand=False)
        if done.returncode:
            raise TerraformMissing(f"terraform init failed: {error_in(done.stderr)}")
        return copy

    def run(self, *arguments: str, demand: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command; with *demand*, only success will do."""
        # The wrapper reads TERRAFORM too, as the name of what it wraps. No plan asks Google for anything.
        hidden = {"TERRAFORM", "TF_CLI_ARGS", "TF_WORKSPACE"}
        environ = {name: value for name, value in os.environ.items() if name not in hidden}
        environ |= {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "GOOGLE_OAUTH_ACCESS_TOKEN": "none"}
        done = subprocess.run(
            [executable(), *arguments],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        if demand and done.returncode:
            raise AssertionError(f"terraform {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done

    def plan(self, *arguments: str) -> dict[str, Any]:
        """Plan with the example's variables and return the plan as JSON."""
        self.run("plan", "-input=false", "-no-color", f"-var-file={EXAMPLE}", "-out=the.plan", *arguments)
        document: dict[str, Any] = json.loads(self.run("show", "-json", "the.plan").stdout)
        return document


def main(folder: Path) -> None:
    """Write the plan of each root as JSON, for checks by other tools."""
    folder.mkdir(parents=True, exist_ok=True)  # before half a minute of planning
    for name, root in {"project": PROJECT, "org": ORG}.items():
        with tempfile.TemporaryDirectory() as copy:
            document = Terraform.of(root, Path(copy) / name).plan()
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--grants"]:
        from infra.variants import write_grants

        write_grants()
    elif len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        main(Path(sys.argv[1]))
    else:
        sys.exit("python -m infra.terraform FOLDER | --grants")
