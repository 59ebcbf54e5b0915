"""Hold the plan of `org`: policies begin in dry run where they can, and the perimeter lets in whom it must."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra import names, order, places
from infra.planned import Plan, first
from infra.platform import AGENTS, BUILDS_REACH, DRY_RUN_LISTS

FORMS = "serviceAccount:forms-notifications@system.gserviceaccount.com"
SWITCHES = {
    "custom.prizedrawNoOwner": "enforce_no_owner",
    "gcp.restrictServiceUsage": "enforce_service_usage",
    "iam.managed.allowedPolicyMembers": "enforce_members",
    "iam.managed.disableServiceAccountApiKeyCreation": "enforce_managed",
    "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts": "enforce_managed",
    "run.managed.requireInvokerIam": "enforce_managed",
}
"""What begins in dry run, and the variable that enforces it."""
AT_ONCE = {
    "custom.prizedrawHardwareKeys": "a key that is not of hardware could not be made so later",
    "gcp.restrictTLSVersion": "nothing of ours or of Google's speaks less",
}
"""What could be laid in dry run, and is not, with the reason."""
ENFORCED = {
    "cloudbuild.disableCreateDefaultServiceAccount",
    "compute.disableVpcExternalIpv6",
    "compute.skipDefaultNetworkCreation",
    "custom.prizedrawHardwareKeys",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableAuditLoggingExemption",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "storage.publicAccessPrevention",
    "storage.secureHttpTransport",
    "storage.uniformBucketLevelAccess",
}
VALUES: dict[str, list[str]] = {
    "cloudfunctions.allowedVpcConnectorEgressSettings": ["ALL_TRAFFIC"],
    "cloudfunctions.restrictAllowedGenerations": ["2ndGen"],
    "gcp.resourceLocations": ["in:asia-northeast1-locations", "in:asia-northeast2-locations"],
    "gcp.restrictTLSVersion": ["TLS_VERSION_1", "TLS_VERSION_1_1"],
    "iam.serviceAccountKeyExposureResponse": ["is:DISABLE_KEY"],
    "run.allowedVPCEgress": ["all-traffic"],
    "storage.restrictAuthTypes": ["in:ALL_HMAC_SIGNED_REQUESTS"],
    "gcp.restrictCmekCryptoKeyProjects": ["under:folders/{folder_id}"],
    "gcp.restrictNonCmekServices": [
        f"{service}.googleapis.com"
        for service in ("artifactregistry", "firestore", "pubsub", "secretmanager", "storage")
    ],
}
"""What lists allow; the TLS, HMAC and CMEK ones deny it."""
OPEN = {"iam.allowedPolicyMemberDomains"}
"""The legacy list of members, which cannot name the form's account; a managed constraint takes its place."""

GUARDED = {
    f"{api}.googleapis.com"
    for api in (
        "artifactregistry", "cloudfunctions", "cloudkms", "firestore", "logging", "run", "secretmanager", "storage",
    )
}  # fmt: skip


def is_on(plan: Plan, name: str) -> bool:
    """Tell whether a switch is on."""
    return str(plan.variables.get(name)).lower() == "true"


def dry_runs(plan: Plan) -> Iterator[str]:
    """Yield policies that refuse before anybody could look, and dry runs that the service does not know."""
    seen = set()
    for policy in plan.of("org_policy_policy"):
        name = str(policy.values["name"]).rpartition("/")[2]
        seen.add(name)
        able = ".managed." in name or name.startswith("custom.") or name in DRY_RUN_LISTS
        if policy.values.get("dry_run_spec") and not able:
            yield f"{name}: cannot be laid in dry run"
        if able and name not in SWITCHES.keys() | AT_ONCE.keys():
            yield f"{name}: say in organisation.py why it is enforced at once"
        if name in SWITCHES:
            if not policy.values.get("dry_run_spec"):
                yield f"{name}: does not begin in dry run"
            if bool(policy.values.get("spec")) is not is_on(plan, SWITCHES[name]):
                yield f"{name}: enforced without {SWITCHES[name]}, or not with it"
        elif not policy.values.get("spec"):
            yield f"{name}: is not enforced"
    yield from (f"{name}: is not laid" for name in sorted((SWITCHES.keys() | AT_ONCE.keys()) - seen))


def laid(plan: Plan) -> Iterator[str]:
    """Yield policies that are not laid, that are laid otherwise, and others that nobody read."""
    seen: dict[str, Any] = {}
    for policy in plan.of("org_policy_policy"):
        name = str(policy.values["name"]).rpartition("/")[2]
        rule = first(policy.block_of("spec").get("rules"))
        values = first(rule.get("values"))
        seen[name] = values.get("allowed_values") or values.get("denied_values") or rule.get("enforce")
        seen[name] = seen[name] or ("open" if rule.get("allow_all") == "TRUE" else None)
    wanted: dict[str, Any] = dict.fromkeys(ENFORCED, "TRUE") | dict.fromkeys(OPEN, "open")
    wanted |= {name: [text.format(**plan.variables) for text in values] for name, values in VALUES.items()}
    for name in sorted((wanted.keys() | seen.keys()) - SWITCHES.keys()):
        if seen.get(name) != wanted.get(name):
            yield f"{name}: is {seen.get(name)}, should be {wanted.get(name)}"
    # The managed constraint is laid before the legacy one is opened.
    if "google_org_policy_policy.members" not in plan.reach("google_org_policy_policy.member_domains"):
        yield "members may be anybody before they are watched"
    # "Internal only" would lock the operators out of the console.
    yield from (f"{name}: locks the operators out" for name in seen if name.endswith("llowedIngress"))


def members(plan: Plan) -> Iterator[str]:
    """Yield whom the policy on members would refuse, though the project grants them something."""
    for policy in plan.of("org_policy_policy"):
        if not str(policy.values["name"]).endswith("iam.managed.allowedPolicyMembers"):
            continue
        for spec in ("dry_run_spec", "spec"):
            for rule in policy.block_of(spec).get("rules") or ():
                given = json.loads(rule["parameters"])
                if set(given["allowedMemberSubjects"]) != _members(plan):
                    yield f"{spec}: {sorted(set(given['allowedMemberSubjects']) ^ _members(plan))} allowed, or not"
                if len(given["allowedPrincipalSets"]) != 1:
                    yield f"{spec}: allows {given['allowedPrincipalSets']}"


def _members(plan: Plan) -> set[str]:
    number, logging = plan.variables.get("project_number"), plan.variables.get("logging_account")
    agents = {agent.member.format(number=number) for agent in AGENTS.values()} if number else set()
    return {FORMS} | agents | ({f"serviceAccount:{logging}"} if number and logging else set())


Rule = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""Who, to which services, from where (`*`, or the last part of an access level)."""


def perimeter(plan: Plan) -> Iterator[str]:
    """Yield who must come in through the perimeter and cannot, who else can, and what it does not guard."""
    perimeters = plan.of("access_context_manager_service_perimeter")
    if len(perimeters) != (1 if plan.variables.get("project_number") else 0):
        yield f"{len(perimeters)} perimeters"
    for found in perimeters:
        enforced = is_on(plan, "enforce_perimeter")
        body, other = ("status", "spec") if enforced else ("spec", "status")
        if found.values.get("use_explicit_dry_run_spec") is enforced or found.values.get(other):
            yield f"{found.address}: in dry run and enforced at once"
        inside = found.block_of(body)
        guarded = GUARDED | ({"pubsub.googleapis.com"} if is_on(plan, "restrict_pubsub") else set())
        if set(inside.get("restricted_services") or ()) != guarded:
            yield f"{found.address}: guards {sorted(set(inside.get('restricted_services') or ()) ^ guarded)}, or not"
        have = {_rule(policy) for policy in inside.get("ingress_policies") or ()}
        wanted = set(_wanted(plan))
        yield from (f"{found.address}: does not let in {sorted(rule[0])}" for rule in wanted - have)
        yield from (f"{found.address}: lets in {sorted(rule[0])} otherwise" for rule in have - wanted)


def _rule(policy: Mapping[str, Any]) -> Rule:
    who, to = first(policy.get("ingress_from")), first(policy.get("ingress_to"))
    services = {operation["service_name"] for operation in to.get("operations") or ()}
    levels = {str(source.get("access_level")).rpartition("/")[2] for source in who.get("sources") or ()}
    return frozenset(who.get("identities") or ()), frozenset(services), frozenset(levels)


def _wanted(plan: Plan) -> Iterator[Rule]:
    said = plan.variables
    japan, anywhere = frozenset({"prizedraw_japan"}), frozenset({"*"})
    yield frozenset({said["deployer"], f"group:{said['operators_group']}"}), anywhere, japan
    builder = f"serviceAccount:builder@{said['project_id']}.iam.gserviceaccount.com"
    yield frozenset({builder}), frozenset(BUILDS_REACH), anywhere
    readers = {f"group:{said[name]}" for name in ("auditors_group", "infra_group", "lead_group") if said.get(name)}
    if readers:
        yield frozenset(readers), frozenset({"logging.googleapis.com"}), japan
    if said.get("logging_account"):
        account = frozenset({f"serviceAccount:{said['logging_account']}"})
        yield account, frozenset({"cloudkms.googleapis.com"}), anywhere
    if said.get("runner_ranges") not in (None, "", [], "[]"):
        yield frozenset({said["deployer"]}), anywhere, frozenset({"prizedraw_runners"})
    if is_on(plan, "restrict_pubsub"):
        yield frozenset({FORMS}), frozenset({"pubsub.googleapis.com"}), anywhere


ORG_CHECKS: dict[str, Callable[[Plan], Iterator[str]]] = {
    "policies begin in dry run": dry_runs,
    "policies are as they were read": laid,
    "members are allowed who are granted something": members,
    "the perimeter lets in whom it must": perimeter,
    "APIs are enabled before they are used": order.seed_apis,
    "names are taken": names.names,
    "every location is in Japan": places.faults,
}


def faults(plan: Plan) -> list[str]:
    """Return every fault of a plan of `org`."""
    return [f"{name}: {fault}" for name, check in ORG_CHECKS.items() for fault in check(plan)]
