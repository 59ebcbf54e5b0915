"""The commands of docs/draw.md with which a draw is checked by hand: they run as they stand, and give what it says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs/draw.md").read_text(encoding="utf-8")
WARD = ROOT / "tests/vectors/draw/2-5-ward"

needs = pytest.mark.skipif(
    shutil.which("openssl") is None or shutil.which("xxd") is None, reason="NOT TESTED: openssl or xxd is not installed"
)


def commands() -> str:
    found = re.search(r"^By hand, with OpenSSL 3.*?```sh\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def run(lines: str, folder: Path) -> list[str]:
    done = subprocess.run(["/bin/bash", "-ec", lines], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def value_of(row: str) -> str:
    found = re.search(rf"^\| {re.escape(row)} \| .*?`([0-9a-f]{{64}})`", DOCUMENT, re.MULTILINE)
    assert found is not None, row
    return found[1]


@needs
def test_they_give_the_values_of_the_worked_example() -> None:
    said = run(commands(), WARD)
    hashes = [re.findall(r"[0-9a-f]{64}", line) for line in said]
    rules = (WARD / "rules.json").read_text("utf-8")
    key = re.search(r'"evidence_key":"([0-9a-f]{64})"', rules)
    assert key is not None
    files = [value_of(f"SHA-256(`{name}`)") for name in ("rules.json", "pool.txt", "commitment.json")]
    rank = re.search(r"^\| `4121qg8ab0r2f920p7jnz1kw2g` \| A,B,W \| `([0-9a-f]{64})`", DOCUMENT, re.MULTILINE)
    assert rank is not None
    expected = [[files[0]], [files[1]], [files[2]], [key[1]], [], [value_of("`seed`")], [rank[1]]]
    assert hashes == expected
    assert said[4] == "Verified OK"


@needs
@pytest.mark.parametrize("name", ["record.json", "record.json.sig"])
def test_the_signature_of_what_was_changed_is_not_verified(name: str, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(WARD, tmp_path / "copy"))
    data = (copy / name).read_bytes()
    (copy / name).write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
    [line] = [line for line in commands().splitlines() if "-verify" in line]
    done = subprocess.run(["/bin/bash", "-c", line], cwd=copy, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode != 0
    assert "Verified OK" not in done.stdout
