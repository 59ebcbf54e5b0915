"""State which names and numbers Google Cloud takes, as data: no plan tells, the service refuses at the apply."""

from dataclasses import dataclass

DOCS = "https://docs.cloud.google.com"
"""Where each row's *source* is a page of."""


@dataclass(frozen=True)
class Name:
    """What one kind of thing may be called; *pattern* holds for the part behind the last slash."""

    kind: str
    argument: str
    least: int
    most: int
    pattern: str
    source: str
    never: str = "(?!)"


@dataclass(frozen=True)
class Limit:
    """Between which numbers an argument lies; `90s` counts as 90, a list as its length, a text as its characters."""

    kind: str
    path: str
    least: float
    most: float
    source: str


_DNS_LABEL = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_WORDS = r".*"
_TOPIC = r"[A-Za-z][\w.~+%-]*"
_CONSTRAINT = "organization-policy/create-custom-constraints"
_COMPUTE = "compute/docs/naming-resources"

NAMES: tuple[Name, ...] = (
    Name(
        "storage_bucket",
        "name",
        3,
        63,
        r"[a-z0-9][a-z0-9_-]*[a-z0-9]",
        "storage/docs/buckets#naming",
        never="^goog|google|g00gle|go0gle|g0ogle",
    ),
    Name("pubsub_topic", "name", 3, 255, _TOPIC, "pubsub/docs/pubsub-basics", never="^goog"),
    Name("pubsub_subscription", "name", 3, 255, _TOPIC, "pubsub/docs/pubsub-basics", never="^goog"),
    Name("secret_manager_secret", "secret_id", 1, 255, r"[\w-]+", "secret-manager/docs/reference/rest"),
    Name("kms_key_ring", "name", 1, 63, r"[\w-]+", "kms/docs/reference/rest/v1/projects.locations.keyRings"),
    Name("kms_crypto_key", "name", 1, 63, r"[\w-]+", "kms/docs/reference/rest/v1/projects.locations.keyRings"),
    Name("service_account", "account_id", 6, 30, _DNS_LABEL, "iam/docs/service-accounts-create"),
    Name("service_account", "display_name", 0, 100, _WORDS, "iam/docs/service-accounts-create"),
    Name("project_iam_custom_role", "role_id", 3, 64, r"[\w.]+", "iam/docs/creating-custom-roles"),
    Name("project_iam_custom_role", "title", 1, 100, _WORDS, "iam/docs/creating-custom-roles"),
    Name("project_iam_custom_role", "description", 0, 256, _WORDS, "iam/docs/creating-custom-roles"),
    # The service below a function has its name, and takes fewer characters.
    Name("cloudfunctions2_function", "name", 1, 49, _DNS_LABEL, "run/docs/deploying"),
    Name("cloud_scheduler_job", "name", 1, 500, r"[\w-]+", "scheduler/docs/reference/rest"),
    Name("artifact_registry_repository", "repository_id", 1, 63, _DNS_LABEL, "artifact-registry/docs"),
    Name("firestore_database", "name", 4, 63, _DNS_LABEL, "firestore/docs/manage-databases"),
    Name("logging_project_bucket_config", "bucket_id", 1, 100, r"[A-Za-z0-9][\w.-]*", "logging/docs/buckets"),
    Name("logging_metric", "name", 1, 100, r"[\w.,+!*',()%/-]+", "logging/docs/reference/v2/rest"),
    Name("compute_network", "name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("compute_subnetwork", "name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("compute_route", "name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("compute_router", "name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("compute_router_nat", "name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("compute_network_firewall_policy", "name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("compute_network_firewall_policy_rule", "rule_name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("compute_network_firewall_policy_association", "name", 1, 63, _DNS_LABEL, _COMPUTE),
    Name("dns_managed_zone", "name", 1, 63, _DNS_LABEL, "dns/docs/reference/rest/v1"),
    Name("dns_policy", "name", 1, 63, _DNS_LABEL, "dns/docs/reference/rest/v1"),
    Name("monitoring_alert_policy", "display_name", 1, 512, _WORDS, "monitoring/api/ref_v3/rest"),
    Name("monitoring_notification_channel", "display_name", 0, 512, _WORDS, "monitoring/api/ref_v3/rest"),
    Name("billing_budget", "display_name", 0, 60, _WORDS, "billing/docs/reference/budget/rest"),
    Name("access_context_manager_access_level", "name", 1, 50, r"[A-Za-z]\w*", "access-context-manager/docs"),
    Name("access_context_manager_service_perimeter", "name", 1, 50, r"[A-Za-z]\w*", "access-context-manager/docs"),
    Name(
        "org_policy_custom_constraint",
        "name",
        8,
        70,
        r"custom\.[A-Za-z0-9]+",
        _CONSTRAINT,
    ),
    Name("org_policy_custom_constraint", "condition", 1, 1000, _WORDS, _CONSTRAINT),
    Name("org_policy_custom_constraint", "display_name", 0, 200, _WORDS, _CONSTRAINT),
    Name(
        "scc_v2_organization_notification_config",
        "config_id",
        1,
        128,
        r"[A-Za-z0-9_-]+",
        "security-command-center/docs",
    ),
)

LIMITS: tuple[Limit, ...] = (
    Limit("pubsub_subscription", "ack_deadline_seconds", 10, 600, "pubsub/docs/lease-management"),
    Limit("pubsub_subscription", "message_retention_duration", 600, 2678400, "pubsub/docs/subscription-properties"),
    Limit("pubsub_subscription", "dead_letter_policy.max_delivery_attempts", 5, 100, "pubsub/docs/handling-failures"),
    Limit("pubsub_subscription", "retry_policy.minimum_backoff", 0, 600, "pubsub/docs/handling-failures"),
    Limit("pubsub_subscription", "retry_policy.maximum_backoff", 0, 600, "pubsub/docs/handling-failures"),
    Limit("cloud_scheduler_job", "attempt_deadline", 15, 1800, "scheduler/docs/reference/rest"),
    Limit("cloud_scheduler_job", "retry_config.retry_count", 0, 5, "scheduler/docs/reference/rest"),
    Limit("cloudfunctions2_function", "service_config.timeout_seconds", 1, 3600, "functions/docs/configuring/timeout"),
    Limit("kms_crypto_key", "destroy_scheduled_duration", 86400, 10368000, "kms/docs/destroy-restore"),
    Limit("kms_crypto_key", "rotation_period", 86400, 3155760000, "kms/docs/key-rotation"),
    Limit("firestore_backup_schedule", "retention", 86400, 8467200, "firestore/docs/backups"),
    Limit("logging_project_bucket_config", "retention_days", 1, 3650, "logging/docs/buckets"),
    Limit("storage_bucket", "retention_policy.retention_period", 1, 3155760000, "storage/docs/bucket-lock"),
    Limit("monitoring_alert_policy", "alert_strategy.auto_close", 1800, 604800, "monitoring/api/ref_v3/rest"),
    Limit(
        "monitoring_alert_policy",
        "alert_strategy.notification_rate_limit.period",
        300,
        172800,
        "monitoring/api/ref_v3/rest",
    ),
    Limit("monitoring_alert_policy", "documentation.subject", 1, 255, "monitoring/api/ref_v3/rest"),
    Limit("billing_budget", "all_updates_rule.monitoring_notification_channels", 1, 5, "billing/docs/how-to/budgets"),
    Limit("project_iam_member", "condition.title", 1, 100, "iam/docs/conditions-overview"),
)

UNNAMED: dict[str, str] = {
    "compute_network_firewall_policy_rule": "has no name but rule_name, above",
    "dns_record_set": "is named by the domain that it answers for",
    "firestore_field": "is named by what the code stores",
    "logging_project_sink": "_Default is Google's own name",
    "logging_saved_query": "is named by a word of ours, short and plain",
    "org_policy_policy": "is named by the constraint",
    "storage_bucket_object": "is named by its hash",
}
"""Kinds whose names need no row, each with the reason."""
