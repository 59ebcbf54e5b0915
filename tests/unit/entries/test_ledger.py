"""The ledger: every response once, one entry a person, and the same end whatever the order of arrival."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prizedraw.adapters.memory import Memory
from prizedraw.entries.comparing import Comparison
from prizedraw.entries.ids import Indexed, new_label, seen_mark
from prizedraw.entries.ledger import RESPONSES_A_BATCH, count
from prizedraw.errors import Again, Broken, Problem
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.lottery.pool import write_pool
from prizedraw.ports import Create, Delete, Document, Record, Replace, Write
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reason, Totals
from prizedraw.records.running import ONLY
from prizedraw.rehearsal.entrants import history_of
from prizedraw.times import stamp
from support import oracle
from support.builders import (
    CAMPAIGN,
    CLOSES,
    FILE,
    FORM,
    IDS,
    OPENS,
    RIGHT,
    TREE,
    Office,
    WatchedStore,
    answer,
    indexed,
    judged,
    never_asked,
    opened,
    response,
    sealing,
    zulu,
)
from support.clock import HOUR
from support.faults import Faults, Killed, Way

R = TypeVar("R", bound=Record)
DAY = timedelta(days=1)
HANAKO, TARO = "hanako@example.jp", "taro@example.jp"
ACCEPTED, DUPLICATE = ("accepted", None), ("duplicate", None)
AWAY = Problem("E-990", "応答がありません。")
COMMIT_BYTES = 10 * 1024 * 1024
"""What one commit may hold: https://cloud.google.com/firestore/quotas"""


def rejected(reason: Reason) -> tuple[str, str]:
    return "rejected", reason.value


@pytest.fixture(params=["add", "settle"])
def store(request: pytest.FixtureRequest) -> Any:
    """Store responses in an office, each call as a run of its own, in one of the two ways."""

    def act(office: Office, *responses: Document, ids: Any = never_asked) -> int:
        ledger = office.ledger(ids)
        written: int = getattr(ledger, request.param)(indexed(*responses))
        ledger.hold.release()
        return written

    act.__name__ = request.param
    return act


@pytest.fixture
def office() -> Office:
    return Office()


def holder(office: Office, person: str = HANAKO) -> tuple[str, dict[str, Any], str] | None:
    """Return address, answers and label of a person's entry, opened, and hold it against its row."""
    entry = office.entry(person)
    if entry is None:
        return None
    address, told = opened(entry.candidate)
    return address, told["answers"], entry.candidate.label


def answers(office: Office, person: str = HANAKO) -> dict[str, Any] | None:
    found = holder(office, person)
    return found and found[1]


def label(office: Office, person: str = HANAKO) -> str:
    found = holder(office, person)
    assert found is not None
    return found[2]


def waiting(office: Office, id: str) -> tuple[str, dict[str, Any], str]:
    """Return address, answers and label of a response that waits, opened."""
    candidate = office.row(id).waiting
    assert candidate is not None
    address, told = opened(candidate)
    return address, told["answers"], candidate.label


def is_whole(office: Office) -> None:
    """Demand what always holds: one holder an entry, in its queue first, nobody else accepted, nothing left over."""
    rows = {row.id: row for row in office.sealed.scan(LedgerRow)}
    entries = list(office.sealed.scan(Entry))
    assert sorted(entry.response for entry in entries) == sorted(
        row.id for row in rows.values() if row.outcome is Outcome.ACCEPTED
    )
    for entry in entries:
        assert rows[entry.response].address == entry.id
        assert rows[entry.response].line == entry.candidate.line
        queue = [row for row in rows.values() if row.address == entry.id]
        assert min(row.created for row in queue) == rows[entry.response].created
    for row in rows.values():
        stands = row.outcome in (Outcome.ACCEPTED, Outcome.DUPLICATE)
        assert bool(row.address) == stands
        assert (row.waiting is not None) == (row.outcome is Outcome.DUPLICATE)
        assert bool(row.line) == (row.outcome is Outcome.ACCEPTED)
        assert row.tag == (b"" if row.outcome is Outcome.WITHDRAWN else sealing().tag(row))
        assert (row.reason is not None) == (row.outcome is Outcome.REJECTED)
    labels = [entry.candidate.label for entry in entries]
    labels += [row.waiting.label for row in rows.values() if row.waiting is not None]
    assert len(set(labels)) == len(labels)


# One response.


def test_a_response_is_a_row_and_an_entry(office: Office, store: Any) -> None:
    assert store(office, response(comments="楽しかった", **RIGHT, wish="ピンバッジ", email="Hanako＠example.jp")) == 1
    row, entry = office.row("r1"), office.entry(HANAKO)
    assert entry is not None
    line, tag = entry.candidate.line, sealing().tag(row)
    assert row == LedgerRow(row.id, row.created, row.version, Outcome.ACCEPTED, address=entry.id, line=line, tag=tag)
    assert (entry.response, entry.candidate.prizes, entry.candidate.doubtful) == (row.id, ("A", "C"), False)
    address, told = opened(entry.candidate)
    assert address == "Hanako@example.jp"
    assert told["answers"]["comments"] == ["楽しかった"]
    assert told["day"] == "2026-02-04"
    is_whole(office)


def test_a_rejected_response_is_a_row_of_id_times_and_reason_alone(office: Office, store: Any) -> None:
    store(office, response(consent=None), response("r2", email="なし"), response("r3", created=CLOSES))
    for id, reason in [("r1", Reason.NO_CONSENT), ("r2", Reason.BAD_ADDRESS), ("r3", Reason.AFTER_CLOSING)]:
        row = office.row(id)
        bare = LedgerRow(row.id, row.created, row.version, Outcome.REJECTED, reason, tag=sealing().tag(row))
        assert row == replace(bare, detail="no_at" if reason is Reason.BAD_ADDRESS else "")
    assert list(office.sealed.scan(Entry)) == []


def test_an_address_of_an_old_carrier_is_marked(office: Office, store: Any) -> None:
    store(office, response(email="da.me.@docomo.ne.jp"))
    entry = office.entry("da.me.@docomo.ne.jp")
    assert entry is not None
    assert entry.candidate.doubtful


def test_no_address_and_no_response_id_stands_in_what_is_stored(office: Office, store: Any) -> None:
    store(office, response("ACYDBN-secret-id"), response("ACYDBN-second-id", created=OPENS + 2 * DAY))
    assert isinstance(office.sealed, Memory)
    kept = repr(office.sealed.dump()).lower()
    for secret in ("hanako", "example.jp", "acydbn", "secret-id"):
        assert secret not in kept
    row, entry = office.row("ACYDBN-secret-id"), office.entry(HANAKO)
    assert entry is not None
    assert {len(id) for id in (row.id, entry.id)} == {64}


def test_values_open_only_under_their_own_label(office: Office, store: Any) -> None:
    store(office, response(), response("r2", email=TARO))
    one, other = office.entry(HANAKO), office.entry(TARO)
    assert one is not None
    assert other is not None
    for moved in ("contact", "survey"):
        with pytest.raises(Broken):
            opened(replace(one.candidate, **{moved: getattr(other.candidate, moved)}))


def test_labels_are_drawn_uniformly_from_crockford_s_alphabet() -> None:
    labels = [new_label() for _ in range(4000)]
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", one) for one in labels)
    assert len(set(labels)) == len(labels)
    seen = {character: "".join(labels).count(character) for character in "0123456789abcdefghjkmnpqrstvwxyz"}
    assert len(seen) == 32
    # 104,000 draws: 3,250 each, with a standard deviation of 56.
    assert all(2_900 < count < 3_600 for count in seen.values())


def test_a_mark_stands_for_one_version_of_one_response() -> None:
    judged = indexed(response())[0].judged
    versions = [replace(judged, version=version) for version in ("2026-02-10T00", "2026-02-10T01")]
    marks = [
        seen_mark(Indexed(judged=version, row=row, entry="", label="")) for row in ("aa", "ab") for version in versions
    ]
    assert {len(mark) for mark in marks} == {16}
    assert len(set(marks)) == 4


# Several responses of one person.


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_earliest_is_accepted_whatever_the_order_of_arrival(
    office: Office, store: Any, order: Sequence[int], at_once: bool
) -> None:
    arriving = [
        response("z", "Hanako@example.jp", created=OPENS + DAY, comments="一"),
        response("y", "hanako@EXAMPLE.jp", created=OPENS + 2 * DAY, comments="二"),
        response("x", "ｈanako＠example.jp", created=OPENS + 3 * DAY, comments="三"),
    ]
    for batch in [[arriving[i] for i in order]] if at_once else [[arriving[i]] for i in order]:
        store(office, *batch)
    assert office.outcomes("z", "y", "x") == [ACCEPTED, DUPLICATE, DUPLICATE]
    assert answers(office) == {"comments": ["一"]}
    assert waiting(office, "y")[:2] == ("hanako@example.jp", {"comments": ["二"]})
    assert waiting(office, "x")[:2] == ("hanako@example.jp", {"comments": ["三"]})
    is_whole(office)


def test_times_are_compared_to_the_last_decimal(office: Office, store: Any) -> None:
    store(office, response("a", created="2026-02-10T00:00:00.5Z"))
    store(office, response("b", created="2026-02-10T00:00:00.499999999Z"))
    store(office, response("c", created="2026-02-10T00:00:00Z"))
    assert office.outcomes("a", "b", "c") == [DUPLICATE, DUPLICATE, ACCEPTED]


def test_whoever_is_displaced_keeps_label_and_values_and_waits(office: Office, store: Any) -> None:
    store(office, response("late", created=OPENS + 2 * DAY, comments="二"))
    before = holder(office)
    store(office, response("early", created=OPENS + DAY, comments="一"))
    assert waiting(office, "late") == before
    assert label(office) != before[2] if before else False


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_at_the_same_instant_the_smaller_response_id_is_accepted(
    office: Office, store: Any, order: Sequence[str], at_once: bool
) -> None:
    asked: list[set[str]] = []

    def ids(wanted: set[str]) -> Mapping[str, str]:
        asked.append(set(wanted))
        return {sealing().row_id(id): id for id in "ab" if sealing().row_id(id) in wanted}

    arriving = [response(id, created="2026-02-10T00:00:00.123456789Z", comments=id) for id in order]
    for batch in [arriving] if at_once else [[one] for one in arriving]:
        store(office, *batch, ids=ids)
    assert office.outcomes("a", "b") == [ACCEPTED, DUPLICATE]
    assert answers(office) == {"comments": ["a"]}
    seen_together = at_once and store.__name__ == "settle"
    assert asked == ([] if seen_together else [{sealing().row_id(order[0])}])


def test_the_form_is_asked_once_for_a_response_that_is_gone(office: Office) -> None:
    office.ledger().settle(indexed(response("gone", created="2026-02-10T00:00:00Z")))
    office.clock.wait(HOUR)
    asked = []

    def ids(wanted: set[str]) -> Mapping[str, str]:
        asked.append(wanted)
        return {}

    same = [response(id, created="2026-02-10T00:00:00Z") for id in ("x", "y", "z")]
    ledger = office.ledger(ids)
    ledger.settle(indexed(*same))
    assert len(asked) == 1
    assert sorted(office.outcomes("gone", "x", "y", "z")) == [ACCEPTED, DUPLICATE, DUPLICATE, DUPLICATE]
    is_whole(office)


# Edits.


def edit(given: Document, hours: int = 1, **changes: Any) -> Document:
    """Return a later version of a response: answers changed, or taken out (None), by the questions' names."""
    rows = given["answers"] | {IDS[name]: value and answer(name, value) for name, value in changes.items()}
    later = zulu(OPENS + timedelta(days=10, hours=hours))
    return given | {"lastSubmittedTime": later, "answers": {id: row for id, row in rows.items() if row}}


def test_an_edit_before_closing_replaces_the_values_and_keeps_the_label(office: Office, store: Any) -> None:
    first = response(comments="一", **RIGHT, wish="ピンバッジ")
    store(office, first)
    before = label(office)
    store(office, edit(first, comments="二", soseki="わかりません", email="HANAKO@example.jp"))
    found = holder(office)
    assert found is not None
    assert found[0] == "HANAKO@example.jp"
    assert found[1]["comments"] == ["二"]
    assert found[2] == before
    entry = office.entry(HANAKO)
    assert entry is not None
    assert entry.candidate.prizes == ("C",)
    is_whole(office)


def test_an_edit_of_a_duplicate_replaces_its_values_and_keeps_its_label_and_place(office: Office, store: Any) -> None:
    second = response("r2", created=OPENS + 2 * DAY, comments="二")
    store(office, response(), second)
    before = waiting(office, "r2")
    store(office, edit(second, comments="三"))
    assert waiting(office, "r2") == (HANAKO, {"comments": ["三"]}, before[2])
    assert office.outcomes("r1", "r2") == [ACCEPTED, DUPLICATE]
    is_whole(office)


def test_an_edit_to_a_free_address_moves_with_its_label(office: Office, store: Any) -> None:
    first = response(comments="一")
    store(office, first)
    before = label(office)
    store(office, edit(first, email=TARO))
    assert holder(office, HANAKO) is None
    assert holder(office, TARO) == (TARO, {"comments": ["一"]}, before)
    assert office.outcomes("r1") == [ACCEPTED]
    is_whole(office)


def test_an_edit_to_a_taken_address_waits_there_if_it_is_later(office: Office, store: Any) -> None:
    second = response("r2", TARO, created=OPENS + 2 * DAY, comments="二")
    store(office, response(comments="一"), second)
    before = label(office, TARO)
    store(office, edit(second, email=HANAKO))
    assert office.outcomes("r1", "r2") == [ACCEPTED, DUPLICATE]
    assert holder(office, TARO) is None
    assert waiting(office, "r2") == (HANAKO, {"comments": ["二"]}, before)
    assert answers(office) == {"comments": ["一"]}
    is_whole(office)


def test_an_edit_to_a_taken_address_takes_it_over_if_it_is_earlier(office: Office, store: Any) -> None:
    first = response("r1", TARO, comments="一")
    store(office, first, response("r2", HANAKO, created=OPENS + 2 * DAY, comments="二"))
    mine, theirs = label(office, TARO), label(office, HANAKO)
    store(office, edit(first, email=HANAKO))
    assert office.outcomes("r1", "r2") == [ACCEPTED, DUPLICATE]
    assert holder(office, TARO) is None
    assert holder(office, HANAKO) == (HANAKO, {"comments": ["一"]}, mine)
    assert waiting(office, "r2") == (HANAKO, {"comments": ["二"]}, theirs)
    is_whole(office)


@pytest.mark.parametrize("leaving", [{"email": TARO}, {"consent": None}, {"email": "なし"}])
def test_the_next_moves_up_with_its_own_values_and_label(office: Office, store: Any, leaving: dict[str, Any]) -> None:
    first = response("r1", comments="一")
    store(
        office,
        first,
        response("r3", created=OPENS + 3 * DAY, comments="三"),
        response("r2", created=OPENS + 2 * DAY, comments="二"),
    )
    second, third = waiting(office, "r2"), waiting(office, "r3")
    store(office, edit(first, **leaving))
    assert office.outcomes("r2", "r3") == [ACCEPTED, DUPLICATE]
    assert holder(office) == second
    assert waiting(office, "r3") == third
    is_whole(office)


@pytest.mark.parametrize("earliest_is_listed", ["first", "second", "last"])
def test_the_earliest_moves_up_wherever_its_row_is_listed(office: Office, store: Any, earliest_is_listed: str) -> None:
    first, listed = response("r1"), sorted(["r2", "r3", "r4"], key=sealing().row_id)
    queue = {"first": listed, "second": [listed[1], listed[0], listed[2]], "last": listed[::-1]}[earliest_is_listed]
    store(office, first, *(response(id, created=OPENS + (2 + day) * DAY) for day, id in enumerate(queue)))
    store(office, edit(first, email=TARO))
    assert office.outcomes(*queue) == [ACCEPTED, DUPLICATE, DUPLICATE]
    is_whole(office)


def test_whoever_moves_up_at_the_same_instant_is_the_smaller_response_id(office: Office, store: Any) -> None:
    first = response("r0", comments="零")
    same = [response(id, created=OPENS + 2 * DAY, comments=id) for id in ("c", "a", "b")]
    store(office, first, *same)
    store(
        office,
        edit(first, email=TARO),
        ids=lambda wanted: {sealing().row_id(id): id for id in "abc" if sealing().row_id(id) in wanted},
    )
    assert office.outcomes("a", "b", "c") == [ACCEPTED, DUPLICATE, DUPLICATE]
    assert answers(office) == {"comments": ["a"]}


@pytest.mark.parametrize("leaving", [{"email": TARO}, {"consent": None}, {"email": "なし"}])
def test_when_the_last_one_leaves_the_entry_goes(office: Office, store: Any, leaving: dict[str, Any]) -> None:
    first = response()
    store(office, first)
    store(office, edit(first, **leaving))
    assert holder(office) is None
    is_whole(office)


def test_a_duplicate_that_leaves_changes_nothing_for_the_holder(office: Office, store: Any) -> None:
    second = response("r2", created=OPENS + 2 * DAY, comments="二")
    store(office, response(comments="一"), second)
    before, theirs = holder(office), waiting(office, "r2")
    store(office, edit(second, email=TARO))
    assert holder(office) == before
    assert holder(office, TARO) == (TARO, {"comments": ["二"]}, theirs[2])
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]
    is_whole(office)


def test_whoever_moved_away_and_comes_back_stands_where_it_stood(office: Office, store: Any) -> None:
    first = response(comments="一")
    store(office, first, response("r2", created=OPENS + 2 * DAY, comments="二"))
    before = label(office)
    store(office, edit(first, 1, email=TARO))
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]
    store(office, edit(first, 2, comments="三"))
    assert office.outcomes("r1", "r2") == [ACCEPTED, DUPLICATE]
    assert holder(office) == (HANAKO, {"comments": ["三"]}, before)
    assert holder(office, TARO) is None
    is_whole(office)


def test_two_that_change_places(office: Office, store: Any) -> None:
    first, second = response("r1", HANAKO, comments="一"), response("r2", TARO, comments="二")
    store(office, first, second)
    one, other = label(office, HANAKO), label(office, TARO)
    store(office, edit(first, email=TARO), edit(second, email=HANAKO))
    assert holder(office, TARO) == (TARO, {"comments": ["一"]}, one)
    assert holder(office, HANAKO) == (HANAKO, {"comments": ["二"]}, other)
    is_whole(office)


def test_consent_may_be_taken_back_and_given_again(office: Office, store: Any) -> None:
    first = response(comments="一")
    store(office, first)
    store(office, edit(first, 1, consent="同意しない"))
    assert office.outcomes("r1") == [rejected(Reason.NO_CONSENT)]
    assert holder(office) is None
    store(office, edit(first, 2, comments="二"))
    assert office.outcomes("r1") == [ACCEPTED]
    assert answers(office) == {"comments": ["二"]}
    is_whole(office)


def test_one_reason_may_follow_another(office: Office, store: Any) -> None:
    first = response(consent=None)
    store(office, first)
    store(office, edit(first, 1, consent="同意する", email="なし"))
    assert office.outcomes("r1") == [rejected(Reason.BAD_ADDRESS)]
    store(office, edit(first, 2, consent="同意する", email=HANAKO))
    assert office.outcomes("r1") == [ACCEPTED]


# Closing.


def test_an_entry_whose_row_was_taken_away_goes_to_who_comes_next(office: Office, store: Any) -> None:
    store(office, response("r1", HANAKO, OPENS + HOUR))
    office.sealed.commit([Delete(LedgerRow, office.row("r1").id)])
    store(office, response("r2", HANAKO, OPENS + 2 * HOUR))
    entry = office.entry(HANAKO)
    assert entry is not None
    assert entry.response == office.row("r2").id
    assert office.outcomes("r2") == [ACCEPTED]


def test_a_response_whose_entry_was_taken_away_brings_it_again_with_its_next_edit(office: Office, store: Any) -> None:
    first = response("r1", HANAKO)
    store(office, first)
    office.sealed.commit([Delete(Entry, office.row("r1").address)])
    store(office, edit(first, comments="二"))
    found = answers(office)
    assert found is not None
    assert found["comments"] == ["二"]
    is_whole(office)


def test_who_does_not_hold_the_entry_leaves_it_where_it_is(office: Office, store: Any) -> None:
    first = response("r1", HANAKO, OPENS + HOUR)
    store(office, first, response("r2", HANAKO, OPENS + 2 * HOUR))
    entry = office.entry(HANAKO)
    assert entry is not None
    given_by_hand = replace(entry, response=office.row("r2").id)
    office.sealed.commit([Replace(given_by_hand)])
    store(office, edit(first, email=TARO))
    assert office.entry(HANAKO) == given_by_hand
    assert office.entry(TARO) is not None


def after_closing(given: Document, **changes: Any) -> Document:
    return edit(given, **changes) | {"lastSubmittedTime": zulu(CLOSES + timedelta(minutes=1))}


@pytest.mark.parametrize("changes", [{"comments": "後"}, {"email": TARO}, {"consent": None}, {"email": "なし"}])
def test_what_was_seen_in_time_keeps_its_values_in_time(office: Office, store: Any, changes: dict[str, Any]) -> None:
    first = response(comments="前")
    store(office, first, response("r2", created=OPENS + 2 * DAY, comments="二"))
    before, theirs = holder(office), waiting(office, "r2")
    assert store(office, after_closing(first, **changes), after_closing(response("r2", created=OPENS + 2 * DAY))) == 0
    assert office.outcomes("r1", "r2") == [ACCEPTED, DUPLICATE]
    assert (holder(office), waiting(office, "r2")) == (before, theirs)
    assert holder(office, TARO) is None


def test_who_waits_moves_up_with_the_values_in_time_whatever_the_form_says_now(office: Office, store: Any) -> None:
    first, second = response(comments="一"), response("r2", created=OPENS + 2 * DAY, comments="前")
    store(office, first, second)
    store(office, after_closing(second, comments="後"), edit(first, email=TARO))
    assert answers(office) == {"comments": ["前"]}


def test_a_rejection_in_time_is_not_mended_after_closing(office: Office, store: Any) -> None:
    first = response(consent=None)
    store(office, first)
    store(office, after_closing(first, consent="同意する"))
    assert office.outcomes("r1") == [rejected(Reason.NO_CONSENT)]


def test_seen_for_the_first_time_already_edited_after_closing_is_rejected(office: Office, store: Any) -> None:
    store(office, after_closing(response()))
    assert office.outcomes("r1") == [rejected(Reason.EDITED_AFTER_CLOSING)]
    assert holder(office) is None


def test_an_edit_in_time_that_turns_up_after_the_one_too_late_counts(office: Office, store: Any) -> None:
    first = response(comments="前")
    store(office, after_closing(first, comments="後"))
    store(office, first)
    assert office.outcomes("r1") == [ACCEPTED]
    assert answers(office) == {"comments": ["前"]}


# What cannot be judged, what comes twice or in disorder, what is withdrawn.


def test_what_cannot_be_judged_is_judged_again_each_time_it_is_seen(office: Office, store: Any) -> None:
    first = response(comments="一")
    broken = first | {"answers": 7}
    assert store(office, broken) == 1
    assert office.outcomes("r1") == [rejected(Reason.UNREADABLE)]
    assert store(office, broken) == 0
    assert store(office, first) == 1
    assert office.outcomes("r1") == [ACCEPTED]
    assert answers(office) == {"comments": ["一"]}


def test_what_cannot_be_judged_blocks_nobody(office: Office, store: Any) -> None:
    store(office, response("a"), response("b") | {"answers": 7}, response("c", TARO))
    assert office.outcomes("a", "b", "c") == [ACCEPTED, rejected(Reason.UNREADABLE), ACCEPTED]


def test_a_response_that_becomes_unreadable_leaves_its_queue(office: Office, store: Any) -> None:
    first = response()
    store(office, first, response("r2", created=OPENS + 2 * DAY))
    store(office, edit(first) | {"answers": 7})
    assert office.outcomes("r1", "r2") == [rejected(Reason.UNREADABLE), ACCEPTED]
    is_whole(office)


@pytest.mark.parametrize("times", [{"createTime": "?"}, {"lastSubmittedTime": "?"}, {"createTime": 7}])
def test_times_that_cannot_be_read_are_unreadable_too(office: Office, store: Any, times: dict[str, Any]) -> None:
    store(office, response() | times)
    assert office.outcomes("r1") == [rejected(Reason.UNREADABLE)]
    store(office, response())
    assert office.outcomes("r1") == [ACCEPTED]


def test_a_version_that_was_seen_writes_nothing(office: Office, store: Any) -> None:
    rows = [response(), response("r2", created=OPENS + 2 * DAY), response("r3", consent=None)]
    assert store(office, *rows) == 3
    assert isinstance(office.sealed, Memory)
    before = {path: doc for path, doc in office.sealed.dump().items() if "/leases/" not in path}
    assert store(office, *rows, *rows) == 0
    assert {path: doc for path, doc in office.sealed.dump().items() if "/leases/" not in path} == before


def test_an_older_version_that_turns_up_later_changes_nothing(office: Office, store: Any) -> None:
    first = response(comments="一")
    store(office, edit(first, 2, comments="三"))
    store(office, edit(first, 1, email=TARO, comments="二"))
    store(office, edit(first, 1, consent=None))
    store(office, first)
    assert office.outcomes("r1") == [ACCEPTED]
    assert answers(office) == {"comments": ["三"]}
    assert holder(office, TARO) is None


def test_rejected_again_for_the_same_reason_an_older_version_does_not_count(office: Office, store: Any) -> None:
    first = response(consent=None)
    store(office, first)
    store(office, edit(first, 2))
    store(office, edit(first, 1, consent="同意する"))
    assert office.outcomes("r1") == [rejected(Reason.NO_CONSENT)]


@pytest.mark.parametrize("gone", [False, True])
def test_what_is_withdrawn_never_comes_back(office: Office, store: Any, gone: bool) -> None:
    first = response()
    row_id = sealing().row_id("r1")
    before = indexed(first)[0].judged
    tombstone = LedgerRow(row_id, before.created, before.version, Outcome.WITHDRAWN, gone=gone)
    office.sealed.commit([Create(tombstone)])
    store(office, first)
    store(office, edit(first, comments="二"), after_closing(first))
    assert office.outcomes("r1") == [("withdrawn", None)]
    assert office.row("r1").version == before.version
    assert not office.row("r1").gone
    assert holder(office) is None


def test_gone_is_taken_back_when_the_response_is_there_again(office: Office, store: Any) -> None:
    first = response()
    store(office, first)
    for again in (first, edit(first, comments="二"), after_closing(first)):
        office.sealed.commit([Replace(replace(office.row("r1"), gone=True))])
        assert office.row("r1").gone
        store(office, again)
        assert not office.row("r1").gone
        assert office.outcomes("r1") == [ACCEPTED]
    is_whole(office)


def test_a_ledger_shows_neither_keys_nor_whom_it_has_met(office: Office) -> None:
    ledger = office.ledger()
    ledger.add(indexed(response()))
    shown = repr(ledger)
    assert "sealing" not in shown
    assert "met" not in shown


# What is judged again though no newer version is there: a question that was deleted and made anew.


def anew(
    *responses: Document, reason: Reason | None = None, anew: bool = False, unasked: bool = False
) -> list[Indexed]:
    """Judge responses as they are judged once it is known that a question was made anew; *reason*: otherwise."""
    found = (replace(one, reason=reason or one.reason, anew=anew, unasked=unasked) for one in judged(*responses))
    return list(map(sealing().indexed, found))


def settle(office: Office, responses: Sequence[Indexed], *, reseals: bool = False) -> int:
    ledger = office.ledger()
    if reseals:
        ledger.reseals = True
    written = ledger.settle(responses)
    ledger.hold.release()
    return written


@pytest.mark.parametrize("unasked", [False, True])
@pytest.mark.parametrize(("answers_it", "ends"), [(True, ACCEPTED), (False, rejected(Reason.NO_CONSENT))])
def test_who_answers_the_question_made_anew_is_judged_again_and_nobody_else(
    office: Office, answers_it: bool, unasked: bool, ends: tuple[str, str | None]
) -> None:
    settle(office, indexed(response(consent=None)))
    assert settle(office, anew(response(), anew=answers_it, unasked=unasked)) == answers_it
    assert office.outcomes("r1") == [ends]
    is_whole(office)


@pytest.mark.parametrize(
    ("marks", "ends"),
    [
        ({"unasked": True}, rejected(Reason.UNREADABLE)),
        ({"anew": True}, rejected(Reason.UNREADABLE)),
        ({}, rejected(Reason.NO_CONSENT)),
    ],
    ids=["was not asked", "answered what was made anew", "was asked as ever"],
)
def test_a_refusal_becomes_unreadable_only_where_the_question_was_another(
    office: Office, marks: dict[str, bool], ends: tuple[str, str]
) -> None:
    settle(office, indexed(response(consent="いいえ")))
    settle(office, anew(response(consent="いいえ"), reason=Reason.UNREADABLE, **marks))
    assert office.outcomes("r1") == [ends]
    is_whole(office)


def test_what_was_accepted_is_kept_when_it_cannot_be_read_any_more(office: Office) -> None:
    settle(office, indexed(response(comments="一")))
    assert settle(office, anew(response(), reason=Reason.UNREADABLE, anew=True, unasked=True)) == 0
    assert answers(office) == {"comments": ["一"]}


def test_what_cannot_be_read_either_time_is_not_written_again(office: Office) -> None:
    settle(office, anew(response(), reason=Reason.UNREADABLE, unasked=True))
    assert settle(office, anew(response(), reason=Reason.UNREADABLE, unasked=True)) == 0


def test_an_older_version_is_not_judged_again_in_place_of_a_newer_one(office: Office) -> None:
    first = response(comments="一")
    settle(office, indexed(edit(first, consent=None)))
    assert settle(office, anew(first, anew=True)) == 0
    assert office.outcomes("r1") == [rejected(Reason.NO_CONSENT)]


def test_what_is_withdrawn_is_not_judged_again(office: Office) -> None:
    settle(office, indexed(response(consent=None)))
    row = office.row("r1")
    office.sealed.commit([Replace(replace(row, outcome=Outcome.WITHDRAWN, reason=None, tag=b""))])
    assert settle(office, anew(response(), anew=True)) == 0
    assert office.outcomes("r1") == [("withdrawn", None)]


def test_what_is_judged_as_before_is_written_again_only_for_the_answers_that_are_sealed_with_it(
    office: Office,
) -> None:
    """A survey question was made anew: its answers are sealed now, and a response that is rejected brings none."""
    first, refused = response(), response("r2", consent=None)
    settle(office, indexed(first, refused))
    assert settle(office, anew(response(comments="一"), refused, anew=True)) == 0
    assert answers(office) == {}
    assert settle(office, anew(response(comments="一"), refused, anew=True), reseals=True) == 1
    assert answers(office) == {"comments": ["一"]}
    assert settle(office, anew(response(comments="二")), reseals=True) == 0


# Batches.


def many(count: int, **given: Any) -> list[Document]:
    return [
        response(f"r{n}", f"person{n}@example.jp", created=OPENS + timedelta(minutes=n), **given) for n in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, RESPONSES_A_BATCH - 1, RESPONSES_A_BATCH, RESPONSES_A_BATCH + 1, 520])
def test_new_responses_are_written_in_batches_without_reading(office: Office, count: int) -> None:
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    ledger = office.ledger()
    watched.reads.clear()
    assert ledger.add(indexed(*many(count))) == count
    assert watched.reads == {}
    assert len(watched.commits) - 1 == -(-count // RESPONSES_A_BATCH)
    assert all(len(writes) <= 499 for writes in watched.commits)
    is_whole(office)


def test_settled_responses_are_written_in_batches(office: Office) -> None:
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    ledger = office.ledger()
    watched.commits.clear()
    assert ledger.settle(indexed(*many(520))) == 520
    assert all(len(writes) <= 500 for writes in watched.commits)
    assert len(watched.commits) <= 2 * -(-520 // RESPONSES_A_BATCH)
    is_whole(office)


def test_a_new_response_is_two_writes_and_a_rejected_one_is_one(office: Office) -> None:
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    office.ledger().add(indexed(*many(200), *[response(f"x{n}", consent=None) for n in range(40)]))
    assert [len(writes) for writes in watched.commits[1:]] == [1 + 2 * 200 + 40]


def test_what_is_known_is_read_once_a_row(office: Office) -> None:
    rows = indexed(*many(500))
    office.ledger().add(rows)
    office.clock.wait(HOUR)
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    ledger = office.ledger()
    watched.reads.clear()
    assert ledger.settle(rows) == 0
    assert watched.reads == {"responses": 500}
    assert len(watched.commits) == 1


@dataclass
class Requests(WatchedStore):
    """A store that notes how many rows or entries each request asks for."""

    asked: list[tuple[str, int]] = field(default_factory=list)

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        if ids:
            self.asked.append((kind.COLLECTION, len(ids)))
        return super().get_many(kind, ids)


def test_the_people_of_a_batch_are_read_with_one_request(office: Office) -> None:
    known, *people = many(21)
    office.ledger().add(indexed(known, *people))
    office.clock.wait(HOUR)
    requests = Requests(office.sealed)
    office.sealed = requests
    assert office.ledger().settle(indexed(known, *(edit(one, comments="二") for one in people))) == 20
    assert requests.asked == [("responses", 21), ("entries", 20)]


def test_those_who_hold_the_entries_of_a_batch_are_read_with_one_request(office: Office) -> None:
    """Hundreds who answer twice would else cost hundreds of requests, one after the other."""
    office.ledger().add(indexed(*many(20)))
    office.clock.wait(HOUR)
    requests = Requests(office.sealed)
    office.sealed = requests
    again = [response(f"again{n}", f"person{n}@example.jp", created=OPENS + 5 * DAY) for n in range(20)]
    assert office.ledger().settle(indexed(*again)) == 20
    assert requests.asked == [("responses", 20), ("entries", 20), ("responses", 20)]
    is_whole(office)


def test_those_who_answer_twice_are_stored_as_they_come_and_not_all_in_the_end(office: Office) -> None:
    """A form of a hundred thousand is not held in memory, and what came before it stayed away is kept."""
    first = many(RESPONSES_A_BATCH)
    again = [response(f"again{n}", f"person{n}@example.jp", created=OPENS + 5 * DAY) for n in range(RESPONSES_A_BATCH)]

    def coming() -> Iterator[Indexed]:
        yield from indexed(*first, *again)
        raise Again(AWAY)

    with pytest.raises(Again):
        office.ledger().add(coming())
    assert office.sealed.count(LedgerRow, outcome=Outcome.DUPLICATE.value) == RESPONSES_A_BATCH
    is_whole(office)


def test_the_same_person_twice_in_a_batch_does_not_make_the_others_be_read(office: Office) -> None:
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    ledger = office.ledger()
    watched.reads.clear()
    rows = many(400)
    again = [
        response(f"a{n}", f"PERSON{n}@example.jp", created=OPENS + timedelta(days=5, minutes=n)) for n in range(10)
    ]
    assert ledger.add(indexed(*rows[:200], *again, *rows[200:])) == 410
    assert watched.reads == {"responses": 20, "entries": 10}
    assert office.outcomes(*(f"a{n}" for n in range(10))) == [DUPLICATE] * 10
    is_whole(office)


def test_the_same_response_twice_in_a_batch_is_counted_once(office: Office, store: Any) -> None:
    first = response(comments="一")
    store(office, first, response("r2", TARO), first, edit(first, comments="二"), first)
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]
    assert office.sealed.count(LedgerRow) == 2
    assert answers(office) == {"comments": ["二"]}
    is_whole(office)


def test_the_same_rejected_response_twice_in_a_batch_is_counted_once(office: Office, store: Any) -> None:
    first = response(consent=None)
    assert store(office, first, first) == 1
    assert office.sealed.count(LedgerRow) == 1


def test_what_a_run_before_this_one_stored_is_not_sealed_again(office: Office) -> None:
    rows = indexed(*many(1000))
    office.ledger().add(rows[:900])
    office.clock.wait(HOUR)
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    assert office.ledger().add(rows) == 100
    tried = [writes for writes in watched.commits if len(writes) > 400]
    assert len(tried) == 1
    assert office.sealed.count(Entry) == 1000
    is_whole(office)


def test_after_what_was_stored_already_new_ones_are_created_in_batches_again(office: Office) -> None:
    rows = indexed(*many(1500))
    office.ledger().add(rows[:249])
    office.clock.wait(HOUR)
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    ledger = office.ledger()
    watched.reads.clear()
    assert ledger.add(rows) == 1500 - 249
    assert watched.reads["responses"] <= 3 * RESPONSES_A_BATCH
    is_whole(office)


def test_six_hundred_people_who_move_at_once(office: Office) -> None:
    rows = many(600, comments="一")
    office.ledger().add(indexed(*rows))
    office.clock.wait(HOUR)
    labels = {n: label(office, f"person{n}@example.jp") for n in range(600)}
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    moved = [edit(row, email=f"person{(n + 1) % 600}@example.jp") for n, row in enumerate(rows)]
    assert office.ledger().settle(indexed(*moved)) == 600
    assert all(len(writes) <= 500 for writes in watched.commits)
    assert office.sealed.count(Entry) == 600
    assert {n: label(office, f"person{(n + 1) % 600}@example.jp") for n in range(600)} == labels
    is_whole(office)


def test_when_hundreds_answer_twice_every_response_is_counted(office: Office) -> None:
    rows = [*many(300), *[row | {"responseId": f"again{n}"} for n, row in enumerate(many(300))]]
    ids = {sealing().row_id(row["responseId"]): row["responseId"] for row in rows}
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    ledger = office.ledger(lambda wanted: {id: ids[id] for id in wanted})
    watched.reads.clear()
    assert ledger.add(indexed(*rows)) == 600
    assert watched.reads == {"responses": 600, "entries": 300}  # of each second one its own row and its holder's
    assert office.sealed.count(LedgerRow, outcome=Outcome.ACCEPTED.value) == 300
    assert office.sealed.count(LedgerRow, outcome=Outcome.DUPLICATE.value) == 300
    is_whole(office)


def test_who_is_displaced_in_a_later_batch_is_in_the_pool_no_longer(office: Office) -> None:
    rows = [
        *many(RESPONSES_A_BATCH + 1, **RIGHT)[1:],
        response("earlier", "person1@example.jp", created=OPENS, **RIGHT),
    ]
    seen = Comparison(sealing=sealing(), requested=(), keeps_pool=True, keeps_entries=True)
    office.ledger().settle(indexed(*rows), seen)
    seen.finish(office.sealed, RESPONSES_A_BATCH)
    pool = write_pool((entry.candidate.label, entry.candidate.prizes) for entry in office.sealed.scan(Entry))
    assert (seen.differing, seen.pool_hash()) == (0, sha256_hex(pool))


def test_the_largest_answers_of_a_whole_batch_fit_into_one_commit(office: Office) -> None:
    long = dict.fromkeys((*RIGHT, "comments", "source", "satisfaction"), "\x00" * 5000)
    rows = [*many(500, **long), *[row | {"responseId": f"again{n}"} for n, row in enumerate(many(500, **long))]]
    watched = WatchedStore(office.sealed)
    office.sealed = watched
    ids = {sealing().row_id(row["responseId"]): row["responseId"] for row in rows}
    office.ledger(lambda wanted: {id: ids[id] for id in wanted}).add(indexed(*rows))
    assert max(map(_bytes, watched.commits)) < COMMIT_BYTES / 1.2
    is_whole(office)


def _bytes(writes: Sequence[Write]) -> int:
    """Count what the records of a commit hold, names and framing left out."""

    def size(value: Any) -> int:
        if isinstance(value, dict):
            return sum(len(name) + size(inner) for name, inner in value.items())
        if isinstance(value, list):
            return sum(map(size, value))
        return len(value) if isinstance(value, (str, bytes)) else 8

    return sum(len(write.record.id) + size(write.record.to_doc()) for write in writes if not isinstance(write, Delete))


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("way", Way)
def test_a_run_that_is_cut_off_leaves_every_queue_whole(office: Office, at: int, way: Way) -> None:
    rows = many(400, comments="一")
    office.ledger().add(indexed(*rows))
    office.clock.wait(HOUR)
    moved = indexed(*[edit(row, email=f"person{(n + 7) % 400}@example.jp") for n, row in enumerate(rows)])
    plain, office.sealed = office.sealed, Faults(at, way).before(office.sealed, "sealed")
    ledger = office.ledger()
    try:
        ledger.settle(moved)
    except (Killed, Again):
        office.sealed = plain
        is_whole(office)
    office.sealed = plain
    office.clock.wait(HOUR)
    office.ledger().settle(moved)
    is_whole(office)
    assert office.sealed.count(Entry) == 400


# The count.


def test_what_is_stored_is_counted_by_what_became_of_it(office: Office) -> None:
    office.ledger().add(
        indexed(
            response("r1", email="da.me.@docomo.ne.jp"),
            response("r2", email="da.me.@docomo.ne.jp", created=OPENS + 2 * DAY),
            response("r3", TARO),
            response("r4", email="なし"),
            response("r5", email=""),
            response("r6", consent=None),
            response("r7", "jiro@example.jp"),
        )
    )
    gone = replace(office.row("r3"), gone=True)
    withdrawn = [replace(office.row(id), outcome=Outcome.WITHDRAWN, reason=None, gone=True) for id in ("r5", "r6")]
    office.sealed.commit([Replace(row) for row in (gone, *withdrawn)])
    totals = count(office.sealed, lambda: OPENS)
    assert totals == Totals(
        ONLY,
        counted_at=stamp(OPENS),
        received=7,
        accepted=3,
        duplicates=1,
        rejected={"bad_address": 1},
        withdrawn=2,
        gone=3,
        gone_open=1,
        doubtful=1,
        address_faults={"no_at": 1, "empty": 1},
    )


# Whatever happens, in whatever order it is seen.

PEOPLE = ("a@example.jp", "b@example.jp", "c@example.jp")
SPELT = (str, str.upper, lambda text: f" {text} ", lambda text: text.replace("@", "＠"))
INSTANTS = [OPENS - DAY, *(OPENS + DAY * n for n in range(4)), CLOSES - timedelta(seconds=1), CLOSES, CLOSES + DAY]


@st.composite
def histories(draw: st.DrawFn) -> list[Document]:
    """Invent every version of a handful of responses of a few people, each with another comment."""
    found = []
    for n in range(draw(st.integers(1, 6))):
        created = draw(st.sampled_from(INSTANTS))
        later = sorted(draw(st.sets(st.integers(0, 60 * 24 * 30), max_size=3)))
        for number, minutes in enumerate([0, *(minute + 1 for minute in later)]):
            email = draw(st.sampled_from(SPELT))(draw(st.sampled_from(PEOPLE)))
            version = response(
                f"r{n}",
                draw(st.sampled_from([email] * 8 + ["なし", None])),
                created=zulu(created),
                edited=zulu(created + timedelta(minutes=minutes)),
                consent=draw(st.sampled_from(["同意する"] * 8 + ["同意しない"])),
                comments=f"{n}-{number}",
                wish="ピンバッジ",
                **(RIGHT if draw(st.booleans()) else {}),
            )
            if draw(st.integers(0, 19)) == 0:
                version["answers"] |= {IDS["comments"]: []}
            found.append(version)
    return found


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Document], list[tuple[str, list[Document]]]]:
    """Invent a history and how it is seen: in any order, some of it twice, in batches that add or settle."""
    history = draw(histories())
    twice = draw(st.lists(st.sampled_from(history), max_size=4))
    order = draw(st.permutations(history + twice))
    cuts = sorted(draw(st.sets(st.integers(0, len(order)), max_size=5)))
    slices = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return history, [(draw(st.sampled_from(["add", "settle"])), batch) for batch in slices]


def verdicts(office: Office, ids: Iterator[str]) -> dict[str, oracle.Verdict]:
    """Read outcome, reason and opened values of responses as the oracle says them."""
    found = {}
    for id in ids:
        row = office.row(id)
        entry = office.sealed.get(Entry, row.address) if row.outcome is Outcome.ACCEPTED else None
        candidate = entry.record.candidate if entry else row.waiting
        address, told = opened(candidate) if candidate else ("", {"answers": {}})
        prizes = candidate.prizes if candidate else ()
        found[id] = oracle.Verdict(row.outcome.value, row.reason and row.reason.value, address, prizes, told["answers"])
    return found


@settings(max_examples=300)
@given(arrivals())
def test_the_end_depends_on_the_last_versions_in_time_alone(
    seen: tuple[list[Document], list[tuple[str, list[Document]]]],
) -> None:
    history, batches = seen
    office = Office()
    raw = {sealing().row_id(version["responseId"]): version["responseId"] for version in history}
    for way, batch in batches:
        ledger = office.ledger(lambda wanted: {id: raw[id] for id in wanted})
        getattr(ledger, way)(indexed(*batch))
        ledger.hold.release()
    expected = oracle.judge(TREE, FORM, history)
    assert verdicts(office, iter(expected)) == expected
    assert office.sealed.count(LedgerRow) == len(expected)
    is_whole(office)


def test_invented_entrants_in_any_order_come_to_what_the_oracle_says(office: Office) -> None:
    history = [press.response for press in history_of(CAMPAIGN, FORM, 400, seed=11)]
    chance = random.Random(5)
    chance.shuffle(history)
    ledger = office.ledger()
    for start in range(0, len(history), 70):
        batch = indexed(*history[start : start + 70])
        ledger.add(batch) if chance.random() < 0.5 else ledger.settle(batch)
    expected = oracle.outcomes(FILE, FORM, history)
    ids = list(expected)
    assert dict(zip(ids, office.outcomes(*ids), strict=True)) == {
        id: (row["outcome"], row["reason"]) for id, row in expected.items()
    }
    is_whole(office)
