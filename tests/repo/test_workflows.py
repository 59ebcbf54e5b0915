"""Hosted CI does what .ci/run and the scripts do, and is held by the tools of that trade."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
TOOLS = Path(sys.executable).parent


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def commands(workflow: dict[str, Any]) -> list[str]:
    """Return what runs, a matrix' commands among it."""
    matrices = [job.get("strategy", {}).get("matrix", {}) for job in workflow["jobs"].values()]
    listed = [row["command"] for matrix in matrices for row in matrix.get("include", ())]
    return [step["run"] for step in steps(workflow) if "run" in step] + listed


def faults(workflow: dict[str, Any]) -> Iterator[str]:
    """Yield where a workflow may more than it needs, may go on for ever, or runs what can change under it."""
    if workflow.get("permissions") != {}:
        yield "permissions are not taken away from all jobs"
    if "concurrency" not in workflow:
        yield "two runs may stand side by side"
    for name, job in workflow["jobs"].items():
        if job.get("permissions") != {"contents": "read"}:
            yield f"{name} may more than read"
        if "timeout-minutes" not in job:
            yield f"{name} may go on for ever"
    for step in steps(workflow):
        if "uses" in step and not re.search(r"@[0-9a-f]{40}$", step["uses"]):
            yield f"{step['uses']} is not pinned to a commit"


def missing(workflow: dict[str, Any]) -> list[str]:
    """Return the scripts that are run and not there."""
    named = {word for command in commands(workflow) for word in re.findall(r"(?:\./scripts/|\.ci/)[\w-]+", command)}
    return sorted(word for word in named if not os.access(ROOT / word, os.X_OK))


def test_there_are_two() -> None:
    assert [file.name for file in WORKFLOWS] == ["ci.yml", "nightly.yml"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
class TestAWorkflow:
    def test_is_as_narrow_as_can_be(self, file: Path) -> None:
        assert list(faults(read(file))) == []

    def test_runs_scripts_that_are_there(self, file: Path) -> None:
        assert missing(read(file)) == []

    def test_keeps_to_github_s_schema(self, file: Path) -> None:
        check = [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(file)]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_merge_waits_for_ci_run_and_every_night_for_the_rest() -> None:
    assert ".ci/run" in commands(read(WORKFLOWS[0]))
    night = " ".join(commands(read(WORKFLOWS[1])))
    assert all(f"./scripts/{name}" in night for name in ("storm", "bench --quick", "audit", "pythons"))
    assert all(f"./scripts/mutants --{option}" in night for option in ("sample", "equivalents"))


def test_dependabot_looks_after_every_lock() -> None:
    done = subprocess.run(
        [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.dependabot", str(FOLDER / "dependabot.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    updates = read(FOLDER / "dependabot.yml")["updates"]
    looked = {
        (update["package-ecosystem"], folder.relative_to(ROOT).as_posix())
        for update in updates
        for place in update.get("directories") or [update["directory"]]
        for folder in (ROOT.glob(place.strip("/")) if place != "/" else [ROOT])
    }
    pips = {("pip", file.parent.relative_to(ROOT).as_posix()) for file in ROOT.glob("functions/*/requirements.txt")}
    pips |= {("pip", "."), ("pip", "shared/verify_page")}
    roots = {("terraform", "infra/terraform"), ("terraform", "infra/terraform/org")}
    assert looked == pips | roots | {("npm", "shared/verify_page"), ("github-actions", ".")}


def zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(TOOLS / "zizmor"), "--offline", "--no-progress", "--persona", "pedantic", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing() -> None:
    done = zizmor(FOLDER)
    assert done.returncode == 0, done.stdout


# The rules can fail.


def test_a_careless_workflow_is_seen(tmp_path: Path) -> None:
    careless = """\
name: careless
on: pull_request_target
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: ./scripts/nowhere "${{ github.event.pull_request.title }}"
"""
    workflow = yaml.safe_load(careless)
    assert list(faults(workflow)) == [
        "permissions are not taken away from all jobs",
        "two runs may stand side by side",
        "job may more than read",
        "job may go on for ever",
        "actions/checkout@v6 is not pinned to a commit",
    ]
    assert missing(workflow) == ["./scripts/nowhere"]
    file = tmp_path / ".github/workflows/careless.yml"
    file.parent.mkdir(parents=True)
    file.write_text(careless, encoding="utf-8")
    found = zizmor(tmp_path / ".github").stdout
    assert all(fault in found for fault in ("template-injection", "dangerous-triggers", "unpinned-uses"))
