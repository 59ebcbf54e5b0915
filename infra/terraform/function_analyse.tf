# analyse: aggregates. It opens answers and never learns who gave them.

resource "google_service_account" "analyse" {
  project      = var.project_id
  account_id   = "fn-analyse"
  display_name = "analyse"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "analyse_sealed" {
  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.analyse.member

  condition {
    title      = local.in_sealed.title
    expression = local.in_sealed.expression
  }
}

resource "google_project_iam_member" "analyse_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.analyse.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_kms_crypto_key_iam_member" "analyse_opens" {
  for_each = toset(["survey"])

  crypto_key_id = local.key[each.key]
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = google_service_account.analyse.member
}

resource "google_secret_manager_secret_iam_member" "analyse_reads" {
  for_each = toset(["survey-private"])

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.analyse.member
}

resource "google_storage_bucket_iam_member" "analyse_creates" {
  bucket = local.reports
  role   = "roles/storage.objectCreator"
  member = google_service_account.analyse.member

  condition {
    title      = local.own_names.analyse.title
    expression = local.own_names.analyse.expression
  }
}

resource "google_storage_bucket_iam_member" "analyse_reports" {
  bucket = local.reports
  role   = "roles/storage.objectViewer"
  member = google_service_account.analyse.member
}

module "analyse" {
  source = "./modules/function"

  platform    = local.platform
  step        = "analyse"
  account     = google_service_account.analyse.email
  ingress     = "ALLOW_ALL"
  network     = local.closed
  memory      = "1Gi" # it solves for what to withhold
  environment = merge(local.environment, { REPORTS_BUCKET = local.reports })

  invokers = {
    operators = local.operators
    scheduler = google_service_account.scheduler.member
  }

  schedule = {
    cron    = local.cron.analyse
    account = google_service_account.scheduler.email
  }

  depends_on = [terraform_data.buildable]
}
