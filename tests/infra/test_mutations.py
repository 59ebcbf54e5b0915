"""Demand that every way of spoiling the plans is found: what a check does not find, it does not check."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from infra import organisation
from infra.checks import faults
from infra.mutations import PIECES
from infra.mutations_org import of_the_organisation
from infra.names import measured
from infra.platform_names import LIMITS, NAMES
from infra.variants import VARIANTS, org_plan_from, plan_from
from support.quick import some_of

LEAST = dict.fromkeys(PIECES, 1)
LEAST_OF_ORG = 150
Plans = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize("piece", PIECES)
def test_every_mutation_is_found(piece: str, plan_of: Plans) -> None:
    plan = plan_from(plan_of("drand"))
    assert faults(plan) == []
    every = list(PIECES[piece](dict(plan.document), plan))
    assert len(every) >= LEAST[piece]
    tried = some_of(every, 16)
    found = {what: faults(plan.spoilt(spoilt)) for what, spoilt in tried}
    assert [what for what, said in found.items() if not said] == []
    if len(tried) == len(every):
        finders = {fault.partition(":")[0] for said in found.values() for fault in said}
        print(piece, len(every), sorted(finders))  # noqa: T201


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
