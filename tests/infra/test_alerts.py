"""Hold the filters of the alerts against recorded audit entries, and the reader of filters against its language."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.alarm_lines import lines
from infra.alerts import world_of
from infra.audit_entries import ACTS, entries
from infra.filters import NotKnown, matches
from infra.planned import Plan, first
from infra.variants import TRIED, plan_from

Plans = Callable[[str], dict[str, Any]]

ENTRY = {
    "logName": "projects/p/logs/cloudaudit.googleapis.com%2Fdata_access",
    "severity": "ERROR",
    "httpRequest": {"status": 503},
    "protoPayload": {"methodName": "google.firestore.v1.Firestore.Commit", "done": True},
}


def filters(plan: Plan) -> dict[str, str]:
    """Return the filter of each alert that looks at logs."""
    found = {}
    for policy in plan.of("monitoring_alert_policy"):
        text = first(policy.values["conditions"][0].get("condition_matched_log")).get("filter")
        if text:
            found[policy.values["display_name"]] = text
    return found


@pytest.mark.parametrize("variant", TRIED)
def test_what_people_do_rings_and_what_the_functions_do_does_not(variant: str, plan_of: Plans) -> None:
    plan = plan_from(plan_of(variant), variant)
    asked = filters(plan)
    told = {}
    for what, wanted, entry in (*entries(world_of(plan)), *lines()):
        rings = sorted(name for name, text in asked.items() if matches(text, entry))
        if rings != ([wanted] if wanted else []):
            told[what] = rings
    assert told == {}


@pytest.mark.parametrize(
    "alert",
    ["access-changed", "database-written", "object-written", "schedule-changed", "secret-added", "signed-by-hand"],
)
def test_alerts_look_at_writes(alert: str, plan_of: Plans) -> None:
    """Each kind of writing has entries that must ring and entries that must not."""
    plan = plan_from(plan_of("drand"))
    acts = {act.method for act in ACTS if act.alert == alert}
    seen = [(wanted, matches(filters(plan)[alert], entry)) for _, wanted, entry in entries(world_of(plan))]
    assert acts
    assert {rings for wanted, rings in seen if wanted == alert} == {True}
    assert {rings for wanted, rings in seen if wanted != alert} == {False}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('log_id("cloudaudit.googleapis.com/data_access")', True),
        ('log_id("cloudaudit.googleapis.com/activity")', False),
        ('protoPayload.methodName=~"(Commit|Write)$"', True),
        ('protoPayload.methodName=~"^Commit"', False),
        ('protoPayload.methodName=~"commit$"', False),
        ('protoPayload.methodName=~"(?i)commit$"', True),
        ('protoPayload.methodName="GOOGLE.firestore.v1.firestore.commit"', True),
        ('protoPayload.methodName=("a" OR "google.firestore.v1.Firestore.Commit")', True),
        ('protoPayload.methodName!="a"', True),
        ('protoPayload.nothing="a"', False),
        ('protoPayload.nothing!="a"', False),
        ('NOT protoPayload.nothing="a"', True),
        ("httpRequest.status>=500 AND NOT httpRequest.status=503", False),
        ("severity>=WARNING", True),
        ("severity>ERROR", False),
        ("protoPayload.done=true", True),
        ('(severity=ERROR OR severity=INFO) AND NOT (severity="INFO" OR severity="DEBUG")', True),
    ],
)
def test_a_filter_is_read_as_the_service_reads_it(text: str, expected: bool) -> None:
    assert matches(text, ENTRY) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        '"anything"',
        "severity",
        "severity:*",
        "severity=ERROR OR severity=INFO AND severity=DEBUG",
        "severity=ERROR severity=INFO",
        "-severity=ERROR",
        "(severity=ERROR",
        "severity=(ERROR AND INFO)",
        'severity!=("ERROR" OR "INFO")',
        'ip_in_net(protoPayload.requestMetadata.callerIp, "10.0.0.0/8")',
        "severity=ERROR -- a comment",
        'protoPayload="a"',
    ],
)
def test_what_is_not_known_of_a_filter_is_refused(text: str) -> None:
    with pytest.raises(NotKnown):
        matches(text, ENTRY)
