# erase: erases every place, destroys the keys, writes the signed report. It opens no envelope: of a person who asks, it
# computes the ids. Form, sheet and mailbox it reaches as its account: shared, or delegated, when erasure begins.

resource "google_service_account" "erase" {
  project      = var.project_id
  account_id   = "fn-erase"
  display_name = "erase"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "erase_sealed" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.erase.member

  condition {
    title      = local.in_sealed.title
    expression = local.in_sealed.expression
  }
}

resource "google_project_iam_member" "erase_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.erase.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

# Backups lie beside the databases, in their location.
resource "google_project_iam_member" "erase_backups" {
  project = var.project_id
  role    = "roles/datastore.backupsViewer"
  member  = google_service_account.erase.member
}

# What nobody declared must be seen too: a restored copy of a database, a bucket or a secret that somebody made.
resource "google_project_iam_member" "erase_lists" {
  project = var.project_id
  role    = local.role.store_lister
  member  = google_service_account.erase.member
}

resource "google_kms_crypto_key_iam_member" "erase_opens" {
  for_each = toset(["claim", "index"])

  crypto_key_id = local.key[each.key]
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = google_service_account.erase.member
}

resource "google_kms_crypto_key_iam_member" "erase_destroys" {
  for_each = local.key

  crypto_key_id = each.value
  role          = local.role.key_eraser
  member        = google_service_account.erase.member
}

resource "google_kms_crypto_key_iam_member" "erase_evidence" {
  crypto_key_id = local.evidence
  role          = "roles/cloudkms.signer"
  member        = google_service_account.erase.member
}

resource "google_secret_manager_secret_iam_member" "erase_reads" {
  for_each = toset(concat(["claim", "index"], var.mail_sender == "me" ? ["gmail-eraser"] : []))

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.erase.member
}

# Not the credentials of the mailbox: they are needed to see that it is empty.
resource "google_secret_manager_secret_iam_member" "erase_destroys" {
  for_each = setunion(local.keyset_secrets, ["shipping-password"])

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = local.role.secret_eraser
  member    = google_service_account.erase.member
}

# With keyless delegation it signs for the mailbox as itself; without, it reads the mailbox's token.
resource "google_service_account_iam_member" "erase_signs" {
  count = var.mail_sender == "me" ? 0 : 1

  service_account_id = google_service_account.erase.name
  role               = local.role.self_signer
  member             = google_service_account.erase.member
}

resource "google_storage_bucket_iam_member" "erase_files" {
  for_each = { claims = google_storage_bucket.claims.name, exports = google_storage_bucket.exports.name }

  bucket = each.value
  role   = local.role.object_eraser
  member = google_service_account.erase.member
}

resource "google_storage_bucket_iam_member" "erase_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.erase.member
}

resource "google_storage_bucket_iam_member" "erase_creates" {
  bucket = local.reports
  role   = "roles/storage.objectCreator"
  member = google_service_account.erase.member

  condition {
    title      = local.own_names.erase.title
    expression = local.own_names.erase.expression
  }
}

resource "google_storage_bucket_iam_member" "erase_reports" {
  bucket = local.reports
  role   = "roles/storage.objectViewer"
  member = google_service_account.erase.member
}

module "erase" {
  source = "./modules/function"

  platform = local.platform
  step     = "erase"
  account  = google_service_account.erase.email
  ingress  = "ALLOW_ALL"
  network  = local.closed
  memory   = "1Gi" # it sets a PDF
  timeout  = 1740  # it stops by itself after 25 minutes; its lease ends with this

  environment = merge(local.environment, {
    CLAIMS_BUCKET    = google_storage_bucket.claims.name
    EXPORTS_BUCKET   = google_storage_bucket.exports.name
    MAIL_SENDER      = var.mail_sender
    PUBLISHED_BUCKET = local.published
    REPORTS_BUCKET   = local.reports
  })

  invokers = {
    operators = local.operators
    scheduler = google_service_account.scheduler.member
  }

  schedule = {
    cron    = local.cron.erase
    account = google_service_account.scheduler.email
  }

  depends_on = [terraform_data.buildable]
}
