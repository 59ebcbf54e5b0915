# ruff: noqa: E501 (a table, a line a fault)
"""Seeded faults: each spoils one reply of a project that is well, and names the row that must tell it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CAMPAIGN = "shinjuku-rally-2026"
BUCKET = f"shinjuku-rally-{CAMPAIGN}"
ACCOUNT = "shinjuku-rally.iam.gserviceaccount.com"
TOKYO = {"location": "asia-northeast1", "ring": "prizedraw"}


@dataclass(frozen=True)
class Fault:
    """What is wrong, the check that tells it, words of its row, and of the command that mends it."""

    name: str
    spoil: Callable[[Any], Any]
    check: str
    said: str
    mend: str
    on: str = "2026-02-20"


def _without(rows: list[Any], **like: Any) -> None:
    rows[:] = [row for row in rows if any(row.get(name) != value for name, value in like.items())]


def _set(row: Any, path: str, value: Any) -> None:
    *steps, name = path.split(".")
    for step in steps:
        row = row[int(step)] if isinstance(row, list) else row.setdefault(step, {})
    if value is None:
        row.pop(name, None)
    else:
        row[name] = value


def _change(call: str, what: str, path: str, value: Any, **parts: str) -> Callable[[Any], None]:
    return lambda project: _set(project.row(call, what, **parts), path, value)


def _grant(call: str, role: str, member: str, **parts: str) -> Callable[[Any], None]:
    return lambda project: project.reply(call, **parts)["bindings"].append({"members": [member], "role": role})


def _revoke(call: str, role: str, member: str, **parts: str) -> Callable[[Any], None]:
    def spoil(project: Any) -> None:
        for binding in project.reply(call, **parts)["bindings"]:
            if binding["role"] == role and member in binding["members"]:
                binding["members"].remove(member)
                return
        raise AssertionError(f"{role} was not granted to {member}")

    return spoil


def _unbind(role: str, account: str, edit: Callable[[str], str | None]) -> Callable[[Any], None]:
    """Change the condition under which a step may create files in the published bucket; without one it holds for all."""

    def spoil(project: Any) -> None:
        for binding in project.reply("bucket-grants", bucket=f"{BUCKET}-published")["bindings"]:
            if binding["role"] == role and f"serviceAccount:{account}@{ACCOUNT}" in binding["members"]:
                said = edit(binding.pop("condition")["expression"])
                if said is not None:
                    binding["condition"] = {"expression": said, "title": "as somebody likes"}
                return
        raise AssertionError(f"{role} was not granted to {account}")

    return spoil


def _version(key: str, **values: Any) -> Callable[[Any], None]:
    return lambda project: project.reply("key-versions", key=key, **TOKYO)[0].update(values)


def _holds_above(level: int, role: str, member: str) -> Callable[[Any], None]:
    return lambda project: (
        project.reply("ancestors")[level]["policy"]
        .setdefault("bindings", [])
        .append({"members": [member], "role": role})
    )


def _wrote(step: str, event: str, code: str) -> Callable[[Any], None]:
    def spoil(project: Any) -> None:
        for key, rows in project.replies.items():
            if key[:2] == ("logging", "read") and rows and rows[0]["jsonPayload"]["step"] == step:
                rows[0]["jsonPayload"] = {"event": event, "step": step, "code": code}

    return spoil


def _rule(constraint: str, rule: Any) -> Callable[[Any], None]:
    return lambda project: project.reply("policy", constraint=constraint)["spec"].update(rules=[rule] if rule else [])


def _annotation(step: str, name: str, value: str) -> Callable[[Any], None]:
    def spoil(project: Any) -> None:
        for row in project.reply("services", location="asia-northeast1"):
            if row["metadata"]["name"] == step:
                row["spec"]["template"]["metadata"]["annotations"][f"run.googleapis.com/{name}"] = value

    return spoil


def _new_bucket(project: Any) -> None:
    project.reply("buckets").append({**project.row("buckets", f"{BUCKET}-claims"), "name": "shinjuku-rally-copies"})


def _account_key(project: Any) -> None:
    name = f"projects/shinjuku-rally/serviceAccounts/fn-notify@{ACCOUNT}/keys/0f1e2d3c"
    project.reply("account-keys", account=f"fn-notify@{ACCOUNT}").append({"keyType": "USER_MANAGED", "name": name})


FAULTS = (
    Fault("an API is off", lambda p: _without(p.reply("apis"), name="projects/123456789012/services/forms.googleapis.com"), "apis", "forms.googleapis.com", "gcloud services enable forms.googleapis.com --project=shinjuku-rally"),
    Fault("an API is being switched off", lambda p: p.reply("apis")[0].update(state="DISABLED"), "apis", "not enabled", "gcloud services enable"),
    Fault("another project's number", lambda p: p.reply("project").update(projectNumber="210987654321"), "project", "210987654321", "gcloud projects describe"),
    Fault("the project is being deleted", lambda p: p.reply("project").update(lifecycleState="DELETE_REQUESTED"), "project", "DELETE_REQUESTED", "gcloud projects undelete shinjuku-rally"),
    Fault("no billing", lambda p: p.reply("billing").update(billingEnabled=False), "project", "billing", "gcloud billing projects link shinjuku-rally"),
    Fault("the scheduler's agent lost its role", _revoke("project-grants", "roles/run.serviceAgent", "serviceAccount:service-123456789012@serverless-robot-prod.iam.gserviceaccount.com"), "agents", "roles/run.serviceAgent", "gcloud projects add-iam-policy-binding shinjuku-rally --member='serviceAccount:service-123456789012@serverless-robot-prod"),
    Fault("somebody may read a database", _grant("project-grants", "roles/datastore.viewer", "user:curious@example.jp"), "grants", "user:curious@example.jp", "gcloud projects remove-iam-policy-binding shinjuku-rally --member='user:curious@example.jp' --role='roles/datastore.viewer'"),
    Fault("somebody may decrypt", _grant("key-grants", "roles/cloudkms.cryptoKeyDecrypter", "user:curious@example.jp", key=f"{CAMPAIGN}-contact", **TOKYO), "grants", "cryptoKeyDecrypter", f"gcloud kms keys remove-iam-policy-binding {CAMPAIGN}-contact --keyring=prizedraw"),
    Fault("somebody may decrypt by the ring", _grant("ring-grants", "roles/cloudkms.cryptoKeyDecrypter", "group:all@example.jp", **TOKYO), "grants", "ring asia-northeast1/prizedraw", "gcloud kms keyrings remove-iam-policy-binding prizedraw"),
    Fault("a bucket is public", _grant("bucket-grants", "roles/storage.objectViewer", "allUsers", bucket=f"{BUCKET}-published"), "grants", "allUsers", f"gcloud storage buckets remove-iam-policy-binding gs://{BUCKET}-published --member='allUsers'"),
    Fault("a function is public", _grant("service-grants", "roles/run.invoker", "allUsers", service="draw", location="asia-northeast1"), "grants", "service asia-northeast1/draw", "gcloud run services remove-iam-policy-binding draw"),
    Fault("somebody may read a secret", _grant("secret-grants", "roles/secretmanager.secretAccessor", "user:curious@example.jp", secret=f"{CAMPAIGN}-index"), "grants", f"secret {CAMPAIGN}-index", f"gcloud secrets remove-iam-policy-binding {CAMPAIGN}-index"),
    Fault("somebody may publish a tick", _grant("topic-grants", "roles/pubsub.publisher", "user:curious@example.jp", topic=f"{CAMPAIGN}-notifications"), "grants", "roles/pubsub.publisher", f"gcloud pubsub topics remove-iam-policy-binding {CAMPAIGN}-notifications"),
    Fault("somebody may act as a function", _grant("account-grants", "roles/iam.serviceAccountTokenCreator", "user:curious@example.jp", account=f"fn-notify@{ACCOUNT}"), "grants", "account fn-notify", f"gcloud iam service-accounts remove-iam-policy-binding fn-notify@{ACCOUNT}"),
    Fault("the form may not publish", _revoke("topic-grants", "roles/pubsub.publisher", "serviceAccount:forms-notifications@system.gserviceaccount.com", topic=f"{CAMPAIGN}-notifications"), "grants", "is not granted to serviceAccount:forms-notifications", "scripts/deploy"),
    Fault("a condition is gone", lambda p: [b.pop("condition", None) for b in p.reply("project-grants")["bindings"] if f"serviceAccount:fn-prepare@{ACCOUNT}" in b["members"]], "grants", "which the table does not know", "gcloud projects remove-iam-policy-binding"),
    Fault("draw may create any file", _unbind("roles/storage.objectCreator", "fn-draw", lambda _: None), "grants", f"roles/storage.objectCreator is granted to serviceAccount:fn-draw@{ACCOUNT} (-), which the table does not know", f"gcloud storage buckets remove-iam-policy-binding gs://{BUCKET}-published"),
    Fault("draw may create another's file", _unbind("roles/storage.objectCreator", "fn-draw", lambda said: said.replace("/record.json\"", "/rules.json\"")), "grants", "/objects/rules.json", f"gcloud storage buckets remove-iam-policy-binding gs://{BUCKET}-published"),
    Fault("forfeit may create outside its folder", _unbind("roles/storage.objectCreator", "fn-forfeit", lambda said: said.replace("forfeits/", "")), "grants", "/objects/\")", f"gcloud storage buckets remove-iam-policy-binding gs://{BUCKET}-published"),
    Fault("the creator is still owner", _holds_above(0, "roles/owner", "user:infra@example.jp"), "owners", "user:infra@example.jp holds roles/owner", "gcloud projects remove-iam-policy-binding shinjuku-rally --member='user:infra@example.jp' --role='roles/owner'"),
    Fault("an editor is inherited from the folder", _holds_above(1, "roles/editor", "group:dev@example.jp"), "owners", "roles/editor on the folder 234567890123", "gcloud resource-manager folders remove-iam-policy-binding 234567890123"),
    Fault("a reader of secrets is inherited from the organisation", _holds_above(2, "roles/secretmanager.secretAccessor", "group:dev@example.jp"), "owners", "on the organisation 123456789012", "gcloud organizations remove-iam-policy-binding 123456789012"),
    Fault("an account has a key", _account_key, "accounts", "has a key (0f1e2d3c)", f"gcloud iam service-accounts keys delete 0f1e2d3c --iam-account=fn-notify@{ACCOUNT}"),
    Fault("an account is disabled", _change("accounts", f"fn-draw@{ACCOUNT}", "disabled", True), "accounts", "is disabled", f"gcloud iam service-accounts enable fn-draw@{ACCOUNT}"),
    Fault("a role of ours grew", lambda p: p.reply("role", role="prizedrawObjectEraser")["includedPermissions"].append("storage.objects.get"), "roles", "storage.objects.get", "scripts/deploy"),
    Fault("the deployer's role grew", lambda p: p.reply("role", role="prizedrawDeployer")["includedPermissions"].append("storage.objects.get"), "roles", "Role prizedrawDeployer", "gcloud iam roles update prizedrawDeployer --project=shinjuku-rally --file=infra/terraform/by_hand/deployer.yaml"),
    Fault("a bucket lies abroad", _change("buckets", f"{BUCKET}-claims", "location", "US-CENTRAL1"), "locations", "us-central1", "scripts/deploy"),
    Fault("logs lie abroad", _change("log-buckets", "_Required", "name", "projects/shinjuku-rally/locations/global/buckets/_Required"), "locations", "global", "make another project"),
    Fault("a key is of software", _change("keys", f"{CAMPAIGN}-survey", "versionTemplate.protectionLevel", "SOFTWARE", **TOKYO), "keys", "versionTemplate.protectionLevel", "another campaign id"),
    Fault("a version is of software", _version(f"{CAMPAIGN}-survey", protectionLevel="SOFTWARE"), "keys", "no HSM key", "another campaign id"),
    Fault("a key waits 30 days", _change("keys", f"{CAMPAIGN}-index", "destroyScheduledDuration", "2592000s", **TOKYO), "keys", "destroyScheduledDuration", "another campaign id"),
    Fault("a key is to be destroyed", _version(f"{CAMPAIGN}-contact", state="DESTROY_SCHEDULED"), "keys", "DESTROY_SCHEDULED", f"gcloud kms keys versions restore 1 --key={CAMPAIGN}-contact --keyring=prizedraw --location=asia-northeast1 --project=shinjuku-rally"),
    Fault("a key is disabled", _version(f"{CAMPAIGN}-evidence", state="DISABLED"), "keys", "DISABLED", f"gcloud kms keys versions enable 1 --key={CAMPAIGN}-evidence"),
    Fault("a key is destroyed", _version(f"{CAMPAIGN}-delivery", state="DESTROYED"), "keys", "What it sealed is lost", "breach.md"),
    Fault("a key was not destroyed in time", lambda p: None, "keys", "is not destroyed. Press erase", "gcloud functions call erase", on="2026-04-02"),
    Fault("a key is missing", lambda p: _without(p.reply("keys", **TOKYO), name="projects/shinjuku-rally/locations/asia-northeast1/keyRings/prizedraw/cryptoKeys/cmek-storage"), "keys", "cmek-storage is not there", "scripts/deploy"),
    Fault("a stored key does not rotate", _change("keys", "cmek-pubsub", "rotationPeriod", None, **TOKYO), "keys", "rotationPeriod", "scripts/deploy"),
    Fault("other code", _change("functions", "draw", "buildConfig.source.storageSource.object", "draw/0000.zip"), "functions", "draw does not run this checkout's code", "scripts/deploy"),
    Fault("a function is open to the world", _change("functions", "claim", "serviceConfig.ingressSettings", "ALLOW_ALL"), "functions", "serviceConfig.ingressSettings", "scripts/deploy"),
    Fault("a function runs twice at once", _change("functions", "freeze", "serviceConfig.maxInstanceCount", 100), "functions", "serviceConfig.maxInstanceCount", "scripts/deploy"),
    Fault("another campaign's functions", _change("functions", "erase", "serviceConfig.environmentVariables.CAMPAIGN", "older-rally-2025"), "functions", "erase: the variable CAMPAIGN", "scripts/deploy"),
    Fault("a function acts as another", _change("functions", "status", "serviceConfig.serviceAccountEmail", f"fn-erase@{ACCOUNT}"), "functions", "serviceAccountEmail", "scripts/deploy"),
    Fault("a function failed to deploy", _change("functions", "ship", "state", "FAILED"), "functions", "ship is FAILED", "gcloud builds list --region=asia-northeast1"),
    Fault("a function is missing", lambda p: _without(p.reply("functions"), name="projects/shinjuku-rally/locations/asia-northeast1/functions/claim"), "functions", "claim is not there", "scripts/deploy"),
    Fault("a function goes past its network", _annotation("intake", "vpc-access-egress", "private-ranges-only"), "functions", "does not speak through its network", "scripts/deploy"),
    Fault("a schedule is paused", _change("schedules", "intake", "state", "PAUSED", location="asia-northeast1"), "schedules", "intake is PAUSED", "gcloud scheduler jobs resume intake --location=asia-northeast1"),
    Fault("a schedule is refused", _change("schedules", "notify", "status", {"code": 7}, location="asia-northeast1"), "schedules", "failed (code 7)", "gcloud logging read"),
    Fault("a schedule has another hour", _change("schedules", "erase", "schedule", "0 6 1 1 *", location="asia-northeast1"), "schedules", "erase: schedule", "scripts/deploy"),
    Fault("messages lie abroad", _change("topics", f"{CAMPAIGN}-claims", "messageStoragePolicy.allowedPersistenceRegions", ["us-central1"]), "messages", "allowedPersistenceRegions", "scripts/deploy"),
    Fault("a subscription expires", _change("subscriptions", f"{CAMPAIGN}-dead-letters", "expirationPolicy", {"ttl": "2678400s"}), "messages", "without use", f"gcloud pubsub subscriptions update {CAMPAIGN}-dead-letters --expiration-period=never"),
    Fault("a subscription goes elsewhere", _change("subscriptions", f"{CAMPAIGN}-intake", "pushConfig.pushEndpoint", "https://evil.example"), "messages", "does not push to intake", "scripts/deploy"),
    Fault("no dead letters", _change("subscriptions", f"{CAMPAIGN}-claim", "deadLetterPolicy", None), "messages", "deadLetterPolicy", "scripts/deploy"),
    Fault("dropped files are not announced", lambda p: p.reply("notifications", bucket=f"{BUCKET}-claims").clear(), "messages", "not announced", "scripts/deploy"),
    Fault("nobody is told of dead letters", _change("alerts", "dead-letters", "enabled", False), "dead-letters", "Nobody is told", "scripts/deploy"),
    Fault("the form is not shared", _wrote("intake", "alarm", "watch_failed"), "form", "cannot be read", f"fn-intake@{ACCOUNT}"),
    Fault("the watch is suspended", _wrote("intake", "alarm", "watch_suspended"), "form", "suspended", "as editor"),
    Fault("intake is refused by the form", _wrote("intake", "broken", "E-165"), "form", "E-165", "as editor"),
    Fault("the delegation lacks a scope", _wrote("notify", "broken", "E-603"), "mailbox", "Sending is refused", "Domain-wide delegation"),
    Fault("a bucket may be opened", _change("buckets", f"{BUCKET}-reports", "iamConfiguration.publicAccessPrevention", "inherited"), "buckets", "publicAccessPrevention", "scripts/deploy"),
    Fault("a bucket has lists of its own", _change("buckets", f"{BUCKET}-reports", "iamConfiguration.uniformBucketLevelAccess", {"enabled": False}), "buckets", "uniformBucketLevelAccess", "scripts/deploy"),
    Fault("what is erased can be restored", _change("buckets", f"{BUCKET}-claims", "softDeletePolicy.retentionDurationSeconds", "604800"), "buckets", "softDeletePolicy", "scripts/deploy"),
    Fault("published files can be changed", _change("buckets", f"{BUCKET}-published", "retentionPolicy", None), "buckets", "retentionPolicy", "scripts/deploy"),
    Fault("shipping lists stay", _change("buckets", f"{BUCKET}-exports", "lifecycle", None), "buckets", "lifecycle.rule", "scripts/deploy"),
    Fault("dropped registrations stay", _change("buckets", f"{BUCKET}-claims", "lifecycle", None), "buckets", "lifecycle.rule", "scripts/deploy"),
    Fault("a bucket that nobody defined", _new_bucket, "buckets", "shinjuku-rally-copies", "gcloud storage buckets describe gs://shinjuku-rally-copies"),
    Fault("deleted entries can be read for a week", _change("databases", "sealed", "pointInTimeRecoveryEnablement", "POINT_IN_TIME_RECOVERY_ENABLED"), "databases", "pointInTimeRecovery", "scripts/deploy"),
    Fault("a database can be deleted", _change("databases", "state", "deleteProtectionState", "DELETE_PROTECTION_DISABLED"), "databases", "deleteProtectionState", "scripts/deploy"),
    Fault("a database without our key", _change("databases", "sealed", "cmekConfig", None), "databases", "cmekConfig", "scripts/deploy"),
    Fault("a third database", lambda p: p.reply("databases").append({"locationId": "asia-northeast1", "name": "projects/shinjuku-rally/databases/(default)"}), "databases", "(default)", "gcloud firestore databases delete --database='(default)'"),
    Fault("no backups", lambda p: p.reply("backup-schedules", database="sealed").clear(), "databases", "no daily backup", "scripts/deploy"),
    Fault("a backup outlives the period", lambda p: p.reply("backups", location="asia-northeast1")[0].update(expireTime="2026-04-05T00:00:00Z"), "databases", "outlives", "gcloud firestore backups delete --backup=99999999-1234-1234-1234-123456789012", on="2026-03-29"),
    Fault("a secret lies anywhere", _change("secrets", f"{CAMPAIGN}-index", "replication", {"automatic": {}}), "secrets", "lies elsewhere", f"gcloud secrets delete {CAMPAIGN}-index"),
    Fault("a destroyed secret stays", _change("secrets", f"{CAMPAIGN}-claim", "versionDestroyTtl", "86400s"), "secrets", "keeps what is destroyed", "--remove-version-destroy-ttl"),
    Fault("a keyset was not made", lambda p: p.reply("secret-versions", secret=f"{CAMPAIGN}-contact-private").clear(), "secrets", "has 0 versions", "gcloud secrets versions list"),
    Fault("images without our key", _change("repositories", "functions", "kmsKeyName", None, location="asia-northeast1"), "repositories", "kmsKeyName", "scripts/deploy"),
    Fault("reads are not in the audit logs", lambda p: p.reply("project-grants")["auditConfigs"][0]["auditLogConfigs"].pop(1), "logs", "do not take DATA_READ", "scripts/deploy"),
    Fault("somebody is left out of the audit logs", lambda p: p.reply("project-grants")["auditConfigs"][0]["auditLogConfigs"][0].update(exemptedMembers=["user:x@example.jp"]), "logs", "user:x@example.jp", "scripts/deploy"),
    Fault("logs go into two places", lambda p: p.reply("sinks")[0].update(destination="logging.googleapis.com/projects/shinjuku-rally/locations/global/buckets/_Default"), "logs", "The sink _Default", "scripts/deploy"),
    Fault("audit logs are filtered out", lambda p: p.reply("sinks")[0].update(filter='NOT log_id("cloudaudit.googleapis.com/activity")'), "logs", "narrowed: True", "scripts/deploy"),
    Fault("logs end too soon", _change("log-buckets", "prizedraw", "retentionDays", 30), "logs", "retentionDays", "scripts/deploy"),
    Fault("an alert is off", _change("alerts", "human-decrypt", "enabled", False), "alerts", "human-decrypt is switched off", "gcloud alpha monitoring policies update"),
    Fault("an alert reaches nobody", _change("alerts", "breach", "notificationChannels", []), "alerts", "does not reach rally-alerts@example.jp", "scripts/deploy"),
    Fault("an alert looks elsewhere", _change("alerts", "step-failed", "conditions", [{"conditionMatchedLog": {"filter": "severity=DEFAULT"}}]), "alerts", "another condition", "scripts/deploy"),
    Fault("a policy is not in effect", _rule("iam.disableServiceAccountKeyCreation", None), "policies", "iam.disableServiceAccountKeyCreation", "terraform -chdir=infra/terraform/org apply"),
    Fault("a policy is loosened", _rule("gcp.resourceLocations", {"values": {"allowedValues": ["in:asia-northeast1-locations", "in:asia-northeast2-locations", "in:us-locations"]}}), "policies", "gcp.resourceLocations", "terraform -chdir=infra/terraform/org apply"),
)  # fmt: skip
