"""What is surely readable is read as it was typed, and nothing else is."""

import csv
import io
import time
import tracemalloc
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.fulfilment.claim_csv import Unreadable, parse
from prizedraw.fulfilment.csv_limits import MOST_BYTES, MOST_CELL, MOST_COLUMNS, MOST_ROWS
from prizedraw.records.verdicts import Unread
from support.builders import CAMPAIGN

COLUMNS = CAMPAIGN.claim.columns
HEADER = ["受付番号", "当選コード", "氏名", "郵便番号", "住所", "電話番号", "送信日時"]
TARO = ["1001", "K7QM-4T9X-2HVD-8", "山田 太郎", "160-0022", "東京都新宿区新宿1-1", "090-1234-5678", "2026/03/05 12:34"]
HANA = ["1002", "0000-0000-0001-Y", "髙﨑 花", "〒160-0022", "新宿区①㈱ビル", "03-1234-5678", "2026/03/06 01:02"]


def written(*records: Sequence[str], encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    """Write records as a spreadsheet does."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end).writerows(records)
    return buffer.getvalue().encode(encoding)


def cells(data: bytes) -> list[list[str]]:
    return [list(row.cells) for row in parse(data, COLUMNS)]


def refused(data: bytes) -> tuple[Unread, str]:
    with pytest.raises(Unreadable) as caught:
        parse(data, COLUMNS)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.why, caught.value.detail


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
    def test_all_three_say_the_same(self, encoding: str, end: str) -> None:
        assert cells(written(HEADER, TARO, HANA, encoding=encoding, end=end)) == [TARO, HANA]

    def test_characters_that_cp932_alone_has_are_read(self) -> None:
        typed = [*HANA[:2], "髙﨑德彅 ①㈱Ⅳ～－", *HANA[3:]]
        assert cells(written(HEADER, typed, encoding="cp932")) == [typed]

    def test_characters_that_cp932_has_not_are_read_from_utf_8(self) -> None:
        typed = [*HANA[:2], "𠮷野 é 葛\U000e0100 👑", *HANA[3:]]
        assert cells(written(HEADER, typed)) == [typed]

    @pytest.mark.parametrize(
        "data",
        [
            written(HEADER, TARO) + written(HANA, encoding="cp932"),
            written(HEADER, TARO, encoding="cp932") + written(HANA),
            written(HEADER, encoding="cp932") + written(TARO),
            written(HEADER) + written(TARO, encoding="cp932"),
            written(HEADER, encoding="utf-8-sig") + written(TARO, encoding="cp932"),
            written(HEADER, TARO, encoding="utf-16"),
            written(HEADER, TARO, encoding="utf-16-be"),
            written(HEADER, TARO, encoding="euc_jp"),
            written(HEADER, TARO)[:-20] + b"\xff\xfe",
            written(HEADER).removesuffix(b"\x99\x82\r\n"),  # cut within a character
        ],
    )
    def test_no_other_encoding_and_no_mixture_is_guessed(self, data: bytes) -> None:
        assert refused(data)[0] in (Unread.ENCODING, Unread.NO_HEADER)

    @pytest.mark.parametrize(
        "data",
        [
            written(HEADER, TARO, encoding="cp932") + written(HANA),
            written(HEADER, encoding="utf-16"),
        ],
    )
    def test_a_mixture_is_called_one(self, data: bytes) -> None:
        assert refused(data) == (Unread.ENCODING, "")

    @pytest.mark.parametrize("name", ["佐藤", "鈴木"])
    @pytest.mark.parametrize("address", ["新宿区東", "東京都新宿区新宿1-1"])
    def test_a_mixture_whose_bytes_are_by_luck_all_cp932_is_one_too(self, name: str, address: str) -> None:
        mixed = written(HEADER, TARO, encoding="cp932") + written(["1", "c", name, "1", address, "0", "t"])
        assert "新宿区".encode().decode("cp932") in mixed.decode("cp932")  # Nothing but sense tells them apart.
        assert refused(mixed) == (Unread.ENCODING, "")

    @pytest.mark.parametrize("name", ["薗田", "ｱｲｳ", "ﾂｱ", "Smith"])
    def test_a_word_that_could_be_utf_8_by_chance_does_not_make_a_mixture(self, name: str) -> None:
        typed = [*TARO[:2], name, *TARO[3:]]
        assert cells(written(HEADER, typed, encoding="cp932")) == [typed]


class TestColumns:
    def test_stand_in_any_order_with_others_between(self) -> None:
        header = ["備考", *reversed(HEADER), "", "状態", ""]
        assert cells(written(header, ["=1+1", *reversed(TARO), "", "新規", "x"])) == [TARO]

    def test_are_told_by_what_the_header_says_whatever_its_width_and_blanks(self) -> None:
        header = [" 受付番号", "当選コード　", "氏名\n", "郵便番号", "住所", "電話番号", "送信日時"]
        assert cells(written(header, TARO)) == [TARO]

    @pytest.mark.parametrize("missing", HEADER)
    def test_that_are_missing_are_named(self, missing: str) -> None:
        header = [name if name != missing else "taro@example.jp" for name in HEADER]
        assert refused(written(header, TARO)) == (Unread.NO_HEADER, missing)

    @pytest.mark.parametrize("twice", HEADER)
    def test_that_stand_twice_are_named(self, twice: str) -> None:
        assert refused(written([*HEADER, f"{twice} "], [*TARO, ""])) == (Unread.DOUBLE_HEADER, twice)

    def test_that_are_ignored_may_stand_twice(self) -> None:
        assert cells(written([*HEADER, "備考", "備考"], [*TARO, "1", "2"])) == [TARO]

    @pytest.mark.parametrize("quotes", ["", '"'])
    @pytest.mark.parametrize("hint", ["", "sep={}\r\n"])
    @pytest.mark.parametrize("separator", [",", "\t", ";"])
    def test_may_be_separated_as_spreadsheets_do(self, separator: str, hint: str, quotes: str) -> None:
        lines = (separator.join(f"{quotes}{cell}{quotes}" for cell in record) for record in (HEADER, TARO, HANA))
        assert cells((hint.format(separator) + "\r\n".join(lines)).encode()) == [TARO, HANA]

    @pytest.mark.parametrize("separator", ["|", ":"])
    def test_are_separated_by_nothing_else(self, separator: str) -> None:
        data = written(HEADER, TARO).replace(b",", separator.encode())
        assert refused(data) == (Unread.NO_HEADER, "受付番号")

    @pytest.mark.parametrize("separator", ["\t", ";"])
    @pytest.mark.parametrize("quotes", ["", '"'])
    def test_that_are_missing_are_named_whatever_separates_them(self, separator: str, quotes: str) -> None:
        line = separator.join(f"{quotes}{cell}{quotes}" for cell in HEADER[:-1])
        assert refused(f"{line}\r\n".encode()) == (Unread.NO_HEADER, HEADER[-1])

    @pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
    @pytest.mark.parametrize("marks", [1, 2, 3])
    @pytest.mark.parametrize("quotes", ["", '"'])
    def test_double_bom_is_no_part_of_a_heading(self, marks: int, encoding: str, quotes: str) -> None:
        data = written(HEADER, TARO, encoding=encoding).decode(encoding)
        data = data.replace("受付番号", f"{quotes}受付番号{quotes}")
        assert cells("\ufeff".encode() * marks + data.encode(encoding)) == [TARO]

    def test_a_mark_within_the_quotes_of_a_heading_is_not_seen(self) -> None:
        assert cells(written(["\ufeff受付番号", *HEADER[1:]], TARO)) == [TARO]


class TestRows:
    def test_cells_are_kept_to_the_letter(self) -> None:
        typed = [
            "0012",
            " k7qm ",
            '=HYPERLINK("https://x.example","y")',
            "\t1600022",
            '新宿区,"1-1"\r\nビル\x0b２階\u2028３',
            "＝１",
            "-1",
        ]
        assert cells(written(HEADER, typed)) == [typed]

    def test_are_numbered_as_a_spreadsheet_does(self) -> None:
        broken = [*TARO[:4], "新宿区\n1-1\n2階", *TARO[5:]]
        rows = parse(written(HEADER, broken, [], [""] * 7, HANA), COLUMNS)
        assert [row.number for row in rows] == [2, 5]

    def test_without_any_text_are_passed_over(self) -> None:
        assert cells(written([], HEADER, [], [" ", "　", "", "", "", "", ""], TARO, [""])) == [TARO]

    def test_may_be_none(self) -> None:
        assert cells(written(HEADER)) == []

    def test_that_are_short_have_empty_cells(self) -> None:
        assert cells(written(HEADER, TARO[:3])) == [[*TARO[:3], "", "", "", ""]]

    def test_that_end_early_are_sure_unless_the_file_breaks_off_there(self) -> None:
        """Only the last of them may have been cut, and only if no line break stands after it."""
        header = [*HEADER[:4], *HEADER[5:], "住所", "備考"]
        whole = written(header, *([*one[:4], *one[5:], one[4]] for one in (TARO, HANA)))
        assert [row.even for row in parse(whole, COLUMNS)] == [True, True]
        assert [row.even for row in parse(whole.removesuffix(b"\r\n"), COLUMNS)] == [True, False]

    def test_that_are_in_disorder_come_with_all_their_cells_and_no_others(self) -> None:
        whole, short = parse(written(HEADER, TARO, HANA[:-1]), COLUMNS)
        assert (whole.all_cells, short.all_cells) == ((), tuple(HANA[:-1]))

    def test_with_a_nul_are_rows(self) -> None:
        typed = [*TARO[:2], "山田\0太郎", *TARO[3:]]
        assert cells(written(HEADER, typed)) == [typed]

    def test_tell_nothing_in_their_repr(self) -> None:
        assert repr(parse(written(HEADER, TARO), COLUMNS)) == "[CsvRow(number=2, even=True)]"
        assert repr(parse(written(HEADER, TARO[:-1]), COLUMNS)) == "[CsvRow(number=2, even=False)]"
        assert parse(written(HEADER, TARO), COLUMNS)[0].cells == tuple(TARO)

    @given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=7, max_size=7), max_size=5))
    def test_whatever_is_in_them_come_back(self, records: list[list[str]]) -> None:
        wanted = [record for record in records if any(map(str.strip, record))]
        buffer = io.StringIO()
        csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([HEADER, *records])
        assert cells(buffer.getvalue().encode()) == wanted


class TestFilesThatAreNone:
    @pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b" ,,\n,\n", "　\n".encode()])
    def test_empty(self, data: bytes) -> None:
        assert refused(data) == (Unread.EMPTY, "")

    def test_an_xlsx_renamed(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("xl/workbook.xml", "<workbook/>")
        assert refused(buffer.getvalue()) == (Unread.NOT_CSV, "")

    @pytest.mark.parametrize(
        "data",
        [
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
            b"%PDF-1.7\n",
            b"\x1f\x8b\x08\x00",
            b"\x7fELF\x02\x01\x01" + bytes(50),
            bytes(100),
            "受".encode("utf-16-le") + b"\0,\0",
        ],
    )
    def test_binaries(self, data: bytes) -> None:
        assert refused(data)[0] in (Unread.NOT_CSV, Unread.ENCODING)

    def test_bytes_of_every_kind(self) -> None:
        assert refused(bytes(range(256)) * 10) == (Unread.ENCODING, "")

    @pytest.mark.parametrize("cut", ['"東京都', '"', '"東京都""', '"東京都\r\n1002,x,y\r\n1003,z,w\r\n'])
    def test_cut_within_quotes(self, cut: str) -> None:
        data = written(HEADER, TARO) + ",".join([*TARO[:4], cut]).encode()
        why, detail = refused(data)
        assert why == Unread.BROKEN
        assert int(detail) >= 3

    @pytest.mark.parametrize("odd", ['"a"b', '"a" ', '"a""'])
    def test_with_quotes_that_are_not_csv(self, odd: str) -> None:
        assert refused(written(HEADER) + f"1,{odd},3,4,5,6,7\r\n".encode())[0] == Unread.BROKEN

    def test_with_a_cell_without_end(self) -> None:
        """Beyond 131,072 characters the csv module gives up by itself; that is no broken quote."""
        for many in (131_072, 131_073, 200_000):
            assert refused(written(HEADER, [*TARO[:-1], "x" * many])) == (Unread.TOO_WIDE, "2")

    def test_with_a_quote_that_is_closed_nowhere_in_a_long_file(self) -> None:
        data = written(HEADER, TARO) + ",".join([*TARO[:4], '"東京都\r\n']).encode() + written(*[HANA] * 2_000)
        assert refused(data) == (Unread.TOO_WIDE, "3")

    def test_larger_than_can_be_held(self) -> None:
        assert refused(bytes(MOST_BYTES + 1)) == (Unread.TOO_LARGE, "")

    def test_a_wide_header_is_refused_before_its_cells_come_into_being(self) -> None:
        """31 MiB of commas took 15 seconds and 650 MiB; the function has 512."""
        data = "受付番号".encode() + b"," * (31 * 1024 * 1024)
        tracemalloc.start()
        try:
            began = time.process_time()
            assert refused(data) == (Unread.TOO_WIDE, "1")
            took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert took < 2
        assert peak < 4 * len(data)

    @pytest.mark.parametrize(
        ("data", "row"),
        [
            pytest.param(written([*HEADER, *[""] * MOST_COLUMNS]), "1", id="a column too many"),
            pytest.param(written(HEADER, [*TARO, *[""] * MOST_COLUMNS]), "2", id="a row with too many"),
            pytest.param(written([*HEADER, "x" * (MOST_CELL + 1)]), "1", id="a heading too long"),
            pytest.param(written(HEADER, TARO, [*HANA, "x" * (MOST_CELL + 1)]), "3", id="a cell too long"),
            pytest.param(written(HEADER, [*TARO[:6], "\n" * (MOST_CELL + 1)]), "2", id="a cell of too many lines"),
            pytest.param(written(HEADER, TARO, [*HANA, *["x" * 30_000] * 5]), "3", id="cells too long together"),
            pytest.param(written(HEADER) + b'"a\n",' * 100_000, "2", id="a record over lines without end"),
            pytest.param(written(HEADER, TARO) + b"\r," * 10 + b"," * 10_000_000, "13", id="the last of some"),
        ],
    )
    def test_wider_than_can_be_held(self, data: bytes, row: str) -> None:
        assert refused(data) == (Unread.TOO_WIDE, row)

    def test_as_wide_as_allowed(self) -> None:
        header = [*HEADER, *[""] * (MOST_COLUMNS - len(HEADER))]
        assert cells(written(header, [*TARO, "x" * MOST_CELL, *header[8:]])) == [TARO]

    def test_a_header_of_combining_marks_takes_no_time(self) -> None:
        data = written([*HEADER, "a" + "\u0301\u0323" * 15_000], TARO)
        began = time.process_time()
        assert cells(data) == [TARO]
        assert time.process_time() - began < 1

    def test_with_too_many_rows(self) -> None:
        header = written(HEADER)
        assert len(parse(header + b"1\n" * MOST_ROWS, COLUMNS)) == MOST_ROWS
        assert refused(header + b"1\n" * (MOST_ROWS + 1)) == (Unread.TOO_MANY_ROWS, "")


def test_what_is_told_of_a_file_is_the_kind_of_its_fault_alone() -> None:
    assert str(Unreadable(Unread.TOO_WIDE, "氏名")) == Unread.TOO_WIDE.value
