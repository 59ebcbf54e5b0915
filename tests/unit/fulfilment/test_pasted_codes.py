"""What an operator pastes back after shipping: whose line each is, and which name nobody."""

import pytest

from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.pasted_codes import Named, parse

HANA, TARO = "9rsjt6yvmbkwqxwfk1yf62kj55", "r119qdrx2b99vkzqn5dk3tmj9b"
CODE = "K7QM-4T9X-2HVD-8"
CODES = {CODE: HANA, "another": TARO}


@pytest.mark.parametrize(
    "line",
    [
        CODE,
        "ｋ７ｑｍ４ｔ９ｘ２ｈｖｄ８",
        f'="{CODE}"',
        f"1234-5678-9012\t{CODE}\t2026/03/12",
        f"山田花子、{CODE}、東京都",
        f"山田花子，{CODE}；東京都",
        number_of(HANA),
        HANA,
        HANA.upper(),
    ],
)
def test_a_line_names_whose_code_number_or_label_stands_in_it(line: str) -> None:
    assert parse(line, CODES) == Named((HANA,), ())


def test_lines_are_counted_as_the_spreadsheet_counts_them_and_those_that_name_nobody_are_told() -> None:
    pasted = f"お問い合わせ伝票番号\tコード\n\n1234\t{number_of(TARO)}\n  \n5678\tK7QM-4T9X-2HVD-9\n{CODE}"
    assert parse(pasted, CODES) == Named((TARO, HANA), (1, 5))


def test_who_is_named_twice_is_named_once() -> None:
    assert parse(f"{CODE}\n{number_of(TARO)}\n{number_of(HANA)}", CODES) == Named((HANA, TARO), ())


def test_the_first_cell_of_a_line_that_names_somebody_counts() -> None:
    assert parse(f"x,{number_of(TARO)},{CODE}", CODES) == Named((TARO,), ())


def test_nothing_names_nobody() -> None:
    assert parse("", CODES) == parse("\n \n", CODES) == Named((), ())
