"""The 管理番号: read out over the telephone, typed as people type, and never taken for somebody else's."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.errors import Refused
from prizedraw.fulfilment.holder_number import LENGTH, by_number, find, is_number, normalise, number_of
from prizedraw.typed.crockford import ALPHABET, SMALL

ONE = "9rsjt6yvmbkwqxwfk1yf62kj55"
TWO = "r119qdrx2b99vkzqn5dk3tmj9b"
LIKE_ONE = "9rsjt6yv00000000000000000z"
NUMBER = "9RS-JT6-YVD"

labels = st.text(SMALL, min_size=26, max_size=26)


def refused(typed: str, *among: str) -> str:
    """Return the code of the refusal."""
    with pytest.raises(Refused) as caught:
        find(typed, among or (ONE, TWO))
    assert caught.value.sentence
    return caught.value.problem.code


class TestWriting:
    def test_is_the_beginning_of_the_label_and_a_check_character_in_threes(self) -> None:
        assert (number_of(ONE), number_of(TWO)) == (NUMBER, "R11-9QD-RXF")

    @given(labels)
    def test_has_nine_characters_whatever_the_label(self, label: str) -> None:
        assert len(number_of(label).replace("-", "")) == LENGTH

    @pytest.mark.parametrize("other", ["ward", "", "<b>", "9RSJT6YVMBKWQXWFK1YF62KJ55"])
    def test_what_is_no_label_stays_as_it_is(self, other: str) -> None:
        assert number_of(other) == other


class TestFinding:
    @pytest.mark.parametrize(
        "typed",
        [
            NUMBER,
            "9rs-jt6-yvd",
            "9RSJT6YVD",
            " 9RS JT6 YVD ",
            "９ＲＳ－ＪＴ６－ＹＶＤ",
            "９ｒｓー ｊｔ６ー ｙｖｄ",
            "9RS\u3000JT6\u3000YVD",
            "9RS\u2010JT6\u2212YVD",
            ONE,
            ONE.upper(),
            "９" + ONE[1:],
            f"winner-{ONE}-0123456789",
            f"reminder-{ONE}-2-0123456789",
            f"　Ｗinner-{ONE}-0123456789 ",
        ],
    )
    def test_one_however_it_is_typed(self, typed: str) -> None:
        assert find(typed, (ONE, TWO)) == ONE
        assert is_number(typed)

    @pytest.mark.parametrize("typed", ["RII-9QD-RXF", "R1l-9qd-rxf", "RL1-9QD-RXF"])
    def test_i_and_l_are_read_as_one(self, typed: str) -> None:
        assert find(typed, (ONE, TWO)) == TWO

    def test_o_is_read_as_zero(self) -> None:
        label = "00" + ONE[2:]
        assert find(number_of(label).replace("0", "O"), (label,)) == label

    @given(labels)
    def test_every_label_is_found_by_its_number(self, label: str) -> None:
        assert find(number_of(label), (label,)) == label

    @pytest.mark.parametrize("place", range(8))
    def test_every_single_character_that_was_misheard_is_told(self, place: int) -> None:
        plain = NUMBER.replace("-", "")
        for character in set(ALPHABET) - {plain[place]}:
            assert refused(plain[:place] + character + plain[place + 1 :]) == "E-759"

    def test_neighbours_that_were_exchanged_are_told(self) -> None:
        plain = NUMBER.replace("-", "")
        for at, (one, other) in enumerate(itertools.pairwise(plain)):
            swapped = plain[:at] + other + one + plain[at + 2 :]
            assert swapped == plain or refused(swapped) == "E-759"

    def test_whom_nobody_is_by_number_or_label(self) -> None:
        assert refused(number_of("0" * 26)) == refused("0" * 26) == "E-751"

    def test_two_of_one_number_are_told_apart_by_the_whole_label_alone(self) -> None:
        assert refused(NUMBER, ONE, LIKE_ONE) == "E-761"
        assert find(ONE, (ONE, LIKE_ONE)) == ONE
        assert find(LIKE_ONE, (ONE, LIKE_ONE)) == LIKE_ONE

    def test_a_claim_code_is_called_one(self) -> None:
        assert refused("K7QM-4T9X-2HVD-8") == "E-760"
        assert refused("K7QM-4T9X-2HVD-9") == "E-760", "misheard or not"

    @pytest.mark.parametrize("typed", ["", " ", "9RS-JT6", "hanako@example.jp", "山田 太郎", "U" * 9, "x" * 500])
    def test_what_has_not_its_shape(self, typed: str) -> None:
        assert refused(typed) == "E-758"

    def test_no_refusal_repeats_what_was_typed(self) -> None:
        with pytest.raises(Refused) as caught:
            find("hanako@example.jp", (ONE,))
        assert "hanako" not in caught.value.sentence + str(caught.value)


class TestPasting:
    def test_who_shares_a_number_is_not_found_by_it(self) -> None:
        assert by_number((ONE, LIKE_ONE, TWO)) == {number_of(TWO): TWO}

    @pytest.mark.parametrize("cell", ["123456789", "9RS-JT6-YV2", "", "x", "K7QM-4T9X-2HVD-8"])
    def test_a_cell_that_is_none(self, cell: str) -> None:
        assert normalise(cell) is None or normalise(cell) not in by_number((ONE, TWO))

    @pytest.mark.parametrize("cell", [NUMBER, "9rsjt6yvd", "９ＲＳ－ＪＴ６－ＹＶＤ"])
    def test_a_cell_that_is_one_is_read_as_it_is_written(self, cell: str) -> None:
        assert normalise(cell) == NUMBER

    @pytest.mark.parametrize("cell", ["9RS-JT6-YV2", "9RS-JT6-YV", "9RS-JT6-YVDD", "U" * 9, "", "9RSJT6YVD" + " " * 99])
    def test_a_cell_with_a_slip_is_none(self, cell: str) -> None:
        assert normalise(cell) is None
