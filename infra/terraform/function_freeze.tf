# freeze: fixes the pool and commits to it. It reads entries and opens none.

resource "google_service_account" "freeze" {
  project      = var.project_id
  account_id   = "fn-freeze"
  display_name = "freeze"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "freeze_sealed" {
  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.freeze.member

  condition {
    title      = local.in_sealed.title
    expression = local.in_sealed.expression
  }
}

resource "google_project_iam_member" "freeze_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.freeze.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_storage_bucket_iam_member" "freeze_creates" {
  bucket = local.published
  role   = "roles/storage.objectCreator"
  member = google_service_account.freeze.member

  condition {
    title      = local.own_names.freeze.title
    expression = local.own_names.freeze.expression
  }
}

resource "google_storage_bucket_iam_member" "freeze_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.freeze.member
}

resource "google_kms_crypto_key_iam_member" "freeze_evidence" {
  crypto_key_id = local.evidence
  role          = "roles/cloudkms.signer"
  member        = google_service_account.freeze.member
}

module "freeze" {
  source = "./modules/function"

  platform = local.platform
  step     = "freeze"
  account  = google_service_account.freeze.email
  ingress  = "ALLOW_ALL"
  network  = local.closed

  environment = merge(local.environment, { PUBLISHED_BUCKET = local.published })

  invokers = {
    operators = local.operators
    scheduler = google_service_account.scheduler.member
  }

  schedule = {
    cron    = local.cron.freeze
    account = google_service_account.scheduler.email
  }

  depends_on = [terraform_data.buildable]
}
