"""
Write and read the 管理番号 by which a person on the telephone is found: `9RS-JT6-YVD`.

It is the first eight characters of the label and a Luhn mod 32 check character. It says no more than the label, which
is published, so it is no secret and proves nothing; the claim code does, and is not made from it. Eight characters are
40 bits: two of 10,000 places share them in one draw of twenty thousand, and then the whole label is asked for.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection

from prizedraw.errors import Problem, Refused
from prizedraw.fulfilment import claim_code
from prizedraw.typed.crockford import LABEL, LABEL_LENGTH, check_character, grouped, is_written, parse

_PAYLOAD = 8
LENGTH = _PAYLOAD + 1
"""Characters of a 管理番号, the check character included, its hyphens not."""
_GROUP = 3
_MOST_CHARACTERS = 100
_REFERENCE = re.compile(rf"[a-z]+-({LABEL.pattern})(?:-\d)?-[0-9a-f]+")
"""The reference at the foot of a letter (`mail.references`), as somebody may paste it."""

NO_NUMBER = Problem(
    "E-758",
    "管理番号の形ではありません。当選のお知らせの終わりにある管理番号（例：9RS-JT6-YVD）を、本人に読み上げてもらってください。"
    "公開された記録の26文字の番号でもかまいません。",
)
WRONG_CHECK = Problem(
    "E-759",
    "管理番号の最後の文字（確認用）が、ほかの文字と合いません。聞き間違いか打ち間違いです。もう一度、一文字ずつ確かめてください。"
    "O（オー）と0（ゼロ）、I（アイ）・L（エル）と1（イチ）は、どちらを入れてもかまいません。",
)
IS_CODE = Problem(
    "E-760",
    "これは当選コードで、ここでは使えません。当選のお知らせの終わりにある管理番号（例：9RS-JT6-YVD）を入力してください。",
)
SHARED = Problem(
    "E-761",
    "この管理番号の方が{count}人います。お知らせの最後の行の「配信記号」を読み上げてもらい、その中の26文字の番号を入力してください。",
)
UNKNOWN = Problem(
    "E-751",
    "この番号の当選者・補欠はいません。聞き間違いでなければ、この番号が書かれたメールは、偽物のおそれがあります。"
    '当選の権利がある方の管理番号は、現在の状況（status）を {{"holders": true}} で実行すると表示されます。',
)


def number_of(label: str) -> str:
    """Return the 管理番号 of a label, `9RS-JT6-YVD`; what is no label stays as it is."""
    if not LABEL.fullmatch(label):
        return label
    payload = label[:_PAYLOAD].upper()
    return grouped(payload + check_character(payload), _GROUP)


def is_number(typed: str) -> bool:
    """Tell whether what was typed is as long as a 管理番号 or a label, or is a letter's reference."""
    return _label(typed) is not None or len(_parsed(typed)) == LENGTH


def find(typed: str, labels: Collection[str]) -> str:
    """
    Return the one of *labels* that was typed: its 管理番号, itself, or a letter's reference, in any width and case.

    Raises:
        Refused: it is none of these, its check character is wrong, it names nobody, or more than one.
    """
    label = _label(typed)
    if label is not None:
        if label not in labels:
            raise Refused(UNKNOWN)
        return label
    number = _parsed(typed)
    if claim_code.is_as_long(typed):
        raise Refused(IS_CODE)
    if len(number) != LENGTH or not is_written(number):
        raise Refused(NO_NUMBER)
    if check_character(number[:_PAYLOAD]) != number[_PAYLOAD]:
        raise Refused(WRONG_CHECK)
    named = [label for label in labels if label.startswith(number[:_PAYLOAD].lower())]
    if not named:
        raise Refused(UNKNOWN)
    if len(named) > 1:
        raise Refused(SHARED, count=len(named))
    return named[0]


def by_number(labels: Collection[str]) -> dict[str, str]:
    """Return *labels* by their 管理番号, less those that share one."""
    times = Counter(map(number_of, labels))
    return {number: label for label in labels if times[number := number_of(label)] == 1}


def normalise(typed: str) -> str | None:
    """Return a typed 管理番号 as `number_of` writes it; None if it is none."""
    number = _parsed(typed)
    if len(number) != LENGTH or not is_written(number) or check_character(number[:_PAYLOAD]) != number[_PAYLOAD]:
        return None
    return grouped(number, _GROUP)


def _label(typed: str) -> str | None:
    """Return the whole label that was typed, or that stands in a letter's reference."""
    if len(typed) > _MOST_CHARACTERS:
        return None
    pasted = _REFERENCE.fullmatch(unicodedata.normalize("NFKC", typed).strip().lower())
    if pasted is not None:
        return pasted[1]
    whole = _parsed(typed)
    return whole.lower() if len(whole) == LABEL_LENGTH and is_written(whole) else None


def _parsed(typed: str) -> str:
    return parse(typed) if len(typed) <= _MOST_CHARACTERS else ""
