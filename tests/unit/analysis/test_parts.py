"""Parts and what is said of them: exact, halves up, and nothing that a reader could not work out."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.analysis.parts import percent, together
from support.analyses import grid, sheet


class TestPercent:
    @pytest.mark.parametrize(
        ("part", "whole", "text"),
        [(1, 3, "33.3％"), (0, 3, "0.0％"), (3, 3, "100.0％"), (None, 3, ""), (3, None, ""), (0, 0, "")],
    )
    def test_is_told_only_where_both_are(self, part: int | None, whole: int | None, text: str) -> None:
        assert percent(part, whole) == text

    @pytest.mark.parametrize(
        ("part", "whole", "text"), [(15, 48, "31.3％"), (27, 48, "56.3％"), (1, 2000, "0.1％"), (1, 2001, "0.0％")]
    )
    def test_a_half_is_rounded_up_as_the_page_says(self, part: int, whole: int, text: str) -> None:
        """割合は小数第2位を四捨五入: 31.25 is 31.3, where binary fractions and even digits give 31.2."""
        assert percent(part, whole) == text

    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_is_what_decimal_arithmetic_says(self, part: int, whole: int) -> None:
        exact = (Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        assert percent(part, whole) == f"{exact}％"


class TestTogether:
    def test_is_what_subtraction_gives(self) -> None:
        one = sheet([152, None, 146, None, 441], totals="row", rows=("原画", "バッジ", "どちらでも", "無回答", "合計"))
        assert together(one) == ("「バッジ」と「無回答」は、合わせて143人です。",)

    def test_many_are_not_listed(self) -> None:
        assert together(sheet([None] * 5 + [40, 120], totals="row", corner="日")) == (
            "伏せた5つの日は、合わせて80人です。",
        )

    def test_of_each_row_where_rows_add_up(self) -> None:
        one = grid([[50, None, None, 90], [40, 30, 20, 90]], rows=("問1 何？", "問2 何？"))
        assert together(one) == ("問1：「列1」と「列2」は、合わせて40人です。",)

    @pytest.mark.parametrize("total", [None, 30])
    def test_nothing_is_said_where_nothing_is_withheld_or_the_whole_is(self, total: int | None) -> None:
        numbers = [10, 20] if total else [None, 20]
        assert together(sheet([*numbers, total], totals="row")) == ()

    def test_nothing_is_said_of_answers_of_which_several_were_given(self) -> None:
        assert together(sheet([None, None, 20])) == ()
