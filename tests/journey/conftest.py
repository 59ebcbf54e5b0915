"""How a journey gets its campaign: `rehearse` in a process of its own, or `staged` in this one."""

import pytest

from support import local_campaign, rehearsing
from support.local_campaign import Stager
from support.rehearsing import Rehearse


@pytest.fixture(scope="session")
def rehearse() -> Rehearse:
    """Return what rehearses into a folder, as `scripts/rehearse` does with further arguments."""
    return rehearsing.rehearse


@pytest.fixture(scope="session")
def staged() -> Stager:
    """Return what sets the stage for a campaign in a folder; see `support.local_campaign`."""
    return local_campaign.staged
