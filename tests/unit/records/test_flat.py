"""A document of another shape than its record, which who writes the database can leave, is named and not acted on."""

import re
from contextlib import suppress
from dataclasses import fields
from typing import Any, get_type_hints

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Broken
from prizedraw.ports import Document
from prizedraw.records.entries import Entry, LedgerRow, Reconciliation, Totals
from prizedraw.records.flat import NoRecord
from prizedraw.records.fulfilment import Claim, Forfeit, Import, Review, ShippingList
from prizedraw.records.mail import MailRow
from prizedraw.records.running import JournalRow, Lease
from support.records import kinds, planted, sample, spoilt
from support.stages import drawn
from support.world import SCHEDULER

ROW: Document = {"at": "2026-03-01T00:00:00Z", "step": "draw", "principal": "a@b.example", "action": "drawn"}
ROW |= {"counts": {"winners": 5}, "hashes": {"record": "ab"}}


@pytest.mark.parametrize(
    "changes",
    [
        {"at": 5},
        {"at": None},
        {"counts": {"winners": "5"}},
        {"counts": {"winners": True}},
        {"counts": []},
        {"hashes": {"record": 1}},
        {"step": b"x"},
        {"more": ""},
    ],
)
def test_a_value_of_another_type_makes_it_no_record_and_names_the_collection(changes: Document) -> None:
    state = Memory("campaign")
    state.commit([planted("journal", ROW | changes)])
    with pytest.raises(Broken) as caught:
        list(state.scan(JournalRow))
    assert (caught.value.problem.code, caught.value.facts) == ("E-154", {"collection": "journal"})


def test_what_fits_is_read() -> None:
    state = Memory("campaign")
    state.commit([planted("journal", dict(ROW))])
    assert [row.counts for row in state.scan(JournalRow)] == [{"winners": 5}]


@pytest.mark.parametrize("kind", [Import, ShippingList])
def test_a_step_that_meets_one_is_broken_by_name_and_does_not_crash(kind: Any) -> None:
    world = drawn()
    names = [field.name for field in fields(kind) if field.name != "id"]
    world.state.commit([planted(kind.COLLECTION, dict.fromkeys(names, 5))])
    with pytest.raises(Broken) as caught:
        world.forfeit(caller=SCHEDULER)
    assert caught.value.facts == {"collection": kind.COLLECTION}


_TIMES = re.compile(r"at|since|until|full_read|uncounted|created|version|times|.*_at")


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_a_field_that_is_called_like_a_time_holds_nothing_else(kind: Any) -> None:
    plain = get_type_hints(kind)
    hints = get_type_hints(kind, include_extras=True)
    times = [one.name for one in fields(kind) if _TIMES.fullmatch(one.name)]
    assert [name for name in times if hints[name] == plain[name]] == []


def is_read(kind: Any, document: Document) -> bool:
    """Tell whether a document is read as a record, or named as none; anything else fails the test."""
    store = Memory("campaign")
    store.commit([planted(kind.COLLECTION, document)])
    with suppress(NoRecord):
        return [one.id for one in store.scan(kind)] == ["planted"]
    with pytest.raises(NoRecord) as caught:
        list(store.scan(kind))
    assert (caught.value.problem.code, caught.value.facts) == ("E-154", {"collection": kind.COLLECTION})
    return False


@pytest.mark.parametrize("full", [True, False], ids=["full", "empty"])
@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_whatever_is_spoilt_in_a_document_it_is_read_or_named(kind: Any, full: bool) -> None:
    document = sample(kind, full=full).to_doc()
    named = {how for how, wrong in spoilt(document) if not is_read(kind, wrong)}
    wanted = {f"{name} of another type" for name in document}
    assert wanted <= named, "a value of another type is never read"


@pytest.mark.parametrize(
    ("kind", "field", "junk"),
    [
        (Lease, "until", "tomorrow"),
        (Lease, "until", "2026-03-01T00:00:00Z"),
        (Lease, "until", "9999-12-31T23:59:59.000000000Z"),
        (JournalRow, "at", "2026-02-30T00:00:00Z"),
        (JournalRow, "at", "2026-03-01T24:00:00Z"),
        (JournalRow, "at", "2026-03-01T00:00:00.000000000Z"),
        (JournalRow, "at", ""),
        (JournalRow, "times", {"dropped_at": "?"}),
        (Claim, "sent_at", "いつか"),
        (Claim, "doubts", ["none of ours"]),
        (Review, "reason", "none of ours"),
        (Import, "problem", "none of ours"),
        (Forfeit, "why", "bored"),
        (MailRow, "state", "lost"),
        (Totals, "rejected", {"too_late": 1}),
        (Totals, "address_faults", {"ugly": 1}),
        (Reconciliation, "totals", {"received": 1}),
        (LedgerRow, "created", "?"),
        (LedgerRow, "outcome", "?"),
        (Entry, "prizes", "P"),
        (Entry, "contact", "text"),
    ],
)
def test_junk_of_the_right_type_makes_it_no_record(kind: Any, field: str, junk: Any) -> None:
    document = sample(kind, full=True).to_doc()
    assert field in document
    store = Memory("campaign")
    store.commit([planted(kind.COLLECTION, document)])
    assert len(list(store.scan(kind))) == 1
    store.commit([planted(kind.COLLECTION, document | {field: junk})])
    with pytest.raises(NoRecord):
        list(store.scan(kind))
