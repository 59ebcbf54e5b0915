"""Demand that every way of spoiling the plans is found: what a check does not find, it does not check."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from infra import organisation
from infra.checks import CHECKS, faults
from infra.mutations import PIECES
from infra.mutations_org import of_the_organisation
from infra.names import measured
from infra.platform_names import LIMITS, NAMES
from infra.variants import VARIANTS, org_plan_from, plan_from
from support.quick import in_turn, some_of

LEAST = {
    "grants": 1200,
    "places": 380,
    "functions": 200,
    "schedules": 50,
    "stores": 80,
    "messages": 18,
    "network": 20,
    "alerts": 200,
    "order": 100,
    "strangers": 6,
    "platform": 600,
}
"""How many ways of spoiling each piece knows at least."""
LEAST_OF_ORG = 150
FINDERS = {
    "places": {"every location is in Japan"},
    "functions": {"functions are reached by whom they must", "functions are told what they use"},
    "schedules": {"schedules follow the campaign"},
    "stores": {
        "accesses are logged",
        "buckets are closed",
        "databases cannot be lost",
        "every store has its place",
        "keys lie in hardware",
    },
    "messages": {"topics lose nothing"},
    "alerts": {"alerts say what to do"},
    "order": {"keys are granted before they are used"},
    "strangers": {"nothing is public, basic or a key", "what is for ever is guarded"},
    "platform": {
        "APIs are enabled before they are used",
        "Google's agents have their roles",
        "all grants were read",
        "each name has one author",
        "functions can be built",
        "logs that are promised are taken",
        "names are taken",
        "nobody stays owner",
        "numbers are taken",
        "prepare's grants end at opening",
        "services may do what they are asked to",
        "the network leads nowhere else",
        "the steps are granted what the table says",
    },
}
"""In which piece each check is seen to find something; it may do so in others too."""

Plans = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize("piece", PIECES)
def test_every_mutation_is_found(piece: str, plan_of: Plans) -> None:
    plan = plan_from(plan_of("drand"))
    assert faults(plan) == []
    every = list(PIECES[piece](dict(plan.document), plan))
    assert len(every) >= LEAST[piece]
    tried = some_of(every, 96)
    found = [(what, faults(plan.spoilt(spoilt))) for what, spoilt in tried]
    assert [what for what, said in found if not said] == []
    if len(tried) == len(every):
        finders = {fault.partition(":")[0] for _, said in found for fault in said}
        assert FINDERS.get(piece, set()) <= finders, "a check that found nothing"


def test_every_check_is_seen_to_find_something() -> None:
    assert set().union(*FINDERS.values()) == set(CHECKS)


def test_every_mutation_of_the_organisation_is_found(plan_of: Plans) -> None:
    tried, missed, finders = 0, [], Counter[str]()
    for variant in ("org with the project", "org enforced"):
        plan = org_plan_from(plan_of(variant))
        assert organisation.faults(plan) == []
        for what, spoilt in of_the_organisation(plan):
            found = organisation.faults(plan.spoilt(spoilt))
            tried += 1
            finders.update({fault.partition(":")[0] for fault in found})
            if not found:
                missed.append(f"{variant}: {what}")
    print(f"{tried} ways of spoiling the organisation's root")  # noqa: T201
    assert missed == []
    assert tried > LEAST_OF_ORG
    assert set(finders) == set(organisation.ORG_CHECKS), "a check that found nothing"


@in_turn("a plan of every variant")
def test_every_row_of_names_and_limits_is_met_by_some_plan(plan_of: Plans) -> None:
    """A row that no plan meets checks nothing."""
    plans = [plan_from(plan_of(variant), variant) for variant in VARIANTS]
    plans += [org_plan_from(plan_of("org enforced"))]
    met = {
        (r.type.removeprefix("google_"), argument) for plan in plans for r in plan.resources for argument in r.values
    }
    unmet = [name for name in NAMES if (name.kind, name.argument) not in met]
    unmet_limits = [
        limit
        for limit in LIMITS
        if all(measured(r.values, limit) is None for plan in plans for r in plan.of(limit.kind))
    ]
    assert [name.kind for name in unmet] == ["scc_v2_organization_notification_config"], "it needs a topic"
    assert unmet_limits == []
