"""Everything personal goes, place by place; nothing is said to be complete that was not read, attested and over."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import ValidationError

from prizedraw.adapters.memory import Memory
from prizedraw.erase import ErasureOrder
from prizedraw.erasure.places import PLACES, PlaceKind, When
from prizedraw.erasure.state import Overall, PlaceState
from prizedraw.erasure.witnesses import Collection
from prizedraw.errors import Again, Refused
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.analysis import Analysed
from prizedraw.records.entries import Entry, LedgerRow, Outcome
from prizedraw.records.erasure import Attestation, Erasing, ErasureRow, LinkedSheets
from prizedraw.records.fulfilment import Shipped
from prizedraw.records.lottery import AwardedPlace, Drawn, Freezing, Frozen
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Result
from support import erasure, stages
from support.clock import DAY, HOUR, MINUTE
from support.erasure import BY_HAND, SHEET, Ground, at_rest, destroyed, drawn, ready
from support.fakes.places import FakeEraser
from support.faults import LOST, cut_off, interposed
from support.world import ANOTHER, OPERATOR, SCHEDULER, World, agreed, confirmed, labels, sentences

ADMIN = timedelta(days=25)
LATER = timedelta(minutes=30)
"""After this the lease of a run that was killed is over."""


def complete() -> Ground:
    """Return a campaign at its end, a day after the last window."""
    made = destroyed()
    made.world.clock.wait(ADMIN)
    made.daily()
    return made


def refused(act: Callable[[], object]) -> str:
    """Return the code of the problem with which *act* is refused."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.problem.code


class TestBeforeItsTime:
    def test_the_schedule_does_nothing_before_the_draw(self) -> None:
        made = Ground(stages.taken_in())
        before = at_rest(made)
        assert made.daily().result is Result.NOT_DUE
        assert made.left() == Ground(stages.taken_in()).left()
        assert at_rest(made)["files"] == before["files"] == {}

    def test_an_operator_is_told_what_is_missing_and_gets_no_code(self) -> None:
        made = Ground(stages.taken_in())
        reply = made.erase()
        assert (reply.result, reply.confirm) == (Result.REPORT, None)
        said = sentences(reply)
        for missing in ("3月27日（金）00:00", "抽選が済んでいません", "発送が済んでいません", "集計が済んでいません"):
            assert missing in said

    def test_a_code_is_refused_with_what_is_missing(self) -> None:
        made = Ground(stages.taken_in())
        with pytest.raises(Refused) as caught:
            made.erase("AAAA-AAAA")
        assert caught.value.problem.code == "E-543"
        assert "抽選が済んでいません" in caught.value.sentence

    @pytest.mark.parametrize(
        ("spoil", "missing"),
        [
            (lambda made: made.world.state.commit([Delete(Analysed, ONLY)]), "集計が済んでいません"),
            (
                lambda made: made.world.state.commit([Delete(Shipped, labels(made.world)[0])]),
                "発送が済んでいません",
            ),
            (lambda made: made.world.clock.wait(-10 * HOUR), "消去の開始日（3月27日（金）00:00）の前です"),
        ],
        ids=["analysis", "shipping", "date"],
    )
    def test_entries_stay_while_one_thing_is_missing(self, spoil: Callable[[Ground], object], missing: str) -> None:
        made = ready()
        made.mailbox.mails["answer"] = "thread"
        spoil(made)
        reply = made.daily()
        assert made.world.sealed.count(Entry) == 13
        assert made.world.state.get(Erasing, ONLY) is None
        assert made.mailbox.mails
        assert all(made.erasers[f"key/{name}"].left for name in erasure.KEYS)
        assert "時期を待つ場所" in reply.counts
        assert missing in sentences(made.erase())

    def test_addresses_go_when_all_is_shipped_and_nothing_else(self) -> None:
        made = erasure.delivered()
        made.daily()
        gone = {p.id for p in made.last().places if p.state is PlaceState.DONE}
        shipped = {p.id for p in PLACES if p.when is When.SHIPPED and p.kind is PlaceKind.PROGRAM}
        assert gone == shipped
        assert made.world.sealed.count(Entry) == 13
        assert made.last().state is Overall.SCHEDULED

    def test_the_form_s_time_comes_with_the_draw(self) -> None:
        made = drawn()
        made.daily()
        assert made.states() | {"form": "open", "sheet": "open"} == made.states()
        assert set(made.states().values()) == {"open", "waiting"}
        assert made.rows("form") == [(15, 15)]

    def test_while_addresses_are_being_imported_nothing_is_erased(self) -> None:
        made = erasure.delivered()
        hold = lease.acquire(made.world.state, lease.AWARDS, made.world.clock, HOUR)
        assert hold is not None
        with pytest.raises(Again):
            made.daily()
        assert made.left() == erasure.delivered().left()


class TestTheDay:
    def test_everything_that_the_program_can_erase_goes_in_one_run(self) -> None:
        made = ready()
        assert len(made.left()) > 20
        reply = made.daily()
        assert made.left() == {}
        assert reply.counts["消去：応募"] == 13
        assert reply.counts["消去：暗号化の鍵（Cloud KMS）"] == 5
        assert made.last().state is Overall.PARTIAL

    def test_each_place_is_counted_before_and_after(self) -> None:
        made = ready()
        made.daily()
        assert made.rows("entries") == [(13, 13), (13, 0)]
        assert made.rows("claims-bucket") == [(2, 2), (2, 0)]
        assert made.rows("requests") == [(0, 0)]
        assert made.rows("logo") == [(None, None)]
        place = made.place("entries")
        assert (place.before, place.after, place.erased_at) == (13, 0, made.world.clock())

    def test_an_operator_sees_first_and_acts_second(self) -> None:
        made = ready()
        before = at_rest(made)
        asked = made.erase()
        assert at_rest(made) == before
        assert any(line.startswith("残っているもの：") and "、応募 13件、" in line for line in asked.summary)
        assert made.erase(asked.confirm).result is Result.DONE
        assert made.left() == {}

    def test_a_code_does_not_fit_once_another_purpose_has_ended(self) -> None:
        made = erasure.delivered()
        code = made.erase().confirm
        made.analysed()
        made.world.clock.now = made.world.campaign.erase_from_at
        assert refused(lambda: made.erase(code)) == "E-140"

    def test_mails_are_erased_unknown_ones_too(self) -> None:
        made = ready()
        made.mailbox.mails["answer"] = "thread"
        made.daily()
        assert made.mailbox.mails == {}

    def test_it_is_written_in_the_journal(self) -> None:
        made = ready()
        made.daily()
        acts = [action for step, action, _ in made.world.journal() if step == "erase"]
        assert Counter(acts) == {"begun": 1, "erased": 12, "reported": 1}
        rows = [row for row in made.world.state.scan(JournalRow) if row.action == "erased"]
        assert {"entries": 13} in [row.counts for row in rows]

    def test_other_steps_stop(self) -> None:
        made = ready()
        made.daily()
        sent = len(made.world.mail.sent)
        assert made.world.notify().result is Result.UNCHANGED
        assert len(made.world.mail.sent) == sent
        assert "始まっている" in sentences(made.world.notify(caller=OPERATOR))

    def test_while_a_mail_is_being_sent_nothing_is_erased_and_none_follows(self) -> None:
        made = ready()
        hold = lease.acquire(made.world.state, "notify", made.world.clock, 9 * timedelta(minutes=1))
        assert hold is not None
        with pytest.raises(Again):
            made.daily()
        assert made.left() == ready().left()
        hold.release()
        assert made.world.notify().result is Result.UNCHANGED
        made.daily()
        assert made.left() == {}


class TestTheAlarm:
    """Raised by the schedule from the second day on, while something is left that does not pass by itself."""

    def raised(self, made: Ground, capsys: pytest.CaptureFixture[str]) -> bool:
        capsys.readouterr()
        made.daily()
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [(line["event"], line["code"]) for line in lines] == [("alarm", "overdue")]

    def test_a_person_s_part_that_waits_is_overdue_on_the_second_day(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = ready()
        assert not self.raised(made, capsys)
        made.world.clock.wait(DAY)
        assert self.raised(made, capsys)
        made.empty_by_hand()
        made.attest(*BY_HAND)
        made.daily()
        assert not self.raised(made, capsys)

    def test_an_erasure_that_cannot_begin_is_overdue(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = ready()
        made.world.state.commit([Delete(Analysed, ONLY)])
        made.world.clock.wait(DAY)
        assert self.raised(made, capsys)

    def test_what_only_waits_for_its_window_is_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert not self.raised(destroyed(), capsys)


class TestTheDaysAfter:
    def test_keys_are_told_until_they_are_destroyed(self) -> None:
        made = ready()
        made.daily()
        assert (made.states()["keys"], made.place("keys").until) == ("window", made.world.clock() + DAY)
        made.world.clock.wait(DAY)
        made.daily()
        assert made.states()["keys"] == "done"

    def test_a_key_whose_time_is_over_but_that_is_not_destroyed_is_not_done(self) -> None:
        made = ready()
        made.daily()
        made.world.clock.wait(2 * DAY)
        key = made.erasers["key/contact"]
        made.erasers["key/contact"] = _Lagging(0, until=made.world.clock() - DAY)
        made.daily()
        assert made.states()["keys"] == "window"
        made.erasers["key/contact"] = key
        made.daily()
        assert made.states()["keys"] == "done"

    def test_a_run_that_finds_nothing_new_makes_no_report_and_no_rows(self) -> None:
        made = destroyed()
        files, rows = dict(made.reports.files), list(made.world.state.scan(ErasureRow))
        made.world.clock.wait(DAY)
        assert made.daily().result is Result.UNCHANGED
        assert (made.reports.files, list(made.world.state.scan(ErasureRow))) == (files, rows)

    def test_what_comes_again_is_erased_again_and_its_window_begins_anew(self) -> None:
        made = destroyed()
        made.world.clock.wait(10 * DAY)
        made.mailbox.mails["answer"] = "thread"
        made.daily()
        assert made.mailbox.mails == {}
        assert made.place("mailbox").until == made.world.clock() + ADMIN

    def test_complete_comes_after_the_last_window(self) -> None:
        made = destroyed()
        until = made.place("mailbox-sent").until
        assert until is not None
        made.world.clock.now = until - timedelta(seconds=1)
        made.daily()
        assert made.last().state is Overall.PARTIAL
        made.world.clock.wait(timedelta(seconds=1))
        made.daily()
        assert made.last().state is Overall.COMPLETE

    def test_complete_is_said_again_and_nothing_changes(self) -> None:
        made = complete()
        before = at_rest(made)
        for _ in range(2):
            made.world.clock.wait(DAY)
            reply = made.daily()
            assert (reply.result, reply.summary[0]) == (Result.UNCHANGED, "個人情報の消去は完了しています。")
        assert at_rest(made) == before

    def test_an_operator_may_look_again_after_that(self) -> None:
        made = complete()
        assert "完了" in made.erase().summary[0]
        made.mailbox.mails["answer"] = "thread"
        said = sentences(made.erase())
        assert "残っているもの：送信用のメールボックスに残るもの 1件" in said
        confirmed(made.erase)
        assert made.mailbox.mails == {}
        assert made.last().state is Overall.PARTIAL

    def test_the_past_of_a_database_is_told_since_its_last_deletion(self) -> None:
        made = ready()
        made.histories["sealed"].retention = 7 * DAY
        made.daily()
        assert made.place("history-sealed").until == made.world.clock() + 7 * DAY
        assert made.place("history-state").until == made.world.clock() + HOUR

    def test_a_backup_holds_it_up(self) -> None:
        made = ready()
        made.histories["sealed"].left = 1
        made.histories["sealed"].restorable_until = made.world.clock() + 3 * DAY
        made.daily()
        assert (made.states()["history-sealed"], made.place("history-sealed").after) == ("window", 1)
        assert made.place("history-sealed").until == made.world.clock() + 3 * DAY


class _Lagging(FakeEraser):
    """An eraser that says that something can be restored although its time is over."""

    def __init__(self, left: int, until: Any) -> None:
        super().__init__(left)
        self.restorable_until = until
        self.clock = lambda: until - DAY


def _unread(made: Ground, id: str) -> None:
    """Let a place not be read: its service is away."""
    store = next(place.stores[0] for place in PLACES if place.id == id)
    if store in made.erasers:
        made.erasers[store].away = 10**6
    elif store.startswith("history/"):
        made.histories[store.removeprefix("history/")].away = 10**6
    elif store == "sheet":
        made.sheets.away = 10**6
    elif store in ("form", "mailbox", "mailbox/sent"):
        getattr(made, store.partition("/")[0]).away = 10**6
    else:
        database, _, name = store.partition("/")

        def count(kind: Any, **_: object) -> None:
            if name == kind.COLLECTION:
                raise Again(LOST)

        setattr(made.world, database, interposed(getattr(made.world, database), count=count))


def _window(made: Ground, id: str) -> None:
    """Let somebody still be able to restore what a place held."""
    until = made.world.clock() + DAY
    store = next(place.stores[0] for place in PLACES if place.id == id)
    if store in made.erasers:
        made.erasers[store].restorable_until, made.erasers[store].clock = until, made.world.clock
    else:
        history = made.histories[store.removeprefix("history/")]
        history.left, history.restorable_until = 1, until


READABLE = [place.id for place in PLACES if not place.stores[0].startswith(("outside/", "topic/"))]
ERASABLE = [place.id for place in PLACES if place.kind in (PlaceKind.PROGRAM, PlaceKind.KEY)]
WITH_WINDOW = [
    place.id for place in PLACES if place.stores[0].partition("/")[0] in ("bucket", "secret", "key", "history")
]


def _at_the_end(but: Callable[[Ground], object]) -> Ground:
    """Return a campaign at the moment at which it would be complete, but for one thing."""
    made = destroyed()
    made.world.clock.wait(ADMIN)
    but(made)
    made.daily()
    return made


class TestNothingIsSaidToBeComplete:
    def test_the_campaign_of_these_tests_would_be(self) -> None:
        assert _at_the_end(lambda made: None).last().state is Overall.COMPLETE

    @pytest.mark.parametrize("place", READABLE)
    def test_while_a_place_could_not_be_read(self, place: str) -> None:
        made = _at_the_end(lambda made: _unread(made, place))
        assert made.last().state is not Overall.COMPLETE
        assert made.states()[place] == "unread"

    @pytest.mark.parametrize("place", BY_HAND)
    def test_while_a_place_is_not_attested(self, place: str) -> None:
        made = ready()
        made.empty_by_hand()
        made.daily()
        made.attest(*(other for other in BY_HAND if other != place))
        made.world.clock.wait(2 * ADMIN)
        made.daily()
        assert made.last().state is Overall.PARTIAL
        assert made.states()[place] == "unattested"
        assert {state for id, state in made.states().items() if id != place} == {"done", "declared"}
        made.attest(place)
        made.daily()
        made.world.clock.wait(ADMIN)
        made.daily()
        assert made.last().state is Overall.COMPLETE

    @pytest.mark.parametrize("place", WITH_WINDOW)
    def test_while_a_place_can_be_restored(self, place: str) -> None:
        made = _at_the_end(lambda made: _window(made, place))
        assert made.last().state is Overall.PARTIAL
        assert made.states()[place] == "window"

    @pytest.mark.parametrize("place", ["form", "sheet", "mailbox-sent"])
    def test_while_an_administrator_can_restore_a_place(self, place: str) -> None:
        made = ready()
        made.form.responses = 0 if place != "form" else None
        made.sheets.there.clear()
        if place == "form":
            made.world.state.commit([Replace(LinkedSheets(ONLY, ()))])
        made.daily()
        made.attest(*(id for id in BY_HAND if (id, place) != ("sheet", "form")))
        made.world.clock.wait(ADMIN - HOUR)
        made.daily()
        assert (made.last().state, made.states()[place]) == (Overall.PARTIAL, "window")
        made.world.clock.wait(HOUR)
        made.daily()
        assert made.last().state is Overall.COMPLETE

    @pytest.mark.parametrize("place", ERASABLE)
    def test_while_something_is_left_that_does_not_go(self, place: str) -> None:
        made = ready()
        made.empty_by_hand()
        store = next(one.stores[0] for one in PLACES if one.id == place)
        if store.startswith("mailbox"):
            made.mailbox.mails["answer"] = "thread"
            made.mailbox.stubborn = frozenset(made.mailbox.mails)
        elif store in made.erasers:
            made.erasers[store].stubborn = 1
        else:
            database, _, name = store.partition("/")
            setattr(made.world, database, _Stubborn(getattr(made.world, database), name))
            if place == "requests":
                return  # there is nothing of it
        made.daily()
        made.attest(*BY_HAND)
        made.world.clock.wait(2 * ADMIN)
        made.daily()
        assert made.states()[place] == "open"
        assert made.last().state is Overall.SCHEDULED

    @pytest.mark.parametrize("place", ["form", "sheet"])
    def test_while_a_person_has_not_emptied_a_place(self, place: str) -> None:
        def not_yet(made: Ground) -> None:
            made.form.responses = 3 if place == "form" else 0
            made.sheets.there = {SHEET} if place == "sheet" else set()

        made = _at_the_end(not_yet)
        assert (made.last().state, made.states()[place]) == (Overall.PARTIAL, "open")


class _Stubborn:
    """A store one of whose collections loses nothing."""

    def __init__(self, store: Memory, collection: str) -> None:
        self._store = store
        self._collection = collection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, writes: Any) -> object:
        return self._store.commit([w for w in writes if not (isinstance(w, Delete) and self._is_mine(w))])

    def _is_mine(self, write: Delete) -> bool:
        return self._collection == write.kind.COLLECTION


class TestFailures:
    @pytest.mark.parametrize("place", ERASABLE)
    def test_at_one_place_do_not_keep_the_others(self, place: str) -> None:
        made = ready()
        _unread(made, place)
        reply = made.daily()
        stores = next(one.stores for one in PLACES if one.id == place)
        assert set(made.left()) <= {store.removesuffix("/sent") for store in stores}
        assert made.states()[place] == "unread"
        assert any("エラー番号：E-1" in line for line in reply.summary if line.startswith(made.place(place).name))

    def test_what_may_not_be_erased_is_told_with_its_number_and_tried_again(self) -> None:
        made = ready()
        made.erasers["bucket/claims"].denied = True
        reply = made.daily()
        assert "登録用フォルダ（claims）：2件残っています（エラー番号：E-181）" in reply.summary
        assert "E-181" in "".join(row.problem for row in made.world.state.scan(ErasureRow))
        made.erasers["bucket/claims"].denied = False
        made.daily()
        assert made.left() == {}
        assert made.rows("claims-bucket")[-1] == (2, 0)

    def test_a_failure_that_goes_on_is_one_row(self) -> None:
        made = ready()
        made.mailbox.denied = True
        for _ in range(3):
            made.daily()
            made.world.clock.wait(DAY)
        assert made.rows("mailbox-sent") == [(7, 7), (7, 7)]

    def test_a_place_that_cannot_be_counted_is_emptied_and_counted_later(self) -> None:
        made = ready()
        made.erasers["bucket/exports"].away = 1
        made.daily()
        assert made.rows("exports-bucket") == [(2, 0)]
        assert made.states()["exports-bucket"] == "done"

    def test_what_went_uncounted_is_not_made_up_and_its_window_is_kept(self) -> None:
        made = ready()
        made.erasers["bucket/exports"].away, made.erasers["bucket/exports"].page = 1, 2
        made.erasers["bucket/exports"].replies_lost = 1
        made.daily()
        made.daily()
        assert made.rows("exports-bucket")[0] == (None, 0)
        assert (made.place("exports-bucket").before, made.states()["exports-bucket"]) == (None, "done")
        assert made.place("exports-bucket").erased_at is not None

    def test_a_time_that_is_up_is_told_and_the_next_run_goes_on(self) -> None:
        made = ready()
        slow = _Slow(5, made.world.clock)
        made.erasers["bucket/claims"] = slow
        reply = made.daily()
        assert reply.result is Result.CONTINUES
        assert made.reports.files == ready().reports.files
        assert made.world.sealed.count(Entry) == 13
        while made.daily().result is Result.CONTINUES:
            pass
        assert made.left() == {}
        assert made.last().state is Overall.PARTIAL


class _Slow(FakeEraser):
    """An eraser that takes nine minutes for each thing."""

    def __init__(self, left: int, clock: Any) -> None:
        super().__init__(left, page=1)
        self._moved = clock

    def erase(self) -> int:
        self._moved.wait(9 * MINUTE)
        return super().erase()


def _nearly() -> Ground:
    """Return a campaign whose next run says that it is complete."""
    made = destroyed()
    made.world.clock.wait(ADMIN)
    return made


STAGES = {"delivered": erasure.delivered, "ready": ready, "destroyed": destroyed, "nearly complete": _nearly}


@pytest.mark.no_cover  # a sweep: each line is counted by a test of its own
class TestCutOff:
    @pytest.mark.parametrize("stage", STAGES)
    def test_anywhere_the_next_runs_come_to_the_same_end(self, stage: str) -> None:
        make = STAGES[stage]
        clean = make()
        clean.daily()
        end = self.finished(clean)
        for where, made in cut_off(make, Ground.daily):
            made.world.clock.wait(LATER)
            made.daily()
            assert self.finished(made) == end, where

    def finished(self, made: Ground) -> dict[str, Any]:
        """Return where the campaign is when nothing more happens: what is left, what is said, what was counted."""
        said = [(p.id, p.state, p.before, p.after, p.erased_at is None, p.attestation) for p in made.last().places]
        signed = set(made.reports.signatures)
        assert {f"{name}.sig" for name in signed} <= set(made.reports.files)
        assert all("-report." in name for name in signed)
        journal = {(step, action) for step, action, _ in made.world.journal()}
        reports = [row for row in made.world.journal() if row[1] == "reported"]
        assert len(reports) == sum(name.endswith("-report.json") for name in made.reports.files)
        return {"left": made.left(), "said": said, "state": made.last().state, "journal": journal}


class TestBeforeTime:
    """Two operators let everything be erased before its time: a campaign that is given up."""

    REASON = "企画の中止のため"

    def test_needs_a_reason(self) -> None:
        made = drawn()
        assert refused(lambda: made.erase(early=True)) == "E-544"
        assert refused(lambda: made.erase(early=True, reason=" \n")) == "E-544"

    def test_begins_nothing_while_nothing_is_prepared(self) -> None:
        """Once begun it could not be reported, was broken every day, and no campaign could be prepared any more."""
        made = Ground(World())
        assert refused(lambda: made.erase(early=True, reason=self.REASON)) == "E-301"
        assert refused(lambda: made.erase("AAAA-AAAA", early=True, reason=self.REASON, caller=ANOTHER)) == "E-301"
        assert made.world.state.get(Erasing, ONLY) is None
        assert confirmed(made.world.prepare).result is Result.DONE

    def test_is_asked_first_and_says_what_will_not_be_possible(self) -> None:
        made = drawn()
        reply = made.erase(early=True, reason=self.REASON)
        assert reply.confirm is not None
        said = sentences(reply)
        assert "取り消すことはできません" in said
        assert "発送が済んでいません" in said
        assert self.REASON in said
        assert json.loads(said[said.index('{"early"') : said.index("} にして") + 1]) == {
            "early": True,
            "reason": self.REASON,
            "confirm": reply.confirm,
        }
        assert made.left() == drawn().left()

    def test_says_who_must_do_what_within_how_long(self) -> None:
        said = drawn().erase(early=True, reason=self.REASON).next
        assert "担当者が二人要ります" in said
        assert "あなたが確認コードを入れても、実行されません" in said
        assert "15分以内に、別の担当者が、ご自分のアカウントで" in said

    @pytest.mark.parametrize("make", [drawn, lambda: Ground(stages.taken_in())], ids=["drawn", "entry is open"])
    def test_an_operator_alone_does_not_destroy_a_running_campaign_in_two_presses(
        self, make: Callable[[], Ground]
    ) -> None:
        made = make()
        before = at_rest(made)
        code = made.erase(early=True, reason="x").confirm
        assert refused(lambda: made.erase(code, early=True, reason="x")) == "E-142"
        assert at_rest(made) == before
        assert made.world.state.get(Erasing, ONLY) is None

    def test_nor_by_the_same_account_written_otherwise(self) -> None:
        made = drawn()
        code = made.erase(early=True, reason="x").confirm
        same = replace(OPERATOR, principal=OPERATOR.principal.upper())
        assert refused(lambda: made.erase(code, early=True, reason="x", caller=same)) == "E-142"

    def test_another_s_code_is_of_no_use_without_that_one_having_asked_for_this(self) -> None:
        made = drawn()
        code = made.erase(early=True, reason="x").confirm
        assert refused(lambda: made.erase(code, early=True, reason="y", caller=ANOTHER)) == "E-140"
        due = made.erase(caller=ANOTHER).confirm
        assert refused(lambda: made.erase(due, early=True, reason="x")) == "E-140"
        assert refused(lambda: made.erase(due)) == "E-141"

    def test_before_the_draw_the_words_are_the_strongest(self) -> None:
        asked = Ground(stages.taken_in()).erase(early=True, reason=self.REASON)
        assert asked.summary[1].startswith("【最重要】抽選は、まだ行われていません。")
        assert "応募した方は、だれも賞品を受け取れなくなります" in sentences(asked)
        assert "最重要" not in sentences(drawn().erase(early=True, reason=self.REASON))

    def test_a_code_of_before_the_draw_is_of_no_use_after_it(self) -> None:
        made = Ground(stages.frozen())
        made.world.clock.now = made.world.campaign.draw_at - MINUTE
        code = made.erase(early=True, reason="x").confirm
        made.world.clock.wait(5 * MINUTE)
        made.world.draw(caller=SCHEDULER)
        assert refused(lambda: made.erase(code, early=True, reason="x", caller=ANOTHER)) == "E-140"

    def test_erases_everything_and_keeps_why(self) -> None:
        made = drawn()
        agreed(made.erase, early=True, reason=self.REASON)
        assert made.left() == {}
        stored = made.world.state.get(Erasing, ONLY)
        assert stored is not None
        assert (stored.record.reason, stored.record.principal) == (self.REASON, ANOTHER.principal)

    def test_the_journal_names_who_asked_and_who_let_it_begin(self) -> None:
        made = drawn()
        agreed(made.erase, early=True, reason=self.REASON)
        rows = {row.action: row for row in made.world.state.scan(JournalRow) if row.step == "erase"}
        asked, begun = rows["asked early"], rows["begun early"]
        assert (asked.principal, begun.principal) == (OPERATOR.principal, ANOTHER.principal)
        assert begun.hashes == {"asked": asked.id}

    def test_once_it_has_begun_one_operator_may_go_on(self) -> None:
        made = drawn()
        agreed(made.erase, early=True, reason=self.REASON)
        made.mailbox.mails["answer"] = "thread"
        confirmed(made.erase)
        assert made.mailbox.mails == {}

    def test_the_code_is_for_that_reason_alone(self) -> None:
        made = drawn()
        code = made.erase(early=True, reason=self.REASON).confirm
        assert refused(lambda: made.erase(code, early=True, reason="別の理由")) == "E-140"
        assert refused(lambda: made.erase(code)) == "E-140"

    def test_the_schedule_goes_on_with_it(self) -> None:
        made = drawn()
        agreed(made.erase, early=True, reason=self.REASON)
        made.mailbox.mails["answer"] = "thread"
        made.daily()
        assert made.mailbox.mails == {}

    def test_while_entry_is_open_nothing_more_is_taken_in(self) -> None:
        made = Ground(stages.taken_in())
        agreed(made.erase, early=True, reason=self.REASON)
        made.world.submit(stages.good(500))
        made.world.intake()
        assert made.world.state.get(Freezing, ONLY) is not None
        assert (made.world.sealed.count(Entry), made.world.sealed.count(LedgerRow)) == (0, 0)
        made.world.clock.now = made.world.campaign.closes_at + HOUR
        made.world.intake()
        assert made.world.freeze(caller=SCHEDULER).result is Result.UNCHANGED
        assert made.last().commitment_hash is None

    def test_in_the_form_s_time_only_what_is_due_needs_no_reason(self) -> None:
        made = drawn()
        confirmed(made.erase)
        assert made.world.sealed.count(Entry) == 13

    def test_when_its_time_has_come_the_reason_is_not_asked_for(self) -> None:
        made = ready()
        confirmed(made.erase, early=True)
        stored = made.world.state.get(Erasing, ONLY)
        assert stored is not None
        assert stored.record.reason == ""


class TestAttestations:
    def test_are_asked_first_and_kept_with_name_and_time(self) -> None:
        made = ready()
        asked = made.erase(attest="logo", by="　山田   太郎 ")
        assert "山田 太郎 さんの確認" in sentences(asked)
        assert made.names() == []
        made.attest("logo", by="　山田   太郎 ")
        made.daily()
        found = made.place("logo").attestation
        assert found is not None
        assert (found.by, found.at) == ("山田 太郎", made.world.clock())
        assert made.states()["logo"] == "declared"

    def test_are_given_once(self) -> None:
        made = ready()
        made.attest("logo")
        reply = made.erase(attest="logo", by="別の 人")
        assert (reply.result, reply.confirm) == (Result.UNCHANGED, None)
        assert "山田 太郎" in reply.summary[0]

    @pytest.mark.parametrize("planted", [False, True])
    def test_by_two_at_the_same_moment_one_is_kept_and_shown_to_the_other(self, planted: bool) -> None:
        made = ready()
        if planted:
            made.world.state.commit([Create(Attestation("logo", "山田", "2026-03-20T00:00:00Z", "a@example.jp"))])
        code = made.erase(attest="logo", by="山田 太郎").confirm
        other = [lambda: made.erase(code, attest="logo", by="山田 太郎")]

        def commit(writes: list[Any]) -> None:
            if isinstance(getattr(writes[0], "record", None), Attestation) and other:
                assert other.pop()().result is Result.DONE

        made.world.state = interposed(made.world.state, commit=commit)
        with pytest.raises(Again, match="E-557"):
            made.erase(code, attest="logo", by="山田 太郎")
        assert made.erase(attest="logo", by="山田 太郎").result is Result.UNCHANGED
        assert [row[1] for row in made.world.journal()].count("attested") == 1

    def test_of_a_place_that_is_seen_not_to_be_empty_are_refused(self) -> None:
        made = ready()
        with pytest.raises(Refused) as caught:
            made.erase(attest="form", by="山田")
        assert caught.value.problem.code == "E-549"
        assert "15件残っています" in caught.value.sentence

    def test_of_a_form_that_cannot_be_read_any_more_are_taken(self) -> None:
        made = ready()
        made.form.responses = None
        made.attest("form")
        assert made.names() == ["form"]

    def test_of_a_form_that_is_away_are_taken_but_prove_nothing(self) -> None:
        made = ready()
        made.form.away = 10**6
        made.attest("form")
        made.daily()
        assert made.states()["form"] == "unread"

    def test_before_the_time_of_the_place_are_refused(self) -> None:
        made = drawn()
        assert refused(lambda: made.erase(attest="logo", by="山田")) == "E-548"

    @pytest.mark.parametrize("place", ["entries", "keys", "", "ＸＸ", "logo fill"])
    def test_of_what_no_person_erases_are_refused_with_a_list(self, place: str) -> None:
        with pytest.raises(Refused) as caught:
            ready().erase(attest=place, by="山田")
        assert caught.value.problem.code == "E-546"
        assert "logo（LoGoフォームの登録）" in caught.value.sentence

    def test_the_place_is_read_in_any_width_and_case(self) -> None:
        made = ready()
        made.attest(" ＬｏＧｏ ")
        assert made.names() == ["logo"]

    @pytest.mark.parametrize("by", ["", "  ", "\u202e山田", "山\u200b田"])
    def test_without_a_name_are_refused(self, by: str) -> None:
        assert refused(lambda: ready().erase(attest="logo", by=by)) == "E-547"

    def test_the_code_is_for_that_name(self) -> None:
        made = ready()
        code = made.erase(attest="logo", by="山田 太郎").confirm
        assert refused(lambda: made.erase(code, attest="logo", by="田中 花子")) == "E-140"

    def test_are_in_the_journal_without_the_name(self) -> None:
        made = ready()
        made.attest("logo")
        assert made.world.journal()[-1] == ("erase", "attested", OPERATOR.principal)
        journal = [str(doc) for path, doc in made.world.state.dump().items() if "/journal/" in path]
        assert "山田" not in "".join(journal)


class TestSheets:
    def test_one_that_was_unlinked_is_still_looked_for(self) -> None:
        made = drawn()
        made.daily()
        made.form.sheet = ""
        made.daily()
        assert made.states()["sheet"] == "open"

    def test_all_that_were_ever_linked_are_looked_for(self) -> None:
        made = drawn()
        made.daily()
        made.form.sheet = "another"
        made.sheets.there.add("another")
        made.daily()
        assert any("フォームの回答を写すスプレッドシート 2件" in line for line in made.erase().summary)

    def test_the_link_is_remembered_when_the_form_is_gone(self) -> None:
        made = Ground(stages.taken_in())
        made.daily()
        later = drawn()
        later.world.state.commit([Replace(LinkedSheets(ONLY, (SHEET,)))])
        later.form.responses = None
        later.daily()
        assert made.world.one(LinkedSheets).sheets == (SHEET,)
        assert later.states()["sheet"] == "open"

    def test_a_form_without_one_has_none(self) -> None:
        made = drawn()
        made.form.sheet = ""
        made.daily()
        assert made.states()["sheet"] == "none"
        made.form.responses = None
        made.daily()
        assert made.states()["sheet"] == "none"

    def test_of_a_form_that_could_never_be_read_nothing_is_known(self) -> None:
        made = drawn()
        made.form.responses = None
        made.daily()
        assert made.states()["sheet"] == "unattested"


class TestReports:
    def test_are_signed_and_the_key_lies_beside_them(self) -> None:
        made = ready()
        made.daily()
        key = load_pem_public_key(made.reports.files["erasure/evidence.pem"])
        assert isinstance(key, ec.EllipticCurvePublicKey)
        for name in ("erasure/001-report.json", "erasure/001-report.pdf"):
            key.verify(made.reports.files[f"{name}.sig"], made.reports.files[name], ec.ECDSA(hashes.SHA256()))
        assert made.reports.content_types["erasure/001-report.pdf"] == "application/pdf"

    def test_say_what_they_are_about(self) -> None:
        made = ready()
        made.daily()
        report, campaign = made.last(), made.world.campaign
        assert (report.campaign, report.title) == (campaign.id, campaign.title)
        assert report.addressee.name == campaign.ward.name
        assert report.versions.archives == {"draw.zip": "ab" * 32, "erase.zip": "cd" * 32}
        assert report.commitment_hash == made.world.one(Frozen).commitment_hash
        assert report.record_hash == made.world.one(Drawn).record_hash
        assert report.journal.rows == len(made.world.journal()) - 1

    def test_there_is_at_least_one_of_each_state(self) -> None:
        made = erasure.delivered()
        made.daily()
        made.analysed()
        made.world.clock.now = made.world.campaign.erase_from_at
        made.empty_by_hand()
        made.daily()
        made.attest(*BY_HAND)
        made.daily()
        made.world.clock.wait(2 * ADMIN)
        made.daily()
        states = [made.report(number).state for number in range(1, made.last().number + 1)]
        assert [state for n, state in enumerate(states) if state not in states[:n]] == list(Overall)

    def test_nothing_personal_of_an_entrant_is_in_them(self) -> None:
        made = ready()
        made.daily()
        text = made.reports.files["erasure/001-report.json"].decode()
        assert "@" not in text
        assert not any(label in text for label in labels(made.world, ("winner", "reserve")))


class TestOrders:
    @pytest.mark.parametrize(
        "body",
        [
            {"early": True, "attest": "logo"},
            {"email": "a@example.jp", "code": "X"},
            {"attest": "logo", "email": "a@example.jp"},
        ],
    )
    def test_of_two_kinds_are_refused(self, body: dict[str, Any]) -> None:
        assert refused(lambda: ready().erase(**body)) == "E-105"

    @pytest.mark.parametrize(
        "body",
        [{"early": "yes"}, {"reason": "x" * 301}, {"by": "x" * 101}, {"mail": "a@example.jp"}, {"format": "pdf"}],
    )
    def test_that_are_malformed_are_not_read(self, body: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            ErasureOrder.model_validate(body)

    def test_show_no_person_when_they_are_printed(self) -> None:
        order = ErasureOrder(email="hanako@example.jp", by="山田", reason="理由", code="ABCD")
        assert "hanako" not in repr(order)
        assert "山田" not in repr(order)

    def test_the_schedule_asks_for_no_code_and_reads_no_order(self) -> None:
        made = ready()
        assert made.erase(caller=SCHEDULER, attest="logo", by="x").result is Result.DONE
        assert made.names() == []


class TestCollections:
    def test_are_listed_once_and_deleted_in_full_batches(self) -> None:
        memory = Memory("rally")
        sizes: list[int] = []
        listed: list[object] = []
        store = interposed(memory, commit=lambda writes: sizes.append(len(writes)), project=lambda *_: listed.append(_))
        rows = [LedgerRow(f"{n:04d}", "", "", Outcome.ACCEPTED) for n in range(1203)]
        for start in range(0, len(rows), 500):
            memory.commit([Create(row) for row in rows[start : start + 500]])
        collection = Collection(store, LedgerRow)
        assert collection.look().count == 1203
        assert [collection.erase() for _ in range(4)] == [500, 500, 203, 0]
        assert (sizes, len(listed), collection.look().count) == ([500, 500, 203], 1, 0)

    def test_what_came_meanwhile_is_found_by_listing_anew(self) -> None:
        store = Memory("rally")
        collection = Collection(store, AwardedPlace)
        store.commit([Create(AwardedPlace("a", "A", "winner", 1))])
        assert [collection.erase(), collection.erase()] == [1, 0]
        store.commit([Create(AwardedPlace("b", "A", "winner", 1))])
        assert [collection.erase(), collection.erase()] == [1, 0]
