"""The stand-alone verifier of a draw, as a stranger runs it: on nothing but the files that a world has published."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from prizedraw.evidence.canonical_json import canonical
from support.world import World

ROOT = Path(__file__).resolve().parents[2]


@cache
def _verifier() -> Any:
    spec = importlib.util.spec_from_file_location("verify_draw", ROOT / "scripts/verify_draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verify(world: World, folder: Path, *options: str) -> int:
    """Write the published files to *folder* and let the stand-alone verifier judge them; 0 is accepted."""
    for name, data in world.published.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    key = folder / "answer-key"
    key.write_bytes(canonical(world.campaign.answer_key()))
    status: int = _verifier().main([str(folder), "--require-all", "--answer-key", str(key), *options])
    return status
