"""
Record what Cloud Audit Logs write of an act, by act and by who did it, and which alert must ring for it.

Shapes and names: https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs, and of each service its
page of methods (`/firestore/docs/audit-logging`, `/storage/docs/audit-logging`, `/secret-manager/docs/audit-logging`,
`/kms/docs/audit-logging`, `/iam/docs/audit-logging`, `/scheduler/docs/audit-logging`, `/monitoring/audit-logging`).
A service account is named by its address, whoever borrows it: the borrowing is an entry of its own
(`GenerateAccessToken`). A federated identity has no `principalEmail`, but a `principalSubject`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.platform import AGENTS
from infra.powers import POWERS

ACCESS, ADMIN = "data_access", "activity"
PERSON, NOBODY, DEPLOYER, STRANGER = "a person", "a federated identity", "who applies", "another account"
PEOPLE = "people"
"""Whoever is no service account."""


@dataclass(frozen=True)
class World:
    """What differs from deployment to deployment; *applier* is whom audit logs name at an apply."""

    project: str
    number: str
    campaign: str
    applier: str

    def bucket(self, name: str) -> str:
        """Return a bucket's whole name."""
        return f"{self.project}-{name}" if name == "sources" else f"{self.project}-{self.campaign}-{name}"


@dataclass(frozen=True)
class Act:
    """An act: the alert that rings for it if anybody at all, and who else may do it."""

    alert: str
    log: str
    service: str
    method: str
    bucket: str = ""
    also: tuple[str, ...] = ()


def _acts(alert: str, log: str, service: str, prefix: str, methods: str, also: tuple[str, ...] = ()) -> list[Act]:
    return [Act(alert, log, f"{service}.googleapis.com", prefix + method, also=also) for method in methods.split()]


def _files(methods: str, bucket: str, also: tuple[str, ...] = (), alert: str = "object-written") -> list[Act]:
    acts = _acts(alert, ACCESS, "storage", "storage.objects.", methods, also)
    return [Act(act.alert, act.log, act.service, act.method, bucket, also) for act in acts]


_APPLY = (DEPLOYER,)
_FIRESTORE, _DATASTORE = "google.firestore.v1.Firestore.", "google.datastore.v1.Datastore."
_SECRETS = "google.cloud.secretmanager.v1.SecretManagerService."
_LOGGING = "google.logging.v2.ConfigServiceV2."
_IAM = "google.iam.admin.v1."
_SCHEDULER = "google.cloud.scheduler.v1.CloudScheduler."

ACTS: list[Act] = [
    *_acts("human-decrypt", ACCESS, "cloudkms", "", "Decrypt AsymmetricDecrypt"),
    *_acts("human-decrypt", ACCESS, "secretmanager", _SECRETS, "AccessSecretVersion"),
    *_acts(
        "human-decrypt",
        ACCESS,
        "firestore",
        _FIRESTORE,
        "RunQuery RunAggregationQuery BatchGetDocuments GetDocument ListDocuments Listen",
    ),
    *_acts("human-decrypt", ACCESS, "iamcredentials", "", "GenerateAccessToken SignBlob SignJwt"),
    *_acts(
        "database-written",
        ACCESS,
        "firestore",
        _FIRESTORE,
        "Commit Write BatchWrite CreateDocument UpdateDocument DeleteDocument",
    ),
    *_acts("database-written", ACCESS, "datastore", _DATASTORE, "Commit"),
    *_acts(
        "database-written",
        ADMIN,
        "firestore",
        "google.firestore.admin.v1.FirestoreAdmin.",
        "ImportDocuments BulkDeleteDocuments",
    ),
    *_acts("database-written", ADMIN, "datastore", "google.datastore.admin.v1.DatastoreAdmin.", "ImportEntities"),
    *(
        act
        for bucket in ("published", "reports", "exports")
        for act in _files("create delete update patch compose copy rewrite move restore", bucket)
    ),
    *_files("create delete", "claims", also=(PEOPLE,)),
    *_files("create delete", "sources", also=_APPLY),
    *_files("get list", "published", alert=""),
    *_files("create delete", "gcf-v2-sources", alert=""),
    *_acts(
        "secret-added",
        ADMIN,
        "secretmanager",
        _SECRETS,
        "AddSecretVersion EnableSecretVersion DisableSecretVersion DestroySecretVersion",
    ),
    *_acts("signed-by-hand", ACCESS, "cloudkms", "", "AsymmetricSign MacSign Encrypt"),
    *_acts("", ACCESS, "cloudkms", "", "GetPublicKey ListCryptoKeys"),
    *_acts("access-changed", ADMIN, "cloudresourcemanager", "", "SetIamPolicy", _APPLY),
    *_acts("access-changed", ADMIN, "storage", "storage.", "setIamPermissions", _APPLY),
    *_acts("access-changed", ADMIN, "pubsub", "google.iam.v1.IAMPolicy.", "SetIamPolicy", _APPLY),
    *_acts(
        "access-changed",
        ADMIN,
        "iam",
        _IAM,
        "SetIAMPolicy CreateServiceAccountKey UploadServiceAccountKey CreateServiceAccount DeleteServiceAccount"
        " DisableServiceAccount EnableServiceAccount PatchServiceAccount UndeleteServiceAccount UpdateServiceAccount"
        " CreateRole DeleteRole UndeleteRole UpdateRole",
        _APPLY,
    ),
    *_acts(
        "access-changed",
        ADMIN,
        "iam",
        "google.iam.v1.WorkloadIdentityPools.",
        "CreateWorkloadIdentityPool UpdateWorkloadIdentityPoolProvider",
        _APPLY,
    ),
    *_acts("access-changed", ADMIN, "iam", "google.iam.v2.Policies.", "CreatePolicy DeletePolicy UpdatePolicy", _APPLY),
    *_acts("", ACCESS, "cloudresourcemanager", "", "GetIamPolicy"),
    *_acts(
        "schedule-changed",
        ADMIN,
        "cloudscheduler",
        _SCHEDULER,
        "CreateJob DeleteJob PauseJob ResumeJob RunJob UpdateJob",
        _APPLY,
    ),
    *_acts("", ACCESS, "cloudscheduler", _SCHEDULER, "GetJob ListJobs"),
    *_acts(
        "breach",
        ADMIN,
        "cloudkms",
        "",
        "CreateCryptoKeyVersion DestroyCryptoKeyVersion ImportCryptoKeyVersion RestoreCryptoKeyVersion"
        " UpdateCryptoKeyVersion",
        _APPLY,
    ),
    *_acts(
        "breach",
        ADMIN,
        "monitoring",
        "google.monitoring.v3.",
        "AlertPolicyService.DeleteAlertPolicy AlertPolicyService.UpdateAlertPolicy"
        " NotificationChannelService.DeleteNotificationChannel NotificationChannelService.UpdateNotificationChannel",
        _APPLY,
    ),
    *_acts(
        "breach", ADMIN, "logging", "google.logging.v2.MetricsServiceV2.", "DeleteLogMetric UpdateLogMetric", _APPLY
    ),
    *_acts("breach", ADMIN, "logging", _LOGGING, "CreateExclusion DeleteSink UpdateBucket UpdateSink", _APPLY),
    *_acts(
        "breach",
        ADMIN,
        "firestore",
        "google.firestore.admin.v1.FirestoreAdmin.",
        "CloneDatabase CreateDatabase RestoreDatabase UpdateDatabase ExportDocuments",
        _APPLY,
    ),
    *_acts("breach", ADMIN, "cloudfunctions", "google.cloud.functions.v2.FunctionService.", "UpdateFunction", _APPLY),
    *_acts("breach", ADMIN, "run", "google.cloud.run.v1.Services.", "ReplaceService", _APPLY),
    *_acts("breach", ADMIN, "secretmanager", _SECRETS, "CreateSecret DeleteSecret UpdateSecret", _APPLY),
    *_acts("breach", ADMIN, "pubsub", "google.pubsub.v1.Subscriber.", "UpdateSubscription DeleteSubscription", _APPLY),
    *_acts("breach", ADMIN, "storage", "storage.buckets.", "create delete update", _APPLY),
]


def principals(world: World) -> Iterator[tuple[str, str, bool]]:
    """Yield who may act: of what kind, under which address, and whether they are a step or an agent of Google's."""
    own = f"@{world.project}.iam.gserviceaccount.com"
    yield PERSON, "suzuki@contractor.example.jp", False
    yield NOBODY, "", False
    yield DEPLOYER, world.applier, False
    for name in ("scheduler", "builder", "push-claim", "fn-spy", "fn-drawer"):
        yield STRANGER, name + own, False
    yield STRANGER, "fn-draw@another-project.iam.gserviceaccount.com", False
    yield STRANGER, f"service-{world.number}@elsewhere.example.iam.gserviceaccount.com.example", False
    yield STRANGER, f"service-{world.number}@example.jp", False
    yield STRANGER, "service-999999999999@gcp-sa-pubsub.iam.gserviceaccount.com", False
    for step in POWERS:
        yield "a step", f"fn-{step}{own}", True
    for agent in AGENTS.values():
        yield "an agent", agent.member.removeprefix("serviceAccount:").format(number=world.number), True


def entries(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each act by each principal: in words, the alert that must ring (none if empty), the entry."""
    for act in ACTS:
        for kind, address, is_ours in principals(world):
            may = kind in act.also or (PEOPLE in act.also and not address.endswith(".gserviceaccount.com"))
            rings = "" if is_ours or may else act.alert
            yield f"{act.method} by {address or NOBODY}", rings, _entry(world, act, address)
        if act.alert == "access-changed":
            manager = "service-agent-manager@system.gserviceaccount.com"
            yield f"{act.method} by {manager}", "", _entry(world, act, manager)


def _entry(world: World, act: Act, address: str) -> dict[str, Any]:
    bucket = f"gcf-v2-sources-{world.number}-asia-northeast1" if act.bucket == "gcf-v2-sources" else ""
    bucket = bucket or (world.bucket(act.bucket) if act.bucket else "")
    subject = "principal://iam.googleapis.com/locations/global/workforcePools/pool/subject/suzuki"
    return {
        "insertId": "1a2b3c",
        "logName": f"projects/{world.project}/logs/cloudaudit.googleapis.com%2F{act.log}",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": {"principalEmail": address} if address else {"principalSubject": subject},
            "methodName": act.method,
            "resourceName": f"projects/_/buckets/{bucket}/objects/forfeits/one.json" if bucket else "projects/one",
            "serviceName": act.service,
            "status": {},
        },
        "resource": {
            "type": "gcs_bucket" if bucket else "audited_resource",
            "labels": {"project_id": world.project, **({"bucket_name": bucket} if bucket else {})},
        },
        "severity": "NOTICE" if act.log == ADMIN else "INFO",
        "timestamp": "2026-02-20T03:04:05.678901Z",
    }
