"""How each thing that the pages define is told of by `gcloud` once it is deployed."""

import json
from collections.abc import Iterator
from typing import Any

from examination.case import Case
from examination.terraform_root import Resource
from unit.scripts.doctor.shapes import shape

ORGANISATION, FOLDER = "123456789012", "234567890123"


class Rows:
    """The rows of replies, one a resource."""

    def __init__(self, case: Case) -> None:
        self.case = case

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
        found = self.shape("buckets", name=name, id=name, projectNumber=self.case.number, location=one.get("location"))
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
            age = int(str(one.get("lifecycle_rule.condition.age")))
            found["lifecycle"] = {"rule": [{"action": {"type": "Delete"}, "condition": {"age": age}}]}
        return found

    def googles_bucket(self) -> Any:
        name = f"gcf-v2-sources-{self.case.number}-asia-northeast1-0a1b2c3d"
        return self.shape("buckets", name=name, id=name, projectNumber=self.case.number)

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
