"""A campaign at random: its prizes, who may win them, how it is drawn, what its form asks."""

import copy
import random
from typing import Any

from prizedraw.campaign.definition import Campaign
from support import builders
from support.campaigns import OTHER_POST, WARD, chain

AGES, AREAS = ["10代", "20代"], ["新宿区", "その他"]
QUIZ = builders.TREE["questions"]["quiz"][:2]
WISHES = ["原画", "バッジ"]


def at_random(seed: int) -> tuple[Campaign, dict[str, Any]]:
    """Return a campaign of *seed*, and the tree of its file."""
    chance = random.Random(f"campaign {seed}")
    tree = copy.deepcopy(builders.TREE) | {
        "questions": _questions(chance),
        "prizes": _prizes(chance),
        "randomness": _randomness(chance),
        "analysis": {"threshold": chance.choice([3, 5])},
        "shipping": {"style": chance.choice(["plain", "plain", "yamato_b2"])},
        "expected_entrants": 20,
    }
    if not any("choice" in prize["requires"] for prize in tree["prizes"]):
        tree["questions"]["survey"] = tree["questions"]["survey"][1:]  # the fewer tables, the sooner it is analysed
    tree["mail"] |= {
        "receipts": chance.random() < 0.5,
        "per_minute": chance.choice([1, 10, 30]),
        "per_day": chance.choice([30, 500]),
    }
    tree["claim"] |= chance.choice(
        [
            {"deadline": "2026-03-11", "last": "2026-03-18"},
            {"deadline": "2026-03-09", "last": "2026-03-20"},
            {"deadline": "2026-03-12", "last": "2026-03-12"},
        ]
    )
    return builders.campaign(**tree), tree


def _questions(chance: random.Random) -> dict[str, Any]:
    asks = copy.deepcopy(builders.TREE["questions"])
    for name, options in (("age_group", AGES), ("area", AREAS)):
        asks[name] = {"title": asks[name]["title"], "options": options}
    if chance.random() < 0.3:
        asks["age_group"]["groups"] = [
            {"name": "10代", "options": AGES[:1]},
            {"name": "20代など", "options": [AGES[1], "無回答"]},
        ]
    if chance.random() < 0.25:
        asks["email"] = {"source": "respondent"}
    asks["quiz"] = QUIZ
    asks["survey"] = [
        {"id": "wish", "title": "希望する賞品", "kind": "choice", "options": WISHES},
        {"id": "comments", "title": "ご感想", "kind": "text"},
    ]
    return dict(asks)


def _prizes(chance: random.Random) -> list[dict[str, Any]]:
    made = []
    for number in range(chance.choice([1, 1, 2, 2, 3])):
        requires: dict[str, Any] = {"min_correct": chance.choice([0, 1, 2])}
        if chance.random() < 0.3:
            requires["choice"] = {"question": "wish", "answers": [chance.choice(WISHES)]}
        made.append(
            {
                "id": "ABC"[number],
                "name": f"{'ABC'[number]}賞",
                "quantity": chance.choice([1, 1, 2, 4]),
                "reserves": chance.choice([0, 1, 3, 4]),
                "requires": requires,
            }
        )
    return made


def _randomness(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(["drand", "ward", "hsm"])
    if kind == "drand":
        made = chain()
        return {
            "kind": kind,
            "chain": made.chain,
            "public_key": made.public_key.hex(),
            "period": made.period,
            "genesis": made.genesis,
        }
    return {"kind": kind, "given_by": [WARD["given_by"], OTHER_POST]} if kind == "ward" else {"kind": kind}
