"""Whose receipt it is: a name for a person that stands where other letters have a label."""

import re

from prizedraw.entries.ids import new_label
from prizedraw.mail.receipts import person_of
from support.builders import keys

PRF = keys().prf("claim")


def test_one_person_has_one_name_and_nobody_else_has_it() -> None:
    names = [person_of(PRF, f"entry {number}") for number in range(100)]
    assert names == [person_of(PRF, f"entry {number}") for number in range(100)]
    assert len(set(names)) == 100


def test_it_is_as_long_as_a_label_and_tells_nothing() -> None:
    name = person_of(PRF, "hanako@example.jp")
    assert len(name) == len(new_label())
    assert re.fullmatch("[0-9a-f]+", name)
