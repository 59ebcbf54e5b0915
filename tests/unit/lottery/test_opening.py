"""The published draw is opened where rules are published, and what reads it is loaded no earlier."""

import subprocess
import sys

import pytest

from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.lottery.names import RULES
from prizedraw.lottery.opening import open_draw
from support.fakes.published import FakePublished
from support.stages import drawn
from support.world import World

PROBE = """
import sys
from prizedraw.lottery.opening import open_draw
class Nothing:
    def find(self, name): return None
assert open_draw(Nothing()) is None
print([name for name in sys.modules if name.startswith("prizedraw.lottery.")])
"""


@pytest.fixture
def world() -> World:
    return drawn("hsm")


def test_before_rules_are_published_there_is_none() -> None:
    assert open_draw(FakePublished()) is None


def test_it_is_the_draw_whose_rules_stand(world: World) -> None:
    opened = open_draw(world.published)
    assert opened is not None
    assert opened.rules_hash == sha256_hex(world.published.files[RULES])
    assert opened.rules.evidence_key == opened.key.hash


def test_rules_that_are_not_ours_are_not_believed(world: World) -> None:
    world.published.plant(RULES, world.published.files[RULES], b"")
    with pytest.raises(Broken):
        open_draw(world.published)


def test_before_that_nothing_is_loaded_that_reads_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "['prizedraw.lottery.names', 'prizedraw.lottery.opening']"
