"""
Let winners do what winners do: most register where their prize goes, one declines, one never answers.

Their rows are a LoGoフォーム export as the campaign file maps it: all that was sent so far, newest last, with the rows
that every export holds too (a mistyped code, a form sent half empty). People and addresses are invented.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.times import JST

_NAMES = ("髙﨑 𠮷子", "佐藤 花子", "鈴木 一郎", "渡邉 淳", "Smith, John", "小笠原 ひかり", "㈱サンプル 御中", "=合計")
_TOWNS = (
    ("160-0022", "東京都新宿区新宿5-18-21"),
    ("１６２－０８４３", "東京都新宿区市谷田町1-1 メゾン①番館101"),
    ("1600023", "東京都新宿区西新宿2-8-1\n都庁前ビル 3F"),
    ("530-0001", "大阪府大阪市北区梅田3-1-3"),
)
_PHONES = ("090-1234-5678", "０３－１２３４－５６７８", "0312345678 内線12", "080 1111 2222")
_PLACE = re.compile(rb"\{code:(\d+)\}")


@dataclass(frozen=True, kw_only=True)
class SentForm:
    """One form that a winner sent."""

    receipt: str
    code: str
    name: str
    postal_code: str
    address: str
    phone: str
    sent_at: str


def register(number: int, code: str, at: datetime) -> SentForm:
    """Invent the *number*-th form, sent at a moment."""
    postal_code, address = _TOWNS[number % len(_TOWNS)]
    return SentForm(
        receipt=f"{10_000 + number}",
        code=code if number % 3 else code.lower().replace("-", " "),
        name=f"{_NAMES[number % len(_NAMES)]}{number}",
        postal_code=postal_code,
        address=f"{address}-{number}",
        phone=_PHONES[number % len(_PHONES)],
        sent_at=f"{at.astimezone(JST):%Y/%m/%d %H:%M:%S}",
    )


def mistakes(at: datetime) -> list[SentForm]:
    """Return two forms that nobody can use: one with an unknown code, one half empty."""
    unknown = register(9_001, "0000-0000-0000-0", at)
    nothing = dict.fromkeys(("code", "postal_code", "address", "phone"), "")
    empty = SentForm(receipt="19002", name="名前だけ", sent_at=unknown.sent_at, **nothing)
    return [unknown, empty]


def export(campaign: Campaign, rows: Iterable[SentForm], *, encoding: str = "utf-8-sig") -> bytes:
    """Write a CSV export under the campaign's headers."""
    columns = campaign.claim.columns
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    names = ("receipt", "sent_at", "code", "name", "postal_code", "address", "phone")
    writer.writerow([getattr(columns, name) for name in names] + ["備考"])
    for row in rows:
        writer.writerow([getattr(row, name) for name in names] + [""])
    return text.getvalue().encode(encoding)


def filled(data: bytes, codes: list[str]) -> bytes:
    """Put the N-th winner's code for every `{code:N}` of a CSV that somebody else wrote, in whatever encoding."""

    def code(match: re.Match[bytes]) -> bytes:
        number = int(match[1])
        return codes[number - 1].encode("ascii") if 0 < number <= len(codes) else match[0]

    return _PLACE.sub(code, data)
