"""Hold the order of the first apply: every API before its user, every key's grant before what the key encrypts."""

import re
from collections.abc import Iterator, Mapping

from infra.planned import Plan

GRANTS = "google_kms_crypto_key_iam_member.cmek"
API = "google_project_service.api"

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

APIS = {
    "artifact_registry": "artifactregistry",
    "cloud_run": "run",
    "cloud_scheduler": "cloudscheduler",
    "cloudfunctions2": "cloudfunctions",
    "compute": "compute",
    "dns": "dns",
    "firestore": "firestore",
    "kms": "cloudkms",
    "logging": "logging",
    "monitoring": "monitoring",
    "project_iam": "iam",
    "pubsub": "pubsub",
    "secret_manager": "secretmanager",
    "service_account": "iam",
    "storage": "storage",
}
"""By the beginning of a resource's type, the API that it needs."""

BESIDE = {
    "cloudbuild": "functions are built by it",
    "containeranalysis": "vulnerability scanning",
    "containerscanning": "vulnerability scanning",
    "drive": "erase looks whether the form's file is gone",
    "forms": "prepare, intake and erase read the form",
    "gmail": "notify sends, erase erases",
    "iamcredentials": "keyless delegation signs by it",
}
"""APIs that no resource needs, and who does."""

_NO_API = {"google_project_service", "google_billing_budget", "terraform_data"}


def keys(plan: Plan) -> Iterator[str]:
    """Yield what lacks its key, or may be made before its service may use the key."""
    planned = {resource.block: resource for resource in plan.resources}
    for address, block in plan.blocks.items():
        argument, name = ENCRYPTED.get(block["type"].removeprefix("google_"), ("", ""))
        if not argument:
            continue
        name = _OTHER_KEYS.get(address, name)
        if address in planned and "google_kms_crypto_key.cmek" not in plan.refers(planned[address], argument):
            yield f"{address}: not encrypted with a key of ours"
        written = set(_KEY.findall(str(block["expressions"].get(argument))))
        if written and written != ({name} if name != "secrets" else {name, f"{name}-osaka"}):
            yield f"{address}: encrypted with {sorted(written)}"
        if GRANTS not in plan.reach(address):
            yield f"{address}: may be made before its service may use the key"
    made = {str(key.key) for key in plan.of("kms_crypto_key") if key.block == "google_kms_crypto_key.cmek"}
    used = {name for _, name in ENCRYPTED.values()} | {"secrets-osaka"}
    if made != used:
        yield f"keys for stores: {sorted(made)} instead of {sorted(used)}"
    for grant in plan.of("kms_crypto_key_iam_member"):
        if grant.block == GRANTS and "google_kms_crypto_key.cmek" not in plan.refers(grant, "crypto_key_id"):
            yield f"{grant.address}: on no key for stores"


def apis(plan: Plan) -> Iterator[str]:
    """Yield what needs an API that is not enabled, or that may not be enabled yet; and APIs that nobody needs."""
    enabled = {service.values["service"].removesuffix(".googleapis.com") for service in plan.of("project_service")}
    needed = set(BESIDE)
    for address, block in plan.blocks.items():
        if block["type"] in _NO_API:
            continue
        if API not in plan.reach(address):
            yield f"{address}: may come before its API"
        kind = block["type"].removeprefix("google_")
        wanted = {api for prefix, api in APIS.items() if kind.startswith(prefix)}
        if kind != "project_service_identity" and not wanted and not kind.startswith("project_"):
            yield f"{address}: say in order.py which API it needs"
        needed |= wanted
    yield from (f"API {api} is not enabled" for api in sorted(needed - enabled))
    yield from (f"API {api} is enabled, and nobody needs it" for api in sorted(enabled - needed))
    for service in plan.of("project_service"):
        if service.values.get("disable_on_destroy") is not False:
            yield f"{service.address}: would be switched off for others too"


def loops(written: Mapping[str, object]) -> Iterator[str]:
    """
    Yield entries of the maps by which grants are made for several accounts that name another than their key says.

    A plan does not yet know these accounts' ids; *written* are the maps as the pages write them, by block.
    """
    for name, entry in _entries(written, "google_service_account_iam_member.deployer"):
        if f"google_service_account.{name.replace('-', '_')}.name" not in str(entry):
            yield f"deployer[{name}]: {entry}"
    for name, entry in _entries(written, "google_service_account_iam_member.token"):
        agent = "cloudscheduler" if name == "scheduler" else "pubsub"
        account = f"google_service_account.{name.replace('-', '_')}.name"
        if account not in str(entry) or f"{agent}.googleapis.com" not in str(entry):
            yield f"token[{name}]: {entry}"
    agents = {
        "artifacts-functions": ("artifacts", "cloudfunctions.googleapis.com"),
        "artifacts-registry": ("artifacts", "artifactregistry.googleapis.com"),
        "artifacts-run": ("artifacts", "run.googleapis.com"),
        "artifacts-storage": ("artifacts", "local.storage_agent"),
        "firestore": ("firestore", "firestore.googleapis.com"),
        "logging": ("logging", "local.logging_agent"),
        "pubsub": ("pubsub", "pubsub.googleapis.com"),
        "secrets": ("secrets", "secretmanager.googleapis.com"),
        "secrets-osaka": ("secrets-osaka", "secretmanager.googleapis.com"),
        "storage": ("storage", "local.storage_agent"),
    }
    users = dict(_entries(written, "local.cmek_users"))
    if users.keys() != agents.keys():
        yield f"cmek_users: {sorted(users)}"
    for name, (key, agent) in agents.items():
        entry = users.get(name)
        if (
            not isinstance(entry, Mapping)
            or str(entry.get("key")).strip('"') != key
            or agent not in str(entry.get("member"))
        ):
            yield f"cmek_users[{name}]: {entry}"


def _entries(written: Mapping[str, object], block: str) -> list[tuple[str, object]]:
    found = written.get(block)
    return [(str(name).strip('"'), entry) for name, entry in found.items()] if isinstance(found, Mapping) else []
