# intake: pulls responses, judges, seals, stores. It seals with public keys only: what it has stored it cannot read back.
# It reads the form and keeps its watch as its account, with which operators share the form.

resource "google_service_account" "intake" {
  project      = var.project_id
  account_id   = "fn-intake"
  display_name = "intake"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "intake_sealed" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.intake.member

  condition {
    title      = local.in_sealed.title
    expression = local.in_sealed.expression
  }
}

resource "google_project_iam_member" "intake_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.intake.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_kms_crypto_key_iam_member" "intake_opens" {
  for_each = toset(["index"])

  crypto_key_id = local.key[each.key]
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = google_service_account.intake.member
}

resource "google_secret_manager_secret_iam_member" "intake_reads" {
  for_each = toset(["contact-public", "index", "survey-public"])

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.intake.member
}

module "intake" {
  source = "./modules/function"

  platform = local.platform
  step     = "intake"
  account  = google_service_account.intake.email
  ingress  = "ALLOW_INTERNAL_ONLY"
  network  = local.closed

  environment = merge(local.environment, {
    NOTIFICATIONS_TOPIC = "projects/${var.project_id}/topics/${google_pubsub_topic.notifications.name}"
  })

  invokers = {
    push = google_service_account.push_intake.member
  }

  depends_on = [terraform_data.buildable]
}

# Notifications are hints: lost ones do no harm, since the tick follows.
resource "google_pubsub_subscription" "intake" {
  project                    = var.project_id
  name                       = "${var.campaign}-intake"
  topic                      = google_pubsub_topic.notifications.id
  ack_deadline_seconds       = 600 # the most; the function has nine minutes
  message_retention_duration = "604800s"
  expiration_policy { ttl = "" }

  push_config {
    push_endpoint = module.intake.uri # run.app: pushes to it from this project count as internal

    oidc_token {
      service_account_email = google_service_account.push_intake.email
      audience              = module.intake.uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = 20
  }

  depends_on = [module.intake, google_pubsub_topic_iam_member.dead_letters, google_service_account_iam_member.token]
}

# To move a message to the dead letters, Pub/Sub takes it from here.
resource "google_pubsub_subscription_iam_member" "intake" {
  project      = var.project_id
  subscription = google_pubsub_subscription.intake.name
  role         = "roles/pubsub.subscriber"
  member       = google_project_service_identity.agent["pubsub.googleapis.com"].member
}

resource "google_cloud_scheduler_job" "tick" {
  project   = var.project_id
  region    = local.tokyo
  name      = "intake"
  schedule  = local.cron.intake
  time_zone = "Asia/Tokyo"

  pubsub_target {
    topic_name = google_pubsub_topic.notifications.id
    attributes = { tick = "schedule" }
  }

  depends_on = [google_pubsub_topic_iam_member.tick]
}
