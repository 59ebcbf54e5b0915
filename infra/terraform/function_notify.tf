# notify: sends what is due and, if an operator asks, one mail once more, or samples to whoever asks. It opens addresses and
# derives claim codes; answers it never sees.

resource "google_service_account" "notify" {
  project      = var.project_id
  account_id   = "fn-notify"
  display_name = "notify"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "notify_sealed" {
  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.notify.member

  condition {
    title      = local.in_sealed.title
    expression = local.in_sealed.expression
  }
}

resource "google_project_iam_member" "notify_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.notify.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_storage_bucket_iam_member" "notify_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.notify.member
}

resource "google_kms_crypto_key_iam_member" "notify_opens" {
  for_each = toset(["claim", "contact"])

  crypto_key_id = local.key[each.key]
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = google_service_account.notify.member
}

resource "google_secret_manager_secret_iam_member" "notify_reads" {
  for_each = toset(concat(["claim", "contact-private"], var.mail_sender == "me" ? ["gmail"] : []))

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.notify.member
}

# With keyless delegation it signs for the mailbox as itself; without, it reads the mailbox's token.
resource "google_service_account_iam_member" "notify_signs" {
  count = var.mail_sender == "me" ? 0 : 1

  service_account_id = google_service_account.notify.name
  role               = local.role.self_signer
  member             = google_service_account.notify.member
}

module "notify" {
  source = "./modules/function"

  platform = local.platform
  step     = "notify"
  account  = google_service_account.notify.email
  ingress  = "ALLOW_ALL"
  network  = local.closed

  environment = merge(local.environment, {
    MAIL_SENDER      = var.mail_sender
    PUBLISHED_BUCKET = local.published
  })

  invokers = {
    operators = local.operators
    scheduler = google_service_account.scheduler.member
  }

  schedule = {
    cron    = local.cron.notify
    account = google_service_account.scheduler.email
  }

  depends_on = [terraform_data.buildable]
}
