"""Winners' addresses are taken from the CSV once, sealed, and the file is erased; what is not taken is named."""

import itertools
import json
import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again, Broken, Final
from prizedraw.fulfilment import claim_code, csv_limits, holders, lapses, resaved, withdrawals
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.registrations import keyed
from prizedraw.ports import Delete, Record, Replace
from prizedraw.records.erasure import Erasing
from prizedraw.records.fulfilment import Delivery, Forfeit, Import, Review, Why, Withdrawal
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.running import ERASED_UNREAD, ONLY, JournalRow, Lease
from prizedraw.records.verdicts import Doubt, Unread, Verdict
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Message, Reply, Result
from prizedraw.sealing import DeliverySealer, Purpose
from prizedraw.times import stamp
from prizedraw.words import claim as words
from support.builders import keys
from support.claims import CAMPAIGN, LATER, WINNERS, ClaimsDesk, code, jst, label, row, written
from support.clock import DAY, HOUR, MINUTE, TIMES, Clock
from support.faults import Faults, Killed, Way, at_first, cut_off, interposed
from support.personal_data import found, leaves
from support.quick import in_turn
from support.world import SCHEDULER

GOOD = tuple(row(name) for name in WINNERS)
NAMED = ["受付番号", "当選コード", "氏名", "郵便番号", "住所", "電話番号", "送信日時"]


@pytest.fixture
def desk() -> ClaimsDesk:
    return ClaimsDesk()


def counted(reply: Reply) -> dict[str, int]:
    """Return the counts of a reply by their machine in the records."""
    machine = {japanese: str(word) for word, japanese in words.COUNTS.items()}
    return {machine[name]: number for name, number in reply.counts.items()}


def refused(desk: ClaimsDesk, data: bytes, **how: Any) -> tuple[str, str]:
    """Drop a file that is not imported; return the reason that is kept, and the sentence for the operator."""
    before = len(desk.imports())
    message = desk.drop(data, **how)
    with pytest.raises(Final) as caught:
        desk.take(message)
    assert caught.value.problem.code == "E-703"
    assert len(desk.imports()) == before + 1
    kept = desk.imports()[-1]
    assert not kept.complete
    assert (kept.rows, kept.counts) == (0, {})
    return kept.problem, words.problem_of(kept, desk.clock())


class TestAGoodFile:
    def test_is_imported_and_erased(self, desk: ClaimsDesk) -> None:
        reply = desk.bring(*GOOD)
        assert reply.result is Result.DONE
        assert reply.summary == ("3月6日（金）10:01に置かれた登録ファイル（5行）を取り込み、ファイルを消去しました。",)
        assert (dict(reply.counts), reply.next) == ({"取り込んだ登録": 5}, "操作は要りません。")
        assert desk.bucket.files == {}
        assert set(desk.claims()) == set(desk.deliveries()) == set(WINNERS)

    def test_leaves_each_address_sealed_for_its_winner(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1", phone="０３－１２３４－５６７８ 内線12", postal_code="〒１６０－００２２"))
        assert desk.deliveries() == {
            "a1": Destination(
                code=code("a1"),
                name="山田 a1郎",
                postal_code="〒１６０－００２２",
                address="東京都新宿区新宿1-1-1 a1号",
                phone="０３－１２３４－５６７８ 内線12",
                postal_digits="1600022",
                phone_national="03-1234-5678",
                extension="12",
            )
        }

    def test_marks_the_winner_as_claimed(self, desk: ClaimsDesk) -> None:
        desk.bring(row("b2"))
        mark = desk.claims()["b2"]
        assert (mark.prize, mark.sent_at, mark.imported_at) == (
            "B",
            "2026-03-05T03:34:00.000000000Z",
            "2026-03-06T01:01:00Z",
        )
        assert re.fullmatch("[0-9a-f]{64}", mark.receipt)
        standing = holders.read_mirrors(CAMPAIGN, desk.state)
        assert [holder.label for holder in standing.holders if holder.claimed] == [label("b2")]

    def test_is_accounted_for_and_in_the_journal(self, desk: ClaimsDesk) -> None:
        desk.bring(*GOOD, row("a1", receipt="R-x", sent_at="2026/03/04 00:00"))
        kept = desk.imports()[0]
        assert (kept.dropped_at, kept.rows, kept.complete, kept.problem) == ("2026-03-06T01:01:00Z", 6, True, "")
        assert kept.counts == {"imported": 5, "duplicate": 1}
        (journal,) = desk.state.scan(JournalRow)
        assert (journal.step, journal.action) == ("claim", "imported")
        assert journal.counts == {"imported": 5, "duplicate": 1, "rows": 6, "missing": 0, "bytes": kept.size}

    def test_can_be_found_in_the_audit_log_by_when_it_was_dropped(self, desk: ClaimsDesk) -> None:
        desk.bring(*GOOD)
        (journal,), (kept,) = desk.state.scan(JournalRow), desk.imports()
        assert journal.times == {"dropped_at": kept.dropped_at}
        assert journal.hashes == {"file": kept.id}

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
    def test_may_be_in_any_of_three_encodings(self, desk: ClaimsDesk, encoding: str) -> None:
        desk.bring(row("a1", name="髙﨑 ①㈱"), encoding=encoding)
        assert desk.deliveries()["a1"].name == "髙﨑 ①㈱"

    @pytest.mark.parametrize(
        "typed",
        [
            '=HYPERLINK("https://x.example","山田")',
            "＝1+1",
            "\t山田",
            "@SUM(1)",
            "+1",
            "-1",
            "𠮷田 葛\U000e0100",
            "山田\n太郎",
            " 山田 ",
        ],
    )
    def test_keeps_names_and_addresses_as_typed(self, desk: ClaimsDesk, typed: str) -> None:
        desk.bring(row("a1", name=typed, address=f"東京都新宿区{typed}"))
        assert (desk.deliveries()["a1"].name, desk.addresses()["a1"]) == (typed, f"東京都新宿区{typed}")

    def test_may_hold_no_rows_at_all(self, desk: ClaimsDesk) -> None:
        reply = desk.bring()
        assert (reply.result, dict(reply.counts)) == (Result.DONE, {})
        assert desk.imports()[0].complete
        assert desk.bucket.files == {}

    @pytest.mark.parametrize("typed", ["{lower}", "　{wide}　", "{spaced}", "{plain}", "{confused}"])
    def test_s_codes_are_read_forgivingly(self, desk: ClaimsDesk, typed: str) -> None:
        plain = code("a1").replace("-", "")
        ways = {
            "lower": code("a1").lower(),
            "wide": code("a1").translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}),
            "spaced": " ".join(plain),
            "plain": plain,
            "confused": plain.replace("0", "O").replace("1", "l"),
        }
        assert counted(desk.bring(row("a1", code=typed.format(**ways)))) == {"imported": 1}
        assert desk.deliveries()["a1"].code == code("a1")


class TestARowThatIsNotTaken:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"code": "K7QM-4T9X-2HVD-8"}, Verdict.UNKNOWN_CODE),
            ({"code": "K7QM-4T9X-2HVD-9"}, Verdict.BAD_CODE),
            ({"code": "当選しました"}, Verdict.BAD_CODE),
            ({"code": ""}, Verdict.HALF_FILLED),
            ({"receipt": " "}, Verdict.HALF_FILLED),
            ({"name": "　"}, Verdict.HALF_FILLED),
            ({"postal_code": ""}, Verdict.HALF_FILLED),
            ({"address": "\n"}, Verdict.HALF_FILLED),
            ({"phone": ""}, Verdict.HALF_FILLED),
            ({"sent_at": ""}, Verdict.HALF_FILLED),
            ({"sent_at": "3月5日"}, Verdict.BAD_TIME),
            ({"sent_at": "2026/02/30 12:00"}, Verdict.BAD_TIME),
            ({"sent_at": "2026/03/12 00:00"}, Verdict.LATE),
            ({"sent_at": "2026-03-11T15:00:00Z", "phone": ""}, Verdict.LATE),
            ({"postal_code": "160-002"}, Verdict.BAD_POSTAL_CODE),
            ({"phone": "なし"}, Verdict.BAD_PHONE),
            ({"name": "山田\0太郎"}, Verdict.BAD_TEXT),
            ({"name": "山田\ufffd"}, Verdict.BAD_TEXT),
            ({"name": "\u202e郎太田山"}, Verdict.BAD_TEXT),
            ({"address": "東京都新宿区\u2028新宿1-1"}, Verdict.BAD_TEXT),
            ({"address": "東京都新宿区\u2029新宿1-1"}, Verdict.BAD_TEXT),
            ({"address": "東京都新宿区\x85新宿1-1"}, Verdict.BAD_TEXT),
            ({"address": "東京都新宿区\x0b新宿1-1"}, Verdict.BAD_TEXT),
            ({"phone": "\u202e8765-4321-090"}, Verdict.BAD_TEXT),
            ({"address": "新" * 301}, Verdict.BAD_TEXT),
        ],
    )
    def test_is_named_by_number_and_reason(self, desk: ClaimsDesk, changes: dict[str, str], reason: Verdict) -> None:
        reply = desk.bring(row("a2"), row("a1", **changes), row("a3"))
        assert counted(reply) == {"imported": 2, reason: 1}
        assert desk.reviews() == [(3, reason)]
        assert reply.next == "確認が必要な行が1件あります。現在の状況（status）を実行し、行番号と理由を見てください。"
        assert set(desk.claims()) == set(desk.deliveries()) == {"a2", "a3"}
        assert desk.bucket.files == {}

    def test_may_have_cells_too_few_or_too_many(self, desk: ClaimsDesk) -> None:
        moved = row("a2")
        moved[4:5] = ["東京都新宿区新宿1-1-1", " 101号"]
        desk.bring(row("a1")[:-1], moved, [*row("a3"), ""])
        assert desk.reviews() == [(2, "uneven"), (3, "uneven")]
        assert set(desk.claims()) == {"a3"}

    def test_is_told_in_japanese(self, desk: ClaimsDesk) -> None:
        assert {verdict for verdict in Verdict if verdict.needs_review} == set(words.REVIEW_WORDS)
        assert set(Verdict) | set(Doubt) == set(words.COUNTS)
        for reason in words.REVIEW_WORDS.values():
            assert re.fullmatch(r"[^a-z{}]*。", reason)

    def test_is_named_once_however_often_it_comes(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1", phone=""))
        reply = desk.bring(row("a2"), row("a1", phone=""))
        assert counted(reply) == {"imported": 1, "half_filled": 1}
        assert desk.reviews() == [(3, "half_filled")]

    def test_is_known_by_its_keyed_receipt_though_a_spreadsheet_has_lost_that_since(self, desk: ClaimsDesk) -> None:
        """By it a later list is known to lack the row."""
        for receipt in ("R-a1", ""):
            desk.bring(row("a1", phone="", receipt=receipt))
            (review,) = desk.state.scan(Review)
            assert (review.label, review.receipt) == (label("a1"), keyed(desk.prf, "receipt", resaved.number("R-a1")))

    def test_is_named_no_more_once_it_counts(self, desk: ClaimsDesk) -> None:
        desk.bring(row("ra1"))
        assert desk.reviews() == [(2, "reserve")]
        desk.forfeit("a1")
        assert counted(desk.bring(row("ra1"))) == {"imported": 1}
        assert desk.reviews() == []

    def test_twice_in_a_file_is_named_twice(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1", phone=""), row("a1", phone=""), row("a1", phone=""))
        assert desk.reviews() == [(2, "half_filled"), (3, "half_filled"), (4, "half_filled")]


class TestLate:
    @pytest.mark.parametrize(
        ("sent", "late"),
        [
            ("2026/03/11 23:59", False),
            ("2026/03/11 23:59:59", False),
            ("2026-03-11T14:59:59.999999Z", False),
            ("2026/03/12 00:00", True),
            ("2026-03-12T00:00:00+09:00", True),
            ("2026-03-12T00:00:00+10:00", False),
        ],
    )
    def test_is_told_by_when_it_was_sent(self, desk: ClaimsDesk, sent: str, late: bool) -> None:
        desk.clock.now = jst("03-20 10:00")
        assert counted(desk.bring(row("a1", sent_at=sent))) == {"late" if late else "imported": 1}

    def test_is_told_by_the_holder_s_own_deadline(self, desk: ClaimsDesk) -> None:
        desk.forfeit("a1", "03-05 10:00")
        sent = "2026/03/14 23:59"
        assert counted(desk.bring(row("ra1", sent_at=sent), row("a2", sent_at=sent))) == {"imported": 1, "late": 1}
        assert set(desk.claims()) == {"ra1"}
        assert counted(desk.bring(row("ra1", receipt="R-y", sent_at="2026/03/15 00:00"))) == {"late": 1}


class TestSeveralRowsOfOneWinner:
    old = row("a1", address="東京都新宿区 旧", sent_at="2026/03/05 10:00", receipt="R-1")
    new = row("a1", address="東京都新宿区 新", sent_at="2026/03/05 10:01", receipt="R-2")

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_in_one_file_the_one_that_was_sent_last_counts(self, desk: ClaimsDesk, order: tuple[int, int]) -> None:
        reply = desk.bring(*((self.old, self.new)[place] for place in order))
        assert counted(reply) == {"imported": 1, "duplicate": 1, "destination_changed": 1}
        assert desk.claims()["a1"].changed
        assert desk.addresses() == {"a1": "東京都新宿区 新"}
        assert desk.reviews() == [(2 + order.index(0), "duplicate")]

    def test_a_later_one_replaces_the_earlier(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old)
        assert counted(desk.bring(self.new)) == {"imported": 1, "destination_changed": 1}
        assert desk.addresses() == {"a1": "東京都新宿区 新"}
        assert desk.reviews() == []

    def test_a_later_one_with_a_known_code_that_changes_the_address_is_a_doubt(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old)
        assert not desk.claims()["a1"].changed
        desk.bring(self.old, self.new)
        assert desk.claims()["a1"].changed
        [holder] = [h for h in holders.read_mirrors(CAMPAIGN, desk.state).holders if h.label == label("a1")]
        assert (holder.claimed, holder.changed) == (True, True)

    def test_a_changed_address_stays_a_doubt_when_the_first_one_comes_back(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old)
        desk.bring(self.new)
        desk.bring(row("a1", address="東京都新宿区 旧", sent_at="2026/03/05 12:00", receipt="R-3"))
        assert desk.claims()["a1"].changed

    def test_the_same_address_once_more_is_no_doubt(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old)
        again = row(
            "a1", address="東京都新宿区 旧", sent_at="2026/03/05 12:00", receipt="R-3", phone="０９０-1234-5678"
        )
        assert counted(desk.bring(self.old, again)) == {"imported": 1, "duplicate": 1}
        assert not desk.claims()["a1"].changed

    def test_an_older_file_after_a_newer_one_does_no_harm(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old, self.new)
        before = desk.deliveries(), desk.claims()
        assert counted(desk.bring(self.old)) == {"duplicate": 1}
        assert (desk.deliveries(), desk.claims()) == before

    def test_a_file_that_grows_is_only_new_where_it_grew(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1"), row("a2"))
        assert counted(desk.bring(row("a1"), row("a2"), row("a3"))) == {"imported": 1, "unchanged": 2}

    @pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
    def test_the_same_file_twice_changes_nothing(self, desk: ClaimsDesk, encoding: str) -> None:
        desk.bring(*GOOD, row("a1", name="〜−", receipt="R-9", sent_at="2026/03/05 13:00"))
        before = desk.deliveries(), desk.claims()
        wave = {"utf-8": "〜−", "cp932": "～－"}[encoding]
        again = desk.bring(
            *GOOD[1:], row("a1", name=wave, receipt="R-9", sent_at="2026/03/05 13:00"), encoding=encoding
        )
        assert counted(again) == {"unchanged": 5}
        assert (desk.deliveries(), desk.claims()) == before
        assert [kept.complete for kept in desk.imports()] == [True, True]

    def test_the_same_row_twice_in_a_file_counts_once_and_accuses_nobody(self, desk: ClaimsDesk) -> None:
        for imported in ({"imported": 1, "unchanged": 1}, {"unchanged": 2}):
            assert counted(desk.bring(self.old, self.old)) == imported
            assert desk.reviews() == []

    def test_the_same_file_again_puts_right_an_address_that_a_writer_of_sealed_has_changed(
        self, desk: ClaimsDesk
    ) -> None:
        desk.bring(*GOOD)
        before, (stolen, lost) = desk.written(), (label("a1"), label("a2"))
        sealer = DeliverySealer(CAMPAIGN.id, keys().sealer(Purpose.DELIVERY))
        friend = replace(desk.deliveries()["a1"], address="大阪府大阪市北区梅田1-1-1")
        desk.sealed.commit([Replace(Delivery(stolen, "A", sealer.seal(stolen, friend.to_bytes())))])
        desk.sealed.commit([Delete(Delivery, lost)])
        desk.list_for_shipping("a1")
        assert counted(desk.bring(*GOOD))["unchanged"] == len(GOOD)
        assert desk.deliveries() == {name: place for name, place in before.items() if isinstance(place, Destination)}
        assert all(desk.written()[path] == doc for path, doc in before.items() if "/claims/" in path)

    def test_a_faulty_later_one_does_not_replace_a_good_one(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old, row("a1", phone="", sent_at="2026/03/05 11:00", receipt="R-3"))
        assert desk.addresses() == {"a1": "東京都新宿区 旧"}
        assert desk.reviews() == [(3, "half_filled")]

    def test_once_on_a_shipping_list_nothing_replaces_it(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old)
        desk.list_for_shipping("a1")
        middle = row("a1", sent_at="2026/03/05 10:00", receipt="R-0", address="東京都新宿区 中")
        assert counted(desk.bring(self.old, self.new, middle)) == {"unchanged": 1, "listed": 1, "duplicate": 1}
        assert desk.addresses() == {"a1": "東京都新宿区 旧"}
        assert desk.reviews() == [(3, "listed"), (4, "duplicate")]

    def test_on_its_way_and_its_address_erased_it_stays_so(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old)
        desk.ship("a1")
        desk.sealed.commit([Delete(Delivery, label("a1"))])
        assert counted(desk.bring(self.old)) == {"unchanged": 1}
        assert counted(desk.bring(self.new)) == {"listed": 1}
        assert desk.deliveries() == {}

    def test_the_same_receipt_and_time_with_another_address_is_for_people_to_decide(self, desk: ClaimsDesk) -> None:
        desk.bring(self.old)
        by_hand = row("a1", address="東京都新宿区 手で直した", sent_at="2026/03/05 10:00", receipt="R-1")
        assert counted(desk.bring(by_hand)) == {"conflict": 1}
        assert desk.addresses() == {"a1": "東京都新宿区 旧"}

    def test_so_it_is_within_one_file(self, desk: ClaimsDesk) -> None:
        by_hand = row("a1", address="東京都新宿区 手で直した", sent_at="2026/03/05 10:00", receipt="R-1")
        assert counted(desk.bring(self.old, by_hand)) == {"conflict": 2}
        assert desk.deliveries() == {}

    def test_one_receipt_stands_for_one_code(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1", receipt="００１２"))
        assert counted(desk.bring(row("a2", receipt="0012"), row("a1", receipt="0012"))) == {
            "receipt_reused": 1,
            "unchanged": 1,
        }
        assert counted(desk.bring(row("b1", receipt="7"), row("b2", receipt="7"))) == {"receipt_reused": 2}
        assert set(desk.claims()) == {"a1"}

    @given(st.permutations([*range(6)]), st.lists(st.integers(0, 6), max_size=2))
    @settings(max_examples=60)
    def test_however_rows_are_ordered_and_cut_into_files_the_same_counts(
        self, order: list[int], cuts: list[int]
    ) -> None:
        rows = [
            *(
                row("a1", receipt=f"R-{n}", address=f"東京都新宿区 {n}", sent_at=f"2026/03/05 1{n}:00")
                for n in range(3)
            ),
            row("a1", receipt="R-3", address="東京都新宿区 3", sent_at="2026/03/05 12:00"),
            row("a2"),
            row("a1", receipt="R-9", sent_at="2026/03/12 00:00"),
        ]
        desk, whole = ClaimsDesk(), ClaimsDesk()
        whole.bring(*rows)
        ends = [0, *sorted(cuts), 6]
        for start, end in itertools.pairwise(ends):
            desk.bring(*(rows[at] for at in order[start:end]))
        assert desk.deliveries() == whole.deliveries()
        assert {mark.receipt for mark in desk.claims().values()} == {mark.receipt for mark in whole.claims().values()}


class TestPlacesThatMoved:
    @pytest.mark.parametrize("why", [why for why in Why if why is not Why.LAPSED])
    def test_who_forfeited_gets_nothing(self, desk: ClaimsDesk, why: Why) -> None:
        desk.forfeit("a1", why=why)
        assert counted(desk.bring(row("a1"))) == {"forfeited": 1}
        assert desk.deliveries() == {}

    def test_who_was_erased_on_request_gets_nothing_even_before_the_place_is_passed_on(self, desk: ClaimsDesk) -> None:
        desk.hold(withdrawals.signed(keys().signer, CAMPAIGN.id, label("a1"), stamp(desk.clock())))
        assert counted(desk.bring(row("a1"), row("a2"))) == {"forfeited": 1, "imported": 1}
        assert set(desk.deliveries()) == {"a2"}

    def test_finding_5b_a_planted_withdrawal_keeps_nobody_from_registering(self, desk: ClaimsDesk) -> None:
        desk.hold(Withdrawal(label("a1"), stamp(desk.clock())))
        assert counted(desk.bring(row("a1"))) == {"imported": 1}

    def test_finding_5_a_planted_forfeit_row_keeps_nobody_from_registering(self, desk: ClaimsDesk) -> None:
        desk.hold(Forfeit(label("a1"), "A", Why.DECLINED.value, stamp(desk.clock())))
        assert counted(desk.bring(row("a1"), row("ra1"))) == {"imported": 1, "reserve": 1}

    def test_finding_5a_the_code_of_a_swapped_award_row_is_nobody_s(self, desk: ClaimsDesk) -> None:
        friend = label("f1")
        stolen = claim_code.code_for(keys().prf("claim"), friend, "A")
        desk.state.commit([Delete(AwardedPlace, label("a1"))])
        desk.hold(AwardedPlace(friend, "A", "winner", 1))
        reply = desk.bring(row("a1"), row("a2", code=stolen))
        assert counted(reply)["imported"] == 1
        assert set(desk.deliveries()) == {"a1"}
        assert "reserve" not in counted(reply)

    @pytest.mark.parametrize("name", ["record.json", "forfeits/x.json"])
    def test_finding_3_nothing_is_imported_by_a_file_that_is_not_ours(self, name: str, desk: ClaimsDesk) -> None:
        desk.published.plant(name, desk.published.files["record.json"])
        with pytest.raises(Broken) as caught:
            desk.bring(row("a1"))
        assert name in caught.value.sentence
        assert desk.deliveries() == {}
        assert len(desk.bucket.files) == 1

    def test_a_reserve_that_has_not_moved_up_gets_nothing(self, desk: ClaimsDesk) -> None:
        assert counted(desk.bring(row("ra1"))) == {"reserve": 1}

    def test_a_promoted_reserve_does(self, desk: ClaimsDesk) -> None:
        desk.forfeit("b1")
        assert counted(desk.bring(row("rb1"), row("b1"))) == {"imported": 1, "forfeited": 1}
        assert set(desk.deliveries()) == {"rb1"}

    def test_the_first_and_the_second_file_of_one_who_declined_in_between(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1"))
        desk.clock.now = jst("03-06 12:00")
        desk.forfeit("a1", "03-06 12:00")
        assert counted(desk.bring(row("a1"), row("ra1"))) == {"unchanged": 1, "imported": 1}
        later = row("a1", receipt="R-2", sent_at="2026/03/06 13:00")
        assert counted(desk.bring(later)) == {"forfeited": 1}


class TestCombiningMarks:
    """Normalising them takes time quadratic in their number, and they come in a file that anybody may have filled."""

    @pytest.mark.parametrize("field", ["receipt", "code", "name", "postal_code", "address", "phone", "sent_at"])
    def test_without_end_in_one_cell_take_no_time(self, desk: ClaimsDesk, field: str) -> None:
        began = time.process_time()
        reply = desk.bring(row("a1", **{field: "a" + "\u0301\u0323" * 16_000}), row("a2"))
        assert time.process_time() - began < 0.5
        assert counted(reply)["imported"] == 1
        assert sum(counted(reply).values()) == 2


class TestDoubts:
    def test_are_counted_and_change_nothing(self, desk: ClaimsDesk) -> None:
        reply = desk.bring(
            row("a1", address="大阪府大阪市北区1-1"),
            row("a2", postal_code="999-9999"),
            row("a3", phone="03-0000-0000"),
        )
        assert counted(reply) == {
            "imported": 3,
            "postal_code_elsewhere": 1,
            "no_such_postal_code": 1,
            "phone_not_in_use": 1,
        }
        assert desk.addresses()["a1"] == "大阪府大阪市北区1-1"
        assert desk.deliveries()["a2"].postal_code == "999-9999"
        assert desk.reviews() == []
        assert reply.next == "操作は要りません。"

    @pytest.mark.parametrize("name", ["?田 花子", "〓田 花子", "&#134071;田 花子", "U+2363A田 花子", "\ue000田 花子"])
    def test_letters_lost_before_the_file_came_are_one(self, desk: ClaimsDesk, name: str) -> None:
        assert counted(desk.bring(row("a1", name=name), row("a2"))) == {"imported": 2, "letters_lost": 1}
        kept = desk.deliveries()
        assert (kept["a1"].name, kept["a1"].doubtful) == (name, (Doubt.LETTERS_LOST,))
        assert kept["a2"].doubtful == ()

    @pytest.mark.parametrize("typed", ["03-1234-56789", "090-1234-567", "090-l234-5678", "000-0000-0000"])
    def test_a_number_one_digit_off_is_kept_as_typed(self, desk: ClaimsDesk, typed: str) -> None:
        assert counted(desk.bring(row("a1", phone=typed))) == {"imported": 1, "phone_not_in_use": 1}
        kept = desk.deliveries()["a1"]
        assert (kept.phone, kept.phone_national, kept.doubtful) == (typed, typed, (Doubt.PHONE_NOT_IN_USE,))

    def test_the_shape_of_a_letter_is_no_other_place(self, desk: ClaimsDesk) -> None:
        chosen = "奈良県葛\U000e0100城市竹内256"
        assert counted(desk.bring(row("a1", postal_code="639-2155", address=chosen))) == {"imported": 1}
        assert desk.addresses()["a1"] == chosen

    @pytest.mark.parametrize(
        "mark", ["\u200b", "\u2060", "\ufeff", "\u200e", "\u202a", "\u202c", "\u2066", "\u2069"], ids=ascii
    )
    def test_what_nobody_sees_in_a_number_is_none(self, desk: ClaimsDesk, mark: str) -> None:
        changes = {"postal_code": f"{mark}160-0022{mark}", "phone": f"{mark}090-1234-5678{mark}"}
        assert counted(desk.bring(row("a1", **changes))) == {"imported": 1}
        kept = desk.deliveries()["a1"]
        assert (kept.postal_digits, kept.phone_national, kept.doubtful) == ("1600022", "090-1234-5678", ())

    def test_are_told_once(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a3", phone="03-0000-0000"))
        assert counted(desk.bring(row("a3", phone="03-0000-0000"))) == {"unchanged": 1}


class TestAFileThatIsNotImported:
    @pytest.mark.parametrize(
        ("after", "said"), [(HOUR - MINUTE, "自動で再開されます"), (HOUR, "もう一度置いてください")]
    )
    def test_is_to_be_dropped_again_once_nothing_has_ended_it_for_an_hour(self, after: timedelta, said: str) -> None:
        dropped_at = jst("03-06 10:00")
        begun = Import("x", dropped_at=stamp(dropped_at), rows=5, counts={}, complete=False)
        assert said in words.problem_of(begun, dropped_at + after)

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"", Unread.EMPTY),
            (b"\xef\xbb\xbf\r\n", Unread.EMPTY),
            (b"PK\x03\x04xl/workbook.xml", Unread.NOT_CSV),
            (bytes(range(256)), Unread.ENCODING),
            (written(GOOD[0]) + written(GOOD[1], encoding="cp932"), Unread.ENCODING),
            (written(GOOD[0], encoding="cp932") + written(GOOD[1], encoding="utf-8"), Unread.ENCODING),
            (written(*GOOD) + ",".join(GOOD[0][:4]).encode() + ',"東京都'.encode(), Unread.BROKEN),
        ],
    )
    def test_stays_and_is_named(self, desk: ClaimsDesk, data: bytes, problem: Unread) -> None:
        kept, sentence = refused(desk, data)
        assert kept == problem
        assert sentence.startswith(f"3月6日（金）10:00に置かれた登録ファイル（{len(data)}バイト）：")
        assert list(desk.bucket.files) == ["登録.csv"]
        assert (desk.claims(), desk.deliveries()) == ({}, {})

    @pytest.mark.parametrize("name", ["郵便番号", "送信日時"])
    def test_for_want_of_a_header_says_which(self, desk: ClaimsDesk, name: str) -> None:
        header = ["山田太郎" if found == name else found for found in NAMED]
        problem, sentence = refused(desk, written(*GOOD, header=header))
        assert problem == Unread.NO_HEADER
        assert f"見出し「{name}」がありません" in sentence
        assert "山田" not in sentence

    def test_for_a_header_twice_says_which(self, desk: ClaimsDesk) -> None:
        problem, sentence = refused(desk, written(*GOOD, header=[*NAMED, "住所"]))
        assert problem == Unread.DOUBLE_HEADER
        assert "見出し「住所」が2つ以上" in sentence

    def test_because_of_its_size_is_not_even_fetched(self, desk: ClaimsDesk) -> None:
        desk.bucket.size = 100 * 1024 * 1024
        problem, sentence = refused(desk, written(*GOOD))
        assert (problem, "104,857,600バイト" in sentence) == (Unread.TOO_LARGE, True)
        assert "（32MBまで）" in sentence
        assert [method for method, _ in desk.bucket.asked] == ["look"]

    def test_because_nothing_is_drawn_yet(self, desk: ClaimsDesk) -> None:
        del desk.published.files["record.json"]
        assert refused(desk, written(*GOOD))[0] == Unread.BEFORE_DRAW
        assert [method for method, _ in desk.bucket.asked] == ["look"]

    def test_because_nothing_is_prepared_yet_has_no_name_and_no_account(self, desk: ClaimsDesk) -> None:
        """There are no keys by which it could be named."""
        desk.published.files.clear()
        message = desk.drop(written(*GOOD))
        with pytest.raises(Final) as caught:
            desk.take(message)
        assert words.UNPREPARED in caught.value.sentence
        assert (desk.imports(), desk.bucket.asked) == ([], [])
        assert list(desk.bucket.files) == ["登録.csv"]

    @pytest.mark.parametrize("problem", Unread)
    def test_says_so_in_japanese(self, problem: Unread) -> None:
        kept = Import("x", "2026-03-06T01:01:00Z", 0, {}, complete=False, problem=problem, detail="7", size=1234)
        assert re.fullmatch(
            r"3月6日（金）10:01に置かれた登録ファイル（1,234バイト）：[^{}]*。",
            words.problem_of(kept, jst("03-06 10:01")),
        )

    @pytest.mark.parametrize("problem", ["", "running"])
    def test_but_is_under_way_says_how_long_to_wait(self, problem: str) -> None:
        kept = Import("x", "2026-03-06T01:01:00Z", 0, {}, complete=False, problem=problem, size=1)
        assert words.problem_of(kept, jst("03-06 11:00")).endswith("：取り込みが終わっていません。自動で再開されます。")
        assert "もう一度置いてください" in words.problem_of(kept, jst("03-06 11:01"))

    def test_can_be_mended_and_dropped_again(self, desk: ClaimsDesk) -> None:
        refused(desk, written(*GOOD) + b'1,"')
        assert counted(desk.bring(*GOOD)) == {"imported": 5}
        assert desk.bucket.files == {}
        assert [kept.complete for kept in desk.imports()] == [False, True]

    def test_and_is_taken_away_is_no_worry_any_more(self, desk: ClaimsDesk) -> None:
        message = desk.drop(b"")
        for _ in range(2):
            with pytest.raises(Final):
                desk.take(message)
        desk.bucket.files.clear()
        assert desk.take(message).result is Result.UNCHANGED
        assert desk.imports()[0].problem == Unread.GONE

    def test_holds_up_lapses_until_a_newer_one_is_imported(self, desk: ClaimsDesk) -> None:
        """Whoever is in the file that could not be read must not lose their place for it."""
        desk.clock.now = jst("03-12 09:00")
        desk.bring(row("a1"))
        desk.clock.wait(MINUTE)
        refused(desk, b"")
        standing = holders.read_mirrors(CAMPAIGN, desk.state)
        assert lapses.lapsed(standing, desk.imports(), desk.clock()) == []
        desk.clock.wait(DAY)
        desk.bring(row("a1"))
        lapsed = lapses.lapsed(standing, desk.imports(), desk.clock())
        assert [holder.label for holder in lapsed] == [label(name) for name in WINNERS if name != "a1"]


class TestNotifications:
    @pytest.mark.parametrize(
        "attributes",
        [
            {},
            {"tick": "schedule"},
            {"eventType": "OBJECT_DELETE", "objectId": "登録.csv", "objectGeneration": "1"},
            {"eventType": "OBJECT_FINALIZE", "objectId": "", "objectGeneration": "1"},
            {"eventType": "OBJECT_FINALIZE", "objectId": "登録.csv"},
            {"eventType": "OBJECT_FINALIZE", "objectId": "登録.csv", "objectGeneration": "１"},
            {"eventType": "OBJECT_FINALIZE", "objectId": "登録.csv", "objectGeneration": "-1"},
            {"eventType": "OBJECT_FINALIZE", "objectId": "\ud800.csv", "objectGeneration": "1"},
            {"eventType": "OBJECT_FINALIZE", "objectId": "登録.csv", "objectGeneration": "9" * 20},
            {"eventType": "OBJECT_FINALIZE", "objectId": "登録.csv", "objectGeneration": "9" * 5_000},
        ],
    )
    def test_of_something_else_change_nothing(self, desk: ClaimsDesk, attributes: dict[str, str]) -> None:
        assert desk.take(Message(attributes)).result is Result.UNCHANGED
        assert desk.bucket.asked == []

    def test_of_a_file_that_is_gone_change_nothing(self, desk: ClaimsDesk) -> None:
        message = desk.drop(written(*GOOD))
        desk.bucket.files.clear()
        assert desk.take(message).result is Result.UNCHANGED
        assert desk.imports() == []

    def test_of_a_file_that_comes_after_newer_ones_and_brings_nothing_leave_what_is_known_of_those(
        self, desk: ClaimsDesk
    ) -> None:
        older = desk.drop(written(row("a1")), "older.csv")
        desk.bring(*GOOD)
        assert [file.missing for file in desk.imports()] == [0]
        desk.take(older)
        assert [file.missing for file in desk.imports()][1:] == [0]

    def test_of_a_file_that_comes_after_a_newer_one_that_cannot_be_read_leave_what_is_known_of_that(
        self, desk: ClaimsDesk
    ) -> None:
        older = desk.drop(written(row("a1")), "older.csv")
        desk.clock.wait(timedelta(seconds=1))
        with pytest.raises(Final):
            desk.take(desk.drop(b"no list", "newer.csv"))
        (unread,) = desk.imports()
        desk.take(older)
        assert not unread.complete
        assert unread in desk.imports()

    def test_of_two_files_of_one_moment_that_lack_each_other_s_rows_make_neither_the_whole_list(
        self, desk: ClaimsDesk
    ) -> None:
        """By a whole list whoever is missing loses their place."""
        one, other = desk.drop(written(row("a1")), "one.csv"), desk.drop(written(row("a2")), "other.csv")
        desk.take(one)
        desk.take(other)
        assert [(file.missing, file.dropped_at) for file in desk.imports()] == [(1, stamp(desk.clock()))] * 2

    def test_of_a_file_that_was_written_over_leave_the_newer_one_alone(self, desk: ClaimsDesk) -> None:
        old, new = desk.drop(written(row("a1"))), desk.drop(written(row("a2")))
        assert desk.take(old).result is Result.UNCHANGED
        assert len(desk.bucket.files) == 1
        desk.take(new)
        assert set(desk.claims()) == {"a2"}

    def test_that_come_twice_import_once(self, desk: ClaimsDesk) -> None:
        message = desk.drop(written(*GOOD))
        desk.take(message)
        before = desk.written()
        desk.clock.wait(HOUR)
        assert desk.take(message).result is Result.UNCHANGED
        assert desk.written() == before

    def test_of_a_folder_change_nothing(self, desk: ClaimsDesk) -> None:
        assert desk.take(desk.drop(b"", name="三月/")).result is Result.UNCHANGED
        assert desk.imports() == []

    @pytest.mark.parametrize("name", ["../../x", "a\nb.csv", "=1+1", "𠮷" * 256, "登録.CSV", "x" * 1024, "folder/"])
    def test_of_names_with_tricks_are_of_a_file_like_any_other(self, desk: ClaimsDesk, name: str) -> None:
        desk.take(desk.drop(written(row("a1")), name=name))
        assert (set(desk.claims()), desk.bucket.erased) == ({"a1"}, [name])

    @pytest.mark.parametrize("database", ["state", "sealed"])
    def test_wait_their_turn(self, desk: ClaimsDesk, database: str) -> None:
        message = desk.drop(written(*GOOD))
        hold = lease.acquire(getattr(desk, database), lease.AWARDS, desk.clock, timedelta(minutes=9))
        assert hold is not None
        with pytest.raises(Again) as caught:
            desk.take(message)
        assert caught.value.problem.code == "E-200"
        assert [method for method, _ in desk.bucket.asked] == ["look"]
        assert [(kept.problem, kept.complete) for kept in desk.imports()] == [("running", False)]
        hold.release()
        assert desk.take(message).result is Result.DONE

    def test_are_known_while_they_wait_so_that_nobody_lapses_meanwhile(self, desk: ClaimsDesk) -> None:
        desk.clock.now = jst("03-12 09:00")
        desk.bring(row("a1"))
        standing = holders.read_mirrors(CAMPAIGN, desk.state)
        assert len(lapses.lapsed(standing, desk.imports(), desk.clock())) == len(WINNERS) - 1
        message = desk.drop(written(row("a2")))
        with pytest.raises(Killed):
            desk.take(message, Faults(at=2))  # announced, and the lease not yet taken
        assert lapses.lapsed(standing, desk.imports(), desk.clock()) == []
        desk.take(message)
        lapsed = lapses.lapsed(holders.read_mirrors(CAMPAIGN, desk.state), desk.imports(), desk.clock())
        assert label("a2") not in [holder.label for holder in lapsed]

    def test_that_failed_let_the_next_begin_at_once(self, desk: ClaimsDesk) -> None:
        refused(desk, b"")
        assert desk.bring(*GOOD).result is Result.DONE
        message = desk.drop(written(*GOOD))
        desk.bucket.away = 1
        with pytest.raises(Again):
            desk.take(message)
        assert desk.take(message).result is Result.DONE


class TestCutOff:
    """Wherever a run ends, the same notification brings the same end."""

    rows = (
        row("a1", receipt="R-0", sent_at="2026/03/05 09:00"),
        *GOOD,
        row("a2", receipt="R-8", sent_at="2026/03/05 13:00", phone="03-0000-0000"),
        row("ra1"),
        row("b1", phone=""),
    )

    def made(self) -> tuple[ClaimsDesk, Message]:
        desk = ClaimsDesk()
        desk.bring(row("a2", receipt="R-7"), row("a3"), row("b1", phone=""))
        desk.clock.wait(MINUTE)
        return desk, desk.drop(written(*self.rows))

    def take(self, made: tuple[ClaimsDesk, Message], faults: Faults) -> Reply:
        desk, message = made
        return desk.take(message, faults)

    def test_anywhere_and_called_again_it_comes_to_the_same_end(self) -> None:
        whole, message = self.made()
        whole.take(message)
        for how, (desk, message) in cut_off(self.made, self.take, fewest=6):
            desk.clock.wait(10 * MINUTE)
            for _ in range(2):
                desk.take(message)
            assert _timeless(desk) == _timeless(whole), how
            assert desk.bucket.files == {}, how

    def test_the_file_is_there_until_everything_is_stored(self) -> None:
        for how, (desk, _) in cut_off(self.made, self.take, fewest=6):
            if not desk.bucket.files:
                assert set(desk.claims()) == set(desk.deliveries()) == set(WINNERS), how
                assert (len(desk.reviews()), desk.imports()[-1].problem) == (4, ""), how

    def test_a_mark_is_never_there_without_its_address(self) -> None:
        for how, (desk, _) in cut_off(self.made, self.take, fewest=6):
            assert set(desk.claims()) <= set(desk.deliveries()), how

    def test_a_file_that_is_half_imported_is_known_to_be(self) -> None:
        for how, (desk, _) in cut_off(self.made, self.take, fewest=6):
            if set(desk.claims()) != {"a2", "a3"}:
                assert len(desk.imports()) == 2, how

    def test_a_file_taken_away_half_way_is_told(self) -> None:
        desk, message = self.made()
        with pytest.raises(Killed):
            desk.take(message, Faults(at=6))
        desk.bucket.files.clear()
        desk.clock.now += LATER
        assert desk.take(message).result is Result.UNCHANGED
        assert desk.imports()[-1].problem == Unread.GONE

    def test_a_file_that_goes_before_it_is_fetched_is_told(self, desk: ClaimsDesk) -> None:
        message = desk.drop(written(*GOOD))
        cut = Faults(at=_point("bucket.read"), meanwhile=desk.bucket.files.clear)
        assert desk.take(message, cut).result is Result.UNCHANGED
        assert desk.imports()[-1].problem == Unread.GONE

    def test_an_old_run_that_goes_on_writes_nothing_over_a_newer_one(self) -> None:
        """Before each thing that the old run does, its lease runs out and a later file is imported to its end."""
        later = row("a1", address="東京都新宿区 後", receipt="R-99", sent_at="2026/03/05 20:00")
        counted = Faults()
        desk, message = self.made()
        desk.take(message, counted)
        for at, point in enumerate(counted.points):
            desk, message = self.made()

            def meanwhile(desk: ClaimsDesk = desk) -> None:
                desk.clock.now += LATER
                desk.take(desk.drop(written(later), name="後.csv"))

            try:
                desk.take(message, Faults(at, meanwhile=meanwhile))
            except Again:
                desk.clock.now += LATER
                desk.take(message)
            assert desk.addresses()["a1"] == "東京都新宿区 後", f"{point} ({at})"
            assert set(desk.claims()) == set(WINNERS), f"{point} ({at})"
            assert desk.bucket.files == {}, f"{point} ({at})"

    def test_for_want_of_time_it_goes_on_when_called_again(self, desk: ClaimsDesk) -> None:
        rows = [row("a1", receipt=f"R-{n}", code="K7QM-4T9X-2HVD-8", name=f"山田 {n}") for n in range(4000)]
        message = desk.drop(written(row("a2"), *rows))
        desk.clock = Ticking(desk.clock.now)
        codes: list[Any] = []
        reply = None
        while reply is None and len(codes) < 10:
            try:
                reply = desk.take(message)
            except Again as again:
                codes.append(again.problem.code)
        assert set(codes) == {"E-702"}
        assert reply is not None
        assert counted(reply) == {"imported": 1, "unknown_code": 4000}
        assert len(desk.reviews()) == 4000

    @pytest.mark.parametrize("number", [0, 1])
    def test_once_its_time_is_over_it_writes_no_address_and_no_mark(self, desk: ClaimsDesk, number: int) -> None:
        if number:  # Of a row that is known, with doubts, only its place in the file is new.
            desk.bring(row("a1", phone="03-0000-0000"))
        begun = desk.written()
        message = desk.drop(
            written(row("zz"), row("a1", phone="03-0000-0000")) if number else written(*GOOD), name="次.csv"
        )
        late = Faults(at=_point("bucket.read"), meanwhile=lambda: desk.clock.wait(TIMES.budget))
        with pytest.raises(Again) as caught:
            desk.take(message, late)
        assert caught.value.problem.code == "E-702"
        assert {path: doc for path, doc in desk.written().items() if "/imports/" not in path} == {
            path: doc for path, doc in begun.items() if "/imports/" not in path
        }
        assert desk.take(message).result is Result.DONE

    def test_a_file_that_another_run_finished_meanwhile_is_not_imported_again(self, desk: ClaimsDesk) -> None:
        message = desk.drop(written(*GOOD))
        real = desk.state

        def finished() -> None:
            desk.state = real
            desk.take(message)

        desk.state = interposed(real, get=at_first(Lease, finished))
        reply = desk.take(message)
        assert (reply.result, desk.bucket.files) == (Result.UNCHANGED, {})
        assert [entry.action for entry in real.scan(JournalRow)] == ["imported"]


def began(desk: ClaimsDesk, *, is_told: bool) -> list[Record]:
    """Return the mark that everything is being erased and, if *is_told*, the row of the journal that proves it."""
    at = stamp(desk.clock())
    entry = JournalRow("begun", at, "erase", SCHEDULER.principal, "begun", {}, {})
    return [Erasing(ONLY, at, SCHEDULER.principal), *([entry] if is_told else [])]


class TestOnceEverythingIsBeingErased:
    """No address comes in any more, whenever the erasure began, and Pub/Sub has no reason to push again."""

    @pytest.mark.parametrize("is_told", [True, False])
    @pytest.mark.parametrize("is_late", [True, False])
    def test_a_file_is_answered_in_words_and_not_imported(self, desk: ClaimsDesk, is_told: bool, is_late: bool) -> None:
        desk.clock.now = CAMPAIGN.erase_from_at
        marks, real = began(desk, is_told=is_told), desk.state
        if is_late:  # between its first look and its turn
            desk.state = interposed(real, get=at_first(Lease, lambda: desk.hold(*marks)))
        else:
            desk.hold(*marks)
        reply = desk.take(desk.drop(written(*GOOD)))
        assert reply.result is (Result.DONE if is_told else Result.UNCHANGED)
        assert "消去" in reply.summary[0]
        assert (desk.deliveries(), desk.claims(), desk.reviews()) == ({}, {}, [])
        assert len(desk.bucket.files) == (0 if is_told else 1)  # A mark that nobody proves erases no registrations.
        told = [entry.counts for entry in real.scan(JournalRow) if entry.action == ERASED_UNREAD]
        assert told == ([{"bytes": len(written(*GOOD))}] if is_told else [])

    def test_of_a_file_that_is_gone_already_there_is_nothing_to_say(self, desk: ClaimsDesk) -> None:
        desk.clock.now = CAMPAIGN.erase_from_at
        desk.hold(*began(desk, is_told=True))
        message = desk.drop(written(*GOOD))
        desk.bucket.files.clear()
        assert desk.take(message) == words.nothing()


class Ticking(Clock):
    """Let twenty seconds pass whenever somebody looks."""

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=20)
        return self.now


def _point(wanted: str) -> int:
    """Return the number of the first point of that name in an import of good rows."""
    desk, counted_points = ClaimsDesk(), Faults()
    desk.take(desk.drop(written(*GOOD)), counted_points)
    return counted_points.calls.index(wanted)


def _timeless(desk: ClaimsDesk) -> dict[str, Any]:
    """Return all that is stored, without the times at which something was done."""
    held = desk.written()
    for path, document in held.items():
        if "/claims/" in path:
            del document["imported_at"]
    for line in held["journal"]:
        del line["at"]
    return held


class TestSecrets:
    """What people typed is nowhere but in the sealed fields."""

    typed = ("一意な氏名", "一意な住所999号", "080-9999-8888", "999-8877", "受付一意777", "taro.canary@example.jp")

    def rows(self) -> list[list[str]]:
        name, address, phone, postal, receipt, mail = self.typed
        good = row("a1", name=name, address=address, phone=phone, postal_code=postal, receipt=receipt)
        faulty = [row("a2", **{field: mail}) for field in ("code", "postal_code", "phone", "sent_at")]
        blank = row("a3", name=name, address=address, phone="", receipt=receipt)
        return [good, *faulty, blank, [*good, mail], row("zz", name=name, code=mail)]

    @pytest.mark.parametrize("cut", [None, 3, 6, 9])
    def test_are_in_no_record_no_reply_and_no_error(
        self, desk: ClaimsDesk, cut: int | None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said: list[str] = []
        message = desk.drop(written(*self.rows()), name="一意な氏名 taro.canary@example.jp.csv")
        try:
            said.append(repr(desk.take(message, Faults(-1 if cut is None else cut, Way.AWAY))))
        except Again as again:
            said += [repr(again), again.sentence]
        for broken in (b'"', "一意な氏名".encode() + b"\xff"):
            with pytest.raises(Final) as caught:
                desk.take(desk.drop(written(*self.rows()) + broken, name="一意な住所999号.csv"))
            said += [repr(caught.value), caught.value.sentence, str(caught.getrepr(showlocals=False).reprcrash)]
        for store in (desk.sealed, desk.state):
            assert isinstance(store, Memory)
            said += leaves(json.loads(json.dumps(store.dump(), default=lambda data: data.hex())))
        said += capsys.readouterr()
        assert len("".join(said)) > 500
        codes = [code(name) for name in WINNERS] + [code(name).replace("-", "") for name in WINNERS]
        assert found([*self.typed, *codes], said) == set()

    def test_would_be_found_if_they_leaked(self, desk: ClaimsDesk) -> None:
        assert found(self.typed, [repr(self.rows())]) == set(self.typed)

    def test_a_receipt_that_looks_like_a_label_tells_no_code(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1", receipt=f"{label('a2')}A"))
        prefix = keys().prf("claim").value(f"{label('a2')}A".encode()).hex()[:15]
        assert not desk.claims()["a1"].receipt.startswith(prefix)


@in_turn("fifty thousand rows")
@pytest.mark.no_cover  # it is long, and runs no line that the others do not
class TestManyRows:
    def test_fifty_thousand_are_counted(self, desk: ClaimsDesk) -> None:
        stranger = row("zz", code="K7QM-4T9X-2HVD-8", receipt="{}")
        line = ",".join(stranger)
        data = written(*GOOD) + "\r\n".join(line.format(number) for number in range(50_000)).encode()
        assert len(data) < csv_limits.MOST_BYTES
        assert counted(desk.take(desk.drop(data))) == {"imported": 5, "unknown_code": 50_000}
        assert desk.bucket.files == {}
