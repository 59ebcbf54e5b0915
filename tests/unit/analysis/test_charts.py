"""Charts: as long as the numbers, the same each time, every label an outline, what is withheld not drawn."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from prizedraw.analysis import charts
from prizedraw.analysis.file import HIDDEN, Sheet
from support import read_analysis


def sheet(values: list[int | None], **changes: Any) -> Sheet:
    rows = tuple(f"回答{number}" for number in range(len(values)))
    given = {
        "id": "one",
        "title": "設問",
        "corner": "回答",
        "columns": ("人数",),
        "rows": rows,
        "cells": tuple((value,) for value in values),
        "chart": "bars",
    }
    return Sheet.model_validate(given | changes)


def grid(cells: list[list[int | None]], **changes: Any) -> Sheet:
    rows, columns = (tuple(f"{name}{n}" for n in range(len(of))) for name, of in (("行", cells), ("列", cells[0])))
    given = {
        "id": "g",
        "title": "表",
        "corner": "行",
        "rows": rows,
        "columns": columns,
        "cells": tuple(map(tuple, cells)),
    }
    return Sheet.model_validate(given | {"chart": "grid"} | changes)


def drawn(one: Sheet) -> ET.Element:
    return read_analysis.charts(charts.draw(one))[one.id]


def shade(style: str) -> int:
    match = re.search(r"fill: #([0-9a-f]{2})", style)
    return int(match[1], 16) if match else -1


class TestBars:
    @pytest.mark.parametrize(("chart", "axis"), [("bars", 0), ("columns", 1)])
    def test_lengths_are_the_numbers(self, chart: str, axis: int) -> None:
        lengths = {at: box[axis] for at, box in read_analysis.drawn(drawn(sheet([10, 40, 0, 25], chart=chart))).items()}
        assert lengths["1"] > 50
        assert lengths == pytest.approx(
            {"0": lengths["1"] / 4, "1": lengths["1"], "2": 0, "3": lengths["1"] * 5 / 8}, abs=0.01
        )

    @pytest.mark.parametrize("chart", ["bars", "columns"])
    def test_what_is_withheld_has_no_bar(self, chart: str) -> None:
        found = drawn(sheet([10, None, 20], chart=chart))
        assert read_analysis.drawn(found).keys() == {"0", "2"}
        assert read_analysis.said(found) == {"回答0": "10", "回答1": HIDDEN, "回答2": "20"}

    @pytest.mark.parametrize("chart", ["bars", "columns"])
    @pytest.mark.parametrize("values", [[0, 0], [None, None], [0], [1_234_567]])
    def test_extremes_are_drawn(self, values: list[int | None], chart: str) -> None:
        assert len(read_analysis.said(drawn(sheet(values, chart=chart)))) == len(values)

    def test_totals_are_not_drawn(self) -> None:
        assert read_analysis.said(drawn(sheet([1, 2, 3], totals="row"))) == {"回答0": "1", "回答1": "2"}

    def test_bars_do_not_overlap_whatever_is_written_beside_them(self) -> None:
        one = sheet([5, 6, 7], rows=("短い", "とても長い設問の題" * 6, "中ぐらいの長さの題です。" * 2))
        ends = []
        for group in drawn(one).iter("{http://www.w3.org/2000/svg}g"):
            if ".value-" in group.attrib.get("id", ""):
                path = next(group.iter("{http://www.w3.org/2000/svg}path")).attrib["d"]
                ys = [float(number) for number in re.findall(r"-?[\d.]+", path)][1::2]
                ends += [min(ys), max(ys)]
        assert len(ends) == 6
        assert ends == sorted(ends)


class TestGrid:
    def test_a_larger_number_is_darker(self) -> None:
        fields = read_analysis.drawn(drawn(grid([[10, 20], [30, 0]])))
        shades = {at: shade(box[2]) for at, box in fields.items()}
        assert shades["1-0"] < shades["0-1"] < shades["0-0"] < shades["1-1"] == 255

    def test_parts_of_a_row_are_compared_within_it(self) -> None:
        fields = read_analysis.drawn(drawn(grid([[10, 10, 20], [100, 300, 400]], share="row", totals="column")))
        shades = {at: shade(box[2]) for at, box in fields.items()}
        assert shades.keys() == {"0-0", "0-1", "1-0", "1-1"}
        assert shades["1-1"] < shades["0-0"] == shades["0-1"] < shades["1-0"]

    def test_what_is_withheld_is_hatched_and_told_by_a_mark(self) -> None:
        found = drawn(grid([[10, None]]))
        assert "url(#g." in read_analysis.drawn(found)["0-1"][2]
        assert "url(" not in read_analysis.drawn(found)["0-0"][2]
        assert read_analysis.said(found) == {"行0／列0": "10", "行0／列1": HIDDEN}

    @pytest.mark.parametrize("total", [None, 0])
    def test_a_row_without_a_total_is_drawn(self, total: int | None) -> None:
        assert drawn(grid([[0, 0, total]], share="row", totals="column")) is not None


class TestElement:
    def test_the_same_table_gives_the_same_bytes(self) -> None:
        for one in (sheet([3, None]), sheet([3, 4], chart="columns"), grid([[1, None]])):
            assert charts.draw(one) == charts.draw(one)

    def test_two_charts_of_one_page_share_no_id(self) -> None:
        ids = [re.findall(r'\bid="([^"]+)"', charts.draw(sheet([3, 4], id=id))) for id in ("a", "b")]
        assert ids[0]
        assert not set(ids[0]) & set(ids[1])

    def test_every_reference_has_its_target(self) -> None:
        svg = charts.draw(grid([[10, None], [3, 5]]))
        wanted = {one or other for one, other in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)}
        assert wanted <= set(re.findall(r'\bid="([^"]+)"', svg))

    def test_it_names_nothing_outside_and_no_time(self) -> None:
        svg = charts.draw(sheet([3]))
        assert set(re.findall(r"https?://[^\"\s]+", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }
        assert "metadata" not in svg
        assert not re.search(r"20\d\d-\d\d-\d\d", svg)

    def test_what_a_campaign_calls_things_is_escaped(self) -> None:
        one = sheet([3], title="<b>&", rows=('"><script>',))
        assert "<script" not in charts.draw(one)
        assert read_analysis.said(drawn(one)) == {'"><script>': "3"}

    @pytest.mark.parametrize("label", ["$a$ と $b$", "100%", "\\alpha", "_{x}^2"])
    def test_a_label_is_no_formula(self, label: str) -> None:
        assert read_analysis.said(drawn(sheet([3], rows=(label,)))) == {label: "3"}

    def test_a_table_without_a_chart_or_rows_has_none(self) -> None:
        assert charts.draw(sheet([3], chart="none")) == ""
        assert charts.draw(sheet([])) == ""


class TestGlyphs:
    def test_what_the_font_has_not_is_known(self) -> None:
        assert list(charts.missing(["髙﨑德彅濵桒彝", "＊〓０1%～－"])) == []
        assert list(charts.missing(["𠮷野", "🎉"])) == ["🎉", "𠮷"]

    def test_it_is_drawn_as_a_mark_and_said_as_it_is(self, capfd: pytest.CaptureFixture[str]) -> None:
        one = sheet([3], rows=("𠮷野家",))
        marked = charts.draw(sheet([3], rows=("〓野家",)))
        outlines = re.compile(r"<defs>.*</defs>", re.DOTALL)
        assert outlines.findall(charts.draw(one)) == outlines.findall(marked)
        assert read_analysis.said(drawn(one)) == {"𠮷野家": "3"}
        assert capfd.readouterr() == ("", "")
