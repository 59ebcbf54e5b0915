"""The published files: strict JSON, the fields of each, the times and hashes that follow from them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785

from prizedraw.errors import Broken
from prizedraw.lottery.awards import Award, Prize
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
    received=18,
    duplicates=4,
    rejected={"after_closing": 2, "no_consent": 1},
    ineligible=5,
    withdrawn=1,
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
            with_("claims_until", "2026-03-02T01:00:00Z"),
            with_("claims_until", "2026-03-02T00:59:59Z"),
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
            with_("received", 17),
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
            with_("seed", "00" * 33),
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
            with_("randomness", {"kind": "hsm", "value": "00" * 33}),
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

    def test_reads_rules_by_which_the_draw_is_as_soon_as_entry_closes(self) -> None:
        at_once = replace(RULES, draw_at=RULES.closes_at)
        assert Rules.from_bytes(at_once.to_bytes()) == at_once

    def test_reads_rules_by_which_the_draw_is_at_the_first_round_of_its_chain(self) -> None:
        genesis = int(RULES.draw_at.timestamp())
        first = replace(RULES, randomness=Drand(chain=HASH, public_key=bytes(96), period=3, genesis=genesis))
        assert Rules.from_bytes(first.to_bytes()) == first

    def test_reads_rules_by_which_claims_are_possible_a_second_after_the_draw(self) -> None:
        brief = replace(RULES, claims_until=RULES.draw_at + timedelta(seconds=1))
        assert Rules.from_bytes(brief.to_bytes()) == brief

    @pytest.mark.parametrize("length", [16, 64])
    def test_reads_a_record_whose_salt_is_as_short_or_long_as_may_be(self, length: int) -> None:
        record = replace(RECORD, quiz_salt=bytes(length))
        assert DrawRecord.from_bytes(record.to_bytes()) == record

    def test_nothing_malformed_is_written(self) -> None:
        unbalanced = replace(COMMITMENT, received=16)
        with pytest.raises(Broken) as error:
            unbalanced.to_bytes()
        assert error.value.problem == MALFORMED


class TestChains:
    def test_another_chain_may_have_any_key(self) -> None:
        rules = replace(RULES, randomness=Drand(chain=HASH, public_key=bytes(96), period=1, genesis=QUICKNET.genesis))
        assert Rules.from_bytes(rules.to_bytes()).randomness == rules.randomness


class TestValues:
    def test_of_a_kind_that_nobody_knows_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^$"):
            value_of({"kind": "dice", "value": "3"})


class TestHashes:
    def test_of_the_quiz_is_salt_then_canonical_json(self) -> None:
        expected = hashlib.sha256(b"salt" + '{"Q1":"猫","Q2":"9"}'.encode()).hexdigest()
        assert quiz_hash(b"salt", {"Q2": "9", "Q1": "猫"}) == expected
