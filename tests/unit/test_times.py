"""Times: UTC inside at full precision, JST for people, and nothing that a foreign text says in an error."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw import times

_YEARS = datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2999-12-30")
MOMENTS = st.datetimes(*_YEARS, timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-02-10T01:02:03Z", "2026-02-10T01:02:03.000000000Z"),
        ("2026-02-10T01:02:03.5Z", "2026-02-10T01:02:03.500000000Z"),
        ("2026-02-10T01:02:03.123456789Z", "2026-02-10T01:02:03.123456789Z"),
        ("2026-02-10T01:02:03.000000001Z", "2026-02-10T01:02:03.000000001Z"),
        ("2028-02-29T23:59:59.999999999Z", "2028-02-29T23:59:59.999999999Z"),
    ],
)
def test_an_instant_has_nine_decimals_and_loses_none(text: str, instant: str) -> None:
    assert times.instant(text) == instant
    assert times.instant(instant) == instant


def test_instants_sort_as_text_where_google_s_times_do_not() -> None:
    earlier, later = "2026-02-10T01:02:03Z", "2026-02-10T01:02:03.5Z"
    assert later < earlier
    assert times.instant(earlier) < times.instant(later)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "taro@example.jp",
        "2026-02-10",
        "2026-02-10T01:02:03",
        "2026-02-10T01:02:03+00:00",
        "2026-02-10T01:02:03z",
        "2026-02-10 01:02:03Z",
        "2026-02-10T01:02:03.Z",
        "2026-02-10T01:02:03.1234567890Z",
        "2026-02-10T01:02:03Z\n",
        " 2026-02-10T01:02:03Z",
        "２０２６-02-10T01:02:03Z",
        "2026-02-29T01:02:03Z",
        "2026-13-01T01:02:03Z",
        "2026-02-10T24:00:01Z",
        "2026-02-10T01:60:03Z",
        "0000-01-01T00:00:00Z",
        "0999-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "2026-02-10T24:00:00Z",
    ],
)
def test_what_is_no_time_in_utc_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a") as caught:
        times.instant(text)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert not text or text not in str(caught.value)


@given(MOMENTS)
def test_a_moment_goes_to_an_instant_and_back(moment: datetime) -> None:
    instant = times.instant_of(moment)
    assert times.instant(instant) == instant
    assert times.moment_of(instant) == moment


@given(MOMENTS, MOMENTS)
def test_instants_sort_as_their_moments_do(one: datetime, other: datetime) -> None:
    assert (times.instant_of(one) < times.instant_of(other)) == (one < other)


def test_an_instant_is_cut_to_microseconds_when_read_as_a_moment() -> None:
    assert times.moment_of("2026-02-10T01:02:03.123456999Z") == datetime(2026, 2, 10, 1, 2, 3, 123456, tzinfo=UTC)


def test_an_instant_of_another_zone_is_written_in_utc() -> None:
    noon_in_japan = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=9)))
    assert times.instant_of(noon_in_japan) == "2026-03-02T03:00:00.000000000Z"


def test_a_stamp_is_whole_seconds_in_utc_and_is_read_back() -> None:
    moment = datetime(2026, 3, 2, 13, 0, 0, 999_999, tzinfo=times.JST)
    assert times.stamp(moment) == "2026-03-02T04:00:00Z"
    assert times.unstamp("2026-03-02T04:00:00Z") == datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 3, 2, 4, 0, tzinfo=UTC), "3月2日（月）13:00"),
        (datetime(2026, 3, 1, 15, 0, tzinfo=UTC), "3月2日（月）00:00"),
        (datetime(2026, 3, 1, 14, 59, 59, tzinfo=UTC), "3月1日（日）23:59"),
        (datetime(2026, 12, 31, 15, 5, tzinfo=UTC), "1月1日（金）00:05"),
    ],
)
def test_readers_see_japanese_time_with_the_weekday(moment: datetime, shown: str) -> None:
    assert times.japanese(moment) == shown


def test_readers_see_a_date_with_the_weekday() -> None:
    assert times.japanese_date(date(2026, 3, 31)) == "2026年3月31日（火）"


def test_readers_see_a_moment_with_its_year() -> None:
    assert times.japanese_moment(datetime(2026, 3, 31, 15, 4, tzinfo=UTC)) == "2026年4月1日（水）00:04"


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (datetime(2026, 3, 11, 15, 0, tzinfo=UTC), "3月11日（水）23:59"),
        (datetime(2026, 3, 11, 8, 0, tzinfo=UTC), "3月11日（水）16:59"),
    ],
)
def test_an_exclusive_limit_is_shown_as_the_last_minute_that_counts(limit: datetime, shown: str) -> None:
    assert times.japanese_until(limit) == shown


def test_the_present_is_aware_and_in_utc() -> None:
    assert times.utc_now().tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 12, 31), "令和元年12月31日"),
        (date(2020, 1, 1), "令和2年1月1日"),
        (date(2026, 3, 28), "令和8年3月28日"),
        (datetime(2026, 3, 27, 15, 0, tzinfo=UTC), "令和8年3月28日"),
        (datetime(2026, 3, 27, 14, 59, tzinfo=UTC), "令和8年3月27日"),
    ],
)
def test_offices_count_the_years_of_the_era(day: date, shown: str) -> None:
    assert times.japanese_era(day) == shown


def test_a_day_before_the_era_has_no_such_date() -> None:
    with pytest.raises(ValueError, match=r"^before the era$"):
        times.japanese_era(date(2019, 4, 30))
