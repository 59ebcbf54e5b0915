# Topics; each subscription stands on the page of the function that it pushes to.

# Who may push is the form's service: it says which form changed, never what was answered.
resource "google_pubsub_topic" "notifications" {
  project      = var.project_id
  name         = "${var.campaign}-notifications"
  kms_key_name = google_kms_crypto_key.cmek["pubsub"].id

  message_storage_policy {
    allowed_persistence_regions = [local.tokyo]
    enforce_in_transit          = false # Forms publishes from wherever it runs, and would be refused
  }

  depends_on = [terraform_data.settled]
}

# An account of no directory: organisation policy has to let it in (org/sharing.tf).
resource "google_pubsub_topic_iam_member" "forms" {
  project = var.project_id
  topic   = google_pubsub_topic.notifications.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:forms-notifications@system.gserviceaccount.com"
}

# The tick comes from Cloud Scheduler, as its service agent.
resource "google_pubsub_topic_iam_member" "tick" {
  project = var.project_id
  topic   = google_pubsub_topic.notifications.name
  role    = "roles/pubsub.publisher"
  member  = google_project_service_identity.agent["cloudscheduler.googleapis.com"].member
}

resource "google_pubsub_topic" "claims" {
  project      = var.project_id
  name         = "${var.campaign}-claims"
  kms_key_name = google_kms_crypto_key.cmek["pubsub"].id

  message_storage_policy {
    allowed_persistence_regions = [local.tokyo]
    enforce_in_transit          = true
  }

  depends_on = [terraform_data.settled]
}

resource "google_pubsub_topic_iam_member" "claims" {
  project = var.project_id
  topic   = google_pubsub_topic.claims.name
  role    = "roles/pubsub.publisher"
  member  = local.storage_agent
}

resource "google_storage_notification" "claims" {
  bucket         = google_storage_bucket.claims.name
  topic          = google_pubsub_topic.claims.id
  payload_format = "NONE" # name and generation are attributes; nothing else is used
  event_types    = ["OBJECT_FINALIZE"]
  depends_on     = [google_pubsub_topic_iam_member.claims]
}

# What could not be delivered. It is kept a week, no longer: a file's name is whatever somebody typed.
resource "google_pubsub_topic" "dead_letters" {
  project      = var.project_id
  name         = "${var.campaign}-dead-letters"
  kms_key_name = google_kms_crypto_key.cmek["pubsub"].id

  message_storage_policy {
    allowed_persistence_regions = [local.tokyo]
    enforce_in_transit          = true
  }

  depends_on = [terraform_data.settled]
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = google_project_service_identity.agent["pubsub.googleapis.com"].member
}

resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project_id
  name                       = "${var.campaign}-dead-letters"
  topic                      = google_pubsub_topic.dead_letters.id
  message_retention_duration = "604800s"
  expiration_policy { ttl = "" } # the default drops a subscription that is idle for 31 days
}
