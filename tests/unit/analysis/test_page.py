"""The page: what stands in it is what the analysis says, and readers are told how to read it."""

import re
from itertools import pairwise
from typing import Any

import pytest

from prizedraw.analysis import page
from prizedraw.analysis.file import HIDDEN, Sheet
from prizedraw.analysis.parts import chosen
from prizedraw.campaign.checks import TOTAL
from support import read_analysis
from support.analyses import grid, made, of, rendered, sheet
from support.visitors import CAMPAIGN


class TestThePage:
    def test_every_number_is_the_analysis_s(self) -> None:
        tables = read_analysis.tables(rendered())
        assert tables.keys() == {one.id for one in made().sheets}
        for one in made().sheets:
            for row, cells in zip(one.rows, one.cells, strict=True):
                for column, cell in zip(one.columns, cells, strict=True):
                    assert tables[one.id][row, column] == (HIDDEN if cell is None else f"{cell:,}")

    @pytest.mark.parametrize(
        "text",
        [
            CAMPAIGN.title,
            "新宿区 文化観光産業部 文化観光課",
            "株式会社第一通信社",
            "2月3日（火）10:00から3月1日（日）23:59まで",
            "受け付けた応募 120件",
            "2026年3月26日（木）",
            "「＊」は、3人未満の数、または差し引きで3人未満の数が分かってしまうため伏せた数です。",
            "0人はそのまま示します",
            "自由記述です。内容は集計にも報告にも用いず、記入の有無だけを数えました。",
        ],
    )
    def test_says_who_what_when_and_how_to_read_it(self, text: str) -> None:
        assert text in re.sub(r"<[^>]+>", "", rendered())

    def test_is_in_japanese_for_every_device(self) -> None:
        assert '<html lang="ja">' in rendered()
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in rendered()
        assert "@page { size: A4;" in rendered()

    def test_nothing_can_be_fetched(self) -> None:
        assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in rendered()
        assert not re.search(r"<(script|link|img|iframe)\b|@import|\bsrc=", rendered())

    def test_headings_are_in_order(self) -> None:
        levels = [int(level) for level in re.findall(r"<h([1-6])", rendered())]
        assert levels[0] == 1
        assert all(following <= level + 1 for level, following in pairwise(levels[1:]))

    def test_is_the_same_each_time(self) -> None:
        assert page.render(made()) == rendered()

    def test_markup_in_a_campaign_s_words_is_text(self) -> None:
        evil = sheet([3], id="x", title="<script>alert(1)</script>", rows=("<img src=x>",), notes=("</figure>",))
        text = page.render(of(evil))
        assert not re.search(r"<script|<img|</figure>\s*</p>", text)
        assert read_analysis.tables(text)["x"] == {("<img src=x>", "人数"): "3"}

    def test_a_long_table_stands_in_blocks_and_loses_nothing(self) -> None:
        text = page.render(of(sheet(list(range(40)))))
        assert text.count("<table") == 3
        assert list(read_analysis.tables(text)["one"].values()) == [str(number) for number in range(40)]


class TestDrawing:
    def bars(self, one: Sheet) -> read_analysis.Bars:
        return read_analysis.bars(page.render(of(sheet([1], id="first"), one))).get(one.id, {})

    def shades(self, one: Sheet) -> dict[str, str]:
        found = read_analysis.shades(page.render(of(sheet([1], id="first"), one)))[one.id]
        return {f"{row}{column}": shade for (row, column), shade in found.items()}

    def test_bars_are_as_long_as_their_numbers(self) -> None:
        assert self.bars(sheet([10, 40, 0, 25])) == {
            "回答0": [("s5", 25.0)],
            "回答1": [("s5", 100.0)],
            "回答2": [("s5", 0.0)],
            "回答3": [("s5", 62.5)],
        }

    def test_what_is_withheld_and_totals_have_none(self) -> None:
        assert self.bars(sheet([10, None, 20, 35], totals="row")).keys() == {"回答0", "回答2"}

    def test_of_questions_the_right_answers_are_drawn_of_all(self) -> None:
        assert self.bars(grid([[30, 10, 40], [20, 20, 40]], chart="bars")) == {
            "行0": [("s5", 75.0)],
            "行1": [("s5", 50.0)],
        }

    def test_answers_of_a_scale_lie_end_to_end_and_what_is_withheld_is_one_piece(self) -> None:
        cells: list[list[int | None]] = [[10, 20, 10, 40], [None, 20, None, 40], [None, None, None, None]]
        assert self.bars(grid(cells, chart="scale")) == {
            "行0": [("s5", 25.0), ("s3", 50.0), ("s1", 25.0)],
            "行1": [("s3", 50.0), ("s0", 50.0)],
        }

    def test_a_larger_part_is_darker_and_what_is_withheld_is_hatched(self) -> None:
        shades = self.shades(grid([[50, 10, None, 100], [0, 300, 0, 400]]))
        assert (shades["行0列0"], shades["行0列1"], shades["行1列1"]) == ("s3", "s1", "s5")
        assert (shades["行0列2"], shades["行1列0"], shades["行0列3"]) == ("hidden", "s0", "total")

    def test_parts_stand_first_and_counts_in_small_print(self) -> None:
        text = page.render(of(sheet([1], id="first"), grid([[15, 33, 48]])))
        assert read_analysis.parts(text)["g"] == {("行0", "列0"): "31.3％", ("行0", "列1"): "68.8％"}
        assert read_analysis.tables(text)["g"] == {("行0", "列0"): "15", ("行0", "列1"): "33", ("行0", "列2"): "48"}

    @pytest.mark.parametrize("values", [[0, 0], [None, None], [0], [1_234_567], []])
    def test_extremes_are_drawn(self, values: list[int | None]) -> None:
        assert "<table" in page.render(of(sheet([1], id="first"), sheet(values)))


class TestWhatIsSaid:
    def test_of_the_choice_that_it_is_the_best_or_how_far_from_it(self) -> None:
        best = made().model_copy(update={"loss": 120, "least": 120})
        assert "この基準で、これより多くを示せる選び方はありません。" in chosen(best)
        other = made().model_copy(update={"loss": 120, "least": 90})
        assert "この基準で最もよい選び方と比べた差は、伏せ足した分の最大25.0％です。" in chosen(other)

    def test_what_withheld_numbers_are_together(self) -> None:
        text = page.render(of(sheet([1], id="first"), sheet([None, 20, None, 55], totals="row")))
        assert "「回答0」と「回答2」は、合わせて35人です。" in text


class TestFinding:
    def find(self, values: list[int | None], **changes: Any) -> str:
        one = sheet(values, share="population", **changes)
        return page.finding(of(one), one)

    def test_names_the_most(self) -> None:
        assert self.find([10, 50, 20]) == "最も多いのは「回答1」で、50人（25.0％）です。"

    def test_names_both_of_two(self) -> None:
        assert self.find([50, 50, 20]) == "最も多いのは「回答0」と「回答1」で、それぞれ50人（25.0％）です。"

    def test_a_total_is_not_the_most(self) -> None:
        assert "回答0" in self.find([50, 20, 70], totals="row")

    @pytest.mark.parametrize("values", [[50, None, 20], [0, 0], [7, 7, 7], []])
    def test_says_nothing_where_nothing_is_sure(self, values: list[int | None]) -> None:
        assert self.find(values) == ""

    def test_says_nothing_of_crossed_tables(self) -> None:
        for one in made().sheets:
            if TOTAL in one.columns:
                assert page.finding(made(), one) == ""
