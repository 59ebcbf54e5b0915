"""
Isolate the tests: no network but loopback, none at all for unit tests, no credentials, no settings of this machine.

`firestore_emulator` and `pubsub_emulator` are Google's own. Without them the tests marked `emulator` are skipped, and
the summary says so; `REQUIRE_EMULATOR=1` makes that a failure.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import py_ecc
import pytest

# Before any of them is imported: what a helper asserts is then explained as what a test asserts.
pytest.register_assert_rewrite("support", "infra")

# ruff: noqa: E402

from prizedraw.adapters.google import arrival
from prizedraw.rehearsal.google.emulators import EmulatorMissing, FirestoreEmulator
from prizedraw.rehearsal.google.pubsub import PubsubEmulator
from support.properties import Chosen, register_profiles

# Loopback is there. What a network does that comes late is tried in its own test.
arrival.GOOGLE.skip()
arrival.OUTSIDE.skip()

# Importing py_ecc raises the limit to 100,000; JSON nested that deep would end the tests' process.
assert py_ecc
sys.setrecursionlimit(1_000)

register_profiles()

LOOPBACK = ["127.0.0.1", "::1", "localhost"]
MISSING = pytest.StashKey[dict[str, str]]()
"""By what is not tested, what to install."""
_UNIT = Path(__file__).parent / "unit"


def chosen(config: pytest.Config) -> Chosen:
    """Return what the command says of Hypothesis."""
    return Chosen(config.getoption("hypothesis_profile"), config.getoption("hypothesis_seed"))


# Before Hypothesis reads it, and before processes start.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.option.hypothesis_seed = chosen(config).on().seed


def pytest_report_header(config: pytest.Config) -> list[str]:
    return chosen(config).header()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        unit = item.path.is_relative_to(_UNIT)
        item.add_marker(pytest.mark.disable_socket if unit else pytest.mark.allow_hosts(LOOPBACK))


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
def required(config: pytest.Config, name: str) -> Iterator[None]:
    """Skip, or fail, where an emulator is missing; the summary tells what was not tested on *name*."""
    try:
        yield
    except EmulatorMissing as missing:
        config.stash.setdefault(MISSING, {})[name] = str(missing)
        if os.environ.get("REQUIRE_EMULATOR") == "1":
            pytest.fail(f"REQUIRE_EMULATOR=1, but {missing}", pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def firestore_emulator(pytestconfig: pytest.Config) -> Iterator[FirestoreEmulator]:
    """Run Google's Firestore emulator for all tests; tests keep apart by their campaigns."""
    with required(pytestconfig, "FIRESTORE"), FirestoreEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def pubsub_emulator(pytestconfig: pytest.Config) -> Iterator[PubsubEmulator]:
    """Run Google's Pub/Sub emulator for all tests; tests keep apart by their topics."""
    with required(pytestconfig, "PUB/SUB"), PubsubEmulator() as emulator:
        yield emulator


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, missing in config.stash.get(MISSING, {}).items():
        terminalreporter.section(f"NOT TESTED ON {name}", sep="!", yellow=True, bold=True)
        terminalreporter.write_line(f"The tests marked `emulator` did not run: {missing}", yellow=True)
    failed = [report for report in terminalreporter.stats.get("failed", []) if "hypothesis" in report.keywords]
    if failed:
        terminalreporter.section("EXAMPLES THAT FAILED", sep="!", yellow=True, bold=True)
        for line in chosen(config).advice([report.nodeid for report in failed]):
            terminalreporter.write_line(line, yellow=True)
