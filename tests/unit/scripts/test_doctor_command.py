"""The command itself: only calls that read, each known to `gcloud`; and what it says when it can look at nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from examination import campaign_file
from examination.__main__ import main
from examination.calls import CALLS, EXAMINER, READING, Call
from examination.form_and_mailbox import SENT
from examination.gcloud import Answer, arguments_of
from examination.hcl import NotUnderstood
from support import gcloud as real_gcloud
from unit.scripts.doctor.answers import Project, copy_of, is_of
from unit.scripts.doctor.recorded import ORG_TFVARS, TFVARS, project_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def well() -> Project:
    return project_of()


def test_every_call_only_reads() -> None:
    assert {call.command[-1] for call in CALLS.values()} <= READING
    assert {"list", "describe", "get-iam-policy", "get-ancestors-iam-policy", "read"} == READING
    for call in CALLS.values():
        assert not {"--impersonate-service-account", "--access-token-file"} & set(call.words.split())
        assert call.role.startswith("roles/") or call.role == EXAMINER or call.name == "signed-in"


def test_a_call_that_is_not_of_the_list_is_refused() -> None:
    with pytest.raises(AssertionError):
        arguments_of(Call("keys", "kms keys versions destroy 1", ""))
    with pytest.raises(AssertionError):
        arguments_of(Call("new", "kms keys list", ""))


FAKE = """#!{python}
import json, os, sys
replies = json.load(open(os.environ["REPLIES"], encoding="utf-8"))
with open(os.environ["ASKED"], "a", encoding="utf-8") as file:
    file.write(json.dumps(sys.argv[1:]) + chr(10))
found = replies.get(json.dumps(sys.argv[1:]))
if found is None:
    sys.exit("ERROR: (gcloud) NOT_FOUND: no such thing")
print(json.dumps(found))
"""


@pytest.fixture
def gcloud(tmp_path: Path) -> Path:
    """Return a folder with a `gcloud` that answers from a file."""
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "gcloud"
    fake.write_text(FAKE.format(python=sys.executable), encoding="utf-8")
    fake.chmod(0o755)
    return tmp_path


def doctor(folder: Path, project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command itself with that `gcloud`."""
    replies = {json.dumps(list(key)): reply for key, reply in project.replies.items()}
    (folder / "replies.json").write_text(json.dumps(replies), encoding="utf-8")
    environ = {
        **os.environ,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHON": sys.executable,
        "REPLIES": str(folder / "replies.json"),
        "ASKED": str(folder / "asked"),
    }
    command = [str(ROOT / "scripts" / "doctor"), "--tfvars", str(TFVARS), "--org-tfvars", str(ORG_TFVARS), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=300)


def test_the_command_itself_through_a_gcloud(gcloud: Path, well: Project) -> None:
    some = ("--only", "project", "apis", "functions", "buckets", "schedules", "alerts")
    done = doctor(gcloud, well, *some)
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 ok, 0 wrong, 0 could not be seen" in done.stdout
    asked = [json.loads(line) for line in (gcloud / "asked").read_text(encoding="utf-8").splitlines()]
    assert all(any(is_of(name, tuple(line)) for name in CALLS) for line in asked)

    project = copy_of(well)
    project.row("schedules", "intake", location="asia-northeast1")["state"] = "PAUSED"
    done = doctor(gcloud, project, "--lang", "ja", *some)
    assert done.returncode == 1
    assert "intake が止められています" in done.stdout
    assert "gcloud scheduler jobs resume intake" in done.stdout


def test_without_gcloud_it_says_so(tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path), "PYTHON": sys.executable, "HOME": str(tmp_path)}
    for name in ("bash", "dirname", "env"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    command = [str(ROOT / "scripts" / "doctor"), "--tfvars", str(TFVARS)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 3
    assert "gcloud がありません" in done.stderr
    assert "There is no gcloud" in done.stderr


def test_without_variables_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tfvars", str(tmp_path / "none"), "--lang", "en"], run=lambda _: Answer(0)) == 3
    assert "There is no" in capsys.readouterr().err


def test_variables_that_cannot_be_read_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tfvars = tmp_path / "terraform.tfvars"
    tfvars.write_text('project_id = "x\n', encoding="utf-8")
    assert main(["--tfvars", str(tfvars)], run=lambda _: Answer(0)) == 3
    assert "terraform.tfvars:1" in capsys.readouterr().err


def test_help_lists_every_call() -> None:
    done = subprocess.run(
        [str(ROOT / "scripts" / "doctor"), "--help"], capture_output=True, text=True, check=True, timeout=300
    )
    for call in CALLS.values():
        assert f"gcloud {call.words}\n" in done.stdout
    assert "exit status" in done.stdout


@real_gcloud.NEEDED
def test_gcloud_knows_every_call(tmp_path: Path) -> None:
    parts = {word: "x-1" for call in CALLS.values() for word in re.findall(r"{(\w+)}", call.words)}
    parts |= {
        "account": "a@x-1234.iam.gserviceaccount.com",
        "organisation": "123",
        "policy": "123",
        "project": "x-1234",
    }
    budgets = {"account": "012345-6789AB-CDEF01"}
    given = [arguments_of(call, **parts | (budgets if call.name == "budgets" else {})) for call in CALLS.values()]
    for call, said in zip(CALLS.values(), real_gcloud.asked(given, tmp_path), strict=True):
        if call.name == "signed-in":
            assert said.status != 2, said.errors[:300]
        else:
            assert said.is_understood, f"{call.name}: {said.errors[:300]}"


CAMPAIGNS = sorted((ROOT / "infra" / "terraform" / "campaigns").glob("*.yaml"))


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.name)
def test_campaign_files_are_read_as_by_everybody_else(path: Path) -> None:
    assert campaign_file.read(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text", ["a: &x 1\n", "a: {b: 1}\n", "a: [b]\n", "a: |\n  x\n", "a:\n", "- a\n", "a: !!str 1\n", 'a: "x\n']
)
def test_what_is_no_campaign_file_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        campaign_file.parsed(text)


def test_words_of_the_functions_are_theirs() -> None:
    package = ROOT / "shared" / "prizedraw"
    words = (package / "words" / "notify.py").read_text(encoding="utf-8")
    assert all(f'"{word}"' in words for word in SENT)
    assert '"E-603"' in (package / "notify.py").read_text(encoding="utf-8")
    assert '"E-301"' in (package / "runtime" / "preconditions.py").read_text(encoding="utf-8")
