"""
Read, compare and show times: UTC inside, JST for people.

Google's APIs write RFC 3339 with 0 to 9 decimals; `datetime` holds 6 and text does not sort (`…00.5Z` < `…00Z`).
An *instant* here is RFC 3339 UTC with exactly 9 decimals: it sorts as text and loses nothing.
"""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
_INSTANT = re.compile(r"([12]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
"""Of the years 1000 to 2999: a time that arithmetic and time zones carry past the calendar is none."""
_WEEKDAYS = "月火水木金土日"
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_REIWA = date(2019, 5, 1)


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def instant(text: str) -> str:
    """
    Bring an RFC 3339 UTC time to 9 decimals.

    Raises:
        ValueError: *text* is not such a time; the message does not repeat it.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time in UTC")
    try:
        datetime.fromisoformat(match[1])
    except ValueError:
        raise ValueError("not a date of the calendar") from None
    return f"{match[1]}.{(match[2] or ''):0<9}Z"


def is_instant(text: str) -> bool:
    """Tell whether *text* is an instant."""
    return len(text) == len("2026-03-02T13:00:00.000000000Z") and _is_time(text)


def is_stamp(text: str) -> bool:
    """Tell whether *text* is what `stamp` writes."""
    return len(text) == len("2026-03-02T13:00:00Z") and _is_time(text)


def _is_time(text: str) -> bool:
    try:
        instant(text)
    except ValueError:
        return False
    return True


def instant_of(moment: datetime) -> str:
    """Write an aware datetime as an instant."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def moment_of(text: str) -> datetime:
    """Read an instant as an aware datetime in UTC, cut to microseconds."""
    return datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Write an aware datetime as published files do: RFC 3339 UTC, whole seconds, `Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def unstamp(text: str) -> datetime:
    """Read what `stamp` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def japanese(moment: datetime) -> str:
    """Show a moment to a reader: `3月2日（月）13:00`, JST. What follows stands close by it: `…13:00まで`."""
    local = moment.astimezone(JST)
    return f"{local.month}月{local.day}日（{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def japanese_date(day: date) -> str:
    """Show a date to a reader: `2026年3月2日（月）`."""
    return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def japanese_moment(moment: datetime) -> str:
    """Show a moment with its year, for what is read long after: `2026年3月2日（月）13:00`, JST."""
    local = moment.astimezone(JST)
    return f"{japanese_date(local.date())}{local:%H:%M}"


def japanese_era(day: date) -> str:
    """
    Show a date, or a moment's date in JST, as offices write it: `令和8年3月2日`.

    Raises:
        ValueError: it lies before the era, 2019-05-01.
    """
    if isinstance(day, datetime):
        day = day.astimezone(JST).date()
    if day < _REIWA:
        raise ValueError("before the era")
    year = day.year - _REIWA.year + 1
    return f"令和{'元' if year == 1 else year}年{day.month}月{day.day}日"


def japanese_time(moment: datetime) -> str:
    """Show a moment's time of the day: `13:00`, JST."""
    return f"{moment.astimezone(JST):%H:%M}"


def japanese_day(day: date) -> str:
    """Show a date where there is little room: `3/2（月）`."""
    return f"{day.month}/{day.day}（{_WEEKDAYS[day.weekday()]}）"


def japanese_until(limit: datetime) -> str:
    """Show an exclusive limit as the last minute that still counts: midnight of the 12th is `3月11日（水）23:59`."""
    return japanese(limit - timedelta(microseconds=1))


def moment_until(limit: datetime) -> str:
    """Show the same with its year, for what is read long after: `2026年3月11日（水）23:59`."""
    return japanese_moment(limit - timedelta(microseconds=1))


def slashed_until(limit: datetime) -> str:
    """Show the last day that still counts as shortly as can be, for a subject: `3/11`, JST."""
    local = (limit - timedelta(microseconds=1)).astimezone(JST)
    return f"{local.month}/{local.day}"


def english_until(limit: datetime) -> str:
    """Show the last minute that still counts in English: `23:59 on March 11, 2026`, JST."""
    local = (limit - timedelta(microseconds=1)).astimezone(JST)
    return f"{local:%H:%M} on {_MONTHS[local.month - 1]} {local.day}, {local.year}"
