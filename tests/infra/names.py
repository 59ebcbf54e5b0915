"""Hold every name and number of a plan to what Google Cloud takes, and what is for ever to pages that guard it."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from infra.planned import Plan, Resource, first
from infra.platform import FOREVER, LEAST_MASK, RESERVED_ENVIRONMENT
from infra.platform_names import LIMITS, NAMES, UNNAMED, Limit, Name

_NAMING = ("name", "account_id", "bucket_id", "config_id", "repository_id", "role_id", "secret_id")
_KNOWN = {(name.kind, name.argument) for name in NAMES}


def names(plan: Plan) -> Iterator[str]:
    """Yield names that a service would refuse, and kinds of names that nobody has looked up."""
    for resource in plan.resources:
        yield from plan.once("names of", resource, partial(_named, resource))


def _named(resource: Resource) -> list[str]:
    kind = resource.type.removeprefix("google_")
    found: list[str] = []
    for name in NAMES:
        if name.kind == kind and isinstance(resource.values.get(name.argument), str):
            found += _name(resource, name, resource.values[name.argument])
    if kind in UNNAMED or kind.endswith(("_iam_member", "_iam_binding", "_iam_policy")):
        return found
    strange = [argument for argument in _NAMING if resource.values.get(argument) and (kind, argument) not in _KNOWN]
    return found + [f"{resource.address}: say in platform_names.py what {argument} may be" for argument in strange]


def _name(resource: Resource, name: Name, value: str) -> Iterator[str]:
    last = value.rpartition("/")[2] if name.argument == "name" else value
    if not name.least <= len(last) <= name.most:
        yield f"{resource.address}: {name.argument} has {len(last)} characters, {name.least} to {name.most} are taken"
    if not re.fullmatch(name.pattern, last, re.DOTALL) or re.search(name.never, last):
        yield f"{resource.address}: {name.argument} {last} is refused"


def limits(plan: Plan) -> Iterator[str]:
    """Yield numbers beyond what a service takes, and names in a function's environment that are not ours to give."""
    for limit in LIMITS:
        for resource in plan.of(limit.kind):
            value = measured(resource.values, limit)
            if value is not None and not limit.least <= value <= limit.most:
                yield f"{resource.address}: {limit.path} is {value:g}, {limit.least:g} to {limit.most:g} are taken"
    for function in plan.of("cloudfunctions2_function"):
        told = function.block_of("service_config").get("environment_variables") or {}
        yield from (
            f"{function.address}: told {name}, which is Google's"
            for name in told
            if name in RESERVED_ENVIRONMENT or name.startswith("X_GOOGLE_")
        )
    for subnetwork in plan.of("compute_subnetwork"):
        if ipaddress.ip_network(subnetwork.values["ip_cidr_range"]).prefixlen > LEAST_MASK:
            yield f"{subnetwork.address}: too small for functions"


def measured(values: Mapping[str, Any], limit: Limit) -> float | None:
    """Return the number that a limit is about, None where there is none or it is not known yet."""
    *blocks, argument = limit.path.split(".")
    for block in blocks:
        values = first(values.get(block))
    value = values.get(argument)
    if value is None:
        return None
    if isinstance(value, list):
        return len(value)
    numeric = re.fullmatch(r"(\d+(?:\.\d+)?)s?", str(value))
    return float(numeric[1]) if numeric else len(str(value))


def forever(plan: Plan) -> Iterator[str]:
    """Yield what cannot be unmade and is not guarded, or bears the name of one campaign and is gone after it."""
    campaign = _plain(str(plan.variables["campaign"]))
    for row in FOREVER:
        for resource in plan.of(row.kind):
            if row.protected and plan.lifecycle(resource.block).get("prevent_destroy") is not True:
                yield f"{resource.address}: may be destroyed, and {row.why}"
            named = str(next((resource.values[a] for a in _NAMING if resource.values.get(a)), ""))
            if not row.protected and campaign in _plain(named):
                yield f"{resource.address}: named after a campaign, and {row.why}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
