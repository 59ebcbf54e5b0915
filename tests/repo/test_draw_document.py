"""docs/draw.md: its worked example is the vector 2-5-ward, and every number in it is recomputed here."""

import hashlib
import hmac
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from prizedraw.adapters.storage.published import SIGNATURE_KEY
from prizedraw.lottery.forfeit_file import ForfeitFile
from prizedraw.lottery.randomness import QUICKNET
from prizedraw.lottery.randomness_file import RandomnessFile
from prizedraw.lottery.restored_file import RestoredFile
from prizedraw.records.fulfilment import Why
from support import scripts

ROOT = Path(__file__).resolve().parents[2]
VECTOR = ROOT / "tests/vectors/draw/2-5-ward"
DOCUMENT = (ROOT / "docs/draw.md").read_text(encoding="utf-8")
EXAMPLE = DOCUMENT[DOCUMENT.index("## 4. Worked example") : DOCUMENT.index("## 5. Verify")]
VALUES = dict(re.findall(r"^\| ([^|]+) \| `([^`]+)` \|$", EXAMPLE, re.MULTILINE))
RANKED = re.findall(r"^\| `(\w{26})` \| ([A-Z,]+) \| `(\w{64})` \| (\w) (\w+) (\d+) \|$", EXAMPLE, re.MULTILINE)


def mac(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("name", ["rules.json", "pool.txt", "commitment.json"])
def test_hashes_are_those_of_the_vector(name: str) -> None:
    assert VALUES[f"SHA-256(`{name}`)"] == hashlib.sha256((VECTOR / name).read_bytes()).hexdigest()


def test_the_pool_is_the_vectors_to_the_byte() -> None:
    assert re.findall(r"```text\n(.*?)```", EXAMPLE, re.DOTALL) == [(VECTOR / "pool.txt").read_text(encoding="ascii")]


def test_the_seed_follows_from_text_and_commitment() -> None:
    text = VALUES["the ward's text"]
    assert text == json.loads((VECTOR / "record.json").read_bytes())["randomness"]["value"]
    assert VALUES["its UTF-8"] == text.encode().hex()
    assert VALUES["`seed`"] == mac(text.encode(), bytes.fromhex(VALUES["SHA-256(`commitment.json`)"]))


def test_the_ranks_follow_from_the_seed_and_ascend() -> None:
    seed = bytes.fromhex(VALUES["`seed`"])
    ranks = [rank for _, _, rank, *_ in RANKED]
    assert ranks == [mac(seed, label.encode() + b"\x01") for label, *_ in RANKED]
    assert ranks == sorted(ranks)


def test_the_table_holds_the_whole_pool_with_its_prizes() -> None:
    lines = sorted(f"{label}\t{prizes}\n" for label, prizes, *_ in RANKED)
    assert "".join(lines) == (VECTOR / "pool.txt").read_text(encoding="ascii")


def test_the_places_are_those_of_the_record() -> None:
    places = {(prize, f"{kind}s", int(number) - 1): label for label, _, _, prize, kind, number in RANKED}
    awards = json.loads((VECTOR / "record.json").read_bytes())["awards"]
    assert places == {
        (award["prize"], kind, i): label
        for award in awards
        for kind in ("winners", "reserves")
        for i, label in enumerate(award[kind])
    }


def test_the_prizes_are_those_of_the_rules() -> None:
    shown = re.findall(r"\b([A-Z]) \((\d+)(?: winners)?, (\d+)(?: reserves)?\)", EXAMPLE)
    prizes = json.loads((VECTOR / "rules.json").read_bytes())["prizes"]
    assert [(p["id"], str(p["quantity"]), str(p["reserves"])) for p in prizes] == shown


@pytest.mark.parametrize("file", ["rules.json", "commitment.json", "record.json"])
def test_every_field_of_the_files_is_specified(file: str) -> None:
    section = re.split(r"^#+ ", DOCUMENT, flags=re.MULTILINE)
    table = next(part for part in section if f"`{file}`\n" in part.split("\n\n")[0] + "\n")
    specified = {
        name for cell in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }
    # Rules of before 2026-11-29, as the vector's are, do not say until when claims are possible.
    assert specified - {"claims_until"} == set(json.loads((VECTOR / file).read_bytes()))


def test_the_commands_by_hand_use_the_examples_values() -> None:
    by_hand = DOCUMENT[DOCUMENT.index("By hand") : DOCUMENT.index("## 6.")]
    assert f"'{VALUES['the ward' + chr(39) + 's text']}'" in by_hand
    assert f"'{RANKED[0][0]}\\001'" in by_hand
    assert f"hexkey:{VALUES['`seed`']}" in by_hand


def test_the_chain_that_is_pinned_is_the_product_s_and_the_verifier_s() -> None:
    section = DOCUMENT[DOCUMENT.index("## 2. Randomness") : DOCUMENT.index("## 3. Seed")]
    rows = dict(re.findall(r"^\| `(chain|public_key)` \| `(\w+)` \|$", section, re.MULTILINE))
    [numbers] = re.findall(r"^\| `period`, `genesis` \| `(\d+)`, `(\d+)` \|$", section, re.MULTILINE)
    pinned = {"kind": "drand", **rows, "period": int(numbers[0]), "genesis": int(numbers[1])}
    assert pinned == QUICKNET.to_json() == scripts.load("verify_draw").QUICKNET


def test_every_field_of_what_the_hardware_gave_is_specified() -> None:
    section = DOCUMENT[DOCUMENT.index("### 2.1 `randomness.json`") : DOCUMENT.index("## 3. Seed")]
    table = "".join(re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE))
    specified = {"spec", "kind", *(field.name for field in fields(RandomnessFile))}
    assert set(re.findall(r"`(\w+)`", table)) == specified == scripts.load("verify_draw").RANDOMNESS.keys()


def test_the_name_of_the_metadata_that_holds_a_signature_is_the_adapter_s() -> None:
    assert f"`{SIGNATURE_KEY}`" in DOCUMENT


def test_the_options_of_the_anchor_are_the_verifier_s() -> None:
    section = DOCUMENT[DOCUMENT.index("### 5.1 The anchor") : DOCUMENT.index("By hand")]
    assert set(scripts.load("verify_draw").NEEDED) < set(re.findall(r"`(--[a-z-]+)", section))


@pytest.mark.parametrize(("number", "kind"), [(0, ForfeitFile), (1, RestoredFile)])
def test_every_field_of_a_forfeit_and_of_a_return_is_specified(
    number: int, kind: type[ForfeitFile | RestoredFile]
) -> None:
    section = DOCUMENT[DOCUMENT.index("### 1.6 `forfeits/<label>.json`") : DOCUMENT.index("### 1.7")]
    table = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)[number]
    cells = "".join(re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", cells)) == {"spec", *(field.name for field in fields(kind))}


def test_every_reason_of_a_forfeit_is_specified() -> None:
    reasons = next(line for line in DOCUMENT.splitlines() if line.startswith("| `why`"))
    assert re.findall(r"`(\w+)`", reasons)[1:] == [why.value for why in Why]
