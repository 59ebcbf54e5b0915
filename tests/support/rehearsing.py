"""What a rehearsal leaves: how it ended, and its files as JSON."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Done = subprocess.CompletedProcess[str]
Rehearse = Callable[..., Done]
"""Rehearse into a folder, with further arguments of the command line (fixture `rehearse`)."""


def read(path: Path) -> Any:
    """Return what a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))
