"""The reasons that an operator may give: by key or Japanese word, however it was typed, and no others."""

import pytest

from prizedraw.fulfilment import reasons
from prizedraw.fulfilment.reasons import BY_OPERATOR
from prizedraw.records.fulfilment import WHY_WORDS, Why


@pytest.mark.parametrize("why", BY_OPERATOR)
def test_are_read_by_key_and_by_word(why: Why) -> None:
    for typed in (why.value, why.value.upper(), f" {why.value}\n", WHY_WORDS[why], f"　{WHY_WORDS[why]}　"):
        assert reasons.parse(typed) is why


def test_are_read_in_any_width() -> None:
    assert reasons.parse("ｄｅｃｌｉｎｅｄ") is Why.DECLINED


@pytest.mark.parametrize("typed", ["", " ", "辞退します", "decline", *sorted(set(Why) - set(BY_OPERATOR))])
def test_others_are_not(typed: str) -> None:
    assert reasons.parse(typed) is None
    assert reasons.parse(WHY_WORDS[Why.LAPSED]) is None
