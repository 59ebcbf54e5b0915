"""Every shell script is sound by ShellCheck, where it is installed (Debian: `shellcheck`)."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELLCHECK = shutil.which("shellcheck")


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
