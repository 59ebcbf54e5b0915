"""An analysis at the size of a campaign: the ward sees most of it, and an attack of another make tells nobody apart."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from prizedraw.analysis.file import Analysis
from prizedraw.analysis.make import make_analysis
from support import invented
from support.attack import Attack
from support.builders import CAMPAIGN, TREE
from support.crowds import passing
from support.quick import in_turn

NOW = datetime(2026, 3, 26, tzinfo=UTC)
THRESHOLD = CAMPAIGN.analysis.threshold


@cache
def published(size: int, seed: int) -> Analysis:
    return make_analysis(CAMPAIGN, invented.tally(CAMPAIGN, size, seed), passing(), NOW)


def attack(data: dict[str, Any], size: int, seed: int) -> list[tuple[str, str, str]]:
    """Return what is withheld and yet told more closely than the threshold, though the pool alone does not tell it."""
    pool = dict(invented.tally(CAMPAIGN, size, seed).together)
    return [
        place
        for place, ((low, high), (least, most)) in Attack(data, TREE, pool).intervals().items()
        if high - low < min(THRESHOLD, most - least) - 1e-6
    ]


@pytest.mark.no_cover  # it is long, and runs no line that the others do not
class TestAtTheSizeOfACampaign:
    def test_most_entrants_stand_in_cells_that_are_shown(self) -> None:
        """Of 500 who responded, in five ages and five areas; by the form's options it were one in five."""
        found = published(500, 1)
        [crossed] = [sheet for sheet in found.sheets if sheet.id == "area-age"]
        assert (len(crossed.drawn_rows), len(crossed.drawn_columns)) == (5, 5)
        told = sum(cell or 0 for row in crossed.cells[:-1] for cell in row[:-1])
        assert told >= 0.8 * found.population

    def test_the_choice_is_the_best_or_all_but(self) -> None:
        found = published(500, 1)
        assert found.loss - found.least <= 0.05 * found.loss

    @in_turn("an attack on an analysis")
    def test_an_attack_tells_no_withheld_number_closely(self) -> None:
        data = json.loads(published(300, 11).to_bytes())
        assert published(300, 11).hidden > 50
        assert attack(data, 300, 11) == []

    @in_turn("an attack on an analysis")
    def test_one_number_more_would_be_told(self) -> None:
        """The same attack, so the test above can fail: show what had to be withheld beside a small number."""
        data = json.loads(published(300, 11).to_bytes())
        tables = {sheet["id"]: sheet for chapter in data["sections"] for sheet in chapter["sheets"]}
        score = tables["score"]
        hidden = [at for at, [cell] in enumerate(score["cells"]) if cell is None]
        assert len(hidden) > 1
        counted = invented.tally(CAMPAIGN, 300, 11)
        for at in hidden[1:]:
            score["cells"][at] = [counted.count(frozenset({("quiz/score", str(at))}))]
        assert ("score", score["rows"][hidden[0]], "人数") in attack(data, 300, 11)
