"""Who loses a place for want of a registration: only on proof, and by schedule only if they are few."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.fulfilment.lapses import dropped_at, is_underway, lapsed, lapsing, may_bring_more, overdue
from prizedraw.records.fulfilment import Import
from prizedraw.records.verdicts import Unread, Verdict
from prizedraw.times import stamp
from support.clock import DAY, HOUR, MINUTE, SECOND

DEADLINE = datetime(2026, 3, 11, 15, tzinfo=UTC)
TOLD = DEADLINE - 7 * DAY
NOW = DEADLINE + 2 * HOUR


def holder(name: str, deadline: datetime = DEADLINE, told: datetime | None = TOLD, **changes: bool) -> Holder:
    """Return somebody who was told of their prize and has not registered."""
    return Holder(name, "A", TOLD, deadline, promoted=False, told=told, **changes)


def standing(*holders: Holder) -> Standing:
    return Standing(holders, {})


def csv(at: datetime = DEADLINE + HOUR, *, complete: bool = True, problem: str = "", **changes: object) -> Import:
    """Return a whole list of one registration, imported to its end, that was dropped *at* that time."""
    whole = Import(f"file-{at}", stamp(at), 1, {"imported": 1}, complete, problem=problem)
    return replace(whole, **changes)  # type: ignore[arg-type]


def names(holders: "list[Holder] | tuple[Holder, ...]") -> list[str]:
    return [one.label for one in holders]


NINE = standing(holder("late"), *(holder(f"good{n}", claimed=True) for n in range(8)))


class TestTheOverdue:
    @pytest.mark.parametrize(("ago", "is_overdue"), [(-SECOND, False), (timedelta(), True), (SECOND, True)])
    def test_are_over_at_their_deadline_which_is_exclusive(self, ago: timedelta, is_overdue: bool) -> None:
        assert bool(overdue(standing(holder("late")), DEADLINE + ago)) is is_overdue

    @pytest.mark.parametrize("good", [holder("good", claimed=True), holder("good", listed=True)])
    def test_are_not_those_who_registered_by_whatever_record(self, good: Holder) -> None:
        assert overdue(standing(good), NOW) == []

    def test_are_not_those_whom_no_letter_has_told(self) -> None:
        assert overdue(standing(holder("untold", told=None)), NOW) == []

    def test_are_told_each_by_their_own_deadline(self) -> None:
        assert names(overdue(standing(holder("late"), holder("promoted", NOW + DAY)), NOW)) == ["late"]


class TestTheLapsed:
    def test_are_the_overdue_once_a_later_csv_is_through(self) -> None:
        assert names(lapsed(NINE, [csv()], NOW)) == ["late"]

    @pytest.mark.parametrize(("ago", "lapses"), [(-SECOND, False), (timedelta(), True)])
    def test_are_told_by_a_csv_dropped_at_their_deadline_or_later(self, ago: timedelta, lapses: bool) -> None:
        assert bool(lapsed(NINE, [csv(DEADLINE + ago)], NOW)) is lapses

    def test_are_nobody_without_a_csv_or_before_one_is_through(self) -> None:
        assert lapsed(NINE, [], NOW) == []
        assert lapsed(NINE, [csv(complete=False, problem=Unread.RUNNING.value)], NOW) == []

    def test_are_not_those_of_whom_a_row_awaits_an_operator(self) -> None:
        assert lapsed(NINE, [csv()], NOW, {"late"}) == []

    def test_are_nobody_while_a_newer_file_may_name_them(self) -> None:
        assert lapsed(NINE, [csv(), csv(NOW, complete=False, problem=Unread.ENCODING.value)], NOW) == []


class TestAFileThatIsNotThrough:
    """May a winner stand in it? The newest that is through was dropped two days ago."""

    NEWEST = NOW - 2 * DAY

    @pytest.mark.parametrize(
        ("dropped", "problem", "may"),
        [
            (NEWEST, Unread.ENCODING.value, True),
            (NEWEST - SECOND, Unread.ENCODING.value, False),
            (NEWEST - SECOND, "", False),
            (NEWEST - SECOND, Unread.RUNNING.value, False),
            (NOW, "", True),
        ],
    )
    def test_holds_up_what_is_newer_and_no_more(self, dropped: datetime, problem: str, may: bool) -> None:
        assert may_bring_more(csv(dropped, complete=False, problem=problem), self.NEWEST, NOW) is may

    @pytest.mark.parametrize("problem", ["", Unread.RUNNING.value])
    def test_is_waited_for_one_day_if_its_import_has_stopped_half_way(self, problem: str) -> None:
        newest = NOW - MINUTE
        for dropped, may in ((NOW - DAY, True), (NOW - DAY - SECOND, False)):
            assert may_bring_more(csv(dropped, complete=False, problem=problem), newest, NOW) is may

    @pytest.mark.parametrize("problem", ["", Unread.RUNNING.value])
    def test_is_underway_for_one_hour_after_it_was_dropped(self, problem: str) -> None:
        for dropped, goes_on in ((NOW, True), (NOW - HOUR + SECOND, True), (NOW - HOUR, False)):
            assert is_underway(csv(dropped, complete=False, problem=problem), NOW) is goes_on

    def test_is_underway_no_more_once_it_could_not_be_read_or_is_through(self) -> None:
        assert not is_underway(csv(NOW, complete=False, problem=Unread.BROKEN.value), NOW)
        assert not is_underway(csv(NOW), NOW)

    def test_that_could_not_be_read_is_not_waited_for_once_a_newer_one_is_through(self) -> None:
        old = csv(NOW - HOUR, complete=False, problem=Unread.BROKEN.value)
        assert not may_bring_more(old, NOW - MINUTE, NOW)


class TestTheSchedule:
    def test_lets_the_few_go_who_are_missing_in_the_whole_list(self) -> None:
        found = lapsing(NINE, [csv()], NOW, before=0)
        assert (found.is_proven, found.are_many, names(found.by_schedule)) == (True, False, ["late"])
        assert (found.awaits_operator, found.places, found.registered, found.before) == (False, 9, 8, 0)

    @pytest.mark.parametrize(
        "file",
        [
            csv(missing=1),
            csv(rows=0, counts={}),
            csv(rows=2, counts={Verdict.UNKNOWN_CODE.value: 1, Verdict.BAD_CODE.value: 1}),
        ],
        ids=["lacks a registration", "is empty", "names nobody"],
    )
    def test_lets_nobody_go_by_a_list_that_is_not_whole(self, file: Import) -> None:
        found = lapsing(NINE, [file], NOW, before=0)
        assert (names(found.holders), found.is_proven, found.by_schedule) == (["late"], False, ())
        assert found.awaits_operator

    @pytest.mark.parametrize(("before", "goes"), [(0, True), (2, True), (3, False)])
    def test_lets_go_of_no_more_than_a_third_those_before_included(self, before: int, goes: bool) -> None:
        found = lapsing(NINE, [csv()], NOW, before=before)
        assert bool(found.by_schedule) is goes
        assert found.awaits_operator is not goes

    def test_awaits_nobody_where_nobody_lapsed(self) -> None:
        found = lapsing(standing(holder("good", claimed=True)), [csv(missing=1)], NOW, before=0)
        assert (found.holders, found.awaits_operator) == ((), False)

    def test_leaves_who_is_spared(self) -> None:
        assert lapsing(NINE, [csv()], NOW, 0, {"late"}).holders == ()

    def test_goes_by_the_newest_list_and_of_two_dropped_at_once_by_the_one_that_proves_less(self) -> None:
        older, whole = csv(DEADLINE, missing=3), csv()
        assert lapsing(NINE, [whole, older], NOW, before=0).file == whole
        half = replace(whole, id="half", missing=1)
        for files in ([whole, half], [half, whole]):
            assert lapsing(NINE, files, NOW, before=0).file == half

    def test_of_no_list_has_nothing_to_go_by(self) -> None:
        found = lapsing(NINE, [csv(complete=False)], NOW, before=0)
        assert (found.file, found.is_proven, found.holders) == (None, False, ())


@pytest.mark.parametrize("written", ["2026-03-11T16:00:00Z", "2026-03-11T16:00:00.000Z", "2026-03-11T16:00:00.000000Z"])
def test_when_a_file_was_dropped_is_read_whatever_number_of_decimals_storage_wrote(written: str) -> None:
    assert dropped_at(csv(dropped_at=written)) == DEADLINE + HOUR
