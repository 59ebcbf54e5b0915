"""What a freeze demands of the last reconciliation, demand by demand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.entries import reconciled
from prizedraw.errors import Refused
from prizedraw.ports import Replace
from prizedraw.records.entries import Reconciliation, Totals
from prizedraw.records.running import ONLY
from prizedraw.times import instant, instant_of, stamp
from support.builders import CAMPAIGN

TOTALS = {
    "received": 15,
    "accepted": 10,
    "duplicates": 2,
    "rejected": {"no_consent": 1},
    "withdrawn": 2,
    "gone": 3,
    "gone_open": 1,
    "doubtful": 0,
    "counted_at": "2026-03-01T15:31:00Z",
}
WHOLE = Reconciliation(
    "last",
    began_at="2026-03-01T15:30:00.000000000Z",
    ended_at="2026-03-01T15:31:00.000000000Z",
    form_count=12,
    totals=TOTALS,
    prepared_hash="announced",
)


def test_of_what_balances_those_who_vanished_are_to_be_accepted_by_their_number() -> None:
    reconciled.demand_balance(WHOLE, 1)
    for accepted in (0, 2):
        with pytest.raises(Refused) as refused:
            reconciled.demand_balance(WHOLE, accepted)
        assert refused.value.problem == reconciled.GONE
    with pytest.raises(Refused) as refused:
        reconciled.demand_balance(replace(WHOLE, totals=TOTALS | {"gone_open": 0}), 1)
    assert refused.value.problem == reconciled.NONE_GONE


def test_what_does_not_balance_is_told_by_both_numbers_without_those_who_vanished() -> None:
    with pytest.raises(Refused) as refused:
        reconciled.demand_balance(replace(WHOLE, form_count=13), 1)
    assert refused.value.problem == reconciled.DOES_NOT_BALANCE
    assert "フォームの件数（13件）と台帳の件数（12件）" in refused.value.sentence


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"questions_differ": True}, reconciled.QUESTIONS_DIFFER),
        ({"prepared_hash": "another"}, reconciled.QUESTIONS_DIFFER),
        ({"differing": 1}, reconciled.ROWS_DIFFER),
    ],
)
def test_what_is_stored_must_be_what_was_judged_by_the_questions_that_were_announced(
    change: dict[str, Any], problem: Any
) -> None:
    reconciled.demand_agreement(WHOLE, "announced")
    with pytest.raises(Refused) as refused:
        reconciled.demand_agreement(replace(WHOLE, **change), "announced")
    assert refused.value.problem == problem


class TestTheLast:
    """A read of the whole form that began once nothing can come any more, and after which nothing did."""

    @staticmethod
    def latest(began_at: str, **counted: int) -> Reconciliation:
        state = Memory(CAMPAIGN.id)
        last = replace(WHOLE, id=ONLY, began_at=instant(began_at))
        given: dict[str, Any] = {"received": 15, "accepted": 10, "duplicates": 2, "withdrawn": 2, **counted}
        totals = Totals(ONLY, counted_at=began_at, rejected={"no_consent": 1}, gone=3, gone_open=1, doubtful=0, **given)
        state.commit([Replace(last), Replace(totals)])
        return reconciled.latest(CAMPAIGN, state)

    def test_is_returned_if_it_began_when_nothing_can_come_any_more(self) -> None:
        assert self.latest(stamp(CAMPAIGN.settled_at)).totals == TOTALS

    @pytest.mark.parametrize(
        ("early", "counted"),
        [(1, {}), (0, {"received": 16}), (0, {"withdrawn": 3})],
        ids=["early", "new", "gone"],
    )
    def test_is_none_if_it_began_before_or_if_something_has_changed_since(
        self, early: int, counted: dict[str, int]
    ) -> None:
        with pytest.raises(Refused) as refused:
            self.latest(stamp(CAMPAIGN.settled_at - timedelta(seconds=early)), **counted)
        assert refused.value.problem == reconciled.NOT_RECONCILED

    def test_is_none_while_nothing_was_counted(self) -> None:
        state = Memory(CAMPAIGN.id)
        state.commit([Replace(replace(WHOLE, id=ONLY, began_at=instant_of(CAMPAIGN.settled_at)))])
        with pytest.raises(Refused):
            reconciled.latest(CAMPAIGN, state)
        with pytest.raises(Refused):
            reconciled.latest(CAMPAIGN, Memory(CAMPAIGN.id))
