"""Spoil the plan of `org` in one place, and say in words how."""

import copy
import json
from collections.abc import Iterator

from infra.organisation import AT_ONCE, SWITCHES
from infra.planned import Plan
from infra.platform_names import NAMES
from infra.spoilt import Document, Mutation, add, changed, configured, find, without

PERIMETER = "google_access_context_manager_service_perimeter.draw[0]"


def of_the_organisation(plan: Plan) -> Iterator[Mutation]:
    """Yield every spoilt plan, with what was spoilt."""
    document = dict(plan.document)
    yield from _policies(document, plan)
    yield from _members(document, plan)
    yield from _perimeter(document)
    yield from _apis(document, plan)
    yield from _names(document, plan)


def _policies(document: Document, plan: Plan) -> Iterator[Mutation]:
    for policy in plan.of("org_policy_policy"):
        name = str(policy.values["name"]).rpartition("/")[2]
        yield f"delete {policy.address}", without(document, policy.address)
        if name in SWITCHES:
            yield f"{name} does not begin in dry run", changed(document, policy.address, dry_run_spec=[])
            turned = [] if policy.values.get("spec") else policy.values["dry_run_spec"]
            yield f"{name} is enforced, or not, against its switch", changed(document, policy.address, spec=turned)
        elif name not in AT_ONCE:
            spec = policy.values["spec"]
            yield f"{name} in dry run", changed(document, policy.address, dry_run_spec=spec)
            yield f"{name} in dry run alone", changed(document, policy.address, dry_run_spec=spec, spec=[])
        else:
            yield f"{name} is not enforced", changed(document, policy.address, spec=[])
        other = f"{str(policy.values['name']).rpartition('/')[0]}/iam.managed.somethingNew"
        yield f"{name} becomes one that nobody knows", changed(document, policy.address, name=other)


def _members(document: Document, plan: Plan) -> Iterator[Mutation]:
    address = "google_org_policy_policy.members"
    for spec in ("dry_run_spec", "spec"):
        body = find(document, address)["values"].get(spec)
        for member in json.loads(body[0]["rules"][0]["parameters"])["allowedMemberSubjects"] if body else ():
            spoilt = copy.deepcopy(body)
            given = json.loads(spoilt[0]["rules"][0]["parameters"])
            given["allowedMemberSubjects"].remove(member)
            spoilt[0]["rules"][0]["parameters"] = json.dumps(given)
            yield f"{spec} does not allow {member}", changed(document, address, **{spec: spoilt})
        if body:
            spoilt = copy.deepcopy(body)
            given = json.loads(spoilt[0]["rules"][0]["parameters"])
            given["allowedMemberSubjects"].append("user:anybody@example.com")
            spoilt[0]["rules"][0]["parameters"] = json.dumps(given)
            yield f"{spec} allows a stranger", changed(document, address, **{spec: spoilt})


def _perimeter(document: Document) -> Iterator[Mutation]:
    values = find(document, PERIMETER)["values"]
    body = "status" if values.get("status") else "spec"
    other = "spec" if body == "status" else "status"
    yield "delete the perimeter", without(document, PERIMETER)
    yield "the perimeter the other way", changed(document, PERIMETER, **{body: [], other: values[body]})
    yield (
        "the perimeter both ways",
        changed(document, PERIMETER, use_explicit_dry_run_spec=not values["use_explicit_dry_run_spec"]),
    )
    for number, policy in enumerate(values[body][0]["ingress_policies"]):
        title = policy["title"]
        for what, change in {
            "nobody": {"ingress_from": [{**policy["ingress_from"][0], "identities": []}]},
            "anybody": {"ingress_from": [{**policy["ingress_from"][0], "identities": ["user:a@example.com"]}]},
            "from nowhere": {"ingress_from": [{**policy["ingress_from"][0], "sources": []}]},
            "to nothing": {"ingress_to": [{**policy["ingress_to"][0], "operations": []}]},
        }.items():
            spoilt = copy.deepcopy(values[body])
            spoilt[0]["ingress_policies"][number] |= change
            yield f"{title}: {what}", changed(document, PERIMETER, **{body: spoilt})
        spoilt = copy.deepcopy(values[body])
        del spoilt[0]["ingress_policies"][number]
        yield f"without {title}", changed(document, PERIMETER, **{body: spoilt})
    for service in values[body][0]["restricted_services"]:
        spoilt = copy.deepcopy(values[body])
        spoilt[0]["restricted_services"].remove(service)
        yield f"{service} is not guarded", changed(document, PERIMETER, **{body: spoilt})


def _apis(document: Document, plan: Plan) -> Iterator[Mutation]:
    for service in plan.of("project_service"):
        yield f"delete {service.address}", without(document, service.address)
        yield f"{service.address} is switched off", changed(document, service.address, disable_on_destroy=True)
    some = plan.of("project_service")[0].address
    more = find(document, some)
    values = {**more["values"], "service": "ml.googleapis.com"}
    yield from add(document, some, {**more, "address": "google_project_service.more", "values": values}, "an API")
    for address, block in plan.blocks.items():
        if "google_project_service.seed" in block.get("depends_on", ()):
            spoilt = {**document, "configuration": copy.deepcopy(document["configuration"])}
            configured(spoilt, address)["depends_on"].remove("google_project_service.seed")
            if "google_project_service.seed" not in plan.spoilt(spoilt).reach(address):
                yield f"{address} does not wait for its API", spoilt


def _names(document: Document, plan: Plan) -> Iterator[Mutation]:
    for name in NAMES:
        for resource in plan.of(name.kind):
            value = str(resource.values[name.argument])
            path = value.rpartition("/")[0] + "/" if name.argument == "name" and "/" in value else ""
            long = {name.argument: path + "a" * (name.most + 1)}
            yield f"{name.argument} of {resource.address} is too long", changed(document, resource.address, **long)
    for settings in plan.of("logging_folder_settings"):
        abroad = changed(document, settings.address, storage_location="us-central1")
        yield f"{settings.address} lies abroad", abroad
