"""
List every call to `gcloud` that an examination makes, with the role that shows its reply.

All of them read. `PARTS` of a call in braces are filled in; nothing else is ever run (`gcloud.py` refuses it).
"""

from dataclasses import dataclass

READING = frozenset(
    {"list", "describe", "get-iam-policy", "get-ancestors-iam-policy", "read"},
)
"""The verbs that may stand at a command's end."""


@dataclass(frozen=True)
class Call:
    """One command; *role* is the least predefined role that may make it, *on* where it must be held."""

    name: str
    words: str
    role: str
    on: str = "project"

    @property
    def command(self) -> list[str]:
        """Return the command's words without its arguments."""
        found = []
        for word in self.words.split():
            if word.startswith(("-", "{", "gs://")):
                break
            found.append(word)
        return found


EXAMINER = "prizedrawExaminer"
"""A role of our own (infra/terraform/by_hand): Google's would also read what lies in databases."""
_VIEWS_GRANTS = "roles/iam.securityReviewer"

CALLS: dict[str, Call] = {
    call.name: call
    for call in (
        Call("signed-in", "auth list --filter=status:ACTIVE", ""),
        Call("project", "projects describe {project}", "roles/browser"),
        Call("ancestors", "projects get-ancestors-iam-policy {project}", _VIEWS_GRANTS, "organisation"),
        Call("project-grants", "projects get-iam-policy {project}", _VIEWS_GRANTS),
        Call("billing", "billing projects describe {project} --billing-project={seed}", "roles/browser"),
        Call("apis", "services list --enabled --project={project}", "roles/serviceusage.serviceUsageViewer"),
        Call("accounts", "iam service-accounts list --project={project}", "roles/iam.serviceAccountViewer"),
        Call(
            "account-keys",
            "iam service-accounts keys list --iam-account={account} --managed-by=user --project={project}",
            "roles/iam.serviceAccountViewer",
        ),
        Call("account-grants", "iam service-accounts get-iam-policy {account} --project={project}", _VIEWS_GRANTS),
        Call("role", "iam roles describe {role} --project={project}", "roles/iam.roleViewer"),
        Call(
            "ring-grants",
            "kms keyrings get-iam-policy {ring} --location={location} --project={project}",
            _VIEWS_GRANTS,
        ),
        Call(
            "keys", "kms keys list --keyring={ring} --location={location} --project={project}", "roles/cloudkms.viewer"
        ),
        Call(
            "key-versions",
            "kms keys versions list --key={key} --keyring={ring} --location={location} --project={project}",
            "roles/cloudkms.viewer",
        ),
        Call(
            "key-grants",
            "kms keys get-iam-policy {key} --keyring={ring} --location={location} --project={project}",
            _VIEWS_GRANTS,
        ),
        Call("functions", "functions list --v2 --project={project}", "roles/cloudfunctions.viewer"),
        Call("services", "run services list --region={location} --project={project}", "roles/run.viewer"),
        Call(
            "service-grants",
            "run services get-iam-policy {service} --region={location} --project={project}",
            _VIEWS_GRANTS,
        ),
        Call(
            "schedules", "scheduler jobs list --location={location} --project={project}", "roles/cloudscheduler.viewer"
        ),
        Call("topics", "pubsub topics list --project={project}", "roles/pubsub.viewer"),
        Call("topic-grants", "pubsub topics get-iam-policy {topic} --project={project}", _VIEWS_GRANTS),
        Call("subscriptions", "pubsub subscriptions list --project={project}", "roles/pubsub.viewer"),
        Call(
            "subscription-grants",
            "pubsub subscriptions get-iam-policy {subscription} --project={project}",
            _VIEWS_GRANTS,
        ),
        Call("buckets", "storage buckets list --raw --project={project}", EXAMINER),
        Call("bucket-grants", "storage buckets get-iam-policy gs://{bucket}", _VIEWS_GRANTS),
        Call(
            "notifications",
            "storage buckets notifications list gs://{bucket} --project={project}",
            EXAMINER,
        ),
        Call("databases", "firestore databases list --project={project}", EXAMINER),
        Call(
            "backup-schedules",
            "firestore backups schedules list --database={database} --project={project}",
            "roles/datastore.backupSchedulesViewer",
        ),
        Call(
            "backups",
            "firestore backups list --location={location} --project={project}",
            "roles/datastore.backupsViewer",
        ),
        Call("secrets", "secrets list --project={project}", "roles/secretmanager.viewer"),
        Call("secret-versions", "secrets versions list {secret} --project={project}", "roles/secretmanager.viewer"),
        Call("secret-grants", "secrets get-iam-policy {secret} --project={project}", _VIEWS_GRANTS),
        Call(
            "repositories",
            "artifacts repositories list --location={location} --project={project}",
            "roles/artifactregistry.reader",
        ),
        Call(
            "repository-grants",
            "artifacts repositories get-iam-policy {repository} --location={location} --project={project}",
            _VIEWS_GRANTS,
        ),
        Call("alerts", "alpha monitoring policies list --project={project}", "roles/monitoring.viewer"),
        Call("channels", "beta monitoring channels list --project={project}", "roles/monitoring.viewer"),
        Call("log-buckets", "logging buckets list --project={project}", "roles/logging.viewer"),
        Call("sinks", "logging sinks list --project={project}", "roles/logging.viewer"),
        Call("metrics", "logging metrics list --project={project}", "roles/logging.viewer"),
        Call("log-agent", "logging settings describe --project={project}", "roles/logging.viewer"),
        Call(
            "log",
            "logging read {filter} --bucket={bucket} --location={location} --view=_AllLogs --freshness=2d --limit=50"
            " --project={project}",
            "roles/logging.viewAccessor",
        ),
        Call(
            "policy",
            "org-policies describe {constraint} --effective --project={project} --billing-project={seed}",
            "roles/orgpolicy.policyViewer",
            "organisation",
        ),
        Call(
            "access-policies",
            "access-context-manager policies list --organization={organisation} --billing-project={seed}",
            "roles/accesscontextmanager.policyReader",
            "organisation",
        ),
        Call(
            "perimeters",
            "access-context-manager perimeters list --policy={policy} --billing-project={seed}",
            "roles/accesscontextmanager.policyReader",
            "organisation",
        ),
        Call(
            "budgets",
            "billing budgets list --billing-account={account} --billing-project={seed}",
            "roles/billing.viewer",
            "billing account",
        ),
    )
}
