"""What happens of itself while a person moves the clock of a practice."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from prizedraw.records.fulfilment import Claim
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.mail import MailRow
from prizedraw.rehearsal.practice import showing
from prizedraw.rehearsal.practice.mishaps import Mishap
from prizedraw.rehearsal.practice.world import OPERATORS, Move, PracticeWorld, Setting
from support.practising import small_campaign
from support.quick import in_turn

pytestmark = in_turn("a practice's world")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APPLICANTS = 40


def pressed(world: PracticeWorld, step: str, **order: Any) -> dict[str, Any]:
    """Press, and again with the code, if there is one."""
    reply = world.press(step, json.dumps(order).encode(), OPERATORS[0]).reply
    if reply.get("confirm"):
        reply = world.press(step, json.dumps({**order, "confirm": reply["confirm"]}).encode(), OPERATORS[0]).reply
    return reply


def ran(move: Move) -> list[str]:
    return [one.answered.step for one in move.did]


def test_the_world_goes_on_while_the_clock_moves(tmp_path: Path) -> None:
    setting = Setting(file=small_campaign(tmp_path), applicants=APPLICANTS, seed=4)
    with PracticeWorld(setting) as world:
        campaign, google = world.campaign, world.google

        # What nobody has prepared is not gone past, unless it is asked for by a date.
        begun = world.clock()
        assert "準備（prepare）が済んでいません。" in world.next().held
        assert world.clock() == begun
        pressed(world, "prepare")

        # Entrants come at their own times, and one of them deletes a response: this seed has all mishaps.
        first = world.move_to(campaign.opens_at + DAY)
        assert ran(first) == ["notify"]
        assert 0 < first.entrants < APPLICANTS
        second = world.move_to(campaign.closes_at + HOUR)
        assert first.entrants + second.entrants == APPLICANTS
        assert len(google.forms.stored()[campaign.form.id]) == APPLICANTS - 1
        assert "freeze" in ran(second)
        refused = next(one.answered for one in second.did if one.answered.step == "freeze")
        assert refused.status == 409
        closed = world.clock()
        for _ in range(2):
            assert "応募の確定（freeze）が断られたままです。" in world.next().held
        assert world.clock() == closed
        assert pressed(world, "freeze", accept_gone=1)["result"] == "実行しました"

        # The draw comes by its schedule, and the mails after it in the same hour.
        third = world.move_to(campaign.draw_at + HOUR)
        assert ran(third) == ["notify", "draw", "notify"]
        told = sum(one.recipients[0] != campaign.ward.email for one in google.gmail.sent)
        assert told == 11

        # Who got no mail knows of nothing; this has happened to one of itself, and to another on request.
        assert world.registrations.waiting == told - 1
        assert world.happen(Mishap.RETURNED)
        assert world.registrations.waiting == told - 2

        # Some register of themselves, two forms that nobody can use come along, and the rest on request.
        fourth = world.move_to(campaign.claim_deadline_at - 3 * DAY)
        left = world.registrations.waiting
        assert fourth.registered == told - 2 - left
        assert fourth.registered > told / 2
        assert len(world.registrations.sent) == fourth.registered + 2
        assert world.registrations.everybody(world.clock()) == left
        world.drop("export.csv", world.registrations.export())
        assert showing.objects(world, "claims") == {}

        # A shipping list lies for a day.
        listed = pressed(world, "ship")
        assert "発送リスト（9件）を作りました。" in listed["summary"][0]
        assert len(showing.objects(world, "exports")) == len(showing.passwords(world)) == 1
        world.move_to(world.clock() + HOUR)
        assert len(showing.objects(world, "exports")) == 1
        world.move_to(world.clock() + DAY)
        assert showing.objects(world, "exports") == {}

        # What is known to be idle is left out, and everything else is called.
        assert fourth.idle["notify"] < 24 * 7
        assert fourth.idle["erase"] >= 4
        assert not world.is_complete


def test_a_call_is_answered_as_in_life(tmp_path: Path) -> None:
    """Who is told once more answers, if mail reaches them; who registers by hand does so once; a row can be deleted."""
    setting = Setting(file=small_campaign(tmp_path), applicants=APPLICANTS, seed=1)
    with PracticeWorld(setting) as world:
        until_told(world)
        registrations, gmail = world.registrations, world.google.gmail
        assert world.happen(Mishap.RETURNED)
        lost, *others = [label for label, address in told(world).items() if gmail.is_bouncing(address)]
        [forgetful, *_] = registrations.silent
        waiting = registrations.waiting

        for label in (lost, forgetful):
            assert pressed(world, "notify", resend=label)["result"] == "実行しました"
        assert forgetful not in registrations.silent
        assert registrations.waiting == waiting, "to whom it came back again, it says nothing"
        assert gmail.stop_bouncing() == 1 + len(others)
        assert gmail.stop_bouncing() == 0
        assert pressed(world, "notify", resend=lost)["result"] == "実行しました"
        assert registrations.waiting == waiting + 1

        codes = world.stage.codes()
        award = world.stage.open("state").get(AwardedPlace, lost)
        assert award is not None
        code = codes(lost, award.record.prize)
        typed = {"name": "山田 太郎", "postal_code": "160-0022", "address": "新宿5-18-21", "phone": "03-1234-5678"}
        for _ in range(2):  # whoever has moved sends it anew
            registrations.enter(world.clock(), typed | {"code": code.lower()})
        assert registrations.waiting == waiting
        assert [row.receipt for row in registrations.sent] == ["20001", "20002"]
        assert registrations.delete("20001")
        assert not registrations.delete("20001")
        world.drop("export.csv", registrations.export())
        assert [claim.id for claim in world.stage.open("state").scan(Claim)] == [lost]


def until_told(world: PracticeWorld) -> None:
    """Go on to the hour after the draw."""
    pressed(world, "prepare")
    world.move_to(world.campaign.closes_at + HOUR)
    gone = len([r for r in [pressed(world, "freeze")] if r["result"] == "実行しませんでした"])
    if gone:
        assert pressed(world, "freeze", accept_gone=gone)["result"] == "実行しました"
    world.move_to(world.campaign.draw_at + HOUR)


def told(world: PracticeWorld) -> dict[str, str]:
    """Return to which address each winner's mail went, by label."""
    letters = {mail.id: mail.recipients[0] for mail in world.google.gmail.sent}
    rows = world.stage.open("state").scan(MailRow)
    return {row.label: letters[row.message] for row in rows if row.kind == "winner"}
