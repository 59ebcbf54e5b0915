"""Which rows say what was imported before, and which of several rows of one winner counts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from prizedraw.fulfilment.candidates import RowCandidate, RowSaid, mends
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.row_reading import Reading
from prizedraw.records.fulfilment import Claim
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.verdicts import Doubt

HERE = Destination(
    code="K7QM-4T9X-2HVD-8",
    name="山田花子",
    postal_code="160-0022",
    address="東京都新宿区1",
    phone="03-1234-5678",
    postal_digits="1600022",
    phone_national="03-1234-5678",
    extension="",
)


def row(*doubts: Doubt, readable: bool = True) -> RowCandidate:
    """Make a copy of one row, with what was lost of it when its list was saved again."""
    return RowCandidate(
        id="row",
        digest="digest",
        number=2,
        award=AwardedPlace("0" * 26, "A", "winner", 1),
        sent_at="2026-03-05T10:00:00.000000000Z",
        receipt="receipt",
        reading=Reading(HERE, doubts) if readable else None,
        destination_key="key",
        known=False,
        mends=False,
    )


def test_of_copies_of_one_row_the_one_that_lost_least_counts_and_one_that_cannot_be_read_comes_last() -> None:
    whole, zero, both = row(), row(Doubt.ZERO_RESTORED), row(Doubt.ZERO_RESTORED, Doubt.LETTERS_LOST)
    unreadable = row(readable=False)
    assert sorted([both, unreadable, whole, zero], key=lambda one: one.rank) == [unreadable, both, zero, whole]


def test_a_doubt_that_no_better_copy_takes_away_says_nothing_of_which_copy_counts() -> None:
    assert row(Doubt.PHONE_NOT_IN_USE).rank == row().rank


def test_a_later_row_counts_however_much_it_has_lost() -> None:
    assert row().rank < replace(row(readable=False), sent_at="2026-03-05T10:01:00.000000000Z").rank


def test_a_row_speaks_for_the_winner_of_its_code_and_is_the_same_though_its_seconds_were_lost() -> None:
    whole = row()
    assert whole.label == "0" * 26
    assert whole.minute == replace(whole, sent_at="2026-03-05T10:00:17.000000000Z").minute
    assert whole.minute != replace(whole, sent_at="2026-03-05T10:01:00.000000000Z").minute
    assert whole.minute != replace(whole, receipt="another").minute


STORED = Claim("0" * 26, "A", "2026-03-05T10:00:17.000000000Z", "receipt", "2026-03-06T00:00:00Z", row="digest")
SAME = RowSaid(
    moment=datetime(2026, 3, 5, 10, 0, tzinfo=UTC),
    receipt="receipt",
    digest="digest",
    destination_key="key",
    no_moment_left=False,
    no_receipt_left=False,
    no_number_left=False,
)
OTHER_MINUTE = {"moment": datetime(2026, 3, 5, 10, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("changes", "repeats"),
    [
        pytest.param({}, True, id="all-the-same-but-for-the-seconds"),
        pytest.param({"receipt": "other"}, False, id="registered-a-second-time-with-the-same-words"),
        pytest.param({"receipt": "", "no_receipt_left": True}, True, id="its-receipt-was-lost"),
        pytest.param({"receipt": "", "no_receipt_left": True, "digest": "x"}, False, id="lost-receipt-other-words"),
        pytest.param({"digest": "x"}, False, id="changed-by-hand"),
        pytest.param({"digest": "x", "no_number_left": True}, True, id="a-number-was-lost"),
        pytest.param({"receipt": "x", "digest": "x", "no_number_left": True}, False, id="lost-number-other-receipt"),
        pytest.param(
            {"receipt": "", "digest": "x", "no_receipt_left": True, "no_number_left": True}, False, id="both-were-lost"
        ),
        pytest.param(OTHER_MINUTE, False, id="sent-at-another-time"),
        pytest.param({"moment": None, "no_moment_left": True}, True, id="its-time-was-lost"),
        pytest.param({"moment": None}, False, id="without-a-time"),
    ],
)
def test_a_row_says_what_was_imported_if_whatever_differs_is_what_a_spreadsheet_destroys(
    changes: dict[str, Any], repeats: bool
) -> None:
    assert replace(SAME, **changes).repeats(STORED) == repeats


@pytest.mark.parametrize(
    ("was", "now", "mended"),
    [
        pytest.param([Doubt.LETTERS_LOST], [], True, id="whole-again"),
        pytest.param([Doubt.LETTERS_LOST, Doubt.ZERO_RESTORED], [Doubt.ZERO_RESTORED], True, id="less-is-lost"),
        pytest.param([Doubt.LETTERS_LOST], [Doubt.LETTERS_LOST], False, id="as-much-is-lost"),
        pytest.param([Doubt.LETTERS_LOST], [Doubt.ZERO_RESTORED], False, id="something-else-is-lost"),
        pytest.param([], [], False, id="nothing-was-lost"),
        pytest.param([Doubt.PHONE_NOT_IN_USE], [], False, id="what-no-copy-mends"),
    ],
)
def test_a_row_mends_what_was_imported_if_less_of_it_is_lost(was: list[Doubt], now: list[Doubt], mended: bool) -> None:
    assert mends(Reading(HERE, tuple(now)), replace(STORED, doubts=tuple(was))) == mended


def test_a_row_shows_nothing_of_what_was_read() -> None:
    assert "reading" not in repr(row())
