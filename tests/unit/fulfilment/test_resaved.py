"""
A list that was opened and saved again in a spreadsheet says the same of everybody: nobody is lost, nobody accused.

Finding 10: without the seconds of 送信日時 every winner was a duplicate, and somebody else was said to use their code.
"""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.fulfilment import resaved
from prizedraw.fulfilment.full_exports import is_full
from prizedraw.ports import Replace
from prizedraw.records.fulfilment import Delivery, Review
from prizedraw.records.verdicts import Doubt, Verdict
from prizedraw.runtime.orders import Reply
from prizedraw.words import claim as words
from support.claims import ClaimsDesk, code, jst, label, row, written

BOM = "\ufeff"
HEADER = "受付番号,送信日時,当選コード,氏名,郵便番号,電話番号,住所,備考"
SENT = "2026/03/05 12:34:56"


@pytest.fixture
def desk() -> ClaimsDesk:
    return ClaimsDesk()


def counted(reply: Reply) -> dict[str, int]:
    """Return the counts by their keys."""
    keys = {said: key for key, said in words.COUNTS.items()}
    return {str(keys[said]): number for said, number in reply.counts.items()}


def told(desk: ClaimsDesk) -> dict[str, int]:
    """Drop the list of one winner, as its form exports it, and return what became of it."""
    return counted(desk.bring(row("a1", sent_at=SENT, receipt="0000010001")))


def drop(desk: ClaimsDesk, *lines: str, marks: str = BOM, encoding: str = "utf-8", tab: bool = False) -> dict[str, int]:
    """Drop a file of these lines, with the claim codes of the first winners in it."""
    text = "\r\n".join([HEADER, *lines, ""]).format(None, *(code(f"a{n}") for n in (1, 2, 3)))
    text = marks + (text.replace(",", "\t") if tab else text)
    desk.clock.wait(jst("03-06 10:01") - jst("03-06 10:00"))
    return counted(desk.take(desk.drop(text.encode(encoding))))


class TestWhatPeopleReport:
    """The files of the public threads, as they lie."""

    def test_c02_a_blank_before_the_quotes(self, desk: ClaimsDesk) -> None:
        cut = (
            "10001,2026/03/05 10:00:00,{1},山田 花子,160-0022,090-1234-5678,"
            ' "東京都新宿区新宿5-18-21, メゾン新宿101号",'
        )
        assert drop(desk, cut) == {"uneven": 1}
        assert desk.deliveries() == {}
        assert [review.label for review in desk.state.scan(Review)] == [label("a1")]  # the place does not lapse for it

    def test_c06_the_same_export_resaved_by_excel(self, desk: ClaimsDesk) -> None:
        lines = [
            "10001,2026/03/05 12:34:56,{1},山田 花子,160-0022,090-1234-5678,東京都新宿区新宿5-18-21,",
            "10002,2026/03/05 12:40:07,{2},山田 花子,160-0022,090-1234-5678,東京都新宿区新宿5-18-21,",
        ]
        again = [
            "10001,2026/3/5 12:34,{1},山田 花子,160-0022,9012345678,東京都新宿区新宿5-18-21,",
            "10002,2026/3/5 12:40,{2},山田 花子,160-0022,9012345678,東京都新宿区新宿5-18-21,",
        ]
        assert drop(desk, *lines) == {"imported": 2}
        before = desk.deliveries(), desk.claims()
        assert drop(desk, *again, marks="", encoding="cp932") == {"unchanged": 2}
        assert (desk.deliveries(), desk.claims(), desk.reviews()) == (*before, [])
        assert all(map(is_full, desk.imports()))

    def test_c07_doubts(self, desk: ClaimsDesk) -> None:
        lines = [
            "10001,2026/03/05 10:00:00,{1},山田 花子,999-9999,090-1234-5678,東京都新宿区新宿5-18-21,",
            "10002,2026/03/05 10:00:00,{2},山田 花子,160-0022,090-1234-5678,大阪府大阪市北区梅田1-1-1,",
            "10003,2026/03/05 10:00:00,{3},山田 花子,160-0022,000-0000-0000,東京都新宿区新宿5-18-21,",
        ]
        assert drop(desk, *lines)["imported"] == 3
        found = {name: (claim.number, claim.doubts) for name, claim in desk.claims().items()}
        assert found == {
            "a1": (2, (Doubt.NO_SUCH_POSTAL_CODE,)),
            "a2": (3, (Doubt.POSTAL_CODE_ELSEWHERE,)),
            "a3": (4, (Doubt.PHONE_NOT_IN_USE,)),
        }

    @pytest.mark.parametrize(("marks", "tab"), [(BOM * 2, False), (BOM, True), (BOM * 2, True), ("", True)])
    def test_c12_c14_a_double_bom_and_tabs(self, desk: ClaimsDesk, marks: str, tab: bool) -> None:
        line = "10001,2026/03/05 10:00:00,{1},山田 花子,160-0022,090-1234-5678,東京都新宿区新宿5-18-21,"
        assert drop(desk, line, marks=marks, tab=tab) == {"imported": 1}
        assert desk.addresses() == {"a1": "東京都新宿区新宿5-18-21"}

    def test_c19_selectors_of_a_shape(self, desk: ClaimsDesk) -> None:
        line = "10001,2026/03/05 10:00:00,{1},葛\U000e0100城 花子,639-2155,090-1234-5678,奈良県葛\U000e0100城市竹内256,"
        assert drop(desk, line) == {"imported": 1}
        assert drop(desk, line.replace("\U000e0100", "??"), marks="", encoding="cp932") == {"unchanged": 1}


class TestTheSameRegistration:
    @pytest.mark.parametrize(
        "changes",
        [
            {"sent_at": "2026/3/5 12:34"},
            {"sent_at": "2026-03-05 12:34"},
            {"sent_at": "2026/3/5"},
            {"sent_at": "3/5/2026 12:34"},
            {"sent_at": "34:56.0"},
            {"sent_at": "46086.5242592593"},
            {"sent_at": "########"},
            {"receipt": "10001"},
            {"receipt": "1.0001E+11"},
            {"receipt": "####"},
            {"receipt": "1月1日"},
            {"phone": "9012345678"},
            {"phone": "8.19012E+11"},
            {"postal_code": "1600022"},
            {"sent_at": "2026/3/5 12:34", "receipt": "1.00E+11", "phone": "9012345678", "postal_code": "1600022"},
            {"name": "山田  a1郎", "address": "東京都新宿区新宿1-1-1\na1号"},
        ],
    )
    def test_is_known_again(self, desk: ClaimsDesk, changes: dict[str, str]) -> None:
        assert told(desk) == {"imported": 1}
        before = desk.deliveries(), desk.claims()
        typed = {"sent_at": SENT, "receipt": "0000010001"} | changes
        assert counted(desk.bring(row("a1", **typed))) == {"unchanged": 1}
        assert (desk.deliveries(), desk.claims(), desk.reviews()) == (*before, [])
        assert [is_full(file) for file in desk.imports()] == [True, True]

    @pytest.mark.parametrize("changes", [{"receipt": "10001"}, {"phone": "9012345678"}, {"sent_at": "2026/3/5 12:34"}])
    def test_is_known_again_if_the_spreadsheet_s_came_first(self, desk: ClaimsDesk, changes: dict[str, str]) -> None:
        desk.bring(row("a1", **{"sent_at": SENT, "receipt": "0000010001"} | changes))
        assert told(desk) == {"unchanged": 1}
        assert told(desk) == {"unchanged": 1}

    def test_in_one_file_with_the_spreadsheet_s_it_counts_once(self, desk: ClaimsDesk) -> None:
        twice = row("a1", sent_at=SENT), row("a1", sent_at="2026/3/5 12:34", phone="9012345678")
        assert counted(desk.bring(*twice)) == {"imported": 1, "unchanged": 1}
        assert counted(desk.bring(*reversed(twice))) == {"unchanged": 2}
        assert desk.reviews() == []

    @pytest.mark.parametrize(("typed", "left"), [("𠮷田", "?田"), ("𠮷田", "??田"), ("José", "Jose"), ("〜−", "??")])
    def test_without_its_letters_it_is_known_and_its_better_copy_taken(
        self, desk: ClaimsDesk, typed: str, left: str
    ) -> None:
        desk.bring(row("a1", name=typed))
        assert counted(desk.bring(row("a1", name=left))) == {"unchanged": 1}
        assert desk.deliveries()["a1"].name == typed

    def test_whose_letters_were_lost_is_mended_by_the_export(self, desk: ClaimsDesk) -> None:
        assert counted(desk.bring(row("a1", name="?田"))) == {"imported": 1, "letters_lost": 1}
        assert counted(desk.bring(row("a1", name="𠮷田"))) == {"imported": 1}
        assert desk.deliveries()["a1"].name == "𠮷田"
        assert (desk.claims()["a1"].doubts, desk.claims()["a1"].changed) == ((), False)
        assert counted(desk.bring(row("a1", name="?田"))) == {"unchanged": 1}
        assert desk.deliveries()["a1"].name == "𠮷田"

    def test_but_two_of_one_minute_are_told_apart_by_their_receipts(self, desk: ClaimsDesk) -> None:
        first = row("a1", receipt="1", sent_at="2026/03/05 12:34:10", address="東京都新宿区 旧")
        second = row("a1", receipt="2", sent_at="2026/03/05 12:34:50", address="東京都新宿区 新")
        desk.bring(first, second)
        for _ in range(2):
            again = ([*each[:-1], "2026/3/5 12:34"] for each in (first, second))
            assert counted(desk.bring(*again)) == {"unchanged": 1, "duplicate": 1}
        assert desk.addresses() == {"a1": "東京都新宿区 新"}
        assert desk.reviews() == [(2, "duplicate")]

    def test_changed_by_hand_it_is_not(self, desk: ClaimsDesk) -> None:
        told(desk)
        by_hand = row("a1", sent_at="2026/3/5 12:34", receipt="10001", address="東京都新宿区新宿9-9-9")
        assert counted(desk.bring(by_hand)) == {"conflict": 1}

    def test_of_a_mark_that_was_imported_nothing_else_is_taken(self, desk: ClaimsDesk) -> None:
        """A destroyed number may stand for any: what is stored stays, and nothing of the row is imported."""
        told(desk)
        other = row("a1", sent_at=SENT, receipt="10001", phone="8.19012E+11", address="大阪府大阪市北区梅田1-1")
        assert counted(desk.bring(other)) == {"unchanged": 1}
        assert desk.addresses() == {"a1": "東京都新宿区新宿1-1-1 a1号"}


class TestTwoCopiesInOneFile:
    """Somebody pasted an older list below the newer one: each winner is written once, and by the better copy."""

    def test_of_a_doubtful_registration_have_one_row_number(self, desk: ClaimsDesk) -> None:
        doubtful = row("a1", postal_code="999-9999")
        desk.bring(doubtful)
        assert counted(desk.bring(row("a2"), doubtful, doubtful)) == {"imported": 1, "unchanged": 2}
        assert desk.claims()["a1"].number == 3

    @pytest.mark.parametrize("doubt", [{}, {"postal_code": "999-9999"}])
    def test_of_one_whose_delivery_does_not_fit_write_it_anew_once(
        self, desk: ClaimsDesk, doubt: dict[str, str]
    ) -> None:
        typed = row("a1", **doubt)
        desk.bring(typed)
        desk.sealed.commit([Replace(Delivery(label("a1"), "A", b"somebody else's"))])
        assert counted(desk.bring(row("a2"), typed, typed)) == {"imported": 1, "unchanged": 2}
        assert desk.addresses()["a1"] == "東京都新宿区新宿1-1-1 a1号"
        assert desk.fits("a1")

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["worse first", "better first"])
    def test_of_which_one_lost_letters_the_better_is_taken(self, desk: ClaimsDesk, order: tuple[int, int]) -> None:
        copies = row("a1", name="?田"), row("a1", name="𠮷田")
        desk.bring(copies[0])
        assert counted(desk.bring(*(copies[n] for n in order))) == {"imported": 1, "unchanged": 1}
        claim = desk.claims()["a1"]
        assert (desk.deliveries()["a1"].name, claim.doubts, claim.number) == ("𠮷田", (), order.index(1) + 2)
        assert desk.fits("a1")
        assert counted(desk.bring(*(copies[n] for n in order))) == {"unchanged": 2}
        assert desk.fits("a1")

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["worse first", "better first"])
    def test_that_nobody_has_imported_before_the_better_is_taken(
        self, desk: ClaimsDesk, order: tuple[int, int]
    ) -> None:
        copies = row("a1", name="?田"), row("a1", name="𠮷田")
        assert counted(desk.bring(*(copies[n] for n in order))) == {"imported": 1, "unchanged": 1}
        assert (desk.deliveries()["a1"].name, desk.claims()["a1"].doubts) == ("𠮷田", ())

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["worse first", "better first"])
    def test_of_one_whose_delivery_does_not_fit_the_better_is_written_anew(
        self, desk: ClaimsDesk, order: tuple[int, int]
    ) -> None:
        copies = row("a1", name="?田"), row("a1", name="𠮷田")
        desk.bring(copies[1])
        desk.sealed.commit([Replace(Delivery(label("a1"), "A", b"somebody else's"))])
        assert counted(desk.bring(*(copies[n] for n in order))) == {"unchanged": 2}
        assert desk.deliveries()["a1"].name == "𠮷田"
        assert desk.fits("a1")

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["worse first", "better first"])
    def test_once_on_a_shipping_list_the_worse_stays_and_the_better_is_put_up(
        self, desk: ClaimsDesk, order: tuple[int, int]
    ) -> None:
        copies = row("a1", name="?田"), row("a1", name="𠮷田")
        desk.bring(copies[0])
        desk.list_for_shipping("a1")
        assert counted(desk.bring(*(copies[n] for n in order))) == {"listed": 1, "unchanged": 1}
        assert desk.reviews() == [(order.index(1) + 2, "listed")]
        assert desk.fits("a1")


class TestWhoeverComesInAResavedListFirst:
    def test_with_receipts_that_are_lost_is_neither_imported_nor_accused_nor_lapses(self, desk: ClaimsDesk) -> None:
        resaved_rows = [row(name, receipt="1.0001E+11", sent_at="2026/3/5 12:34") for name in ("a1", "a2")]
        assert counted(desk.bring(*resaved_rows)) == {"bad_receipt": 2}
        assert {review.label for review in desk.state.scan(Review)} == {label("a1"), label("a2")}
        assert "出力したままのファイル" in words.REVIEW_WORDS[Verdict.BAD_RECEIPT]
        whole = [row(name, receipt=f"10001000000{name}", sent_at=SENT) for name in ("a1", "a2")]
        assert counted(desk.bring(*whole)) == {"imported": 2}
        assert desk.reviews() == []

    @pytest.mark.parametrize("sent_at", ["34:56.0", "2026/3/5", "########", "46086.52"])
    def test_with_times_that_are_lost_does_not_lapse(self, desk: ClaimsDesk, sent_at: str) -> None:
        assert counted(desk.bring(row("a1", sent_at=sent_at))) == {"bad_time": 1}
        assert [review.label for review in desk.state.scan(Review)] == [label("a1")]

    def test_with_a_postal_code_that_lost_its_zero_is_read_if_the_address_proves_it(self, desk: ClaimsDesk) -> None:
        elsewhere = row("a1", postal_code="600001", address="北海道函館市五稜郭町1-1")
        sapporo = row("a2", postal_code="600001", address="北海道札幌市中央区北一条西1-1")
        neither = row("a3", postal_code="160002", address="東京都新宿区新宿1-1-1")
        assert counted(desk.bring(elsewhere, sapporo, neither)) == {
            "imported": 1,
            "zero_restored": 1,
            "bad_postal_code": 2,
        }
        assert desk.deliveries()["a2"].postal_digits == "0600001"
        assert desk.deliveries()["a2"].postal_code == "600001"
        whole = row("a2", postal_code="0600001", address="北海道札幌市中央区北一条西1-1")
        assert counted(desk.bring(whole)) == {"imported": 1}
        assert desk.claims()["a2"].doubts == ()

    def test_with_a_row_in_disorder_does_not_lapse_if_the_code_can_be_found(self, desk: ClaimsDesk) -> None:
        moved = row("a1")
        moved[1:1] = ["x"]
        late = row("a2", sent_at="2026/03/12 00:00")
        late[2:3] = ["山田", "花子"]
        assert counted(desk.bring(moved, late)) == {"uneven": 2}
        assert sorted(review.label for review in desk.state.scan(Review)) == ["", label("a1")]

    def test_in_disorder_after_an_orderly_one_the_list_is_still_the_whole_list(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1"), row("a2"))
        moved = row("a1")
        moved[2:3] = ["山田", "花子"]
        assert counted(desk.bring(moved, row("a2"))) == {"uneven": 1, "unchanged": 1}
        assert [is_full(file) for file in desk.imports()] == [True, True]

    def test_a_row_that_waits_for_an_operator_is_held_by_the_resaved_list(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1", phone="なし", sent_at=SENT), row("a2"))
        desk.bring(row("a1", phone="なし", sent_at="2026/3/5 12:34", receipt="1.0E+11"), row("a2"))
        assert [is_full(file) for file in desk.imports()] == [True, True]
        assert len(desk.reviews()) == 1
        desk.bring(row("a2"))
        assert [is_full(file) for file in desk.imports()] == [True, True, False]

    def test_whoever_is_left_out_of_it_is_missed(self, desk: ClaimsDesk) -> None:
        desk.bring(row("a1", sent_at=SENT), row("a2", sent_at=SENT))
        desk.bring(row("a1", sent_at="2026/3/5 12:34", receipt="1.0E+11"))
        assert [file.missing for file in desk.imports()] == [0, 1]


class TestComparing:
    @given(st.text())
    def test_twice_is_as_once(self, typed: str) -> None:
        assert resaved.text(resaved.text(typed)) == resaved.text(typed)

    @given(st.integers(0, 10**11), st.integers(0, 8))
    def test_zeros_before_a_number_do_not_count(self, number: int, zeros: int) -> None:
        assert resaved.number("0" * zeros + str(number)) == resaved.number(str(number))

    def test_different_numbers_stay_different(self) -> None:
        typed = ["10001", "10002", "100010", "R-10001", "R-010001", "0", "5-18-21", "51-8-21", "51821"]
        assert all(resaved.number(one) != resaved.number(other) for one, other in itertools.combinations(typed, 2))

    @pytest.mark.parametrize("kept", ["R-00012", "10001", "2026030500000010", "A1E5X", "2026-03-05-0001", "12-34"])
    def test_what_a_form_gives_out_is_not_lost(self, kept: str) -> None:
        assert not resaved.is_lost(kept)

    def test_a_cell_without_end_takes_no_time(self) -> None:
        long = "゙" * 30_000
        assert resaved.text(long) == long
        assert not resaved.is_lost(long)
        assert written(row("a1", receipt=long))

    @pytest.mark.parametrize(
        ("typed", "rounded"),
        [
            ("1234567890123450", True),
            ("12345678901234500000", True),
            ("１２３４５６７８９０１２３４５０", True),
            ("1234567890123456", False),
            ("1234567890123450001", False),
            ("123456789012340", False),
            ("1000", False),
            ("LG-20260305000000", False),
            ("", False),
        ],
    )
    def test_a_number_that_may_be_rounded_has_more_digits_than_a_spreadsheet_keeps_and_ends_in_zeros(
        self, typed: str, rounded: bool
    ) -> None:
        assert resaved.may_be_rounded(typed) == rounded

    @pytest.mark.parametrize(
        ("typed", "left"), [("é", "e"), ("ά", "?"), ("한", "?"), ("≮", "?"), ("😀", "?"), ("漢", "漢")]
    )
    def test_of_what_cp932_has_not_a_latin_letter_is_left_or_a_question_mark(self, typed: str, left: str) -> None:
        assert resaved.text(typed) == left

    @pytest.mark.parametrize("typed", ["0600042", "060-0042", "〒060-0042", "０６０－００４２", "60-0042", "600042"])
    def test_a_postal_code_counts_by_its_digits_and_a_zero_that_a_spreadsheet_took_does_not(self, typed: str) -> None:
        said = {"code": "K7QM-4T9X-2HVD-8", "name": "山田花子", "address": "札幌市", "phone": "011-211-3341"}
        assert resaved.content(postal_code=typed, **said) == resaved.content(postal_code="060-0042", **said)
        assert resaved.content(postal_code="060-0043", **said) != resaved.content(postal_code=typed, **said)
