"""How far an erasure has come, in a word and in a sentence: it follows from its places, and none contradicts itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from prizedraw.erasure import report as written
from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.state import Overall, PlaceReport, PlaceState, consistent, restorable_until, state_of, state_text
from prizedraw.errors import Broken
from support.erasure_reports import (
    BAD,
    COMPLETE,
    ENTRIES,
    GOOD,
    HISTORY,
    KEY,
    LOGO,
    MADE,
    MAILBOX,
    OPEN,
    PARTIAL,
    SCHEDULED,
    UNATTESTED,
    UNREAD,
    ended,
    report,
    waiting,
)

S = PlaceState


class TestState:
    @pytest.mark.parametrize(
        ("places", "state"),
        [(SCHEDULED, Overall.SCHEDULED), (PARTIAL, Overall.PARTIAL), (COMPLETE, Overall.COMPLETE)],
    )
    def test_follows_from_the_places(self, places: tuple[PlaceReport, ...], state: Overall) -> None:
        assert state_of(places) is state
        assert report(places).state is state

    @pytest.mark.parametrize("number", range(len(COMPLETE)))
    @pytest.mark.parametrize("state", [S.WAITING, S.OPEN, S.UNREAD, S.UNATTESTED, S.WINDOW])
    def test_is_never_complete_while_one_place_is_not(self, number: int, state: PlaceState) -> None:
        places = list(COMPLETE)
        places[number] = replace(places[number], state=state)
        assert state_of(places) is not Overall.COMPLETE

    @pytest.mark.parametrize("place", [ENTRIES, MAILBOX, KEY], ids=lambda place: place.id)
    @pytest.mark.parametrize("state", [S.WAITING, S.OPEN])
    def test_is_scheduled_while_something_of_the_program_or_a_key_is_left(
        self, place: PlaceReport, state: PlaceState
    ) -> None:
        assert state_of([p if p != place else replace(p, state=state) for p in PARTIAL]) is Overall.SCHEDULED

    @pytest.mark.parametrize("place", [HISTORY, LOGO], ids=lambda place: place.id)
    @pytest.mark.parametrize("state", [S.WAITING, S.OPEN, S.UNREAD, S.UNATTESTED])
    def test_is_partial_when_only_time_or_a_person_is_missing(self, place: PlaceReport, state: PlaceState) -> None:
        assert state_of([replace(place, state=state), ENTRIES, KEY]) is Overall.PARTIAL

    def test_a_place_that_could_not_be_read_counts_as_erased_only_if_it_was(self) -> None:
        assert state_of([UNREAD, KEY]) is Overall.PARTIAL
        assert state_of([replace(UNREAD, erased_at=None), KEY]) is Overall.SCHEDULED


class TestText:
    def test_tells_what_is_done_and_when_the_last_window_closes(self) -> None:
        destroyed = ended(KEY)
        assert state_text([ENTRIES, MAILBOX, HISTORY, destroyed]) == (
            "一部完了（消去・鍵破棄済、復元可能期間 令和8年4月22日まで）"
        )
        assert restorable_until(PARTIAL) == MAILBOX.until

    def test_does_not_call_a_key_destroyed_that_is_only_about_to_be(self) -> None:
        assert state_text([ENTRIES, KEY]) == "一部完了（消去・鍵破棄予約済、復元可能期間 令和8年3月29日まで）"

    def test_says_nothing_of_a_key_that_could_not_be_read(self) -> None:
        unread = replace(UNREAD, kind=PlaceKind.KEY)
        assert state_text([ENTRIES, unread]) == "一部完了（消去済、今回確認できなかったもの 1か所）"

    def test_counts_what_a_person_has_to_do(self) -> None:
        text = state_text([ENTRIES, ended(KEY), UNATTESTED, replace(OPEN, kind=PlaceKind.PERSON)])
        assert (
            text
            == "一部完了（システム内の消去・鍵破棄済、消去が終わっていないもの 1か所、担当者の確認を待つもの 1か所）"
        )

    def test_of_a_scheduled_one_counts_what_is_left(self) -> None:
        assert state_text([OPEN, waiting(KEY)]) == "予定（時期を待つもの 1か所、消去が終わっていないもの 1か所）"

    def test_of_a_complete_one_says_what_was_only_declared(self) -> None:
        assert (
            state_text(COMPLETE)
            == "完了（うち1か所は担当者の申告による、ほかの場所の消去と鍵の破棄は、読み直して確認済）"
        )

    def test_of_a_complete_one_that_was_read_as_a_whole_is_plain(self) -> None:
        read = [place for place in COMPLETE if place.id != LOGO.id]
        assert state_text(read) == "完了（すべての場所の消去と鍵の破棄を、読み直して確認済）"

    def test_a_window_that_nobody_could_read_counts_as_declared(self) -> None:
        gone = replace(LOGO, state=PlaceState.WINDOW, until=MADE + timedelta(days=25))
        assert "うち1か所は担当者の申告による" in state_text([ENTRIES, ended(KEY), gone])

    def test_a_window_that_ends_at_midnight_in_japan_ends_with_the_day_before(self) -> None:
        midnight = MADE.replace(day=31, hour=15, minute=0)
        assert "復元可能期間 令和8年3月31日まで" in state_text([replace(KEY, until=midnight)])


class TestConsistency:
    @pytest.mark.parametrize("place", GOOD, ids=lambda place: f"{place.id}-{place.state}")
    def test_of_a_place_as_it_can_be(self, place: PlaceReport) -> None:
        assert consistent(place, MADE)

    @pytest.mark.parametrize("place", BAD.values(), ids=BAD.keys())
    def test_a_place_that_contradicts_itself_is_seen_and_neither_written_nor_read(self, place: PlaceReport) -> None:
        assert not consistent(place, MADE)
        spoiled = report((place, replace(KEY, id="key")), made_at=MADE)
        with pytest.raises(Broken) as caught:
            spoiled.to_bytes()
        assert caught.value.problem is written.MALFORMED
