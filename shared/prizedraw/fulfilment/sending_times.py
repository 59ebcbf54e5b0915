"""Read 送信日時 as form services and spreadsheets write it."""

import re
import unicodedata
from datetime import UTC, datetime

from prizedraw.times import JST

_MOST_CHARACTERS = 64
"""What is longer is no moment; NFKC of it could take for ever."""
_SENT_AT = re.compile(
    r"(20\d\d)[-/](\d{1,2})[-/](\d{1,2})(?:T|\s+)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?\s*(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_KANJI_DATE = str.maketrans({"年": "/", "月": "/", "日": " "})


def parse_sent_at(text: str) -> datetime | None:
    """
    Read 送信日時: ISO 8601, `2026/03/05 12:34`, `2026年3月5日 12:34`, with or without seconds, in any width.

    What carries no offset is meant in Japan. The moment is returned in UTC; None: it is no such moment.
    """
    if len(text) > _MOST_CHARACTERS:
        return None
    match = _SENT_AT.fullmatch(unicodedata.normalize("NFKC", text).strip().translate(_KANJI_DATE))
    if match is None:
        return None
    *numbers, fraction, offset = match.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    microsecond = int((fraction or "").ljust(6, "0"))
    try:
        zone = datetime.strptime(offset, "%z").tzinfo if offset else JST
        return datetime(year, month, day, hour, minute, second, microsecond, zone).astimezone(UTC)
    except ValueError:
        return None
