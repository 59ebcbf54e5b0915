"""Let the stand-alone verifiers judge what some worlds have published, as a stranger runs them."""

import contextlib
import io
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY
from support import verifier
from support.storm.world import StormWorld
from support.world import World

EVERY = 20
"""Of so many worlds one is verified."""


def is_due(seed: int) -> bool:
    """Tell whether the world of *seed* is one of them."""
    return seed % EVERY == 0


def verified(world: StormWorld) -> None:
    """
    Run `scripts/verify_draw.py` on the published files, its random beacon's signature included.

    Who takes the files away between a run that was killed and the next one lacks the copy of a signature: it is made
    by that next one. After the end all must be there.
    """
    there = world.published.files
    if "record.json" not in there or world.state.get(Prepared, ONLY) is None:
        return
    lacks_a_copy = any(name.endswith(".json") and f"{name}.sig" not in there for name in there)
    if lacks_a_copy and world.promises.complete_since is None:
        return

    def one(kind: Any) -> Any:
        stored = world.state.get(kind, ONLY)
        assert stored is not None
        return stored.record

    seen = SimpleNamespace(published=world.published, campaign=world.campaign, clock=world.clock, one=one)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
        files = Path(folder) / "files"
        files.mkdir()
        status = verifier.verify(cast(World, seen), files)
    if status:
        world.break_promise("verifier-refuses", said.getvalue()[-600:])
