"""The fields of a published object, each judged to the letter; whatever is wrong is an error that repeats nothing."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from prizedraw.evidence.fields import Fields, demand

LABEL = "0123456789abcdefghjkmnpqrs"
WORD = re.compile("[a-z]+")


def read(value: Any, how: Callable[[Fields], Any]) -> Any:
    """Judge one field."""
    return how(Fields({"f": value}, "f"))


TEXT, HASH, COUNT = (lambda f: f.text("f")), (lambda f: f.hash("f")), (lambda f: f.count("f"))
TIME, WORDS = (lambda f: f.time("f")), (lambda f: f.text("f", WORD))
BINARY, COUNTS = (lambda f: f.binary("f", 1, 2)), (lambda f: f.counts("f", WORD))
ARRAY, MAPPING, LABELS = (lambda f: f.array("f")), (lambda f: f.mapping("f")), (lambda f: f.labels("f"))


@pytest.mark.parametrize(
    ("how", "value", "found"),
    [
        (TEXT, " 賞 ", " 賞 "),
        (WORDS, "abc", "abc"),
        (HASH, "ab" * 32, "ab" * 32),
        (BINARY, "00", b"\0"),
        (BINARY, "00ff", b"\0\xff"),
        (COUNT, 0, 0),
        (TIME, "2026-03-02T01:00:00Z", datetime(2026, 3, 2, 1, tzinfo=UTC)),
        (COUNTS, {}, {}),
        (COUNTS, {"late": 2, "early": 0}, {"late": 2, "early": 0}),
        (ARRAY, [1, "x"], [1, "x"]),
        (MAPPING, {"x": None}, {"x": None}),
        (LABELS, [LABEL], (LABEL,)),
        (LABELS, [], ()),
    ],
)
def test_a_field_as_it_is_specified_is_read(how: Callable[[Fields], Any], value: Any, found: Any) -> None:
    assert read(value, how) == found


NOT_ONE: list[tuple[Callable[[Fields], Any], list[Any]]] = [
    (TEXT, ["", None, 7, ["x"], True]),
    (WORDS, ["ABC", "abc\n", "abc1"]),
    (HASH, ["AB" * 32, "ab" * 31, "ab" * 33, "ab " * 32, "zz" * 32, b"ab"]),
    (BINARY, ["", "000000", "0", "0F", " 00"]),
    (COUNT, [-1, True, False, 1.0, "1", None]),
    (TIME, ["2026-03-02T01:00:00", "2026-03-02T01:00:00.5Z", "2026-03-02 01:00:00Z"]),
    (TIME, ["2026-03-02T24:00:00Z", "2026-02-30T01:00:00Z", "２０２６-03-02T01:00:00Z"]),
    (COUNTS, [{"Late": 1}, {"late": -1}, {"late": True}, {"late": "1"}, []]),
    (ARRAY, [{}, "x", None, ()]),
    (MAPPING, [[], "x", None]),
    (LABELS, [[LABEL.upper()], [LABEL[1:]], [7], LABEL, [f"{LABEL}\n"]]),
]


@pytest.mark.parametrize(("how", "value"), [(how, value) for how, values in NOT_ONE for value in values])
def test_anything_else_is_an_error_that_says_nothing_of_it(how: Callable[[Fields], Any], value: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        read(value, how)
    assert not isinstance(value, str) or not value.strip() or value not in str(caught.value) or how is TIME


@pytest.mark.parametrize("value", [None, [], "x", {}, {"a": 1, "b": 2, "c": 3}, {"a": 1}, {"b": 2}])
def test_an_object_has_exactly_its_fields(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - bare
        Fields(value, "a b")


def test_a_field_that_is_optional_may_be_missing() -> None:
    for value in ({"a": 1}, {"a": 1, "b": 2}):
        assert Fields(value, "a", "b").has("b") is ("b" in value)
    assert Fields({"a": [1]}, "a").any("a") == [1]


def test_a_demand_that_does_not_hold_is_a_bare_error() -> None:
    demand(holds=True)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        demand(holds=False)
    assert caught.value.args == ()
