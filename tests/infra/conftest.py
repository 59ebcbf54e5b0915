"""
Plan both roots once for all tests.

Where Terraform cannot be run or reaches no provider, the tests are skipped, and say so; `REQUIRE_TERRAFORM=1` makes
that a failure.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.terraform import ORG, PROJECT, Terraform, TerraformMissing
from infra.variants import ORG_VARIANTS, VARIANTS, add_campaigns
from support.once import made_once


@pytest.fixture(scope="session")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Terraform]:
    """Return what makes an initialised copy of a root, to run Terraform in."""

    def make(root: Path) -> Terraform:
        try:
            copy = Terraform.of(root, tmp_path_factory.mktemp("terraform") / root.name)
        except TerraformMissing as missing:
            if os.environ.get("REQUIRE_TERRAFORM") == "1":
                pytest.fail(f"REQUIRE_TERRAFORM=1, but {missing}", pytrace=False)
            pytest.skip(f"NOT TESTED: {missing}")
        add_campaigns(copy.folder)
        return copy

    return make


@pytest.fixture(scope="session")
def unspoilt(copy_of: Callable[[Path], Terraform]) -> Callable[[Path], Terraform]:
    """Return what gives the one copy of a root that no test changes."""
    return cache(copy_of)


@pytest.fixture(scope="session")
def plan_of(together: Path, unspoilt: Callable[[Path], Terraform]) -> Callable[[str], dict[str, Any]]:
    """Return what gives a plan as JSON: of the project root, or of `org`, in one of its variants."""

    def give(name: str) -> dict[str, Any]:
        def make() -> dict[str, Any]:
            if name in ORG_VARIANTS:
                return unspoilt(ORG).plan(*ORG_VARIANTS[name])
            return unspoilt(PROJECT).plan(*VARIANTS[name])

        found: dict[str, Any] = made_once(together / f"plan-{name}.json", make)
        return found

    return give
