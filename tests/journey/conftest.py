"""How a journey gets its campaign: `rehearse` in a process of its own, or `staged` in this one."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import local_campaign
from support.local_campaign import Stager
from support.rehearsing import Done, Rehearse

_ONE_REHEARSAL = 900


@pytest.fixture(scope="session")
def rehearse() -> Rehearse:
    """Return what rehearses into a folder, as `scripts/rehearse` does with further arguments."""

    def run(out: Path, *arguments: str) -> Done:
        command = [sys.executable, "-m", "prizedraw.rehearsal", "--out", str(out), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=_ONE_REHEARSAL
        )

    return run


@pytest.fixture(scope="session")
def staged() -> Stager:
    """Return what sets the stage for a campaign in a folder; see `support.local_campaign`."""
    return local_campaign.staged
