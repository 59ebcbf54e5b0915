"""Hold every store of a plan against `places`: what keeps anything is erased, or kept for a reason."""

from collections.abc import Iterator

from infra.planned import Plan
from prizedraw.erasure.kept import KEPT
from prizedraw.erasure.places import PLACES

KINDS = ("bucket", "history", "key", "log", "secret", "topic")
"""The kinds of stores that a plan makes, as `places` names them."""

UNMADE = {"log/_Required"}
"""What Google makes in every project."""


def stores(plan: Plan) -> Iterator[str]:
    """Yield the stores that a plan makes, by their machine names; those of the platform's own keys go together."""
    project, campaign = plan.variables["project_id"], plan.variables["campaign"]

    def own(name: str) -> str:
        prefixes = (f"{project}-{campaign}-", f"{campaign}-", f"{project}-")
        return name.removeprefix(next((prefix for prefix in prefixes if name.startswith(prefix)), ""))

    for kind, argument, place in (
        ("storage_bucket", "name", "bucket"),
        ("firestore_database", "name", "history"),
        ("firestore_backup_schedule", "database", "history"),
        ("logging_project_bucket_config", "bucket_id", "log"),
        ("secret_manager_secret", "secret_id", "secret"),
        ("pubsub_topic", "name", "topic"),
    ):
        yield from (f"{place}/{own(resource.values[argument])}" for resource in plan.of(kind))
    for key in plan.of("kms_crypto_key"):
        name = own(key.values["name"])
        yield "key/cmek" if name.startswith("cmek-") else f"key/{name}"


def faults(plan: Plan) -> Iterator[str]:
    """Yield stores without a place, and places without a store."""
    made = set(stores(plan))
    stores_of = (*(place.stores for place in PLACES), *(kept.stores for kept in KEPT))
    listed = {store for each in stores_of for store in each if store.partition("/")[0] in KINDS} - UNMADE
    for store in sorted(made - listed):
        yield f"{store}: stands neither in PLACES nor in KEPT"
    for store in sorted(listed - made):
        yield f"{store}: is in no plan"
