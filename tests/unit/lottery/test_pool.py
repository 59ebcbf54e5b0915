"""The pool file: what is written is read back, and every departure from the specification is refused by its line."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.errors import Broken
from prizedraw.lottery.pool import POOL_INVALID, read_pool, write_pool
from prizedraw.typed.crockford import SMALL

A, B = (letter * 26 for letter in "ab")
IDS = ("A", "B-1", "c_2", "W")
labels = st.text(alphabet=SMALL, min_size=26, max_size=26)
standings = st.sets(st.sampled_from(IDS)).map(lambda chosen: [prize for prize in IDS if prize in chosen])
entries = st.dictionaries(labels, standings, max_size=60)


def test_a_pool_is_sorted_whatever_the_order_of_entries() -> None:
    assert write_pool([(B, ["A"]), (A, ["A", "W"])]) == f"{A}\tA,W\n{B}\tA\n".encode()


def test_it_leaves_out_who_stands_for_nothing() -> None:
    assert write_pool([(A, []), (B, ["W"])]) == f"{B}\tW\n".encode()


def test_it_may_be_empty() -> None:
    assert write_pool([]) == b""
    assert read_pool(b"", IDS).size == 0


@given(entries)
def test_what_was_written_is_read(entries: dict[str, Sequence[str]]) -> None:
    standing = {label: prizes for label, prizes in entries.items() if prizes}
    pool = read_pool(write_pool(entries.items()), IDS)
    assert pool.size == len(standing)
    assert set(pool.standings.values()) == set(map(tuple, standing.values()))


@pytest.mark.parametrize(
    ("data", "line"),
    [
        pytest.param(f"{A}\tA\n{A}\tA\n", 2, id="a label twice, same prizes"),
        pytest.param(f"{A}\tA\n{A}\tW\n", 2, id="a label twice, other prizes"),
        pytest.param(f"{B}\tA\n{A}\tA\n", 2, id="not sorted"),
        pytest.param(f"{A}\tA\n{B}\tX\n", 2, id="unknown prize"),
        pytest.param(f"{A}\ta\n", 1, id="prize in the wrong case"),
        pytest.param(f"{A}\tW,A\n", 1, id="prizes not in the rules' order"),
        pytest.param(f"{A}\tA,A\n", 1, id="a prize twice"),
        pytest.param(f"{A}\tA,\n", 1, id="trailing comma"),
        pytest.param(f"{A}\tA, W\n", 1, id="blank between prizes"),
        pytest.param(f"{A}\t\n", 1, id="no prize"),
        pytest.param(f"{A}\n", 1, id="no tab"),
        pytest.param(f"{A} A\n", 1, id="blank for tab"),
        pytest.param(f"{A}\tA", 1, id="no line feed at the end"),
        pytest.param(f"{A}\tA\n{B}\tA", 2, id="no line feed at the end of the last"),
        pytest.param(f"{A}\tA\r\n", 1, id="CR LF"),
        pytest.param(f"{A}\tA\n\n", 2, id="empty line"),
        pytest.param("\n", 1, id="only an empty line"),
        pytest.param(f"{A.upper()}\tA\n", 1, id="upper case"),
        pytest.param(f"{'i' * 26}\tA\n", 1, id="a letter that Crockford leaves out"),
        pytest.param(f"{'a' * 25}\tA\n", 1, id="25 characters"),
        pytest.param(f"{'a' * 27}\tA\n", 1, id="27 characters"),
        pytest.param(f"{A}\tA\n{'ａ' * 26}\tA\n", 2, id="full-width letters"),
        pytest.param(f"\ufeff{A}\tA\n", 1, id="byte order mark"),
        pytest.param(f"{A}\tA\n{B}\tA\n\x00", 3, id="a byte after the end"),
        pytest.param(f"# pool\n{A}\tA\n", 1, id="a comment"),
    ],
)
def test_a_pool_that_breaks_a_rule_is_refused_by_its_line(data: str, line: int) -> None:
    with pytest.raises(Broken) as error:
        read_pool(data.encode(), IDS)
    assert (error.value.problem, error.value.facts) == (POOL_INVALID, {"line": line})


def test_it_does_not_show_its_entries() -> None:
    assert repr(read_pool(f"{A}\tA\n".encode(), IDS)) == "Pool(size=1)"
