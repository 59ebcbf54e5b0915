"""Hold the plan of the project root, as its example would apply it, to the design."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.checks import CHECKS
from infra.variants import TRIED, plan_from

Plans = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize("kind", TRIED)
@pytest.mark.parametrize("name", CHECKS)
def test_the_plan_is_as_designed(plan_of: Plans, kind: str, name: str) -> None:
    found = list(CHECKS[name](plan_from(plan_of(kind), kind)))
    assert found == []
