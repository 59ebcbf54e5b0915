"""Every shell script is sound by ShellCheck, and runs on macOS as it is: bash 3.2, the tools of BSD."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELLCHECK = shutil.which("shellcheck", path=Path(sys.executable).parent) or shutil.which("shellcheck")
NOT_EVERYWHERE = {
    "bash 4": r"\b(mapfile|readarray|coproc)\b|\b(declare|local|typeset) -[a-z]*[An]|\$\{\w+(,,?|\^\^?|@\w)\}|&>>|\|&|"
    r"\bwait -n",
    "GNU's tools": r"\bsed (-\w+ )*-i|\breadlink -f|\brealpath\b|\bsha256sum\b|\bgrep -\w*P|\bdate -d|\bstat -c|"
    r"\b(nproc|tac|timeout) |\bsort -\w*V|\bhead -n -|\bxargs -r|-printf\b|\bcp -\w*a|\bcmp --|\bbase64 -w",
}
"""By what a script would need, how that looks."""


def is_shell(file: Path) -> bool:
    """Tell whether a file is a shell script, by its first line."""
    return file.is_file() and file.read_bytes()[:64].splitlines()[:1] in ([b"#!/usr/bin/env bash"], [b"#!/bin/sh"])


SCRIPTS = sorted(file for folder in ("scripts", ".ci") for file in (ROOT / folder).iterdir() if is_shell(file))


def complaints(script: Path) -> str:
    """Return what ShellCheck says of a script."""
    assert SHELLCHECK is not None
    return subprocess.run([SHELLCHECK, script], capture_output=True, text=True, check=False).stdout


def test_there_is_something_to_look_at() -> None:
    assert {"deploy", "rehearse", "test", "environment", "run"} <= {script.name for script in SCRIPTS}


@pytest.mark.skipif(SHELLCHECK is None, reason="NOT TESTED: there is no shellcheck")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_sound(script: Path) -> None:
    assert complaints(script) == ""


@pytest.mark.skipif(SHELLCHECK is None, reason="NOT TESTED: there is no shellcheck")
def test_an_unquoted_name_is_seen(tmp_path: Path) -> None:
    script = tmp_path / "careless"
    script.write_text("#!/usr/bin/env bash\nrm $1\n", encoding="utf-8")
    assert "SC2086" in complaints(script)


def needs(script: str) -> list[str]:
    """Return what a script needs that macOS has not; comments aside."""
    code = re.sub(r"(?m)^\s*#.*$", "", script)
    return [what for what, looks in NOT_EVERYWHERE.items() if re.search(looks, code)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_runs_on_macos(script: Path) -> None:
    assert needs(script.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("mapfile -t lines <file", "bash 4"),
        ("declare -A by_name", "bash 4"),
        ('echo "${name,,}"', "bash 4"),
        ("sed -i s/a/b/ file", "GNU's tools"),
        ('cd "$(readlink -f "$0")"', "GNU's tools"),
        ("sha256sum file", "GNU's tools"),
        ("cmp --silent a b", "GNU's tools"),
        ("timeout 5 true", "GNU's tools"),
    ],
)
def test_what_macos_has_not_is_seen(line: str, what: str) -> None:
    assert needs(f"#!/usr/bin/env bash\n{line}\n") == [what]
