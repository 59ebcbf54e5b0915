"""
Cells too many or too few are judged by what is needed of a row, and by whether anything before it can have moved.

Finding 6 and 9: an unquoted comma cut an address off without a word, and a list saved by Excel was refused row by row.
"""

from itertools import pairwise

import pytest

from prizedraw.fulfilment.claim_csv import parse
from support.builders import CAMPAIGN
from support.claims import HEADER as NEEDED

ADDRESS_NEXT_TO_LAST = ["受付番号", "送信日時", "当選コード", "氏名", "郵便番号", "電話番号", "住所", "備考"]
TWO_MORE = [*ADDRESS_NEXT_TO_LAST, "備考2"]
ADDRESS_LAST = ADDRESS_NEXT_TO_LAST[:-1]
PHONE_LAST = ["受付番号", "送信日時", "当選コード", "氏名", "郵便番号", "住所", "電話番号", "備考"]
POSTAL_CODE_LAST = ["受付番号", "送信日時", "当選コード", "電話番号", "氏名", "住所", "郵便番号", "備考"]
CODE_LAST = ["受付番号", "送信日時", "郵便番号", "電話番号", "氏名", "住所", "当選コード", "備考"]
NAME_AND_ADDRESS = ["備考", "当選コード", "受付番号", "送信日時", "電話番号", "郵便番号", "氏名", "住所", "状態"]
TYPED = {
    "受付番号": "10001",
    "送信日時": "2026/03/05 10:00:00",
    "当選コード": "K7QM-4T9X-2HVD-8",
    "氏名": "山田 花子",
    "郵便番号": "160-0022",
    "電話番号": "090-1234-5678",
    "住所": "東京都新宿区新宿5-18-21",
}


def line(header: list[str], **changes: str) -> str:
    return ",".join((TYPED | changes).get(heading, "") for heading in header)


def sure(header: list[str] | str, *lines: str, end: str = "\r\n") -> list[bool]:
    first = header if isinstance(header, str) else ",".join(header)
    rows = parse(("\r\n".join([first, *lines]) + end).encode(), CAMPAIGN.claim.columns)
    return [row.even for row in rows]


class TestTooMany:
    @pytest.mark.parametrize(
        "header", [ADDRESS_NEXT_TO_LAST, TWO_MORE, NAME_AND_ADDRESS, PHONE_LAST, POSTAL_CODE_LAST, CODE_LAST, NEEDED]
    )
    @pytest.mark.parametrize("moved", ["氏名", "住所"])
    @pytest.mark.parametrize("typed", ["山田, 花子", "新宿区新宿5-18-21, メゾン新宿101号", "a,,b", "a,b,c,d"])
    def test_finding_6_what_an_unquoted_comma_cut_off_goes_to_review(
        self, header: list[str], moved: str, typed: str
    ) -> None:
        assert sure(header, line(header), line(header, **{moved: typed})) == [True, False]

    @pytest.mark.parametrize("header", [PHONE_LAST, POSTAL_CODE_LAST, CODE_LAST])
    @pytest.mark.parametrize("note", ["書きました", "a, b", ""])
    def test_a_comma_after_all_that_is_needed_does_no_harm_where_a_number_shows_it(
        self, header: list[str], note: str
    ) -> None:
        assert sure(header, line(header, 備考=note)) == [True]

    @pytest.mark.parametrize("more", [",", ",,,"])
    @pytest.mark.parametrize("header", [ADDRESS_NEXT_TO_LAST, TWO_MORE, NAME_AND_ADDRESS, PHONE_LAST, NEEDED])
    def test_empty_cells_of_excel_do_no_harm(self, header: list[str], more: str) -> None:
        assert sure(header, line(header) + more) == [True]
        assert sure(",".join(header) + more, line(header) + more) == [True]

    def test_what_was_moved_under_no_heading_goes_to_review(self) -> None:
        header = ",".join(ADDRESS_NEXT_TO_LAST) + ","
        cut = line(ADDRESS_NEXT_TO_LAST, 住所="新宿区新宿5-18-21, メゾン新宿101号", 備考="伝言")
        assert sure(header, cut, line(ADDRESS_NEXT_TO_LAST) + ",") == [False, True]

    def test_finding_6_a_blank_before_the_quotes_goes_to_review(self) -> None:
        address = ' "東京都新宿区新宿5-18-21, メゾン新宿101号"'
        for header in (ADDRESS_NEXT_TO_LAST, TWO_MORE, PHONE_LAST, ADDRESS_LAST):
            assert sure(header, line(header, 住所=address)) == [False]
        shorter = line(TWO_MORE, 住所=address)[:-1]
        assert sure(TWO_MORE, shorter) == [False]

    def test_quotes_that_end_a_cell_and_close_nothing_are_letters(self) -> None:
        assert sure(ADDRESS_NEXT_TO_LAST, line(ADDRESS_NEXT_TO_LAST, 住所='新宿区新宿5-18-21 メゾン"A"')) == [True]

    def test_quotes_in_a_cell_that_is_quoted_are_letters(self) -> None:
        assert sure(ADDRESS_NEXT_TO_LAST, line(ADDRESS_NEXT_TO_LAST, 住所='"""新宿"" ""区"""')) == [True]


class TestTooFew:
    @pytest.mark.parametrize("header", [ADDRESS_NEXT_TO_LAST, TWO_MORE, PHONE_LAST, NAME_AND_ADDRESS])
    def test_finding_9_a_row_without_its_last_commas_is_read(self, header: list[str]) -> None:
        short = line(header).rstrip(",")
        assert sure(header, *[line(header)] * 16, short, short) == [True] * 18

    @pytest.mark.parametrize("header", [ADDRESS_NEXT_TO_LAST, ADDRESS_LAST, TWO_MORE])
    def test_an_address_with_an_unquoted_line_break_goes_to_review_with_its_rest(self, header: list[str]) -> None:
        cut = line(header, 住所="新宿区新宿5-18-21\r\nメゾン新宿101号")
        assert sure(header, line(header), cut, line(header)) == [True, False, False, True]
        assert sure(header, cut.replace("\r\n", "\r\n\r\n")) == [False, False]

    def test_a_file_that_ends_within_the_address_goes_to_review(self) -> None:
        short = line(ADDRESS_NEXT_TO_LAST).rstrip(",")
        assert sure(ADDRESS_NEXT_TO_LAST, short, short[:-4], end="") == [True, False]

    def test_a_note_that_was_cut_in_two_does_no_harm(self) -> None:
        cut = line(TWO_MORE, 備考="一\r\n二")
        assert sure(TWO_MORE, cut) == [True, False]

    @pytest.mark.parametrize("header", [ADDRESS_NEXT_TO_LAST, PHONE_LAST, NEEDED])
    def test_what_is_needed_must_be_there(self, header: list[str]) -> None:
        whole = line(header).rstrip(",").split(",")
        for end in range(1, len(whole)):
            assert sure(header, ",".join(whole[:end])) == [False]

    def test_a_row_after_it_that_lacks_something_is_a_row_all_the_same(self) -> None:
        lacking = line(ADDRESS_NEXT_TO_LAST, 住所="").rstrip(",")
        short = line(ADDRESS_NEXT_TO_LAST).rstrip(",")
        assert sure(ADDRESS_NEXT_TO_LAST, short, lacking, short) == [True, False, True]


def test_the_headers_are_of_many_shapes() -> None:
    headers = [ADDRESS_LAST, ADDRESS_NEXT_TO_LAST, TWO_MORE, PHONE_LAST, POSTAL_CODE_LAST, CODE_LAST]
    headers += [NAME_AND_ADDRESS, NEEDED]
    assert all(one != other for one, other in pairwise(headers))
    assert all(set(header) >= set(TYPED) for header in headers)
