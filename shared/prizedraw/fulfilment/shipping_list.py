"""
Make the shipping list: an Excel file of text cells alone, locked with a password, all of it in memory.

Nothing that a winner typed can become a formula, a link or a number: every cell is written as a string and formatted
as text, so that it stays one when somebody edits it (CWE-1236). The file is encrypted as ECMA-376 agile encryption
does with AES-256 and SHA-512 ([MS-OFFCRYPTO], section 2.3.4.10), which Excel and LibreOffice open.
"""

import io
import math
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from msoffcrypto.format.ooxml import OOXMLFile

from prizedraw.errors import Broken, Problem
from prizedraw.fulfilment import b2cloud
from prizedraw.fulfilment.destination import Destination
from prizedraw.records.verdicts import Doubt
from prizedraw.rendering.widths import width as width_of
from prizedraw.rendering.xlsx import open_workbook
from prizedraw.typed.crockford import ALPHABET

TOO_LONG = Problem(
    "E-785", "発送リストの一つの欄に入りきらない長さの登録があり、リストを作れません。保守担当に連絡してください。"
)
_PLAIN = {"済": 5, "管理番号": 15, "当選コード": 21, "賞品": 37, "氏名": 22, "郵便番号": 11, "住所": 50, "電話番号": 19}
"""The headings of the plain list, and how wide their columns are, in characters; the first is for ticking off."""
_BOX = "□"
_NOTES = {"行": 8, "当選コード": 20, "確かめること": 90}
_LOOK, _LOOK_WIDTH = "確かめること", 40
DOUBTS = {
    Doubt.NO_SUCH_POSTAL_CODE: "郵便番号が、日本郵便の一覧にありません。住所と合っているか確かめてください。",
    Doubt.POSTAL_CODE_ELSEWHERE: "郵便番号と住所が食い違っています。どちらが正しいか確かめてください。",
    Doubt.PHONE_NOT_IN_USE: "電話番号が、使われていない形です（桁の過不足、数字でない文字など）。"
    "入力されたまま載せています。",
    Doubt.ZERO_RESTORED: "郵便番号の先頭の0が、表計算ソフトで失われていたため、住所に合う0を補って読み取りました。"
    "正しいか確かめてください。",
    Doubt.LETTERS_LOST: "氏名か住所の文字が、届く前に失われているおそれがあります"
    "（「?」「〓」「&#…;」「U+…」、外字など）。正しい文字を本人に確かめてください。",
}
"""What must be looked at before a prize is shipped, by what was doubtful when its registration was read."""
CHANGED = "お届け先が、登録の後で変更されています。発送の前に、本人が変更したかを確かめてください。"
_MOST_UNITS = 32_767
"""What Excel holds in a cell, in UTF-16 code units; the writer would cut off the rest."""
_LINE, _MOST_POINTS = 18.75, 408.75
_GROUPS, _GROUP = 6, 4


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    What is sent to one winner: the prize's name, where it goes, and whether that was changed after registration.

    *number* is the 管理番号, by which the winner can be found without their name.
    """

    prize: str
    destination: Destination = field(repr=False)
    changed: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class ListTable:
    """
    A list as text: the headings, one row a parcel, and how wide the columns are, in characters.

    *notes* are what must be looked at before shipping: the number of a row, its claim code, a sentence. *unfit* are the
    numbers of the rows that B2クラウド does not take as they are.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    widths: tuple[int, ...]
    notes: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    unfit: tuple[int, ...] = ()


def table(style: Literal["plain", "yamato_b2"], parcels: Sequence[Parcel], day: date) -> ListTable:
    """Lay out the parcels in their order: for packing, or as B2クラウド wants them, to be shipped on a *day*."""
    numbered = list(enumerate(parcels, start=2))
    found = {number: list(_to_look_at(parcel)) for number, parcel in numbered}
    if style == "yamato_b2":
        rows = tuple(b2cloud.row(b2cloud.Slip(parcel.prize, day, parcel.destination)) for parcel in parcels)
        faults = {number: b2cloud.faults(row) for number, row in enumerate(rows, start=2)}
        for number, of_row in faults.items():
            found[number] += [f"B2クラウドに取り込む前に直してください：{fault}。" for fault in of_row]
        widths = tuple(24 if heading in b2cloud.FILLED else 8 for heading in b2cloud.HEADINGS)
        unfit = tuple(number for number, of_row in faults.items() if of_row)
        return ListTable(b2cloud.HEADINGS, rows, widths, _notes(numbered, found), unfit)
    notes = _notes(numbered, found)
    rows = tuple(
        (
            _BOX,
            parcel.number,
            d.code,
            parcel.prize,
            d.name,
            d.written_postal_code,
            d.address,
            d.written_phone,
            *(["\n".join(found[number])] if notes else []),
        )
        for number, parcel in numbered
        for d in [parcel.destination]
    )
    columns = _PLAIN | ({_LOOK: _LOOK_WIDTH} if notes else {})
    return ListTable(tuple(columns), rows, tuple(columns.values()), notes)


def _to_look_at(parcel: Parcel) -> Iterator[str]:
    """Yield what an operator must look at before a parcel is shipped."""
    if parcel.changed:
        yield CHANGED
    for doubt in parcel.destination.doubtful:
        if doubt in DOUBTS:
            yield DOUBTS[doubt]


def _notes(numbered: Sequence[tuple[int, Parcel]], found: Mapping[int, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Write a row for each thing to look at: the number of its row in the list, the claim code, a sentence."""
    return tuple(
        (f"{number}", parcel.destination.code, sentence) for number, parcel in numbered for sentence in found[number]
    )


def workbook(content: ListTable) -> bytes:
    """
    Write an Excel file (.xlsx); an empty cell is not written at all.

    The list is the first sheet, which the carrier's system reads; *notes*, if there are any, are a second one.

    Raises:
        Broken: a text is longer than a cell can hold.
    """
    if any(len(cell.encode("utf-16-le")) // 2 > _MOST_UNITS for row in content.rows for cell in row):
        raise Broken(TOO_LONG)
    file = io.BytesIO()
    with open_workbook(file, default_format_properties={"font_name": "Yu Gothic", "font_size": 11}) as book:
        style = {"num_format": "@", "text_wrap": True, "valign": "vcenter", "border": 1}
        heading, text = book.add_format(style | {"bold": True, "bg_color": "#E8E8E8"}), book.add_format(style)
        _fill(book.add_worksheet("発送リスト"), content.widths, (content.headings, *content.rows), heading, text)
        if content.notes:
            _fill(book.add_worksheet("確認"), tuple(_NOTES.values()), (tuple(_NOTES), *content.notes), heading, text)
    return file.getvalue()


def _fill(sheet: Any, widths: tuple[int, ...], rows: Iterable[tuple[str, ...]], heading: Any, text: Any) -> None:
    """Write rows of text, the first of them headings, to be printed on A4."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for number, row in enumerate(rows):
        sheet.set_row(number, _height(row, widths))
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(number, column, cell, heading if number == 0 else text)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def _height(row: tuple[str, ...], widths: tuple[int, ...]) -> float:
    """
    Return the height of a row in points, so that all of a long address is seen, and printed.

    It is estimated, generously: not every program fits rows to wrapped text when it opens a file.
    """
    lines = max(_lines(cell, width) for cell, width in zip(row, widths, strict=True))
    return min(_LINE * lines, _MOST_POINTS)


def _lines(cell: str, width: int) -> int:
    return sum(max(1, math.ceil(1.15 * width_of(line) / width)) for line in cell.splitlines() or [""])


def locked(data: bytes, password: str) -> bytes:
    """Encrypt an Excel file so that it opens only with the *password*."""
    file = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, file)
    return file.getvalue()


def new_password() -> str:
    """Draw a password that can be read aloud and typed: 24 characters (120 bits) in groups, no O, I, L or U."""
    characters = [secrets.choice(ALPHABET) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(characters[at : at + _GROUP]) for at in range(0, len(characters), _GROUP))
