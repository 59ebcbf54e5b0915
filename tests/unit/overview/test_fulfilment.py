"""What `status` says of claims and parcels, and when."""

from datetime import timedelta

import pytest

from prizedraw.fulfilment import holders, lapses, many
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.overview.facts import read_facts
from prizedraw.overview.fulfilment import fulfilment_section
from prizedraw.overview.parcels import MOST_REVIEWS
from prizedraw.ports import Create
from prizedraw.records.fulfilment import Claim, Import, Review, Shipped, ShippingList
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.verdicts import Unread, Verdict
from prizedraw.times import instant, stamp
from support.stages import notified
from support.world import World, agreed, confirmed, labels, sentences

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def world() -> World:
    return notified()


def prize(world: World, label: str) -> str:
    stored = world.state.get(AwardedPlace, label)
    assert stored is not None
    return stored.record.prize


def register(world: World, *who: str) -> None:
    at = stamp(world.clock())
    world.state.commit([Create(Claim(label, prize(world, label), instant(at), "0" * 64, at)) for label in who])


def drop(world: World, complete: bool = True, problem: str = "", detail: str = "") -> None:
    at = stamp(world.clock())
    world.state.commit([Create(Import(f"drop-{at}", at, 5, {}, complete, problem, detail))])


def alarms(world: World) -> list[str]:
    facts = read_facts(world.campaign, world.state, world.published, world.clock)
    assert facts.parcels is not None
    return list(fulfilment_section(facts, facts.parcels).alarms)


def test_right_after_the_draw_nothing_is_wrong(world: World) -> None:
    assert alarms(world) == []
    assert "CSVを登録用フォルダ（claims）に置いてください" in "".join(world.status().next)


class TestAfterTheDeadline:
    @pytest.fixture
    def late(self, world: World) -> World:
        register(world, *labels(world)[1:])
        world.clock.now = world.campaign.claim_deadline_at + HOUR
        return world

    def test_the_csv_is_asked_for_and_who_is_missing_is_named(self, late: World) -> None:
        [alarm] = alarms(late)
        assert "CSVを置いてください" in alarm
        assert number_of(labels(late)[0]) in alarm
        assert number_of(labels(late)[1]) not in alarm

    def test_a_csv_from_before_the_deadline_does_not_do(self, late: World) -> None:
        late.clock.now -= 2 * HOUR
        drop(late)
        late.clock.now += 2 * HOUR
        assert len(alarms(late)) == 1

    def test_with_the_csv_the_schedule_does_the_rest(self, late: World) -> None:
        drop(late)
        assert alarms(late) == []

    def test_before_it_nobody_is_missing(self, late: World) -> None:
        late.clock.now = late.campaign.claim_deadline_at - HOUR
        assert alarms(late) == []


class TestFiles:
    def test_one_that_cannot_be_read_is_named_with_its_reason(self, world: World) -> None:
        drop(world, complete=False, problem=Unread.ENCODING)
        [alarm] = alarms(world)
        assert alarm.startswith("登録のCSV：")
        assert "文字コード" in alarm

    def test_the_header_that_is_missing_is_named(self, world: World) -> None:
        drop(world, complete=False, problem=Unread.NO_HEADER, detail="当選コード")
        assert "「当選コード」" in alarms(world)[0]

    def test_one_that_a_later_good_one_has_replaced_is_forgotten(self, world: World) -> None:
        drop(world, complete=False, problem=Unread.EMPTY)
        world.clock.now += HOUR
        drop(world)
        assert alarms(world) == []


class TestReviews:
    def review(self, world: World, *rows: int) -> None:
        at = stamp(world.clock())
        world.state.commit([Create(Review(f"r{row}", "drop", row, Verdict.HALF_FILLED, at)) for row in rows])

    def test_rows_are_named_with_their_reason(self, world: World) -> None:
        self.review(world, 7, 9)
        [alarm] = alarms(world)
        assert "2件" in alarm
        assert "7行目：空欄があります" in alarm
        assert "9行目：" in alarm

    def test_whose_row_came_in_time_does_not_lapse(self, world: World) -> None:
        label, *others = labels(world)
        register(world, *others)
        at = stamp(world.clock())
        world.state.commit([Create(Review("r7", "drop", 7, Verdict.BAD_PHONE, at, label))])
        world.clock.now = world.campaign.claim_deadline_at + HOUR
        drop(world)
        assert (
            lapses.lapsed(
                holders.read_mirrors(world.campaign, world.state), world.state.scan(Import), world.clock(), {label}
            )
            == []
        )
        assert any(number_of(label) in alarm and "自動では失効しません" in alarm for alarm in alarms(world))
        assert not any("CSVを置いてください" in alarm for alarm in alarms(world))

    def test_a_long_list_is_cut_and_says_so(self, world: World) -> None:
        self.review(world, *range(2, 2 + MOST_REVIEWS + 5))
        [alarm] = alarms(world)
        assert alarm.count("行目：") == MOST_REVIEWS
        assert alarm.endswith("ほか")


class TestPlaces:
    def give_up(self, world: World, *who: str) -> None:
        for number, label in enumerate(who):
            press = confirmed if number < many.FEW else agreed
            press(world.forfeit, label=label, why="declined")

    def test_when_the_reserves_are_used_up_it_says_so(self, world: World) -> None:
        of = prize(world, labels(world)[0])
        places = sorted(world.state.find(AwardedPlace, "prize", of), key=lambda award: (award.place, award.order))
        self.give_up(world, *(award.id for award in places))
        assert any(
            "個は、受け取る方がいません（補欠が残っていないか、" in alarm and "抽選のやり直しは行いません" in alarm
            for alarm in alarms(world)
        )

    def test_a_promotion_is_counted(self, world: World) -> None:
        self.give_up(world, labels(world)[0])
        counts = world.status().counts
        assert (counts["失効・辞退などで手放された当選"], counts["うち繰り上げ"]) == (1, 1)


class TestShipping:
    @pytest.fixture
    def claimed(self, world: World) -> World:
        register(world, *labels(world))
        world.clock.now = world.campaign.claim_last_at + HOUR
        drop(world)
        return world

    def test_after_the_last_claim_the_list_is_asked_for(self, claimed: World) -> None:
        assert "発送リストの作成（ship）を {} で実行" in "".join(claimed.status().next)

    def test_with_a_list_it_asks_for_the_hand_over(self, claimed: World) -> None:
        made = ShippingList("l1", stamp(claimed.clock()), tuple(labels(claimed)), "shipping.xlsx", "1")
        claimed.state.commit([Create(made)])
        assert '{"shipped": "all"}' in "".join(claimed.status().next)

    def test_who_is_not_on_the_list_is_to_be_listed_too(self, claimed: World) -> None:
        made = ShippingList("l1", stamp(claimed.clock()), tuple(labels(claimed)[1:]), "shipping.xlsx", "1")
        claimed.state.commit([Create(made)])
        said = "".join(claimed.status().next)
        assert '{"shipped": "all"}' in said
        assert "発送リストに載っていない登録が1件あります。発送リストの作成（ship）を {} で実行" in said

    def test_when_all_is_shipped_deliveries_can_be_erased(self, claimed: World) -> None:
        at = stamp(claimed.clock())
        claimed.state.commit([Create(Shipped(label, prize(claimed, label), at)) for label in labels(claimed)])
        reply = claimed.status()
        assert "個人情報の消去（erase）の定期実行が消去します" in "".join(reply.next)
        assert "発送：5件のうち5件" in sentences(reply)

    def test_what_is_left_shortly_before_the_day_is_an_alarm(self, claimed: World) -> None:
        claimed.clock.now = claimed.campaign.ship_by_at - DAY
        assert any("5件が未発送です" in alarm for alarm in alarms(claimed))
        claimed.clock.now = claimed.campaign.ship_by_at - 3 * DAY
        assert not any("未発送" in alarm for alarm in alarms(claimed))
