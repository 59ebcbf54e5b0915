"""Hold every location in a plan: Tokyo, and Osaka for the second copies that are named here."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from infra.planned import Plan, Resource, leaves

TOKYO, OSAKA = "asia-northeast1", "asia-northeast2"
LOCATED = {
    "artifact_registry_repository": "location",
    "cloud_run_service_iam_member": "location",
    "cloud_scheduler_job": "region",
    "cloudfunctions2_function": "location",
    "compute_router": "region",
    "compute_router_nat": "region",
    "compute_subnetwork": "region",
    "firestore_database": "location_id",
    "kms_key_ring": "location",
    "logging_folder_settings": "storage_location",
    "logging_project_bucket_config": "location",
    "logging_saved_query": "location",
    "pubsub_topic": "message_storage_policy",
    "secret_manager_secret": "replication",
    "storage_bucket": "location",
}
"""What lies somewhere, and the argument that says where; without it the service would choose."""

_NAMES = re.compile(r"(?:.*_)?(?:location|location_id|region|locations|regions)|zone")
_PATH = re.compile(r"/locations/([a-z0-9-]+)/")
_SECOND = re.compile(
    r"google_kms_key_ring\.osaka$|google_secret_manager_secret\.|google_kms_crypto_key_iam_member\.cmek\[\"secrets-osaka"
)
_NOWHERE = {"google_scc_v2_organization_notification_config", "google_access_context_manager_access_level"}
"""Organisation-wide things; the second names a country."""


Place = tuple[str, tuple[str | int, ...], str]


def located(plan: Plan) -> Iterator[Place]:
    """Yield every location: address, path within the values, and the place."""
    for resource in plan.resources:
        yield from plan.once("places", resource, partial(_listed, _places, resource))


def _listed(find: Callable[[Resource], Iterator[Place]], resource: Resource) -> list[Place]:
    return list(find(resource))


def _places(resource: Resource) -> Iterator[Place]:
    for path, value in leaves(resource.values):
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        if isinstance(value, str) and value and _NAMES.fullmatch(name) and resource.type not in _NOWHERE:
            yield resource.address, path, value


def _named(resource: Resource) -> Iterator[Place]:
    """Yield the places that stand within names of other things."""
    for path, value in leaves(resource.values):
        if isinstance(value, str):
            yield from ((resource.address, path, place) for place in _PATH.findall(value))


def faults(plan: Plan) -> Iterator[str]:
    """Yield what lies, or may lie, outside Japan, or is no copy and lies in Osaka."""
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for address, path, value in located(plan):
        said[address].append((str(path[0]), value.lower()))
        yield from _outside(address, path, value.lower())
    for resource in plan.resources:
        argument = LOCATED.get(resource.type.removeprefix("google_"))
        if argument and argument not in dict(said[resource.address]):
            yield f"{resource.address}: {argument} is not said"
        for place in plan.once("names", resource, partial(_listed, _named, resource)):
            yield from _outside(*place)
    for secret in plan.of("secret_manager_secret"):
        places = [value for _, value in said[secret.address]]
        if places != [TOKYO, OSAKA]:
            yield f"{secret.address}: replicas in {places}"
    rings = sorted(str(ring.values["location"]) for ring in plan.of("kms_key_ring"))
    if plan.of("kms_key_ring") and rings != [TOKYO, OSAKA]:
        yield f"key rings in {rings}"


def _outside(address: str, path: tuple[str | int, ...], place: str) -> Iterator[str]:
    if place not in ((TOKYO, OSAKA) if _SECOND.match(address) else (TOKYO,)):
        yield f"{address}: {'.'.join(map(str, path))} is {place}"
