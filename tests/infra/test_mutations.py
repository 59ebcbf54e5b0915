"""Demand that every way of spoiling the plan is found: what a check does not find, it does not check."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from infra.checks import CHECKS, faults
from infra.mutations import mutations
from infra.variants import plan_from

LEAST = 1000

pytestmark = pytest.mark.timeout(900)


def test_every_mutation_is_found(plan_of: Callable[[str], dict[str, Any]]) -> None:
    plan = plan_from(plan_of("drand"))
    assert faults(plan) == []
    tried, missed, finders = 0, [], Counter[str]()
    for what, spoilt in mutations(plan):
        found = faults(plan.spoilt(spoilt))
        tried += 1
        finders.update({fault.partition(":")[0] for fault in found})
        if not found:
            missed.append(what)
    assert missed == []
    assert tried > LEAST
    assert set(finders) == set(CHECKS), "a check that found nothing"
