"""The published files: strict JSON, the fields of each, the times and hashes that follow from them."""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785

from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import NOT_CANONICAL, UNWRITABLE, canonical, read_canonical, sha256_hex
from prizedraw.lottery.awards import Award, Prize
from prizedraw.lottery.draw_time import postpone
from prizedraw.lottery.files import MALFORMED, Commitment, DrawRecord, Rules, quiz_hash
from prizedraw.lottery.randomness import QUICKNET, Drand, DrandValue, Hsm, HsmValue, Ward, WardValue, value_of


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


HASH = "ab" * 32
LABEL, OTHER = "0" * 26, "z" * 26
RULES = Rules(
    campaign="shinjuku-rally-2026",
    prizes=(
        Prize(id="A", name="原画レプリカ", quantity=3, reserves=2),
        Prize(id="W", name="全館達成賞", quantity=1, reserves=0),
    ),
    opens_at=utc("2026-02-03T00:00:00"),
    closes_at=utc("2026-03-01T15:00:00"),
    draw_at=utc("2026-03-02T01:00:00"),
    eligibility={"consent": True, "quiz_at_least": 3},
    quiz_hash=HASH,
    form_hash=HASH,
    evidence_key=HASH,
    randomness=QUICKNET,
    claims_until=utc("2026-03-18T15:00:00"),
)
COMMITMENT = Commitment(
    campaign="shinjuku-rally-2026",
    rules_hash=HASH,
    pool_size=5,
    pool_hash=HASH,
    received=17,
    duplicates=4,
    rejected={"after_closing": 2, "no_consent": 1},
    ineligible=5,
    withdrawn=0,
    frozen_at=utc("2026-03-01T16:00:00"),
    draw_at=utc("2026-03-02T01:00:00"),
    code_hash=HASH,
)
RECORD = DrawRecord(
    campaign="shinjuku-rally-2026",
    commitment_hash=HASH,
    randomness=WardValue(text="五つのさいころ 3-1-6-6-2", given_by="文化観光課", given_at=utc("2026-03-02T01:00:00")),
    seed=bytes(32),
    drawn_at=utc("2026-03-02T01:00:00"),
    quiz_salt=bytes(16),
    awards=(Award(prize="A", winners=(LABEL,), reserves=(OTHER,)), Award(prize="W", winners=(), reserves=())),
)


def with_(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change: set what lies at *path* (`prizes.0.id`), or remove it where *value* is the ellipsis."""

    def change(document: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            document = document[int(step) if isinstance(document, list) else step]
        key: Any = int(last) if isinstance(document, list) else last
        if value is ...:
            del document[key]
        else:
            document[key] = value

    return change


class TestCanonicalJson:
    def test_sorts_by_utf16_code_units_and_escapes_as_rfc_8785_says(self) -> None:
        """The order of RFC 8785, section 3.2.3: an emoji's surrogates come before U+FB33."""
        value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
        assert list(json.loads(canonical(value))) == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
        assert canonical('\u20ac$\x0f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()

    @pytest.mark.parametrize("value", [None, True, False, 0, -1, 2**53 - 1, "", "賞", [], {}, [{"a": [1]}]])
    def test_reads_what_it_wrote(self, value: Any) -> None:
        assert read_canonical(canonical(value), "rules.json") == value

    @pytest.mark.parametrize("value", [1.5, 1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\ud800": 1}, b"", {1: 2}])
    def test_does_not_write(self, value: Any) -> None:
        with pytest.raises(Broken) as error:
            canonical(value)
        assert error.value.problem == UNWRITABLE

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b'{"a":1,"a":1}', id="duplicate key"),
            pytest.param(b'{"a":1.0}', id="float"),
            pytest.param(b"1e3", id="exponent"),
            pytest.param(b"1.5", id="float that is canonical"),
            pytest.param(b"NaN", id="NaN"),
            pytest.param(b"-0", id="minus zero"),
            pytest.param(b"9007199254740992", id="beyond 2^53 - 1"),
            pytest.param(b"9" * 5000, id="thousands of digits"),
            pytest.param(b'{"a": 1}', id="blank"),
            pytest.param(b"{}\n", id="line feed at the end"),
            pytest.param(b'{"b":1,"a":1}', id="not sorted"),
            pytest.param(b'"\\u0041"', id="needless escape"),
            pytest.param(b'"\\ud800"', id="lone surrogate"),
            pytest.param(b'"\xff"', id="not UTF-8"),
            pytest.param('"賞"'.encode("utf-16"), id="UTF-16"),
            pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
            pytest.param(b"", id="nothing"),
            pytest.param(b"{", id="cut"),
        ],
    )
    def test_does_not_read(self, data: bytes) -> None:
        with pytest.raises(Broken) as error:
            read_canonical(data, "rules.json")
        assert (error.value.problem, error.value.facts) == (NOT_CANONICAL, {"file": "rules.json"})
        assert error.value.__suppress_context__

    def test_does_not_read_what_is_nested_without_end(self) -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(1000)  # Python's own; a library that other tests import raises it for the whole process
        try:
            with pytest.raises(Broken) as error:
                read_canonical(b"[" * 100_000 + b"]" * 100_000, "rules.json")
        finally:
            sys.setrecursionlimit(limit)
        assert error.value.problem == NOT_CANONICAL


class TestFiles:
    @pytest.mark.parametrize(
        "file",
        [
            pytest.param(RULES, id="rules, drand"),
            pytest.param(replace(RULES, randomness=Ward()), id="ward"),
            pytest.param(replace(RULES, randomness=Hsm()), id="hsm"),
            pytest.param(COMMITMENT, id="commitment"),
            pytest.param(RECORD, id="record, ward"),
            pytest.param(
                replace(RECORD, randomness=DrandValue(7, bytes(48))),
                id="record, drand",
            ),
            pytest.param(
                replace(RECORD, randomness=HsmValue(bytes(32))),
                id="record, hsm",
            ),
        ],
    )
    def test_are_read_as_they_were_written(self, file: Rules | Commitment | DrawRecord) -> None:
        assert type(file).from_bytes(file.to_bytes()) == file

    def test_have_the_fields_of_the_specification_and_no_others(self) -> None:
        assert " ".join(json.loads(COMMITMENT.to_bytes())) == (
            "campaign code_hash draw_at duplicates frozen_at ineligible pool_hash pool_size received rejected "
            "rules_hash spec withdrawn"
        )

    @pytest.mark.parametrize(
        "change",
        [
            with_("spec", "prizedraw/2"),
            with_("spec", ...),
            with_("note", "x"),
            with_("campaign", ""),
            with_("campaign", 1),
            with_("prizes", []),
            with_("prizes", {}),
            with_("prizes.0.id", "W"),
            with_("prizes.0.id", "A B"),
            with_("prizes.0.id", "A" * 33),
            with_("prizes.0.id", "Ａ"),
            with_("prizes.0.quantity", -1),
            with_("prizes.0.quantity", True),
            with_("prizes.0.quantity", "3"),
            with_("prizes.0.reserves", ...),
            with_("opens_at", "2026-02-03T00:00:00+00:00"),
            with_("opens_at", "2026-02-03 00:00:00Z"),
            with_("opens_at", "2026-02-03T00:00:00.0Z"),
            with_("opens_at", "2026-02-30T00:00:00Z"),
            with_("opens_at", "2026-02-03T24:00:00Z"),
            with_("opens_at", "２026-02-03T00:00:00Z"),
            with_("opens_at", "2026-03-01T15:00:00Z"),
            with_("closes_at", "2026-03-02T01:00:01Z"),
            with_("eligibility", []),
            with_("quiz_hash", "AB" * 32),
            with_("quiz_hash", "ab" * 31),
            with_("quiz_hash", "ab " * 32),
            with_("evidence_key", None),
            with_("randomness", {"kind": "coin"}),
            with_("randomness", {"kind": "ward", "note": "x"}),
            with_("randomness", {}),
            with_("randomness", "drand"),
            with_("randomness.period", 0),
            with_("randomness.genesis", 1892803367),
            with_("randomness", Drand(chain=HASH, public_key=bytes(96), period=3, genesis=1_772_413_201).to_json()),
            with_("randomness.public_key", "ab" * 96),
            with_("randomness.public_key", "ab" * 48),
            with_("randomness.chain", "ab" * 31),
        ],
    )
    def test_refuses_rules(self, change: Callable[[dict[str, Any]], None]) -> None:
        self.refuse(RULES, change, "rules.json")

    @pytest.mark.parametrize(
        "change",
        [
            with_("pool_size", 6),
            with_("received", 16),
            with_("rejected.after_closing", 3),
            with_("rejected", {"after_closing": 4, "no_consent": -1}),
            with_("rejected", {"after_closing": 2, "no_consent": True}),
            with_("rejected", {"受付後": 3}),
            with_("rejected", []),
            with_("withdrawn", None),
            with_("frozen_at", "2026-03-02T00:00:01Z"),
            with_("code_hash", ...),
            with_("rules_hash", ""),
        ],
    )
    def test_refuses_a_commitment(self, change: Callable[[dict[str, Any]], None]) -> None:
        self.refuse(COMMITMENT, change, "commitment.json")

    @pytest.mark.parametrize(
        "change",
        [
            with_("seed", "00" * 31),
            with_("quiz_salt", "00" * 15),
            with_("quiz_salt", "00" * 65),
            with_("awards.0.winners", ["A"]),
            with_("awards.0.winners", [LABEL, LABEL]),
            with_("awards.0.reserves", [LABEL]),
            with_("awards.1.winners", [OTHER]),
            with_("awards.0.winners", LABEL),
            with_("awards.0.winners", {LABEL: 1}),
            with_("awards.0.prize", ""),
            with_("awards.0.reserves", ...),
            with_("randomness.value", ""),
            with_("randomness.given_by", ""),
            with_("randomness.given_at", "today"),
            with_("randomness", {"kind": "hsm", "value": "00" * 31}),
            with_("randomness", {"kind": "drand", "round": 1, "signature": "00" * 48, "value": "00" * 32}),
            with_("randomness", {**DrandValue(1, bytes(48)).to_json(), "round": 0}),
        ],
    )
    def test_refuses_a_record(self, change: Callable[[dict[str, Any]], None]) -> None:
        self.refuse(RECORD, change, "record.json")

    @staticmethod
    def refuse(file: Rules | Commitment | DrawRecord, change: Callable[[dict[str, Any]], None], name: str) -> None:
        document = json.loads(file.to_bytes())
        change(document)
        with pytest.raises(Broken) as error:
            type(file).from_bytes(rfc8785.dumps(document))
        assert (error.value.problem, error.value.facts) == (MALFORMED, {"file": name})
        assert error.value.__suppress_context__

    def test_nothing_malformed_is_written(self) -> None:
        unbalanced = replace(COMMITMENT, received=16)
        with pytest.raises(Broken) as error:
            unbalanced.to_bytes()
        assert error.value.problem == MALFORMED


class TestDrand:
    @pytest.mark.parametrize(
        ("seconds", "round"), [(0, 1), (1, 2), (2, 2), (3, 2), (4, 3), (122, 42), (123, 42), (124, 43)]
    )
    def test_names_the_first_round_at_or_after_the_draw(self, seconds: int, round: int) -> None:
        assert QUICKNET.round(datetime.fromtimestamp(QUICKNET.genesis + seconds, UTC)) == round

    def test_counts_in_its_own_period(self) -> None:
        chain = Drand(chain=HASH, public_key=bytes(96), period=30, genesis=1_700_000_000)
        assert chain.round(datetime.fromtimestamp(1_700_000_031, UTC)) == 3

    def test_value_of_quicknets_round_42(self) -> None:
        """https://api.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971/public/42."""
        signature = "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"
        value = DrandValue(42, bytes.fromhex(signature)).value
        assert value.hex() == "8ada64bae5c6c0f5540a6a13af56e663240edfbd2c76ac6a8f27671eb7259ce3"

    def test_another_chain_may_have_any_key(self) -> None:
        rules = replace(RULES, randomness=Drand(chain=HASH, public_key=bytes(96), period=1, genesis=QUICKNET.genesis))
        assert Rules.from_bytes(rules.to_bytes()).randomness == rules.randomness


class TestValues:
    def test_of_a_kind_that_nobody_knows_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^$"):
            value_of({"kind": "dice", "value": "3"})


class TestPostpone:
    DRAW_AT = utc("2026-03-02T01:00:00")

    @pytest.mark.parametrize(
        ("frozen_at", "days"),
        [
            ("2026-03-01T16:00:00", 0),
            ("2026-03-02T00:00:00", 0),
            ("2026-03-02T00:00:00.999999", 0),
            ("2026-03-02T00:00:01", 1),
            ("2026-03-02T00:30:00", 1),
            ("2026-03-03T00:00:00", 1),
            ("2026-03-03T00:00:01", 2),
            ("2026-03-09T12:00:00", 8),
        ],
    )
    def test_moves_on_by_the_fewest_whole_days(self, frozen_at: str, days: int) -> None:
        assert postpone(self.DRAW_AT, utc(frozen_at)) == self.DRAW_AT + timedelta(days=days)


class TestHashes:
    def test_of_a_file(self) -> None:
        assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    def test_of_the_quiz_is_salt_then_canonical_json(self) -> None:
        expected = hashlib.sha256(b"salt" + '{"Q1":"猫","Q2":"9"}'.encode()).hexdigest()
        assert quiz_hash(b"salt", {"Q2": "9", "Q1": "猫"}) == expected
