"""Which texts can stand for the ward's number; the variants that cannot are in test_obtaining.py."""

import pytest

from prizedraw.lottery.ward_text import is_fit


@pytest.mark.parametrize(("text", "fit"), [("", False), ("7", True), ("x" * 200, True), ("x" * 201, False)])
def test_a_text_has_from_one_to_two_hundred_characters(text: str, fit: bool) -> None:
    assert is_fit(text) is fit
