import hashlib
import hmac
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.fulfilment.claim_code import LENGTH, code_for, normalise
from prizedraw.typed.crockford import ALPHABET

LABEL = "0123456789abcdefghjkmnpqrs"
CODE = "K7QM-4T9X-2HVD-8"


class FixedPrf:
    """Give the same bytes whatever is asked, and record what was asked."""

    def __init__(self, value: bytes) -> None:
        self._value = value
        self.asked: list[bytes] = []

    def value(self, data: bytes) -> bytes:
        self.asked.append(data)
        return self._value


class HmacPrf:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def value(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, hashlib.sha256)


def crockford(bits: str) -> str:
    """Encode a string of bits the slow way, five at a time."""
    return "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def passes_luhn(characters: str) -> bool:
    """Verify Luhn mod 32 as it is described for a receiver: the sum over all, the check character too, is 0."""
    factors = itertools.cycle([1, 2])
    products = (factor * ALPHABET.index(c) for factor, c in zip(factors, reversed(characters), strict=False))
    return sum(sum(divmod(product, 32)) for product in products) % 32 == 0


codes = st.binary(min_size=32, max_size=32).map(lambda value: code_for(FixedPrf(value), LABEL, "a"))


@pytest.mark.parametrize(
    ("first_bytes", "code"),
    [
        ("00" * 8, "0000-0000-0000-0"),
        ("ff" * 8, "ZZZZ-ZZZZ-ZZZZ-C"),
        # The last four of the 64 bits belong to nothing.
        ("000000000000001f", "0000-0000-0001-Y"),
        # 16 doubled is 32: digits 1 and 0 in base 32, hence 1, completed by 31.
        ("0000000000000100", "0000-0000-000G-Z"),
        # By hand: 22+10+18+8+14+6+10+4+6+2+2+0 = 102; 26 is missing to 128.
        ("00443214c74254bf", "0123-4567-89AB-T"),
    ],
)
def test_the_first_sixty_bits_become_the_code(first_bytes: str, code: str) -> None:
    assert code_for(FixedPrf(bytes.fromhex(first_bytes).ljust(32, b"\xaa")), LABEL, "a") == code


def test_the_message_is_the_label_and_then_the_prize() -> None:
    prf = FixedPrf(bytes(32))
    code_for(prf, LABEL, "poster-A_1")
    assert prf.asked == [b"0123456789abcdefghjkmnpqrsposter-A_1"]


def test_another_label_another_prize_or_another_key_gives_another_code() -> None:
    prf = HmacPrf(b"one")
    cases = [(prf, LABEL, "a"), (prf, LABEL, "b"), (prf, LABEL[::-1], "a"), (HmacPrf(b"two"), LABEL, "a")]
    assert len({code_for(*case) for case in cases}) == len(cases)


@given(st.binary(min_size=32, max_size=32))
def test_a_code_is_twelve_characters_and_one_that_luhn_accepts(value: bytes) -> None:
    code = code_for(FixedPrf(value), LABEL, "a")
    bits = f"{int.from_bytes(value, 'big'):0256b}"[:60]
    assert code.replace("-", "")[:12] == crockford(bits)
    assert passes_luhn(code.replace("-", ""))
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 1]
    assert len(code.replace("-", "")) == LENGTH == 13


@given(codes)
def test_a_code_reads_as_itself(code: str) -> None:
    assert normalise(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        "K7QM-4T9X-2HVD-8",
        "K7QM4T9X2HVD8",
        "k7qm-4t9x-2hvd-8",
        "Ｋ７ＱＭ－４Ｔ９Ｘ－２ＨＶＤ－８",
        "ｋ７ｑｍー４ｔ９ｘー２ｈｖｄー８",
        "K7QMｰ4T9Xｰ2HVDｰ8",
        "K7QM‐4T9X‑2HVD‒8",
        "K7QM–4T9X—2HVD―8",
        "K7QM−4T9X─2HVD一8",
        "K7QM\u00ad4T9X﹣2HVD⁃8",
        " K7QM 4T9X 2HVD 8 ",
        "K7QM\u30004T9X\u00a02HVD\t8\r\n",
        "\ufeffK7QM\u200b-4T9X-\u200e2HVD-8",
        "K-7-Q-M-4-T-9-X-2-H-V-D-8",
    ],
)
def test_what_people_type_is_read(typed: str) -> None:
    assert normalise(typed) == CODE


@pytest.mark.parametrize(
    "typed", ["OOOO-ooOO-OOO1-Y", "0000-0000-000I-y", "0000-0000-000l-Y", "ＯＯＯＯ００００ＯＯＯＬＹ"]
)
def test_letters_that_look_like_digits_are_read_as_digits(typed: str) -> None:
    assert normalise(typed) == "0000-0000-0001-Y"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "K7QM-4T9X-2HVD",
        "K7QM-4T9X-2HVD-9",
        "K7QM-4T9X-2HVD-88",
        "K7QM-4T9X-2HVD-8 K7QM-4T9X-2HVD-8",
        "U7QM-4T9X-2HVD-8",
        "K7QM-4T9X-2HVD-*",
        "K7QM_4T9X_2HVD_8",
        "当選コード K7QM-4T9X-2HVD-8",
        "К7QM-4T9X-2HVD-8",  # a Cyrillic К
        "K7QM-4T9X-2HVD-8" + " " * 100,
        "ﷺ" * 100,
        "\ud83d",
        "=1+1",
    ],
)
def test_what_is_no_code_is_not_read(typed: str) -> None:
    assert normalise(typed) is None


@given(codes, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(code: str, place: int, wrong: str) -> None:
    plain = code.replace("-", "")
    changed = plain[:place] + wrong + plain[place + 1 :]
    assert (normalise(changed) is None) == (changed != plain)


def test_every_exchange_of_two_neighbours_is_noticed_but_that_of_0_and_z() -> None:
    unnoticed = set()
    for place, (first, second) in itertools.product(range(11), itertools.permutations(range(32), 2)):
        number = first << 5 * (11 - place) | second << 5 * (10 - place)
        plain = code_for(FixedPrf((number << 4).to_bytes(8, "big")), LABEL, "a").replace("-", "")
        swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
        if normalise(swapped) is not None:
            unnoticed.add(plain[place : place + 2])
    assert unnoticed == {"0Z", "Z0"}


@given(codes)
def test_an_exchange_with_the_check_character_is_noticed_but_that_of_0_and_z(code: str) -> None:
    plain = code.replace("-", "")
    swapped = plain[:11] + plain[12] + plain[11]
    assert (normalise(swapped) is None) == (plain[11] != plain[12] and {plain[11], plain[12]} != {"0", "Z"})
