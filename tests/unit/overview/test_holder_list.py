"""Who holds a place, by 管理番号 and how far each is: from the files alone, with nothing personal in it."""

from functools import partial
from typing import Any

import pytest

from prizedraw.errors import Refused
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.lottery.files import DrawRecord
from prizedraw.mail.references import reference
from prizedraw.ports import Create, Replace
from prizedraw.records.erasure import Erasing
from prizedraw.records.fulfilment import Claim, Shipped, ShippingList
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.running import ONLY
from prizedraw.runtime import journal
from prizedraw.runtime.orders import Result
from prizedraw.times import instant, instant_of, stamp
from support.clock import DAY
from support.stages import drawn, frozen, notified
from support.world import OPERATOR, World, confirmed, labels


@pytest.fixture
def world() -> World:
    return notified()


def lines(world: World) -> list[str]:
    return list(world.status(holders=True).summary)


def line(world: World, label: str) -> str:
    [found] = [one for one in lines(world) if number_of(label) in one]
    return found


def one(world: World, typed: str) -> tuple[str, ...]:
    return world.status(holder=typed).summary


def refused(world: World, **given: Any) -> str:
    with pytest.raises(Refused) as caught:
        world.status(**given)
    assert caught.value.sentence
    return caught.value.problem.code


class TestAll:
    def test_everybody_who_holds_a_place_and_nobody_else(self, world: World) -> None:
        reply = world.status(holders=True)
        record = DrawRecord.from_bytes(world.published.files["record.json"])
        order = [label for award in record.awards for label in award.winners]
        assert (reply.result, reply.counts) == (Result.REPORT, {"当選の権利がある人（現在）": 5})
        assert [one.split("　")[0] for one in reply.summary] == [f"管理番号 {number_of(one)}" for one in order]

    def test_before_the_mails_nobody_is_told(self) -> None:
        assert all("お知らせ 未送信" in one for one in lines(drawn()))

    def test_how_far_one_is_step_by_step(self, world: World) -> None:
        label = labels(world)[0]
        award = world.state.get(AwardedPlace, label)
        assert award is not None
        prize = world.campaign.prize(award.record.prize).name
        assert line(world, label) == (
            f"管理番号 {number_of(label)}　{prize}　お知らせ 3月2日（月）13:10　登録 未"
            "　登録期限 3月11日（水）23:59　発送リスト 未掲載　発送 未"
        )
        at = stamp(world.clock())
        world.state.commit([Create(Claim(label, award.record.prize, instant(at), "0" * 64, at, changed=True))])
        assert "登録 済（後から変更あり）" in line(world, label)
        world.state.commit([Create(ShippingList("0001", stamp(world.clock()), (label,), "x.xlsx", "1"))])
        assert "発送リスト 掲載" in line(world, label)
        world.state.commit([Create(Shipped(label, award.record.prize, stamp(world.clock())))])
        assert "発送 済" in line(world, label)

    def test_whose_mail_came_back(self, world: World) -> None:
        label = labels(world)[0]
        assert "届かずに戻っています" not in line(world, label)
        world.bounces.put(instant_of(world.clock()), reference(world.keys.prf("claim"), f"winner-{label}"))
        world.notify()
        assert "（届かずに戻っています）" in line(world, label)
        assert one(world, label)[1].endswith("。届かずに戻っています")

    def test_a_row_that_says_who_holds_a_place_is_not_believed(self, world: World) -> None:
        stranger = labels(world, ["reserve"])[0]
        stored = world.state.get(AwardedPlace, stranger)
        assert stored is not None
        place = stored.record
        world.state.commit([Replace(AwardedPlace(place.id, place.prize, "winner", place.order))])
        assert not any(number_of(stranger) in one for one in lines(world))


class TestOne:
    @pytest.mark.parametrize("way", ["number", "label"])
    def test_with_every_mail_that_went(self, way: str, world: World) -> None:
        label = labels(world)[0]
        world.clock.wait(DAY)
        confirmed(partial(world.notify, caller=OPERATOR), resend=label)
        about, *mails = one(world, number_of(label) if way == "number" else label)
        assert about == line(world, label)
        assert mails == [
            "当選のお知らせ：送信済み（3月2日（月）13:10）",
            "当選のお知らせ（再送）：送信済み（3月3日（火）13:10）",
        ]

    def test_a_reserve(self, world: World) -> None:
        assert "補欠です" in one(world, labels(world, ["reserve"])[0])[0]

    def test_who_gave_up(self, world: World) -> None:
        label = labels(world)[0]
        confirmed(world.forfeit, label=label, why="declined")
        assert "失効しています（辞退、3月2日（月）13:10）。" in one(world, label)[0]

    def test_a_number_that_nobody_has(self, world: World) -> None:
        assert refused(world, holder="0" * 26) == "E-751"
        assert refused(world, holder="000-000-001") == "E-759"


class TestRefusing:
    def test_before_the_draw(self) -> None:
        assert refused(frozen(), holders=True) == refused(frozen(), holder="0" * 26) == "E-750"

    def test_by_state_alone_nobody_is_listed(self, world: World) -> None:
        world.published.plant("record.json", world.published.files["record.json"].replace(b"A", b"B"))
        assert refused(world, holders=True) == "E-881"

    def test_once_everything_is_being_erased(self, world: World) -> None:
        world.clock.now = world.campaign.erase_from_at + DAY
        begun = journal.entry(world.clock, OPERATOR, "erase", "begun")
        world.state.commit([Create(Erasing(ONLY, stamp(world.clock()), OPERATOR.principal)), begun])
        assert refused(world, holders=True) == "E-882"
