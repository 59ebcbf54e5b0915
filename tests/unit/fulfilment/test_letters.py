"""
Who was never written to does not lapse, and the days of whoever is written to late begin when the letter left.

Finding 3: a reserve who moved up and got no letter was in no count and no alarm, and lost the place.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from prizedraw.errors import Broken
from prizedraw.fulfilment import holders, withdrawals
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder
from prizedraw.mail import row_marks
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.fulfilment import Claim, Forfeit, Import
from prizedraw.records.mail import MailRow, MailState
from prizedraw.runtime.orders import Result
from prizedraw.times import instant, instant_of, japanese_until, stamp
from support.absence import Register
from support.builders import keys
from support.claims import CAMPAIGN, ClaimsDesk, jst, label, row
from support.clock import DAY, HOUR
from support.letters import letter
from support.stages import drawn, notified
from support.world import ANOTHER, OPERATOR, SCHEDULER, World, confirmed, labels, sentences


def nobody_mails(world: World) -> None:
    """Let the schedule be off."""


def number_used_up(world: World) -> None:
    """Let letters to others have used up the day's number."""
    claim, at = world.keys.prf("claim"), instant_of(world.clock())
    rows = [MailRow(f"receipt-{n}", "receipt", f"{n}", "sent", "", "m", at) for n in range(world.campaign.mail.per_day)]
    world.state.commit([Replace(row_marks.marked(claim, row)) for row in rows])
    world.notify()


def credential_dead(world: World) -> None:
    world.mail.fail("create_draft", "credentials", 100)
    with pytest.raises(Broken):
        world.notify()


def every_letter_refused(world: World) -> None:
    world.mail.fail("create_draft", "message", 100)
    world.notify()


SILENCES = [nobody_mails, number_used_up, credential_dead, every_letter_refused]


def standing(world: World) -> holders.Standing:
    return world.standing()


def holder(world: World, label: str) -> Holder:
    found = standing(world).holder(label)
    assert found is not None
    return found


def csv(world: World) -> Import:
    return Import(f"file-{stamp(world.clock())}", stamp(world.clock()), 7, {"claimed": 7}, complete=True)


def text_of(world: World, id: str) -> str:
    [found] = [mail for mail, sent in zip(world.letters(), world.kinds_sent(), strict=True) if sent == id]
    body = found.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


class TestWhoWasNeverWrittenTo:
    @pytest.mark.parametrize("silence", SILENCES)
    def test_does_not_lapse_however_it_came_about(self, silence: Callable[[World], None]) -> None:
        world = drawn()
        world.clock.now = world.campaign.draw_at + HOUR
        silence(world)
        for moment in (world.campaign.claim_deadline_at, world.campaign.claim_last_at):
            world.clock.now = moment + HOUR
            world.state.commit([Create(csv(world))])
            assert world.forfeit(caller=SCHEDULER).result == Result.NOT_DUE
            assert not world.forfeit().confirm
        assert list(world.state.scan(Forfeit)) == []

    @pytest.mark.parametrize("silence", SILENCES)
    def test_a_reserve_who_moved_up_is_counted_rung_for_and_keeps_the_place(
        self, silence: Callable[[World], None]
    ) -> None:
        world = notified()
        gone = labels(world)[0]
        world.clock.now += DAY
        confirmed(world.forfeit, label=gone, why="declined")
        [promoted] = [h.label for h in standing(world).holders if h.promoted]
        world.clock.wait(HOUR)
        silence(world)
        counts = world.status().counts
        assert (counts["当選のお知らせ（送信済み）"], counts["当選のお知らせ（これから）"]) == (4, 1)
        assert "5通のうち4通を送信" in sentences(world.status())
        world.clock.wait(DAY)
        assert f"当選のお知らせが1通、送られないままです（管理番号：{number_of(promoted)}）" in sentences(
            world.status()
        )
        world.clock.now = world.campaign.claim_last_at - HOUR
        world.state.commit([Create(csv(world))])
        for _ in range(2):
            world.forfeit(caller=SCHEDULER)
            world.clock.wait(2 * HOUR)
            world.state.commit([Create(csv(world))])
        assert world.state.get(Forfeit, promoted) is None

    def test_is_rung_for_with_what_it_costs(self) -> None:
        world = drawn()
        world.clock.now = world.campaign.claim_last_at - 3 * DAY
        said = sentences(world.status())
        assert "【至急】当選のお知らせが5通、送られないままです" in said
        assert "日数がほかの当選者より短くなります。" in said
        world.clock.now = world.campaign.claim_last_at + HOUR
        assert "過ぎたため、自動では送りません。失効もしません。どうするかを区と相談してください。" in sentences(
            world.status()
        )

    def test_once_it_is_too_late_the_reply_tells_what_ends_it(self) -> None:
        """Nothing else was told to be pressed, so that neither shipping nor erasure ever came to an end."""
        world = drawn()
        world.clock.now = world.campaign.claim_last_at + HOUR
        assert '{"label": "管理番号", "why": "unreachable"} で実行してください' in sentences(world.status())
        for winner in labels(world):
            order: dict[str, Any] = {"label": number_of(winner), "why": "unreachable"}
            asked = world.forfeit(**order)
            who = ANOTHER if "担当者が二人要ります" in sentences(asked) else OPERATOR
            assert world.forfeit(asked.confirm, caller=who, **order).result is Result.DONE
        assert standing(world).holders == ()
        assert "送られないままです" not in sentences(world.status())

    def test_gets_no_letter_that_names_a_deadline_that_is_past(self) -> None:
        world = drawn()
        world.clock.now = world.campaign.claim_last_at + 12 * HOUR
        world.notify()
        assert not [id for id in world.kinds_sent() if id.startswith("winner-")]

    def test_may_be_let_go_of_by_an_operator_by_name(self) -> None:
        world = drawn()
        world.clock.now = world.campaign.claim_last_at + HOUR
        assert confirmed(world.forfeit, label=labels(world)[0], why="unreachable").counts["失効"] == 1

    def test_and_has_withdrawn_is_not_counted(self) -> None:
        world = drawn()
        gone = labels(world)[0]
        world.state.commit(
            [Create(withdrawals.signed(world.keys.signer, world.campaign.id, gone, stamp(world.clock())))]
        )
        assert world.status().counts["当選のお知らせ（これから）"] == 4


class TestTheDaysOfWhoeverIsToldLate:
    def told(self, at: datetime) -> World:
        world = drawn()
        world.clock.now = at
        world.notify()
        return world

    @pytest.mark.parametrize("days", [1, 3, 6])
    def test_are_as_many_as_the_first_winners_had_and_the_letter_says_so(self, days: int) -> None:
        campaign = drawn().campaign
        world = self.told(campaign.draw_at + days * DAY)
        winner = labels(world)[0]
        deadline = min(campaign.claim_deadline_at + days * DAY, campaign.claim_last_at)
        assert holder(world, winner).deadline == deadline
        assert f"{japanese_until(deadline)}まで" in text_of(world, f"winner-{winner}")

    def test_begin_on_the_day_of_the_draw_if_told_on_it(self) -> None:
        world = notified()
        assert {h.deadline for h in standing(world).holders} == {world.campaign.claim_deadline_at}

    def test_never_go_beyond_the_last(self) -> None:
        campaign = drawn().campaign
        world = self.told(campaign.claim_last_at - DAY + 10 * HOUR)
        winner = labels(world)[0]
        assert holder(world, winner).deadline == campaign.claim_last_at
        assert f"{campaign.claim_last_text}まで" in text_of(world, f"winner-{winner}")

    def test_are_waited_for_by_the_schedule_and_by_a_csv(self) -> None:
        world = self.told(drawn().campaign.draw_at + 2 * DAY)
        one, *others = labels(world)
        prizes = {h.label: h.prize for h in standing(world).holders}
        at = stamp(world.clock())
        world.state.commit([Create(Claim(who, prizes[who], instant(at), "0" * 64, at)) for who in others])
        world.clock.now = world.campaign.claim_deadline_at + HOUR
        world.state.commit([Create(csv(world))])
        assert world.forfeit(caller=SCHEDULER).result == Result.NOT_DUE
        world.clock.now = holder(world, one).deadline
        assert world.forfeit(caller=SCHEDULER).result == Result.NOT_DUE  # the CSV is from before their deadline
        world.state.commit([Create(csv(world))])
        world.forfeit(caller=SCHEDULER)
        assert [mark.id for mark in world.state.scan(Forfeit)] == [one]

    def test_count_for_the_reminder_which_names_the_same_deadline(self) -> None:
        world = self.told(drawn().campaign.draw_at + 2 * DAY)
        winner = labels(world)[0]
        deadline = holder(world, winner).deadline
        world.clock.now = world.campaign.claim_deadline_at - 2 * DAY
        world.state.commit([Create(csv(world))])
        world.notify()
        assert f"reminder-{winner}" not in world.kinds_sent()
        world.clock.now = deadline - 2 * DAY - 12 * HOUR
        world.state.commit([Create(csv(world))])
        world.notify()
        assert f"{japanese_until(deadline)}まで" in text_of(world, f"reminder-{winner}")

    def test_count_for_what_is_taken_of_a_csv(self) -> None:
        desk = ClaimsDesk()
        [one] = [h for h in holders.read_mirrors(CAMPAIGN, desk.state).holders if h.label == label("a1")]
        late = letter(one, jst("03-04 10:00"), keys().prf("claim"))
        desk.hold(late)
        desk.clock.now = jst("03-20 10:00")
        sent = {"sent_at": "2026/03/13 23:59"}
        desk.bring(row("a1", **sent), row("a2", **sent))
        assert set(desk.claims()) == {"a1"}
        assert desk.reviews() == [(3, "late")]


class TestAPlantedRow:
    """What is left to who writes `state`: the days of a letter that never left, until `notify` finds it out."""

    def test_never_takes_a_day_that_the_files_give(self) -> None:
        register = Register(winners=3, reserves=0)
        one = register.standing().holders[0]
        register.state.commit([Replace(letter(one, one.since - 30 * DAY, keys().prf("claim")))])
        assert register.standing().holders[0].deadline == register.deadline

    def test_with_another_time_is_not_ours(self) -> None:
        world = notified()
        [first, *_] = world.state.find(MailRow, "kind", "winner")
        forged = replace(first, at=instant_of(world.clock() - DAY))
        assert not row_marks.is_ours(world.keys.prf("claim"), forged)
        world.state.commit([Replace(forged)])
        with pytest.raises(Broken):
            world.notify()

    def test_gives_claim_no_later_deadline(self) -> None:
        desk = ClaimsDesk()
        [one] = [h for h in holders.read_mirrors(CAMPAIGN, desk.state).holders if h.label == label("a1")]
        later = MailRow(f"winner-{one.label}", "winner", one.label, "sent", "d", "m", instant_of(jst("03-07 10:00")))
        desk.hold(later)
        found = holders.on_their_way(
            holders.Places.mirrored(desk.state).standing(CAMPAIGN),  # type: ignore[union-attr]
            desk.state,
            lambda row: row_marks.is_ours(keys().prf("claim"), row),
        )
        told = found.holder(one.label)
        assert told is not None
        assert told.told is None


class TestCountsAndAlarms:
    def test_speak_of_no_letter_to_who_holds_nothing_any_more(self) -> None:
        world = notified()
        gone = labels(world)[0]
        found = world.state.get(MailRow, f"winner-{gone}")
        assert found is not None
        world.state.commit([Replace(replace(found.record, bounced="5.1.1"))])
        assert "メールが戻ってきた方が1人います" in sentences(world.status())
        confirmed(world.forfeit, label=gone, why="unreachable")
        world.notify()
        assert "メールが戻ってきた方が1人います" not in sentences(world.status())

    def test_a_letter_that_is_lost_sight_of_is_due_again(self) -> None:
        world = notified()
        one = labels(world)[0]
        world.state.commit([Delete(MailRow, f"winner-{one}")])
        assert world.status().counts["当選のお知らせ（これから）"] == 1
        assert holder(world, one).deadline == world.campaign.claim_last_at

    @pytest.mark.parametrize("state", [s for s in MailState if s not in (MailState.SENT, MailState.PRESUMED_SENT)])
    def test_a_letter_that_did_not_leave_tells_nobody(self, state: MailState) -> None:
        world = notified()
        one = holder(world, labels(world)[0])
        world.state.commit([Replace(letter(one, world.clock(), world.keys.prf("claim"), state))])
        assert holder(world, one.label).told is None
