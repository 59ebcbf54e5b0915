"""A row of a mail is believed only with the mark of all that it says."""

from dataclasses import replace

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.mail import row_marks
from prizedraw.ports import Create
from prizedraw.records.mail import MailRow, MailState
from support.builders import keys

PRF = keys().prf("claim")
ROW = MailRow("winner-a", "winner", "a", MailState.SENT.value, "draft", "message", "2026-03-03T00:00:00.000000000Z")
OURS = row_marks.marked(PRF, ROW)


def test_a_row_that_was_marked_is_ours_and_one_without_a_mark_is_not() -> None:
    assert row_marks.is_ours(PRF, OURS)
    assert not row_marks.is_ours(PRF, ROW)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "winner-b"},
        {"state": MailState.PLANNED.value},
        {"draft": ""},
        {"message": "another"},
        {"at": "2026-03-04T00:00:00.000000000Z"},
        {"draft": "draft\0message", "message": ""},
    ],
)
def test_a_row_that_says_anything_else_is_not(change: dict[str, str]) -> None:
    assert not row_marks.is_ours(PRF, replace(OURS, **change))


def test_nor_is_one_that_was_marked_by_another_key() -> None:
    assert not row_marks.is_ours(PRF, row_marks.marked(keys().prf("index"), ROW))


def test_of_all_rows_ours_are_read_and_the_others_named() -> None:
    state = Memory("rally")
    strange = replace(ROW, id="winner-b")
    state.commit([Create(OURS), Create(strange)])
    found = row_marks.read(PRF, state)
    assert (found.ours, found.strange) == ({"winner-a": OURS}, ("winner-b",))


def test_a_mark_does_not_show_its_key_and_is_the_same_each_time() -> None:
    assert row_marks.marked(PRF, OURS) == OURS
    assert len(OURS.mark) == 32
