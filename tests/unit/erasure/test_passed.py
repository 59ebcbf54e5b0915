"""What went through a place: counted by the journal, and not taken back by rows that are missing later."""

from dataclasses import replace

from prizedraw.erasure.passed import UNITS, passed
from prizedraw.erasure.places import PLACES
from prizedraw.records.running import JournalRow
from support.erasure import destroyed, ready
from support.erasure_reports import ENTRIES


def row(number: int, step: str, action: str, **counts: int) -> JournalRow:
    return JournalRow(f"2026-{number}", "2026-03-12T00:00:00Z", step, "who", action, counts, {})


ROWS = [
    row(1, "notify", "sent", sent=75),
    row(2, "claim", "imported", rows=60),
    row(3, "ship", "listed", parcels=60),
    row(4, "claim", "imported", rows=15),
    row(5, "claim", "imported", rows=0),
    row(6, "notify", "sent", sent=3),
    row(7, "ship", "shipped", parcels=60),
    row(8, "erase", "erased", **{"claims-bucket": 1}),
]


def test_files_lists_passwords_and_mails_are_counted() -> None:
    assert passed(ROWS, {}) == {
        "claims-bucket": 3,
        "exports-bucket": 1,
        "shipping-passwords": 1,
        "mailbox-sent": 78,
    }


def test_what_an_earlier_report_told_is_not_taken_back() -> None:
    told = {"claims-bucket": replace(ENTRIES, passed=2), "exports-bucket": replace(ENTRIES, passed=None)}
    assert passed(ROWS[:2], told)["claims-bucket"] == 2
    assert passed(ROWS, told)["claims-bucket"] == 3
    assert passed(ROWS, told)["exports-bucket"] == 1


def test_where_nothing_went_through_it_is_zero_and_not_unknown() -> None:
    assert set(passed([], {}).values()) == {0}
    assert passed([], {}).keys() == UNITS.keys() <= {place.id for place in PLACES}


def test_the_report_says_it_of_a_folder_that_was_found_empty() -> None:
    made = ready()
    made.erasers["bucket/claims"].left = 0
    made.daily()
    sent = sum(r.counts.get("sent", 0) for r in made.world.state.scan(JournalRow) if r.step == "notify")
    assert sent > 0
    assert made.place("mailbox-sent").passed == sent
    assert (made.place("claims-bucket").passed, made.place("claims-bucket").before) == (0, 0)
    assert made.place("entries").passed is None


def test_a_lost_journal_does_not_lower_it() -> None:
    made = destroyed()
    told = made.place("mailbox-sent").passed
    assert told
    assert passed([], {"mailbox-sent": made.place("mailbox-sent")})["mailbox-sent"] == told
