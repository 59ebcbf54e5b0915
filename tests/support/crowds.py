"""A crowd that answers by chance, counted; and how many there were on the way."""

import random
from typing import Any

from prizedraw.analysis.funnel import DUPLICATES, WITHDRAWN, Funnel
from prizedraw.analysis.tally import Tally
from prizedraw.campaign.definition import Campaign
from support.envelopes import sealed
from support.visitors import AGES, AREAS, CAMPAIGN, MUSEUMS

RIGHT = {question.id: question.answers[0] for question in CAMPAIGN.questions.quiz}


def passing(**passed_over: int) -> Funnel:
    passed = {DUPLICATES: 0, WITHDRAWN: 0} | passed_over
    return Funnel(accepted=40, passed_over=passed, winners=5, claimed=4, shipped=3)


def crowd(campaign: Campaign, size: int, seed: int = 3, **fixed: Any) -> Tally:
    """Count people who answer by chance, and stand for what their answers earn; *fixed* answers are everybody's."""
    chance, counted = random.Random(seed), Tally(campaign)
    for _ in range(size):
        answers: dict[str, Any] = {name: [right if chance.random() < 0.7 else "？"] for name, right in RIGHT.items()}
        answers |= {
            "age_group": [chance.choice(AGES)],
            "area": [chance.choice(AREAS)],
            "wish": [chance.choice(["原画", "バッジ", ""])],
            "museums": chance.sample(MUSEUMS, chance.randint(0, 2)),
            "comments": ["よかった"] * chance.randint(0, 1),
        } | fixed
        counted.add(sealed(**answers), campaign.stands_for(answers))
    return counted
