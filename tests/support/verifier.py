"""The stand-alone verifier of a draw, as a stranger runs it: on nothing but the files that a world has published."""

from pathlib import Path

from prizedraw.evidence.canonical_json import canonical
from support import scripts
from support.world import World


def verify(world: World, folder: Path, *options: str) -> int:
    """Write the published files to *folder* and let the stand-alone verifier judge them; 0 is accepted."""
    for name, data in world.published.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    key = folder / "answer-key"
    key.write_bytes(canonical(world.campaign.answer_key()))
    status: int = scripts.load("verify_draw").main([str(folder), "--require-all", "--answer-key", str(key), *options])
    return status
