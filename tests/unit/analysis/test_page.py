"""The page: what stands in it is what the analysis says, and readers are told how to read it."""

import re
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from prizedraw.analysis import page
from prizedraw.analysis.file import HIDDEN, Analysis, AnalysisChapter, Sheet
from prizedraw.analysis.make import make_analysis
from prizedraw.campaign.checks import TOTAL
from support import read_analysis
from support.visitors import CAMPAIGN
from unit.analysis.test_charts import sheet
from unit.analysis.test_make import crowd, passing

NOW = datetime(2026, 3, 25, 16, 0, tzinfo=UTC)
"""One o'clock of the 26th in Japan."""


@cache
def made() -> Analysis:
    return make_analysis(CAMPAIGN, crowd(CAMPAIGN, 120), passing(), NOW)


@cache
def rendered() -> str:
    return page.render(made())


def of(*sheets: Sheet, population: int = 200) -> Analysis:
    """Return an analysis of such tables; the first stands above all."""
    section = AnalysisChapter(title="章", lead=("前置き",), sheets=sheets)
    return made().model_copy(update={"population": population, "sections": (section,)})


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

    def test_a_letter_that_the_charts_have_not_is_named(self) -> None:
        text = page.render(of(sheet([3], rows=("𠮷野家",))))
        assert "図の「〓」は、図の書体にない文字です（U+20BB7）。" in text

    def test_a_long_table_stands_in_blocks_and_loses_nothing(self) -> None:
        text = page.render(of(sheet(list(range(40)))))
        assert text.count("<table") == 3
        assert list(read_analysis.tables(text)["one"].values()) == [str(number) for number in range(40)]


class TestParts:
    @pytest.mark.parametrize(
        ("part", "whole", "text"),
        [(1, 3, "33.3％"), (0, 3, "0.0％"), (3, 3, "100.0％"), (None, 3, ""), (3, None, ""), (0, 0, "")],
    )
    def test_are_told_only_where_both_are(self, part: int | None, whole: int | None, text: str) -> None:
        assert page.percent(part, whole) == text

    def test_of_a_row_are_of_its_total(self) -> None:
        crossed = next(one for one in made().sheets if one.id == "survey-wish-age_group")
        for row, parts in zip(crossed.cells, page.shares(made(), crossed), strict=True):
            assert parts == [(cell, row[-1]) for cell in row]


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
