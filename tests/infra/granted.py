"""
Hold every grant in the plan against `infra/terraform/grants.txt`, the list that somebody has read.

The file serves on a real project too, so it is written in Google's own words, with what differs from deployment to
deployment in braces. Five columns, separated by ` | `: what is granted on, role, member, condition, and when the line
holds. `PYTHONPATH=tests python -m infra.terraform --grants` writes it anew, for somebody to read.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial

from infra.planned import Plan, Resource
from infra.platform import AGENTS
from infra.terraform import PROJECT

READ = PROJECT / "grants.txt"
UNKNOWN = "?"
"""What neither the plan nor the pages tell."""

HEAD = """\
# Every grant of the project root, and no other. A new line is read by somebody before it is committed.
# on | role | member | condition | when
# In braces: project, number, campaign, opens_at (RFC 3339, of the campaign file), logging_agent (kmsServiceAccountId of
# `gcloud logging settings describe --project=PROJECT`), and the variables of the same name; a line with a variable that
# is not set does not hold. when: always, mail_sender=me, mail_sender=other, randomness=hsm, eventarc_agent=true,
# log_key=true.
"""
ALWAYS = "always"
SWITCHED = {"gcp-sa-eventarc": "eventarc_agent=true", "{logging_agent}": "log_key=true"}
"""What marks a grant that a switch brings, and the word for it."""

_AGENT = re.compile(r"([a-z]+\.googleapis\.com)")
_ACCOUNT = re.compile(r"google_service_account\.(\w+)")
_VARIABLE = re.compile(r"\{(\w+)\}")

PLACES = {
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
"""By a grant's type, the argument that says what it is on, and the word for that."""


def member_of(plan: Plan, resource: Resource) -> str:
    """Return whom a grant is for; a service agent's address, unknown while planning, is the one that is documented."""
    known = resource.values.get("member") or ",".join(resource.values.get("members") or ())
    if known:
        return str(known)
    said = meant(plan, resource, "member")
    if "logging_agent" in said or "logging_project_cmek_settings" in said:
        return "serviceAccount:{logging_agent}"
    if "storage_agent" in said or "storage_project_service_account" in said:
        return str(AGENTS["storage.googleapis.com"].member)
    found = set(_AGENT.findall(said)) & AGENTS.keys()
    return str(AGENTS[found.pop()].member) if len(found) == 1 else UNKNOWN


def place_of(plan: Plan, resource: Resource) -> str:
    """Return what a grant is on: `project`, or a kind and a name, with its location where names need one."""
    argument, kind = PLACES.get(resource.type.removeprefix("google_"), ("", resource.type))
    if kind == "project":
        return str(kind)
    value = resource.values.get(argument)
    if value is None and kind == "account":
        accounts = {account.block: account.values["account_id"] for account in plan.of("service_account")}
        named = {f"google_service_account.{name}" for name in _ACCOUNT.findall(meant(plan, resource, argument))}
        value = accounts.get(named.pop()) if len(named) == 1 else None
    if value is None:
        return f"{kind} {UNKNOWN}"
    parts = re.sub(r"projects/[^/]+/(?:locations/)?|(?:keyRings|cryptoKeys|serviceAccounts)/|@.*", "", str(value))
    location = resource.values.get("location")
    return f"{kind} {location}/{parts}" if location else f"{kind} {parts}"


def meant(plan: Plan, resource: Resource, argument: str) -> str:
    """Return what an unknown argument is written as, with what the block's loop gives for this resource."""
    said = " ".join(plan.said(resource, argument))
    if "each.key" in said:
        return f"{said} {resource.key}"
    return f"{said} {plan.each(resource)}" if "each.value" in said else said


def values_of(plan: Plan) -> dict[str, str]:
    """Return what stands for each name in braces in this plan, but for what only a real project knows."""
    variables = plan.variables
    return {
        "campaign": str(variables["campaign"]),
        "project": str(variables["project_id"]),
        "number": str(variables["project_number"]),
        "opens_at": str(plan.campaign["opens_at"]).replace("+", ":00+"),
        **{name: str(value) for name, value in variables.items() if value and _is_somebody(name)},
    }


def _is_somebody(name: str) -> bool:
    return name == "deployer" or name.endswith("_group")


def template(plan: Plan, text: str) -> str:
    """Put names in braces for what differs from deployment to deployment, the longest values first."""
    for name, value in sorted(values_of(plan).items(), key=lambda one: -len(one[1])):
        text = text.replace(value, f"{{{name}}}")
    return text


def line(plan: Plan, resource: Resource) -> str:
    """Return a grant as the file has it, without the last column."""
    role = resource.values.get("role")
    condition = resource.block_of("condition").get("expression") or "-"
    columns = (place_of(plan, resource), str(role or UNKNOWN), member_of(plan, resource), condition)
    return " | ".join(template(plan, column) for column in columns)


def is_grant(resource: Resource) -> bool:
    """Tell whether a resource grants a role; one that takes it away does not."""
    return resource.type.endswith(("_iam_member", "_iam_binding"))


def lines(plan: Plan) -> list[str]:
    """Return every grant of the plan, sorted."""
    made = filter(is_grant, plan.resources)
    return plan.whole(
        "lines", lambda: sorted(plan.once("granted", grant, partial(line, plan, grant)) for grant in made)
    )


def read(plan: Plan) -> list[str]:
    """Return the lines of the file that hold for this plan."""
    known = {*values_of(plan), "logging_agent"}
    held = _held(plan)
    found = (text for text in READ.read_text(encoding="utf-8").splitlines() if not text.startswith("#"))
    rows = [text.rpartition(" | ") for text in found]
    return sorted(grant for grant, _, when in rows if when in held and set(_VARIABLE.findall(grant)) <= known)


def _held(plan: Plan) -> set[str]:
    """Return the words of the last column that hold for a plan."""
    sender = "me" if plan.variables["mail_sender"] == "me" else "other"
    on = [f"{name}=true" for name in ("eventarc_agent", "log_key") if str(plan.variables[name]).lower() == "true"]
    return {ALWAYS, f"mail_sender={sender}", f"randomness={plan.campaign['randomness']['kind']}", *on}


def faults(plan: Plan) -> Iterator[str]:
    """Yield where the grants differ from the list that was read."""
    have, wanted = lines(plan), read(plan)
    yield from (f"not read by anybody: {grant}" for grant in sorted(set(have) - set(wanted)))
    yield from (f"read, and absent: {grant}" for grant in sorted(set(wanted) - set(have)))
    yield from (f"granted twice: {grant}" for grant in sorted(set(have)) if have.count(grant) > 1)


def written(plans: Iterable[Plan]) -> str:
    """Return the file's text as plans of all variants come to."""
    plans = list(plans)
    having = [(set(lines(plan)), plan) for plan in plans]
    rows = []
    for grant in sorted(set().union(*(found for found, _ in having))):
        able = [(found, plan) for found, plan in having if set(_VARIABLE.findall(grant)) <= _names(plan)]
        rows.append(f"{grant} | {_column(grant, [(grant in found, plan) for found, plan in able])}")
    return HEAD + "\n".join(rows) + "\n"


def _names(plan: Plan) -> set[str]:
    return {*values_of(plan), "logging_agent"}


def _column(grant: str, seen: list[tuple[bool, Plan]]) -> str:
    """Return the word that holds in all plans that have a grant, and in no other."""
    words = [word for mark, word in SWITCHED.items() if mark in grant] or [ALWAYS, *_words([plan for _, plan in seen])]
    return next((word for word in words if all(has is (word in _held(plan)) for has, plan in seen)), UNKNOWN)


def _words(plans: list[Plan]) -> list[str]:
    return sorted(set().union(*(_held(plan) for plan in plans)))
