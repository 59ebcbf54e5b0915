"""`randomness.json`: written as it is specified, and read in no other way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785

from prizedraw.errors import Broken
from prizedraw.lottery.randomness_file import NAME, RandomnessFile

FILE = RandomnessFile(
    campaign="rally-2026",
    commitment_hash="ab" * 32,
    value=bytes(range(32)),
    asked_at=datetime(2026, 3, 2, 4, 10, tzinfo=UTC),
)
DATA = (
    b'{"asked_at":"2026-03-02T04:10:00Z","campaign":"rally-2026","commitment_hash":"' + b"ab" * 32 + b'",'
    b'"kind":"hsm","spec":"prizedraw/1","value":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}'
)


def test_is_written_to_the_byte_and_read_back() -> None:
    assert FILE.to_bytes() == DATA
    assert RandomnessFile.from_bytes(DATA) == FILE


@pytest.mark.parametrize(
    "change",
    [
        {"spec": "prizedraw/2"},
        {"kind": "ward"},
        {"kind": "drand"},
        {"campaign": ""},
        {"commitment_hash": "AB" * 32},
        {"commitment_hash": "ab" * 31},
        {"value": "00" * 31},
        {"value": "00" * 33},
        {"value": "0A" * 32},
        {"value": None},
        {"asked_at": "2026-03-02T04:10:00.5Z"},
        {"asked_at": "2026-03-02T13:10:00+09:00"},
        {"asked_at": "2026-02-30T04:10:00Z"},
        {"tries": 14},
    ],
    ids=str,
)
def test_anything_else_is_an_alarm(change: dict[str, Any]) -> None:
    with pytest.raises(Broken) as caught:
        RandomnessFile.from_bytes(rfc8785.dumps(json.loads(DATA) | change))
    assert NAME in caught.value.sentence


@pytest.mark.parametrize("field", ["spec", "kind", "campaign", "commitment_hash", "value", "asked_at"])
def test_every_field_is_needed(field: str) -> None:
    fields = json.loads(DATA)
    del fields[field]
    with pytest.raises(Broken):
        RandomnessFile.from_bytes(rfc8785.dumps(fields))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", DATA + b"\n", DATA.replace(b":", b": "), b"junk"])
def test_another_spelling_is_an_alarm(data: bytes) -> None:
    with pytest.raises(Broken):
        RandomnessFile.from_bytes(data)


@pytest.mark.parametrize("value", [b"", bytes(31), bytes(33)])
def test_what_would_not_be_as_specified_is_not_written(value: bytes) -> None:
    with pytest.raises(Broken):
        RandomnessFile(campaign="c", commitment_hash="ab" * 32, value=value, asked_at=FILE.asked_at).to_bytes()
