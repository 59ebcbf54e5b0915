"""
Sign and read who has withdrawn: a mark in `state` costs somebody a prize, so one without our signature is none.

`erase` signs the mark of a person whom it erases after the freeze; it is not published, since that somebody asked for
their erasure is nobody's business until their place is passed on. Whoever can write `state` cannot make one.
"""

from collections.abc import Iterator

from prizedraw.evidence.canonical_json import canonical
from prizedraw.evidence.key import EvidenceKey
from prizedraw.lottery.names import SPEC
from prizedraw.ports import Reader, Signer
from prizedraw.records.fulfilment import Withdrawal

KIND = "withdrawal"
"""What it is: no published file has such a field, so that neither passes for the other."""


def statement(campaign: str, label: str, at: str) -> bytes:
    """Return what is signed: canonical JSON; *at* is RFC 3339 UTC, whole seconds."""
    return canonical({"spec": SPEC, "kind": KIND, "campaign": campaign, "label": label, "at": at})


def signed(signer: Signer, campaign: str, label: str, at: str) -> Withdrawal:
    """Return the mark that *label* has withdrawn *at* that time."""
    return Withdrawal(label, at, signer.sign(statement(campaign, label, at)))


def read(campaign: str, state: Reader, key: EvidenceKey) -> frozenset[str]:
    """Return the labels that have withdrawn; a mark whose signature does not verify counts for nothing."""
    return frozenset(mark.id for mark, is_ours in _judged(campaign, state, key) if is_ours)


def strange(campaign: str, state: Reader, key: EvidenceKey) -> list[str]:
    """Return the ids of the marks whose signature does not verify, for `status` to name."""
    return [mark.id for mark, is_ours in _judged(campaign, state, key) if not is_ours]


def _judged(campaign: str, state: Reader, key: EvidenceKey) -> Iterator[tuple[Withdrawal, bool]]:
    for mark in state.scan(Withdrawal):
        yield mark, key.verifies(statement(campaign, mark.id, mark.at), mark.signature)
