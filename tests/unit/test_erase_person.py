"""One person on request: gone from every place at any time, never taken in again, the count still balanced."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from prizedraw.entries import ids
from prizedraw.errors import Again, Refused
from prizedraw.evidence.key import EvidenceKey
from prizedraw.fulfilment import claim_code, withdrawals
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.lottery.files import Commitment
from prizedraw.lottery.names import COMMITMENT, POOL
from prizedraw.mail import row_marks
from prizedraw.mail.receipts import person_of
from prizedraw.ports import Create, Delete, Document, Replace
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reconciliation, Totals
from prizedraw.records.erasure import Erasing, PersonRequest
from prizedraw.records.fulfilment import Claim, Delivery, Review, Withdrawal
from prizedraw.records.lottery import AwardedPlace, Freezing
from prizedraw.records.mail import MailRow, MailState
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import instant_of, stamp
from support import builders, erasure, stages
from support.clock import DAY, HOUR, MINUTE
from support.erasure import Ground
from support.faults import Faults, Way, beside, cut_off
from support.stages import person
from support.world import ANOTHER, OPERATOR, SCHEDULER, World, agreed, confirmed, labels, sentences

LATER = timedelta(minutes=10)
"""After this the leases of a run that was killed are over."""
WHO = person(3)


def taken_in() -> Ground:
    """Return a campaign with 12 entries while entry is open; person 0 has entered twice."""
    return Ground(stages.taken_in())


def won(made: Ground) -> tuple[str, str]:
    """Return label and address of somebody who has won."""
    label = labels(made.world)[0]
    entry = made.world.sealed.find(Entry, "label", label)[0]
    who = next(n for n in range(12) if key(made, person(n)) == entry.id)
    return label, person(who)


def key(made: Ground, address: str) -> str:
    return ids.entry_id(made.world.keys.prf("index"), address)


def entry(made: Ground, address: str) -> Entry | None:
    stored = made.world.sealed.get(Entry, key(made, address))
    return stored.record if stored else None


def awarded(made: Ground, found: Entry) -> bool:
    """Tell whether an entry won, or is a reserve."""
    return made.world.state.get(AwardedPlace, found.candidate.label) is not None


def erased(made: Ground, **body: Any) -> Reply:
    return confirmed(made.erase, **body)


def pressed_twice(made: Ground, who: str, faults: Faults) -> Reply:
    """Erase a person; the faults are of the second call, which erases."""
    return made.erase(made.erase(email=who).confirm, email=who, faults=faults)


def full_read(made: Ground) -> None:
    """Let the next full read of the form come."""
    made.world.clock.wait(DAY + HOUR)
    made.world.intake()


def balanced(made: Ground) -> Reconciliation:
    found = made.world.one(Reconciliation)
    assert found.balances
    assert found.totals["gone_open"] == 0
    return found


def to_freeze(made: Ground) -> Commitment:
    """Let the campaign close, read everything twice, and freeze."""
    world = made.world
    world.clock.now = world.campaign.closes_at + HOUR
    for _ in range(2):
        world.intake()
        full_read(made)
    world.freeze(caller=SCHEDULER)
    return Commitment.from_bytes(world.published.files[COMMITMENT])


class TestAsking:
    def test_says_what_there_is_and_changes_nothing(self) -> None:
        made = taken_in()
        before = erasure.at_rest(made)
        reply = made.erase(email=WHO)
        assert reply.result is Result.ASK
        assert "この方の個人情報が保存されています" in reply.summary[0]
        assert erasure.at_rest(made) == before

    @pytest.mark.parametrize("by", ["email", "code"])
    def test_an_operator_does_not_learn_who_won_before_the_code(self, by: str) -> None:
        made = erasure.drawn()
        erasure.claimed(made.world)
        label, who = won(made)
        nothing = next(person(n) for n in range(12) if (found := entry(made, person(n))) and not awarded(made, found))
        typed: dict[str, Any] = {by: who if by == "email" else made.code(label)}
        asked = made.erase(**typed)
        other = made.erase(email=nothing)
        assert (asked.summary, asked.counts) == (other.summary, {})
        said = sentences(asked)
        for told in (*(prize.name for prize in made.world.campaign.prizes), "この方は", "2026年", ":00"):
            assert told not in said

    def test_an_operator_does_not_learn_who_entered_without_a_trace(self) -> None:
        made = taken_in()
        before = len(made.world.journal())
        people = [*(person(n) for n in range(6)), "nobody@example.jp", person(3)]
        for who in people:
            made.erase(email=who)
        rows = sorted(made.world.state.scan(JournalRow), key=lambda row: row.id)[before:]
        assert {(row.step, row.action, row.principal) for row in rows} == {("erase", "looked up", OPERATOR.principal)}
        numbers = [row.hashes["receipt"] for row in made.world.state.scan(JournalRow) if row.action == "looked up"]
        assert (len(numbers), len(set(numbers))) == (8, 7)
        assert not any(who in str(rows) or key(made, who) in str(rows) for who in people)

    def test_a_look_up_is_traced_before_anything_is_told(self) -> None:
        made = taken_in()
        with pytest.raises(Again):
            made.erase(email=WHO, faults=Faults(0, Way.AWAY))
        for email in (WHO, "nobody@example.jp"):
            before = len(made.world.journal())
            with pytest.raises(Refused) if email == WHO else nullcontext():
                made.erase("AAAA-AAAA", email=email)
            assert len(made.world.journal()) == before + 1

    def test_the_number_is_the_one_of_the_receipt(self) -> None:
        made = taken_in()
        reply = erased(made, email=WHO)
        rows = [row for row in made.world.state.scan(JournalRow) if row.action == "looked up"]
        assert {row.hashes["receipt"] for row in rows} == {number(reply)}

    def test_another_operator_s_code_is_refused(self) -> None:
        made = taken_in()
        code = made.erase(email=WHO).confirm
        with pytest.raises(Refused) as caught:
            made.erase(code, email=WHO, caller=ANOTHER)
        assert caught.value.problem.code == "E-141"
        assert entry(made, WHO) is not None

    def test_says_when_the_response_was_sent_so_that_it_is_found_in_the_form(self) -> None:
        made = taken_in()
        assert "2026年2月4日（水）10:00:00" not in sentences(made.erase(email=WHO))
        assert "2026年2月4日（水）10:00:00に送られた回答" in sentences(erased(made, email=WHO))

    def test_knows_an_address_however_it_is_typed(self) -> None:
        assert taken_in().erase(email="  ＰＥＲＳＯＮ3@Example.jp ").result is Result.ASK

    @pytest.mark.parametrize("email", ["", "x", "hanako at example.jp", "a@b", "é@example.jp"])
    def test_what_is_no_address_is_refused(self, email: str) -> None:
        with pytest.raises(Refused) as caught:
            taken_in().erase(email=email)
        assert caught.value.problem.code == "E-550"
        assert email == "" or email not in caught.value.sentence

    @pytest.mark.parametrize(("code", "problem"), [("000-000-001", "E-759"), ("0" * 26, "E-751")])
    def test_a_number_that_is_wrong_or_nobody_s_is_refused(self, code: str, problem: str) -> None:
        with pytest.raises(Refused) as caught:
            erasure.drawn().erase(code=code)
        assert caught.value.problem.code == problem

    def test_a_mail_that_was_sent_again_goes_too(self) -> None:
        made = erasure.drawn()
        label, who = won(made)
        confirmed(partial(made.world.notify, caller=OPERATOR), resend=number_of(label))
        again = made.world.state.get(MailRow, f"winner-{label}-2")
        assert again is not None
        erased(made, email=who)
        assert not [row for row in made.world.state.scan(MailRow) if row.label == label]
        assert again.record.message not in made.mailbox.mails

    @pytest.mark.parametrize("code", ["", "x", "AAAA-AAAA-AAAA-A", "1234"])
    def test_what_is_no_code_is_refused(self, code: str) -> None:
        with pytest.raises(Refused) as caught:
            erasure.drawn().erase(code=code)
        assert caught.value.problem.code == "E-551"

    def test_an_unknown_address_is_told_so_and_nothing_happens(self) -> None:
        made = taken_in()
        before = erasure.at_rest(made)
        reply = made.erase(email="nobody@example.jp")
        assert (reply.result, reply.confirm) == (Result.REPORT, None)
        assert "記録にありません" in reply.summary[0]
        assert "nobody" not in sentences(reply)
        assert erasure.at_rest(made) == before

    def test_the_code_is_for_that_person(self) -> None:
        made = taken_in()
        code = made.erase(email=WHO).confirm
        with pytest.raises(Refused):
            made.erase(code, email=person(4))
        assert entry(made, person(4)) is not None

    def test_no_reply_repeats_the_address_or_the_code(self) -> None:
        made = erasure.drawn()
        label, who = won(made)
        code = made.code(label)
        for typed, asked in ((who, made.erase(email=who)), (code, made.erase(code=code))):
            said = sentences(asked)
            assert typed not in said
            assert label not in said

    def test_of_a_winner_says_what_is_lost_once_the_code_was_entered(self) -> None:
        made = erasure.drawn()
        label, who = won(made)
        award = made.world.state.get(AwardedPlace, label)
        assert award is not None
        lost = f"「{made.world.campaign.prize(award.record.prize).name}」の当選でした"
        assert lost not in sentences(made.erase(email=who))
        assert lost in sentences(erased(made, email=who))

    def test_once_everything_is_being_erased_nobody_needs_to(self) -> None:
        made = erasure.ready()
        made.daily()
        reply = made.erase(email=WHO)
        assert (reply.result, reply.confirm) == (Result.UNCHANGED, None)
        assert "お一人ずつの消去は要りません" in sentences(reply)


class TestWhatIsLeftOfAPerson:
    def test_responses_without_an_entry_are_erased_and_the_receipt_says_that_there_was_none(self) -> None:
        made = taken_in()
        made.world.sealed.commit([Delete(Entry, key(made, WHO))])
        erased(made, email=WHO)
        (request,) = made.world.state.scan(PersonRequest)
        assert request.counts == {"sealed/entries": 0, "sealed/responses": 1, "mailbox": 0}
        assert made.world.sealed.find(LedgerRow, "address", key(made, WHO)) == []


class TestBeforeTheFreeze:
    def test_the_entry_goes_and_the_row_becomes_a_tombstone(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        assert entry(made, WHO) is None
        assert made.world.sealed.find(LedgerRow, "address", key(made, WHO)) == []
        tombs = [row for row in made.world.sealed.scan(LedgerRow) if row.outcome is Outcome.WITHDRAWN]
        assert [(row.address, row.waiting, row.reason) for row in tombs] == [("", None, None)]

    def test_nothing_of_the_person_is_left_anywhere(self) -> None:
        made = taken_in()
        before = entry(made, WHO)
        assert before is not None
        erased(made, email=WHO)
        stored = str(made.world.written())
        for trace in (before.id, before.candidate.label, WHO, str(before.candidate.contact)):
            assert trace not in stored

    def test_the_count_is_told_at_once(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        totals = made.world.one(Totals)
        assert (totals.received, totals.accepted, totals.withdrawn) == (15, 12, 1)

    def test_all_responses_of_the_person_go(self) -> None:
        made = taken_in()
        erased(made, email=person(0))
        totals = made.world.one(Totals)
        assert (totals.accepted, totals.duplicates, totals.withdrawn) == (12, 0, 2)
        assert entry(made, person(0)) is None

    def test_two_full_reads_and_a_freeze_later_they_are_still_absent_and_the_count_balances(self) -> None:
        made = taken_in()
        label = entry(made, WHO)
        assert label is not None
        erased(made, email=WHO)
        commitment = to_freeze(made)
        assert (commitment.received, commitment.withdrawn, commitment.pool_size) == (15, 1, 11)
        assert label.candidate.label not in made.world.published.files[POOL].decode()
        assert balanced(made).form_count == 15

    def test_deleted_in_the_form_it_does_not_stop_the_freeze(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        made.world.form.remove("good-3")
        commitment = to_freeze(made)
        assert (commitment.received, commitment.withdrawn) == (15, 1)
        found = balanced(made)
        assert (found.form_count, found.totals["gone"]) == (14, 1)

    def test_at_the_last_minute_before_the_freeze_it_is_reconciled_once_more(self) -> None:
        made = Ground(stages.reconciled())
        erased(made, email=WHO)
        assert made.world.freeze(caller=SCHEDULER).result == Result.NOT_DUE
        made.world.clock.wait(HOUR)
        made.world.intake()
        made.world.freeze(caller=SCHEDULER)
        commitment = Commitment.from_bytes(made.world.published.files[COMMITMENT])
        assert (commitment.withdrawn, commitment.pool_size) == (1, 11)

    def test_an_edit_of_the_response_brings_nothing_back(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        edited = made.world.clock.now + HOUR
        made.world.submit(builders.response("good-3", WHO, edited=edited, **builders.RIGHT))
        made.world.clock.wait(2 * HOUR)
        made.world.intake()
        assert entry(made, WHO) is None
        full_read(made)
        assert entry(made, WHO) is None
        assert balanced(made).totals["withdrawn"] == 1

    def test_an_edit_to_another_address_brings_nobody_in(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        made.world.submit(builders.response("good-3", "other@example.jp", edited=made.world.clock.now + HOUR))
        made.world.clock.wait(2 * HOUR)
        made.world.intake()
        assert entry(made, "other@example.jp") is None

    def test_a_new_response_is_a_new_act_and_is_accepted(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        made.world.submit(again(made, "anew"))
        made.world.intake()
        assert entry(made, WHO) is not None

    def test_whoever_comes_again_can_be_erased_again_with_another_receipt(self) -> None:
        made = taken_in()
        first = erased(made, email=WHO)
        made.world.submit(again(made, "anew"))
        made.world.intake()
        second = erased(made, email=WHO)
        assert entry(made, WHO) is None
        assert number(first) != number(second)
        assert made.world.one(Totals).withdrawn == 2

    def test_others_keep_their_place(self) -> None:
        made = taken_in()
        before = {n: entry(made, person(n)) for n in range(12) if n != 3}
        erased(made, email=WHO)
        assert {n: entry(made, person(n)) for n in range(12) if n != 3} == before

    def test_while_responses_are_taken_in_it_must_wait(self) -> None:
        made = taken_in()
        hold = lease.acquire(made.world.sealed, lease.INTAKE, made.world.clock, HOUR)
        assert hold is not None
        code = made.erase(email=WHO).confirm
        with pytest.raises(Again):
            made.erase(code, email=WHO)
        assert entry(made, WHO) is not None

    def test_while_the_pool_is_being_fixed_it_must_wait(self) -> None:
        made = Ground(stages.reconciled())
        made.world.state.commit([Create(Freezing(ONLY, instant_of(made.world.clock())))])
        code = made.erase(email=WHO).confirm
        with pytest.raises(Again) as caught:
            made.erase(code, email=WHO)
        assert caught.value.problem.code == "E-552"
        assert entry(made, WHO) is not None

    def test_no_withdrawal_is_left_since_the_label_was_never_published(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        assert list(made.world.state.scan(Withdrawal)) == []

    def test_a_receipt_that_was_mailed_goes_too(self) -> None:
        made = taken_in()
        label = self.mailed(made, MailState.SENT, "message-1")
        made.mailbox.mails = {"message-1": "t1", "a bounce": "t1", "other": "t2"}
        reply = erased(made, email=WHO)
        assert made.mailbox.mails == {"other": "t2"}
        assert made.world.state.get(MailRow, f"receipt-{label}") is None
        assert reply.counts["この方に送ったメール（送信用のメールボックスの控え）"] == 1

    def test_while_a_mail_is_on_its_way_it_must_wait(self) -> None:
        made = taken_in()
        self.mailed(made, MailState.DRAFTED, "")
        code = made.erase(email=WHO).confirm
        with pytest.raises(Again) as caught:
            made.erase(code, email=WHO)
        assert caught.value.problem.code == "E-553"

    def test_a_mailbox_that_may_not_be_reached_is_left_to_a_person(self) -> None:
        made = taken_in()
        self.mailed(made, MailState.SENT, "message-1")
        made.mailbox.mails, made.mailbox.denied = {"message-1": "t1"}, True
        reply = erased(made, email=WHO)
        assert entry(made, WHO) is None
        assert "エラー番号：E-181" in sentences(reply)

    @pytest.mark.parametrize("state", [MailState.DRAFTED, MailState.SENT])
    def test_a_row_that_somebody_planted_erases_nobody_else_s_mail_and_keeps_nothing_back(
        self, state: MailState
    ) -> None:
        made = taken_in()
        label = self.mailed(made, state, "another's", is_ours=False)
        made.mailbox.mails = {"another's": "t2"}
        reply = erased(made, email=WHO)
        assert made.mailbox.mails == {"another's": "t2"}
        assert made.world.state.get(MailRow, f"receipt-{label}") is None
        assert "この方に送ったメール（送信用のメールボックスの控え）" not in reply.counts

    def mailed(self, made: Ground, state: MailState, message: str, *, is_ours: bool = True) -> str:
        found = entry(made, WHO)
        assert found is not None
        claim, at = made.world.keys.prf("claim"), instant_of(made.world.clock())
        who = person_of(claim, found.id)
        row = MailRow(f"receipt-{who}", "receipt", who, state.value, "draft-1", message, at)
        made.world.state.commit([Create(row_marks.marked(claim, row) if is_ours else row)])
        return who


def again(made: Ground, id: str) -> Document:
    """Return a new response of the person."""
    return builders.response(id, WHO, created=made.world.clock.now, **builders.RIGHT)


def number(reply: Reply) -> str:
    return reply.summary[0].removeprefix("受付番号：")


def withdrawn(made: Ground) -> frozenset[str]:
    """Return the labels that have withdrawn by a mark that is signed."""
    key = EvidenceKey(made.world.keys.signer.public_pem())
    return withdrawals.read(made.world.campaign.id, made.world.state, key)


class TestAfterTheFreeze:
    def test_the_label_stays_in_the_pool_and_a_withdrawal_is_left(self) -> None:
        made = Ground(stages.frozen())
        found = entry(made, WHO)
        assert found is not None
        pool = made.world.published.files[POOL]
        erased(made, email=WHO)
        assert made.world.published.files[POOL] == pool
        assert entry(made, WHO) is None
        assert [mark.id for mark in made.world.state.scan(Withdrawal)] == [found.candidate.label]
        assert withdrawn(made) == {found.candidate.label}

    def test_finding_5b_a_withdrawal_that_somebody_planted_does_not_keep_the_signed_one_out(self) -> None:
        made = Ground(stages.frozen())
        found = entry(made, WHO)
        assert found is not None
        made.world.state.commit([Create(Withdrawal(found.candidate.label, "2026-03-01T00:00:00Z", b"no signature"))])
        assert withdrawn(made) == frozenset()
        erased(made, email=WHO)
        assert withdrawn(made) == {found.candidate.label}

    def test_the_draw_is_the_same(self) -> None:
        one, other = Ground(stages.frozen()), Ground(stages.frozen())
        erased(one, email=WHO)
        for made in (one, other):
            made.world.clock.now = stages.frozen().clock.now
            made.world.draw(caller=SCHEDULER)
        assert one.world.published.files["record.json"] == other.world.published.files["record.json"]

    def test_whoever_won_is_written_to_no_more(self) -> None:
        made = Ground(stages.drawn())
        made.world.clock.wait(HOUR)
        label, who = won(made)
        erased(made, email=who)
        made.world.notify()
        assert f"winner-{label}" not in made.world.kinds_sent()
        assert len(made.world.kinds_sent()) == 4 + 2

    @pytest.mark.parametrize("by", ["email", "code", "number", "label"])
    def test_every_place_that_a_winner_stands_in_is_emptied(self, by: str) -> None:
        made = erasure.drawn()
        label, who = won(made)
        erasure.claimed(made.world)
        mine = Review("mine", "file", 3, "bad_phone", stamp(made.world.clock()), label)
        others = Review("others", "file", 4, "bad_phone", stamp(made.world.clock()), "")
        made.world.state.commit([Create(mine), Create(others)])
        row = made.world.state.get(MailRow, f"winner-{label}")
        assert row is not None
        by_code = {"code": made.code(label), "number": number_of(label), "label": label}
        erased(made, **({"email": who} if by == "email" else {"code": by_code[by]}))
        assert made.world.sealed.get(Delivery, label) is None
        assert made.world.state.get(Claim, label) is None
        assert [review.id for review in made.world.state.scan(Review)] == ["others"]
        assert made.world.state.get(MailRow, row.record.id) is None
        assert row.record.message not in made.mailbox.mails
        assert len(made.mailbox.mails) == 6
        assert made.world.sealed.count(Delivery) == 4

    def test_what_is_left_to_do_in_the_claim_form_is_told(self) -> None:
        made = erasure.drawn()
        _, who = won(made)
        erasure.claimed(made.world)
        assert "LoGoフォームにある、この方の登録の削除" in sentences(erased(made, email=who))

    def test_of_a_code_that_was_dealt_with_the_receipt_is_given_again(self) -> None:
        made = erasure.drawn()
        label, who = won(made)
        first = erased(made, email=who)
        reply = erased(made, code=made.code(label))
        assert (reply.result, number(reply)) == (Result.UNCHANGED, number(first))

    def test_an_unknown_code_is_told_so(self) -> None:
        made = erasure.drawn()
        code = claim_code.code_for(made.world.keys.prf("claim"), "0" * 26, "A")
        assert "記録にありません" in made.erase(code=code).summary[0]

    def test_a_swapped_mirror_names_nobody_else(self) -> None:
        """Finding 5a, of `erase`: whose code it is, and which place went with them, the record alone tells."""
        made = erasure.drawn()
        label, who = won(made)
        stranger = next(row.candidate.label for row in made.world.sealed.scan(Entry) if not awarded(made, row))
        stored = made.world.state.get(AwardedPlace, label)
        assert stored is not None
        code, award = made.code(label), stored.record
        made.world.state.commit([Delete(AwardedPlace, label), Replace(replace(award, id=stranger))])
        swapped = claim_code.code_for(made.world.keys.prf("claim"), stranger, award.prize)
        assert "記録にありません" in made.erase(code=swapped).summary[0]
        assert "当選" in sentences(erased(made, code=code))
        assert entry(made, who) is None

    def test_of_somebody_whose_entry_was_missing_nothing_is_known(self) -> None:
        made = erasure.drawn()
        label, who = won(made)
        made.world.sealed.commit([Delete(Entry, key(made, who))])
        assert "記録にありません" in made.erase(code=made.code(label)).summary[0]


class TestReceipts:
    def test_bear_a_number_that_is_keyed(self) -> None:
        made = taken_in()
        reply = erased(made, email=WHO)
        assert [request.id for request in made.world.state.scan(PersonRequest)] == [number(reply)]
        assert len(number(reply)) == 14
        rows = [row for row in made.world.state.scan(JournalRow) if row.action == "person"]
        assert [(row.step, row.hashes["receipt"]) for row in rows] == [("erase", number(reply))]

    def test_are_given_again_to_whoever_asks_again(self) -> None:
        made = taken_in()
        first = erased(made, email=WHO)
        before = erasure.at_rest(made)
        made.world.clock.wait(DAY)
        reply = erased(made, email=WHO)
        assert (reply.result, reply.confirm, number(reply)) == (Result.UNCHANGED, None, number(first))
        assert erasure.at_rest(made) == before

    def test_show_times_again_only_after_the_code(self) -> None:
        made = erasure.drawn()
        erasure.claimed(made.world)
        _, who = won(made)
        first = erased(made, email=who)
        asked = made.erase(email=who)
        assert (asked.result, asked.counts) == (Result.ASK, {})
        assert number(first) in sentences(asked)
        for told in ("2026年", "LoGo", "賞"):
            assert told not in sentences(asked)

    def test_are_shown_by_the_code_with_which_the_person_was_erased(self) -> None:
        made = taken_in()
        code = made.erase(email=WHO).confirm
        assert made.erase(code, email=WHO).result is Result.DONE
        assert made.erase(code, email=WHO).result is Result.UNCHANGED

    def test_tell_which_response_is_still_in_the_form_until_it_is_seen_to_be_gone(self) -> None:
        made = taken_in()
        assert "2026年2月4日（水）10:00:00に送られた回答" in sentences(erased(made, email=WHO))
        made.world.form.remove("good-3")
        full_read(made)
        said = sentences(erased(made, email=WHO))
        assert "削除されたことを確かめました" in said
        assert "に送られた回答" not in said

    def test_can_be_printed(self) -> None:
        made = taken_in()
        first = erased(made, email=WHO)
        asked = made.erase(email=WHO, format="html")
        assert asked.page is None
        assert '"format": "html"' in asked.next
        page = made.erase(asked.confirm, email=WHO, format="html").page
        assert page is not None
        assert number(first) in page
        assert WHO not in page
        assert made.world.campaign.ward.section in page

    def test_the_status_counts_what_is_still_in_the_form(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        assert made.world.status().counts["取り下げられ、フォームに残る回答"] == 1
        made.world.form.remove("good-3")
        full_read(made)
        assert "取り下げられ、フォームに残る回答" not in made.world.status().counts

    def test_go_with_everything_else_in_the_end(self) -> None:
        made = erasure.ready()
        erased(made, email=WHO)
        made.daily()
        assert list(made.world.state.scan(PersonRequest)) == []
        assert made.rows("requests") == [(1, 1), (1, 0)]

    def test_nothing_that_was_typed_is_in_the_journal(self) -> None:
        made = taken_in()
        erased(made, email=WHO)
        journal = str([doc for path, doc in made.world.state.dump().items() if "/journal/" in path])
        assert WHO not in journal
        assert key(made, WHO) not in journal


def _with_mail() -> Ground:
    made = taken_in()
    TestBeforeTheFreeze().mailed(made, MailState.SENT, "message-1")
    made.mailbox.mails = {"message-1": "t1"}
    return made


def _claimed() -> Ground:
    made = erasure.drawn()
    erasure.claimed(made.world)
    return made


MAKERS: dict[str, tuple[Callable[[], Ground], Callable[[Ground], str]]] = {
    "before the freeze": (_with_mail, lambda made: WHO),
    "twice entered": (taken_in, lambda made: person(0)),
    "after the freeze": (lambda: Ground(stages.frozen()), lambda made: WHO),
    "a winner who registered": (_claimed, lambda made: won(made)[1]),
}


class TestCutOff:
    @pytest.mark.parametrize("stage", MAKERS)
    def test_anywhere_the_same_request_comes_to_the_same_end(self, stage: str) -> None:
        make, whose = MAKERS[stage]
        clean = make()
        who = whose(clean)
        erased(clean, email=who)
        end = self.finished(clean, who)
        for where, made in cut_off(make, lambda made, faults: pressed_twice(made, who, faults)):
            made.world.clock.wait(LATER)
            self.again(made, who)
            assert self.finished(made, who) == end, where

    def again(self, made: Ground, who: str) -> None:
        reply = made.erase(email=who)
        if reply.confirm is not None:
            made.erase(reply.confirm, email=who)

    def finished(self, made: Ground, who: str) -> dict[str, Any]:
        """Return all that is stored, without what tells when (as signatures do), and who did what how often."""
        varying = ("at", "begun_at", "done_at", "counted_at", "signature")
        documents = {
            path: {name: value for name, value in doc.items() if name not in varying}
            for path, doc in made.world.written().items()
            if "/leases/" not in path and "/journal/" not in path
        }
        requests = list(made.world.state.scan(PersonRequest))
        assert all(request.done_at for request in requests)
        people = [row for row in made.world.journal() if row[:2] == ("erase", "person")]
        assert entry(made, who) is None
        return {"documents": documents, "mails": made.mailbox.mails, "people": len(people)}


class TestBeside:
    def test_an_intake_at_any_moment_neither_brings_the_person_back_nor_loses_anybody(self) -> None:
        def made_late() -> Ground:
            made = taken_in()
            made.world.submit(builders.response("late", person(77), created=made.world.clock.now, **builders.RIGHT))
            return made

        for point, made in beside(
            made_late, lambda made, faults: pressed_twice(made, WHO, faults), lambda made: made.world.intake()
        ):
            made.world.clock.wait(LATER)
            made.world.intake()
            TestCutOff().again(made, WHO)
            assert entry(made, WHO) is None, point
            assert entry(made, person(77)) is not None, point
            commitment = to_freeze(made)
            assert (commitment.received, commitment.withdrawn, commitment.pool_size) == (16, 1, 12), point

    def test_an_early_erasure_of_everything_comes_first(self) -> None:
        made = taken_in()
        agreed(made.erase, early=True, reason="企画の中止のため")
        assert made.erase("AAAA-AAAA", email=WHO).result is Result.UNCHANGED

    def test_a_planted_mark_of_one_keeps_nobody_s_request_back(self) -> None:
        made = taken_in()
        made.world.state.commit([Create(Erasing(ONLY, stamp(made.world.clock()), "x"))])
        erased(made, email=WHO)
        assert entry(made, WHO) is None


def test_rows_of_one_person_may_be_many() -> None:
    made = taken_in()
    world: World = made.world
    rows: list[Document] = [
        builders.response(f"many-{n}", WHO, created=world.clock.now - HOUR + n * MINUTE / 100) for n in range(900)
    ]
    world.submit(*rows)
    world.intake()
    assert world.one(Totals).duplicates == 901
    erased(made, email=WHO)
    assert (world.one(Totals).withdrawn, world.one(Totals).duplicates) == (901, 1)
    assert world.sealed.find(LedgerRow, "address", key(made, WHO)) == []
