locals {
  apis = toset(concat(local.needed_apis, var.eventarc_agent ? ["eventarc.googleapis.com"] : []))

  needed_apis = [
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "containeranalysis.googleapis.com",
    "containerscanning.googleapis.com",
    "dns.googleapis.com",
    "drive.googleapis.com",
    "firestore.googleapis.com",
    "forms.googleapis.com",
    "gmail.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
  ]

  # Service agents do not exist before they are asked for; Storage's and Logging's are asked for by the data below. Made
  # so, they come without the role that Google gives them when it makes them itself. Secret Manager's has none.
  agents = merge(
    {
      "artifactregistry.googleapis.com" = "roles/artifactregistry.serviceAgent"
      "cloudfunctions.googleapis.com"   = "roles/cloudfunctions.serviceAgent"
      "cloudscheduler.googleapis.com"   = "roles/cloudscheduler.serviceAgent"
      "firestore.googleapis.com"        = "roles/firestore.serviceAgent"
      "pubsub.googleapis.com"           = "roles/pubsub.serviceAgent"
      "run.googleapis.com"              = "roles/run.serviceAgent"
      "secretmanager.googleapis.com"    = null
    },
    var.eventarc_agent ? { "eventarc.googleapis.com" = "roles/eventarc.serviceAgent" } : {},
  )
}

resource "google_project_service" "api" {
  for_each = local.apis

  project            = var.project_id
  service            = each.key
  disable_on_destroy = false # another root, or a person, may need it
}

resource "google_project_service_identity" "agent" {
  provider = google-beta
  for_each = local.agents

  project    = var.project_id
  service    = each.key
  depends_on = [google_project_service.api]
}

data "google_storage_project_service_account" "agent" {
  project    = var.project_id
  depends_on = [google_project_service.api]
}

data "google_logging_project_cmek_settings" "agent" {
  project    = var.project_id
  depends_on = [google_project_service.api]
}

# An agent that was just asked for is not seen by IAM at once: a grant to it is refused, "does not exist".
resource "terraform_data" "agents_seen" {
  triggers_replace = keys(google_project_service_identity.agent)

  provisioner "local-exec" {
    command = "sleep ${var.settle_seconds}"
  }

  depends_on = [
    data.google_logging_project_cmek_settings.agent,
    data.google_storage_project_service_account.agent,
    google_project_service_identity.agent,
  ]
}

resource "google_project_iam_member" "agent" {
  for_each = { for api, role in local.agents : api => role if role != null }

  project = var.project_id
  role    = each.value
  member  = google_project_service_identity.agent[each.key].member

  depends_on = [terraform_data.agents_seen]
}

# IAM is seen everywhere only after minutes. What is encrypted with a key of ours waits here: made before, it is refused
# with "permission denied on Cloud KMS key".
resource "terraform_data" "settled" {
  triggers_replace = [keys(google_kms_crypto_key_iam_member.cmek), keys(google_project_iam_member.agent)]

  provisioner "local-exec" {
    command = "sleep ${var.settle_seconds}"
  }

  depends_on = [
    google_kms_crypto_key_iam_member.cmek,
    google_project_iam_member.agent,
  ]
}

# And the functions wait here: a build before its account's grants are seen fails. The repository, on which one of them
# is, waits above; hence another wait.
resource "terraform_data" "buildable" {
  triggers_replace = [terraform_data.settled.id]

  provisioner "local-exec" {
    command = "sleep ${var.settle_seconds}"
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.builder,
    google_project_iam_member.builder,
    google_project_iam_member.builder_sources,
    google_service_account_iam_member.deployer,
  ]
}
