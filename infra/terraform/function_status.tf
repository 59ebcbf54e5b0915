# status: tells where the campaign stands. It reads `state` and the published files, where nothing personal is; it writes
# rows of the journal, and keeps its pages among the reports.

resource "google_service_account" "status" {
  project      = var.project_id
  account_id   = "fn-status"
  display_name = "status"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "status_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.status.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_storage_bucket_iam_member" "status_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.status.member
}

resource "google_storage_bucket_iam_member" "status_creates" {
  bucket = local.reports
  role   = "roles/storage.objectCreator"
  member = google_service_account.status.member

  condition {
    title      = local.own_names.status.title
    expression = local.own_names.status.expression
  }
}

module "status" {
  source = "./modules/function"

  platform = local.platform
  step     = "status"
  account  = google_service_account.status.email
  ingress  = "ALLOW_ALL"
  network  = local.closed

  environment = merge(local.environment, { PUBLISHED_BUCKET = local.published, REPORTS_BUCKET = local.reports })

  invokers = {
    operators = local.operators
  }

  depends_on = [terraform_data.buildable]
}
