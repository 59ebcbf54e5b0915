"""
Rehearse as `scripts/rehearse` does, in a process of its own, and read what is left: how it ended, its files as JSON.

The time limit stands here and nowhere else. Who only reads what a rehearsal of the example leaves shares one, `played`,
with all other readers.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import yaml

from support.builders import FILE
from support.once import alone
from support.quick import has_its_turn

Done = subprocess.CompletedProcess[str]

OTHER_KINDS = ("ward", "hsm")
"""Kinds of randomness beside the example's own, drand."""
SOMEBODY_ELSES = (
    "当選コード,氏名,住所,郵便番号,電話番号,受付番号,送信日時",
    "{code:1},高橋 一,東京都新宿区新宿1-1-1,160-0022,03-1111-2222,A1,2026/03/05 10:00",
    "{code:2},橋本 二,東京都新宿区新宿2-2-2,160-0022,03-3333-4444,A2,2026/03/12 00:00",
    "NOTA-CODE-0000-0,本田 三,東京都新宿区新宿3-3-3,160-0022,03-5555-6666,A3,2026/03/05 10:00",
)
"""A CSV of registrations: one in time, one that is late, and one whose code is nobody's."""
_LONGEST = 900
"""Seconds; ends what hangs. No test that rehearses may have less time itself."""
_PLAIN = {"COLUMNS": "80", "NO_COLOR": "1"}
"""A terminal as the README shows it."""


class Rehearse(Protocol):
    """What rehearses into a folder, with further arguments of the command line (fixture `rehearse`)."""

    def __call__(self, out: Path, *arguments: str) -> Done:
        """Return how it ended."""


def rehearse(out: Path, *arguments: str) -> Done:
    """Rehearse into *out*, and return how it ended."""
    return command("--out", str(out), *arguments)


def command(*arguments: str, environ: Mapping[str, str] = _PLAIN) -> Done:
    """Run the rehearsal with nothing but these arguments, and return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "prizedraw.rehearsal", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=_LONGEST,
        env={**os.environ, **environ},
    )


def played(together: Path, name: str = "example", *arguments: str) -> Path:
    """
    Return the folder that a rehearsal left, with what it printed beside it (`said`); none may change it.

    It is played once in a test run for each *name*, and goes as far as its end; without further *arguments* it is that
    of the README.
    """
    out = together / "rehearsed" / name
    with alone(out.with_suffix(".lock")):
        if not _printed(out).exists():
            done = rehearse(out, *arguments)
            assert done.returncode == 0, done.stdout + done.stderr
            _printed(out).write_text(done.stdout, encoding="utf-8")
    return out


def other_kinds() -> list[str]:
    """Return the other kinds that are rehearsed: in a quick run those whose turn it is, if any."""
    return [kind for kind in OTHER_KINDS if has_its_turn(f"randomness: {kind}")]


def played_with(kind: str, together: Path) -> Path:
    """
    Return the folder of the example; or played with another *kind* of randomness, by few, who all get receipts.

    With `hsm` the winners' registrations are a CSV that somebody else wrote.
    """
    if kind == "drand":
        return played(together)
    tree = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    tree["randomness"] = {"kind": kind} | ({"given_by": ["文化観光課長"]} if kind == "ward" else {})
    tree["mail"]["receipts"] = True
    together.mkdir(parents=True, exist_ok=True)
    campaign = together / f"{kind}-{os.getpid()}.yaml"
    campaign.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    if kind == "ward":
        return played(together, kind, "--campaign", str(campaign), "--applicants", "40")
    claims = together / f"claims-{os.getpid()}.csv"
    claims.write_text("\r\n".join(SOMEBODY_ELSES) + "\r\n", encoding="utf-8")
    return played(together, kind, "--campaign", str(campaign), "--applicants", "80", "--claims", str(claims))


def said(out: Path) -> str:
    """Return what the rehearsal printed that `played` this folder."""
    return _printed(out).read_text(encoding="utf-8")


def _printed(out: Path) -> Path:
    return out.with_suffix(".txt")


def read(path: Path) -> Any:
    """Return what a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))
