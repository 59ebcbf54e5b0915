locals {
  apis = toset([
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
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
    "storage.googleapis.com",
  ])

  # Service agents do not exist before they are asked for; Storage's and Logging's are asked for by the data below.
  agents = toset([
    "artifactregistry.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudscheduler.googleapis.com",
    "firestore.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
  ])
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

# Google grants these when it makes the agents itself; made by Terraform, on a new project, they may come without.
resource "google_project_iam_member" "agent" {
  for_each = {
    "cloudfunctions.googleapis.com" = "roles/cloudfunctions.serviceAgent"
    "run.googleapis.com"            = "roles/run.serviceAgent"
  }

  project = var.project_id
  role    = each.value
  member  = google_project_service_identity.agent[each.key].member
}

# IAM is seen everywhere only after minutes; a function that is built before fails without a clear reason.
resource "terraform_data" "settled" {
  triggers_replace = [keys(google_kms_crypto_key_iam_member.cmek), keys(google_project_iam_member.agent)]

  provisioner "local-exec" {
    command = "sleep ${var.settle_seconds}"
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.builder,
    google_kms_crypto_key_iam_member.cmek,
    google_project_iam_member.agent,
    google_project_iam_member.builder,
    google_service_account_iam_member.deployer,
    google_storage_bucket_iam_member.builder,
  ]
}
