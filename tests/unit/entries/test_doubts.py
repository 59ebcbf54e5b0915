"""From when on totals are doubtful: a mistake in form or campaign file rejects most, an honest campaign a few."""

import json
from dataclasses import replace
from typing import Any

import pytest

from prizedraw.entries.doubts import (
    QUESTIONS_DIFFER,
    ROWS_DIFFER,
    TOTALS_DOUBTFUL,
    EntriesDoubt,
    doubt_of,
    main_reason,
    raise_alarm,
)
from prizedraw.records.entries import Reason, Reconciliation
from support.stages import reconciled


def totals(received: int, *, withdrawn: int = 0, **rejected: int) -> dict[str, Any]:
    accepted = received - withdrawn - sum(rejected.values())
    return {"received": received, "accepted": accepted, "withdrawn": withdrawn, "rejected": rejected}


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        pytest.param(totals(20, no_consent=11), Reason.NO_CONSENT, id="most"),
        pytest.param(totals(20, no_consent=10), None, id="half"),
        pytest.param(totals(20, bad_address=11), Reason.BAD_ADDRESS, id="most-for-their-address"),
        pytest.param(totals(20, unreadable=11), Reason.UNREADABLE, id="most-cannot-be-read"),
        pytest.param(totals(20, no_consent=9, bad_address=9), None, id="most-but-for-two-reasons"),
        pytest.param(
            totals(30, no_consent=11, before_opening=3, after_closing=4, edited_after_closing=3),
            Reason.NO_CONSENT,
            id="most-of-what-came-in-time",
        ),
        pytest.param(totals(30, withdrawn=10, no_consent=11), Reason.NO_CONSENT, id="most-of-what-was-not-withdrawn"),
        pytest.param(totals(30, after_closing=28), None, id="too-late-is-nobody-s-mistake-but-their-own"),
        pytest.param(totals(5, no_consent=5), Reason.NO_CONSENT, id="all-of-few"),
        pytest.param(totals(4, no_consent=4), None, id="too-few-to-tell"),
    ],
)
def test_a_reason_is_doubtful_that_rejected_most_of_what_came_in_time(seen: dict[str, Any], reason: Reason) -> None:
    assert main_reason(seen) is reason


@pytest.mark.parametrize(
    ("seen", "is_over", "doubt"),
    [
        pytest.param(totals(1, before_opening=1), True, EntriesDoubt.NOBODY, id="nobody-counts"),
        pytest.param(totals(1, before_opening=1), False, None, id="nobody-counts-yet"),
        pytest.param(totals(0), True, None, id="nobody-came"),
        pytest.param(totals(1, withdrawn=1), True, None, id="who-came-has-withdrawn"),
        pytest.param(totals(20, no_consent=11), False, EntriesDoubt.ONE_REASON, id="most-for-one-reason"),
        pytest.param(totals(20), True, None, id="honest"),
    ],
)
def test_that_nobody_counts_is_doubtful_once_entry_is_over(
    seen: dict[str, Any], is_over: bool, doubt: EntriesDoubt | None
) -> None:
    assert doubt_of(seen, is_over=is_over) is doubt


@pytest.mark.parametrize(
    ("changes", "rings"),
    [
        pytest.param({}, None, id="honest"),
        pytest.param({"questions_differ": True}, QUESTIONS_DIFFER, id="questions"),
        pytest.param({"differing": 3}, ROWS_DIFFER, id="rows"),
        pytest.param({"totals": totals(20, no_consent=11)}, TOTALS_DOUBTFUL, id="totals"),
    ],
)
def test_each_doubt_rings(changes: dict[str, Any], rings: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    found = replace(reconciled().one(Reconciliation), **changes)
    capsys.readouterr()
    raise_alarm(found, is_over=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["code"] for line in lines] == ([rings] if rings else [])
    assert [line["counts"] for line in lines if "counts" in line] == (
        [{"differing": 3}] if rings == ROWS_DIFFER else []
    )
