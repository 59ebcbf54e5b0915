# ship: makes the shipping list. It opens deliveries and nothing else, and cannot read back the file or its password.

resource "google_service_account" "ship" {
  project      = var.project_id
  account_id   = "fn-ship"
  display_name = "ship"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "ship_sealed" {
  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.ship.member

  condition {
    title      = local.in_sealed.title
    expression = local.in_sealed.expression
  }
}

resource "google_project_iam_member" "ship_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.ship.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_kms_crypto_key_iam_member" "ship_opens" {
  for_each = toset(["delivery"])

  crypto_key_id = local.key[each.key]
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = google_service_account.ship.member
}

resource "google_secret_manager_secret_iam_member" "ship_reads" {
  for_each = toset(["delivery-private"])

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.ship.member
}

resource "google_secret_manager_secret_iam_member" "ship_password" {
  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign["shipping-password"].secret_id
  role      = "roles/secretmanager.secretVersionManager"
  member    = google_service_account.ship.member
}

resource "google_storage_bucket_iam_member" "ship_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.ship.member
}

resource "google_storage_bucket_iam_member" "ship_files" {
  for_each = { creates = "roles/storage.objectCreator", erases = local.role.object_eraser }

  bucket = google_storage_bucket.exports.name
  role   = each.value
  member = google_service_account.ship.member
}

module "ship" {
  source = "./modules/function"

  platform = local.platform
  step     = "ship"
  account  = google_service_account.ship.email
  ingress  = "ALLOW_ALL"
  network  = local.closed

  environment = merge(local.environment, {
    EXPORTS_BUCKET   = google_storage_bucket.exports.name
    PUBLISHED_BUCKET = local.published
  })

  invokers = {
    operators = local.operators
  }

  depends_on = [terraform_data.buildable]
}
