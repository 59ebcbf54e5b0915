"""
A deployed project as `gcloud` shows it, all of it well: shapes as Google's services reply (`shapes.json`), filled in with
what the pages say. A test spoils one reply, or has one refused, and looks at what is told.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from examination.__main__ import PAGES, case_of
from examination.calls import CALLS
from examination.case import Case, last
from examination.gcloud import Answer, arguments_of
from examination.grants import CALLS_BY_KIND, parts_of, table
from examination.keys import where
from examination.root import Resource

SHAPES: dict[str, Any] = json.loads(Path(__file__).with_name("shapes.json").read_text(encoding="utf-8"))
NOW = datetime.fromisoformat("2026-02-20T12:00:00+09:00")
TFVARS = PAGES / "terraform.tfvars.example"
ORG_TFVARS = PAGES / "org" / "terraform.tfvars.example"
ORGANISATION, FOLDER = "123456789012", "234567890123"


@dataclass
class Project:
    """Replies by their calls; what is not among them was not expected to be asked."""

    replies: dict[tuple[str, ...], Any] = field(default_factory=dict)
    refusals: dict[tuple[str, ...], Answer] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str]) -> Answer:
        key = tuple(arguments)
        self.asked.append(key)
        if key in self.refusals:
            return self.refusals[key]
        return Answer(0, json.dumps(self.replies[key]))

    def key(self, name: str, **parts: str) -> tuple[str, ...]:
        """Return the arguments of a call; of several of its name the one with *parts*, or the first."""
        if parts or "{" not in CALLS[name].words.replace("{project}", ""):
            return tuple(arguments_of(CALLS[name], **{"project": "shinjuku-rally", **parts}))
        return next(key for key in self.replies if is_of(name, key))

    def reply(self, name: str, **parts: str) -> Any:
        """Return a reply, to be spoilt in place."""
        return self.replies[self.key(name, **parts)]

    def row(self, name: str, what: str, **parts: str) -> Any:
        """Return one row of a list, by (the last part of) its name."""
        names = ("name", "email", "displayName")
        return next(row for row in self.reply(name, **parts) if what in {last(row.get(word)) for word in names})

    def refuse(self, name: str, answer: Answer) -> None:
        """Have every call of one name refused."""
        self.refusals |= {key: answer for key in self.replies if is_of(name, key)}


def is_of(name: str, key: tuple[str, ...]) -> bool:
    """Tell whether arguments are of the call of that name."""
    words = CALLS[name].words.split()
    return len(words) + 2 == len(key) and all(
        "{" in word or word == said for word, said in zip(words, key[:-2], strict=True)
    )


def project_of(case: Callable[[Project], Case] | None = None) -> Project:
    """Return the project, all of it well."""
    project = Project()
    give = case or (lambda run: case_of(run, TFVARS, ORG_TFVARS, NOW))
    # The table asks who writes logs before anything else is known.
    project.replies[project.key("log-agent")] = shape("log-agent", project="shinjuku-rally", number="123456789012")
    _Recorder(project, give(project)).record()
    project.asked.clear()
    return project


def shape(name: str, /, *, project: str, number: str, **changes: Any) -> Any:
    """Return a reply's shape with project and number filled in and values changed, each by its dotted path."""
    text = json.dumps(SHAPES[name])
    for old, new in (("projects/P", f"projects/{project}"), ("projects/N", f"projects/{number}")):
        text = text.replace(old, new)
    text = (
        text.replace("@P.", f"@{project}.").replace("-pN@", f"-p{number}@").replace("service-N@", f"service-{number}@")
    )
    found = json.loads(text.replace("/locations/L", "/locations/asia-northeast1"))
    for path, value in changes.items():
        put(found, path.replace("__", "."), value)
    return found


def put(whole: Any, path: str, value: Any) -> None:
    """Set what a dotted path leads to; None takes it away."""
    *steps, name = path.split(".")
    for step in steps:
        whole = whole.setdefault(step, {})
    if value is None:
        whole.pop(name, None)
    else:
        whole[name] = value


class _Recorder:
    def __init__(self, project: Project, case: Case) -> None:
        self.project, self.case = project, case

    def record(self) -> None:
        for name, rows in (
            ("signed-in", [SHAPES["signed-in"]]),
            ("project", self.shape("project", projectId=self.case.project, projectNumber=self.case.number)),
            ("billing", self.shape("billing", projectId=self.case.project)),
            ("ancestors", list(self.ancestors())),
            ("apis", [self.api(one) for one in self.all("project_service")]),
            ("accounts", [self.account(one) for one in self.all("service_account")]),
            ("functions", [self.function(one) for one in self.all("cloudfunctions2_function")]),
            ("topics", [self.topic(one) for one in self.all("pubsub_topic")]),
            ("subscriptions", [self.subscription(one) for one in self.all("pubsub_subscription")]),
            ("buckets", [*(self.bucket(one) for one in self.all("storage_bucket")), self.googles_bucket()]),
            ("databases", [self.database(one) for one in self.all("firestore_database")]),
            ("secrets", [self.secret(one) for one in self.all("secret_manager_secret")]),
            ("channels", [self.channel(one) for one in self.all("monitoring_notification_channel")]),
            ("alerts", [self.alert(*pair) for pair in enumerate(self.all("monitoring_alert_policy"), 1)]),
            ("log-buckets", list(self.log_buckets())),
            ("sinks", [self.sink(one) for one in self.all("logging_project_sink")]),
            ("metrics", [self.metric(one) for one in self.all("logging_metric")]),
        ):
            self.put(name, rows)
        self.of_places()
        self.of_each()
        self.grants()
        self.policies()
        self.lines()

    def put(self, name: str, reply: Any, **parts: str) -> None:
        self.project.replies[self.project.key(name, **parts)] = reply

    def shape(self, name: str, /, **changes: Any) -> Any:
        return shape(name, project=self.case.project, number=self.case.number, **changes)

    def all(self, type: str) -> list[Resource]:
        return self.case.root.of_type(type)

    def api(self, one: Resource) -> Any:
        name = one.get("service")
        return self.shape("apis", config__name=name, name=f"projects/{self.case.number}/services/{name}")

    def account(self, one: Resource) -> Any:
        email = one.told("email")
        return self.shape("accounts", email=email, name=one.told("name"), displayName=one.get("display_name"))

    def ancestors(self) -> Iterator[Any]:
        bindings = [
            {"members": ["user:boss@example.jp"], "role": "roles/resourcemanager.organizationAdmin"},
            {"members": ["group:infra@example.jp"], "role": "roles/orgpolicy.policyAdmin"},
        ]
        cloudservices = f"serviceAccount:{self.case.number}@cloudservices.gserviceaccount.com"
        yield self.shape(
            "ancestors", id=self.case.project, policy__bindings=[{"members": [cloudservices], "role": "roles/editor"}]
        )
        yield self.shape("ancestors", id=FOLDER, type="folder", policy={"etag": "ACAB"})
        yield self.shape("ancestors", id=ORGANISATION, type="organization", policy__bindings=bindings)

    def function(self, one: Resource) -> Any:
        name, config = str(one.get("name")), one.get("service_config")
        found = self.shape(
            "functions",
            name=f"projects/{self.case.project}/locations/{one.get('location')}/functions/{name}",
            kmsKeyName=one.get("kms_key_name"),
            serviceConfig__uri=f"https://{name}-abcdefghij-an.a.run.app",
            serviceConfig__serviceAccountEmail=config["service_account_email"],
            serviceConfig__ingressSettings=config["ingress_settings"],
            serviceConfig__availableMemory=config["available_memory"],
            serviceConfig__timeoutSeconds=config["timeout_seconds"],
        )
        found["serviceConfig"]["environmentVariables"] |= config["environment_variables"]
        for key in ("storageSource", "resolvedStorageSource"):
            place = found["buildConfig"]["source" if key == "storageSource" else "sourceProvenance"][key]
            place |= one.get("build_config.source.storage_source")
        return found

    def topic(self, one: Resource) -> Any:
        policy = one.get("message_storage_policy")
        transit = {} if not policy["enforce_in_transit"] else {"enforceInTransit": True}
        return self.shape(
            "topics",
            name=one.told("id"),
            kmsKeyName=one.get("kms_key_name"),
            messageStoragePolicy={"allowedPersistenceRegions": policy["allowed_persistence_regions"], **transit},
        )

    def subscription(self, one: Resource) -> Any:
        found = self.shape("subscriptions", name=one.told("id"), topic=one.get("topic"))
        if one.has("push_config"):
            step = str(one.get("name")).removeprefix(f"{self.case.campaign_id}-")
            address, policy = f"https://{step}-abcdefghij-an.a.run.app", one.get("dead_letter_policy")
            token = {
                "audience": address,
                "serviceAccountEmail": one.get("push_config.oidc_token.service_account_email"),
            }
            found |= {
                "ackDeadlineSeconds": one.get("ack_deadline_seconds"),
                "pushConfig": {"oidcToken": token, "pushEndpoint": address},
                "retryPolicy": {"maximumBackoff": "600s", "minimumBackoff": "10s"},
                "deadLetterPolicy": {
                    "deadLetterTopic": policy["dead_letter_topic"],
                    "maxDeliveryAttempts": policy["max_delivery_attempts"],
                },
            }
        return found

    def bucket(self, one: Resource) -> Any:
        name = one.get("name")
        found = self.shape("buckets", name=name, id=name, location=one.get("location"))
        found["encryption"] = {"defaultKmsKeyName": one.get("encryption.default_kms_key_name")}
        if one.get("soft_delete_policy.retention_duration_seconds") is not None:
            found["softDeletePolicy"] = {"retentionDurationSeconds": "0"}
        if one.get("versioning.enabled"):
            found["versioning"] = {"enabled": True}
        if one.has("retention_policy"):
            found["retentionPolicy"] = {
                "effectiveTime": "2026-01-13T02:00:00.000Z",
                "retentionPeriod": one.get("retention_policy.retention_period"),
            }
        if one.has("lifecycle_rule"):
            found["lifecycle"] = {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 1}}]}
        return found

    def googles_bucket(self) -> Any:
        name = f"gcf-v2-sources-{self.case.number}-asia-northeast1-0a1b2c3d"
        return self.shape("buckets", name=name, id=name)

    def database(self, one: Resource) -> Any:
        return self.shape(
            "databases",
            name=f"projects/{self.case.project}/databases/{one.get('name')}",
            cmekConfig__kmsKeyName=one.get("cmek_config.kms_key_name"),
        )

    def secret(self, one: Resource) -> Any:
        replicas = [
            {
                "customerManagedEncryption": {"kmsKeyName": row["customer_managed_encryption"]["kms_key_name"]},
                "location": row["location"],
            }
            for row in one.get("replication.user_managed")["replicas"]
        ]
        name = f"projects/{self.case.number}/secrets/{one.get('secret_id')}"
        return self.shape("secrets", name=name, replication__userManaged__replicas=replicas)

    def channel(self, one: Resource) -> Any:
        return self.shape("channels", displayName=one.get("display_name"), labels=dict(one.get("labels")))

    def alert(self, number: int, one: Resource) -> Any:
        written = one.get("conditions")
        condition: dict[str, Any] = {
            "displayName": written["display_name"],
            "name": f"projects/{self.case.project}/alertPolicies/{number}/conditions/{number}",
        }
        if "condition_matched_log" in written:
            condition["conditionMatchedLog"] = {"filter": written["condition_matched_log"]["filter"]}
        elif "condition_threshold" in written:
            threshold = written["condition_threshold"]
            condition["conditionThreshold"] = {
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MAX"}],
                "comparison": threshold["comparison"],
                "duration": threshold["duration"],
                "filter": threshold["filter"],
                "trigger": {"count": 1},
            }
        else:
            query = written["condition_prometheus_query_language"]
            condition["conditionPrometheusQueryLanguage"] = {
                "duration": query["duration"],
                "evaluationInterval": query["evaluation_interval"],
                "query": query["query"],
            }
        return self.shape(
            "alerts",
            name=f"projects/{self.case.project}/alertPolicies/{number}",
            displayName=one.get("display_name"),
            severity=one.get("severity"),
            conditions=[condition],
            notificationChannels=[f"projects/{self.case.project}/notificationChannels/1"],
        )

    def log_buckets(self) -> Iterator[Any]:
        place = f"projects/{self.case.project}/locations/asia-northeast1/buckets"
        yield self.shape("log-buckets", name=f"{place}/_Default")
        yield self.shape("log-buckets", name=f"{place}/_Required", locked=True, retentionDays=400)
        for one in self.all("logging_project_bucket_config"):
            found = self.shape("log-buckets", name=one.told("id"), retentionDays=one.get("retention_days"))
            if one.has("cmek_settings"):
                key = one.get("cmek_settings.kms_key_name")
                found["cmekSettings"] = {"kmsKeyName": key, "kmsKeyVersionName": f"{key}/cryptoKeyVersions/1"}
            if one.get("enable_analytics"):
                found["analyticsEnabled"] = True
            yield found

    def sink(self, one: Resource) -> Any:
        return self.shape("sinks", name=one.get("name"), destination=one.get("destination"))

    def metric(self, one: Resource) -> Any:
        return self.shape("metrics", name=one.get("name"), filter=one.get("filter"))

    def of_places(self) -> None:
        keys = defaultdict(list)
        for one in self.all("kms_crypto_key"):
            keys[where(one)["location"]].append(one)
        for place, several in keys.items():
            self.put("keys", [self.key(one) for one in several], location=place, ring="prizedraw")
        tokyo = self.case.tokyo
        self.put("schedules", [self.schedule(one) for one in self.all("cloud_scheduler_job")], location=tokyo)
        self.put("services", [self.service(one) for one in self.all("cloudfunctions2_function")], location=tokyo)
        self.put("backups", [self.shape("backups")], location=tokyo)
        rows = [
            self.shape("repositories", name=one.told("id"), kmsKeyName=one.get("kms_key_name"))
            for one in self.all("artifact_registry_repository")
        ]
        self.put("repositories", rows, location=tokyo)

    def key(self, one: Resource) -> Any:
        id, template = one.told("id"), one.get("version_template")
        algorithm = {"algorithm": template["algorithm"]}
        found = self.shape(
            "keys",
            name=id,
            purpose=one.get("purpose"),
            destroyScheduledDuration=one.get("destroy_scheduled_duration"),
            versionTemplate={**algorithm, "protectionLevel": template["protection_level"]},
            primary__name=f"{id}/cryptoKeyVersions/1",
        )
        if one.get("purpose") == "ASYMMETRIC_SIGN":
            del found["primary"]
        if one.has("rotation_period"):
            found |= {"nextRotationTime": "2026-04-13T02:01:00Z", "rotationPeriod": one.get("rotation_period")}
        version = self.shape("key-versions", name=f"{id}/cryptoKeyVersions/1", **algorithm)
        self.put("key-versions", [version], **where(one))
        return found

    def schedule(self, one: Resource) -> Any:
        found = self.shape(
            "schedules",
            name=f"projects/{self.case.project}/locations/asia-northeast1/jobs/{one.get('name')}",
            schedule=one.get("schedule"),
        )
        if one.has("pubsub_target"):
            del found["httpTarget"]
            target = one.get("pubsub_target")
            found["pubsubTarget"] = {"attributes": target["attributes"], "topicName": target["topic_name"]}
        return found

    def service(self, one: Resource) -> Any:
        interface = one.get("service_config.direct_vpc_network_interface")
        found = self.shape("services", metadata__name=one.get("name"), metadata__namespace=self.case.number)
        annotations = found["spec"]["template"]["metadata"]["annotations"]
        annotations["run.googleapis.com/network-interfaces"] = json.dumps([interface])
        return found

    def of_each(self) -> None:
        for one in self.all("service_account"):
            self.put("account-keys", [], account=one.told("email"))
        for one in self.all("project_iam_custom_role"):
            name = one.get("role_id")
            reply = self.shape("role", includedPermissions=sorted(one.get("permissions")), name=one.told("id"))
            self.put("role", reply, role=name)
        for one in self.all("firestore_backup_schedule"):
            name = f"projects/{self.case.project}/databases/{one.get('database')}/backupSchedules/1234"
            reply = self.shape("backup-schedules", name=name, retention=one.get("retention"))
            self.put("backup-schedules", [reply], database=one.get("database"))
        for one in self.all("secret_manager_secret"):
            name = one.get("secret_id")
            path = f"projects/{self.case.number}/secrets/{name}/versions/1"
            empty = name.endswith(("-gmail", "-gmail-eraser", "-shipping-password"))
            self.put("secret-versions", [] if empty else [self.shape("secret-versions", name=path)], secret=name)
        for one in self.all("storage_notification"):
            topic = f"//pubsub.googleapis.com/{one.get('topic')}"
            reply = self.shape("notifications")
            reply["Notification Configuration"]["topic"] = topic
            self.put("notifications", [reply], bucket=one.get("bucket"))

    def grants(self) -> None:
        lines = defaultdict(list)
        for grant in sorted(table(self.case)):
            lines[grant.on].append(grant)
        ons = {*lines, "project", *self.without_grants()}
        for on in ons:
            bindings: dict[tuple[str, str], list[str]] = defaultdict(list)
            for grant in lines[on]:
                bindings[grant.role, grant.condition].append(grant.member)
            policy = self.shape("policy-of")
            policy["bindings"] = [
                {"members": members, "role": role}
                | ({} if condition == "-" else {"condition": {"expression": condition, "title": "as defined"}})
                for (role, condition), members in bindings.items()
            ]
            kind, parts = parts_of(self.case, on)
            self.googles_own(kind, policy)
            self.put(CALLS_BY_KIND[kind][0], policy, **parts)

    def without_grants(self) -> Iterator[str]:
        for one in self.all("service_account"):
            yield f"account {one.get('account_id')}"
        for one in self.all("storage_bucket"):
            yield f"bucket {one.get('name')}"
        for one in self.all("secret_manager_secret"):
            yield f"secret {one.get('secret_id')}"
        for one in self.all("pubsub_topic"):
            yield f"topic {one.get('name')}"
        for one in self.all("pubsub_subscription"):
            yield f"subscription {one.get('name')}"
        for one in self.all("kms_key_ring"):
            yield f"ring {one.get('location')}/{one.get('name')}"
        for one in self.all("kms_crypto_key"):
            yield "key {location}/{ring}/{key}".format(**where(one))
        for one in self.all("artifact_registry_repository"):
            yield f"repository {one.get('location')}/{one.get('repository_id')}"
        for one in self.all("cloudfunctions2_function"):
            yield f"service {one.get('location')}/{one.get('name')}"

    def googles_own(self, kind: str, policy: Any) -> None:
        """Add what Google writes by itself."""
        project, number = self.case.project, self.case.number
        if kind == "bucket":
            policy["bindings"].append(
                {
                    "members": [f"projectEditor:{project}", f"projectOwner:{project}"],
                    "role": "roles/storage.legacyBucketOwner",
                }
            )
        if kind == "project":
            own = {
                "roles/editor": f"serviceAccount:{number}@cloudservices.gserviceaccount.com",
                "roles/compute.serviceAgent": f"serviceAccount:service-{number}@compute-system.iam.gserviceaccount.com",
            }
            policy["bindings"] += [{"members": [member], "role": role} for role, member in own.items()]
            kinds = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
            policy["auditConfigs"] = [
                {"auditLogConfigs": [{"logType": one} for one in kinds], "service": "allServices"}
            ]

    def policies(self) -> None:
        for one in self.case.org.of_type("org_policy_policy"):
            name, spec = last(one.get("name")), one.blocks("spec")
            rules = [] if not spec else spec[0].get("rules") or []
            reply = self.shape("policy", name=f"projects/{self.case.number}/policies/{name}")
            reply["spec"]["rules"] = [_rule(rule) for rule in (rules if isinstance(rules, list) else [rules])]
            self.put("policy", reply, constraint=name)
        self.put("perimeters", [], policy="345678901234")

    def lines(self) -> None:
        from examination.outside import filter_of

        for steps in (("intake", "prepare"), ("notify",)):
            row = self.shape("log", jsonPayload__step=steps[0], jsonPayload__counts={"送信": 3})
            parts = {"filter": filter_of(*steps), "bucket": "prizedraw", "location": "asia-northeast1"}
            self.put("log", [row], **parts)


def _rule(rule: Any) -> Any:
    if rule.get("allow_all"):
        return {"allowAll": True}
    if rule.get("enforce"):
        given = rule.get("parameters")
        return {"enforce": True, **({"parameters": json.loads(given)} if given else {})}
    names = {"allowed_values": "allowedValues", "denied_values": "deniedValues"}
    return {"values": {names[name]: values for name, values in rule["values"].items()}}


def copy_of(project: Project) -> Project:
    """Return a project like this one, to be spoilt."""
    return Project(deepcopy(project.replies))
