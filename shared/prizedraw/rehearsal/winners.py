"""
Let winners do what winners do: most register where their prize goes, one declines, one never answers.

Their rows are a LoGoフォーム export as the campaign file maps it: all that was sent so far, newest last, with the rows
that every export holds too (a mistyped code, a form sent half empty). People and addresses are invented.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.campaign.parts import Columns
from prizedraw.times import JST

_NAMES = ("髙﨑 𠮷子", "佐藤 花子", "鈴木 一郎", "渡邉 淳", "Smith, John", "小笠原 ひかり", "㈱サンプル 御中", "=合計")
_TOWNS = (
    ("160-0022", "東京都新宿区新宿5-18-21"),
    ("１６２－０８４３", "東京都新宿区市谷田町1-1 メゾン①番館101"),
    ("1600023", "東京都新宿区西新宿2-8-1\n都庁前ビル 3F"),
    ("530-0001", "大阪府大阪市北区梅田3-1-3"),
)
_PHONES = ("090-1234-5678", "０３－１２３４－５６７８", "0312345678 内線12", "080 1111 2222")
COLUMNS = ("receipt", "sent_at", "code", "name", "postal_code", "address", "phone")
_PLACE = re.compile(rb"\{code:(\d{1,6})\}")


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


def register(number: int, code: str, at: datetime, *, receipts_from: int = 10_000) -> SentForm:
    """Invent the *number*-th form, sent at a moment."""
    postal_code, address = _TOWNS[number % len(_TOWNS)]
    return SentForm(
        receipt=f"{receipts_from + number}",
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
    writer.writerow([getattr(columns, name) for name in COLUMNS] + ["備考"])
    for row in rows:
        writer.writerow([getattr(row, name) for name in COLUMNS] + [""])
    return text.getvalue().encode(encoding)


def filled(data: bytes, codes: Sequence[str]) -> bytes:
    """Put the N-th code for every `{code:N}` of a CSV that somebody else wrote, in whatever encoding."""

    def code(match: re.Match[bytes]) -> bytes:
        number = int(match[1])
        return codes[number - 1].encode("ascii") if 0 < number <= len(codes) else match[0]

    return _PLACE.sub(code, data)


def sent_so_far(data: bytes, codes: Sequence[str]) -> bytes:
    """
    Leave the rows out whose code nobody has yet, and fill the others: a reserve registers after moving up.

    A row that goes on in another line stays, since its lines cannot be told from the rows around it.
    """
    heading, *lines = data.splitlines(keepends=True) or [b""]
    rows = [line for line in lines if not (_wants_more(line, codes) and _is_alone(line))]
    return filled(heading + b"".join(rows), codes)


def unfilled(data: bytes) -> list[int]:
    """Return the numbers of those `{code:N}` that are left, each once."""
    return sorted({int(number) for number in _PLACE.findall(data)})


def appended(data: bytes, columns: Columns, rows: Iterable[SentForm]) -> bytes | None:
    """Append rows to a CSV that somebody else wrote; None where its headings or its encoding are not known."""
    for encoding in ("utf-8", "cp932"):
        try:
            first = data.decode(encoding).lstrip("\ufeff").partition("\n")[0].strip("\r")
        except UnicodeDecodeError:
            continue
        delimiter = "\t" if "\t" in first else ","
        headings = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter))]
        names = {getattr(columns, name): name for name in COLUMNS}
        if not names.keys() <= set(headings):
            return None
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        writer.writerows([getattr(row, names[h]) if h in names else "" for h in headings] for row in rows)
        end = b"" if data.endswith((b"\n", b"\r")) else b"\r\n"
        return data + end + text.getvalue().encode(encoding, "replace")
    return None


def _wants_more(line: bytes, codes: Sequence[str]) -> bool:
    return any(int(number) > len(codes) for number in _PLACE.findall(line))


def _is_alone(line: bytes) -> bool:
    """Tell whether a line is a row of its own, as far as its quotes tell."""
    return line.count(b'"') % 2 == 0
