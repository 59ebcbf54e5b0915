"""The page's code finds what program and verifier find: on vectors, draws at random, changed bytes."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from prizedraw.fulfilment import holder_number
from prizedraw.typed.crockford import SMALL
from support import page, scripts

ROOT = Path(__file__).resolve().parents[2]
VECTORS = sorted(path for path in (ROOT / "tests/vectors/draw").iterdir() if path.is_dir())
NOW = "2026-06-01T00:00:00Z"
VERIFY_DRAW = scripts.load("verify_draw")


@pytest.fixture(scope="module", autouse=True)
def built() -> Path:
    return page.built()


def test_the_same_sources_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    first = built.read_bytes()
    again = tmp_path / "again.html"
    subprocess.run([ROOT / "scripts/build_page", again], check=True, capture_output=True)
    assert again.read_bytes() == first


def test_without_a_network_the_build_fails_with_a_sentence(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    (copy / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/build_page", copy / "scripts/build_page")
    shutil.copytree(ROOT / "shared/verify_page", copy / "shared/verify_page")
    nowhere = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_cache": str(tmp_path / "cache")}
    done = subprocess.run(
        [copy / "scripts/build_page"],
        env={**os.environ, **nowhere},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(
        "verify.html was not built: the packages that package-lock.json pins cannot be fetched"
    )
    assert not (copy / ".build/verify_page/verify.html").exists()


@pytest.mark.parametrize("folder", VECTORS, ids=lambda path: path.name)
def test_the_vectors_are_accepted(folder: Path) -> None:
    said = json.loads(page.run("check_folders.mjs", "--at", NOW, str(folder)))
    assert (said["refused"], said["unchecked"]) == (None, ["randomness"] if folder.name == "1-0-hsm" else [])
    assert said["seed"] == json.loads((folder / "record.json").read_bytes())["seed"]


def test_thirty_draws_at_random_agree_bit_by_bit(tmp_path: Path) -> None:
    kinds = page.compare(tmp_path, range(30))
    assert set(kinds) == {"drand", "ward", "hsm"}


def test_who_wins_is_as_even_as_chance() -> None:
    """With seeds that are always the same, so that it is the same number each time."""
    _, chance = page.fairness(2000)
    assert chance > 0.01


def test_any_changed_byte_is_refused_at_the_step_at_which_the_verifier_refuses_it() -> None:
    refused = json.loads(page.run("change_bytes.mjs", str(VECTORS[1]), NOW))
    steps = {name: set(found) for name, found in refused.items()}
    assert steps == {
        "rules.json": {"rules-form", "commitment-form", "rules-hash"},
        "pool.txt": {"pool-hash"},
        "commitment.json": {"commitment-form", "rules-hash", "freeze-time", "pool-hash", "counts", "commitment-hash"},
        "record.json": {
            "record-form", "commitment-hash", "draw-time", "randomness", "seed", "awards", "signatures",
        },
        "evidence.pem": {"evidence-key"},
        "rules.json.sig": {"signatures"},
        "commitment.json.sig": {"signatures"},
        "record.json.sig": {"signatures"},
    }  # fmt: skip


def test_a_number_is_written_and_read_as_the_mails_write_it() -> None:
    chance = random.Random(1)
    labels = ["".join(chance.choices(SMALL, k=26)) for _ in range(500)]
    said = json.loads(page.run("write_numbers.mjs", given="\n".join(labels)))
    assert [one["number"] for one in said] == [holder_number.number_of(label) for label in labels]
    assert [one["read"]["prefix"] for one in said] == [label[:8] for label in labels]
