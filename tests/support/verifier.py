"""The stand-alone verifier of a draw, as a stranger runs it: on nothing but the files that a world has published."""

from pathlib import Path

from prizedraw.evidence.canonical_json import canonical
from prizedraw.records.campaign import Prepared
from prizedraw.records.lottery import Frozen
from prizedraw.times import stamp
from support import scripts
from support.campaigns import chain
from support.world import World


def verify(world: World, folder: Path, *options: str) -> int:
    """
    Write the published files to *folder* and let the stand-alone verifier judge them; 0 is proven.

    What the ward's mails say is taken from the records that the mails are written by, and the test chain is owned to.
    """
    for name, data in world.published.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    key = folder.with_name(f"{folder.name}-answer-key")
    key.write_bytes(canonical(world.campaign.answer_key()))
    mailed = ["--rules-hash", world.one(Prepared).rules_hash, "--commitment-hash", world.one(Frozen).commitment_hash]
    known = ["--private-chain", chain().chain, "--at", stamp(world.clock())]
    required = ["--require-all", "--answer-key", str(key)]
    status: int = scripts.load("verify_draw").main([str(folder), *mailed, *known, *required, *options])
    return status
