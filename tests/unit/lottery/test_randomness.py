"""The three kinds of randomness: read from the rules and from the record, and in no form but the specified one."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prizedraw.lottery.randomness import (
    QUICKNET,
    Drand,
    DrandValue,
    Hsm,
    HsmValue,
    Source,
    Value,
    Ward,
    WardValue,
    is_public,
    source_of,
    value_of,
)

OTHER = Drand(chain="ab" * 32, public_key=bytes(96), period=1, genesis=1_700_000_000)
SIGNATURE = bytes.fromhex(
    "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"
)
AT = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
GIVEN = WardValue(text=" 第3842号　", given_by="新宿区", given_at=AT)


class TestTheRules:
    @pytest.mark.parametrize("source", [QUICKNET, OTHER, Ward(), Hsm()], ids=lambda source: type(source).__name__)
    def test_say_where_it_will_come_from(self, source: Source) -> None:
        assert source_of(source.to_json()) == source

    @pytest.mark.parametrize(
        "change",
        [
            {"period": 0},
            {"period": -3},
            {"period": True},
            {"period": "3"},
            {"genesis": -1},
            {"genesis": 1.5},
            {"chain": "AB" * 32},
            {"chain": "ab" * 31},
            {"public_key": "00" * 95},
            {"public_key": "00" * 97},
            {"kind": "DRAND"},
            {"scheme": "bls-unchained-g1-rfc9380"},
        ],
        ids=str,
    )
    def test_of_a_chain_are_read_to_the_letter(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - bare: what was read is never repeated
            source_of({**OTHER.to_json(), **change})

    @pytest.mark.parametrize("change", [{"public_key": bytes(96)}, {"period": 4}, {"genesis": QUICKNET.genesis + 1}])
    def test_call_no_chain_quicknet_that_is_not(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            source_of(replace(QUICKNET, **change).to_json())

    @pytest.mark.parametrize(
        "value", [None, [], "drand", 7, {}, {"kind": "coin"}, {"kind": "ward", "by": "x"}, {"kind": "hsm", "key": ""}]
    )
    def test_know_no_other_kind(self, value: Any) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            source_of(value)

    def test_are_of_something_public_unless_somebody_may_own_the_chain(self) -> None:
        assert [is_public(source) for source in (QUICKNET, Ward(), Hsm(), OTHER)] == [True, True, True, False]


class TestRounds:
    @pytest.mark.parametrize(
        ("seconds", "round"), [(0, 1), (1, 2), (2, 2), (3, 2), (4, 3), (122, 42), (123, 42), (124, 43)]
    )
    def test_the_first_at_or_after_the_draw_counts(self, seconds: int, round: int) -> None:
        assert QUICKNET.round(datetime.fromtimestamp(QUICKNET.genesis + seconds, UTC)) == round

    def test_of_quicknet_began_when_drand_says(self) -> None:
        """https://api.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971/info."""
        began = datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC)
        assert [QUICKNET.round(began + timedelta(seconds=after)) for after in (0, 1, 3, 4)] == [1, 2, 2, 3]

    def test_are_counted_in_the_chain_s_own_period(self) -> None:
        chain = replace(OTHER, period=30)
        assert chain.round(datetime.fromtimestamp(OTHER.genesis + 31, UTC)) == 3


def signed(signature: bytes) -> dict[str, str]:
    """Return a signature with the value that follows from it."""
    return {"signature": signature.hex(), "value": hashlib.sha256(signature).hexdigest()}


class TestTheRecord:
    @pytest.mark.parametrize(
        "value", [DrandValue(42, SIGNATURE), DrandValue(1, SIGNATURE), GIVEN, HsmValue(bytes(range(32)))]
    )
    def test_says_what_came(self, value: Value) -> None:
        assert value_of(value.to_json()) == value

    def test_of_quicknet_s_round_42_holds_the_hash_of_its_signature(self) -> None:
        """https://api.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971/public/42."""
        assert DrandValue(42, SIGNATURE).value.hex() == hashlib.sha256(SIGNATURE).hexdigest()
        assert DrandValue(42, SIGNATURE).value.hex().startswith("8ada64bae5c6c0f5540a6a13af56e663240edfbd")

    def test_of_a_ward_s_text_keys_the_seed_by_its_bytes_and_strips_nothing(self) -> None:
        assert GIVEN.value == " 第3842号　".encode()

    @pytest.mark.parametrize(
        "change",
        [
            {"round": 0},
            {"round": True},
            {"value": "ab" * 32},
            {"value": SIGNATURE.hex()},
            signed(b"\xab" * 47),
            signed(b"\xab" * 49),
            {"previous": ""},
        ],
        ids=str,
    )
    def test_of_a_round_is_read_to_the_letter(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            value_of({**DrandValue(42, SIGNATURE).to_json(), **change})

    @pytest.mark.parametrize(
        "value",
        [
            None,
            {"kind": "coin", "value": "ab" * 32},
            {"kind": "hsm", "value": "ab" * 31},
            {"kind": "hsm", "value": "ab" * 33},
            {"kind": "hsm", "value": "ab" * 32, "asked_at": "2026-03-02T01:05:00Z"},
            {**GIVEN.to_json(), "value": ""},
            {**GIVEN.to_json(), "given_by": ""},
            {**GIVEN.to_json(), "given_at": "2026-03-02T10:05:00+09:00"},
            {"kind": "ward", "value": "1"},
        ],
        ids=str,
    )
    def test_of_no_other_form_is_read(self, value: Any) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            value_of(value)
