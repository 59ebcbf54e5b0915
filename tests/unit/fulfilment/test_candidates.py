"""Which of several rows of one winner counts."""

from dataclasses import replace

from prizedraw.fulfilment.candidates import RowCandidate
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.row_reading import Reading
from prizedraw.fulfilment.verdicts import Doubt
from prizedraw.records.lottery import AwardedPlace

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
