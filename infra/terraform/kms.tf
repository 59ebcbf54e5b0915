# Two kinds of keys. The campaign's keys wrap its keysets: functions use them, and erasure destroys them. The others
# encrypt what Google stores, for Google's service agents alone (CMEK).

resource "google_kms_key_ring" "tokyo" {
  project    = var.project_id
  name       = "prizedraw" # settings.py knows it by this name
  location   = local.tokyo
  depends_on = [google_project_service.api]

  lifecycle { prevent_destroy = true }
}

resource "google_kms_key_ring" "osaka" {
  project    = var.project_id
  name       = "prizedraw"
  location   = local.osaka
  depends_on = [google_project_service.api]

  lifecycle { prevent_destroy = true }
}

locals {
  keysets       = ["claim", "contact", "delivery", "index", "survey"]
  all_campaigns = setunion(var.past_campaigns, [var.campaign])
}

# No rotation: a keyset is wrapped once, and one version is one thing to destroy.
resource "google_kms_crypto_key" "campaign" {
  for_each = toset([for pair in setproduct(local.all_campaigns, local.keysets) : join("-", pair)])

  name                       = each.key
  key_ring                   = google_kms_key_ring.tokyo.id
  purpose                    = "ENCRYPT_DECRYPT"
  destroy_scheduled_duration = "86400s" # the shortest, and fixed when the key is made

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "HSM"
  }

  lifecycle { prevent_destroy = true } # erase destroys versions, and proves it; Terraform would only destroy
}

# Outlives the campaign: whoever keeps the files can have them confirmed.
resource "google_kms_crypto_key" "evidence" {
  for_each = local.all_campaigns

  name                       = "${each.key}-evidence"
  key_ring                   = google_kms_key_ring.tokyo.id
  purpose                    = "ASYMMETRIC_SIGN"
  destroy_scheduled_duration = "2592000s"

  version_template {
    algorithm        = "EC_SIGN_P256_SHA256"
    protection_level = "HSM"
  }

  lifecycle { prevent_destroy = true }
}

locals {
  ring = "projects/${var.project_id}/locations/${local.tokyo}/keyRings/${google_kms_key_ring.tokyo.name}"

  # Written out, since ids are unknown while planning: so the plan says which key a grant is for.
  key      = { for keyset in local.keysets : keyset => "${local.ring}/cryptoKeys/${google_kms_crypto_key.campaign["${var.campaign}-${keyset}"].name}" }
  evidence = "${local.ring}/cryptoKeys/${google_kms_crypto_key.evidence[var.campaign].name}"
}

resource "google_kms_crypto_key" "cmek" {
  for_each = merge(
    {
      artifacts     = google_kms_key_ring.tokyo.id
      firestore     = google_kms_key_ring.tokyo.id
      pubsub        = google_kms_key_ring.tokyo.id
      secrets       = google_kms_key_ring.tokyo.id
      secrets-osaka = google_kms_key_ring.osaka.id
      storage       = google_kms_key_ring.tokyo.id
    },
    var.log_key ? { logging = google_kms_key_ring.tokyo.id } : {},
  )

  name                       = "cmek-${each.key}"
  key_ring                   = each.value
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "7776000s" # 90 days; what older versions encrypted stays readable
  destroy_scheduled_duration = "2592000s"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "HSM"
  }

  lifecycle { prevent_destroy = true }
}

locals {
  # Written out too; what is encrypted names the key itself, and so waits for it.
  cmek = {
    for name, key in google_kms_crypto_key.cmek :
    name => "projects/${var.project_id}/locations/${name == "secrets-osaka" ? local.osaka : local.tokyo}/keyRings/prizedraw/cryptoKeys/${key.name}"
  }

  storage_agent = "serviceAccount:${data.google_storage_project_service_account.agent.email_address}"
  logging_agent = "serviceAccount:${data.google_logging_project_cmek_settings.agent.service_account_id}"

  # A function is encrypted with its repository's key: whoever stores, builds or runs it needs that one. Google names
  # Eventarc's agent among them "for all functions"; these have no trigger of Eventarc's, so it may be left out.
  cmek_users = {
    artifacts-eventarc  = { used = var.eventarc_agent, key = "artifacts", member = try(google_project_service_identity.agent["eventarc.googleapis.com"].member, null) }
    artifacts-functions = { used = true, key = "artifacts", member = google_project_service_identity.agent["cloudfunctions.googleapis.com"].member }
    artifacts-registry  = { used = true, key = "artifacts", member = google_project_service_identity.agent["artifactregistry.googleapis.com"].member }
    artifacts-run       = { used = true, key = "artifacts", member = google_project_service_identity.agent["run.googleapis.com"].member }
    artifacts-storage   = { used = true, key = "artifacts", member = local.storage_agent }
    firestore           = { used = true, key = "firestore", member = google_project_service_identity.agent["firestore.googleapis.com"].member }
    logging             = { used = var.log_key, key = "logging", member = local.logging_agent }
    pubsub              = { used = true, key = "pubsub", member = google_project_service_identity.agent["pubsub.googleapis.com"].member }
    secrets             = { used = true, key = "secrets", member = google_project_service_identity.agent["secretmanager.googleapis.com"].member }
    secrets-osaka       = { used = true, key = "secrets-osaka", member = google_project_service_identity.agent["secretmanager.googleapis.com"].member }
    storage             = { used = true, key = "storage", member = local.storage_agent }
  }
}

resource "google_kms_crypto_key_iam_member" "cmek" {
  for_each = { for name, user in local.cmek_users : name => user if user.used }

  crypto_key_id = local.cmek[each.value.key]
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value.member

  depends_on = [terraform_data.agents_seen]
}
