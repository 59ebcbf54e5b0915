"""Crockford's base32: what is typed is read forgivingly, and a check character betrays what was misread."""

from itertools import product

import pytest

from prizedraw.typed.crockford import ALPHABET, LABEL, check_character, grouped, is_written, parse


def test_the_alphabet_has_no_letter_that_is_taken_for_another() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("k7qm-4t9x", "K7QM4T9X"),
        ("Ｋ７ＱＭ－４Ｔ９Ｘ", "K7QM4T9X"),
        (" K7QM 4T9X\n", "K7QM4T9X"),
        ("K7QM\u200b4T9X\ufeff", "K7QM4T9X"),
        ("K7QMー4T9X一", "K7QM4T9X"),
        ("OoIiLl", "001111"),
        ("u", "u"),
        ("山田", "山田"),
        ("", ""),
    ],
)
def test_width_case_blanks_and_hyphens_do_not_matter_and_what_is_no_symbol_stays(typed: str, read: str) -> None:
    assert parse(typed) == read


@pytest.mark.parametrize("hyphen", "-‐‒–—―⁃−─━ー－ｰ一")
def test_whatever_looks_like_a_hyphen_is_one(hyphen: str) -> None:
    assert parse(f"K7{hyphen}QM") == "K7QM"


def test_every_single_wrong_character_is_betrayed() -> None:
    payload = "K7QM4T9X2HV"
    right = check_character(payload)
    for place, other in product(range(len(payload)), ALPHABET):
        changed = payload[:place] + other + payload[place + 1 :]
        assert (check_character(changed) == right) is (changed == payload)


def test_every_exchange_of_two_neighbours_is_betrayed_but_that_of_0_and_z() -> None:
    for one, other in product(ALPHABET, repeat=2):
        seen = check_character(one + other + "5") != check_character(other + one + "5")
        assert seen is (one != other and {one, other} != {"0", "Z"})


@pytest.mark.parametrize(("payload", "check"), [("", "0"), ("0", "0"), ("1", "Y"), ("10", "Z"), ("ZZ", "2")])
def test_the_check_character_is_luhn_s(payload: str, check: str) -> None:
    assert check_character(payload) == check


def test_groups_are_joined_by_hyphens_and_the_last_may_be_short() -> None:
    assert grouped("K7QM4T9X2", 4) == "K7QM-4T9X-2"
    assert grouped("", 4) == ""


@pytest.mark.parametrize(("text", "written"), [("K7QM", True), ("", True), ("k7qm", False), ("K7-QM", False)])
def test_what_is_written_are_capitals_alone(text: str, written: bool) -> None:
    assert is_written(text) is written


@pytest.mark.parametrize("text", ["a" * 25, "a" * 27, "A" * 26, "i" * 26, "u" * 26, "a" * 25 + "\n", "ａ" * 26])
def test_a_label_is_26_small_symbols_and_nothing_else(text: str) -> None:
    assert LABEL.fullmatch("0123456789abcdefghjkmnpqrs")
    assert not LABEL.fullmatch(text)
