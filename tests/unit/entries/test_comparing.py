"""What is stored is held against the form: whatever was written beside `intake` is found, and what is honest is not."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from prizedraw.entries.comparing import Comparison, _order
from prizedraw.errors import PrizedrawError
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.ports import Create, Delete, Replace, Write
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Candidate, Entry, LedgerRow, Outcome, Reason, Reconciliation, Totals, line_of
from prizedraw.records.erasure import PersonRequest
from prizedraw.records.lottery import Frozen
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Result
from prizedraw.times import stamp
from support import builders
from support.campaigns import PRIZES, campaign_with
from support.clock import DAY, HOUR, MINUTE
from support.stages import good, person, prepared, reconciled, taken_in
from support.world import SCHEDULER, World, sentences

Tampering = Callable[[World], None]


def entry_of(world: World, number: int) -> Entry:
    """Return the entry of an entrant of the crowd."""
    return next(entry for entry in world.sealed.scan(Entry) if entry.response == row_of(world, f"good-{number}").id)


def row_of(world: World, response: str) -> LedgerRow:
    """Return the row of a response of the crowd."""
    id = world.keys.prf("index").value(b"response\0" + response.encode()).hex()
    stored = world.sealed.get(LedgerRow, id)
    assert stored is not None
    return stored.record


def put(world: World, *records: LedgerRow | Entry) -> None:
    world.sealed.commit([Replace(record) for record in records])


def with_prizes(entry: Entry, *prizes: str) -> Entry:
    return replace(entry, candidate=replace(entry.candidate, prizes=prizes))


def read_after_closing(world: World) -> Reconciliation:
    """Let `intake` read everything once more after closing, and return what it found."""
    world.clock.now = max(world.clock.now + HOUR, world.campaign.closes_at + HOUR)
    world.intake()
    return world.one(Reconciliation)


def frozen_within_a_day(world: World) -> bool:
    """Let the schedule do what it does after closing, and tell whether the entries were frozen."""
    read_after_closing(world)
    for _ in range(24):
        try:
            world.freeze(caller=SCHEDULER)
        except PrizedrawError:
            world.clock.wait(HOUR)
            world.intake()
        if world.state.get(Frozen, ONLY) is not None:
            return True
    return False


def complaints(world: World) -> str:
    """Return what `status` says to be wrong."""
    return "\n".join(line for line in world.status().summary if line.startswith("【"))


# Who is displaced after it was compared.


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("read", [("late", "early"), ("early", "late", "late"), ("late", "early", "late")])
def test_whoever_is_read_or_displaced_after_it_was_compared_is_compared_as_it_is_then(
    read: tuple[str, ...], keeps: bool
) -> None:
    office = builders.Office()
    responses = {
        name: builders.response(name, "hanako@example.jp", builders.OPENS + hour * HOUR, **builders.RIGHT)
        for name, hour in (("early", 1), ("late", 2))
    }
    ledger = office.ledger()
    compared = Comparison(sealing=builders.sealing(), requested=(), keeps_pool=keeps, keeps_entries=keeps)
    for name in read:
        ledger.settle(builders.indexed(responses[name]), compared)
    compared.finish(office.sealed, 1)
    assert compared.differing == 0
    pool = f"{office.row('early').line}\n".encode()
    assert compared.pool_hash() == (sha256_hex(pool) if keeps else "")


def test_whoever_waited_and_moved_away_is_compared_with_nobody_who_comes_to_hold_the_place_later() -> None:
    """Three wait for one address; the second moves to another, then the first does, and the third holds it."""
    office = builders.Office()
    ledger = office.ledger()
    compared = Comparison(sealing=builders.sealing(), requested=(), keeps_pool=True, keeps_entries=True)

    def read(name: str, hour: int, email: str = "hanako@example.jp", edited: int | None = None) -> None:
        at, last = (None if n is None else builders.OPENS + n * HOUR for n in (hour, edited))
        assert at is not None
        ledger.settle(builders.indexed(builders.response(name, email, at, last, **builders.RIGHT)), compared)

    for hour, name in enumerate(("first", "second", "third"), start=1):
        read(name, hour)
    read("second", 2, "jiro@example.jp", edited=4)
    read("first", 1, "saburo@example.jp", edited=5)
    compared.finish(office.sealed, 3)
    assert {name: office.row(name).outcome for name in ("first", "second", "third")} == dict.fromkeys(
        ("first", "second", "third"), Outcome.ACCEPTED
    )
    assert compared.differing == 0


# What a single row or entry contradicts, before the campaign is looked at as a whole.


def compared_after(
    change: Callable[[builders.Office], object], *, keeps: bool = False, times: tuple[int, int] = (1, 2)
) -> int:
    """Let two of one person be read, *change* what is stored of them, read them again; return what differs then."""
    office = builders.Office()
    responses = builders.indexed(
        *(
            builders.response(name, "hanako@example.jp", builders.OPENS + hour * HOUR, **builders.RIGHT)
            for name, hour in zip(("early", "late"), times, strict=True)
        )
    )
    ledger = office.ledger()
    ledger.settle(responses)
    change(office)
    seen = Comparison(sealing=builders.sealing(), requested=(), keeps_pool=keeps, keeps_entries=keeps)
    ledger.settle(responses, seen)
    seen.finish(office.sealed, office.sealed.count(LedgerRow, outcome=Outcome.ACCEPTED.value))
    return seen.differing


def rewritten(name: str, **changes: Any) -> Callable[[builders.Office], object]:
    """Write over the row of a response, its tag left as it is."""

    def change(office: builders.Office) -> None:
        row = office.row(name)
        told = {field: value(row) if callable(value) else value for field, value in changes.items()}
        office.sealed.commit([Replace(replace(row, **told))])

    return change


def waiting_line(row: LedgerRow) -> str:
    assert row.waiting is not None
    return row.waiting.line


def waits(row: LedgerRow) -> Candidate:
    label, _, prizes = row.line.partition("\t")
    return Candidate(label, tuple(prizes.split(",")), False, b"", b"")


def nothing(office: builders.Office) -> None:
    """Leave everything as it is."""


@pytest.mark.parametrize("times", [(1, 2), (1, 1)], ids=["one after the other", "at the same instant"])
def test_two_of_one_person_agree_of_whom_one_waits(times: tuple[int, int]) -> None:
    assert compared_after(nothing, times=times) == 0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(rewritten("late", line=waiting_line), id="one that waits has a line of its own too"),
        pytest.param(rewritten("early", waiting=waits), id="the holder waits too"),
        pytest.param(rewritten("early", line=""), id="the holder stands for nothing"),
    ],
)
def test_a_row_that_has_not_what_its_outcome_needs_differs_by_itself(
    change: Callable[[builders.Office], object],
) -> None:
    assert compared_after(change) == 1


def test_two_who_both_hold_the_entry_of_one_person_differ_by_that_alone_though_each_row_is_whole() -> None:
    second = rewritten("late", outcome=Outcome.ACCEPTED, waiting=None, line=waiting_line)

    def change(office: builders.Office) -> None:
        second(office)
        office.sealed.commit([Create(Entry("f" * 64, "e" * 64, Candidate("0" * 26, (), False, b"", b"")))])

    assert compared_after(change) == 1


@pytest.mark.parametrize("keeps", [False, True], ids=["while entry is open", "once it is over"])
@pytest.mark.parametrize(
    "writes",
    [
        pytest.param(
            lambda office: Create(Entry("f" * 64, "e" * 64, Candidate("0" * 26, (), False, b"", b""))),
            id="one too many",
        ),
        pytest.param(lambda office: Delete(Entry, office.entry("hanako@example.jp").id), id="one too few"),
    ],
)
def test_an_entry_beside_the_accepted_rows_differs(writes: Callable[[builders.Office], Write], keeps: bool) -> None:
    assert compared_after(lambda office: office.sealed.commit([writes(office)]), keeps=keeps) == 1


@pytest.mark.parametrize(
    ("stored", "shown"),
    [(builders.OPENS + 3 * DAY, builders.OPENS + 2 * DAY), (builders.CLOSES + 2 * HOUR, builders.CLOSES + HOUR)],
    ids=["in time", "edited after closing"],
)
def test_a_form_that_shows_an_older_version_than_what_is_stored_differs(stored: datetime, shown: datetime) -> None:
    office = builders.Office()
    ledger = office.ledger()
    ledger.settle(builders.indexed(builders.response(edited=stored)))
    row = office.row("r1")
    seen = Comparison(sealing=builders.sealing(), requested=(), keeps_pool=False, keeps_entries=False)
    ledger.settle(builders.indexed(builders.response(edited=shown)), seen)
    assert (office.row("r1"), seen.differing) == (row, 1)


# Finding 4, as it was tried.


def take_a_from_everybody_but_one(world: World) -> None:
    """Whoever can write `sealed` lets only a friend stand for prize A."""
    friend = entry_of(world, 3).id
    for entry in list(world.sealed.scan(Entry)):
        if entry.id != friend and entry.candidate.prizes:
            put(world, with_prizes(entry, *(set(entry.candidate.prizes) - {"A"})))


def test_finding_4_prize_a_is_taken_from_everybody_but_a_friend_in_the_entries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = taken_in()
    take_a_from_everybody_but_one(world)
    assert not frozen_within_a_day(world)
    assert "pool.txt" not in world.published.files
    assert world.one(Reconciliation).differing == 11
    assert "11件で一致しません" in complaints(world)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"differing": 11} in [line.get("counts") for line in lines if line.get("code") == "rows_differ"]
    with pytest.raises(PrizedrawError) as caught:
        world.freeze()
    assert caught.value.problem.code == "E-414"
    assert "11件" in caught.value.sentence


def test_finding_4_after_the_last_reading_it_is_found_too() -> None:
    world = reconciled()
    take_a_from_everybody_but_one(world)
    assert not frozen_within_a_day(world)
    assert world.one(Reconciliation).differing == 11


def test_finding_4_the_rows_are_changed_alike_so_that_they_fit_the_entries() -> None:
    world = taken_in()
    take_a_from_everybody_but_one(world)
    for entry in world.sealed.scan(Entry):
        stored = world.sealed.get(LedgerRow, entry.response)
        assert stored is not None
        if stored.record.line != entry.candidate.line:
            put(world, replace(stored.record, line=entry.candidate.line))
    assert read_after_closing(world).differing == 11
    assert not frozen_within_a_day(world)


def test_finding_4_question_ids_are_changed_in_state_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The alarm that compared the form's hash stood still: 15 of 15 `no_consent`, and an empty pool.

    Each run resolves the questions by the form now, so that nobody is judged by another question; it is told all the
    same, and nothing is frozen.
    """
    world = prepared()
    stored = world.one(Prepared)
    world.state.commit([Replace(replace(stored, questions=stored.questions | {"consent": stored.questions["email"]}))])
    world.submit(*(good(number) for number in range(15)))
    world.clock.now = world.campaign.opens_at + DAY
    world.intake()
    assert not frozen_within_a_day(world)
    found = world.one(Reconciliation)
    assert (found.questions_differ, found.differing, found.totals["accepted"]) == (True, 0, 15)
    assert "設問の対応が、フォームと定義ファイルから求め直したものと一致しません" in complaints(world)
    assert '"code": "questions_differ"' in capsys.readouterr().out
    with pytest.raises(PrizedrawError) as caught:
        world.freeze()
    assert caught.value.problem.code == "E-415"


def test_finding_4_the_form_s_hash_is_changed_as_well() -> None:
    """Nothing can be told by `state` then; the published rules tell."""
    world = prepared()
    stored = world.one(Prepared)
    ids = stored.questions | {"consent": stored.questions["email"]}
    world.state.commit([Replace(replace(stored, questions=ids, form_hash="0" * 64))])
    world.submit(good(1))
    world.clock.now = world.campaign.opens_at + DAY
    world.intake()
    assert not frozen_within_a_day(world)
    with pytest.raises(PrizedrawError) as caught:
        world.freeze()
    assert caught.value.problem.code == "E-415"


def test_finding_4_everybody_is_rejected_by_misconfiguration() -> None:
    world = prepared()
    world.submit(*(builders.response(f"r{n}", person(n), consent="はい") for n in range(15)))
    world.clock.now = world.campaign.opens_at + DAY
    world.intake()
    assert "半数を超える15件が、同じ理由（同意のない応募）" in complaints(world)
    assert not frozen_within_a_day(world)


def test_finding_4_during_entry_the_daily_reading_says_so() -> None:
    world = taken_in()
    victim = row_of(world, "good-5")
    put(world, LedgerRow(victim.id, victim.created, victim.version, Outcome.REJECTED, Reason.NO_CONSENT))
    world.sealed.commit([Delete(Entry, victim.address)])
    world.clock.wait(DAY)
    world.intake()
    assert world.one(Reconciliation).differing == 1
    assert "1件で一致しません" in complaints(world)


# Others of its kind.


def lose_an_entry(world: World) -> None:
    world.sealed.commit([Delete(Entry, entry_of(world, 2).id)])


def plant_an_entry(world: World) -> None:
    world.sealed.commit([Create(Entry("f" * 64, "e" * 64, Candidate("0" * 26, ("A", "B"), False, b"", b"")))])


def plant_an_entry_for_another(world: World) -> None:
    lose_an_entry(world)
    plant_an_entry(world)


def give_another_label(world: World) -> None:
    entry = entry_of(world, 2)
    put(world, replace(entry, candidate=replace(entry.candidate, label="1" * 26)))


def give_another_label_in_the_row_too(world: World) -> None:
    give_another_label(world)
    row = row_of(world, "good-2")
    put(world, replace(row, line=line_of("1" * 26, row.line.partition("\t")[2].split(","))))


def hide_behind_a_version_of_the_future(world: World) -> None:
    row = row_of(world, "good-2")
    put(world, replace(row, version="2026-12-31T00:00:00.000000000Z", line=row.line[:27] + "A"))


def reject_a_duplicate(world: World) -> None:
    row = row_of(world, "again")
    put(world, LedgerRow(row.id, row.created, row.version, Outcome.REJECTED, Reason.BAD_ADDRESS))


def let_the_later_one_hold_the_entry(world: World) -> None:
    first, again = row_of(world, "good-0"), row_of(world, "again")
    entry = entry_of(world, 0)
    assert again.waiting is not None
    put(
        world,
        replace(first, outcome=Outcome.DUPLICATE, waiting=entry.candidate, line=""),
        replace(again, outcome=Outcome.ACCEPTED, waiting=None, line=again.waiting.line),
        Entry(entry.id, again.id, again.waiting),
    )


def let_somebody_wait_behind_nobody(world: World) -> None:
    row, entry = row_of(world, "good-2"), entry_of(world, 2)
    put(world, replace(row, outcome=Outcome.DUPLICATE, waiting=entry.candidate, line=""))
    world.sealed.commit([Delete(Entry, entry.id)])


def change_what_waits(world: World) -> None:
    row = row_of(world, "again")
    assert row.waiting is not None
    put(world, replace(row, waiting=replace(row.waiting, prizes=("A",))))


def withdraw_without_a_request(world: World) -> None:
    row = row_of(world, "good-2")
    put(world, LedgerRow(row.id, row.created, row.version, Outcome.WITHDRAWN))
    world.sealed.commit([Delete(Entry, row.address)])


def plant_a_withdrawn_row(world: World) -> None:
    put(world, LedgerRow("e" * 64, "", "", Outcome.WITHDRAWN, gone=True))


def accept_whom_nobody_can_judge_any_more(world: World) -> None:
    """A friend gave wrong answers in time, and others after closing: the form does not tell the first any more."""
    row = row_of(world, "wrong answers")
    entry = next(entry for entry in world.sealed.scan(Entry) if entry.response == row.id)
    put(world, with_prizes(entry, "A"), replace(row, line=line_of(entry.candidate.label, ["A"])))
    edited = builders.response("wrong answers", person(1001), edited=world.campaign.closes_at + MINUTE)
    world.submit(edited)


def lie_with_the_time_of_making(world: World) -> None:
    row = row_of(world, "again")
    put(world, replace(row, created="2026-02-01T00:00:00.000000000Z"))


def move_to_another_queue(world: World) -> None:
    row = row_of(world, "again")
    put(world, replace(row, address=row_of(world, "good-7").address))


TAMPERINGS: list[Tampering] = [
    lose_an_entry,
    plant_an_entry,
    plant_an_entry_for_another,
    give_another_label,
    give_another_label_in_the_row_too,
    hide_behind_a_version_of_the_future,
    reject_a_duplicate,
    let_the_later_one_hold_the_entry,
    let_somebody_wait_behind_nobody,
    change_what_waits,
    withdraw_without_a_request,
    plant_a_withdrawn_row,
    accept_whom_nobody_can_judge_any_more,
    lie_with_the_time_of_making,
    move_to_another_queue,
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_what_was_written_beside_intake_is_not_frozen_and_counted(tamper: Tampering) -> None:
    world = taken_in()
    tamper(world)
    assert not frozen_within_a_day(world)
    assert world.one(Reconciliation).differing >= 1
    assert "件で一致しません" in complaints(world)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_what_was_written_after_the_last_reading_is_not_frozen_unless_the_pool_is_the_same(tamper: Tampering) -> None:
    """What does not change the pool may stand in the rows: it changes nothing any more."""
    honest, world = reconciled(), reconciled()
    honest.freeze(caller=SCHEDULER)
    tamper(world)
    if frozen_within_a_day(world):
        assert world.published.files["pool.txt"] == honest.published.files["pool.txt"]


def test_an_entry_that_was_put_right_again_may_be_frozen() -> None:
    world = taken_in()
    honest = entry_of(world, 2)
    put(world, with_prizes(honest, "A"))
    assert not frozen_within_a_day(world)
    put(world, honest)
    world.clock.wait(HOUR)
    world.intake()
    assert world.one(Reconciliation).differing == 0
    assert world.freeze(caller=SCHEDULER).result == Result.DONE


def test_a_row_and_an_entry_that_are_deleted_are_judged_anew() -> None:
    """So a campaign is mended: what is not there is taken from the form, as it was the first time."""
    world = taken_in()
    row = row_of(world, "good-2")
    put(world, replace(row, line=row.line[:27] + "A"))
    assert read_after_closing(world).differing == 1
    world.sealed.commit([Delete(LedgerRow, row.id), Delete(Entry, row.address)])
    assert read_after_closing(world).agrees
    assert entry_of(world, 2).candidate.prizes == entry_of(world, 3).candidate.prizes
    assert world.freeze(caller=SCHEDULER).result == Result.DONE


# What is honest.


def test_an_honest_campaign_agrees_and_its_pool_is_foretold() -> None:
    world = reconciled()
    found = world.one(Reconciliation)
    assert found.agrees
    assert world.freeze(caller=SCHEDULER).result == Result.DONE


def test_edited_and_moved_and_late_responses_agree() -> None:
    world = taken_in()
    at = world.clock.now
    world.submit(
        builders.response("good-0", person(50), edited=at, **builders.RIGHT),
        builders.response("good-1", person(1), edited=at, consent="同意しない"),
        builders.response("good-3", person(3), edited=world.campaign.closes_at + MINUTE, **builders.RIGHT),
        builders.response("earlier", person(4), created=world.campaign.opens_at + MINUTE, **builders.RIGHT),
        builders.response("late", person(60), created=world.campaign.closes_at + MINUTE, **builders.RIGHT),
    )
    found = read_after_closing(world)
    assert (found.differing, found.balances) == (0, True)
    assert world.freeze(caller=SCHEDULER).result == Result.DONE


def test_who_asked_to_be_erased_does_not_differ() -> None:
    world = reconciled()
    row = row_of(world, "good-2")
    request = PersonRequest("R-1", stamp(world.clock()), "", (row.id,), {}, stamp(world.clock()))
    world.state.commit([Create(request)])
    put(world, LedgerRow(row.id, row.created, row.version, Outcome.WITHDRAWN))
    world.sealed.commit([Delete(Entry, row.address)])
    counted = world.one(Totals)
    world.state.commit([Replace(replace(counted, accepted=counted.accepted - 1, withdrawn=1))])
    assert world.freeze(caller=SCHEDULER).result == Result.NOT_DUE
    world.clock.wait(10 * MINUTE)
    world.intake()
    found = world.one(Reconciliation)
    assert (found.differing, found.totals["withdrawn"]) == (0, 1)
    assert world.freeze(caller=SCHEDULER).result == Result.DONE


def test_gone_responses_stay_in_the_pool_that_is_foretold() -> None:
    world = taken_in()
    world.form.remove("good-2")
    found = read_after_closing(world)
    assert (found.differing, found.totals["gone_open"]) == (0, 1)
    code = world.freeze(accept_gone=1).confirm
    assert world.freeze(code, accept_gone=1).result == Result.DONE
    assert world.published.files["pool.txt"].count(b"\n") == 12


def test_a_gone_row_that_was_changed_differs() -> None:
    world = taken_in()
    world.form.remove("good-2")
    assert read_after_closing(world).differing == 0
    row = row_of(world, "good-2")
    put(world, replace(row, line=row.line[:27] + "A"))
    assert read_after_closing(world).differing == 1


@pytest.mark.parametrize("without", [0, 1, 2, 3])
def test_a_few_entrants_of_whom_some_give_no_consent_are_no_alarm(without: int) -> None:
    world = prepared()
    world.submit(*(good(number) for number in range(2)))
    world.submit(*(builders.response(f"r{n}", person(10 + n), consent=None) for n in range(without)))
    assert frozen_within_a_day(world)
    assert "同じ理由" not in complaints(world)


def test_an_operator_who_has_looked_may_freeze_what_is_doubtful() -> None:
    world = prepared()
    world.submit(builders.response("r1", person(1), consent=None))
    assert not frozen_within_a_day(world)
    with pytest.raises(PrizedrawError) as caught:
        world.freeze()
    assert caught.value.problem.code == "E-416"
    assert '{"accept_doubts": 1}' in caught.value.sentence
    assert "受け付けたものが1件もありません" in caught.value.sentence
    asked = world.freeze(accept_doubts=1)
    assert f'{{"accept_doubts": 1, "confirm": "{asked.confirm}"}}' in asked.next
    assert world.freeze(asked.confirm, accept_doubts=1).result == Result.DONE
    assert world.published.files["pool.txt"] == b""


def test_a_number_of_doubts_where_there_is_none_is_refused() -> None:
    with pytest.raises(PrizedrawError) as caught:
        reconciled().freeze(accept_doubts=1)
    assert caught.value.problem.code == "E-417"


def test_whoever_came_too_early_is_no_doubt_while_entry_is_open() -> None:
    world = prepared()
    world.submit(builders.response("r1", person(1), created=world.campaign.opens_at - HOUR, **builders.RIGHT))
    world.clock.now = world.campaign.opens_at + DAY
    world.intake()
    assert "1件もありません" not in complaints(world)


def test_a_form_that_was_changed_is_asked_about() -> None:
    world = taken_in()
    items = [dict(item) for item in builders.FORM["items"]]
    items[-1]["title"] = "ひとこと"
    world.form.put_form(builders.FORM | {"items": items})
    assert not frozen_within_a_day(world)
    with pytest.raises(PrizedrawError) as caught:
        world.freeze()
    assert "公開した規則（rules.json）のときと違います" in caught.value.sentence
    assert world.freeze(accept_doubts=1).result == Result.ASK


def test_a_campaign_file_that_asks_for_fewer_right_answers_now_differs_from_what_was_judged() -> None:
    world = taken_in()
    prizes = [prize | {"requires": {"min_correct": 0}} for prize in PRIZES]
    world.campaign = campaign_with("drand", prizes=prizes)
    assert read_after_closing(world).differing == 1


def test_times_are_compared_as_their_numbers() -> None:
    times = ["", "2026-02-04T00:00:00.000000001Z", "2026-02-04T00:00:00.000000002Z", "2026-02-04T00:00:01.000000000Z"]
    assert [_order(time) for time in times] == sorted(_order(time) for time in times)
    assert _order("not a time") == 0
    assert sentences(reconciled().status())


def test_what_is_compared_shows_counts_alone() -> None:
    compared = Comparison(sealing=builders.sealing(), requested={"0" * 64}, keeps_pool=True, keeps_entries=False)
    assert repr(compared) == "Comparison(keeps_pool=True, keeps_entries=False, differing=0)"
