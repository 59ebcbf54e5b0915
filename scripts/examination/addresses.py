"""
Write out what Google's addresses are: of accounts, service agents, keys, topics.

They follow from names, so they can be said before anything is made.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examination.terraform_root import Resource

AGENTS = {
    "artifactregistry.googleapis.com": "gcp-sa-artifactregistry",
    "cloudbuild.googleapis.com": "gcp-sa-cloudbuild",
    "cloudfunctions.googleapis.com": "gcf-admin-robot",
    "cloudscheduler.googleapis.com": "gcp-sa-cloudscheduler",
    "eventarc.googleapis.com": "gcp-sa-eventarc",
    "firestore.googleapis.com": "gcp-sa-firestore",
    "logging.googleapis.com": "gcp-sa-logging",
    "pubsub.googleapis.com": "gcp-sa-pubsub",
    "run.googleapis.com": "serverless-robot-prod",
    "secretmanager.googleapis.com": "gcp-sa-secretmanager",
    "storage.googleapis.com": "gs-project-accounts",
}
"""Domains of service agents: https://docs.cloud.google.com/iam/docs/service-agents"""

LOGGING_AGENT = "cmek-p{number}@gcp-sa-logging.iam.gserviceaccount.com"
"""With which a project's log buckets use a key: https://docs.cloud.google.com/logging/docs/routing/managed-encryption-storage"""


def _email(account: "Resource") -> str:
    return f"{account.get('account_id')}@{account.root.project()}.iam.gserviceaccount.com"


def _agent(identity: "Resource") -> str:
    service, number = identity.get("service"), identity.root.variable("project_number")
    return f"service-{number}@{AGENTS[service]}.iam.gserviceaccount.com"


def _of_project(kind: str, name: str) -> "Callable[[Resource], str]":
    return lambda one: f"projects/{one.root.project()}/{kind}/{one.get(name)}"


def _of_place(place: str, kind: str, name: str) -> "Callable[[Resource], str]":
    return lambda one: f"projects/{one.root.project()}/locations/{one.get(place)}/{kind}/{one.get(name)}"


def _storage(one: "Resource") -> str:
    return f"service-{one.root.variable('project_number')}@{AGENTS['storage.googleapis.com']}.iam.gserviceaccount.com"


TOLD: "dict[str, dict[str, Callable[[Resource], Any]]]" = {
    "google_service_account": {
        "email": _email,
        "member": lambda one: f"serviceAccount:{_email(one)}",
        "name": lambda one: f"projects/{one.root.project()}/serviceAccounts/{_email(one)}",
        "id": lambda one: f"projects/{one.root.project()}/serviceAccounts/{_email(one)}",
    },
    "google_project_service_identity": {
        "email": _agent,
        "member": lambda one: f"serviceAccount:{_agent(one)}",
    },
    "google_storage_project_service_account": {
        "email_address": _storage,
        "member": lambda one: f"serviceAccount:{_storage(one)}",
    },
    "google_logging_project_cmek_settings": {
        "service_account_id": lambda one: LOGGING_AGENT.format(number=one.root.variable("project_number")),
    },
    "google_kms_key_ring": {"id": _of_place("location", "keyRings", "name")},
    "google_kms_crypto_key": {"id": lambda one: f"{one.get('key_ring')}/cryptoKeys/{one.get('name')}"},
    "google_pubsub_topic": {"id": _of_project("topics", "name")},
    "google_pubsub_subscription": {"id": _of_project("subscriptions", "name")},
    "google_secret_manager_secret": {"id": _of_project("secrets", "secret_id")},
    "google_artifact_registry_repository": {
        "id": _of_place("location", "repositories", "repository_id"),
        "name": lambda one: one.get("repository_id"),
    },
    "google_project_iam_custom_role": {
        "id": _of_project("roles", "role_id"),
        "name": _of_project("roles", "role_id"),
    },
    "google_logging_project_bucket_config": {"id": _of_place("location", "buckets", "bucket_id")},
    "google_compute_network": {"id": _of_project("global/networks", "name")},
    "google_compute_subnetwork": {
        "id": lambda one: f"projects/{one.root.project()}/regions/{one.get('region')}/subnetworks/{one.get('name')}"
    },
    "google_storage_bucket": {"id": lambda one: one.get("name")},
}
"""What a resource tells of itself beside its arguments, by its type."""
