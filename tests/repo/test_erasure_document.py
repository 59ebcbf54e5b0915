"""docs/erasure.md: names every field, kind and state, and its example is the report in tests/vectors/erasure-2."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import rfc8785
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from prizedraw.erasure.attested import TEXT
from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.erasure.report import SPEC, Report
from prizedraw.erasure.state import Overall, PlaceState
from support import scripts

ROOT = Path(__file__).resolve().parents[2]
VECTOR = ROOT / "tests/vectors/erasure-2"
DATA = (VECTOR / "002-report.json").read_bytes()
DOCUMENT = (ROOT / "docs/erasure.md").read_text(encoding="utf-8")
SECTIONS = {part.split("\n", 1)[0]: part for part in re.split(r"^##+ ", DOCUMENT, flags=re.MULTILINE)}
VALUES = dict(re.findall(r"^\| `([^`]+)` \| `(\w{64})` \|$", DOCUMENT, re.MULTILINE))


def named(section: str, header: str) -> set[str]:
    """Return what the first column of a table names; the table is told by its *header*."""
    table = SECTIONS[section].split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return {
        name for cell in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for name in re.findall("`(.+?)`", cell)
    }


def test_every_field_is_specified() -> None:
    value = json.loads(DATA)
    assert named("2. The report", "field") == set(value)
    assert named("3. Places", "field") == set(value["places"][0])
    for name in (
        "addressee",
        "contract",
        "contractor",
        "handling",
        "people",
        "processors",
        "kept",
        "versions",
        "journal",
    ):
        part = value[name][0] if isinstance(value[name], list) else value[name]
        listed = re.findall(rf"^\| `{name}` \| `{{(.+?)}}`", DOCUMENT, re.MULTILINE)
        assert [set(fields.split(", ")) for fields in listed] == [set(part)]


def test_every_kind_and_state_is_specified() -> None:
    assert named("3. Places", "kind") == set(PlaceKind)
    assert named("3. Places", "state") == set(PlaceState)
    assert named("4. The state of the whole", "`state`") == set(Overall)
    assert f"`{SPEC}`" in SECTIONS["2. The report"]


def test_the_places_that_are_listed_are_the_product_s_and_the_verifier_s() -> None:
    section = SECTIONS["3.1 Which places there are"]
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", section, re.MULTILINE))
    assert listed == {place.id: place.kind.value for place in PLACES} == scripts.load("verify_erasure").LISTED


def test_what_no_report_lacks_is_in_the_vector_and_in_the_product() -> None:
    verifier, value = scripts.load("verify_erasure"), json.loads(DATA)
    for places in ({p["id"]: p["kind"] for p in value["places"]}, {p.id: p.kind.value for p in PLACES}):
        assert set(verifier.LEAST) <= set(places)
        assert set(verifier.LEAST_KINDS) <= set(places.values())


def test_the_characters_that_no_text_holds_are_those_that_are_listed() -> None:
    listed = re.search(r"\(U\+([0-9A-F–, ]+)\)", SECTIONS["1.1 Conventions"])
    assert listed is not None
    ranges = [part.split("–") for part in listed[1].split(", ")]
    forbidden = {code for ends in ranges for code in range(int(ends[0], 16), int(ends[-1], 16) + 1)}
    assert {code for code in range(0x11000) if not TEXT.fullmatch(chr(code))} == forbidden


def test_the_example_is_the_vector() -> None:
    der = load_pem_public_key((VECTOR / "evidence.pem").read_bytes()).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    for name in ("002-report.json", "003-report.json"):
        assert VALUES[name] == hashlib.sha256((VECTOR / name).read_bytes()).hexdigest()
    assert VALUES["evidence_key"] == hashlib.sha256(der).hexdigest() == json.loads(DATA)["evidence_key"]


def test_the_journal_of_the_vector_is_hashed_as_specified() -> None:
    data = (VECTOR / "journal.jsonl").read_bytes()
    rows = [json.loads(line) for line in data.splitlines()]
    assert json.loads(DATA)["journal"] == {"rows": len(rows), "hash": hashlib.sha256(data).hexdigest()}
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert data == b"".join(rfc8785.dumps(row) + b"\n" for row in rows)
    told = re.search(r"^(\{\"action\".+\})$", SECTIONS["2.1 The journal's hash"], re.MULTILINE)
    assert told is not None
    shown = json.loads(told[1])
    assert rfc8785.dumps(shown).decode() == told[1]
    assert set(shown) == set().union(*rows) | {"times"}


def test_the_first_version_s_vector_is_named() -> None:
    first = ROOT / "tests/vectors/erasure"
    section = SECTIONS["9. The first version"]
    assert hashlib.sha256((first / "001-report.json").read_bytes()).hexdigest() in section
    assert json.loads((first / "001-report.json").read_bytes())["evidence_key"] in section


def test_our_code_reads_the_vector_and_writes_it_again() -> None:
    assert Report.from_bytes(DATA).to_bytes() == DATA


def test_the_vector_is_verified_and_the_last_line_is_as_shown() -> None:
    shown = re.search(r"^(ACCEPTED; .+), …$", DOCUMENT, re.MULTILINE)
    assert shown is not None
    script = [sys.executable, "-I", str(ROOT / "scripts/verify_erasure.py"), str(VECTOR / "002-report.json")]
    command = [*script, "--evidence-key", VALUES["evidence_key"], "--at", "2026-03-27T01:00:00Z"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith(shown[1])
    assert done.stdout.splitlines()[-1].endswith("; proven")
