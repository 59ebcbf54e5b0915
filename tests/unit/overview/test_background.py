"""
What a background step finds reaches a person: `status` shows it, by count and row.

Finding 4: doubts about an address were counted in a reply that Pub/Sub alone reads, and shown to nobody.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from prizedraw.fulfilment import withdrawals
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.overview.facts import read_facts
from prizedraw.overview.fulfilment import fulfilment_section
from prizedraw.overview.mail import mail_section
from prizedraw.ports import Create, Replace
from prizedraw.records.analysis import Analysed
from prizedraw.records.fulfilment import Shipped, ShippingList
from prizedraw.records.mail import MailRow, MailState, ReturnsRead
from prizedraw.records.running import ONLY
from prizedraw.times import instant_of, stamp
from support.claims import CAMPAIGN, ClaimsDesk, row
from support.clock import DAY, MINUTE
from support.stages import notified
from support.world import SCHEDULER, World, labels, sentences

DOUBTFUL = [
    row("a1", postal_code="999-9999"),
    row("a2"),
    row("a3", address="大阪府大阪市北区梅田1-1-1", name="?田"),
    row("b1", phone="000-0000-0000"),
]

STOPPED = "【至急】失効した、または本人の請求で消去した当選が、発送リストに1件載っています"


def desk_section(desk: ClaimsDesk) -> tuple[list[str], dict[str, int]]:
    """Return alarms and counts of the parcels."""
    facts = read_facts(CAMPAIGN, desk.state, desk.published, desk.clock)
    assert facts.parcels is not None
    section = fulfilment_section(facts, facts.parcels)
    return [alarm for alarm in section.alarms if "お届け先に確かめる" in alarm], dict(section.counts)


class TestDoubts:
    def test_are_named_by_count_and_row(self) -> None:
        desk = ClaimsDesk()
        desk.bring(*DOUBTFUL)
        [alarm], counts = desk_section(desk)
        assert counts["お届け先に確かめることがある登録"] == 3
        assert alarm.startswith("お届け先に確かめることがある登録が3件あります（最新のCSVの行番号）。")
        assert "2行目：一覧にない郵便番号" in alarm
        assert "4行目：郵便番号と住所の食い違い・失われた文字があるおそれのある登録" in alarm
        assert "5行目：使われていない形の電話番号" in alarm
        assert "3行目" not in alarm
        assert "999" not in alarm

    def test_are_named_by_the_rows_of_the_newest_file(self) -> None:
        desk = ClaimsDesk()
        desk.bring(*DOUBTFUL)
        before = desk.deliveries()
        desk.bring(row("b2"), *DOUBTFUL)
        [alarm], _ = desk_section(desk)
        assert [f"{number}行目" in alarm for number in range(2, 7)] == [False, True, False, True, True]
        assert desk.deliveries() | before == desk.deliveries()

    def test_go_when_the_winner_has_registered_anew_or_the_prize_was_shipped(self) -> None:
        desk = ClaimsDesk()
        desk.bring(*DOUBTFUL)
        desk.ship("a1")
        desk.bring(row("b1", sent_at="2026/03/05 15:00", receipt="R-new"))
        [alarm], counts = desk_section(desk)
        assert counts["お届け先に確かめることがある登録"] == 1
        assert "4行目" in alarm

    def test_of_who_lost_the_place_are_nobody_s_worry(self) -> None:
        desk = ClaimsDesk()
        desk.bring(*DOUBTFUL[:1])
        desk.forfeit("a1", "03-06 12:00")
        assert desk_section(desk)[0] == []

    def test_without_any_nothing_is_said(self) -> None:
        desk = ClaimsDesk()
        desk.bring(row("a1"))
        alarms, counts = desk_section(desk)
        assert alarms == []
        assert "お届け先に確かめることがある登録" not in counts


class TestALapseByTheScheduleItself:
    @pytest.fixture
    def world(self) -> World:
        """Return a world whose first winner is on the list for shipping and has withdrawn, as the schedule found."""
        world = notified()
        gone = labels(world)[0]
        listed = ShippingList("1", stamp(world.clock()), tuple(labels(world)), "x.xlsx", "1")
        signed = withdrawals.signed(world.keys.signer, world.campaign.id, gone, stamp(world.clock()))
        world.state.commit([Create(listed), Create(signed)])
        world.clock.wait(MINUTE)
        world.forfeit(caller=SCHEDULER)
        return world

    def test_of_a_parcel_that_is_listed_is_an_alarm_until_the_list_is_made_anew(self, world: World) -> None:
        gone = labels(notified())[0]
        assert f"{STOPPED}（管理番号：{number_of(gone)}）" in sentences(world.status())
        anew = ShippingList("2", stamp(world.clock()), tuple(labels(notified())[1:]), "y.xlsx", "2")
        world.state.commit([Create(anew)])
        assert "発送リストに1件載っています" not in sentences(world.status())

    def test_is_an_alarm_from_the_erasure_on_although_the_place_is_not_passed_on_yet(self) -> None:
        world, gone = notified(), labels(notified())[0]
        listed = ShippingList("1", stamp(world.clock()), tuple(labels(world)), "x.xlsx", "1")
        signed = withdrawals.signed(world.keys.signer, world.campaign.id, gone, stamp(world.clock()))
        world.state.commit([Create(listed), Create(signed)])
        assert f"{STOPPED}（管理番号：{number_of(gone)}）" in sentences(world.status())

    def test_of_a_parcel_that_has_left_is_none(self, world: World) -> None:
        world.state.commit([Create(Shipped(labels(notified())[0], "A", stamp(world.clock())))])
        assert "発送リストに1件載っています" not in sentences(world.status())

    def test_says_which_files_go_to_the_ward_s_page(self, world: World) -> None:
        assert "forfeits/ にある1組のファイルと署名を区のホームページに掲載してください。" in sentences(world.status())
        assert "forfeits/" not in "".join(notified().status().next)


class TestReturnsThatNobodyReads:
    def alarms(self, world: World) -> list[str]:
        facts = read_facts(world.campaign, world.state, world.published, world.clock)
        return [alarm for alarm in mail_section(facts).alarms if "読み取れていません" in alarm]

    @pytest.mark.parametrize(("ago", "rings"), [(timedelta(hours=47), False), (timedelta(hours=49), True)])
    def test_are_an_alarm_after_two_days(self, ago: timedelta, rings: bool) -> None:
        world = notified()
        world.clock.wait(4 * DAY)
        world.state.commit([Replace(ReturnsRead(ONLY, instant_of(world.clock() - ago)))])
        assert bool(self.alarms(world)) == rings

    def test_are_an_alarm_too_where_all_that_went_is_only_presumed_to_have_gone(self) -> None:
        world = notified()
        presumed = MailState.PRESUMED_SENT.value
        rows = [replace(row, state=presumed, message="") for row in world.state.scan(MailRow)]
        world.clock.wait(4 * DAY)
        world.state.commit([Replace(row) for row in rows])
        world.state.commit([Replace(ReturnsRead(ONLY, instant_of(world.clock() - 3 * DAY)))])
        assert self.alarms(world)

    def test_are_none_right_after_the_first_letters(self) -> None:
        world = notified()
        assert self.alarms(world) == []
        assert list(world.state.scan(MailRow))


def test_the_analysis_that_the_schedule_published_is_to_be_submitted() -> None:
    world = notified()
    assert "analysis.html" not in "".join(world.status().next)
    world.state.commit([Create(Analysed(ONLY, "0" * 64, stamp(world.clock()), 5))])
    assert (
        "報告用フォルダ（reports）の analysis.html を開いて内容を確かめ、analysis.xlsx とともに区に提出してください。"
        in "".join(world.status().next)
    )
