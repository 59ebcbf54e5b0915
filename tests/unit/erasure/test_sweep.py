"""The walk through the places: look, note, erase, look again, note; and one failure keeps nothing else from going."""

from datetime import timedelta
from typing import Any

import pytest

from prizedraw.erasure.judging import rows_of
from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.erasure.state import PlaceState
from prizedraw.errors import Again
from prizedraw.ports import Record
from prizedraw.records.entries import LedgerRow
from prizedraw.records.running import JournalRow
from prizedraw.times import unstamp
from support import erasure, stages
from support.clock import DAY, HOUR, SECOND, TIMES_OF_ERASE
from support.erasure import Ground
from support.fakes.places import AWAY, DENIED, FakeEraser, FakeHistory
from support.faults import interposed
from support.world import sentences

BUCKET, PLACE = "bucket/exports", "exports-bucket"


def ready(left: int | None = 2, **given: Any) -> Ground:
    """Return a campaign that is to be erased, so many things in its exports bucket, one a page."""
    made = erasure.ready()
    made.erasers[BUCKET] = FakeEraser(left, page=1, **given)
    return made


def calls(made: Ground) -> list[str]:
    return made.erasers[BUCKET].asked


def rows(made: Ground) -> list[tuple[int | None, int | None]]:
    return made.rows(PLACE)


def erased(made: Ground) -> list[int]:
    """Return how much went from the bucket, by what the journal says."""
    entries = [row for row in made.world.state.scan(JournalRow) if row.action == "erased"]
    return [row.counts[PLACE] for row in entries if PLACE in row.counts]


class TestAPlace:
    def test_is_looked_at_before_and_after_and_erased_until_nothing_goes(self) -> None:
        made = ready()
        made.daily()
        assert calls(made) == ["look", "erase", "erase", "erase", "look"]
        assert (rows(made), erased(made)) == ([(2, 2), (2, 0)], [2])

    def test_that_is_empty_is_looked_at_and_left(self) -> None:
        made = ready(0)
        made.daily()
        assert calls(made) == ["look"]
        assert (rows(made), erased(made)) == ([(0, 0)], [])

    def test_that_nobody_can_count_is_emptied_and_what_went_is_what_was_there(self) -> None:
        """A count that fails at first; the second look finds nothing left."""
        made = ready(2, away=1)
        said = sentences(made.daily())
        assert rows(made) == [(2, 0)]
        assert "エラー番号" not in said
        assert made.place(PLACE).before == 2

    def test_that_nobody_can_count_and_where_nothing_goes_was_empty(self) -> None:
        made = ready(0, away=1)
        made.daily()
        assert rows(made) == [(0, 0)]

    def test_of_which_nothing_new_is_to_be_said_gets_no_other_row(self) -> None:
        made = ready()
        for _ in range(3):
            made.daily()
            made.world.clock.wait(DAY)
        assert (rows(made), erased(made)) == ([(2, 2), (2, 0)], [2])

    def test_to_which_something_came_back_is_erased_again_and_told(self) -> None:
        made = ready()
        made.daily()
        made.world.clock.wait(DAY)
        made.erasers[BUCKET].left = 1
        made.daily()
        assert (rows(made), erased(made)) == ([(2, 2), (2, 0), (1, 1), (1, 0)], [2, 1])

    def test_is_only_looked_at_where_nobody_let_it_be_erased(self) -> None:
        made = ready()
        made.erase()
        assert set(calls(made)) == {"look"}
        assert (rows(made), made.erasers[BUCKET].left) == ([], 2)

    def test_that_there_never_was_gets_no_row(self) -> None:
        """A form that was never linked to a spreadsheet has none that could be looked at."""
        made = ready()
        made.form.sheet = ""
        made.daily()
        assert (made.place("sheet").state, made.rows("sheet")) == (PlaceState.NONE, [])


class TestAFailure:
    @pytest.mark.parametrize("how", ["denied", "lost"])
    def test_is_told_at_its_place_and_keeps_no_other_from_being_erased(self, how: str) -> None:
        made = ready()
        eraser = made.erasers[BUCKET]
        eraser.denied, eraser.replies_lost = how == "denied", int(how == "lost")
        said = sentences(made.daily())
        left = {store: number for store, number in made.left().items() if number}
        assert set(left) == {BUCKET}
        (last,) = rows_of(made.world.state)[PLACE][-1:]
        assert last.problem == (DENIED.code if how == "denied" else "E-180")
        assert said.count(f"エラー番号：{last.problem}") == 1

    def test_to_look_is_told_at_its_place_too(self) -> None:
        made = ready(None, away=10**6)
        said = sentences(made.daily())
        assert made.place(PLACE).state is PlaceState.UNREAD
        assert said.count(f"エラー番号：{AWAY.code}") == 1
        assert "次の定期実行でやり直します" in said

    def test_to_list_what_nobody_declared_is_told_too(self) -> None:
        made = ready()
        made.inventories["bucket"].away = 10**6
        said = sentences(made.daily())
        assert said.count(f"エラー番号：{AWAY.code}") == 1

    def test_that_did_not_happen_is_not_spoken_of(self) -> None:
        said = sentences(ready().daily())
        assert "エラー番号" not in said

    def test_is_over_with_the_next_run_that_comes_through(self) -> None:
        made = ready()
        made.erasers[BUCKET].denied = True
        made.daily()
        made.erasers[BUCKET].denied = False
        made.world.clock.wait(DAY)
        made.daily()
        assert rows(made)[-1] == (2, 0)
        assert rows_of(made.world.state)[PLACE][-1].problem == ""

    def test_in_which_more_may_have_gone_than_was_told_leaves_the_count_of_before(self) -> None:
        """The count failed, and so did the reply of the erasure: how much there was nobody knows."""
        made = ready(2, away=1, replies_lost=1)
        made.daily()
        assert rows(made)[0] == (None, 1)


def slowly(made: Ground) -> FakeEraser:
    """Let each page of the bucket take half of the time of a run; return its eraser."""
    eraser = made.erasers[BUCKET]
    real = eraser.erase

    def slow() -> int:
        made.world.clock.wait(TIMES_OF_ERASE.budget / 2)
        return real()

    eraser.erase = slow  # type: ignore[method-assign]
    return eraser


class TestTime:
    def test_that_has_run_out_in_the_erasing_leaves_what_nobody_declared_to_the_next_run(self) -> None:
        """To list is long work too, and whoever goes on past their time is ended in the midst of it."""
        made = ready(5)
        slowly(made)
        made.daily()
        assert not any(inventory.asked for inventory in made.inventories.values())
        for _ in range(5):
            made.world.clock.wait(HOUR)
            made.daily()
        assert all(inventory.asked for inventory in made.inventories.values())

    def test_ends_the_erasing_and_the_next_run_goes_on_with_the_count_of_before(self) -> None:
        made = ready(5)
        eraser = slowly(made)
        made.daily()
        assert 0 < (eraser.left or 0) < 5
        for _ in range(5):
            made.world.clock.wait(HOUR)
            made.daily()
        assert eraser.left == 0
        assert made.place(PLACE).before == 5


class TestWhatNobodyDeclared:
    def test_is_asked_about_though_it_is_gone_once_everything_is_listed(self) -> None:
        made = ready()
        made.inventories["bucket"].put("/names")
        made.daily()
        made.inventories["bucket"].there.clear()
        made.daily()
        (place,) = [place for place in made.last().places if place.kind is PlaceKind.UNKNOWN]
        assert (place.state, place.before, place.after) == (PlaceState.UNATTESTED, 1, 0)

    def test_is_not_called_gone_before_everything_is_listed(self) -> None:
        """Until then only the files are listed that have a name of ours and are not ours."""
        made = Ground(stages.taken_in())
        names = ("erasure/008-report.json", "erasure/009-report.json")
        first, second = (f"bucket/reports#{made.plant(name)}:unsigned" for name in names)
        said = sentences(made.daily())
        assert first in said
        assert second in said
        made.inventories["bucket/reports"].there.popitem()
        del made.reports.files[names[1]]
        said = sentences(made.daily())
        assert first in said
        assert second not in said


def test_what_can_still_be_restored_after_its_time_is_looked_at_again_in_an_hour() -> None:
    made = ready()
    now = made.world.clock.now
    made.erasers[BUCKET] = FakeEraser(0, restorable_until=now - DAY)
    made.daily()
    assert (made.place(PLACE).state, made.place(PLACE).until) == (PlaceState.WINDOW, now + HOUR)


@pytest.mark.parametrize(("later", "counts"), [(timedelta(milliseconds=300), 1), (timedelta(seconds=1), 0)])
def test_a_backup_of_the_second_in_which_the_last_of_a_database_went_may_hold_it(later: timedelta, counts: int) -> None:
    """Rows name whole seconds: the document may have gone at the end of one, after the backup."""
    made = ready()
    clock = made.world.clock
    clock.now = clock.now.replace(microsecond=0) + timedelta(milliseconds=700)
    made.daily()
    went = max(row.at for row in rows_of(made.world.state)["entries"])
    sealed = made.histories["sealed"]
    sealed.left, sealed.made_at, sealed.restorable_until = 1, unstamp(went) + later, clock.now + 7 * DAY
    clock.wait(HOUR)
    made.daily()
    assert made.rows("history-sealed")[-1][1] == counts


def test_a_backup_is_not_over_before_the_second_in_which_it_ends_is() -> None:
    made = ready()
    made.daily()
    now = made.world.clock.now
    ends = now.replace(microsecond=0) + 7 * DAY
    until = ends + timedelta(milliseconds=300)
    made.histories["sealed"] = FakeHistory(1, made_at=now - HOUR, restorable_until=until)  # listed until it is removed
    states = []
    for moment in (ends, ends + SECOND):
        made.world.clock.now = moment
        made.daily()
        assert made.place("history-sealed").until == ends + SECOND
        states.append(made.place("history-sealed").state)
    assert states == [PlaceState.WINDOW, PlaceState.OPEN]


def test_the_past_of_a_database_is_not_looked_at_while_nobody_knows_whether_all_of_it_is_gone() -> None:
    made = ready()

    def count(kind: type[Record], **_: object) -> None:
        if kind is LedgerRow:
            raise Again(AWAY)

    made.world.sealed = interposed(made.world.sealed, count=count)
    made.daily()
    assert made.rows("history-sealed") == []
    assert made.rows("history-state")


def test_the_past_of_a_database_is_looked_at_once_all_of_it_is_gone() -> None:
    made = ready()
    entries = next(place for place in PLACES if place.id == "entries")
    assert entries.stores[0].startswith("sealed/")
    past = [place.id for place in PLACES if place.kind is PlaceKind.TIME]
    made.world.clock.now = made.world.campaign.erase_from_at - DAY
    made.daily()
    assert not any(made.rows(place) for place in past)
    made.world.clock.now = made.world.campaign.erase_from_at + HOUR
    made.daily()
    assert all(made.rows(place) for place in past)
