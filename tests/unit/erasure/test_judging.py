"""What is said of a place: derived from the rows of earlier runs and what this run has read, and from nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.erasure.judging import Seen, came_back, judge, past, row_id, rows_of, sum_of
from prizedraw.erasure.places import PLACES, Place, PlaceKind
from prizedraw.erasure.state import PlaceReport, PlaceState, consistent
from prizedraw.ports import Create, Found
from prizedraw.records.erasure import Attestation, ErasureRow, LinkedSheets, PersonRequest
from prizedraw.times import stamp

NOW = datetime(2026, 3, 27, 0, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY_ID = {place.id: place for place in PLACES}
PROGRAM, KEY, TIME, PERSON = (BY_ID[id] for id in ("entries", "keys", "history-sealed", "logo"))
PLACES_OF_PERSONS = [place for place in PLACES if place.kind is PlaceKind.PERSON]
ATTESTED = Attestation("form", "山田 太郎", stamp(NOW - HOUR), "taro@contractor.example")


def row(number: int, before: int | None, after: int | None, at: datetime = NOW - HOUR, problem: str = "") -> ErasureRow:
    return ErasureRow(f"x-{number:04d}", "x", stamp(at), before, after, "", problem)


def judged(
    place: Place, found: Found | None = None, *rows: ErasureRow, now: datetime = NOW, **said: Any
) -> PlaceReport:
    """Judge a place whose time has come and that was just read, unless it is told otherwise; it never contradicts."""
    given: dict[str, Any] = {"due": True, "seen": Seen(NOW, found), "attestation": None} | said
    report = judge(place, rows=rows, now=now, **given)
    assert consistent(report, now), report
    return report


def _numbered(id: str) -> ErasureRow:
    return ErasureRow(id, id.rpartition("-")[0], stamp(NOW), 1, 1)


GONE = (row(1, 7, 7, NOW - 2 * HOUR), row(2, 7, 0))


class TestRows:
    def test_are_told_apart_by_place_in_the_order_of_their_numbers(self) -> None:
        state = Memory("rally")
        ids = [row_id("a", number) for number in range(1, 10_002)] + ["b-c-0001"]
        for start in range(0, len(ids), 500):
            state.commit([Create(_numbered(id)) for id in ids[start : start + 500]])
        found = {place: [row.id for row in rows] for place, rows in rows_of(state).items()}
        assert found == {"a": ids[:-1], "b-c": ["b-c-0001"]}

    def test_end_where_a_number_is_missing(self) -> None:
        state = Memory("rally")
        state.commit(
            [Create(_numbered(id)) for id in ("a-0001", "a-0002", "a-0004", "a-00003", "a-x", "0003", "b-9999")]
        )
        found = {place: [row.id for row in rows] for place, rows in rows_of(state).items() if rows}
        assert found == {"a": ["a-0001", "a-0002"]}

    @pytest.mark.parametrize(
        "record",
        [
            row(1, None, None, problem="E-180"),
            row(1, 3, 0),
            ATTESTED,
            LinkedSheets("current", ("a", "b")),
            PersonRequest("AB", "2026-03-01T00:00:00Z", "", ("r1", "r2"), {"sealed/entries": 1}),
        ],
    )
    def test_records_read_back(self, record: Any) -> None:
        state = Memory("rally")
        state.commit([Create(record)])
        stored = state.get(type(record), record.id)
        assert stored is not None
        assert stored.record == record


class TestPast:
    def test_of_no_rows_says_nothing(self) -> None:
        found = past([])
        assert (found.found, found.erased_at, found.last) == (None, None, None)

    def test_an_erasure_is_at_the_row_that_found_nothing_left(self) -> None:
        found = past([*GONE, row(3, 0, 0, NOW)])
        assert (found.found, found.erased_at) == (7, NOW - HOUR)

    def test_a_run_that_was_killed_left_its_count(self) -> None:
        found = past([row(1, 7, 7), row(2, 0, 0, NOW)])
        assert (found.found, found.erased_at) == (7, NOW)

    def test_what_could_not_be_read_in_between_changes_nothing(self) -> None:
        found = past([*GONE, row(3, None, None, NOW, "E-180"), row(4, 0, 0, NOW)])
        assert (found.found, found.erased_at) == (7, NOW - HOUR)

    def test_what_came_again_must_be_erased_again(self) -> None:
        assert past([*GONE, row(3, 2, 2)]).erased_at is None
        assert past([*GONE, row(3, 2, 2), row(4, 2, 0, NOW)]).erased_at == NOW

    def test_where_there_never_was_anything_nothing_was_erased(self) -> None:
        found = past([row(1, 0, 0)])
        assert (found.found, found.erased_at) == (0, None)

    def test_an_erasure_that_nobody_counted_leaves_no_count_whatever_was_seen_before_it(self) -> None:
        found = past([row(1, 0, 0), row(2, None, 0, NOW)])
        assert (found.found, found.erased_at) == (None, NOW)

    def test_what_the_last_report_told_is_not_taken_back_by_rows_that_are_missing(self) -> None:
        told = judged(PROGRAM, Found(0), *GONE)
        found = past([], told)
        assert (found.found, found.erased_at) == (7, NOW - HOUR)

    def test_what_came_again_has_not_gone_whatever_the_last_report_told(self) -> None:
        told = judged(PROGRAM, Found(0), *GONE)
        found = past([*GONE, row(3, 2, 2, NOW)], told)
        assert (found.found, found.erased_at) == (7, None)

    def test_before_its_time_a_place_waits(self) -> None:
        assert judged(PROGRAM, Found(7), due=False, seen=None).state is PlaceState.WAITING

    def test_what_this_run_did_not_come_to_is_unread(self) -> None:
        report = judged(PROGRAM, None, *GONE, seen=None)
        assert (report.state, report.after, report.read_at) == (PlaceState.UNREAD, None, None)

    def test_what_could_not_be_read_is_unread_though_it_was_erased(self) -> None:
        report = judged(PROGRAM, None, *GONE)
        assert (report.state, report.before, report.erased_at) == (PlaceState.UNREAD, 7, NOW - HOUR)

    def test_what_does_not_tell_its_count_is_unread(self) -> None:
        assert judged(PROGRAM, Found(None), *GONE).state is PlaceState.UNREAD

    def test_what_is_left_is_open(self) -> None:
        report = judged(PROGRAM, Found(2), *GONE)
        assert (report.state, report.before, report.after) == (PlaceState.OPEN, 7, 2)

    def test_what_was_erased_and_is_read_to_be_empty_is_done(self) -> None:
        report = judged(PROGRAM, Found(0), *GONE)
        assert (report.state, report.before, report.after) == (PlaceState.DONE, 7, 0)
        assert (report.erased_at, report.read_at, report.until) == (NOW - HOUR, NOW, None)

    def test_what_never_held_anything_is_done(self) -> None:
        report = judged(PROGRAM, Found(0), row(1, 0, 0))
        assert (report.state, report.before, report.erased_at) == (PlaceState.DONE, 0, None)

    def test_what_was_empty_when_it_was_first_read_held_nothing_before(self) -> None:
        assert judged(PROGRAM, Found(0)).before == 0

    def test_what_is_empty_after_an_erasure_that_nobody_counted_says_nothing_of_before(self) -> None:
        assert judged(PROGRAM, Found(0), row(1, None, 0)).before is None

    def test_what_can_still_be_restored_is_in_its_window(self) -> None:
        report = judged(PROGRAM, Found(0, NOW + DAY), *GONE)
        assert (report.state, report.until) == (PlaceState.WINDOW, NOW + DAY)

    def test_the_mailbox_has_a_window_of_its_own_since_the_last_mail_went(self) -> None:
        report = judged(BY_ID["mailbox"], Found(0), *GONE)
        assert (report.state, report.until) == (PlaceState.WINDOW, NOW - HOUR + timedelta(days=25))
        later = NOW - HOUR + timedelta(days=25)
        assert judged(BY_ID["mailbox"], Found(0), *GONE, now=later, seen=Seen(later, Found(0))).state is PlaceState.DONE

    def test_a_window_is_over_at_its_last_second(self) -> None:
        seen = Seen(NOW, Found(0, NOW + HOUR))
        assert judged(PROGRAM, None, *GONE, seen=seen, now=NOW + HOUR - timedelta(seconds=1)).state is PlaceState.WINDOW
        assert judged(PROGRAM, None, *GONE, seen=seen, now=NOW + HOUR).state is PlaceState.DONE

    def test_an_attestation_does_not_help(self) -> None:
        report = judged(PROGRAM, Found(None), *GONE, attestation=ATTESTED)
        assert (report.state, report.attestation) == (PlaceState.UNREAD, None)


class TestOfKeys:
    def test_scheduled_ones_are_in_their_window(self) -> None:
        assert judged(KEY, Found(0, NOW + DAY), *GONE).state is PlaceState.WINDOW

    def test_destroyed_ones_are_done(self) -> None:
        assert judged(KEY, Found(0), *GONE).state is PlaceState.DONE


class TestOfTime:
    def test_a_backup_is_a_window_until_it_expires(self) -> None:
        report = judged(TIME, Found(3, NOW + DAY), row(1, 3, 3))
        assert (report.state, report.after, report.erased_at) == (PlaceState.WINDOW, 3, None)

    def test_a_backup_that_should_be_gone_is_open(self) -> None:
        assert judged(TIME, Found(3, NOW)).state is PlaceState.OPEN
        assert judged(TIME, Found(3)).state is PlaceState.OPEN

    def test_old_versions_are_a_window_without_any_backup(self) -> None:
        assert judged(TIME, Found(0, NOW + HOUR), row(1, 0, 0)).state is PlaceState.WINDOW

    def test_afterwards_it_is_done(self) -> None:
        assert judged(TIME, Found(0, NOW - HOUR), row(1, 0, 0)).state is PlaceState.DONE


class TestOfPersons:
    @pytest.mark.parametrize("place", PLACES_OF_PERSONS, ids=lambda place: place.id)
    @pytest.mark.parametrize("count", [0, None])
    def test_what_seems_empty_waits_for_the_person(self, place: Place, count: int | None) -> None:
        assert judged(place, Found(count)).state is PlaceState.UNATTESTED

    @pytest.mark.parametrize("place", PLACES_OF_PERSONS, ids=lambda place: place.id)
    def test_what_is_seen_not_to_be_empty_is_open_whatever_was_attested(self, place: Place) -> None:
        assert judged(place, Found(3), attestation=ATTESTED).state is PlaceState.OPEN

    @pytest.mark.parametrize("place", PLACES_OF_PERSONS, ids=lambda place: place.id)
    def test_what_could_not_be_read_now_is_unread_whatever_was_attested(self, place: Place) -> None:
        assert judged(place, None, attestation=ATTESTED).state is PlaceState.UNREAD

    def test_what_no_program_reads_is_declared_by_the_attestation_and_never_called_done(self) -> None:
        report = judged(PERSON, Found(None), attestation=ATTESTED)
        assert (report.state, report.after, report.read_at) == (PlaceState.DECLARED, None, None)
        assert report.attestation is not None
        assert (report.attestation.by, report.attestation.at) == ("山田 太郎", NOW - HOUR)

    @pytest.mark.parametrize("id", ["form", "sheet"])
    def test_a_file_that_is_gone_can_be_restored_for_25_days(self, id: str) -> None:
        report = judged(BY_ID[id], Found(None), attestation=ATTESTED)
        assert (report.state, report.until) == (PlaceState.WINDOW, NOW - HOUR + timedelta(days=25))
        later = NOW + timedelta(days=25)
        seen = Seen(later, Found(None))
        assert judged(BY_ID[id], None, seen=seen, now=later, attestation=ATTESTED).state is PlaceState.DECLARED

    def test_a_form_without_responses_has_no_window_even_in_the_bin(self) -> None:
        report = judged(BY_ID["form"], Found(0, NOW + 30 * DAY), attestation=ATTESTED)
        assert (report.state, report.until) == (PlaceState.DONE, None)

    def test_a_form_in_the_bin_that_still_has_responses_is_open(self) -> None:
        report = judged(BY_ID["form"], Found(500, NOW + 30 * DAY), attestation=ATTESTED)
        assert (report.state, report.until) == (PlaceState.OPEN, NOW + 30 * DAY)

    def test_a_sheet_that_never_was_is_none(self) -> None:
        report = judged(BY_ID["sheet"], None, seen=Seen(NOW, Found(0), none=True))
        assert (report.state, report.before) == (PlaceState.NONE, None)


class TestSums:
    def test_add_counts_and_take_the_latest_end(self) -> None:
        assert sum_of([Found(2, NOW), Found(3), Found(0, NOW + DAY)]) == Found(5, NOW + DAY)

    def test_are_unknown_if_one_is(self) -> None:
        assert sum_of([Found(2), Found(None, NOW)]) == Found(None, NOW)

    def test_of_nothing_are_nothing(self) -> None:
        assert sum_of([]) == Found(0)


class TestWhatCameBack:
    ERASED, FOUND = row(1, 7, 0, NOW - 3 * HOUR), row(2, 2, 0, NOW - 2 * HOUR)

    def test_is_what_was_found_where_nothing_had_been_left(self) -> None:
        assert came_back([self.ERASED, self.FOUND], NOW - DAY) == NOW - 2 * HOUR

    def test_is_not_what_was_there_at_first_or_had_been_left(self) -> None:
        assert came_back([self.ERASED], NOW - DAY) is None
        assert came_back([row(1, 7, 3), row(2, 3, 0)], NOW - DAY) is None
        assert came_back([row(1, 7, None), row(2, 3, 0)], NOW - DAY) is None

    def test_is_nothing_where_nothing_was_found(self) -> None:
        assert came_back([self.ERASED, row(2, 0, 0), row(3, None, None, problem="E-822")], NOW - DAY) is None

    def test_is_told_by_its_last_time(self) -> None:
        assert came_back([self.ERASED, self.FOUND, row(3, 1, 0, NOW - HOUR)], NOW - DAY) == NOW - HOUR

    @pytest.mark.parametrize(("later", "back"), [(0, NOW - 2 * HOUR), (1, None)])
    def test_counts_from_a_moment_on(self, later: int, back: datetime | None) -> None:
        assert came_back([self.ERASED, self.FOUND], NOW - 2 * HOUR + timedelta(seconds=later)) == back
