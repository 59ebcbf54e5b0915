"""By when people are told what they must know in time: by day, as people are written to."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from prizedraw.campaign import definition
from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.mail.reminders import KIND, by_day, csv_days, first_begins, reminders
from prizedraw.records.fulfilment import Import
from prizedraw.records.mail import MailRow, MailState, row_id
from prizedraw.times import stamp
from support.builders import FILE
from support.claims import jst
from support.clock import SECOND


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("03-05 00:00", "03-05 09:00"),
        ("03-05 08:59", "03-05 09:00"),
        ("03-05 09:00", "03-05 09:00"),
        ("03-05 19:59", "03-05 19:59"),
        ("03-05 20:00", "03-06 09:00"),
        ("03-05 20:30", "03-06 09:00"),
        ("03-31 23:59", "04-01 09:00"),
    ],
)
def test_a_moment_of_the_night_is_the_morning_after(moment: str, told: str) -> None:
    assert by_day(jst(moment)) == jst(told)


LATE = Holder("late", "A", jst("03-02 13:00"), jst("03-12 00:00"), promoted=False, told=jst("03-02 18:00"))
"""A winner who has until the end of 11 March."""


def row_of(state: MailState) -> MailRow:
    """Return how far the reminder to that winner has come."""
    id, at = row_id(KIND, LATE.label), stamp(jst("03-09 09:00"))
    return MailRow(id, KIND, LATE.label, state=state.value, draft="", message="", at=at)


def due(now: datetime, *, told: str, dropped: datetime) -> tuple[int, int]:
    """Count who is reminded and who waits for a CSV, of that winner."""
    holder = replace(LATE, told=jst(told))
    file = Import("file", stamp(dropped), 1, {"imported": 1}, complete=True)
    found = reminders(Standing((holder,), {}), [file], {}, now)
    return len(found.due), len(found.waiting)


@pytest.mark.parametrize(("back", "reminded"), [(0, 1), (1, 0)])
def test_who_is_silent_is_reminded_from_the_third_morning_before_the_deadline(back: int, reminded: int) -> None:
    now = jst("03-09 09:00") - back * SECOND
    assert due(now, told="03-02 18:00", dropped=jst("03-08 12:00")) == (reminded, 0)


@pytest.mark.parametrize(("state", "reminded"), [(MailState.SENT, 1), (MailState.REFUSED, 0)])
def test_who_has_been_reminded_stays_among_the_reminded_after_the_deadline(state: MailState, reminded: int) -> None:
    row = row_of(state)
    found = reminders(Standing((LATE,), {}), [], {row.id: row}, jst("03-12 09:00"))
    assert (len(found.due), len(found.waiting)) == (reminded, 0)


@pytest.mark.parametrize(("state", "waiting"), [(MailState.PLANNED, 1), (MailState.REFUSED, 0)])
def test_nobody_asks_for_a_csv_for_the_sake_of_a_reminder_that_was_refused(state: MailState, waiting: int) -> None:
    row = row_of(state)
    found = reminders(Standing((LATE,), {}), [], {row.id: row}, jst("03-10 09:00"))
    assert (len(found.due), len(found.waiting)) == (0, waiting)


@pytest.mark.parametrize(
    "holder",
    [replace(LATE, claimed=True), replace(LATE, listed=True), replace(LATE, shipped=True)],
    ids=["claimed", "listed", "shipped"],
)
def test_whoever_has_registered_by_any_record_is_not_reminded_and_waits_for_no_csv(holder: Holder) -> None:
    file = Import("file", stamp(jst("03-09 08:00")), 1, {"imported": 1}, complete=True)
    for files in ([file], []):
        found = reminders(Standing((holder,), {}), files, {}, jst("03-09 12:00"))
        assert (found.due, found.waiting) == ((), ())


@pytest.mark.parametrize(("later", "found"), [(0, (0, 1)), (1, (1, 0))])
def test_a_csv_tells_of_whoever_was_told_before_it_was_dropped(later: int, found: tuple[int, int]) -> None:
    dropped = jst("03-08 18:00") + later * SECOND
    assert due(jst("03-09 18:00"), told="03-08 18:00", dropped=dropped) == found


def test_the_first_winners_are_reminded_from_the_third_morning_before_the_campaign_s_deadline() -> None:
    campaign = definition.load(FILE)
    assert campaign.claim_deadline_at == jst("03-12 00:00")
    assert first_begins(campaign) == jst("03-09 09:00")


def test_a_whole_csv_is_asked_for_before_the_reminders_and_after_each_deadline() -> None:
    campaign = definition.load(FILE)
    assert [day for day, _ in csv_days(campaign)] == [date(2026, 3, 8), date(2026, 3, 12), date(2026, 3, 19)]
    assert (campaign.claim.deadline, campaign.claim.last) == (date(2026, 3, 11), date(2026, 3, 18))
