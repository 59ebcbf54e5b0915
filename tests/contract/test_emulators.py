"""How the emulators are found, started, emptied and stopped."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prizedraw.adapters.firestore.database import Database
from prizedraw.ports import Create
from prizedraw.records.lottery import Freezing
from prizedraw.rehearsal.google.emulators import EmulatorMissing, FirestoreEmulator, sdk_script
from prizedraw.runtime.settings import Settings

COMPONENT = "cloud-firestore-emulator"
NAME = "cloud_firestore_emulator"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the script of an SDK lies that has everything but the script."""
    monkeypatch.setenv("CLOUDSDK_ROOT_DIR", str(tmp_path))
    monkeypatch.setenv("JAVA", "true")
    script = tmp_path / "platform" / COMPONENT / NAME
    script.parent.mkdir(parents=True)
    return script


def install(script: Path, text: str) -> None:
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)


def answers(host: str) -> bool:
    name, _, port = host.partition(":")
    try:
        socket.create_connection((name, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def falls_silent(host: str, within: float) -> bool:
    deadline = time.monotonic() + within
    while answers(host) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not answers(host)


class TestFinding:
    def test_without_an_sdk_names_what_to_install(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("CLOUDSDK_ROOT_DIR", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(EmulatorMissing, match="Google Cloud SDK"):
            sdk_script(COMPONENT, NAME)

    def test_without_the_component_names_the_command(self, script: Path) -> None:
        assert not script.exists()
        with pytest.raises(EmulatorMissing, match="gcloud components install cloud-firestore-emulator"):
            sdk_script(COMPONENT, NAME)

    def test_without_java_says_so(self, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        install(script, "exit 0")
        monkeypatch.setenv("JAVA", "no-such-java")
        with pytest.raises(EmulatorMissing, match="Java"):
            sdk_script(COMPONENT, NAME)

    def test_asks_gcloud_where_the_sdk_is(self, script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        install(script, "exit 0")
        gcloud = tmp_path / "bin" / "gcloud"
        gcloud.parent.mkdir()
        install(gcloud, f"echo {tmp_path}")
        monkeypatch.delenv("CLOUDSDK_ROOT_DIR")
        monkeypatch.setenv("PATH", f"{gcloud.parent}:/usr/bin:/bin")
        assert sdk_script(COMPONENT, NAME) == script


class TestRunning:
    def test_what_does_not_start_is_told_with_what_it_printed(self, script: Path) -> None:
        install(script, "echo this Java is too old; exit 3")
        with pytest.raises(RuntimeError, match="this Java is too old"):
            FirestoreEmulator().__enter__()

    def test_the_children_of_the_script_end_with_it(self, script: Path) -> None:
        install(script, f"{sys.executable} -m http.server --bind 127.0.0.1 ${{3#--port=}}")
        with FirestoreEmulator() as emulator:
            assert answers(emulator.host)
        assert falls_silent(emulator.host, within=60)

    def test_it_ends_though_whoever_runs_it_is_killed(self, script: Path) -> None:
        install(script, f"{sys.executable} -m http.server --bind 127.0.0.1 ${{3#--port=}}")
        run = "from prizedraw.rehearsal.google.emulators import FirestoreEmulator as E; import os; "
        run += "e = E().__enter__(); "
        killed = subprocess.run(
            [sys.executable, "-c", run + "print(e.host, flush=True); os.kill(os.getpid(), 9)"],
            capture_output=True,
            text=True,
            check=False,
        )
        host = killed.stdout.strip()
        assert host.startswith("127.0.0.1:"), killed.stderr
        assert falls_silent(host, within=60)

    @pytest.mark.emulator
    def test_a_wipe_empties_the_named_databases(
        self, firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator.host)
        names = {"CAMPAIGN": "rally", "GOOGLE_CLOUD_PROJECT": "wiped", "LOCATION": "-", "SCHEDULER_ACCOUNT": "-"}
        for database in ("sealed", "state", "kept"):
            Database(Settings.from_env(names), database).commit([Create(Freezing("current", began_at=database))])
        emulator = FirestoreEmulator(project="wiped")
        emulator.server.host = firestore_emulator.host
        assert emulator.dump("state") == {"campaigns/rally/freezing/current": {"began_at": "state"}}
        emulator.wipe()
        assert [emulator.dump(database) for database in ("sealed", "state")] == [{}, {}]
        assert emulator.dump("kept") == {"campaigns/rally/freezing/current": {"began_at": "kept"}}
