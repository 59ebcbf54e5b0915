"""A mark that somebody has withdrawn counts if we signed it, and for whom and what we signed it."""

import json
from dataclasses import replace

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.evidence.key import EvidenceKey
from prizedraw.fulfilment import withdrawals
from prizedraw.ports import Create
from prizedraw.records.fulfilment import Withdrawal
from support.fakes.keys import MemorySigner

CAMPAIGN = "rally-2026"
LABEL, OTHER = "0" * 26, "1" * 26
AT = "2026-03-05T01:00:00Z"
SIGNER = MemorySigner()
KEY = EvidenceKey(SIGNER.public_pem())
SIGNED = withdrawals.signed(SIGNER, CAMPAIGN, LABEL, AT)


def state(*marks: Withdrawal) -> Memory:
    store = Memory(CAMPAIGN)
    store.commit([Create(mark) for mark in marks])
    return store


def test_what_is_signed_says_what_it_is_and_nothing_of_a_person() -> None:
    assert json.loads(withdrawals.statement(CAMPAIGN, LABEL, AT)) == {
        "spec": "prizedraw/1",
        "kind": "withdrawal",
        "campaign": CAMPAIGN,
        "label": LABEL,
        "at": AT,
    }


def test_a_mark_that_we_signed_counts() -> None:
    assert withdrawals.read(CAMPAIGN, state(SIGNED), KEY) == {LABEL}
    assert withdrawals.strange(CAMPAIGN, state(SIGNED), KEY) == []


@pytest.mark.parametrize(
    "mark",
    [
        Withdrawal(LABEL, AT),
        Withdrawal(LABEL, AT, b"\x30\x00"),
        replace(SIGNED, id=OTHER),
        replace(SIGNED, at="2026-03-06T01:00:00Z"),
        withdrawals.signed(SIGNER, "rally-2027", LABEL, AT),
        withdrawals.signed(MemorySigner(), CAMPAIGN, LABEL, AT),
        Withdrawal(LABEL, AT, SIGNER.sign(b"something else of ours")),
    ],
    ids=["unsigned", "no signature", "another label", "another time", "another campaign", "another key", "other words"],
)
def test_finding_5b_any_other_counts_for_nothing_and_is_told(mark: Withdrawal) -> None:
    assert withdrawals.read(CAMPAIGN, state(mark), KEY) == frozenset()
    assert withdrawals.strange(CAMPAIGN, state(mark), KEY) == [mark.id]
