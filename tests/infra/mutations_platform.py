"""Spoil a plan where Google would refuse it, or do nothing, row by row of the platform."""

import copy
from collections.abc import Iterator
from typing import Any

from infra.names import measured
from infra.planned import Plan
from infra.platform import AGENTS, BUILDER, FOREVER, RESERVED_ENVIRONMENT, UNWRITTEN
from infra.platform_names import LIMITS, NAMES
from infra.spoilt import Document, Mutation, add, changed, find, nested, without


def of_the_platform(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Yield plans that break one row each."""
    yield from _agents(document, plan)
    yield from _builder(document, plan)
    yield from _apis(document, plan)
    yield from _names(document, plan)
    yield from _limits(document, plan)
    yield from _logs(document, plan)
    yield from _metrics(document, plan)
    yield from _rest(document, plan)


def _agents(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Ask for no agent, take its role, give it another's, and ask for one that nobody knows."""
    for identity in plan.of("project_service_identity"):
        yield f"do not ask for {identity.address}", without(document, identity.address)
        yield (
            f"ask for another than {identity.address}",
            changed(document, identity.address, service="ml.googleapis.com"),
        )
    roles = sorted(agent.role for agent in AGENTS.values() if agent.role)
    for grant in plan.of("project_iam_member"):
        if grant.values.get("role") in roles:
            other = next(role for role in roles if role != grant.values["role"])
            yield f"give {grant.address} {other}", changed(document, grant.address, role=other)
    data = "data.google_storage_project_service_account.agent"
    spoilt = {**document, "configuration": copy.deepcopy(document["configuration"])}
    root = spoilt["configuration"]["root_module"]
    root["resources"] = [block for block in root["resources"] if block["address"] != data]
    yield f"do not ask for {data}", spoilt


def _builder(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Let builds read nothing, another bucket, everything; let them write; let another account build."""
    reads = "google_project_iam_member.builder_sources"
    [right] = [right for right in BUILDER if "gcf-v2-sources" in right.condition]
    number, title = plan.variables["project_number"], "sources of builds"
    for what, condition in {
        "another project's sources": right.condition.format(number="999999999999"),
        "another region's sources": right.condition.format(number=number).replace("asia-northeast1", "us-central1"),
        "sources of all projects": 'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")',
        "its own bucket": f'resource.name.startsWith("projects/_/buckets/{plan.variables["project_id"]}-sources")',
        "sources until opening": f'{right.condition.format(number=number)} && request.time < timestamp("2026-01-01")',
    }.items():
        yield f"builds read {what}", changed(document, reads, condition=[{"title": title, "expression": condition}])
    for role in ("roles/storage.objectAdmin", "roles/storage.admin", "roles/cloudbuild.builds.builder"):
        more = {**find(document, reads), "address": f"{reads}_more"}
        more = {**more, "values": {**more["values"], "role": role, "condition": []}}
        yield from add(document, reads, more, role)


def _apis(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Enable what nobody needs."""
    some = plan.of("project_service")[0].address
    more = find(document, some)
    values = {**more["values"], "service": "ml.googleapis.com"}
    yield from add(document, some, {**more, "address": "google_project_service.more", "values": values}, "an API")


def _names(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Make each name too long, too short, of strange signs, and of words that the service keeps for itself."""
    for name in NAMES:
        for resource in plan.of(name.kind):
            value = resource.values.get(name.argument)
            if not isinstance(value, str):
                continue
            path = value.rpartition("/")[0] + "/" if name.argument == "name" and "/" in value else ""
            tried = {"too long": path + "a" * (name.most + 1)}
            if name.least > 1:
                tried["too short"] = path + "a" * (name.least - 1)
            if name.pattern != ".*":
                tried["strange"] = f"{value} §"
            if name.never != "(?!)":
                tried["reserved"] = f"goog-{value}"
            for what, wrong in tried.items():
                yield (
                    f"{name.argument} of {resource.address} is {what}",
                    changed(document, resource.address, **{name.argument: wrong}),
                )


def _limits(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Go below and beyond each number that is taken."""
    for limit in LIMITS:
        for resource in plan.of(limit.kind):
            if measured(resource.values, limit) is None:
                continue
            for number in (limit.least - 1, limit.most + 1):
                if number >= 0:
                    yield (
                        f"{limit.path} of {resource.address} is {number:g}",
                        _set(document, resource.address, limit.path, number),
                    )


def _set(document: Document, address: str, path: str, number: float) -> Document:
    """Lay a number at a path, in the form of what stands there: a number, a text, seconds, a text of that length."""
    values = copy.deepcopy(find(document, address)["values"])
    *blocks, argument = path.split(".")
    inner: Any = values
    for block in blocks:
        inner = inner[block][0]
    now = inner[argument]
    if isinstance(now, str) and now.endswith("s") and now[:-1].isdigit():
        inner[argument] = f"{number:.0f}s"
    elif isinstance(now, str):
        inner[argument] = f"{number:.0f}" if now.isdigit() else "x" * int(number)
    else:
        inner[argument] = [*now, *now][: int(number)] if isinstance(now, list) else int(number)
    return changed(document, address, **values)


def _logs(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Take no log that is promised, and ask for one that never comes."""
    for policy in plan.of("dns_policy"):
        yield f"{policy.address} logs nothing", changed(document, policy.address, enable_logging=False)
        yield f"delete {policy.address}", without(document, policy.address)
    for nat in plan.of("compute_router_nat"):
        yield f"{nat.address} logs nothing", changed(document, nat.address, log_config=[])
        errors = [{"enable": True, "filter": "ERRORS_ONLY"}]
        yield f"{nat.address} logs errors only", changed(document, nat.address, log_config=errors)
    for rule in plan.of("compute_network_firewall_policy_rule"):
        yield f"{rule.address} asks for a log", changed(document, rule.address, enable_logging=True)


def _metrics(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Name in an alert a metric that was never written."""
    for policy in plan.of("monitoring_alert_policy"):
        conditions = copy.deepcopy(policy.values["conditions"])
        for condition in conditions:
            for query in condition.get("condition_prometheus_query_language") or ():
                query["disable_metric_validation"] = None
                yield f"{policy.address} is validated", changed(document, policy.address, conditions=conditions)
            for threshold in condition.get("condition_threshold") or ():
                threshold["filter"] = f'metric.type="{UNWRITTEN[0]}prizedraw_received"'
                yield f"{policy.address} measures it", changed(document, policy.address, conditions=conditions)


def _rest(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Leave the project an owner, tell a function what is Google's, make networks small, name for a campaign."""
    for gone in plan.of("project_iam_member_remove"):
        yield f"delete {gone.address}", without(document, gone.address)
        yield f"{gone.address} takes another role", changed(document, gone.address, role="roles/editor")
        yield f"{gone.address} takes it from another", changed(document, gone.address, member="user:other@example.jp")
    for function in plan.of("cloudfunctions2_function"):
        told = function.block_of("service_config")["environment_variables"]
        for name in sorted(RESERVED_ENVIRONMENT):
            more = nested(document, function.address, "service_config", environment_variables={**told, name: "x"})
            yield f"tell {function.address} {name}", more
    for subnetwork in plan.of("compute_subnetwork"):
        yield f"{subnetwork.address} is small", changed(document, subnetwork.address, ip_cidr_range="10.10.0.0/28")
    for row in FOREVER:
        for resource in () if row.protected else plan.of(row.kind):
            argument = next(name for name in ("role_id", "bucket_id") if resource.values.get(name))
            campaign = {argument: f"prizedraw.{plan.variables['campaign']}".replace("-", "_")}
            yield f"{resource.address} is named for a campaign", changed(document, resource.address, **campaign)
