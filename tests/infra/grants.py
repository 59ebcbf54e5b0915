"""
Hold the grants of the steps against the table of powers, and all grants against what none may be.

A grant is missing, too much, without its condition, on another resource, or another account's: each is a fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from infra import conditions
from infra.granted import is_grant
from infra.planned import Plan, Resource
from infra.powers import POWERS, ROLES, SPARE, Need, holds, needs_of

_BASIC = ("roles/owner", "roles/editor", "roles/viewer")
_PUBLIC = ("allUsers", "allAuthenticatedUsers")
UNKNOWN = "?"
"""What the plan does not know yet: the address of a service agent, mostly."""


@dataclass(frozen=True)
class Grant:
    """
    Hold one grant: *who* is an account's short name, a group, or `?`; *until* is a time, or empty.

    *names* are the files for which a grant on a bucket holds, all if there are none.
    """

    address: str
    who: str
    role: str
    on: str
    until: str = ""
    oddity: str = ""
    names: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Return on what it holds: `bucket published`, or `object published/rules.json` for each file that it names."""
        bucket = self.on.removeprefix("bucket ")
        return tuple(f"object {bucket}/{name}" for name in self.names) or (self.on,)

    def __str__(self) -> str:
        return f"{self.who} | {self.role} | {self.on}{' | until ' + self.until if self.until else ''}"


def grants(plan: Plan) -> list[Grant]:
    """Return every grant of the plan, one a member."""
    made = filter(is_grant, plan.resources)
    return plan.whole("grants", lambda: list(chain.from_iterable(_each(plan, resource) for resource in made)))


def _each(plan: Plan, resource: Resource) -> list[Grant]:
    return plan.once("grants", resource, partial(_grants, plan, resource))


def _grants(plan: Plan, resource: Resource) -> list[Grant]:
    members = resource.values.get("members") or [resource.values.get("member")]
    return [_grant(plan, resource, member) for member in members]


def _grant(plan: Plan, resource: Resource, member: str | None) -> Grant:
    expression = resource.block_of("condition").get("expression") or ""
    said = conditions.read(expression)
    on = f"database {said.database}" if said.database else _on(plan, resource)
    elsewhere = said.bucket and said.bucket != resource.values.get("bucket")
    oddity = "a condition on another bucket" if elsewhere else said.oddity
    return Grant(resource.address, _who(plan, member), _role(plan, resource), on, said.until, oddity, said.names)


def _who(plan: Plan, member: str | None) -> str:
    if member is None:
        return UNKNOWN
    people = {f"group:{plan.variables['operators_group']}": "operators", plan.variables["deployer"]: "deployer"}
    if member in people:
        return people[member]
    kind, _, name = member.partition(":")
    own = f"@{plan.variables['project_id']}.iam.gserviceaccount.com"
    return name.removesuffix(own).removeprefix("fn-") if kind == "serviceAccount" and name.endswith(own) else member


def _role(plan: Plan, resource: Resource) -> str:
    role = resource.values.get("role")
    if role is not None:
        return str(role).removeprefix(f"projects/{plan.variables['project_id']}/roles/")
    # The id of a role of our own is not known yet; which of them is meant, the configuration tells.
    made = {found for found in plan.refers(resource, "role") if found.startswith("google_project_iam_custom_role.")}
    ids = [role.values["role_id"] for role in plan.of("project_iam_custom_role") if role.block in made]
    return ids[0] if len(ids) == 1 else UNKNOWN


def _on(plan: Plan, resource: Resource) -> str:
    """Name what a grant is on, without project, place and campaign."""
    campaign = str(plan.variables["campaign"])
    argument, kind = _ARGUMENTS.get(resource.type.removeprefix("google_"), ("", resource.type))
    value = resource.values.get(argument)
    if kind == "project":
        return "project"
    if value is None and kind == "account":
        made = [found for found in plan.refers(resource, argument) if found.startswith("google_service_account.")]
        return f"account {made[0].partition('.')[2]}" if len(made) == 1 else f"account {UNKNOWN}"
    if value is None:
        return f"{kind} {UNKNOWN}"
    name = str(value).rpartition("/")[2].partition("@")[0]
    if kind == "bucket":
        name = name.removeprefix(f"{plan.variables['project_id']}-")
    return f"{kind} {name.removeprefix(f'{campaign}-')}"


_ARGUMENTS = {
    "project_iam_member": ("project", "project"),
    "kms_crypto_key_iam_member": ("crypto_key_id", "key"),
    "secret_manager_secret_iam_member": ("secret_id", "secret"),
    "storage_bucket_iam_member": ("bucket", "bucket"),
    "service_account_iam_member": ("service_account_id", "account"),
    "pubsub_topic_iam_member": ("topic", "topic"),
    "pubsub_subscription_iam_member": ("subscription", "subscription"),
    "artifact_registry_repository_iam_member": ("repository", "repository"),
    "cloud_run_service_iam_member": ("service", "service"),
}


def custom_roles(plan: Plan) -> dict[str, frozenset[str]]:
    """Return the permissions of the roles that the plan makes, by their ids."""
    return {
        role.values["role_id"]: frozenset(role.values["permissions"]) for role in plan.of("project_iam_custom_role")
    }


def granted(plan: Plan) -> set[Need]:
    """Return what the steps are granted, by permission."""
    roles = ROLES | custom_roles(plan)
    return {
        Need(grant.who, permission, place)
        for grant in grants(plan)
        if grant.who in POWERS
        for place in grant.places
        for permission in roles.get(grant.role, {f"? ({grant.role})"})
    }


def wrong_powers(plan: Plan) -> Iterator[str]:
    """Yield where the grants of the steps differ from the table of powers."""
    given = (str(plan.campaign["randomness"]["kind"]), str(plan.variables["mail_sender"]))
    used = {step: tuple(word for word in words if holds(word, *given)) for step, words in POWERS.items()}
    wanted = set().union(*(needs_of(step, words) for step, words in used.items()))
    have = granted(plan)
    yield from (f"not granted: {need}" for need in sorted(wanted - have))
    yield from (f"granted and not needed: {need}" for need in sorted(have - wanted - SPARE.keys()))
    yield from (f"spare, but not granted: {need}" for need in sorted(SPARE.keys() - have))
    seen: set[tuple[str, str, str]] = set()
    for grant in grants(plan):
        key = (grant.who, grant.role, grant.on)
        if grant.who in POWERS and key in seen:
            yield f"{grant.address}: granted twice"
        seen.add(key)
        if grant.who in POWERS and grant.oddity:
            yield f"{grant.address}: {grant.oddity}"


def wrong_times(plan: Plan) -> Iterator[str]:
    """Yield grants of `prepare` that outlive the opening, and others that end."""
    opening = _opening(plan)
    for grant in grants(plan):
        lasts = "" if grant.who != "prepare" else opening
        if grant.until != lasts:
            yield f"{grant.address}: ends {grant.until or 'never'}, should end {lasts or 'never'}"


def _opening(plan: Plan) -> str:
    return str(plan.campaign["opens_at"]).replace("+09:00", ":00+09:00")


def forbidden(plan: Plan) -> Iterator[str]:
    """Yield what no plan may hold: everybody, basic roles, keys of accounts, policies that overwrite others'."""
    for grant in grants(plan):
        if grant.who in _PUBLIC:
            yield f"{grant.address}: public"
        if grant.role in _BASIC:
            yield f"{grant.address}: a basic role"
    for resource in plan.resources:
        if resource.type == "google_service_account_key" or resource.type.endswith("_iam_policy"):
            yield f"{resource.address}: {resource.type}"
        if resource.type == "google_project_iam_binding":
            yield f"{resource.address}: takes the role from everybody else"


def owners(plan: Plan) -> Iterator[str]:
    """Yield whoever made the project and stays its owner: Google grants it, and no plan shows it."""
    creator = plan.variables.get("project_creator")
    taken = {
        gone.values.get("member")
        for gone in plan.of("project_iam_member_remove")
        if gone.values.get("role") == "roles/owner"
    }
    if taken != ({creator} if creator else set()):
        yield f"owner is taken from {sorted(map(str, taken))}, and {creator} made the project"
    for gone in plan.of("project_iam_member_remove"):
        if "module.status.google_cloudfunctions2_function.this" not in plan.reach(gone.block):
            yield f"{gone.address}: may come before what the creator applies"
