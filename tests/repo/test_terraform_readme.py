"""
Keep the README of the infrastructure true: its commands are whole, `gcloud` knows each, what it names is there.

The blocks are run as they stand, in order, with a `gcloud` that only writes down what it was asked; each kind of
command is then held against the real one, which parses it before it finds that nobody is signed in.
"""

import itertools
import os
import re
import subprocess
from pathlib import Path

import pytest

from support import gcloud

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "infra" / "terraform"
README = (PAGES / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
STUBS = """
set -eu
note() { printf '%s\\x1f' "$@" >>"$ASKED"; printf '\\x1e' >>"$ASKED"; }
gcloud() { note gcloud "$@"; }
terraform() { note terraform "$@"; }
git() { note git "$@"; }
sleep() { :; }
cp() { test -e "$1" && note cp "$@"; }
scripts/deploy() { test -x scripts/deploy && note scripts/deploy "$@" && echo "Nothing to change."; }
scripts/doctor() { test -x scripts/doctor && note scripts/doctor "$@"; }
scripts/check_campaign() { test -e "$1" && note scripts/check_campaign "$@"; }
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Run every block in one shell, and return the commands that were given."""
    folder = tmp_path_factory.mktemp("readme")
    script = folder / "blocks.sh"
    blocks = "\n".join(re.sub(r"/tmp/(\w+)", rf"{folder}/\1", block) for block in BLOCKS)  # noqa: S108
    script.write_text(STUBS + blocks, encoding="utf-8")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "ASKED": str(folder / "asked")}
    done = subprocess.run(
        ["/bin/bash", str(script)], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = (folder / "asked").read_text(encoding="utf-8").split("\x1e")
    return [row.rstrip("\x1f").split("\x1f") for row in rows if row.strip()]


def test_the_blocks_run_from_the_first_to_the_last(asked: list[list[str]]) -> None:
    commands = {row[0] for row in asked}
    assert commands >= {
        "gcloud",
        "terraform",
        "git",
        "cp",
        "scripts/deploy",
        "scripts/doctor",
        "scripts/check_campaign",
    }
    assert not any("$" in word for row in asked for word in row)


def test_what_is_granted_by_hand_is_the_table(asked: list[list[str]]) -> None:
    lines = [
        line.split(" | ")
        for line in (PAGES / "by_hand" / "grants.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    roles = {role.replace("{project}", "shinjuku-rally") for _, role, *_ in lines}
    given = {word.removeprefix("--role=") for row in asked for word in row if word.startswith("--role=")}
    assert roles <= given
    members = {word for row in asked for word in row if word.startswith("--member=")}
    assert "--member=group:rally-infra@example.jp" in members
    assert not any("{" in word for row in asked for word in row)


@gcloud.NEEDED
def test_gcloud_knows_every_command(asked: list[list[str]], tmp_path: Path) -> None:
    kinds: dict[str, list[str]] = {}
    for row in asked:
        words = itertools.takewhile(re.compile(r"[a-z][a-z-]*").fullmatch, row[1:])
        kind = " ".join(words)
        if row[0] == "gcloud" and kind != "auth application-default login":
            kinds[kind] = max(row, kinds.get(kind, []), key=len)
    assert len(kinds) >= 25
    answers = gcloud.asked([[*row[1:], "--quiet"] for row in kinds.values()], tmp_path)
    for row, said in zip(kinds.values(), answers, strict=True):
        assert said.is_understood, f"{' '.join(row)}: {said.errors[-400:]}"


def test_files_that_are_named_are_there() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(named) > 5
    assert [path for path in named if not path.startswith("https:") and not (PAGES / path).exists()] == []


def test_variables_that_are_named_are_declared() -> None:
    pages = [*PAGES.glob("*.tf"), *(PAGES / "org").glob("*.tf")]
    declared = {
        name for page in pages for name in re.findall(r'(?m)^variable "(\w+)"', page.read_text(encoding="utf-8"))
    }
    table = README[README.index("| variable |") : README.index("### 8.")] + README[README.index("| switch |") :][:1600]
    named = set(re.findall(r"(?m)^\| ((?:`\w+`(?:, )?)+) \|", table))
    words = {word for row in named for word in re.findall(r"`(\w+)`", row)}
    assert len(words) > 20
    assert words - declared == set()
    optional = {name for name in declared if name not in words}
    assert optional <= {
        "org_id",
        "folder_id",
        "seed_project",
        "access_policy",
        "security_contact",
        "findings_topic",
        "logging_account",
        "extra_members",
        "runner_ranges",
        "appliers",
        "drand_relays",
        "settle_seconds",
    }


def test_every_step_is_there_once_and_in_order() -> None:
    assert re.findall(r"(?m)^### (\d+)\. ", README) == [str(number) for number in range(1, 15)]
