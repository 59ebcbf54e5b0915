"""
Isolate the tests: no network but loopback, none at all for unit tests, no credentials, no settings of this machine.

`--quick` draws some of the big sweeps by the seed of the day (`support/quick.py`); the dearest files come first
(`support/cost.py`).

`firestore_emulator` and `pubsub_emulator` are Google's own. Without them the tests marked `emulator` are skipped, and
the summary says so; `REQUIRE_EMULATOR=1` makes that a failure.
"""

import gc
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import py_ecc
import pytest
from hypothesis import settings

# Before any of them is imported: what a helper asserts is then explained as what a test asserts.
pytest.register_assert_rewrite("support", "infra")

# ruff: noqa: E402

from prizedraw.adapters.google import arrival
from prizedraw.rehearsal.google.emulators import EmulatorMissing, FirestoreEmulator
from prizedraw.rehearsal.google.pubsub import PubsubEmulator
from support import cost, quick
from support.progress import ProgressLines
from support.properties import Chosen, register_profiles

# Loopback is there. What a network does that comes late is tried in its own test.
arrival.GOOGLE.skip()
arrival.OUTSIDE.skip()

# Importing py_ecc raises the limit to 100,000; JSON nested that deep would end the tests' process.
assert py_ecc
sys.setrecursionlimit(1_000)

register_profiles()

LOOPBACK = ["127.0.0.1", "::1", "localhost"]
_UNIT = "tests/unit/"
_UNCOUNTED = ("tests/infra/", "tests/journey/", "tests/page/", "tests/repo/", "tests/unit/scripts/")
"""What coverage does not count: whatever is no test of one part by itself. Tracing makes a test dearer by half."""


def pytest_addoption(parser: pytest.Parser) -> None:
    ours = parser.getgroup("prizedraw")
    ours.addoption("--quick", action="store_true", help="draw some cases of the big sweeps by a seed")
    ours.addoption("--seed", type=int, help="the seed of the quick run (today's date)")
    ours.addoption("--keep-order", action="store_true", help="write tests/dearest.txt anew")


def chosen(config: pytest.Config) -> Chosen:
    """Return what the command says of Hypothesis."""
    return Chosen(config.getoption("hypothesis_profile"), config.getoption("hypothesis_seed"))


# Before Hypothesis reads it, and before processes start.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.option.hypothesis_seed = chosen(config).on().seed
    # A worker is given the options of the process that started it: all of them draw by one seed, past midnight too.
    if config.option.seed is None:
        config.option.seed = quick.seed_of_the_day()
    quick.draw_by(config.option.seed if config.option.quick else None)
    if config.option.quick and config.option.hypothesis_profile is None:
        settings.load_profile("quick")


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and config.option.verbose == 0 and not hasattr(config, "workerinput"):
        config.pluginmanager.register(ProgressLines(reporter, cost.read()))


def what_is_run(config: pytest.Config) -> str:
    """Say what is drawn, and how to draw it again."""
    if not config.option.quick:
        return "whole: every case of every sweep"
    seed = config.option.seed
    return (
        f"quick: sweeps are drawn by the seed {seed} (again: ./scripts/test --seed={seed}; all: ./scripts/test --whole)"
    )


def pytest_report_header(config: pytest.Config) -> list[str]:
    return [what_is_run(config), *chosen(config).header()]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left, items[:] = quick.apart(items)
    config.hook.pytest_deselected(items=left)
    costs = cost.read()
    items.sort(key=lambda item: -costs.get(item.nodeid.partition("::")[0], 0.0))
    for item in items:
        unit = item.nodeid.startswith(_UNIT)
        item.add_marker(pytest.mark.disable_socket if unit else pytest.mark.allow_hosts(LOOPBACK))
        if item.nodeid.startswith(_UNCOUNTED):
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish() -> None:
    # Twelve thousand tests and what they import stay to the end: no use in looking through them for garbage.
    gc.freeze()


METER = cost.Meter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report.__dict__["core_seconds"] = METER.read()  # what a report holds, a worker tells the process that started it
    return report


@pytest.fixture(autouse=True)
def isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide what the developer's shell says of Google, and where credentials would be looked for."""
    for name in list(os.environ):
        if name.startswith(("GOOGLE_", "GCLOUD_", "GCE_")) or name.endswith("_EMULATOR_HOST"):
            monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "no-credentials"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(nowhere / "absent.json"))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(nowhere))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "together"


@contextmanager
def required(name: str) -> Iterator[None]:
    """Skip, or fail, where an emulator is missing; the summary tells what was not tested on *name*."""
    try:
        yield
    except EmulatorMissing as missing:
        if os.environ.get("REQUIRE_EMULATOR") == "1":
            pytest.fail(f"REQUIRE_EMULATOR=1, but {missing}", pytrace=False)
        pytest.skip(f"NOT TESTED ON {name}: {missing}")


@pytest.fixture(scope="session")
def firestore_emulator() -> Iterator[FirestoreEmulator]:
    """Run Google's Firestore emulator for all tests; tests keep apart by their campaigns."""
    with required("FIRESTORE"), FirestoreEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def pubsub_emulator() -> Iterator[PubsubEmulator]:
    """Run Google's Pub/Sub emulator for all tests; tests keep apart by their topics."""
    with required("PUB/SUB"), PubsubEmulator() as emulator:
        yield emulator


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    costs: defaultdict[str, float] = defaultdict(float)
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        if isinstance(report, pytest.TestReport):
            costs[report.nodeid] += getattr(report, "core_seconds", 0.0)
    if config.option.keep_order:
        cost.write(cost.by_file(costs))
    terminalreporter.write_line(cost.told(costs))
    terminalreporter.write_line(what_is_run(config))
    if left := quick.left_for_another_day():
        terminalreporter.write_line(f"left for another day: {', '.join(left)}")
    say_what_was_not_tested(terminalreporter)
    failed = [report for report in terminalreporter.stats.get("failed", []) if "hypothesis" in report.keywords]
    if failed:
        terminalreporter.section("EXAMPLES THAT FAILED", sep="!", yellow=True, bold=True)
        for line in chosen(config).advice([report.nodeid for report in failed]):
            terminalreporter.write_line(line, yellow=True)


def say_what_was_not_tested(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it loudly, by reason: a green run without a browser has proved nothing of a page."""
    skipped = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    reasons = {why.removeprefix("Skipped: "): count for why, count in skipped.items() if "NOT TESTED" in why}
    if reasons:
        terminalreporter.section("NOT TESTED", sep="!", yellow=True, bold=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} × {reason}", yellow=True)
