"""Hold the alerts: all that must be told of, each with a page that says what to do, matching what is really logged."""

import re
from collections.abc import Iterator
from functools import cache

from infra.alarm_lines import lines
from infra.audit_entries import World, entries
from infra.filters import Entry, NotKnown, matches
from infra.planned import Plan, first, leaves
from infra.platform import UNWRITTEN
from infra.powers import POWERS
from infra.terraform import PROJECT, ROOT
from prizedraw.runtime.logs import Event

ALERTS = {
    "access-changed",
    "breach",
    "database-written",
    "dead-letters",
    "erasure-doubted",
    "erasure-overdue",
    "human-decrypt",
    "mail-unknown",
    "nothing-received",
    "object-written",
    "schedule-changed",
    "secret-added",
    "signed-by-hand",
    "step-failed",
    "watch-expiring",
}
PLAYBOOKS = PROJECT / "playbooks"
MOST_CHARACTERS, MOST_BYTES = 8192, 10240
"""What Cloud Monitoring takes as an alert's documentation."""

_EVENT = re.compile(r'jsonPayload\.event=\(?((?:"\w+"(?: OR )?)+)')
_STEP = re.compile(r'jsonPayload\.step=\(?((?:"\w+"(?: OR )?)+)')
_CODE = re.compile(r'"(E-\d{3})"')


def faults(plan: Plan) -> Iterator[str]:
    """Yield what nobody would be told of, or not know what to do about."""
    policies = {policy.values["display_name"]: policy for policy in plan.of("monitoring_alert_policy")}
    if policies.keys() != ALERTS:
        yield f"alerts: {sorted(policies)} instead of {sorted(ALERTS)}"
    if not plan.of("monitoring_notification_channel"):
        yield "nobody is told"
    for name, policy in policies.items():
        content = policy.block_of("documentation").get("content") or ""
        if f"playbooks/{name}.md" not in content or not (PLAYBOOKS / f"{name}.md").is_file():
            yield f"{policy.address}: has no playbook"
        if len(content) > MOST_CHARACTERS or len(content.encode()) > MOST_BYTES:
            yield f"{policy.address}: its documentation is too long"
        if policy.values.get("enabled") is False:
            yield f"{policy.address}: switched off"
        if "google_monitoring_notification_channel.mail" not in plan.refers(policy, "notification_channels"):
            yield f"{policy.address}: tells nobody"
    yield from _words(plan)
    yield from _metrics(plan)
    yield from _rings(plan)


def _rings(plan: Plan) -> Iterator[str]:
    """Yield recorded acts for which an alert must ring and does not, or rings and must not."""
    world = world_of(plan)
    for policy in plan.of("monitoring_alert_policy"):
        for condition in policy.values["conditions"]:
            asked = first(condition.get("condition_matched_log")).get("filter")
            if asked:
                yield from (
                    f"{policy.address}: {fault}" for fault in _unlike(policy.values["display_name"], asked, world)
                )


def world_of(plan: Plan) -> World:
    """Return whom and what the audit logs of this deployment name."""
    appliers = sorted(plan.variables.get("appliers") or ())
    applier = appliers[0] if appliers else str(plan.variables["deployer"]).partition(":")[2]
    project, number, campaign = (str(plan.variables[name]) for name in ("project_id", "project_number", "campaign"))
    return World(project, number, campaign, applier)


@cache
def _unlike(alert: str, asked: str, world: World) -> tuple[str, ...]:
    try:
        found = [(what, wanted == alert, matches(asked, entry)) for what, wanted, entry in _entries(world)]
    except NotKnown as unknown:
        return (f"a filter that is not understood: {unknown}",)
    return tuple(f"{'rings' if rings else 'does not ring'} for {what}" for what, must, rings in found if must != rings)


@cache
def _entries(world: World) -> tuple[tuple[str, str, Entry], ...]:
    return (*entries(world), *lines())


def _metrics(plan: Plan) -> Iterator[str]:
    """Yield alerts that are refused until something was received, since what they measure does not exist before."""
    for policy in plan.of("monitoring_alert_policy"):
        for condition in policy.values["conditions"]:
            query = first(condition.get("condition_prometheus_query_language"))
            free = query.get("disable_metric_validation") is True
            said = str({kind: body for kind, body in condition.items() if not (free and body == [query])})
            if any(name in said for name in UNWRITTEN):
                yield f"{policy.address}: refused on the first apply"


def _words(plan: Plan) -> Iterator[str]:
    """Yield words in filters that no function ever logs."""
    codes = _codes()
    for resource in plan.of("monitoring_alert_policy", "logging_metric"):
        text = " ".join(value for _, value in leaves(resource.values) if isinstance(value, str))
        events = {word for found in _EVENT.findall(text) for word in re.findall(r'"(\w+)"', found)}
        named = {word for found in _STEP.findall(text) for word in re.findall(r'"(\w+)"', found)}
        yield from (
            f"{resource.address}: no event {word}" for word in sorted(events - {event.value for event in Event})
        )
        yield from (f"{resource.address}: no step {word}" for word in sorted(named - POWERS.keys()))
        yield from (f"{resource.address}: no problem {code}" for code in sorted(set(_CODE.findall(text)) - codes))


@cache
def _codes() -> set[str]:
    sources = (ROOT / "shared" / "prizedraw").rglob("*.py")
    return {code for path in sources for code in _CODE.findall(path.read_text(encoding="utf-8"))}
