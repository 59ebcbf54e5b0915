"""The Pythons that are promised are the same wherever they are told, and the deployed one is what .ci/run proves."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROMISED = ["3.11", "3.12", "3.13", "3.14"]
DEPLOYED = "3.13"


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def project() -> dict[str, object]:
    read: dict[str, object] = tomllib.loads(text("pyproject.toml"))["project"]
    return read


def test_the_package_says_so() -> None:
    first, last = (int(version.partition(".")[2]) for version in (PROMISED[0], PROMISED[-1]))
    assert project()["requires-python"] == f">=3.{first},<3.{last + 1}"


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "scripts/environment"])
def test_people_are_told_all_of_them(path: str) -> None:
    assert ", ".join(PROMISED[:-1]) + f" or {PROMISED[-1]}" in text(path)


@pytest.mark.parametrize("path", ["scripts/lock", "scripts/pythons"])
def test_scripts_go_through_all_of_them(path: str) -> None:
    assert " ".join(PROMISED) in text(path)


def test_the_oldest_is_what_is_locked_and_read_for() -> None:
    assert f"--python-version {PROMISED[0]} " in text("scripts/lock")
    tools = tomllib.loads(text("pyproject.toml"))["tool"]
    assert tools["mypy"]["python_version"] == PROMISED[0]
    assert tools["ruff"]["target-version"] == f"py{PROMISED[0].replace('.', '')}"


def test_hosted_tests_run_on_all_of_them_and_all_tests_on_the_deployed_one() -> None:
    jobs = yaml.safe_load(text(".github/workflows/ci.yml"))["jobs"]
    assert jobs["pythons"]["strategy"]["matrix"]["python"] == PROMISED
    (setup,) = [step for step in jobs["all"]["steps"] if "setup-python" in step.get("uses", "")]
    assert setup["with"]["python-version"] == DEPLOYED


def test_every_function_runs_on_one_that_is_promised() -> None:
    (runtime,) = re.findall(r'runtime\s*=\s*"(\w+)"', text("infra/terraform/modules/function/main.tf"))
    assert runtime == f"python{DEPLOYED.replace('.', '')}"
    assert DEPLOYED in PROMISED


def test_the_environment_prefers_it() -> None:
    assert './scripts/find_python "$deployed" ' in text("scripts/environment")


def test_this_is_one_of_them() -> None:
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in PROMISED
