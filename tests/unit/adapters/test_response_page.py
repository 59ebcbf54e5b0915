"""A page of responses, read one response after the other: the same as read at once, and never more than one held."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.adapters.forms.response_page import rows_of

ROWS: list[Any] = [
    {"responseId": "r1", "answers": {"11": {"textAnswers": {"answers": [{"value": "三毛猫"}, {"value": "𠮷, ]"}]}}}},
    {"responseId": 'of "responses": [', "answers": {"responses": [1, 2]}},
    {},
    {"responseId": "\ud800"},
]
WAYS = {
    "as sent": {"indent": 2, "ensure_ascii": False},
    "dense": {"separators": (",", ":")},
    "with tabs and empty lines": {"indent": "\t", "separators": (" \r\n,", " \n: ")},
}


def read(page: str) -> tuple[list[Any], Any]:
    """Return the responses of a page, and the page without them."""
    rest: Any = None

    def drained() -> Iterator[Any]:
        nonlocal rest
        rest = yield from rows_of(page)

    return list(drained()), rest


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("count", range(len(ROWS) + 1))
@pytest.mark.parametrize("token_first", [True, False])
def test_it_gives_what_parsing_at_once_gives(way: dict[str, Any], count: int, token_first: bool) -> None:
    page = {"nextPageToken": "t, ]}", "responses": ROWS[:count]}
    text = json.dumps(page if token_first else dict(reversed(page.items())), **way)
    assert read(text) == (ROWS[:count], {"nextPageToken": "t, ]}", "responses": []})


@given(st.lists(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))))
def test_it_gives_what_parsing_at_once_gives_whatever_is_in_it(rows: list[Any]) -> None:
    assert read(json.dumps({"responses": rows})) == (rows, {"responses": []})


@pytest.mark.parametrize("page", [{}, {"nextPageToken": "t"}])
def test_a_page_may_have_no_responses(page: dict[str, str]) -> None:
    assert read(json.dumps(page)) == ([], page)


def test_a_page_that_is_cut_off_anywhere_is_no_page() -> None:
    text = json.dumps({"responses": ROWS, "nextPageToken": "t"}, indent=1)
    for end in range(len(text)):
        with pytest.raises(ValueError, match=r"."):
            read(text[:end])


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", '"responses": [', '{"responses": [{}; {}]}', '{"responses": [{}]]}']
)
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)


def test_no_response_is_parsed_before_it_is_asked_for() -> None:
    rows = rows_of('{"responses": [{"responseId": "r1"}, {"responseId": "r2"}, not JSON')
    assert next(rows) == {"responseId": "r1"}
    assert next(rows) == {"responseId": "r2"}
    with pytest.raises(ValueError, match="Expecting value"):
        next(rows)
