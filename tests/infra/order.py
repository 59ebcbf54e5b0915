"""Hold the order of the first apply: every API before its user, every key's grant before what the key encrypts."""

import re
from collections.abc import Iterator, Set
from functools import cache

from infra.agents import SETTLED
from infra.planned import Plan, Resource
from infra.platform import APIS, BESIDE, SWITCHED_APIS

GRANTS = "google_kms_crypto_key_iam_member.cmek"
API = "google_project_service.api"
SEED = "google_project_service.seed"

ENCRYPTED = {
    "artifact_registry_repository": ("kms_key_name", "artifacts"),
    "cloudfunctions2_function": ("kms_key_name", "artifacts"),
    "firestore_database": ("cmek_config", "firestore"),
    "logging_project_bucket_config": ("cmek_settings", "logging"),
    "pubsub_topic": ("kms_key_name", "pubsub"),
    "secret_manager_secret": ("replication", "secrets"),
    "storage_bucket": ("encryption", "storage"),
}
"""What is encrypted with a key of ours: the argument that says so, and the key's name."""

_OTHER_KEYS = {"google_storage_bucket.sources": "artifacts"}
_KEY = re.compile(r'google_kms_crypto_key\.cmek\["([\w-]+)"\]')

_NO_API = {"terraform_data"}


def keys(plan: Plan) -> Iterator[str]:
    """Yield what lacks its key, or may be made before its service may use the key."""
    planned = {resource.block: resource for resource in plan.resources}
    for address, block in plan.blocks.items():
        argument, name = ENCRYPTED.get(block["type"].removeprefix("google_"), ("", ""))
        if not argument:
            continue
        name = _OTHER_KEYS.get(address, name)
        optional = name == "logging" and not _is_on(plan, "log_key")
        if address in planned and "google_kms_crypto_key.cmek" not in _encrypted(plan, planned[address], argument):
            yield f"{address}: not encrypted with a key of ours"
        if address in planned and bool(planned[address].values.get(argument)) is optional and name == "logging":
            yield f"{address}: encrypted with a key of ours, or not, against log_key"
        written = set(_KEY.findall(str(block["expressions"].get(argument))))
        if written and written != ({name} if name != "secrets" else {name, f"{name}-osaka"}):
            yield f"{address}: encrypted with {sorted(written)}"
        if SETTLED not in plan.reach(address) or GRANTS not in plan.reach(SETTLED):
            yield f"{address}: may be made before its service may use the key"
    made = {str(key.key) for key in plan.of("kms_crypto_key") if key.block == "google_kms_crypto_key.cmek"}
    used = {name for _, name in ENCRYPTED.values()} | {"secrets-osaka"}
    used -= set() if _is_on(plan, "log_key") else {"logging"}
    if made != used:
        yield f"keys for stores: {sorted(made)} instead of {sorted(used)}"
    for grant in plan.of("kms_crypto_key_iam_member"):
        if grant.block == GRANTS and "google_kms_crypto_key.cmek" not in plan.refers(grant, "crypto_key_id"):
            yield f"{grant.address}: on no key for stores"


def _encrypted(plan: Plan, resource: Resource, argument: str) -> frozenset[str] | set[str]:
    """Return what an argument comes from; what a block repeats within itself is known for the block alone."""
    return plan.refers(resource, argument) or plan.reach(resource.block)


def _is_on(plan: Plan, name: str) -> bool:
    return str(plan.variables.get(name)).lower() == "true"


def apis(plan: Plan) -> Iterator[str]:
    """Yield what the project root needs of APIs that are not enabled, or not yet; and APIs that nobody needs."""
    off = {api for api, name in SWITCHED_APIS.items() if not _is_on(plan, name)}
    yield from _apis(plan, API, BESIDE["project"].keys() - off)


def seed_apis(plan: Plan) -> Iterator[str]:
    """Yield the same of `org` and the seed project."""
    yield from _apis(plan, SEED, BESIDE["org"].keys())


@cache
def _answering(kind: str) -> frozenset[str]:
    return frozenset(api for prefix, api in APIS.items() if kind.startswith(prefix))


def _apis(plan: Plan, services: str, beside: Set[str]) -> Iterator[str]:
    enabled = {service.values["service"].removesuffix(".googleapis.com") for service in plan.of("project_service")}
    needed = set(beside)
    for address, block in plan.blocks.items():
        if block["type"] in _NO_API:
            continue
        kind = block["type"].removeprefix("google_")
        if kind != "project_service" and services not in plan.reach(address):
            yield f"{address}: may come before its API"
        wanted = _answering(kind)
        if not wanted:
            yield f"{address}: say in platform.py which API it needs"
        needed |= wanted
    yield from (f"API {api} is not enabled" for api in sorted(needed - enabled))
    yield from (f"API {api} is enabled, and nobody needs it" for api in sorted(enabled - needed))
    for service in plan.of("project_service"):
        if service.values.get("disable_on_destroy") is not False:
            yield f"{service.address}: would be switched off for others too"
