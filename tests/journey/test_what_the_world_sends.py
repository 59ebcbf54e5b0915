"""
5,000 responses of every kind, each of which becomes what an independent oracle says.

Notifications are lost and doubled, ticks are lost, the service is away now and then, the form is unshared and changed
for a while, and some responses are deleted in it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from prizedraw.records.entries import FormWatch, LedgerRow, Reconciliation
from prizedraw.records.running import ONLY
from prizedraw.rehearsal import output, until_winners
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.inputs import span
from prizedraw.rehearsal.stage import RehearsalStage, build
from prizedraw.runtime import edge
from prizedraw.times import instant, moment_of
from support import every_response, oracle
from support.builders import CAMPAIGN, CLOSES, FILE, FORM, OPENS
from support.quick import in_turn, some_of

COUNT = 5_000
IN_TROUBLE = 4
"""The tick at which the form is in trouble; at the next one some of its responses are deleted."""

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def rows() -> every_response.Submissions:
    return every_response.submissions(COUNT, seed=11)


@pytest.fixture(params=some_of(["memory", pytest.param("emulator", marks=pytest.mark.emulator)], 2))
def stage(request: pytest.FixtureRequest) -> Iterator[tuple[RehearsalStage, until_winners.Clock]]:
    if request.param == "emulator":
        request.getfixturevalue("firestore_emulator")
    clock = until_winners.Clock(OPENS - timedelta(days=3))
    with ExitStack() as stack:
        google = stack.enter_context(LocalGoogle(clock))
        environ = {**google.environ(CAMPAIGN.id), "CAMPAIGNS": str(FILE.parent)}
        host = edge.Host(clock, clock.sleep)
        yield build(stack, google, host, environ, emulator=request.param == "emulator"), clock


def at(row: dict[str, Any]) -> Any:
    """Return when a version reaches the form; one whose time cannot be read comes in the middle."""
    late = every_response.LATE if row["responseId"].startswith("late-seen") else timedelta(0)
    try:
        return moment_of(instant(row["lastSubmittedTime"])) + late
    except ValueError:
        return OPENS + (CLOSES - OPENS) / 2


@in_turn("responses of every kind")
def test_each_response_becomes_what_the_oracle_says(
    stage: tuple[RehearsalStage, until_winners.Clock], rows: every_response.Submissions, tmp_path: Path
) -> None:
    on, clock = stage
    inbox: list[dict[str, str]] = []
    on.google.forms.put_form(FORM)
    on.google.forms.on_notification(inbox.append)
    assert on.functions.press_and_confirm("prepare").status == 200
    waiting = sorted(rows, key=at)
    there: dict[str, dict[str, Any]] = {}
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    forms = on.google.forms
    happened: Counter[str] = Counter()

    def pull(attributes: dict[str, str]) -> None:
        """Call `intake`, and take note of the versions that it can see."""
        assert on.functions.push("intake", attributes).status == 200
        seen.update({(id, row["lastSubmittedTime"]): row for id, row in there.items()})

    for number, tick in enumerate([*span(CAMPAIGN)[::9], CLOSES + HOUR / 12, CLOSES + HOUR / 3]):
        while waiting and (at(waiting[0]) <= tick or tick > CLOSES):
            row = waiting.pop(0)
            there[row["responseId"]] = forms.submit(row)
        clock.move_to(tick)
        forms.notifications.drop, forms.notifications.double = lost = (2, 0) if tick.day % 3 == 0 else (0, 2)
        forms.notifications.deliver()
        happened["lost"] += lost[0] - forms.notifications.drop
        happened["doubled"] += lost[1] - forms.notifications.double
        if number == IN_TROUBLE:
            in_trouble(on)
        for message in inbox:
            pull(message)
        inbox.clear()
        # Many ticks of the schedule are lost too.
        if tick.day % 2 or tick >= CLOSES:
            forms.fail((429, 503)[number % 2])
            pull({"tick": "schedule"})
        if number == IN_TROUBLE + 1:
            for id in every_response.GONE:
                forms.remove(id)
                del there[id]
    assert min(happened[kind] for kind in ("lost", "doubled")) > 1
    ids = [row["responseId"] for row in rows]
    expected = oracle.outcomes(FILE, FORM, seen.values())
    found = output.ledger(on.open("sealed"), on.sealing(), dict.fromkeys(ids))
    assert {id: (found.get(id), row) for id, row in expected.items() if found.get(id) != row} == {}
    assert found == expected
    assert len(expected) == COUNT
    assert {row["reason"] for row in expected.values()} == {
        None,
        "before_opening",
        "after_closing",
        "edited_after_closing",
        "no_consent",
        "bad_address",
        "unreadable",
    }
    rows_gone = {row.id for row in on.open("sealed").find(LedgerRow, "gone", True)}
    assert rows_gone == {on.sealing().row_id(id) for id in every_response.GONE}
    reconciliation = on.open("state").get(Reconciliation, ONLY)
    assert reconciliation is not None
    assert reconciliation.record.balances
    assert reconciliation.record.agrees
    assert reconciliation.record.form_count == COUNT - len(every_response.GONE)


def in_trouble(on: RehearsalStage) -> None:
    """Take the access to the form away, give it back, change the form, change it back: `intake` only says so."""

    def alarm() -> str:
        """Let the form be looked at, and return what is wrong with it."""
        assert on.functions.push("intake", {"formId": FORM["formId"], "eventType": "SCHEMA"}).status == 200
        watch = on.open("state").get(FormWatch, ONLY)
        assert watch is not None
        return watch.record.alarm

    forms = on.google.forms
    forms.unshare(FORM["formId"])
    assert alarm() == "watch_failed"
    forms.share(FORM["formId"])
    assert alarm() == ""
    forms.put_form(FORM | {"items": FORM["items"][1:]})
    assert alarm() == "form_changed"
    forms.put_form(FORM)
    forms.publish(FORM["formId"], is_accepting=False)
    assert alarm() == "form_closed"
    forms.publish(FORM["formId"], is_published=False)
    assert alarm() == "form_closed"
    forms.publish(FORM["formId"])
    assert alarm() == ""
