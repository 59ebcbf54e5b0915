"""
What gcloud says to commands of somebody who is not signed in: whoever is told so has been understood.

All are given to one process, since starting costs gcloud a second and a command a tenth of it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_GIVES = """
import json, os, sys, tempfile

root, answers, found = sys.argv[1], sys.argv[2], []
sys.path[:0] = [root + "/lib/third_party", root + "/lib"]
from googlecloudsdk import gcloud_main

gcloud, stderr = gcloud_main.CreateCLI([]), os.dup(2)
for command in json.load(sys.stdin):
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            gcloud.Execute(command)
            status = 0
        except SystemExit as ended:
            status = ended.code
        sys.stderr.flush()
        os.dup2(stderr, 2)
        said.seek(0)
        found.append([status, said.read().decode("utf-8", "replace")])
with open(answers, "w") as file:
    json.dump(found, file)
"""
"""What `gcloud.py` does, command after command."""

ROOT = Path(__file__).resolve().parents[2]

NEEDED = pytest.mark.skipif(
    shutil.which("gcloud") is None, reason="NOT TESTED: there is no gcloud that knows its own commands"
)


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote to its standard error."""

    status: int
    errors: str

    @property
    def is_understood(self) -> bool:
        """Tell whether nothing but somebody who is signed in was missing."""
        return self.status != 2 and ("active account" in self.errors or "NoActiveAccount" in self.errors)


def asked(commands: Sequence[Sequence[str]], folder: Path) -> list[Said]:
    """Return what gcloud says to each of *commands*, without the word `gcloud`; it may write to *folder*."""
    root = Path(str(shutil.which("gcloud"))).resolve().parents[1]
    bundled = root / "platform/bundledpythonunix/bin/python3"
    python = str(bundled) if bundled.exists() else getattr(sys, "_base_executable", sys.executable)
    subprocess.run(
        [python, "-I", "-S", "-c", _GIVES, str(root), str(folder / "said.json")],
        cwd=ROOT,
        env={**os.environ, "CLOUDSDK_CONFIG": str(folder), "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false"},
        input=json.dumps([list(command) for command in commands]),
        text=True,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=600,
    )
    return [Said(*row) for row in json.loads((folder / "said.json").read_text(encoding="utf-8"))]
