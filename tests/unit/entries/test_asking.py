"""By which questions responses are judged, when the form cannot be read."""

import pytest

from prizedraw.entries.asking import asking
from prizedraw.errors import Again, Problem
from prizedraw.ports import Document
from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY
from support.builders import CAMPAIGN, Office

AWAY = Problem("E-000", "フォームを読めません。")


class AwayForm:
    """Be a form that does not answer."""

    def form(self) -> Document:
        raise Again(AWAY)


@pytest.fixture
def office() -> Office:
    return Office()


def asked(office: Office, *, demanded: bool) -> object:
    prepared = office.state.get(Prepared, ONLY)
    assert prepared is not None
    return asking(CAMPAIGN, prepared.record, AwayForm(), office.state, demanded=demanded)  # type: ignore[arg-type]


def test_by_those_of_before_while_nothing_new_is_known(office: Office) -> None:
    found = asked(office, demanded=False)
    assert getattr(found, "form", "") is None
    assert getattr(found, "is_news", True) is False


def test_what_is_wrong_with_it_is_raised_where_it_is_demanded(office: Office) -> None:
    with pytest.raises(Again) as caught:
        asked(office, demanded=True)
    assert caught.value.problem == AWAY
