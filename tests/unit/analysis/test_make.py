"""An analysis: which tables there are, what is withheld from them, what ties them to each other and to the pool."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from prizedraw.analysis import make, plan
from prizedraw.analysis.file import Analysis, Sheet
from prizedraw.analysis.funnel import DUPLICATES, WITHDRAWN
from prizedraw.analysis.make import make_analysis
from prizedraw.analysis.tables import EVERYBODY, Relation
from prizedraw.analysis.tally import Tally
from prizedraw.campaign.checks import TOTAL
from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import canonical
from support import builders, visitors
from support.crowds import RIGHT, crowd, passing
from support.envelopes import sealed
from support.visitors import AGES, AREAS, CAMPAIGN, MUSEUMS, small

NOW = datetime(2026, 3, 26, 1, 2, 3, tzinfo=UTC)


def made(campaign: Campaign = CAMPAIGN, size: int = 200, **given: Any) -> Analysis:
    return make_analysis(campaign, crowd(campaign, size, **given), passing(), NOW)


def sheet(found: Analysis, id: str) -> Sheet:
    return next(one for one in found.sheets if one.id == id)


def numbers(one: Sheet) -> dict[tuple[str, str], int | None]:
    """Return the cells by their headings."""
    return {
        (row, column): cell
        for row, cells in zip(one.rows, one.cells, strict=True)
        for column, cell in zip(one.columns, cells, strict=True)
    }


def grouped() -> Campaign:
    """Return a campaign in which two ages of three are one group, and no answer goes with the third."""
    asks = visitors.questions()
    asks["age_group"]["groups"] = [
        {"name": "20代以下", "options": ["10代", "20代"]},
        {"name": "30代以上・無回答", "options": ["30代以上", "無回答"]},
    ]
    return visitors.small(questions=asks)


class TestTables:
    def test_are_what_the_ward_asked_for(self) -> None:
        assert [one.id for one in made().sheets] == [
            "course",
            "passed-over",
            "prizes",
            "day",
            "age",
            "area",
            "area-age",
            "score",
            "quiz",
            "survey-wish",
            "survey-wish-age_group",
            "survey-wish-area",
            "survey-museums",
            "survey-museums-age_group",
            "survey-museums-area",
            "survey-comments",
        ]

    def test_every_table_is_a_full_rectangle(self) -> None:
        for one in made().sheets:
            assert len(one.cells) == len(one.rows) == len(set(one.rows))
            assert {len(row) for row in one.cells} == {len(one.columns)} == {len(set(one.columns))}

    def test_totals_stand_where_they_are_said_to(self) -> None:
        found = made(size=400)
        assert sheet(found, "age").rows == (*AGES, "無回答", TOTAL)
        crossed = sheet(found, "area-age")
        assert (crossed.drawn_rows, crossed.drawn_columns) == ((*AREAS, "無回答"), (*AGES, "無回答"))
        assert numbers(crossed)[TOTAL, TOTAL] == 400
        several = sheet(found, "survey-museums-area")
        assert {*several.columns[:2]} == {*MUSEUMS}
        assert several.columns[2:] == ("無回答", "人数")

    def test_answers_stand_by_size_what_stands_aside_last(self) -> None:
        """Where a number is not told, the place must not tell it: it stands behind those that are told."""
        cells = numbers(sheet(made(small(10), size=300), "survey-wish"))
        told = [number for (row, _), number in cells.items() if row in ("原画", "バッジ")]
        assert told == sorted(told, key=lambda number: -(number or 0))
        assert [row for row, _ in cells][-2:] == ["無回答", TOTAL]
        assert make._by_size(["い", "ろ", "無回答", "は", "に", TOTAL], [12, None, 90, 40, None, 99]) == [
            3,
            0,
            1,
            4,
            2,
            5,
        ]

    def test_a_scale_keeps_its_order_and_is_drawn_as_one(self) -> None:
        asks = visitors.questions()
        asks["survey"][0] |= {"ordered": True, "options": ["バッジ", "原画"]}
        found = made(visitors.small(questions=asks), size=200)
        assert sheet(found, "survey-wish").rows == ("バッジ", "原画", "無回答", TOTAL)
        assert (sheet(found, "survey-wish-area").chart, sheet(found, "survey-museums-area").chart) == (
            "scale",
            "shades",
        )

    def test_crossings_are_in_groups_and_single_questions_in_full(self) -> None:
        found = made(grouped(), size=200)
        assert sheet(found, "age").rows == (*AGES, "無回答", TOTAL)
        assert sheet(found, "area-age").columns == ("20代以下", "30代以上・無回答", TOTAL)
        assert sheet(found, "survey-wish-age_group").rows == ("20代以下", "30代以上・無回答", TOTAL)
        cells, ages = numbers(sheet(found, "area-age")), numbers(sheet(found, "age"))
        assert cells[TOTAL, "20代以下"] == (ages["10代", "人数"] or 0) + (ages["20代", "人数"] or 0)

    def test_no_answer_is_counted_with_the_option_that_the_file_names(self) -> None:
        asks = visitors.questions()
        plain = numbers(sheet(made(visitors.small(questions=asks), size=300), "survey-wish"))
        asks["survey"][0]["unanswered_with"] = "原画"
        merged = numbers(sheet(made(visitors.small(questions=asks), size=300), "survey-wish"))
        assert {row for row, _ in merged} == {"原画・無回答", "バッジ", TOTAL}
        assert merged["原画・無回答", "人数"] == (plain["原画", "人数"] or 0) + (plain["無回答", "人数"] or 0)

    def test_without_a_quiz_there_is_no_chapter_on_it(self) -> None:
        prizes = [{"id": "A", "name": "A賞", "quantity": 2, "reserves": 0, "requires": {"min_correct": 0}}]
        asks = visitors.questions() | {"quiz": []}
        campaign = builders.campaign(questions=asks, prizes=prizes, analysis={"threshold": 3})
        counted = Tally(campaign)
        counted.add(sealed(age_group="20代"), ["A"])
        found = make_analysis(campaign, counted, passing(), NOW)
        assert "クイズ" not in [section.title for section in found.sections]


class TestWithholding:
    @pytest.mark.parametrize("threshold", [3, 10, 30])
    def test_no_small_number_is_told(self, threshold: int) -> None:
        found = made(small(threshold), size=150)
        entrants = [one for one in found.sheets if one.id not in ("course", "passed-over")]
        told = {cell for one in entrants for row in one.cells for cell in row}
        assert not told & set(range(1, threshold))
        assert None in told
        assert 0 in told
        assert found.threshold == threshold

    def test_a_stricter_threshold_withholds_more(self) -> None:
        assert made(small(3)).hidden < made(small(10)).hidden < made(small(30)).hidden

    def test_responses_that_were_not_accepted_are_shown_as_the_commitment_publishes_them(self) -> None:
        """They tell nothing that anybody answered; a mark where another file has the number looked like a mistake."""
        campaign = small(10)
        words = {"締切後の応募": 5, DUPLICATES: 32, "同意のない応募": 12}
        rows = make_analysis(campaign, crowd(campaign, 40), passing(**words), NOW).sheets[1]
        cells = numbers(rows)
        assert (cells["締切後の応募", "件数"], cells["同意のない応募", "件数"]) == (5, 12)
        assert (cells[DUPLICATES, "件数"], cells[WITHDRAWN, "件数"], cells[TOTAL, "件数"]) == (32, 0, 49)
        assert "commitment.json" in rows.notes[0]

    def test_what_the_pool_tells_is_reckoned_with(self) -> None:
        """Who stands for A answered all rightly, and the pool tells how many: so 5 is told, and 4 needs a companion."""
        campaign, counted = small(10), Tally(small(10))
        for score, people in {5: 4, 4: 7, 3: 40, 2: 30}.items():
            right = list(RIGHT.items())[:score]
            answers: dict[str, Any] = {"age_group": ["20代"], **{name: [typed] for name, typed in right}}
            for _ in range(people):
                counted.add(sealed(**answers), campaign.stands_for(answers))
        scores = numbers(sheet(make_analysis(campaign, counted, passing(), NOW), "score"))
        withheld = {row for (row, _), number in scores.items() if number is None}
        assert {"5問正解", "4問正解"} < withheld

    def test_where_prizes_do_not_follow_from_the_tables_the_pool_ties_nothing(self) -> None:
        plain, odd = crowd(CAMPAIGN, 20), crowd(CAMPAIGN, 20)
        odd.add(sealed(wish=["原画", "バッジ"]), ["B"])
        assert any(plan.TOGETHER in names(one) for one in plan.relations(CAMPAIGN, plain))
        assert not any(plan.TOGETHER in names(one) for one in plan.relations(CAMPAIGN, odd))
        assert make_analysis(CAMPAIGN, odd, passing(), NOW).population == 21

    def test_an_exposure_stops_everything(self) -> None:
        with pytest.raises(Broken) as caught:
            make.demand_hidden([object(), object()])
        assert "2件" in caught.value.sentence


def names(relation: Relation) -> set[str]:
    return {variable.name for variable in relation.variables}


class TestRelations:
    @pytest.mark.parametrize("several", [False, True])
    def test_hold_for_whoever_entered(self, several: bool) -> None:
        """Whatever is stated between numbers is true of people who are counted; else nothing could be solved."""
        wish = (
            {"question": "museums", "answers": [MUSEUMS[0]]} if several else {"question": "wish", "answers": ["バッジ"]}
        )
        prizes = [
            {"id": "A", "name": "A賞", "quantity": 1, "reserves": 0, "requires": {"min_correct": 5}},
            {"id": "B", "name": "B賞", "quantity": 1, "reserves": 0, "requires": {"min_correct": 2, "choice": wish}},
        ]
        campaign = visitors.small(prizes=prizes)
        found = make_analysis(campaign, crowd(campaign, 80), passing(), NOW)
        assert sheet(found, "prizes").rows == ("A賞", "B賞", "どの賞品の対象にもならない")

    def test_everybody_is_known(self) -> None:
        layout, counts = plan.known(CAMPAIGN, crowd(CAMPAIGN, 30))
        assert layout.known
        assert counts[EVERYBODY] == sum(n for key, n in counts.items() if key) == 30


class TestFile:
    def test_is_canonical_and_reads_back(self) -> None:
        found = made(size=50)
        data = found.to_bytes()
        assert canonical(json.loads(data)) == data
        assert Analysis.from_bytes(data) == found
        assert (found.made_at, found.population) == ("2026-03-26T01:02:03Z", 50)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'"population":50', b'"population": 50'),
            (b'"population":50', b'"population":-1'),
            (b'"population":50', b'"population":"50"'),
            (b'"spec":"prizedraw-analysis/2"', b'"spec":"prizedraw-analysis/1"'),
            (b'"population":50', b'"people":["x"],"population":50'),
        ],
    )
    def test_anything_else_is_refused(self, old: bytes, new: bytes) -> None:
        data = made(size=50).to_bytes()
        with pytest.raises(Broken):
            Analysis.from_bytes(data.replace(old, new))
