"""
What a file bears that somebody else has put there: `foreign` is for tests that try each of them.

`World.plant` is the opposite: a file with our own signature.
"""

from collections.abc import Callable

import pytest

from support.fakes.keys import MemorySigner
from support.world import World

Forged = Callable[[World, bytes], bytes]
"""Given the world and the file, its signature."""

FOREIGN: dict[str, Forged] = {
    "no signature": lambda world, data: b"",
    "another key's signature": lambda world, data: MemorySigner().sign(data),
    "our signature of something else": lambda world, data: world.keys.signer.sign(data + b"\n"),
    "our signature cut short": lambda world, data: world.keys.signer.sign(data)[:-1],
    "our signature with more behind it": lambda world, data: world.keys.signer.sign(data) + b"\0",
    "what is no signature": lambda world, data: b"\x30\x06\x02\x01\x01\x02\x01\x01",
}

foreign = pytest.mark.parametrize("forged", [pytest.param(forged, id=name) for name, forged in FOREIGN.items()])
