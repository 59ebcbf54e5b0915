"""
Foretell what the tables of a campaign will show: by invented entrants who lean as real ones do (`leanings`).

As many are invented as are expected, at most `MOST`; with more, next to everything is shown.
"""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prizedraw.analysis.folding import counts, folds
from prizedraw.analysis.make import protected
from prizedraw.analysis.tables import Key
from prizedraw.analysis.tally import AGE, AREA, Tally
from prizedraw.campaign.definition import Campaign
from prizedraw.rehearsal import leanings
from prizedraw.times import JST

MOST = 2_000
_SECONDS = 10.0
_LEFT_OPEN = 0.03
_RIGHT = 0.55, 0.4
"""How likely somebody without zeal answers a quiz question rightly, and what zeal adds."""


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """The share *seen*, of 1, of the people whom a crossing counts: its *title*, *by* `age_group` or `area`."""

    title: str
    by: str
    seen: float


def foretell(campaign: Campaign, seed: int = 1) -> Iterator[Foretold]:
    """Yield for each crossing of the analysis which share of the people in its cells will be seen."""
    tally = invented(campaign, min(campaign.expected_entrants, MOST), seed)
    planned, choice = protected(campaign, tally, _SECONDS)
    shown = {key: number for table in choice.tables for key, number in table.shown.items()}
    folded = folds(campaign, tally.variables())
    for plan in (plan for chapter in planned for plan in chapter.plans):
        id = str(plan.form["id"])
        if plan.form.get("totals") == "both":
            by = AGE if id.endswith(AGE) else AREA
            cells = counts(tally, folded, {key for row in plan.keys[:-1] for key in row[:-1]})
            yield Foretold(title=str(plan.form["title"]), by=by, seen=_seen(cells, shown))


def invented(campaign: Campaign, size: int, seed: int = 1) -> Tally:
    """Invent as many entrants, and count what they answer."""
    chance, tally = random.Random(f"{campaign.id}/{seed}"), Tally(campaign)
    day = campaign.opens_at.astimezone(JST).date().isoformat()
    rights = {question.id: question.answers[0] for question in campaign.questions.quiz}
    for _ in range(size):
        who = leanings.person(chance, chance.random())
        answers: dict[str, list[str]] = {}
        for asked in campaign.asked():
            if asked.kind == "quiz":
                is_right = chance.random() < _RIGHT[0] + _RIGHT[1] * who.zeal
                answers[asked.name] = [rights[asked.name] if is_right else "？"]
            elif asked.options and chance.random() >= _LEFT_OPEN:
                answers[asked.name] = leanings.chosen(chance, asked, who)
        tally.add(json.dumps({"day": day, "answers": answers}).encode(), campaign.stands_for(answers))
    return tally


def _seen(cells: Mapping[Key, int], shown: Mapping[Key, int | None]) -> float:
    """Return the share of the people in the cells of a table who stand in cells that are shown."""
    return sum(shown[key] or 0 for key in cells) / (sum(cells.values()) or 1)
