"""What is pasted back after shipping: whoever is named in a line is found, and nothing else of it is kept."""

import pytest

from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.pasted_codes import Named, parse
from support.builders import keys
from support.claims import code, label

CODES = {
    claim_code.code_for(keys().prf("claim"), label(name), prize): label(name)
    for name, prize in (("a1", "A"), ("a2", "A"), ("b1", "B"))
}
A1, A2, B1 = map(label, ("a1", "a2", "b1"))


@pytest.mark.parametrize("between", ["\t", ",", ";", "、", "，", "；"])
def test_a_code_stands_anywhere_in_a_line_whatever_separates_the_cells(between: str) -> None:
    line = between.join(["1234-5678-9012", code("a1"), "東京都新宿区"])
    assert parse(line, CODES) == Named((A1,), ())


@pytest.mark.parametrize(
    "typed",
    [code("a1").lower(), code("a1").replace("-", ""), f'"{code("a1")}"', f'="{code("a1")}"', f"  {code('a1')} "],
    ids=["small letters", "no hyphens", "quoted", "as Excel keeps text", "blanks"],
)
def test_it_is_read_as_leniently_as_winners_type(typed: str) -> None:
    assert parse(typed, CODES).labels == (A1,)


def test_the_label_and_the_number_of_the_mail_name_somebody_too() -> None:
    assert parse(f"{A1}\n{number_of(A2)}\n{code('b1')}", CODES) == Named((A1, A2, B1), ())


def test_each_is_named_once_in_the_order_of_the_lines() -> None:
    assert parse("\n".join([code("b1"), code("a1"), number_of(B1)]), CODES).labels == (B1, A1)


def test_of_two_in_a_line_the_first_counts() -> None:
    assert parse(f"{code('a2')}\t{code('a1')}", CODES).labels == (A2,)


def test_lines_that_name_nobody_are_told_by_number_and_empty_ones_passed_over() -> None:
    pasted = f"当選コード\n\n{code('a1')}\n  \nK7QM-4T9X-2HVD-8\n"
    assert parse(pasted, CODES) == Named((A1,), (1, 5))


def test_nothing_names_nobody() -> None:
    assert parse("", CODES) == Named((), ())
