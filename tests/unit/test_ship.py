"""Shipping: one list with one password, whatever is killed; what was handed over is marked and nothing else kept."""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import openpyxl
import pytest

from prizedraw import ship
from prizedraw.errors import Again, Broken, PrizedrawError, Refused
from prizedraw.fulfilment import holder_number, shipping_list
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.entries import Entry
from prizedraw.records.erasure import Erasing
from prizedraw.records.fulfilment import Claim, Delivery, Forfeit, Import, Shipped, ShippingList, Withdrawal
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.running import ONLY, Lease
from prizedraw.records.verdicts import Unread
from prizedraw.rendering import xlsx
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Reply, Result
from prizedraw.sealing import ContactOpener, DeliverySealer, Purpose
from prizedraw.ship import ShipOrder
from prizedraw.times import stamp
from prizedraw.words import ship as words
from support import personal_data
from support.campaigns import CAMPAIGN, campaign_with
from support.clock import HOUR, LEASE, MINUTE
from support.erasure import Ground
from support.fakes.keys import MemoryKeys
from support.faults import NONE, Faults, Way, at_first, beside, cut_off, interposed
from support.parcels import Depot, act, code_of, depot, destination, press, register, standing
from support.replies import order_in
from support.shipping_lists import opened, texts
from support.stages import frozen
from support.world import OPERATOR, SCHEDULER, World, confirmed, labels, sentences

PRIZES = {prize.id: prize.name for prize in CAMPAIGN.prizes}
Row = tuple[str, ...]
LOST = "は、リストを作った後に失効、または本人の請求で消去されたため、記録しません。"
KILLED: tuple[Way, ...] = (Way.BEFORE, Way.LOST)


def listed(world: Depot) -> list[Row]:
    """Open the one file with the one password, and return its rows without the headings."""
    (data,), (password,) = world.exports.files.values(), world.passwords.live().values()
    return texts(opened(data, password).getvalue())[1:]


def rows(world: World, *chosen: str) -> Counter[Row]:
    """Return the rows that labels should have in a plain list."""
    found = Counter[Row]()
    for label in chosen:
        to, award = destination(world, label), world.state.get(AwardedPlace, label)
        assert award is not None
        prize = PRIZES[award.record.prize]
        number = holder_number.number_of(label)
        found[("□", number, to.code, prize, to.name, to.written_postal_code, to.address, to.written_phone)] += 1
    return found


def newest(world: World) -> ShippingList:
    return list(world.state.scan(ShippingList))[-1]


def replace_delivery(world: World, delivery: Delivery) -> None:
    """Put a delivery in the place of one, as who writes both databases can."""
    claim = world.state.get(Claim, delivery.id)
    assert claim is not None
    world.sealed.commit([Replace(delivery)])
    world.state.commit([Replace(replace(claim.record, delivery=delivery.hash))])


def address_of(world: World, label: str) -> str:
    """Return the address of an entry's person."""
    (entry,) = world.sealed.find(Entry, "label", label)
    opener = ContactOpener(world.campaign.id, world.keys.opener(Purpose.CONTACT))
    return opener.open(label, entry.candidate.contact)


def shipped(world: World) -> set[str]:
    return {mark.id for mark in world.state.scan(Shipped)}


def mark_as_shipped(world: Depot) -> None:
    """Hand the prizes of everybody who holds a place to the carrier."""
    marks = [Shipped(holder.label, holder.prize, stamp(world.clock())) for holder in standing(world).holders]
    world.state.commit([Create(mark) for mark in marks])


@pytest.fixture
def world() -> Depot:
    return depot()


class TestAsking:
    def test_shows_the_counts_and_makes_nothing(self) -> None:
        world = depot(3)
        reply = press(world)
        assert reply.result == Result.ASK
        assert reply.counts == {
            "A賞 複製原画 発送": 2,
            "B賞 ピンバッジ 発送": 1,
            "発送待ち": 3,
            "未登録": 2,
            "発送済み": 0,
        }
        assert "まだ登録できる当選者が2名います（期限は最も遅い方で3月11日（水）23:59）。" in reply.summary
        assert f'{{"confirm": "{reply.confirm}"}}' in reply.next
        assert (world.exports.files, world.passwords.kept) == ({}, {})
        assert list(world.state.scan(ShippingList)) == []

    def test_with_nobody_registered_there_is_nothing_to_confirm(self) -> None:
        reply = press(depot(0))
        assert (reply.result, reply.confirm) == (Result.REPORT, None)
        assert reply.counts == {"発送待ち": 0, "未登録": 5, "発送済み": 0}

    def test_when_all_is_shipped_there_is_nothing_left_to_do(self, world: Depot) -> None:
        mark_as_shipped(world)
        reply = press(world)
        assert (reply.result, reply.confirm) == (Result.REPORT, None)
        assert (reply.summary, reply.next) == (
            ("発送を待っている賞品はありません。",),
            "すべて発送済みです。操作は要りません。",
        )

    def test_when_all_is_shipped_between_the_code_and_the_list_none_is_made(self, world: Depot) -> None:
        code, real = press(world).confirm, world.state
        world.state = interposed(real, get=at_first(Lease, lambda: mark_as_shipped(world)))
        reply = press(world, code)
        assert (reply.result, reply.summary) == (Result.REPORT, ("発送を待っている賞品はありません。",))
        assert (world.exports.files, world.passwords.kept, list(real.scan(ShippingList))) == ({}, {}, [])

    def test_more_than_one_list_takes_are_told_to_wait(self, world: Depot) -> None:
        holders = standing(world).holders
        said = words.ask("ABCD-EFGH", CAMPAIGN, holders, holders[:3], [], world.clock())
        assert "一つのリストに載るのは3件です。残りは、この分の発送を記録した後に作れます。" in said.summary
        assert not any("一つのリスト" in line for line in press(world).summary)

    def test_once_everything_is_being_erased_it_says_so_and_makes_nothing(self, world: Depot) -> None:
        world.state.commit([Create(Erasing(ONLY, stamp(world.clock()), SCHEDULER.principal))])
        for reply in (press(world), press(world, shipped="all")):
            assert reply.result is Result.UNCHANGED
            assert "消去が始まっている" in reply.summary[0]
        assert (world.exports.files, shipped(world)) == ({}, set())

    def test_before_the_draw_it_is_refused(self) -> None:
        world = depot(0)
        world.published = frozen().published
        with pytest.raises(Refused) as caught:
            press(world)
        assert caught.value.problem.code == "E-750"

    def test_the_schedule_makes_no_list(self, world: Depot) -> None:
        assert press(world, caller=SCHEDULER).result == Result.NOT_DUE
        assert press(world, caller=SCHEDULER, shipped="all").result == Result.NOT_DUE
        assert (world.exports.files, shipped(world)) == ({}, set())

    @pytest.mark.parametrize("code", ["", "0000-0000", "確認コード"])
    def test_a_wrong_code_is_refused(self, code: str, world: Depot) -> None:
        with pytest.raises(Refused):
            press(world, code)
        assert world.exports.files == {}

    def test_a_code_dies_when_somebody_registers(self) -> None:
        world = depot(3)
        code = press(world).confirm
        register(world, standing(world).holders[3].label)
        with pytest.raises(Refused):
            press(world, code)

    def test_the_old_code_does_not_make_a_second_list(self, world: Depot) -> None:
        code = press(world).confirm
        press(world, code)
        with pytest.raises(Refused):
            press(world, code)
        assert len(world.exports.files) == 1


class TestMaking:
    def test_lists_those_who_registered_and_nobody_else(self) -> None:
        world = depot(3)
        reply = confirmed(partial(press, world))
        assert reply.result == Result.DONE
        chosen = [holder.label for holder in standing(world).holders[:3]]
        assert Counter(listed(world)) == rows(world, *chosen)
        assert newest(world).labels == tuple(chosen)

    def test_the_rows_stand_in_the_order_of_the_prizes(self, world: Depot) -> None:
        act(world)
        assert [row[3] for row in listed(world)] == [PRIZES["A"]] * 2 + [PRIZES["B"]] * 3

    def test_tells_where_file_and_password_are_and_neither_the_password_nor_a_person(self, world: Depot) -> None:
        reply = act(world)
        (name,), (password,) = world.exports.files, world.passwords.live().values()
        said = sentences(reply)
        assert f"ファイル名：{name}" in said
        assert "Secret Manager の shipping-password のバージョン 1" in said
        assert password not in said
        assert '{"shipped": "all"}' in reply.next

    def test_the_file_is_named_after_time_and_number_alone(self, world: Depot) -> None:
        act(world)
        assert list(world.exports.files) == ["shipping-20260305T041000Z-0001.xlsx"]
        assert world.exports.content_types.popitem()[1] == xlsx.CONTENT_TYPE

    def test_who_gave_up_is_not_listed_and_who_moved_up_is(self, world: Depot) -> None:
        out, (reserve, *_) = standing(world).holders[0].label, reserves_of(world, "A")
        confirmed(world.forfeit, label=out, why="declined")
        register(world, reserve)
        act(world)
        chosen = {row[2] for row in listed(world)}
        held = {holder.label for holder in standing(world).holders}
        assert code_of(world, out) not in chosen
        assert code_of(world, reserve) in chosen
        assert chosen == {code_of(world, label) for label in held}

    def test_finding_5a_a_swapped_award_row_puts_nobody_on_the_list_and_takes_nobody_off(self, world: Depot) -> None:
        honest = Counter(rows(world, *(holder.label for holder in standing(world).holders)))
        winner = standing(world).holders[0]
        friend = next(label for label in labels(world, ["reserve"]) if label in reserves_of(world, winner.prize))
        register(world, friend)
        stored = world.state.get(AwardedPlace, winner.label)
        assert stored is not None
        world.state.commit([Replace(AwardedPlace(friend, winner.prize, "winner", stored.record.order))])
        world.state.commit([Replace(replace(stored.record, place="reserve"))])
        act(world)
        assert newest(world).labels == tuple(holder.label for holder in standing(world).holders)
        world.state.commit([Replace(stored.record), Replace(AwardedPlace(friend, winner.prize, "reserve", 1))])
        assert Counter(listed(world)) == honest

    def test_finding_5_a_planted_forfeit_row_takes_nobody_off_the_list(self, world: Depot) -> None:
        winner = standing(world).holders[0].label
        world.state.commit([Create(Forfeit(winner, "A", "declined", stamp(world.clock.now)))])
        act(world)
        assert winner in newest(world).labels

    def test_finding_3_no_list_is_made_by_a_file_that_is_not_ours(self, world: Depot) -> None:
        world.published.plant("forfeits/x.json", b"{}")
        with pytest.raises(Broken) as caught:
            press(world)
        assert "forfeits/x.json" in caught.value.sentence
        assert world.exports.files == {}

    def test_what_was_shipped_is_not_listed_again(self, world: Depot) -> None:
        done = standing(world).holders[0].label
        world.state.commit([Create(Shipped(done, "A", stamp(world.clock.now)))])
        act(world)
        assert Counter(listed(world)) == rows(world, *(h.label for h in standing(world).holders[1:]))

    def test_listed_winners_are_known_as_listed(self, world: Depot) -> None:
        act(world)
        assert all(holder.listed for holder in standing(world).holders)

    def test_the_journal_says_how_many_and_which_file(self, world: Depot) -> None:
        act(world)
        assert ("ship", "listed", OPERATOR.principal) in world.journal()

    def test_b2cloud_s_columns_if_the_campaign_says_so(self) -> None:
        world = depot(campaign=campaign_with("drand", shipping={"style": "yamato_b2"}))
        register(world, standing(world).holders[0].label, address="長" * 40)
        reply = act(world)
        assert {len(row) for row in listed(world)} == {8}
        assert "ご依頼主（20〜25列目）" in sentences(reply)
        assert "1件は、B2クラウドに取り込む前に直しが要ります（2行目）。" in sentences(reply)
        assert "2026/03/05" in listed(world)[0]

    def test_rows_in_doubt_are_named(self, world: Depot) -> None:
        first = standing(world).holders[0].label
        register(world, first, name="?田 花子", doubts="letters_lost")
        assert "1件は、発送の前に確かめることがあります（2行目）。" in sentences(act(world))
        assert sum("氏名か住所の文字が" in cell for row in listed(world) for cell in row) == 1

    def test_the_longest_list_fits_into_one_record(self, world: Depot) -> None:
        longest = ShippingList("9999", stamp(world.clock.now), ("0" * 26,) * ship.MOST, "a" * 40, "9999")
        world.state.commit([Create(longest)])
        assert newest(world) == longest

    def test_a_delivery_that_is_not_there_is_an_alarm(self, world: Depot) -> None:
        world.sealed.commit([Delete(Delivery, standing(world).holders[1].label)])
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem.code == "E-775"
        assert world.exports.files == {}

    def test_a_delivery_of_somebody_else_does_not_open(self, world: Depot) -> None:
        one, other = (standing(world).holders[at].label for at in (0, 1))
        stolen = world.sealed.get(Delivery, other)
        assert stolen is not None
        replace_delivery(world, Delivery(one, "A", stolen.record.sealed))
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem.code == "E-159"
        assert world.exports.files == {}

    def test_a_place_that_a_writer_of_sealed_sealed_to_our_public_key_gets_no_parcel(self, world: Depot) -> None:
        label = standing(world).holders[0].label
        sealer = DeliverySealer(world.campaign.id, world.keys.sealer(Purpose.DELIVERY))
        friend = destination(world, label, address="大阪府大阪市北区梅田1-1-1")
        world.sealed.commit([Replace(Delivery(label, "A", sealer.seal(label, friend.to_bytes())))])
        with pytest.raises(Broken) as caught:
            press(world)
        assert (caught.value.problem.code, caught.value.facts) == ("E-777", {"count": 1})
        assert list(world.state.scan(ShippingList)) == []

    def test_a_claim_that_a_writer_of_state_planted_gets_no_parcel(self) -> None:
        world = depot(registered=1)
        first, second, *_ = standing(world).holders
        claim = world.state.get(Claim, first.label)
        assert claim is not None
        world.state.commit([Create(replace(claim.record, id=second.label, prize=second.prize))])
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem.code == "E-775"
        assert world.exports.files == {}

    def test_an_address_that_was_put_back_from_an_older_time_gets_no_parcel(self, world: Depot) -> None:
        label = standing(world).holders[0].label
        older = world.sealed.get(Delivery, label)
        assert older is not None
        register(world, label, address="東京都新宿区西新宿2-8-1")
        world.sealed.commit([Replace(older.record)])
        with pytest.raises(Broken) as caught:
            press(world)
        assert caught.value.problem.code == "E-777"

    @pytest.mark.parametrize(("ago", "code"), [(59 * MINUTE, "E-778"), (HOUR, "E-777")])
    def test_while_its_file_is_imported_an_address_before_its_claim_is_no_alarm(
        self, world: Depot, ago: timedelta, code: str
    ) -> None:
        label = standing(world).holders[0].label
        older = world.sealed.get(Delivery, label)
        assert older is not None
        register(world, label, address="東京都新宿区西新宿2-8-1")
        world.sealed.commit([Replace(older.record)])
        cut_off = Import("file", stamp(world.clock() - ago), 0, {}, complete=False, problem=Unread.RUNNING.value)
        world.state.commit([Create(cut_off)])
        with pytest.raises(Again if code == "E-778" else Broken) as caught:
            press(world)
        assert caught.value.problem.code == code

    def test_while_addresses_are_imported_no_list_is_made(self, world: Depot) -> None:
        code = press(world).confirm
        assert lease.acquire(world.state, lease.AWARDS, world.clock, LEASE) is not None
        with pytest.raises(Again) as caught:
            press(world, code)
        assert caught.value.problem.code == "E-200"
        assert list(world.state.scan(ShippingList)) == []


def reserves_of(world: World, prize: str) -> list[str]:
    found = [award for award in world.state.scan(AwardedPlace) if (award.prize, award.place) == (prize, "reserve")]
    return [award.id for award in sorted(found, key=lambda award: award.order)]


class TestMakingAgain:
    def test_makes_a_new_file_and_password_and_removes_the_old(self, world: Depot) -> None:
        act(world)
        (old,) = world.passwords.live().values()
        reply = act(world)
        assert list(world.exports.files) == ["shipping-20260305T041000Z-0002.xlsx"]
        assert list(world.passwords.live()) == [2]
        assert world.passwords.live()[2] != old
        assert Counter(listed(world)) == rows(world, *(h.label for h in standing(world).holders))
        assert "前の発送リストは使えなくなりました。" in sentences(reply)

    def test_each_has_the_next_number(self, world: Depot) -> None:
        for _ in range(3):
            act(world)
        assert [made.id for made in world.state.scan(ShippingList)] == ["0001", "0002", "0003"]

    def test_says_before_that_the_old_one_ends(self, world: Depot) -> None:
        act(world)
        assert (
            "前の発送リスト（3月5日（木）13:10 作成）は、パスワードとともに使えなくなります。" in press(world).summary
        )

    def test_takes_in_who_registered_since(self) -> None:
        world = depot(2)
        act(world)
        register(world, standing(world).holders[2].label)
        act(world)
        assert len(listed(world)) == 3

    def test_a_password_that_the_service_does_not_list_yet_is_destroyed_too(self, world: Depot) -> None:
        act(world)
        world.passwords.lag = 2
        act(world)
        assert list(world.passwords.live()) == [2]

    def test_files_and_passwords_of_others_are_left_alone(self, world: Depot) -> None:
        world.exports.files["notes.txt"] = b"1"
        world.exports.files["shipping-by-hand.xlsx"] = b"2"
        act(world)
        act(world)
        assert {"notes.txt", "shipping-by-hand.xlsx"} <= set(world.exports.files)

    def test_a_file_of_that_name_is_not_written_over(self, world: Depot) -> None:
        world.exports.files["shipping-20260305T041000Z-0001.xlsx"] = b"theirs"
        with pytest.raises(Again):
            act(world)
        assert list(world.exports.files.values()) == [b"theirs"]


def notified_depot() -> Depot:
    """Return a depot whose ward has the record, so that `status` says what is to be done."""
    world = depot()
    world.notify()
    return world


class TestCutOffAnywhere:
    def test_pressed_again_it_ends_with_one_file_and_one_password(self) -> None:
        for where, world in cut_off(depot, act, KILLED):
            assert isinstance(world, Depot)
            world.clock.wait(LEASE)
            act(world)
            assert Counter(listed(world)) == rows(world, *(h.label for h in standing(world).holders)), where
            (name,), (version,) = world.exports.files, world.passwords.live()
            assert (newest(world).object, newest(world).password_version) == (name, str(version)), where

    def test_status_asks_for_it_again_while_there_is_no_file(self) -> None:
        """It asked to say of a list that nobody could open that all of it was shipped, and `ship` refused, for ever."""
        again = "もう一度、発送リストの作成（ship）を {} で実行してください"
        for where, world in cut_off(notified_depot, act, KILLED):
            assert isinstance(world, Depot)
            made = list(world.state.scan(ShippingList))
            is_cut_off = bool(made) and not made[-1].password_version
            assert (again in sentences(world.status())) == is_cut_off, where
            world.clock.wait(LEASE)
            act(world)
            assert again not in sentences(world.status()), where
            assert '{"shipped": "all"}' in sentences(world.status()), where

    def test_so_does_a_second_list_over_a_first(self) -> None:
        def twice() -> Depot:
            world = depot()
            act(world)
            return world

        for where, world in cut_off(twice, act, [Way.AFTER]):
            assert isinstance(world, Depot)
            world.clock.wait(LEASE)
            act(world)
            assert len(listed(world)) == 5, where

    def test_no_address_on_a_list_changes_after_its_file_can_exist(self) -> None:
        """Where a file is, every label in it is recorded as listed, so that `claim` leaves its address alone."""
        for where, world in cut_off(depot, act, KILLED):
            assert isinstance(world, Depot)
            if world.exports.files:
                assert all(holder.listed for holder in standing(world).holders), where

    def test_a_run_beside_another_leaves_one_finished_list_that_is_the_newest(self) -> None:
        def one(world: World, faults: Faults) -> None:
            with suppress(Refused):  # the other's list came between its two calls
                act(world, faults)

        def other(world: World) -> None:
            world.clock.wait(LEASE)
            act(world)

        for where, world in beside(depot, one, other):
            assert isinstance(world, Depot)
            last = newest(world)
            assert int(last.password_version) in world.passwords.live(), where
            data, password = world.exports.files[last.object], world.passwords.live()[int(last.password_version)]
            assert len(texts(opened(data, password).getvalue())) == 6, where
            # The file of a run that was overtaken just before its upload stays until the next list, or for a day.
            assert len(world.exports.files) == (2 if "exports.create" in where else 1), where


class TestTakingBack:
    @pytest.fixture
    def sent(self) -> Depot:
        """Return a world with four of five registered, and listed."""
        world = depot(4)
        act(world)
        return world

    def test_all_means_everything_on_the_newest_list(self, sent: Depot) -> None:
        asked = press(sent, shipped="all")
        assert asked.result == Result.ASK
        assert f"発送リスト（{newest(sent).object}）のすべてを、発送済みとして記録します。" in sentences(asked)
        assert asked.counts == {"A賞 複製原画 発送": 2, "B賞 ピンバッジ 発送": 2, "記録済み": 0}
        assert order_in(asked) == {
            "shipped": "all",
            "confirm": asked.confirm,
        }
        assert shipped(sent) == set()
        reply = press(sent, asked.confirm, shipped="all")
        assert reply.result == Result.DONE
        assert shipped(sent) == set(newest(sent).labels)
        assert "4件を発送済みとして記録しました（以前に記録済み：0件）。" in reply.summary
        assert reply.counts == {"発送待ち": 0, "未登録": 1, "発送済み": 4}
        assert ("ship", "shipped", OPERATOR.principal) in sent.journal()

    def test_the_newest_is_meant_also_where_an_older_one_had_a_file(self, sent: Depot) -> None:
        late = standing(sent).holders[4].label
        register(sent, late)
        act(sent)
        asked = press(sent, shipped="all")
        assert f"発送リスト（{newest(sent).object}）のすべてを、発送済みとして記録します。" in sentences(asked)
        act(sent, shipped="all")
        assert shipped(sent) == set(newest(sent).labels) > {late}

    def test_who_registered_after_the_list_is_not_marked(self, sent: Depot) -> None:
        register(sent, standing(sent).holders[4].label)
        act(sent, shipped="all")
        assert shipped(sent) == set(newest(sent).labels)
        assert standing(sent).holders[4].label not in shipped(sent)

    def test_a_list_without_a_file_is_not_meant(self, sent: Depot) -> None:
        register(sent, standing(sent).holders[4].label)
        code = press(sent).confirm
        sent.passwords.away = 1
        with pytest.raises(Again):
            press(sent, code)
        assert len(newest(sent).labels) == 5
        act(sent, shipped="all")
        assert len(shipped(sent)) == 4

    def test_once_more_changes_nothing(self, sent: Depot) -> None:
        act(sent, shipped="all")
        before = sent.written()
        reply = act(sent, shipped="all")
        assert reply.result == Result.UNCHANGED
        assert "0件を発送済みとして記録しました（以前に記録済み：4件）。" in reply.summary
        assert sent.written() == before

    def test_when_all_is_shipped_deliveries_can_be_erased(self, world: Depot) -> None:
        act(world)
        reply = act(world, shipped="all")
        assert (
            reply.next == "発送はすべて終わりました。お届け先の情報は、定期実行の個人情報の消去（erase）が消去します。"
        )
        assert press(world).next == "すべて発送済みです。操作は要りません。"

    def test_before_a_list_there_is_nothing_to_take_back(self, world: Depot) -> None:
        with pytest.raises(Refused) as caught:
            press(world, shipped="all")
        assert caught.value.problem.code == "E-772"

    def test_not_both_ways_at_once(self, sent: Depot) -> None:
        with pytest.raises(Refused) as caught:
            press(sent, shipped="all", shipped_rows="x")
        assert caught.value.problem.code == "E-105"

    def test_who_lost_the_place_meanwhile_is_not_marked_but_told(self, sent: Depot) -> None:
        out = newest(sent).labels[0]
        confirmed(sent.forfeit, label=out, why="declined")
        reply = act(sent, shipped="all")
        assert out not in shipped(sent)
        assert f"管理番号 {number_of(out)} {LOST}" in sentences(reply)
        assert len(shipped(sent)) == 3

    def test_who_was_erased_on_request_is_not_marked_but_told_and_a_reserve_moves_up(self, sent: Depot) -> None:
        out = newest(sent).labels[0]
        confirmed(Ground(sent).erase, email=address_of(sent, out))
        reply = act(sent, shipped="all")
        assert out not in shipped(sent)
        assert f"管理番号 {number_of(out)} {LOST}" in sentences(reply)
        assert len(shipped(sent)) == 3
        sent.clock.wait(HOUR)
        assert sent.forfeit(caller=SCHEDULER).result == Result.DONE
        held = {holder.label: holder for holder in standing(sent).holders}
        assert out not in held
        assert [holder.promoted for holder in held.values()].count(True) == 1

    def test_who_is_erased_on_request_once_their_parcel_is_under_way_stays_shipped(self, sent: Depot) -> None:
        out = newest(sent).labels[0]
        act(sent, shipped="all")
        confirmed(Ground(sent).erase, email=address_of(sent, out))
        again = press(sent, shipped="all")
        assert again.result == Result.UNCHANGED
        assert "以前に記録済み：4件" in sentences(again)
        assert sent.forfeit(caller=SCHEDULER).result != Result.DONE

    def test_whose_erasure_was_cut_off_is_on_no_list_and_keeps_nobody_from_being_marked(self, sent: Depot) -> None:
        out, other, *_ = newest(sent).labels
        email = address_of(sent, out)

        def erased(made: Depot, faults: Faults = NONE) -> Reply:
            asked = Ground(made).erase(email=email)
            return Ground(made).erase(asked.confirm, email=email, faults=faults)

        def make() -> Depot:
            world = depot(4)
            act(world)
            return world

        def is_withdrawn(world: Depot) -> bool:
            return world.state.get(Withdrawal, out) is not None

        killed = [(where, made) for where, made in cut_off(make, erased, (Way.BEFORE,)) if is_withdrawn(made)]
        assert killed
        for where, made in killed:
            made.clock.wait(HOUR)
            press(made, shipped_rows=code_of(made, other))
            act(made)
            assert out not in newest(made).labels, where

    def test_rows_are_found_by_their_code_however_they_are_pasted(self, sent: Depot) -> None:
        a, b, c, d = newest(sent).labels
        full_width = "".join(chr(ord(x) + 0xFEE0) if x != "-" else "ー" for x in code_of(sent, c))
        pasted = "\r\n".join(
            [
                "当選コード\t追跡番号",
                f"{code_of(sent, a)}\t1234-5678-9012",
                "",
                f'"{code_of(sent, b).lower().replace("-", "")}","0","","123456789012"',
                f"  {full_width}　",
                f"1234-5678-9012\t{d.upper()}",
                "0000-0000-0000-0\t1234",
                f"{code_of(sent, a)}\t1234-5678-9012",
            ]
        )
        asked = press(sent, shipped_rows=pasted)
        assert asked.counts == {"A賞 複製原画 発送": 2, "B賞 ピンバッジ 発送": 2, "記録済み": 0}
        assert "当選コードも管理番号も読み取れなかった行：1、7行目（全部で2行）" in asked.summary
        press(sent, asked.confirm, shipped_rows=pasted)
        assert shipped(sent) == {a, b, c, d}

    def test_some_rows_now_and_the_others_later(self, sent: Depot) -> None:
        first, *rest = newest(sent).labels
        reply = act(sent, shipped_rows=code_of(sent, first))
        assert shipped(sent) == {first}
        assert reply.counts == {"発送待ち": 3, "未登録": 1, "発送済み": 1}
        reply = act(sent, shipped="all")
        assert "3件を発送済みとして記録しました（以前に記録済み：1件）。" in reply.summary
        assert shipped(sent) == {first, *rest}

    def test_rows_are_found_by_the_number_that_somebody_read_out(self, sent: Depot) -> None:
        first, second, *_ = newest(sent).labels
        act(sent, shipped_rows=f"1234-5678\t{number_of(first)}\n{number_of(second).lower().replace('-', ' ')}")
        assert shipped(sent) == {first, second}

    def test_rows_of_an_older_list_count_too(self, sent: Depot) -> None:
        first = newest(sent).labels[0]
        act(sent)
        act(sent, shipped_rows=code_of(sent, first))
        assert shipped(sent) == {first}

    def test_rows_whose_delivery_is_erased_are_known_by_their_label_alone(self, sent: Depot) -> None:
        act(sent, shipped="all")
        gone, *others = newest(sent).labels
        sent.sealed.commit([Delete(Delivery, gone)])
        reply = act(sent, shipped_rows="\n".join(code_of(sent, label) for label in (gone, *others)))
        assert reply.result == Result.UNCHANGED
        assert "当選コードも管理番号も読み取れなかった行：1行目（全部で1行）" in reply.summary

    @pytest.mark.parametrize("pasted", ["", "\n\n", "追跡番号のみ\t1234", "0000-0000-0000-0", "=HYPERLINK(1)"])
    def test_rows_that_name_nobody_are_refused(self, pasted: str, sent: Depot) -> None:
        with pytest.raises(Refused) as caught:
            press(sent, shipped_rows=pasted)
        assert caught.value.problem.code == "E-773"

    def test_a_winner_who_is_on_no_list_cannot_be_marked(self, sent: Depot) -> None:
        register(sent, standing(sent).holders[4].label)
        with pytest.raises(Refused):
            press(sent, shipped_rows=code_of(sent, standing(sent).holders[4].label))

    def test_many_unread_rows_are_not_all_told(self, sent: Depot) -> None:
        reply = press(sent, shipped_rows="\n".join(["x"] * 50 + [code_of(sent, newest(sent).labels[0])]))
        assert "19、20…行目（全部で50行）" in sentences(reply)

    @pytest.mark.parametrize("code", ["0000-0000", ""])
    def test_a_wrong_code_marks_nothing(self, code: str, sent: Depot) -> None:
        with pytest.raises(Refused):
            press(sent, code, shipped="all")
        assert shipped(sent) == set()

    def test_a_code_for_some_rows_is_none_for_all(self, sent: Depot) -> None:
        code = press(sent, shipped_rows=code_of(sent, newest(sent).labels[0])).confirm
        with pytest.raises(Refused):
            press(sent, code, shipped="all")

    def test_cut_off_anywhere_it_is_finished_by_the_same_button(self) -> None:
        def sent() -> Depot:
            world = depot()
            act(world)
            return world

        def hand_over(world: World, faults: Faults) -> None:
            assert isinstance(world, Depot)
            act(world, faults, shipped="all")

        for where, world in cut_off(sent, hand_over):
            world.clock.wait(LEASE)
            hand_over(world, NONE)
            assert shipped(world) == {holder.label for holder in standing(world).holders}, where


class TestPersonalData:
    def needles(self, world: World) -> list[str]:
        typed = [destination(world, holder.label) for holder in standing(world).holders]
        return [text for to in typed for text in (to.name, to.address, to.phone)] + ["1234-5678-9012"]

    def test_stands_in_no_record_no_reply_and_no_name(self, world: Depot) -> None:
        pasted = f"{code_of(world, labels(world)[0])}\t1234-5678-9012"
        replies = [press(world), act(world), press(world, shipped_rows=pasted), act(world, shipped_rows=pasted)]
        said = [json.dumps(reply.to_json(), ensure_ascii=False) for reply in replies]
        texts_of_state = [repr(document) for document in world.state.dump().values()]
        codes = [code_of(world, label) for label in labels(world)]
        found = personal_data.found(
            [*self.needles(world), *codes, *world.passwords.live().values()],
            [*said, *texts_of_state, *world.exports.files, *map(str, world.state.dump())],
        )
        assert found == set()

    def test_a_planted_leak_is_found(self, world: Depot) -> None:
        assert personal_data.found(self.needles(world), [f"x{destination(world, labels(world)[0]).name}x"])

    def test_stands_in_no_error(self, world: Depot) -> None:
        world.sealed.commit([Replace(Delivery(standing(world).holders[0].label, "A", b"damaged"))])
        with pytest.raises(PrizedrawError) as caught:
            act(world)
        assert not personal_data.found(self.needles(world), [caught.value.sentence, repr(caught.value.facts)])

    def test_stands_in_no_order_that_is_shown(self) -> None:
        assert "K7QM" not in repr(ShipOrder(shipped_rows="K7QM-4T9X-2HVD-8"))


def test_a_minute_is_enough_to_press_twice(world: Depot) -> None:
    code = press(world).confirm
    world.clock.wait(14 * MINUTE)
    assert press(world, code).result == Result.DONE


def test_addresses_sealed_to_a_planted_key_are_found_out_when_ship_is_asked(world: Depot) -> None:
    """Finding 13, of the other pair: before anything is recorded, and before a list is counted on."""
    stranger = DeliverySealer(world.campaign.id, MemoryKeys(world.campaign.id).sealer(Purpose.DELIVERY))
    for one in list(world.sealed.scan(Delivery)):
        replace_delivery(world, replace(one, sealed=stranger.seal(one.id, b"{}")))
    with pytest.raises(Broken) as caught:
        press(world)
    assert caught.value.problem.code == "E-159"
    assert list(world.state.scan(ShippingList)) == []


def test_a_changed_address_is_told_and_stands_on_a_sheet_of_the_list(world: Depot) -> None:
    changed = standing(world).holders[1]
    stored = world.state.get(Claim, changed.label)
    assert stored is not None
    world.state.commit([Replace(replace(stored.record, changed=True))])
    asked = press(world)
    assert "1件は、お届け先が登録の後で変更されています。" in sentences(asked)
    assert "1件は、お届け先が登録の後で変更されています。" in sentences(press(world, asked.confirm))
    (data,), (password,) = world.exports.files.values(), world.passwords.live().values()
    _, notes = openpyxl.load_workbook(opened(data, password)).worksheets
    assert [cell.value for cell in notes[2]] == ["3", code_of(world, changed.label), shipping_list.CHANGED]
