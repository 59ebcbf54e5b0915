"""
Spoil a plan in one place, and say in words how. Each must be found by some check.

A mutation changes the plan's JSON, in a copy. Those of the pages themselves, by real Terraform, are in
`test_roots.py`.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from infra.granted import is_grant
from infra.mutations_conditions import of_a_condition
from infra.mutations_filters import of_a_filter
from infra.mutations_platform import of_the_platform
from infra.places import LOCATED, located
from infra.planned import Plan
from infra.powers import POWERS
from infra.spoilt import Document, Mutation, add, changed, configured, find, nested, put, without


def _grants(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Delete each grant, widen it in its role, its condition and its resource, and move it to every kind of other."""
    project = plan.variables["project_id"]
    for resource in plan.resources:
        if not is_grant(resource):
            continue
        address = resource.address
        yield f"delete {address}", without(document, address)
        yield f"make {address} an owner's", changed(document, address, role="roles/owner")
        wider = _WIDER.get(str(resource.values.get("role")), "roles/editor")
        yield f"widen {address} to {wider}", changed(document, address, role=wider)
        if resource.values.get("condition"):
            yield f"let {address} hold always", changed(document, address, condition=[])
            yield from of_a_condition(document, plan, resource)
        member = str(resource.values.get("member"))
        other = next(step for step in POWERS if f"fn-{step}@" not in member)
        moved = f"serviceAccount:fn-{other}@{project}.iam.gserviceaccount.com"
        yield f"move {address} to {other}", changed(document, address, member=moved)
        yield f"make {address} public", changed(document, address, member="allUsers")
        yield from _moved(document, plan, address, resource.type)


def _moved(document: Document, plan: Plan, address: str, kind: str) -> Iterator[Mutation]:
    """Lay a grant on another thing of its kind."""
    campaign, project = plan.variables["campaign"], plan.variables["project_id"]
    elsewhere = {
        "google_kms_crypto_key_iam_member": (
            "crypto_key_id",
            [f"x/cryptoKeys/{campaign}-contact", f"x/cryptoKeys/{campaign}-survey"],
        ),
        "google_secret_manager_secret_iam_member": ("secret_id", [f"{campaign}-contact-private", f"{campaign}-gmail"]),
        "google_storage_bucket_iam_member": (
            "bucket",
            [f"{project}-{campaign}-claims", f"{project}-{campaign}-published"],
        ),
        "google_pubsub_topic_iam_member": ("topic", [f"{campaign}-claims", f"{campaign}-notifications"]),
        "google_cloud_run_service_iam_member": ("service", ["erase", "ship"]),
    }
    if kind in elsewhere:
        argument, choices = elsewhere[kind]
        now = find(document, address)["values"].get(argument)
        target = next(choice for choice in choices if not str(now).endswith(choice.rpartition("/")[2]))
        yield f"lay {address} on {target}", changed(document, address, **{argument: target})


_WIDER = {
    "roles/datastore.viewer": "roles/datastore.user",
    "roles/datastore.user": "roles/datastore.owner",
    "roles/cloudkms.cryptoKeyEncrypter": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    "roles/cloudkms.cryptoKeyDecrypter": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    "roles/cloudkms.signer": "roles/cloudkms.signerVerifier",
    "roles/cloudkms.publicKeyViewer": "roles/cloudkms.signerVerifier",
    "roles/secretmanager.secretAccessor": "roles/secretmanager.secretVersionManager",
    "roles/storage.objectViewer": "roles/storage.objectUser",
    "roles/storage.objectCreator": "roles/storage.objectUser",
    "roles/iam.serviceAccountOpenIdTokenCreator": "roles/iam.serviceAccountTokenCreator",
    "roles/run.invoker": "roles/run.developer",
}


def _places(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Move everything abroad, move to Osaka what is no copy, and let the service choose."""
    for address, path, value in located(plan):
        for place in {"us-central1", "asia", "asia-northeast3", "asia-northeast1", "asia-northeast2"} - {value.lower()}:
            moved = copy.deepcopy(find(document, address)["values"])
            put(moved, path, place)
            yield f"move {address} to {place} at {path}", changed(document, address, **moved)
    for resource in plan.resources:
        argument = LOCATED.get(resource.type.removeprefix("google_"))
        if argument:
            yield f"do not say where {resource.address} lies", changed(document, resource.address, **{argument: None})


def _functions(document: Document, plan: Plan) -> Iterator[Mutation]:
    for function in plan.of("cloudfunctions2_function"):
        address, service = function.address, function.block_of("service_config")
        other = {"ALLOW_ALL": "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_ONLY": "ALLOW_ALL"}[service["ingress_settings"]]
        for name, value in {
            "ingress_settings": other,
            "direct_vpc_egress": "VPC_EGRESS_PRIVATE_RANGES_ONLY",
            "service_account_email": "1-compute@developer.gserviceaccount.com",
        }.items():
            yield f"{name} of {address} is {value}", nested(document, address, "service_config", **{name: value})
        told = service["environment_variables"]
        for name in told:
            less = {key: value for key, value in told.items() if key != name}
            yield (
                f"do not tell {address} {name}",
                nested(document, address, "service_config", environment_variables=less),
            )
            wrong = told | {name: "something else"}
            yield (
                f"tell {address} a wrong {name}",
                nested(document, address, "service_config", environment_variables=wrong),
            )
        more = told | {"LOCAL_GOOGLE_HTTP": "http://127.0.0.1:1"}
        yield (
            f"tell {address} of a local Google",
            nested(document, address, "service_config", environment_variables=more),
        )
        yield f"delete {address}", without(document, address)


def _schedules(document: Document, plan: Plan) -> Iterator[Mutation]:
    for job in plan.of("cloud_scheduler_job"):
        address = job.address
        minute, hours, days, _, _ = job.values["schedule"].split()
        yield f"{address} in UTC", changed(document, address, time_zone="Etc/UTC")
        yield f"{address} in another month", changed(document, address, schedule=f"{minute} {hours} {days} 8 *")
        yield f"{address} on Mondays", changed(document, address, schedule=f"{minute} {hours} {days} * 1")
        yield f"{address} is paused", changed(document, address, paused=True)
        yield f"delete {address}", without(document, address)
        if job.values.get("http_target"):
            token = [{"service_account_email": f"builder@{plan.variables['project_id']}.iam.gserviceaccount.com"}]
            yield f"{address} calls as another", nested(document, address, "http_target", oidc_token=token)
            yield f"{address} calls as nobody", nested(document, address, "http_target", oidc_token=[])
            yield f"{address} sends another body", nested(document, address, "http_target", body="e30K")
            yield f"{address} gives up early", changed(document, address, attempt_deadline="180s")


def _stores(document: Document, plan: Plan) -> Iterator[Mutation]:
    changes: dict[str, dict[str, Any]] = {
        "storage_bucket": {
            "public_access_prevention": "inherited",
            "uniform_bucket_level_access": False,
            "force_destroy": True,
        },
        "firestore_database": {
            "delete_protection_state": "DELETE_PROTECTION_DISABLED",
            "deletion_policy": "ABANDON",
            "point_in_time_recovery_enablement": "POINT_IN_TIME_RECOVERY_ENABLED",
        },
        "firestore_backup_schedule": {"retention": "8467200s"},
        "kms_crypto_key": {"version_template": [{"protection_level": "SOFTWARE", "algorithm": "x"}]},
        "project_iam_audit_config": {"audit_log_config": [{"log_type": "ADMIN_READ"}]},
        "logging_project_bucket_config": {"retention_days": 30},
        "logging_project_sink": {"filter": "severity>=ERROR"},
    }
    for kind, values in changes.items():
        for resource in plan.of(kind):
            for name, value in values.items():
                yield f"{name} of {resource.address} is {value}", changed(document, resource.address, **{name: value})
            yield f"delete {resource.address}", without(document, resource.address)
    campaign = plan.variables["campaign"]
    for key in plan.of("kms_crypto_key"):
        name = key.values["name"]
        if name.startswith(campaign) and not name.endswith("-evidence"):
            yield f"{key.address} rotates", changed(document, key.address, rotation_period="7776000s")
            yield f"{key.address} waits", changed(document, key.address, destroy_scheduled_duration="2592000s")
        if name.endswith("-evidence"):
            yield f"{key.address} encrypts", changed(document, key.address, purpose="ENCRYPT_DECRYPT")
    for bucket in plan.of("storage_bucket"):
        if bucket.values["name"].endswith(("-claims", "-exports")):
            kept = [{"retention_duration_seconds": 604800}]
            yield f"{bucket.address} keeps what is deleted", changed(document, bucket.address, soft_delete_policy=kept)
            yield f"{bucket.address} keeps versions", changed(document, bucket.address, versioning=[{"enabled": True}])
            yield f"{bucket.address} keeps what is left", changed(document, bucket.address, lifecycle_rule=[])
        if bucket.values["name"].endswith(("-published", "-reports")):
            yield f"{bucket.address} loses files", changed(document, bucket.address, retention_policy=[])


def _messages(document: Document, plan: Plan) -> Iterator[Mutation]:
    for subscription in plan.of("pubsub_subscription"):
        address = subscription.address
        yield f"{address} expires", changed(document, address, expiration_policy=[])
        yield f"delete {address}", without(document, address)
        if subscription.values.get("push_config"):
            yield f"{address} has no dead letters", changed(document, address, dead_letter_policy=[])
            yield f"{address} retries at once", changed(document, address, retry_policy=[])
            yield f"{address} pushes without identity", nested(document, address, "push_config", oidc_token=[])
            yield f"{address} is impatient", changed(document, address, ack_deadline_seconds=10)
    for topic in plan.of("pubsub_topic"):
        enforced = topic.block_of("message_storage_policy")["enforce_in_transit"]
        turned = nested(document, topic.address, "message_storage_policy", enforce_in_transit=not enforced)
        yield f"enforce_in_transit of {topic.address} turned", turned
    for notification in plan.of("storage_notification"):
        yield f"delete {notification.address}", without(document, notification.address)


def _network(document: Document, plan: Plan) -> Iterator[Mutation]:
    for network in plan.of("compute_network"):
        kept = changed(document, network.address, delete_default_routes_on_create=False)
        yield f"{network.address} comes with a way out", kept
    for route in plan.of("compute_route"):
        if route.values["dest_range"] != "0.0.0.0/0":
            yield f"{route.address} leads anywhere", changed(document, route.address, dest_range="0.0.0.0/0")
    for rule in plan.of("compute_network_firewall_policy_rule"):
        yield f"delete {rule.address}", without(document, rule.address)
        if rule.values["action"] == "allow":
            anywhere = {"dest_ip_ranges": ["0.0.0.0/0"], "dest_fqdns": None}
            yield f"{rule.address} allows all", nested(document, rule.address, "match", **anywhere)
            named = {"dest_fqdns": ["example.com"], "dest_ip_ranges": None}
            yield f"{rule.address} allows a stranger", nested(document, rule.address, "match", **named)
        else:
            yield f"{rule.address} allows", changed(document, rule.address, action="allow")


def _alerts(document: Document, plan: Plan) -> Iterator[Mutation]:
    for policy in plan.of("monitoring_alert_policy"):
        yield f"delete {policy.address}", without(document, policy.address)
        yield f"{policy.address} is off", changed(document, policy.address, enabled=False)
        yield f"{policy.address} says nothing", changed(document, policy.address, documentation=[])
        conditions = str(policy.values["conditions"])
        if "jsonPayload" in conditions and "event=" in conditions:
            spoilt = copy.deepcopy(find(document, policy.address)["values"]["conditions"])
            [matched] = spoilt[0]["condition_matched_log"]
            for event in ("alarm", "broken"):
                matched["filter"] = matched["filter"].replace(f'"{event}"', '"smoke"')
            if "smoke" in matched["filter"]:
                yield (
                    f"{policy.address} waits for a word that nobody logs",
                    changed(document, policy.address, conditions=spoilt),
                )
        yield from of_a_filter(document, policy)
    for channel in plan.of("monitoring_notification_channel"):
        yield f"delete {channel.address}", without(document, channel.address)


def _order(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Cut the edges by which anything waits for its API, its key, its service's grants."""
    for address, block in plan.blocks.items():
        for edge in block.get("depends_on", ()):
            if edge in _AWAITED:
                spoilt = {**document, "configuration": copy.deepcopy(document["configuration"])}
                configured(spoilt, address)["depends_on"].remove(edge)
                if edge not in plan.spoilt(spoilt).reach(address):  # else it waits all the same, for another reason
                    yield f"{address} does not wait for {edge}", spoilt
    for service in plan.of("project_service"):
        yield f"delete {service.address}", without(document, service.address)
        yield f"{service.address} is switched off", changed(document, service.address, disable_on_destroy=True)


_AWAITED = {
    "google_kms_crypto_key_iam_member.cmek",
    "google_project_iam_member.agent",
    "google_project_iam_member.builder_sources",
    "google_project_service.api",
    "google_pubsub_topic_iam_member.tick",
    "terraform_data.agents_seen",
    "terraform_data.settled",
}


def _strangers(document: Document, plan: Plan) -> Iterator[Mutation]:
    """Add what nobody asked for."""
    project = plan.variables["project_id"]
    account = f"serviceAccount:fn-status@{project}.iam.gserviceaccount.com"
    for kind, values in {
        "google_service_account_key": {"service_account_id": "fn-draw"},
        "google_project_iam_policy": {"policy_data": "{}"},
        "google_project_iam_binding": {"role": "roles/viewer", "members": [account], "project": project},
        "google_project_iam_member": {"role": "roles/datastore.viewer", "member": account, "project": project},
        "google_storage_bucket": {"name": "another", "location": "ASIA-NORTHEAST1"},
        "google_firestore_database": {"name": "another", "location_id": "asia-northeast1"},
    }.items():
        added = {"address": f"{kind}.stranger", "mode": "managed", "type": kind, "name": "stranger", "values": values}
        beside = plan.resources[0].address
        yield from add(document, beside, added, f"a {kind}")


PIECES: dict[str, Callable[[Document, Plan], Iterator[Mutation]]] = {
    "grants": _grants,
    "places": _places,
    "functions": _functions,
    "schedules": _schedules,
    "stores": _stores,
    "messages": _messages,
    "network": _network,
    "alerts": _alerts,
    "order": _order,
    "strangers": _strangers,
    "platform": of_the_platform,
}
"""Each yields spoilt plans, with what was spoilt; what is not spoilt is shared with the plan."""
