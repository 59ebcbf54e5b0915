"""Which Python a machine offers: the machines are folders of stand-ins that say which version they are."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FIND = ROOT / "scripts" / "find_python"
# Each answers the two questions of the script: which version, and whether it makes environments.
WELL = '#!/bin/sh\ncase "$3" in *version_info*) echo {version} ;; esac\n'
BARE = '#!/bin/sh\ncase "$3" in *version_info*) echo {version} ;; *) echo "No module" >&2; exit 1 ;; esac\n'
PYENV = "." + "pyenv/versions/3.13.0"
LAUNCHER = '#!/bin/sh\necho "pyenv: python{version}: command not found" >&2\nexit 127\n'


class Machine:
    """A home and a PATH with nothing in it but what a test puts there, and the shell's own tools."""

    def __init__(self, folder: Path) -> None:
        self.home, self.first, self.second = folder / "home", folder / "first", folder / "second"
        for path in (self.home, self.first, self.second):
            path.mkdir()
        tools = folder / "tools"
        tools.mkdir()
        for tool in ("bash", "env", "sh"):
            (tools / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
        self.path = f"{self.first}:{self.second}:{tools}"

    def put(self, file: Path, kind: str, version: str) -> str:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(kind.format(version=version), encoding="utf-8")
        file.chmod(0o755)
        return str(file)

    def find(self, *versions: str) -> tuple[str, str]:
        """Return what the script prints, and what it complains of."""
        environ = {"PATH": self.path, "HOME": str(self.home)}
        done = subprocess.run([FIND, *versions], env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == bool(done.stdout)
        return done.stdout.strip(), done.stderr.strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_version_that_is_there_wins(machine: Machine) -> None:
    machine.put(machine.first / "python3.11", WELL, "3.11")
    newer = machine.put(machine.second / "python3.12", WELL, "3.12")
    assert machine.find("3.13", "3.12", "3.11") == (newer, "")


def test_a_name_without_a_number_will_do(machine: Machine) -> None:
    found = machine.put(machine.first / "python3", WELL, "3.14")
    assert machine.find("3.13", "3.14") == (found, "")


def test_a_name_that_lies_is_passed_over(machine: Machine) -> None:
    machine.put(machine.first / "python3.13", WELL, "3.9")
    found = machine.put(machine.second / "python3.13", WELL, "3.13")
    assert machine.find("3.13") == (found, "")


@pytest.mark.parametrize("kept", [PYENV, ".local/share/uv/python/cpython-3.13.9-linux-x86_64-gnu"])
def test_behind_a_launcher_that_does_not_start_one_looks_where_it_keeps_them(kept: str, machine: Machine) -> None:
    machine.put(machine.first / "python3.13", LAUNCHER, "3.13")
    found = machine.put(machine.home / kept / "bin/python3", WELL, "3.13")
    assert machine.find("3.13", "3.12") == (found, "")


def test_debian_s_without_venv_is_passed_over_for_another(machine: Machine) -> None:
    machine.put(machine.first / "python3.13", BARE, "3.13")
    found = machine.put(machine.first / "python3.12", WELL, "3.12")
    assert machine.find("3.13", "3.12") == (found, "")


def test_with_debian_s_alone_the_package_is_named(machine: Machine) -> None:
    machine.put(machine.first / "python3", BARE, "3.13")
    nothing, complaint = machine.find("3.13", "3.12")
    assert nothing == ""
    assert complaint.endswith("apt-get install python3.13-venv")


def test_on_a_machine_without_any_nothing_is_found(machine: Machine) -> None:
    assert machine.find("3.13", "3.14") == ("", "")
