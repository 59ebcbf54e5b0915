"""A deployed project, all of it well: shapes as Google's services reply, filled in with what the pages say."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import yaml

from examination.__main__ import PAGES, case_of
from examination.case import Case, last
from examination.form_and_mailbox import filter_of
from examination.grants import CALLS_BY_KIND, everywhere, parts_of, table
from examination.keys import where
from examination.terraform_root import Resource
from unit.scripts.doctor.answers import Project
from unit.scripts.doctor.replies import Rows
from unit.scripts.doctor.shapes import SHAPES, shape

NOW = datetime.fromisoformat("2026-02-20T12:00:00+09:00")
TFVARS = PAGES / "terraform.tfvars.example"
ORG_TFVARS = PAGES / "org" / "terraform.tfvars.example"


def project_of(case: Callable[[Project], Case] | None = None) -> Project:
    """Return the project, all of it well."""
    project = Project()
    give = case or (lambda run: case_of(run, TFVARS, ORG_TFVARS, NOW))
    # The table asks who writes logs before anything else is known.
    project.replies[project.key("log-agent")] = shape("log-agent", project="shinjuku-rally", number="123456789012")
    _Recorder(project, give(project)).record()
    project.asked.clear()
    return project


class _Recorder(Rows):
    """Lays the reply to every call that an examination makes."""

    def __init__(self, project: Project, case: Case) -> None:
        super().__init__(case)
        self.project = project

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

    def of_each(self) -> None:
        for one in self.all("service_account"):
            self.put("account-keys", [], account=one.told("email"))
        for one in self.all("project_iam_custom_role"):
            name = one.get("role_id")
            reply = self.shape("role", includedPermissions=sorted(one.get("permissions")), name=one.told("id"))
            self.put("role", reply, role=name)
        for path in (PAGES / "by_hand").glob("*.yaml"):
            name = f"prizedraw{path.stem.capitalize()}"
            permissions = yaml.safe_load(path.read_text(encoding="utf-8"))["includedPermissions"]
            self.put("role", self.shape("role", includedPermissions=permissions), role=name)
        for one in self.all("firestore_backup_schedule"):
            name = f"projects/{self.case.project}/databases/{one.get('database')}/backupSchedules/1234"
            reply = self.shape("backup-schedules", name=name, retention=one.get("retention"))
            self.put("backup-schedules", [reply], database=one.get("database"))
        for one in self.all("secret_manager_secret"):
            name = one.get("secret_id")
            version = f"projects/{self.case.number}/secrets/{name}/versions/1"
            empty = name.endswith(("-gmail", "-gmail-eraser", "-shipping-password"))
            self.put("secret-versions", [] if empty else [self.shape("secret-versions", name=version)], secret=name)
        for one in self.all("storage_notification"):
            topic = f"//pubsub.googleapis.com/{one.get('topic')}"
            reply = self.shape("notifications")
            reply["Notification Configuration"]["topic"] = topic
            self.put("notifications", [reply], bucket=one.get("bucket"))

    def grants(self) -> None:
        lines = defaultdict(list)
        for grant in sorted(table(self.case)):
            lines[grant.on].append(grant)
        ons = {*lines, "project", *everywhere(self.case)}
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
