"""
State what Google Cloud does that no plan shows, as data: each row with the public source that says so.

What holds the plans of both roots against a row, in both directions, is named in the row's own list; how a plan that
breaks it is made, to see that it is found, in `mutations.py`. Names and limits are in `platform_names.py`.
"""

from dataclasses import dataclass

_DOCS = "https://docs.cloud.google.com"
_ROLE_IDS = "https://github.com/terraform-google-modules/terraform-google-bastion-host/issues/14"
_PROVIDER = "https://github.com/hashicorp/terraform-provider-google/issues"


@dataclass(frozen=True)
class Agent:
    """
    An identity of Google's in the project, and the role that it must hold there.

    *domain* is what follows `service-NUMBER@`. *made*: `asked` by Terraform for an identity, and then without its role;
    `read`, by a data source of its own; `google`, by Google at the first use, with its role, and never by us.
    """

    api: str
    domain: str
    role: str | None
    made: str

    @property
    def member(self) -> str:
        """Return the agent as IAM names it, with the project's number in braces."""
        return f"serviceAccount:service-{{number}}@{self.domain}.iam.gserviceaccount.com"


AGENT_SOURCES = (
    f"{_DOCS}/iam/docs/service-agents",
    f"{_DOCS}/iam/docs/create-service-agents",  # asked for, they come without their roles
    f"{_PROVIDER}/21931",  # just made, IAM does not see them yet
    "GoogleCloudPlatform/cloud-foundation-fabric modules/project/service-agents.yaml",
)
AGENTS: dict[str, Agent] = {
    f"{name}.googleapis.com": Agent(f"{name}.googleapis.com", domain, role, made)
    for name, domain, role, made in (
        ("artifactregistry", "gcp-sa-artifactregistry", "roles/artifactregistry.serviceAgent", "asked"),
        ("cloudfunctions", "gcf-admin-robot", "roles/cloudfunctions.serviceAgent", "asked"),
        ("cloudscheduler", "gcp-sa-cloudscheduler", "roles/cloudscheduler.serviceAgent", "asked"),
        ("eventarc", "gcp-sa-eventarc", "roles/eventarc.serviceAgent", "asked"),
        ("firestore", "gcp-sa-firestore", "roles/firestore.serviceAgent", "asked"),
        ("pubsub", "gcp-sa-pubsub", "roles/pubsub.serviceAgent", "asked"),
        ("run", "serverless-robot-prod", "roles/run.serviceAgent", "asked"),
        ("secretmanager", "gcp-sa-secretmanager", None, "asked"),
        ("storage", "gs-project-accounts", None, "read"),
        ("cloudbuild", "gcp-sa-cloudbuild", "roles/cloudbuild.serviceAgent", "google"),
        ("compute", "compute-system", "roles/compute.serviceAgent", "google"),
        ("containeranalysis", "container-analysis", "roles/containeranalysis.ServiceAgent", "google"),
        ("containerscanning", "gcp-sa-containerscanning", "roles/containerscanning.ServiceAgent", "google"),
        ("dns", "gcp-sa-dns", "roles/dns.serviceAgent", "google"),
        ("logging", "gcp-sa-logging", "roles/logging.serviceAgent", "google"),
        ("monitoring", "gcp-sa-monitoring-notification", "roles/monitoring.notificationServiceAgent", "google"),
    )
}
"""By the API whose agent it is. Logging's account for keys may be another: its settings name it."""


@dataclass(frozen=True)
class Right:
    """What somebody must hold, in the words of `grants.txt`, lest something fail that no plan shows."""

    on: str
    role: str
    condition: str
    why: str
    source: str


BUILDER: tuple[Right, ...] = (
    Right(
        "project",
        "roles/storage.objectViewer",
        'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-{number}-asia-northeast1")',
        "wherever an archive lies, the build reads it from gcf-v2-sources-NUMBER-REGION[-KEYHASH], made at the first "
        "deployment: Access to bucket … denied",
        f"{_PROVIDER}/20571",
    ),
    Right(
        "repository asia-northeast1/functions",
        "roles/artifactregistry.writer",
        "-",
        "it puts the image there",
        f"{_DOCS}/run/docs/configuring/services/build-service-account",
    ),
    Right(
        "project",
        "roles/logging.logWriter",
        "-",
        "with an account of one's own a build logs to Cloud Logging, or does not start",
        f"{_DOCS}/build/docs/cloud-build-service-account-updates",
    ),
)
"""All that the account of builds holds, and nothing else."""


@dataclass(frozen=True)
class Acts:
    """
    What a service does as its agent, where a resource of a kind has a block: the role it needs on what is named there.

    Without *argument* the role is needed on the resource itself.
    """

    kind: str
    block: str
    argument: str
    api: str
    role: str
    source: str


ACTS: tuple[Acts, ...] = (
    Acts(
        "cloud_scheduler_job",
        "pubsub_target",
        "topic_name",
        "cloudscheduler.googleapis.com",
        "roles/pubsub.publisher",
        f"{_DOCS}/scheduler/docs/http-target-auth",
    ),
    Acts(
        "pubsub_subscription",
        "dead_letter_policy",
        "",
        "pubsub.googleapis.com",
        "roles/pubsub.subscriber",
        f"{_DOCS}/pubsub/docs/handling-failures",
    ),
    Acts(
        "storage_notification",
        "",
        "topic",
        "storage.googleapis.com",
        "roles/pubsub.publisher",
        f"{_DOCS}/storage/docs/reporting-changes",
    ),
    Acts(
        "pubsub_subscription",
        "dead_letter_policy",
        "dead_letter_topic",
        "pubsub.googleapis.com",
        "roles/pubsub.publisher",
        f"{_DOCS}/pubsub/docs/handling-failures",
    ),
)

APIS: dict[str, str] = {
    "access_context_manager": "accesscontextmanager",
    "artifact_registry": "artifactregistry",
    "billing_budget": "billingbudgets",
    "cloud_run": "run",
    "cloud_scheduler": "cloudscheduler",
    "cloudfunctions2": "cloudfunctions",
    "compute": "compute",
    "dns": "dns",
    "essential_contacts": "essentialcontacts",
    "firestore": "firestore",
    "kms": "cloudkms",
    "logging": "logging",
    "monitoring": "monitoring",
    "org_policy": "orgpolicy",
    "project_iam_audit": "cloudresourcemanager",
    "project_iam_custom": "iam",
    "project_iam_member": "cloudresourcemanager",
    "project_service": "serviceusage",
    "pubsub": "pubsub",
    "scc": "securitycenter",
    "secret_manager": "secretmanager",
    "service_account": "iam",
    "storage": "storage",
}
"""
By the beginning of a resource's type, the API that answers for it.

With `user_project_override` it must be enabled in the project that the calls are counted on, whatever they change:
https://github.com/terraform-google-modules/terraform-google-project-factory/issues/720 (budgets),
https://docs.cloud.google.com/docs/quotas/quota-project (organisation policies).
"""

BESIDE: dict[str, dict[str, str]] = {
    "project": {
        "cloudbuild": "functions are built by it",
        "containeranalysis": "vulnerability scanning",
        "containerscanning": "vulnerability scanning",
        "drive": "erase looks whether the form's file is gone",
        "eventarc": "its agent is among those that need the functions' key",
        "forms": "prepare, intake and erase read the form",
        "gmail": "notify sends, erase erases",
        "iamcredentials": "keyless delegation signs by it",
    },
    "org": {
        "cloudbilling": "the project is linked to its billing account",
        "cloudresourcemanager": "the project is made in the folder",
        "iam": "the deployer's account lies there",
        "iamcredentials": "whoever applies borrows the deployer's account, which has no key",
        "storage": "the states lie there",
    },
}
"""APIs that no resource needs, by root, and who does."""

SWITCHED_APIS = {"eventarc": "eventarc_agent"}
"""APIs that are on by a variable of that name."""


@dataclass(frozen=True)
class Log:
    """A kind of log, whether it is taken of functions that go out by direct VPC egress, and its word in Japanese."""

    taken: bool
    word: str
    source: str


_EGRESS = f"{_DOCS}/run/docs/configuring/vpc-direct-vpc"
LOGS: dict[str, Log] = {
    "audit": Log(True, "監査ログ", f"{_DOCS}/logging/docs/audit"),
    "requests": Log(True, "要求の記録", f"{_DOCS}/run/docs/logging"),
    "dns": Log(True, "名前解決（DNS）の記録", f"{_DOCS}/dns/docs/monitoring"),
    "nat": Log(True, "出口（NAT）の接続の記録", f"{_DOCS}/nat/docs/monitoring"),
    "firewall": Log(False, "ファイアウォールの記録", f"{_EGRESS}#limitations"),
    "flow": Log(False, "通信量の記録", f"{_EGRESS}#limitations"),
}
"""What is promised of logs may be of these that are taken, and of no other."""

UNWRITTEN = ("logging.googleapis.com/user/", "logging_googleapis_com:user_")
"""
How a metric is named that exists only once it was written: an alert on it is refused on the first apply
(hashicorp/terraform-provider-google#11102), but as PromQL with `disable_metric_validation` (#20491).
"""

OWNER_SOURCE = f"{_PROVIDER}/7801"
"""Whoever makes a project becomes its owner; grants that only add never show it, so it is taken away by name."""

PERIMETER_SOURCES = (
    f"{_DOCS}/vpc-service-controls/docs/troubleshoot-services-within-perimeter",  # build workers stand outside
    f"{_DOCS}/logging/docs/routing/troubleshoot-cmek-orgs",  # Logging must reach its bucket's key
    f"{_DOCS}/vpc-service-controls/docs/supported-products",  # push subscriptions: to run.app addresses alone
)
PUSH_SOURCE = f"{_DOCS}/eventarc/docs/using-vpc-service-controls"
PUSHED_TO = "google_cloudfunctions2_function.this.service_config[0].uri"
"""The one kind of address (run.app) that a perimeter lets push subscriptions have, and that counts as internal."""

BUILDS_REACH = {"artifactregistry.googleapis.com", "logging.googleapis.com", "storage.googleapis.com"}
"""What a build calls from outside the perimeter."""

DRY_RUN_SOURCE = f"{_DOCS}/organization-policy/test-policies"
DRY_RUN_LISTS = {
    "gcp.restrictEndpointUsage",
    "gcp.restrictServiceUsage",
    "gcp.restrictTLSCipherSuites",
    "gcp.restrictTLSVersion",
}
"""Beside managed and custom ones, the only constraints that can be laid in dry run; others are refused there."""

RESERVED_ENVIRONMENT = {
    "FUNCTION_SIGNATURE_TYPE", "FUNCTION_TARGET", "K_CONFIGURATION", "K_REVISION", "K_SERVICE", "PORT",
}  # fmt: skip
"""
Names that a function may not be told:
https://docs.cloud.google.com/run/docs/configuring/services/environment-variables
"""

LEAST_MASK = 26
"""Direct VPC egress needs a subnet of /26 or larger: https://docs.cloud.google.com/run/docs/configuring/vpc-direct-vpc"""


@dataclass(frozen=True)
class Forever:
    """What cannot be unmade, or not made again under its name for long: *protected* pages refuse to destroy it."""

    kind: str
    why: str
    protected: bool
    source: str


FOREVER: tuple[Forever, ...] = (
    Forever(
        "kms_key_ring", "is never deleted: a second one of its name is a 409", True, f"{_DOCS}/kms/docs/destroy-restore"
    ),
    Forever(
        "kms_crypto_key",
        "is never deleted, and destroying it loses what it encrypted",
        True,
        f"{_DOCS}/kms/docs/destroy-restore",
    ),
    Forever(
        "firestore_database",
        "keeps its place, its key and its kind for ever",
        True,
        f"{_DOCS}/firestore/docs/manage-databases",
    ),
    Forever("project_iam_custom_role", "its id is blocked for 37 days", False, _ROLE_IDS),
    Forever(
        "logging_project_bucket_config",
        "its id is blocked for 7 days; SQL and key cannot be turned off",
        False,
        f"{_DOCS}/logging/docs/buckets",
    ),
)
"""What is not protected has a name without the campaign's: no next campaign ever needs it again."""
