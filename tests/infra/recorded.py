"""
Rehearse a campaign with each kind of randomness, and say which permissions each step's calls needed.

What is recorded is what the functions' real clients sent to the local Google; the databases are recorded where they
are read and written. A permission is Google's own name for what a call needs:
https://docs.cloud.google.com/iam/docs/permissions-reference
"""

import json
from pathlib import Path
from typing import Any

from infra.powers import CREATE, Need
from infra.stores import LASTING
from infra.terraform import ROOT
from support.rehearsing import played, played_with

CAMPAIGN = ROOT / "infra/terraform/campaigns/shinjuku-rally-2026.yaml"

_VERSIONS = "cloudkms.cryptoKeyVersions"
PERMISSIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("firestore", "read"): ("datastore.entities.get", "datastore.entities.list"),
    ("firestore", "write"): ("datastore.entities.create", "datastore.entities.update", "datastore.entities.delete"),
    ("kms", "Encrypt"): (f"{_VERSIONS}.useToEncrypt",),
    ("kms", "Decrypt"): (f"{_VERSIONS}.useToDecrypt",),
    ("kms", "AsymmetricSign"): (f"{_VERSIONS}.useToSign",),
    ("kms", "GetPublicKey"): (f"{_VERSIONS}.viewPublicKey",),
    ("kms", "GenerateRandomBytes"): ("cloudkms.locations.generateRandomBytes",),
    ("kms", "GetCryptoKey"): ("cloudkms.cryptoKeys.get",),
    ("kms", "ListCryptoKeyVersions"): (f"{_VERSIONS}.list",),
    ("kms", "GetCryptoKeyVersion"): (f"{_VERSIONS}.get",),
    ("kms", "UpdateCryptoKeyVersion"): (f"{_VERSIONS}.update",),
    ("kms", "DestroyCryptoKeyVersion"): (f"{_VERSIONS}.destroy",),
    # It needs datastore.databases.getMetadata, which the roles that read entities hold too, for their own database.
    ("firestore_admin", "GetDatabase"): ("datastore.entities.get",),
    ("firestore_admin", "ListDatabases"): ("datastore.databases.list",),
    ("firestore_admin", "ListBackups"): ("datastore.backups.list",),
    ("secrets", "AccessSecretVersion"): ("secretmanager.versions.access",),
    ("secrets", "AddSecretVersion"): ("secretmanager.versions.add",),
    ("secrets", "ListSecrets"): ("secretmanager.secrets.list",),
    ("secrets", "ListSecretVersions"): ("secretmanager.versions.list",),
    ("secrets", "GetSecretVersion"): ("secretmanager.versions.get",),
    ("secrets", "DisableSecretVersion"): ("secretmanager.versions.disable",),
    ("secrets", "DestroySecretVersion"): ("secretmanager.versions.destroy",),
    ("storage", "GET /storage/v1/b"): ("storage.buckets.list",),
    ("storage", "GET /storage/v1/b/<bucket>/o"): ("storage.objects.list",),
    # Without `list` the service answers 403, not 404, where there is no such object, and that is a question we ask.
    ("storage", "GET /storage/v1/b/<bucket>/o/<path:name>"): ("storage.objects.get", "storage.objects.list"),
    ("storage", "GET /download/storage/v1/b/<bucket>/o/<path:name>"): ("storage.objects.get", "storage.objects.list"),
    ("storage", "POST /upload/storage/v1/b/<bucket>/o"): (CREATE,),
    ("storage", "PUT /upload/storage/v1/b/<bucket>/o"): (CREATE,),
    ("storage", "DELETE /storage/v1/b/<bucket>/o/<path:name>"): ("storage.objects.delete",),
}
OUTSIDE = {"forms", "gmail", "drive", "drand"}
"""Services that no grant of Google Cloud opens: sharing, delegation and the network decide."""


def rehearsed(kind: str, into: Path) -> list[dict[str, Any]]:
    """Return the calls of a rehearsal with one kind of randomness; it is played once in a test run."""
    return _lines(played_with(kind, into) / "calls.jsonl")


def replies(into: Path) -> list[dict[str, Any]]:
    """Return what operators read in a rehearsal of the example campaign as it stands."""
    return _lines(played(into) / "operator" / "replies.jsonl")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def needs(calls: list[dict[str, Any]], campaign: str = "shinjuku-rally-2026") -> set[Need]:
    """Return what the calls needed of Google Cloud, by step."""
    return {
        Need(call["step"], permission, _on(call["service"], call["resource"], campaign))
        for call in calls
        if call["service"] not in OUTSIDE
        for permission in PERMISSIONS[call["service"], call["method"]]
    }


def outside(calls: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return which step called which service that is none of Google Cloud's."""
    return {(call["step"], call["service"]) for call in calls if call["service"] in OUTSIDE}


def _file(place: str) -> str:
    """Name a bucket; where files stay, the file that was uploaded (`published/rules.json`), or its folder."""
    bucket, _, name = place.partition("/")
    folder, slash, _ = name.partition("/")
    return f"object {bucket}/{folder}{slash}" if name and bucket in LASTING else f"bucket {bucket}"


def _on(service: str, resource: str, campaign: str) -> str:
    """Name a resource as the table of powers does: without project, place, campaign and version."""
    match service:
        case "firestore":
            return f"database {resource}"
        case "firestore_admin" if "/databases/" in resource:
            return f"database {resource.rpartition('/')[2]}"
        case "storage" if resource:
            return _file(resource.partition(f"{campaign}-")[2])
        case "secrets" if "/secrets/" in resource:
            return f"secret {resource.partition(f'/secrets/{campaign}-')[2].partition('/')[0]}"
        case "kms" if "/cryptoKeys/" in resource:
            return f"key {resource.partition(f'/cryptoKeys/{campaign}-')[2].partition('/')[0]}"
    return "project"
