# forfeit: lets go of places. It sees labels and no person.

resource "google_service_account" "forfeit" {
  project      = var.project_id
  account_id   = "fn-forfeit"
  display_name = "forfeit"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "forfeit_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.forfeit.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_storage_bucket_iam_member" "forfeit_creates" {
  bucket = local.published
  role   = "roles/storage.objectCreator"
  member = google_service_account.forfeit.member

  condition {
    title      = local.own_names.forfeit.title
    expression = local.own_names.forfeit.expression
  }
}

resource "google_storage_bucket_iam_member" "forfeit_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.forfeit.member
}

resource "google_kms_crypto_key_iam_member" "forfeit_evidence" {
  crypto_key_id = local.evidence
  role          = "roles/cloudkms.signer"
  member        = google_service_account.forfeit.member
}

module "forfeit" {
  source = "./modules/function"

  platform = local.platform
  step     = "forfeit"
  account  = google_service_account.forfeit.email
  ingress  = "ALLOW_ALL"
  network  = local.closed

  environment = merge(local.environment, { PUBLISHED_BUCKET = local.published })

  invokers = {
    operators = local.operators
    scheduler = google_service_account.scheduler.member
  }

  schedule = {
    cron    = local.cron.forfeit
    account = google_service_account.scheduler.email
  }

  depends_on = [terraform_data.buildable]
}
