"""Intake as a whole: what is pulled when, what is left behind, and that nothing is lost, whatever goes wrong."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from prizedraw.adapters.memory import Memory
from prizedraw.entries import reconciled
from prizedraw.entries.ledger import RESPONSES_A_BATCH
from prizedraw.errors import Again, Broken, Final, PrizedrawError, Refused
from prizedraw.intake import OUT_OF_TIME
from prizedraw.ports import Create, Delete, Document, Replace, Watch
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Cursor, Entry, FormWatch, LedgerRow, Outcome, Reconciliation, Totals
from prizedraw.records.lottery import Freezing
from prizedraw.records.running import ONLY
from prizedraw.rehearsal.entrants import ResponseKind, history_of
from prizedraw.runtime.orders import Message, Reply, Result
from prizedraw.times import instant, instant_of, moment_of
from prizedraw.typed.address_faults import AddressFault
from support import oracle
from support.builders import (
    CAMPAIGN,
    CLOSES,
    FORM,
    IDS,
    OPENS,
    TICK,
    TREE,
    Office,
    WatchedStore,
    opened,
    response,
    zulu,
)
from support.clock import SECOND, TIMES, Clock
from support.faults import LOST, NONE, Faults, Killed, Way, cut_off, some_points

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTLED = CAMPAIGN.settled_at - CLOSES
NOW = OPENS + 2 * DAY
OURS = {"eventType": "RESPONSES", "formId": CAMPAIGN.form.id, "watchId": "watch-1"}
SCHEMA = OURS | {"eventType": "SCHEMA"}
HANAKO, TARO = "hanako@example.jp", "taro@example.jp"
ACCEPTED, DUPLICATE = ("accepted", None), ("duplicate", None)
TROUBLE = [Again(LOST), Refused(LOST), Broken(LOST), Final(LOST)]


@pytest.fixture
def office() -> Office:
    return Office(Clock(NOW))


def asked(office: Office, name: str = "responses") -> list[str | None]:
    """Return what each call of *name* on the form was given, and forget all calls."""
    calls = [call.argument for call in office.form.calls if call.name == name]
    office.form.calls.clear()
    return calls


def submit(office: Office, *ids: str, at: datetime | None = None, **given: Any) -> None:
    """Submit responses, just now or *at* a time, each of a person of its own."""
    for id in ids:
        address = given.get("email", f"{id}@example.jp")
        created = at or office.clock.now - timedelta(seconds=1)
        office.form.submit(response(id, **given | {"email": address, "created": created}))


def run_with(office: Office, faults: Faults) -> Reply:
    """Run `intake` with faults before all that it changes."""
    return office.run(faults=faults)


def stored(office: Office) -> dict[str, Any]:
    """Return what is stored as it may be compared between runs: without keys, random labels, versions and leases."""
    rows = sorted(office.sealed.scan(LedgerRow), key=lambda row: row.id)
    entries = sorted(office.sealed.scan(Entry), key=lambda entry: entry.id)
    cursor, totals = office.one(Cursor), office.one(Totals)
    reconciled = office.state.get(Reconciliation, ONLY)
    marks = {cursor.recent[start : start + 16] for start in range(0, len(cursor.recent), 16)}
    return {
        "rows": [replace(row, waiting=None, line="", tag=b"") for row in rows],
        "waiting": [(opened(row.waiting), row.waiting.prizes) for row in rows if row.waiting is not None],
        "entries": [(entry.id, entry.response, opened(entry.candidate), entry.candidate.prizes) for entry in entries],
        "cursor": (cursor.since, marks),
        "totals": replace(totals, counted_at=""),
        "reconciled": reconciled and (reconciled.record.form_count, reconciled.record.balances),
    }


# When it is called.


def test_before_preparation_it_refuses_and_reads_nothing(office: Office) -> None:
    office.state = Memory(CAMPAIGN.id)
    with pytest.raises(Refused) as failure:
        office.run()
    assert failure.value.problem.code == "E-301"
    assert office.form.calls == []


def test_a_preparation_that_is_not_through_is_none(office: Office) -> None:
    office.state.commit([Replace(replace(office.one(Prepared), prepared_at=""))])
    with pytest.raises(Refused):
        office.run()
    assert office.form.calls == []


def test_another_form_s_notification_is_left_alone(office: Office) -> None:
    submit(office, "r1")
    reply = office.run(Message(OURS | {"formId": "1AnotherFormIdxxxxxxxxxxxxxxxxxxxx"}))
    assert reply.result is Result.UNCHANGED
    assert office.form.calls == []
    assert office.sealed.count(LedgerRow) == 0


@pytest.mark.parametrize("message", [TICK, Message(OURS), Message({}), Message(OURS, b"ignored"), Message(SCHEMA)])
def test_a_notification_and_a_tick_pull_alike(office: Office, message: Message) -> None:
    submit(office, "r1", "r2")
    reply = office.run(message)
    assert reply.result is Result.DONE
    assert dict(reply.counts) == {"新しい・変わった応募": 2}
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]


def test_a_reply_holds_no_word_of_a_person(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    submit(office, "r1", email="Hanako@example.jp", comments="内緒です")
    said = json.dumps(office.run().to_json(), ensure_ascii=False) + capsys.readouterr().out
    assert "anako" not in said
    assert "内緒" not in said


def test_after_the_freeze_only_the_watch_is_ended(office: Office) -> None:
    office.run()
    submit(office, "r1")
    office.state.commit([Create(Freezing(ONLY, instant_of(NOW)))])
    for _ in range(2):
        office.form.calls.clear()
        assert office.run().result is Result.UNCHANGED
        assert {call.name for call in office.form.calls} <= {"list", "delete"}
        assert office.form.list() == []
    assert office.sealed.count(LedgerRow) == 0


def test_after_the_freeze_a_form_that_is_no_longer_ours_is_no_trouble(office: Office) -> None:
    office.state.commit([Create(Freezing(ONLY, instant_of(NOW)))])
    office.form.unshare()
    assert office.run().result is Result.UNCHANGED


def test_a_gate_that_closes_while_the_lease_is_taken_is_seen(office: Office) -> None:
    submit(office, "r1")
    faults = Faults(0, meanwhile=lambda: office.state.commit([Create(Freezing(ONLY, instant_of(NOW)))]))
    assert office.run(sealed=faults.before(office.sealed, "sealed")).result is Result.UNCHANGED
    assert "responses" not in {call.name for call in office.form.calls}
    assert office.sealed.count(LedgerRow) == 0
    assert office.ledger()


def test_while_another_run_is_going_it_does_nothing(office: Office) -> None:
    submit(office, "r1")
    other = office.ledger()
    assert office.run().result is Result.UNCHANGED
    assert office.form.calls == []
    other.hold.release()
    assert office.run().result is Result.DONE


# What is read: the cursor.


def test_the_first_pull_reads_everything_and_the_next_what_is_new_less_an_overlap(office: Office) -> None:
    submit(office, "r1", at=NOW - HOUR)
    office.run()
    assert asked(office) == [None]
    assert office.one(Cursor).since == instant(zulu(NOW - HOUR, ".000001"))
    office.run()
    assert asked(office) == [instant(zulu(NOW - HOUR - 10 * MINUTE, ".000001"))]


def test_the_cursor_keeps_every_decimal(office: Office) -> None:
    office.form.submit(response(created="2026-02-04T00:00:00.123456789Z"))
    office.run()
    assert office.one(Cursor).since == "2026-02-04T00:00:00.123456789Z"
    office.form.submit(response("r2", TARO, created="2026-02-04T00:00:00.123456788Z"))
    assert office.run().counts["新しい・変わった応募"] == 1


def test_a_form_without_responses_is_read_and_counted(office: Office) -> None:
    office.run()
    office.run()
    assert asked(office) == [None, None]
    assert office.one(Totals) == Totals(ONLY, "2026-02-05T01:00:00Z", 0, 0, 0, {}, 0, 0, 0, 0)
    submit(office, "r1")
    office.run()
    assert office.outcomes("r1") == [ACCEPTED]


def test_a_response_that_becomes_visible_ten_minutes_late_is_found(office: Office) -> None:
    submit(office, "r1", at=NOW)
    office.run()
    submit(office, "r2", at=NOW - 10 * MINUTE)
    office.clock.wait(5 * MINUTE)
    office.run()
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]


def test_what_lies_in_the_overlap_is_not_read_again(office: Office) -> None:
    submit(office, *(f"r{n}" for n in range(40)))
    office.run()
    office.clock.wait(MINUTE)
    submit(office, "new")
    sealed, state = WatchedStore(office.sealed), WatchedStore(office.state)
    assert office.run(sealed=sealed, state=state).counts["新しい・変わった応募"] == 1
    assert sealed.reads == {"leases": 1}
    assert [len(writes) for writes in sealed.commits] == [1, 3, 1]


def test_a_pull_that_finds_nothing_new_writes_nothing_but_the_lease(office: Office) -> None:
    submit(office, "r1", "r2")
    office.run()
    sealed, state = WatchedStore(office.sealed), WatchedStore(office.state)
    assert office.run(sealed=sealed, state=state).counts["新しい・変わった応募"] == 0
    assert [len(writes) for writes in sealed.commits] == [1, 1]
    assert state.commits == []


def test_an_edit_within_the_overlap_is_seen(office: Office) -> None:
    submit(office, "r1", email=HANAKO, comments="一")
    office.run()
    office.clock.wait(MINUTE)
    office.form.submit(response("r1", HANAKO, created=NOW, edited=office.clock.now, comments="二"))
    office.run()
    entry = office.entry(HANAKO)
    assert entry is not None
    assert opened(entry.candidate)[1]["answers"] == {"comments": ["二"]}


def test_the_cursor_never_goes_beyond_now(office: Office) -> None:
    submit(office, "r1", at=NOW + HOUR)
    submit(office, "r2", at=NOW - HOUR)
    office.run()
    assert office.one(Cursor).since == instant_of(NOW)
    office.clock.wait(30 * MINUTE)
    submit(office, "r3")
    office.run()
    assert office.one(Cursor).since == instant_of(office.clock.now)
    assert office.outcomes("r1", "r2", "r3") == [ACCEPTED] * 3
    sealed = WatchedStore(office.sealed)
    office.run(sealed=sealed)
    assert sealed.reads == {"leases": 1}


def test_the_cursor_moves_only_after_everything_is_stored(office: Office) -> None:
    submit(office, *(f"r{n}" for n in range(600)))
    with pytest.raises(Killed):
        office.run(sealed=Faults(2).before(office.sealed, "sealed"))
    assert office.state.get(Cursor, ONLY) is None
    assert office.sealed.count(LedgerRow) == 249
    office.clock.wait(10 * MINUTE)
    office.run()
    assert office.sealed.count(LedgerRow) == 600


def test_pages_come_in_no_order(office: Office) -> None:
    office.form.page_limit = 7
    submit(office, "first", at=NOW - 5 * HOUR, email=HANAKO)
    for n in range(30):
        submit(office, f"r{n}", at=NOW - HOUR - n * MINUTE, email=f"p{n % 9}@example.jp")
    submit(office, "last", at=NOW - 30 * MINUTE, email="HANAKO@example.jp")
    office.run()
    assert office.one(Cursor).since == instant(zulu(NOW - 30 * MINUTE, ".000001"))
    assert office.outcomes("first", "last") == [ACCEPTED, DUPLICATE]
    assert office.one(Totals).accepted == 10


def test_two_made_at_one_instant_and_seen_apart_are_told_apart_by_reading_the_form(office: Office) -> None:
    at = zulu(NOW - HOUR, ".5")
    office.form.submit(response("b", created=at))
    office.run()
    assert asked(office) == [None]
    office.form.submit(response("a", created=at))
    office.run()
    assert asked(office) == [instant(zulu(NOW - HOUR - 10 * MINUTE, ".5")), None]
    assert office.outcomes("a", "b") == [ACCEPTED, DUPLICATE]


def test_the_marks_of_a_busy_hour_have_a_limit_and_beyond_the_ledger_is_read(office: Office) -> None:
    submit(office, *(f"r{n}" for n in range(300)))
    office.run()
    cursor = office.one(Cursor)
    assert len(cursor.recent) == 300 * 16
    office.state.commit([Replace(replace(cursor, recent=cursor.recent[16 * 100 :]))])
    sealed = WatchedStore(office.sealed)
    assert office.run(sealed=sealed).counts["新しい・変わった応募"] == 0
    assert sealed.reads["responses"] == 100
    assert len(office.one(Cursor).recent) == 300 * 16
    assert office.one(Totals).accepted == 300


# Full reads and the reconciliation.


def full_reads(office: Office, *after: timedelta) -> list[bool]:
    """Run at each time after opening, and tell whether everything was read."""
    found = []
    for moment in after:
        office.clock.now = OPENS + moment
        office.form.calls.clear()
        office.run()
        found.append(office.state.get(Reconciliation, ONLY) is not None and None in asked(office))
    return found


def test_everything_is_read_daily(office: Office) -> None:
    submit(office, "r1", at=OPENS)
    moments = [HOUR, DAY, HOUR + DAY, HOUR + DAY + MINUTE, 2 * DAY, HOUR + 2 * DAY]
    assert full_reads(office, *moments) == [False, False, True, False, False, True]


def test_what_was_overlooked_is_found_by_the_daily_reading(office: Office) -> None:
    submit(office, "r1")
    office.run()
    submit(office, "r2", at=NOW - DAY)
    office.clock.wait(HOUR)
    office.run()
    assert office.sealed.count(LedgerRow) == 1
    office.clock.wait(DAY)
    assert office.run().counts["新しい・変わった応募"] == 1
    assert office.outcomes("r2") == [ACCEPTED]
    assert office.one(Reconciliation).balances


@pytest.mark.parametrize("read", [timedelta(hours=25), CLOSES + SETTLED - NOW])
def test_what_only_a_full_reading_has_shown_is_known_when_it_is_edited_late(office: Office, read: timedelta) -> None:
    submit(office, "r1", at=NOW - DAY, comments="期限内")
    office.form.remove("r1")
    submit(office, "r2")
    office.run()
    submit(office, "r1", at=NOW - DAY, comments="期限内")
    office.clock.wait(read)
    office.run()
    office.clock.now = max(office.clock.now, CLOSES) + HOUR
    office.form.submit(response("r1", "r1@example.jp", created=NOW - DAY, edited=office.clock.now, comments="期限後"))
    office.run()
    assert office.outcomes("r1") == [ACCEPTED]
    entry = office.entry("r1@example.jp")
    assert entry is not None
    assert opened(entry.candidate)[1]["answers"]["comments"] == ["期限内"]


def test_after_closing_everything_is_read_once_more_when_it_is_settled_and_then_daily(office: Office) -> None:
    submit(office, "r1", at=CLOSES - MINUTE)
    closes = CLOSES - OPENS
    moments = [closes - MINUTE, closes + MINUTE, closes + SETTLED - MINUTE, closes + SETTLED]
    assert full_reads(office, *moments) == [False, False, False, True]
    assert moment_of(office.one(Reconciliation).began_at) == CLOSES + SETTLED
    later = [closes + SETTLED + 5 * MINUTE, closes + 2 * HOUR, closes + SETTLED + DAY]
    assert full_reads(office, *later) == [False, False, True]


def test_a_reading_too_soon_after_closing_is_not_the_last_one(office: Office) -> None:
    office.clock.now = CLOSES - HOUR
    office.run()
    submit(office, "r1", at=CLOSES - MINUTE)
    office.clock.now = CLOSES + MINUTE
    office.run()
    assert moment_of(office.one(Reconciliation).began_at) == CLOSES + MINUTE
    office.clock.now = CLOSES + SETTLED
    office.run()
    assert moment_of(office.one(Reconciliation).began_at) == CLOSES + SETTLED


def test_whatever_comes_after_closing_is_reconciled_at_once(office: Office) -> None:
    submit(office, "r1", at=CLOSES - HOUR)
    office.clock.now = CLOSES + SETTLED
    office.run()
    submit(office, "r2", at=CLOSES + 30 * MINUTE)
    office.clock.now = CLOSES + 31 * MINUTE
    office.run()
    found = office.one(Reconciliation)
    assert moment_of(found.began_at) == CLOSES + 31 * MINUTE
    assert found.balances
    assert found.totals["received"] == office.one(Totals).received == found.form_count == 2
    assert office.outcomes("r2") == [("rejected", "after_closing")]


def test_a_flood_after_closing_is_read_at_most_every_ten_minutes_and_the_freeze_never_waits_for_it(
    office: Office,
) -> None:
    submit(office, "r1", at=CLOSES - HOUR)
    began, rows = [], 0
    for minute in range(60):
        office.clock.now = CLOSES + SETTLED + minute * MINUTE
        submit(office, f"late-{minute}", at=office.clock.now - SECOND)
        for message in (Message(OURS), *([TICK] if minute % 10 == 0 else [])):
            office.run(message)
            found = office.one(Reconciliation)
            began.append(found.began_at)
            assert reconciled.latest(CAMPAIGN, office.state) == found
            rows = office.sealed.count(LedgerRow)
            assert (found.balances, found.form_count) == (True, rows), "what is stored is what was reconciled"
    assert len(set(began)) == 6
    assert rows == 1 + 51
    assert office.outcomes("late-0", "late-50") == [("rejected", "after_closing")] * 2


def test_so_soon_after_a_full_read_a_late_response_waits_for_the_next_and_the_reply_says_so(office: Office) -> None:
    office.clock.now = CLOSES + SETTLED
    office.run()
    submit(office, "r1", at=CLOSES + SETTLED)
    office.clock.wait(10 * MINUTE - SECOND)
    assert "次の回に" in office.run(Message(OURS)).summary[0]
    assert office.sealed.count(LedgerRow) == 0
    office.clock.wait(SECOND)
    office.run()
    assert office.outcomes("r1") == [("rejected", "after_closing")]


def test_until_all_that_is_in_time_is_settled_it_is_stored_however_soon_it_comes(office: Office) -> None:
    office.clock.now = CLOSES + MINUTE
    submit(office, "r1", at=CLOSES - MINUTE)
    office.run()
    for number in range(5):
        submit(office, f"more-{number}", at=CLOSES - SECOND)
        office.clock.wait(MINUTE)
        office.run(Message(OURS))
        assert office.outcomes(f"more-{number}") == [ACCEPTED]
    assert moment_of(office.one(Reconciliation).began_at) <= CLOSES + 2 * MINUTE, "one full read for all of them"


def test_as_long_as_something_is_gone_everything_is_read_hourly(office: Office) -> None:
    submit(office, "r1", "r2")
    office.run()
    office.form.remove("r2")
    closes = CLOSES - OPENS
    moments = [closes + SETTLED, closes + HOUR, closes + SETTLED + HOUR, closes + SETTLED + 2 * HOUR]
    assert full_reads(office, *moments) == [True, False, True, True]
    submit(office, "r2", at=NOW)
    assert full_reads(office, closes + SETTLED + 3 * HOUR, closes + SETTLED + 4 * HOUR) == [True, False]


def test_as_long_as_the_numbers_differ_everything_is_read_hourly(office: Office) -> None:
    submit(office, "r1", "r2")
    closes = CLOSES - OPENS
    assert full_reads(office, closes + SETTLED) == [True]
    office.state.commit([Replace(replace(office.one(Reconciliation), form_count=3))])
    assert full_reads(office, closes + HOUR, closes + SETTLED + HOUR) == [False, True]
    assert office.one(Reconciliation).balances


def test_the_reconciliation_counts_every_response_once(office: Office) -> None:
    submit(office, "a", "b", "c", email=HANAKO)
    submit(office, "d", email="da.me.@docomo.ne.jp")
    submit(office, "e", consent=None)
    submit(office, "f", "g", email="なし")
    submit(office, "h", at=OPENS - DAY)
    submit(office, "i", at=CLOSES)
    office.form.submit(response("j", created=NOW, edited=CLOSES))
    office.form.submit(response("k", created=NOW) | {"answers": {IDS["consent"]: 7}})
    office.clock.now = CLOSES + SETTLED
    office.run()
    totals, found = office.one(Totals), office.one(Reconciliation)
    assert totals == Totals(
        ONLY,
        counted_at="2026-03-01T15:10:00Z",
        received=11,
        accepted=2,
        duplicates=2,
        rejected={
            "before_opening": 1,
            "after_closing": 1,
            "edited_after_closing": 1,
            "no_consent": 1,
            "bad_address": 2,
            "unreadable": 1,
        },
        withdrawn=0,
        gone=0,
        gone_open=0,
        doubtful=1,
        address_faults={"no_at": 2},
    )
    assert found.totals == totals.to_doc()
    assert (found.form_count, found.balances) == (11, True)
    assert (found.began_at, found.ended_at) == (instant_of(CLOSES + SETTLED),) * 2


def test_a_response_that_is_gone_is_marked_counted_and_taken_back(office: Office) -> None:
    submit(office, "r1", "r2", "r3")
    office.run()
    office.form.remove("r2")
    office.clock.wait(DAY)
    office.run()
    assert [office.row(id).gone for id in ("r1", "r2", "r3")] == [False, True, False]
    totals, found = office.one(Totals), office.one(Reconciliation)
    assert (totals.received, totals.accepted, totals.gone, totals.gone_open) == (3, 3, 1, 1)
    assert (found.form_count, found.balances) == (2, True)
    submit(office, "r2", at=NOW)
    office.clock.wait(DAY)
    office.run()
    assert not office.row("r2").gone
    assert (office.one(Totals).gone, office.one(Reconciliation).balances) == (0, True)


def test_gone_and_new_ones_at_once_are_not_taken_for_one_another(office: Office) -> None:
    submit(office, "r1", "r2")
    office.run()
    office.form.remove("r1")
    office.form.remove("r2")
    submit(office, "r3", "r4", at=NOW)
    office.clock.wait(DAY)
    office.run()
    assert [office.row(id).gone for id in ("r1", "r2", "r3", "r4")] == [True, True, False, False]
    assert office.one(Reconciliation).form_count == 2


def test_many_that_are_gone_are_marked_in_batches(office: Office) -> None:
    submit(office, *(f"r{n}" for n in range(900)))
    office.run()
    for n in range(900):
        office.form.remove(f"r{n}")
    office.clock.wait(DAY)
    sealed = WatchedStore(office.sealed)
    office.run(sealed=sealed)
    assert max(len(writes) for writes in sealed.commits) <= 500
    assert (office.one(Totals).gone, office.one(Reconciliation).form_count) == (900, 0)
    assert office.one(Reconciliation).balances


def test_what_was_withdrawn_and_then_deleted_does_not_stop_the_freeze(office: Office) -> None:
    submit(office, "r1", "r2")
    office.run()
    entry = office.entry("r1@example.jp")
    assert entry is not None
    withdrawn = replace(office.row("r1"), outcome=Outcome.WITHDRAWN, address="")
    office.sealed.commit([Replace(withdrawn), Replace(replace(entry, response=office.row("r2").id))])
    office.form.remove("r1")
    office.clock.wait(DAY)
    office.run()
    totals = office.one(Totals)
    assert (totals.withdrawn, totals.gone, totals.gone_open) == (1, 1, 0)
    assert office.one(Reconciliation).balances


def test_a_full_reading_does_not_read_the_entries_of_who_is_known(office: Office) -> None:
    submit(office, *(f"r{n}" for n in range(500)))
    office.run()
    office.clock.wait(DAY)
    sealed = WatchedStore(office.sealed)
    office.run(sealed=sealed)
    assert sealed.reads == {"leases": 1, "responses": 500}


def test_what_could_not_be_judged_is_judged_again_at_a_full_reading(office: Office) -> None:
    whole = response(created=NOW)
    office.form.submit(whole | {"answers": {IDS["consent"]: 7}})
    office.run()
    assert office.outcomes("r1") == [("rejected", "unreadable")]
    office.form.submit(whole)
    office.clock.wait(2 * HOUR)
    office.run()
    assert office.outcomes("r1") == [("rejected", "unreadable")]
    office.clock.wait(DAY)
    office.run()
    assert office.outcomes("r1") == [ACCEPTED]


def test_totals_are_those_of_the_ledger_after_each_pull(office: Office) -> None:
    submit(office, "a", email=HANAKO)
    office.run()
    assert (office.one(Totals).received, office.one(Totals).accepted) == (1, 1)
    office.clock.wait(MINUTE)
    submit(office, "b", email=HANAKO)
    office.run()
    assert (office.one(Totals).received, office.one(Totals).duplicates) == (2, 1)


# When it counts.


def counted(office: Office, message: Message = TICK, faults: Faults = NONE) -> int:
    """Run once; return how many counts were asked for, and demand that totals are written if there were any."""
    sealed, state = WatchedStore(office.sealed), WatchedStore(office.state)
    office.run(message, sealed=sealed, state=state, faults=faults)
    written = [type(write.record) for writes in state.commits for write in writes if not isinstance(write, Delete)]
    assert (Totals in written) == bool(sealed.counts)
    assert len(set(sealed.counts)) == len(sealed.counts), "nothing is counted twice"
    return len(sealed.counts)


def test_a_notification_stores_and_counts_nothing_and_the_tick_counts_once(office: Office) -> None:
    office.run()
    for number in range(4):
        submit(office, f"r{number}")
        office.clock.wait(MINUTE)
        assert counted(office, Message(OURS)) == 0
    assert (office.sealed.count(LedgerRow), office.one(Totals).received) == (4, 0)
    assert office.one(Totals).counted_at == "2026-02-05T01:00:00Z", "what is old says so"
    assert counted(office) == 12
    assert (office.one(Totals).received, office.one(Totals).accepted) == (4, 4)
    assert office.one(Totals).counted_at == "2026-02-05T01:04:00Z"
    assert counted(office) == counted(office, Message(OURS)) == 0


def test_what_a_tick_finds_itself_it_counts_itself(office: Office) -> None:
    office.run()
    submit(office, "r1")
    assert counted(office) == 12
    assert counted(office) == 0
    submit(office, "r2", email="なし")
    assert counted(office) == 12 + len(AddressFault)


@pytest.mark.parametrize("message", [TICK, Message({}), Message({"formId": CAMPAIGN.form.id}), Message({}, b"x")])
def test_whatever_is_no_notification_of_the_form_counts(office: Office, message: Message) -> None:
    submit(office, "r1")
    office.run(Message(SCHEMA))
    assert office.state.get(Totals, ONLY) is None
    office.run(message)
    assert office.one(Totals).received == 1


def test_while_no_tick_comes_through_a_notification_counts_every_half_hour(office: Office) -> None:
    office.run()
    found = []
    for number in range(70):
        submit(office, f"r{number}")
        found.append(counted(office, Message(OURS)))
        office.clock.wait(MINUTE)
    assert [number for number, counts in enumerate(found) if counts] == [30, 61]
    assert office.one(Totals).received == 62
    assert counted(office) == 12
    assert office.one(Totals).received == 70


def test_a_notification_that_brings_nothing_counts_what_waits_too_long(office: Office) -> None:
    office.run()
    submit(office, "r1")
    office.run(Message(OURS))
    office.clock.wait(30 * MINUTE - SECOND)
    assert counted(office, Message(OURS)) == 0
    office.clock.wait(SECOND)
    assert counted(office, Message(OURS)) == 12


def test_after_closing_a_notification_counts_since_it_reconciles(office: Office) -> None:
    submit(office, "r1", at=CLOSES - HOUR)
    office.clock.now = CLOSES + SETTLED
    office.run(Message(OURS))
    assert office.one(Totals).received == office.one(Reconciliation).totals["received"] == 1
    submit(office, "r2", at=CLOSES + 30 * MINUTE)
    office.clock.now = CLOSES + 31 * MINUTE
    office.run(Message(OURS))
    assert office.one(Totals).received == office.one(Reconciliation).totals["received"] == 2
    assert not office.one(Cursor).uncounted


@pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
def test_a_tick_that_dies_over_its_counts_leaves_them_to_the_next(office: Office, way: Way) -> None:
    office.run()
    submit(office, "r1")
    office.run(Message(OURS))
    with contextlib.suppress(Again):
        office.run(faults=Faults(1, way))
    office.run(Message(OURS))
    office.run()
    assert office.one(Totals).received == 1


# Time.


@dataclass
class SlowForm:
    """Let time pass with each response."""

    office: Office
    seconds: float

    def form(self) -> Document:
        return self.office.form.form()

    def responses(self, since: str | None = None) -> Iterator[Document]:
        for row in self.office.form.responses(since):
            self.office.clock.wait(self.seconds * SECOND)
            yield row


@pytest.mark.parametrize("full", [False, True])
def test_what_is_not_done_in_time_the_next_run_does(office: Office, full: bool) -> None:
    office.run()
    office.clock.wait((25 if full else 1) * HOUR)
    office.form.page_limit = 50
    submit(office, *(f"r{n}" for n in range(300)), at=NOW)
    with pytest.raises(Again) as failure:
        office.run(form=SlowForm(office, 1.5))
    assert failure.value.problem is OUT_OF_TIME
    assert office.sealed.count(LedgerRow) == RESPONSES_A_BATCH
    assert office.one(Cursor).since == ""
    left = 300 - RESPONSES_A_BATCH
    assert office.run(form=SlowForm(office, 1)).counts["新しい・変わった応募"] == left
    assert office.one(Totals).received == 300


def test_it_stops_before_the_function_is_stopped() -> None:
    assert TIMES.lease - TIMES.budget >= 2 * MINUTE


# Cut off anywhere, run again.


SOON = OPENS + 10 * DAY
HISTORY = [press for press in history_of(CAMPAIGN, FORM, 100, seed=2) if press.kind is not ResponseKind.GOOD]


def history(office: Office) -> None:
    """Bring about rows of every kind: some known, of which some were edited since, and new ones."""
    office.clock.now = SOON
    submit(office, *(f"r{n}" for n in range(12)), at=OPENS)
    submit_history(office)
    office.run()
    office.clock.now = SOON + 2 * HOUR
    submit(office, *(f"n{n}" for n in range(12)), at=SOON + MINUTE)
    submit(office, "d1", "d2", at=SOON, email="n3@example.jp")
    for n, address in enumerate([HANAKO, "R2@example.jp", "r0@example.jp", "none"]):
        office.form.submit(response(f"r{n}", address, created=OPENS, edited=SOON + HOUR))


def submit_history(office: Office) -> None:
    """Submit what was invented, up to now."""
    for press in HISTORY:
        if press.at < office.clock.now:
            office.form.submit(press.response)


def incremental(office: Office) -> None:
    history(office)


def crossing_batches(office: Office) -> None:
    history(office)
    submit(office, *(f"x{n}" for n in range(240)), at=SOON + MINUTE, consent=None)


def daily(office: Office) -> None:
    history(office)
    office.form.remove("r7")
    office.form.remove("d1")
    office.clock.now = SOON + DAY


def just_closed(office: Office) -> None:
    history(office)
    office.run()
    office.clock.now = CLOSES + 2 * MINUTE
    submit_history(office)
    submit(office, "late", at=CLOSES + MINUTE)
    submit(office, "intime", at=CLOSES - MINUTE)


def settled(office: Office) -> None:
    history(office)
    office.form.remove("r7")
    office.clock.now = CLOSES + SETTLED
    submit_history(office)


def long_closed(office: Office) -> None:
    settled(office)
    office.run()
    office.clock.now = CLOSES + HOUR
    submit(office, "late", "later", at=CLOSES + 55 * MINUTE)


SITUATIONS = [incremental, daily, just_closed, settled, long_closed]


def made(situation: Callable[[Office], None]) -> Office:
    """Return an office in a situation."""
    office = Office()
    situation(office)
    return office


@pytest.mark.parametrize("situation", [*SITUATIONS, crossing_batches])
def test_cut_off_at_any_write_and_run_again_it_comes_to_the_same(situation: Callable[[Office], None]) -> None:
    whole = made(situation)
    whole.run()
    whole.clock.wait(10 * MINUTE)
    whole.run()
    expected = stored(whole)
    assert expected["totals"].received == whole.sealed.count(LedgerRow)
    for where, office in cut_off(partial(made, situation), run_with, [Way.BEFORE, Way.AFTER], fewest=4):
        # What is killed writes nothing more, in neither database: the lease stays and must run out.
        office.clock.wait(10 * MINUTE)
        office.run()
        assert stored(office) == expected, where


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
def test_one_reply_lost_anywhere_and_called_again_at_once_it_comes_to_the_same(
    situation: Callable[[Office], None], way: Way
) -> None:
    whole, counted = made(situation), Faults()
    run_with(whole, counted)
    whole.run()
    expected = stored(whole)
    for at, point in some_points(counted.points):
        office, faults = made(situation), Faults(at, way)
        for _ in range(3):
            try:
                reply = run_with(office, faults)
            except Again:
                continue
            if reply.result is Result.DONE:
                break
            # The lease could not be let go; nobody is held up for longer than it lasts.
            office.clock.wait(9 * MINUTE)
        else:
            pytest.fail(f"did not come to an end: {point}")
        assert faults.struck
        office.clock.now = whole.clock.now
        assert stored(office) == expected, point


@pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
def test_a_lease_that_cannot_be_let_go_does_not_make_the_run_a_failure(office: Office, way: Way) -> None:
    submit(office, "r1")
    faults = Faults(2, way)
    assert office.run(sealed=faults.before(office.sealed, "sealed")).result is Result.DONE
    assert len(faults.points) == 3
    office.clock.wait(9 * MINUTE)
    assert office.run().result is Result.DONE


def test_a_lease_that_cannot_be_let_go_does_not_hide_what_went_wrong(office: Office) -> None:
    office.form.unshare()
    faults = Faults(1, Way.AWAY)
    with pytest.raises(Refused):
        office.run(sealed=faults.before(office.sealed, "sealed"))
    assert faults.struck


# Two runs at once.


@dataclass
class Overtaken:
    """Let another run do everything while this one is held up after *rows* responses."""

    office: Office
    rows: int

    def form(self) -> Document:
        return self.office.form.form()

    def responses(self, since: str | None = None) -> Iterator[Document]:
        for number, row in enumerate(self.office.form.responses(since)):
            if number == self.rows:
                self.office.clock.wait(9 * MINUTE)
                self.office.run()
                self.office.clock.now -= 9 * MINUTE
            yield row


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("rows", [0, 1, 4, 11])
def test_a_run_that_is_overtaken_while_it_reads_writes_nothing_more(
    situation: Callable[[Office], None], rows: int
) -> None:
    whole, office = Office(), Office()
    for one in (whole, office):
        situation(one)
        one.form.page_limit = 4
    whole.clock.wait(9 * MINUTE)
    whole.run()
    with pytest.raises(Again):
        office.run(form=Overtaken(office, rows))
    assert stored(office) == stored(whole)
    office.clock.wait(9 * MINUTE)
    assert office.run().result is Result.DONE


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("at", range(5))
def test_a_run_that_is_overtaken_while_it_writes_changes_nothing_more(
    situation: Callable[[Office], None], at: int
) -> None:
    whole, office = Office(), Office()
    situation(whole)
    situation(office)
    whole.clock.wait(9 * MINUTE)
    whole.run()

    def overtake() -> None:
        office.clock.wait(9 * MINUTE)
        office.run()
        office.clock.now -= 9 * MINUTE

    with contextlib.suppress(Again):
        office.run(sealed=Faults(at, Way.AFTER, meanwhile=overtake).before(office.sealed, "sealed"))
    assert stored(office) == stored(whole)


def test_a_run_that_is_overtaken_before_it_moves_the_cursor_leaves_the_newer_numbers(office: Office) -> None:
    submit(office, "r1")

    def overtake() -> None:
        office.clock.wait(9 * MINUTE)
        submit(office, "r2")
        office.run()
        office.clock.now -= 9 * MINUTE

    with pytest.raises(Again):
        office.run(state=Faults(0, meanwhile=overtake).before(office.state, "state"))
    assert office.one(Totals).received == office.sealed.count(LedgerRow) == 2
    assert office.one(Cursor).since == instant(zulu(NOW + 9 * MINUTE - timedelta(seconds=1), ".000001"))


# The form in trouble.


@pytest.mark.parametrize("attempts", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True])
def test_a_form_that_is_away_is_asked_again_by_the_next_run(office: Office, attempts: int, after: bool) -> None:
    office.run()
    submit(office, "r1")
    calls = 2 * attempts  # Each run asks for the form, and goes on without it; then for the responses.
    office.form.away, office.form.away_after = (0, calls) if after else (calls, 0)
    for _ in range(attempts):
        with pytest.raises(Again):
            office.run()
        assert office.sealed.count(LedgerRow) == 0
    assert office.run().result is Result.DONE
    assert office.outcomes("r1") == [ACCEPTED]


def test_a_form_that_goes_away_between_pages_keeps_what_is_stored(office: Office) -> None:
    submit(office, *(f"r{n}" for n in range(300)))

    class Failing(SlowForm):
        def responses(self, since: str | None = None) -> Iterator[Document]:
            yield from islice(super().responses(since), 250)
            raise Again(LOST)

    with pytest.raises(Again):
        office.run(form=Failing(office, 0))
    assert office.sealed.count(LedgerRow) == RESPONSES_A_BATCH
    office.run()
    assert office.one(Totals).received == 300


def test_a_form_that_is_no_longer_shared_is_refused_with_an_alarm_and_read_again_when_it_is(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.run()
    submit(office, "r1")
    office.form.unshare()
    capsys.readouterr()
    for _ in range(2):
        with pytest.raises(Refused):
            office.run()
        assert office.one(FormWatch).alarm == "watch_failed"
        assert json.loads(capsys.readouterr().out)["event"] == "alarm"
    assert any("失敗しています" in line for line in shown(office))
    office.form.share()
    office.run()
    assert office.outcomes("r1") == [ACCEPTED]
    watch = office.one(FormWatch)
    assert (watch.alarm, watch.state) == ("", "ACTIVE")
    assert not any("失敗しています" in line for line in shown(office))


# The watch.


def shown(office: Office) -> list[str]:
    """Return what `status` warns of, but for the files, of which this office has none."""
    return [line for line in office.warned() if "公開ファイル rules.json" not in line]


def watch_calls(office: Office) -> list[str]:
    calls = [call.name for call in office.form.calls if call.name != "responses"]
    office.form.calls.clear()
    return calls


def test_the_first_pull_makes_the_watch(office: Office) -> None:
    office.run()
    assert watch_calls(office) == ["form", "list", "create"]
    (watch,) = office.form.list()
    assert office.one(FormWatch) == FormWatch(ONLY, watch.id, "ACTIVE", instant_of(NOW + 7 * DAY), "", instant_of(NOW))


def test_a_watch_that_is_there_already_is_taken(office: Office) -> None:
    office.form.create()
    office.form.calls.clear()
    office.run()
    assert watch_calls(office) == ["form", "list"]


def test_a_watch_is_looked_at_every_six_hours_and_renewed_four_days_before_its_end(office: Office) -> None:
    renewed = []
    for _ in range(20 * 4):
        office.run()
        if "renew" in watch_calls(office):
            renewed.append(office.clock.now)
            assert moment_of(office.one(FormWatch).expires_at) == office.clock.now + 7 * DAY
        office.clock.wait(MINUTE)
        office.run()
        assert watch_calls(office) == ["form"]
        office.clock.wait(6 * HOUR - MINUTE)
    assert renewed == [NOW + 3 * DAY * n for n in range(1, 7)]


def test_a_watch_that_has_expired_is_made_anew(office: Office) -> None:
    office.run()
    office.clock.wait(7 * DAY)
    watch_calls(office)
    office.run()
    assert watch_calls(office) == ["form", "list", "create"]
    assert moment_of(office.one(FormWatch).expires_at) == office.clock.now + 7 * DAY


class Watched:
    """Stand before the watches; *trouble* is raised by the methods named, *states* are what is seen instead."""

    def __init__(self, office: Office, *failing: str, trouble: PrizedrawError | None = None, state: str = "") -> None:
        self.office, self.failing, self.trouble, self.state = office, failing, trouble, state

    def _enter(self, name: str) -> None:
        if name in self.failing and self.trouble is not None:
            raise self.trouble

    def _seen(self, watch: Watch) -> Watch:
        return replace(watch, state=self.state or watch.state)

    def list(self) -> list[Watch]:
        self._enter("list")
        return [self._seen(watch) for watch in self.office.form.list()]

    def create(self) -> Watch:
        self._enter("create")
        return self._seen(self.office.form.create())

    def renew(self, id: str) -> Watch | None:
        self._enter("renew")
        if "gone" in self.failing:
            return None
        renewed = self.office.form.renew(id)
        return renewed and self._seen(renewed)

    def delete(self, id: str) -> None:
        self._enter("delete")
        self.office.form.delete(id)


def test_a_watch_that_went_while_it_was_to_be_renewed_is_made_anew(office: Office) -> None:
    office.run()
    office.clock.wait(4 * DAY)
    office.watches = Watched(office, "gone")
    office.run()
    assert office.one(FormWatch).alarm == ""


def test_of_several_watches_the_active_one_that_lives_longest_is_ours(office: Office) -> None:
    class Several(Watched):
        def list(self) -> list[Watch]:
            days = {"a": ("SUSPENDED", 7), "b": ("ACTIVE", 5), "c": ("ACTIVE", 6), "d": ("ACTIVE", 1)}
            return [Watch(id, state, instant_of(NOW + n * DAY)) for id, (state, n) in days.items()]

    office.watches = Several(office)
    office.run()
    assert office.one(FormWatch).watch == "c"


def test_a_watch_that_stays_suspended_is_an_alarm_and_nothing_is_lost(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.run()
    office.watches = Watched(office, "renew", trouble=Broken(LOST), state="SUSPENDED")
    office.clock.wait(6 * HOUR)
    submit(office, "r1")
    capsys.readouterr()
    assert office.run().result is Result.DONE
    assert office.outcomes("r1") == [ACCEPTED]
    assert office.one(FormWatch).alarm == "watch_suspended"
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["code"], line["severity"]) == ("alarm", "watch_suspended", "CRITICAL")
    assert any("通知が停止しています" in line for line in shown(office))
    office.watches = office.form
    office.run()
    assert (office.one(FormWatch).alarm, office.one(FormWatch).state) == ("", "ACTIVE")


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("failing", "days"), [("list", 0), ("create", 0), ("list", 1), ("renew", 4), ("create", 8)])
def test_trouble_with_the_watch_neither_stops_the_pull_nor_loses_it(
    office: Office, failing: str, days: int, trouble: PrizedrawError, capsys: pytest.CaptureFixture[str]
) -> None:
    known = None
    if days:
        office.run()
        known = office.one(FormWatch)
        office.clock.wait(days * DAY)
    capsys.readouterr()
    office.watches = Watched(office, failing, trouble=trouble)
    submit(office, "r1")
    for number in range(2):
        assert dict(office.run().counts) == {"新しい・変わった応募": 1 - number}
        found = office.one(FormWatch)
        assert (found.alarm, found.checked_at) == ("watch_failed", instant_of(office.clock.now))
        assert json.loads(capsys.readouterr().out)["code"] == "watch_failed"
        assert known is None or (found.watch, found.expires_at) == (known.watch, known.expires_at)
    assert office.outcomes("r1") == [ACCEPTED]
    assert any("失敗しています" in line for line in shown(office))
    office.watches = office.form
    office.run()
    assert (office.one(FormWatch).alarm, office.one(FormWatch).state) == ("", "ACTIVE")


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda error: type(error).__name__)
def test_trouble_with_the_form_s_description_does_not_lose_the_pull_either(
    office: Office, trouble: PrizedrawError
) -> None:
    class Mute(SlowForm):
        def form(self) -> Document:
            raise trouble

    submit(office, "r1")
    assert office.run(form=Mute(office, 0)).result is Result.DONE
    assert office.outcomes("r1") == [ACCEPTED]
    found = office.one(FormWatch)
    assert (found.alarm, found.state) == ("watch_failed", "ACTIVE")


# A form that changes.


def renamed() -> Document:
    items = [dict(item) for item in FORM["items"]]
    items[-1]["title"] = "ひとこと"
    return FORM | {"items": items}


def test_a_form_that_was_changed_is_an_alarm_until_it_is_changed_back(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.run()
    office.form.put_form(renamed())
    capsys.readouterr()
    office.run(Message(SCHEMA))
    assert office.one(FormWatch).alarm == "form_changed"
    assert json.loads(capsys.readouterr().out)["code"] == "form_changed"
    assert any("設問が準備のときから変わっています" in line for line in shown(office))
    office.form.put_form(FORM)
    office.clock.wait(6 * HOUR)
    office.run()
    assert office.one(FormWatch).alarm == ""


def test_a_changed_form_is_noticed_by_the_next_run_without_a_notification(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.run()
    office.form.put_form(renamed())
    office.clock.wait(10 * MINUTE)
    office.run()
    assert office.one(FormWatch).alarm == "form_changed"
    assert any("設問「ご意見・ご感想」がフォームに見つかりません。" in line for line in shown(office))
    capsys.readouterr()
    office.clock.wait(10 * MINUTE)
    office.run()
    assert capsys.readouterr().out == ""  # It has been said.
    office.clock.wait(6 * HOUR)
    office.run()
    assert json.loads(capsys.readouterr().out)["code"] == "form_changed"


def test_a_form_whose_settings_alone_changed_is_the_same(office: Office) -> None:
    office.form.put_form(FORM | {"revisionId": "ffff", "linkedSheetId": "sheet", "info": {"title": "新しい題"}})
    office.run()
    assert office.one(FormWatch).alarm == ""


# A campaign at random: what people, Pub/Sub, Scheduler and bad luck do, and what the oracle says of it.


class Campaigning(RuleBasedStateMachine):
    """Entries of a few people, and a run here and there; the oracle judges every version that the form has shown."""

    @initialize()
    def open(self) -> None:
        self.office = Office(Clock(OPENS))
        self.office.form.page_limit = 3
        self.now_there: dict[str, Document] = {}
        self.gone: set[str] = set()
        self.entered = 0

    @rule(
        person=st.sampled_from("abc"),
        upper=st.booleans(),
        consent=st.sampled_from(["同意する", "同意する", "同意する", None]),
    )
    def enter(self, person: str, upper: bool, consent: str | None) -> None:
        address = f"{person}@example.jp"
        self._put(
            response(
                f"r{9 - len(self.now_there) % 10}{len(self.now_there)}",
                address.upper() if upper else address,
                created=self.office.clock.now,
                consent=consent,
                comments=f"{self.entered} {len(self.now_there)}",
            )
        )

    @precondition(lambda self: self.now_there)
    @rule(data=st.data(), person=st.sampled_from(["a", "b", "c", None]), consent=st.sampled_from([True, True, False]))
    def edit(self, data: st.DataObject, person: str | None, consent: bool) -> None:
        known = data.draw(st.sampled_from(sorted(self.now_there)))
        if known in self.gone:
            return
        self._put(
            response(
                known,
                person and f"{person}@example.jp",
                created=self.now_there[known]["createTime"],
                edited=self.office.clock.now,
                consent="同意する" if consent else "同意しない",
                comments=f"{self.entered} {known}",
            )
        )

    def _put(self, given: Document) -> None:
        self.entered += 1
        self.now_there[given["responseId"]] = given
        self.office.form.submit(given)
        self.office.clock.wait(SECOND)

    @precondition(lambda self: self.now_there)
    @rule(data=st.data())
    def delete_or_bring_back(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(sorted(self.now_there)))
        if known in self.gone:
            self.gone.discard(known)
            self.office.form.submit(self.now_there[known])
        else:
            self.gone.add(known)
            self.office.form.remove(known)

    @rule(minutes=st.sampled_from([1, 5, 15, 60, 60 * 24, 60 * 24 * 9]))
    def wait(self, minutes: int) -> None:
        self.office.clock.wait(minutes * MINUTE)

    @rule()
    def run_the_next_day(self) -> None:
        self.office.clock.wait(timedelta(hours=25))
        self.office.run()
        assert None in asked(self.office)  # All that is there, however old.

    @rule()
    def wait_for_closing(self) -> None:
        self.office.clock.now = max(self.office.clock.now, CLOSES - timedelta(seconds=2))

    @rule(doubled=st.booleans())
    def run(self, doubled: bool) -> None:
        for _ in range(1 + doubled):
            self.office.run(Message(OURS))

    @rule(at=st.integers(0, 9), way=st.sampled_from(Way))
    def run_into_trouble(self, at: int, way: Way) -> None:
        with contextlib.suppress(Killed, Again):
            self.office.run(faults=Faults(at, way))
        self.office.clock.wait(9 * MINUTE)
        self.office.run()
        assert not self.office.one(Cursor).uncounted

    @invariant()
    def nobody_holds_two_entries_and_no_entry_two_people(self) -> None:
        rows = list(self.office.sealed.scan(LedgerRow))
        entries = list(self.office.sealed.scan(Entry))
        holding = [row.id for row in rows if row.outcome is Outcome.ACCEPTED]
        assert sorted(entry.response for entry in entries) == sorted(holding)

    @invariant()
    def what_is_not_counted_is_told(self) -> None:
        cursor, totals = self.office.state.get(Cursor, ONLY), self.office.state.get(Totals, ONLY)
        if cursor is not None and not cursor.record.uncounted:
            assert totals is not None
            assert totals.record.received == self.office.sealed.count(LedgerRow)

    @invariant()
    def nothing_honest_differs(self) -> None:
        found = self.office.state.get(Reconciliation, ONLY)
        assert found is None or found.record.agrees

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        office = self.office
        office.clock.now = max(office.clock.now, CLOSES) + SETTLED + 25 * HOUR
        office.run()
        expected = oracle.judge(TREE, FORM, office.form.shown)
        assert office.sealed.count(LedgerRow) == len(expected)
        for id, verdict in expected.items():
            row = office.row(id)
            assert (row.outcome.value, row.reason and row.reason.value) == (verdict.outcome, verdict.reason), id
            assert row.gone == (id in self.gone), id
            entry = office.sealed.get(Entry, row.address) if row.outcome is Outcome.ACCEPTED else None
            candidate = entry.record.candidate if entry else row.waiting
            if candidate is not None:
                address, told = opened(candidate)
                assert (address, told["answers"]) == (verdict.address, dict(verdict.answers)), id
        totals, found = office.one(Totals), office.one(Reconciliation)
        assert found.balances
        assert found.agrees
        assert found.form_count == len(self.now_there) - len(self.gone & set(self.now_there))
        assert totals.received == len(expected)
        assert totals.gone == len(self.gone & set(expected))
        assert totals.accepted == sum(verdict.outcome == "accepted" for verdict in expected.values())


Campaigning.TestCase.settings = settings(max_examples=100, stateful_step_count=25)
TestCampaigning = Campaigning.TestCase
