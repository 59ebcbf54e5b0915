"""A page of responses, read one response after the other: the same as read at once, and never more than one held."""

import json
import tracemalloc
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


def read(page: str, **cut: int) -> tuple[list[Any], Any]:
    """Return the responses of a page, and the page without them."""
    rest: Any = None

    def drained() -> Iterator[Any]:
        nonlocal rest
        rest = yield from rows_of(page.replace("\ud800", "\\ud800").encode(), **cut)

    return list(drained()), rest


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("count", range(len(ROWS) + 1))
@pytest.mark.parametrize("token_first", [True, False])
def test_it_gives_what_parsing_at_once_gives(way: dict[str, Any], count: int, token_first: bool) -> None:
    page = {"nextPageToken": "t, ]}", "responses": ROWS[:count]}
    text = json.dumps(page if token_first else dict(reversed(page.items())), **way)
    assert read(text) == (ROWS[:count], {"nextPageToken": "t, ]}", "responses": []})


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_is_all_the_same_in_what_pieces_a_page_becomes_text(way: dict[str, Any]) -> None:
    rows = [*ROWS, 12345, "終", True]
    text = json.dumps({"responses": rows, "nextPageToken": "t"}, **way)
    for piece_bytes in range(1, 300):
        assert read(text, piece_bytes=piece_bytes) == (rows, {"responses": [], "nextPageToken": "t"})


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
    rows = rows_of(b'{"responses": [{"responseId": "r1"}, {"responseId": "r2"}, not JSON')
    assert next(rows) == {"responseId": "r1"}
    assert next(rows) == {"responseId": "r2"}
    with pytest.raises(ValueError, match="Expecting value"):
        next(rows)


def test_no_page_becomes_text_as_a_whole() -> None:
    page = json.dumps({"responses": [{"answers": "猫🐈" * 100}] * 5000}, ensure_ascii=False).encode()
    tracemalloc.start()
    try:
        assert sum(1 for _ in rows_of(page)) == 5000
        assert tracemalloc.get_traced_memory()[1] < len(page) / 3
    finally:
        tracemalloc.stop()
