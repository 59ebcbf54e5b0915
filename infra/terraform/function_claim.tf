# claim: imports the addresses that winners registered, and erases the file. It seals them, and cannot open them again.

resource "google_service_account" "claim" {
  project      = var.project_id
  account_id   = "fn-claim"
  display_name = "claim"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "claim_sealed" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.claim.member

  condition {
    title      = local.in_sealed.title
    expression = local.in_sealed.expression
  }
}

resource "google_project_iam_member" "claim_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.claim.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_kms_crypto_key_iam_member" "claim_opens" {
  for_each = toset(["claim"])

  crypto_key_id = local.key[each.key]
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = google_service_account.claim.member
}

resource "google_secret_manager_secret_iam_member" "claim_reads" {
  for_each = toset(["claim", "delivery-public"])

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.claim.member
}

resource "google_storage_bucket_iam_member" "claim_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.claim.member
}

resource "google_storage_bucket_iam_member" "claim_files" {
  for_each = { erases = local.role.object_eraser, reads = "roles/storage.objectViewer" }

  bucket = google_storage_bucket.claims.name
  role   = each.value
  member = google_service_account.claim.member
}

module "claim" {
  source = "./modules/function"

  platform = local.platform
  step     = "claim"
  account  = google_service_account.claim.email
  ingress  = "ALLOW_INTERNAL_ONLY"
  network  = local.closed

  environment = merge(local.environment, {
    CLAIMS_BUCKET    = google_storage_bucket.claims.name
    PUBLISHED_BUCKET = local.published
  })

  invokers = {
    push = google_service_account.push_claim.member
  }

  depends_on = [terraform_data.buildable]
}

# A dropped file is announced once: it is tried for days, since an import may have to wait for its turn.
resource "google_pubsub_subscription" "claim" {
  project                    = var.project_id
  name                       = "${var.campaign}-claim"
  topic                      = google_pubsub_topic.claims.id
  ack_deadline_seconds       = 600 # the most; the function has nine minutes
  message_retention_duration = "604800s"
  expiration_policy { ttl = "" }

  push_config {
    push_endpoint = module.claim.uri # run.app: pushes to it from this project count as internal

    oidc_token {
      service_account_email = google_service_account.push_claim.email
      audience              = module.claim.uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = 100
  }

  depends_on = [module.claim, google_pubsub_topic_iam_member.dead_letters, google_service_account_iam_member.token]
}

# To move a message to the dead letters, Pub/Sub takes it from here.
resource "google_pubsub_subscription_iam_member" "claim" {
  project      = var.project_id
  subscription = google_pubsub_subscription.claim.name
  role         = "roles/pubsub.subscriber"
  member       = google_project_service_identity.agent["pubsub.googleapis.com"].member
}
