"""One mail once more: in the same words, twice at most, to who still holds the place, and never where it is open."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from prizedraw.errors import Again, Broken, Refused
from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.mail import row_marks
from prizedraw.mail.references import reference
from prizedraw.ports import Create, Replace
from prizedraw.records.fulfilment import Claim
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.mail import SENT, MailRow, MailState
from prizedraw.records.running import JournalRow
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import instant, instant_of, stamp
from support.clock import DAY, HOUR, LEASE, SECOND
from support.faults import Faults, cut_off, interposed
from support.letters import drop
from support.stages import drawn, frozen, notified
from support.world import ANOTHER, OPERATOR, SCHEDULER, World, confirmed, labels, sentences


@pytest.fixture
def world() -> World:
    return notified()


@pytest.fixture
def label(world: World) -> str:
    return labels(world)[0]


def again(world: World, typed: str, **given: str) -> Reply:
    """Let an operator have a mail sent again."""
    return confirmed(partial(world.notify, caller=OPERATOR), resend=typed, **given)


def refused(world: World, typed: str, **given: Any) -> str:
    """Return the code of the refusal; nothing has gone."""
    before = world.kinds_sent()
    with pytest.raises(Refused) as caught:
        world.notify(caller=OPERATOR, resend=typed, **given)
    assert caught.value.sentence
    assert world.kinds_sent() == before
    return caught.value.problem.code


def sent_to(world: World, label: str) -> list[str]:
    return [id for id in world.kinds_sent() if label in id]


def code_of(world: World, label: str) -> str:
    award = world.state.get(AwardedPlace, label)
    assert award is not None
    return claim_code.code_for(world.keys.prf("claim"), label, award.record.prize)


class TestSending:
    @pytest.mark.parametrize("by", ["number", "label", "code"])
    def test_goes_by_number_label_or_claim_code(self, by: str, world: World, label: str) -> None:
        typed = {"number": number_of(label), "label": label, "code": code_of(world, label)}[by]
        assert again(world, typed).result == Result.DONE
        assert sent_to(world, label) == [f"winner-{label}", f"winner-{label}-2"]

    def test_is_asked_first(self, world: World, label: str) -> None:
        reply = world.notify(caller=OPERATOR, resend=number_of(label))
        assert reply.result == Result.ASK
        assert f"管理番号 {number_of(label)} の方への「当選のお知らせ」を、もう一度送ります。" in reply.summary
        assert sent_to(world, label) == [f"winner-{label}"]

    def test_in_the_same_words_to_the_same_address(self, world: World, label: str) -> None:
        world.clock.wait(2 * DAY)
        again(world, number_of(label))
        first, second = (m for m, id in zip(world.letters(), world.kinds_sent(), strict=True) if label in id)
        assert (first["To"], first["Subject"]) == (second["To"], second["Subject"])
        claim = world.keys.prf("claim")
        for kind in ("plain", "html"):
            one, other = first.get_body((kind,)), second.get_body((kind,))
            assert one is not None
            assert other is not None
            named = str(one.get_content()).replace(
                reference(claim, f"winner-{label}"), reference(claim, f"winner-{label}-2")
            )
            assert named == str(other.get_content())

    def test_the_days_to_register_are_what_they_were(self, world: World, label: str) -> None:
        before = next(line for line in world.status(holders=True).summary if number_of(label) in line)
        world.clock.wait(2 * DAY)
        again(world, number_of(label))
        assert before in world.status(holders=True).summary

    @pytest.mark.parametrize("method", ["create_draft", "send_draft"])
    def test_that_the_mailbox_refuses_our_credentials_is_an_alarm(self, method: Any, world: World, label: str) -> None:
        code = world.notify(caller=OPERATOR, resend=number_of(label)).confirm
        world.mail.fail(method, "credentials")
        with pytest.raises(Broken) as caught:
            world.notify(code, caller=OPERATOR, resend=number_of(label))
        assert caught.value.problem.code == "E-603"
        assert sent_to(world, label) == [f"winner-{label}"]

    def test_twice_at_most(self, world: World, label: str) -> None:
        for _ in range(2):
            again(world, number_of(label))
        assert refused(world, number_of(label)) == "E-609"
        assert len(sent_to(world, label)) == 3

    def test_the_reminder_has_a_number_of_its_own(self, world: World, label: str) -> None:
        again(world, number_of(label))
        world.clock.now = world.campaign.claim_deadline_at - 2 * DAY - 12 * HOUR
        drop(world)
        world.notify()
        again(world, number_of(label), kind="reminder")
        assert sent_to(world, label)[-2:] == [f"reminder-{label}", f"reminder-{label}-2"]

    def test_is_journaled_with_who_asked_before_it_goes(self, world: World, label: str) -> None:
        world.clock.wait(HOUR)
        again(world, number_of(label))
        assert world.journal()[-2:] == [
            ("notify", "sent again", OPERATOR.principal),
            ("notify", "sent", OPERATOR.principal),
        ]
        assert not [row for row in world.state.scan(JournalRow) if label in repr(row)]

    def test_one_code_sends_one_mail(self, world: World, label: str) -> None:
        code = world.notify(caller=OPERATOR, resend=number_of(label)).confirm
        world.notify(code, caller=OPERATOR, resend=number_of(label))
        with pytest.raises(Refused) as caught:
            world.notify(code, caller=OPERATOR, resend=number_of(label))
        assert caught.value.problem.code == "E-140"
        with pytest.raises(Refused):
            world.notify(code, caller=ANOTHER, resend=number_of(label))
        assert len(sent_to(world, label)) == 2

    def test_the_schedule_never_sends_again(self, world: World, label: str) -> None:
        again(world, number_of(label))
        for _ in range(3):
            world.clock.wait(HOUR)
            world.notify()
        assert len(sent_to(world, label)) == 2
        assert world.notify(caller=SCHEDULER, resend=number_of(label)).result == Result.UNCHANGED
        assert len(sent_to(world, label)) == 2

    def test_one_that_comes_back_is_known_by_its_own_reference(self, world: World, label: str) -> None:
        again(world, number_of(label))
        named = reference(world.keys.prf("claim"), f"winner-{label}-2")
        world.bounces.put(instant_of(world.clock()), named)
        world.notify()
        row = world.state.get(MailRow, f"winner-{label}-2")
        assert row is not None
        assert row.record.bounced == "5.1.1"
        assert "届かずに戻ってきています" in sentences(world.notify(caller=OPERATOR, resend=number_of(label)))

    def test_who_has_registered_may_have_it_too(self, world: World, label: str) -> None:
        award = world.state.get(AwardedPlace, label)
        assert award is not None
        at = stamp(world.clock())
        world.state.commit([Replace(Claim(label, award.record.prize, instant(at), "0" * 64, at))])
        assert again(world, number_of(label)).result == Result.DONE


class TestRefusing:
    def test_before_the_draw_nobody_holds_a_place(self) -> None:
        assert refused(frozen(), "9RS-JT6-YVD") == "E-750"

    def test_a_reserve_gets_none(self, world: World) -> None:
        assert refused(world, number_of(labels(world, ["reserve"])[0])) == "E-607"

    def test_who_gave_the_place_up_gets_none(self, world: World, label: str) -> None:
        confirmed(world.forfeit, label=label, why="declined")
        assert refused(world, number_of(label)) == "E-607"

    def test_not_if_they_give_up_their_place_while_it_is_being_written(self, world: World, label: str) -> None:
        def declined(*_: object) -> None:
            confirmed(world.forfeit, label=label, why="declined")

        real, asked = world.mail, world.notify(caller=OPERATOR, resend=label)
        world.mail = interposed(real, create_draft=declined)
        with pytest.raises(Refused) as caught:
            world.notify(asked.confirm, caller=OPERATOR, resend=label)
        world.mail = real
        assert caught.value.problem.code == "E-607"
        assert (sent_to(world, label), world.mail.drafts) == ([f"winner-{label}"], {})

    def test_by_hours(self, world: World, label: str) -> None:
        world.clock.wait(timedelta(hours=8))
        assert refused(world, number_of(label)) == "E-610"

    @pytest.mark.parametrize("hours", [0, 12])
    def test_after_the_deadline(self, hours: int, world: World, label: str) -> None:
        world.clock.now = world.campaign.claim_deadline_at + hours * HOUR
        assert refused(world, number_of(label)) == "E-611"

    def test_what_was_never_sent(self, label: str) -> None:
        assert refused(drawn(), number_of(label)) == "E-608"

    def test_a_kind_that_was_never_sent(self, world: World, label: str) -> None:
        assert refused(world, number_of(label), kind="reminder") == "E-608"

    @pytest.mark.parametrize("state", [one for one in MailState if one != MailState.SENT])
    def test_what_is_not_known_to_have_been_sent(self, state: MailState, world: World, label: str) -> None:
        row = world.state.get(MailRow, f"winner-{label}")
        assert row is not None
        ours = row_marks.marked(world.keys.prf("claim"), replace(row.record, state=state.value))
        world.state.commit([Replace(ours)])
        assert refused(world, number_of(label)) == "E-608"

    def test_a_row_that_somebody_planted_proves_no_first_mail(self, label: str) -> None:
        world = drawn()
        at = instant_of(world.clock())
        row = MailRow(f"winner-{label}", "winner", label, MailState.SENT.value, "draft", "message", at, mark="0" * 32)
        world.state.commit([Replace(row)])
        assert refused(world, number_of(label)) == "E-608"

    @pytest.mark.parametrize(
        ("typed", "code"),
        [("0000-0000-0000-0", "E-612"), ("0000-0000-0000-1", "E-615"), ("x", "E-758"), ("0" * 26, "E-751")],
    )
    def test_what_names_nobody(self, typed: str, code: str, world: World) -> None:
        assert refused(world, typed) == code

    def test_more_than_a_day_may_carry(self, world: World, label: str) -> None:
        world.campaign = world.campaign.model_copy(
            update={"mail": world.campaign.mail.model_copy(update={"per_day": 1})}
        )
        reply = again(world, number_of(label))
        assert reply.result == Result.REFUSED
        assert "一日ほど待って" in reply.next
        assert len(sent_to(world, label)) == 1


def once_more(world: World, faults: Faults) -> Reply:
    """Let an operator have the first winner's mail sent again; the faults are of the second press."""
    asked = world.notify(caller=OPERATOR, resend=labels(world)[0])
    return world.notify(asked.confirm, caller=OPERATOR, resend=labels(world)[0], faults=faults)


class TestCutOff:
    def test_wherever_it_was_cut_off_it_goes_once_or_not_at_all(self) -> None:
        for where, world in cut_off(notified, once_more):
            label = labels(world)[0]
            for _ in range(3):
                world.clock.wait(LEASE)
                with suppress(Again):
                    world.notify()
            rows = [row for row in world.state.scan(MailRow) if row.is_again]
            assert len(sent_to(world, label)) == 1 + len(rows), where
            assert {row.state for row in rows} <= SENT, where

    def test_an_open_outcome_is_settled_by_the_next_run(self, world: World, label: str) -> None:
        code = world.notify(caller=OPERATOR, resend=number_of(label)).confirm
        world.mail.fail("send_draft", "lost_before")
        with pytest.raises(Again):
            world.notify(code, caller=OPERATOR, resend=number_of(label))
        assert refused(world, number_of(label)) == "E-608"
        world.clock.wait(HOUR)
        world.notify()
        assert sent_to(world, label)[1:] == [f"winner-{label}-2"]

    @pytest.mark.parametrize(("left", "drafts"), [(SECOND, 1), (0 * SECOND, 0)], ids=["before", "at"])
    def test_one_that_has_not_left_by_the_deadline_is_taken_back(
        self, left: timedelta, drafts: int, world: World, label: str
    ) -> None:
        code = world.notify(caller=OPERATOR, resend=number_of(label)).confirm
        world.mail.fail("send_draft", "lost_before")
        with pytest.raises(Again):
            world.notify(code, caller=OPERATOR, resend=number_of(label))
        world.clock.now = world.campaign.claim_deadline_at - left
        world.notify()
        assert (len(world.mail.drafts), sent_to(world, label)) == (drafts, [f"winner-{label}"])

    def test_beside_the_schedule_it_waits_its_turn(self, world: World, label: str) -> None:
        code = world.notify(caller=OPERATOR, resend=number_of(label)).confirm
        assert lease.acquire(world.state, lease.MAILS, world.clock, LEASE) is not None
        reply = world.notify(code, caller=OPERATOR, resend=number_of(label))
        assert reply.summary == ("別の送信が実行中です。",)
        assert len(sent_to(world, label)) == 1


class TestWhoseACodeIs:
    """Before what cannot be undone: whether the person on the telephone has the mail. Nothing is sent."""

    def whose(self, world: World, typed: str) -> Reply:
        return world.notify(caller=OPERATOR, whose=typed)

    def test_is_told_by_the_number_of_the_mail_and_nothing_else(self, world: World, label: str) -> None:
        sent = world.kinds_sent()
        reply = self.whose(world, code_of(world, label).lower().replace("-", " "))
        assert reply.result == Result.REPORT
        assert reply.summary[0] == f"この当選コードは、管理番号 {number_of(label)} の方のものです。"
        assert (reply.confirm, reply.counts, world.kinds_sent()) == (None, {}, sent)

    def test_stands_in_the_journal_every_time(self, world: World, label: str) -> None:
        for _ in range(2):
            self.whose(world, code_of(world, label))
        rows = [row for row in world.state.scan(JournalRow) if row.action == "looked up"]
        assert [(row.step, row.principal, row.counts, row.hashes) for row in rows] == [
            ("notify", OPERATOR.principal, {}, {})
        ] * 2

    def test_is_told_when_nothing_may_be_sent_any_more(self, world: World, label: str) -> None:
        for _ in range(2):
            again(world, number_of(label))
        world.clock.now = world.campaign.claim_last_at + DAY
        assert refused(world, code_of(world, label)) == "E-609"
        assert number_of(label) in self.whose(world, code_of(world, label)).summary[0]

    @pytest.mark.parametrize(
        ("typed", "code"),
        [("0000-0000-0000-0", "E-612"), ("0000-0000-0000-1", "E-615"), ("9RS-JT6-YVD", "E-616"), ("", "E-616")],
    )
    def test_what_is_no_code_or_nobody_s_is_refused(self, typed: str, code: str, world: World) -> None:
        before = world.state.dump()
        with pytest.raises(Refused) as caught:
            self.whose(world, typed)
        assert caught.value.problem.code == code
        assert world.state.dump() == before

    def test_before_the_draw_there_is_none(self) -> None:
        with pytest.raises(Refused) as caught:
            self.whose(frozen(), "0000-0000-0000-0")
        assert caught.value.problem.code == "E-750"

    def test_a_wish_is_one(self, world: World, label: str) -> None:
        for other in ({"resend": label}, {"test": True}):
            with pytest.raises(Refused) as caught:
                world.notify(caller=OPERATOR, whose="0000-0000-0000-0", **other)
            assert caught.value.problem.code == "E-105"


class TestAMailThatCameBack:
    """It is told until the same has gone once more and stayed, or the person has registered."""

    @pytest.fixture
    def returned(self, world: World, label: str) -> World:
        come_back(world, f"winner-{label}")
        assert said(world) == [f"メールが戻ってきた方が1人います（管理番号：{number_of(label)}）"]
        return world

    def test_is_told_no_more_once_it_was_sent_again_and_stayed(self, returned: World, label: str) -> None:
        again(returned, number_of(label))
        assert said(returned) == []

    def test_is_told_no_more_once_another_mail_has_stayed(self, returned: World, label: str) -> None:
        row = returned.state.get(MailRow, f"winner-{label}")
        assert row is not None
        later = instant_of(returned.clock() + HOUR)
        reminder = replace(row.record, id=f"reminder-{label}", kind="reminder", at=later, bounced="")
        returned.state.commit([Create(reminder)])
        assert said(returned) == []

    def test_is_told_of_one_person_if_that_comes_back_too(self, returned: World, label: str) -> None:
        again(returned, number_of(label))
        come_back(returned, f"winner-{label}-2")
        assert said(returned) == [f"メールが戻ってきた方が1人います（管理番号：{number_of(label)}）"]

    def test_is_told_no_more_once_they_have_registered(self, returned: World, label: str) -> None:
        award = returned.state.get(AwardedPlace, label)
        assert award is not None
        at = stamp(returned.clock())
        returned.state.commit([Create(Claim(label, award.record.prize, instant(at), "0" * 64, at))])
        assert said(returned) == []


def come_back(world: World, mail: str) -> None:
    """Let a mail come back, and `notify` read it."""
    world.bounces.put(instant_of(world.clock()), reference(world.keys.prf("claim"), mail))
    world.notify()


def said(world: World) -> list[str]:
    """Return what the status says of mails that came back."""
    found = (line.partition("届いていません：")[2].partition("。")[0] for line in world.status().summary)
    return [one for one in found if one]
