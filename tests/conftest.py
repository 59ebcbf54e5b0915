"""
Isolate the tests: no network but loopback, none at all for unit tests, no credentials, no settings of this machine.

`firestore_emulator` and `pubsub_emulator` are Google's own. Without them the tests marked `emulator` are skipped, and
the summary says so; `REQUIRE_EMULATOR=1` makes that a failure.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import py_ecc
import pytest
from hypothesis import HealthCheck, settings

from prizedraw.adapters.google import arrival
from prizedraw.rehearsal.google.emulators import EmulatorMissing, FirestoreEmulator
from prizedraw.rehearsal.google.pubsub import PubsubEmulator

# Loopback is there. What a network does that comes late is tried in its own test.
arrival.GOOGLE.skip()
arrival.OUTSIDE.skip()

# Importing py_ecc raises the limit to 100,000; JSON nested that deep would end the tests' process.
assert py_ecc
sys.setrecursionlimit(1_000)

# An example takes as long as the machine is busy; whatever hangs ends by the limit of its test.
settings.register_profile("prizedraw", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("prizedraw")

LOOPBACK = ["127.0.0.1", "::1", "localhost"]
_UNIT = Path(__file__).parent / "unit"


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested, by reason: a green run without a browser has proved nothing of a page."""
    skipped = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    reasons = {why.removeprefix("Skipped: "): count for why, count in skipped.items() if "NOT TESTED" in why}
    if reasons:
        terminalreporter.section("NOT TESTED", sep="!", yellow=True, bold=True)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} × {reason}", yellow=True)
