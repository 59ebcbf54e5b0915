"""Canonical JSON (RFC 8785): written in one way, and nothing else is read."""

import json
import sys
from typing import Any

import pytest

from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import NOT_CANONICAL, UNWRITABLE, canonical, read_canonical, sha256_hex


class TestCanonicalJson:
    def test_sorts_by_utf16_code_units_and_escapes_as_rfc_8785_says(self) -> None:
        """The order of RFC 8785, section 3.2.3: an emoji's surrogates come before U+FB33."""
        value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
        assert list(json.loads(canonical(value))) == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
        assert canonical('\u20ac$\x0f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()

    @pytest.mark.parametrize("value", [None, True, False, 0, -1, 2**53 - 1, "", "賞", [], {}, [{"a": [1]}]])
    def test_reads_what_it_wrote(self, value: Any) -> None:
        assert read_canonical(canonical(value), "rules.json") == value

    @pytest.mark.parametrize(
        "value",
        [1.5, 1.0, [1.0], {"a": [1.0]}, float("nan"), 2**53, -(2**53), "\ud800", {"\ud800": 1}, b"", {1: 2}],
    )
    def test_does_not_write(self, value: Any) -> None:
        with pytest.raises(Broken) as error:
            canonical(value)
        assert error.value.problem == UNWRITABLE

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b'{"a":1,"a":1}', id="duplicate key"),
            pytest.param(b'{"a":1.0}', id="float"),
            pytest.param(b"1e3", id="exponent"),
            pytest.param(b"1.5", id="float that is canonical"),
            pytest.param(b"NaN", id="NaN"),
            pytest.param(b"-0", id="minus zero"),
            pytest.param(b"9007199254740992", id="beyond 2^53 - 1"),
            pytest.param(b"9" * 5000, id="thousands of digits"),
            pytest.param(b'{"a": 1}', id="blank"),
            pytest.param(b"{}\n", id="line feed at the end"),
            pytest.param(b'{"b":1,"a":1}', id="not sorted"),
            pytest.param(b'"\\u0041"', id="needless escape"),
            pytest.param(b'"\\ud800"', id="lone surrogate"),
            pytest.param(b'"\xff"', id="not UTF-8"),
            pytest.param('"賞"'.encode("utf-16"), id="UTF-16"),
            pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
            pytest.param(b"", id="nothing"),
            pytest.param(b"{", id="cut"),
        ],
    )
    def test_does_not_read(self, data: bytes) -> None:
        with pytest.raises(Broken) as error:
            read_canonical(data, "rules.json")
        assert (error.value.problem, error.value.facts) == (NOT_CANONICAL, {"file": "rules.json"})
        assert error.value.__suppress_context__

    def test_does_not_read_what_is_nested_without_end(self) -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(1000)  # Python's own; a library that other tests import raises it for the whole process
        try:
            with pytest.raises(Broken) as error:
                read_canonical(b"[" * 100_000 + b"]" * 100_000, "rules.json")
        finally:
            sys.setrecursionlimit(limit)
        assert error.value.problem == NOT_CANONICAL


class TestHashes:
    def test_of_a_file(self) -> None:
        assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
