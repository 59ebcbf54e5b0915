"""
Lay out a shipping list as ヤマト運輸's B2クラウド takes it in (外部データから発行, 基本レイアウト).

97 columns in a fixed order, of which none may be left out or moved; Excel files are taken. Source: 「B2クラウド
送り状発行データレイアウト 入出力用」, https://bmypage.kuronekoyamato.co.jp/bmypage/pdf/new_exchange1.pdf, which gives
the names below, what is required, and the most characters (full-width ones count twice here).

Assumed: ordinary parcels paid by the sender (送り状種類 0), shipped on the day on which the list is made. The sender
(columns 20 to 25) and the contract (40 to 42) are not in the campaign file and stay empty, for whoever imports the list
to fill in. To change what is filled, change `FILLED`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from prizedraw.fulfilment.destination import Destination
from prizedraw.rendering.widths import width

_LAYOUT = """
お客様管理番号 送り状種類 クール区分 伝票番号 出荷予定日 お届け予定（指定）日 配達時間帯 お届け先コード
お届け先電話番号 お届け先電話番号枝番 お届け先郵便番号 お届け先住所 お届け先住所（アパートマンション名）
お届け先会社・部門名1 お届け先会社・部門名2 お届け先名 お届け先名略称カナ 敬称
ご依頼主コード ご依頼主電話番号 ご依頼主電話番号枝番 ご依頼主郵便番号 ご依頼主住所
ご依頼主住所（アパートマンション名） ご依頼主名 ご依頼主略称カナ
品名コード1 品名1 品名コード2 品名2 荷扱い1 荷扱い2 記事 コレクト代金引換額（税込） コレクト内消費税額等
営業所止置き 営業所コード 発行枚数 個数口枠の印字 ご請求先顧客コード ご請求先分類コード 運賃管理番号
クロネコwebコレクトデータ登録 クロネコwebコレクト加盟店番号 クロネコwebコレクト申込受付番号1
クロネコwebコレクト申込受付番号2 クロネコwebコレクト申込受付番号3
お届け予定eメール利用区分 お届け予定eメールe-mailアドレス 入力機種 お届け予定eメールメッセージ
お届け完了eメール利用区分 お届け完了eメールe-mailアドレス お届け完了eメールメッセージ
クロネコ収納代行利用区分 予備 収納代行請求金額（税込） 収納代行内消費税額等 収納代行請求先郵便番号
収納代行請求先住所 収納代行請求先住所（アパートマンション名） 収納代行請求先会社・部門名1
収納代行請求先会社・部門名2 収納代行請求先名（漢字） 収納代行請求先名（カナ） 収納代行問合せ先名（漢字）
収納代行問合せ先郵便番号 収納代行問合せ先住所 収納代行問合せ先住所（アパートマンション名）
収納代行問合せ先電話番号 収納代行管理番号 収納代行品名 収納代行備考 複数口くくりキー
検索キータイトル1 検索キー1 検索キータイトル2 検索キー2 検索キータイトル3 検索キー3 検索キータイトル4 検索キー4
検索キータイトル5 検索キー5 予備 予備 投函予定メール利用区分 投函予定メールe-mailアドレス
投函予定メールメッセージ 投函完了メール（お届け先宛）利用区分 投函完了メール（お届け先宛）e-mailアドレス
投函完了メール（お届け先宛）メールメッセージ 投函完了メール（ご依頼主宛）利用区分
投函完了メール（ご依頼主宛）e-mailアドレス 投函完了メール（ご依頼主宛）メールメッセージ
連携管理番号 通知メールアドレス
"""
HEADINGS = tuple(_LAYOUT.split())
"""The first row of the file."""

_STREET, _BUILDING = 64, 32
_PHONE = "お届け先電話番号"
_DIALLED = re.compile(r"[0-9-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Slip:
    """What one label is made of: the prize's name, the day of shipping, and where it goes."""

    prize: str
    day: date
    destination: Destination


Fill: TypeAlias = "tuple[Callable[[Slip], str], int]"
"""What goes into a column, and the most characters that B2クラウド takes there, full-width ones counted twice."""

FILLED: Mapping[str, Fill] = {
    "お客様管理番号": (lambda slip: slip.destination.code.replace("-", ""), 50),
    "送り状種類": (lambda slip: "0", 1),
    "出荷予定日": (lambda slip: f"{slip.day:%Y/%m/%d}", 10),
    _PHONE: (lambda slip: slip.destination.phone_national, 15),
    "お届け先郵便番号": (lambda slip: slip.destination.written_postal_code, 8),
    "お届け先住所": (lambda slip: split_address(slip.destination.address)[0], _STREET),
    "お届け先住所（アパートマンション名）": (
        lambda slip: split_address(slip.destination.address)[1],
        _BUILDING,
    ),
    "お届け先名": (lambda slip: one_line(slip.destination.name), 32),
    "品名1": (lambda slip: slip.prize, 50),
    "記事": (lambda slip: f"内線{slip.destination.extension}" if slip.destination.extension else "", 44),
}


def row(slip: Slip) -> tuple[str, ...]:
    """Return the 97 cells of one label."""
    return tuple(FILLED[heading][0](slip) if heading in FILLED else "" for heading in HEADINGS)


def faults(cells: tuple[str, ...]) -> tuple[str, ...]:
    """
    Say what of a label must be mended before B2クラウド takes it, or prints it: in Japanese, by the names of columns.

    Every cell must be as short as it demands, made of characters that it can print (CP932, and of those none that each
    computer shows differently), and the telephone number of digits and hyphens.
    """
    found = []
    for heading, cell in zip(HEADINGS, cells, strict=True):
        if heading not in FILLED:
            continue
        if (over := width(cell) - FILLED[heading][1]) > 0:
            found.append(f"「{heading}」が、半角で数えて{over}文字長すぎます")
        if unprintable := dict.fromkeys(c for c in cell if not _is_printable(c)):
            found.append(f"「{heading}」に、印字できない文字（{'、'.join(map(_named, unprintable))}）があります")
        if heading == _PHONE and not _DIALLED.fullmatch(cell):
            found.append(f"「{heading}」に、数字とハイフンでない文字があります")
    return tuple(found)


def _is_printable(character: str) -> bool:
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return not "\ue000" <= character <= "\uf8ff"


def _named(character: str) -> str:
    """Name a character so that one that is not seen is found too."""
    is_seen = character.isprintable() and not unicodedata.category(character).startswith("M")
    return f"{character} U+{ord(character):04X}" if is_seen else f"U+{ord(character):04X}"


def split_address(address: str) -> tuple[str, str]:
    """
    Split an address that is too long for one line at a blank or a line break, into street and building.

    Nothing is ever cut off: what cannot be split so that both parts fit stays whole, and `faults` tells.
    """
    parts = one_line(address).split(" ")
    whole = " ".join(parts)
    if width(whole) > _STREET:
        for at in range(len(parts) - 1, 0, -1):
            street, building = " ".join(parts[:at]), " ".join(parts[at:])
            if width(street) <= _STREET and width(building) <= _BUILDING:
                return street, building
    return whole, ""


def one_line(text: str) -> str:
    """Write in one line, with single blanks between what blanks and line breaks kept apart."""
    return " ".join(text.split())
