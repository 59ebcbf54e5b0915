"""The functions' archives, built and unpacked, and code run beside them as Cloud Functions would: far from here."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STEPS = sorted(main.parent.name for main in ROOT.glob("functions/*/main.py"))
"""The steps that have a function."""

# The project's environment knows where the package lies; in the cloud there is only the archive.
_APART = """
import json, os, sys
sys.path[:] = [place for place in sys.path if not os.path.isdir(os.path.join(place, "prizedraw"))]
folder = {folder!r}
with open({given!r}) as file:
    given = json.load(file)
{code}
with open({answer!r}, "w") as file:
    json.dump(answer, file)
"""


def build(out: Path, root: Path = ROOT, environ: Mapping[str, str] | None = None) -> str:
    """Build all archives of the tree at *root* into *out* with its own script, and return what that printed."""
    script = root / "scripts" / "build_archives.py"
    command = [sys.executable, "-B", str(script), "--out", str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **(environ or {})})
    return done.stdout


@cache
def built() -> Path:
    """Return a folder with this tree's archives, built once a process; none may change it."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build(folder)
    return folder


def unpack(archive: Path, into: Path) -> Path:
    """Unpack *archive* into a new folder of its name and return that."""
    folder = into / archive.stem
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder


def run_apart(code: str, folder: Path, environ: Mapping[str, str], given: Any = None) -> tuple[Any, str, str]:
    """
    Run *code* in a fresh interpreter that has the installed packages and *environ*, and nothing of this tree.

    The code finds *folder* as `folder` and *given* as `given`, and puts what it has to say into `answer`. Returned are
    the answer, and what was written to stdout and stderr.
    """
    files = {name: folder.parent / f"{folder.name}.{name}.json" for name in ("given", "answer")}
    files["given"].write_text(json.dumps(given), encoding="utf-8")
    files["answer"].unlink(missing_ok=True)
    code = _APART.format(folder=str(folder), **{name: str(file) for name, file in files.items()}, code=code)
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-X", "utf8", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(folder.parent), **environ},
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(files["answer"].read_text(encoding="utf-8")), done.stdout, done.stderr
