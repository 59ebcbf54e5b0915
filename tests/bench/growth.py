"""
Hold what ten times as many entries cost against ten times the cost, and memory against the same memory.

Each step runs once at both sizes, in a process of its own. Time is CPU: the emulator's own cost a document grows with
what it holds, and is not the product's. Memory may grow by what must be held whole: the published pool is one file of
some 40 bytes a line, which `freeze` holds as a list of lines, sorted, and joined; `intake` remembers 8 bytes of each
row and person that it has met. Both together are 12 MB more at 100,000, a seventh of what any of these processes holds
at rest.
"""

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from bench import draw, freeze
from bench.measure import Cost, Row, fresh
from bench.world import Sizes, write_pages
from prizedraw.rehearsal.google.emulators import FirestoreEmulator

TIME_GOAL, MEMORY_GOAL = 1.2, 1.25


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield time and memory of intake (a pull, and after closing the full read), freeze and draw."""
    with TemporaryDirectory() as few, TemporaryDirectory() as many, FirestoreEmulator() as emulator:
        folders = {"small": few, "large": many}
        for size, folder in folders.items():
            fresh(write_pages, folder, getattr(sizes, size))
            fresh(draw.publish, folder, getattr(sizes, size))
        costs: dict[tuple[str, str], Cost] = {}
        for size, folder in folders.items():
            emulator.wipe()
            environ = {"FIRESTORE_EMULATOR_HOST": emulator.host}
            for step, work in (("intake", freeze.load), ("freeze", freeze.ours), ("draw", draw.ours)):
                costs[step, size] = fresh(work, folder, environ=environ)
    times = sizes.large / sizes.small
    for step in ("intake", "freeze", "draw"):
        small, large = costs[step, "small"], costs[step, "large"]
        expected = small.cpu * times
        name = f"{step} of {sizes.large:,} against {sizes.small:,}"
        yield Row(f"{name}, {times:g} times the s of CPU", expected, large.cpu, TIME_GOAL)
        yield Row(f"{name}, MiB peak", small.peak, large.peak, MEMORY_GOAL)
