# Two databases: few may read `sealed`; `state` holds nothing personal. No transaction spans them.

# No point-in-time recovery: with it every deleted version could be read for seven days, past the end of the handling
# period. Backups expire sooner (campaign.tf), and once the campaign's keys are destroyed they hold nothing readable.
resource "google_firestore_database" "sealed" {
  project                           = var.project_id
  name                              = "sealed"
  location_id                       = local.tokyo
  type                              = "FIRESTORE_NATIVE"
  database_edition                  = "STANDARD"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "PREVENT" # the default, ABANDON, forgets the database and meets it again as a 409
  cmek_config { kms_key_name = google_kms_crypto_key.cmek["firestore"].id }
  depends_on = [terraform_data.settled]

  lifecycle { prevent_destroy = true }
}

resource "google_firestore_database" "state" {
  project                           = var.project_id
  name                              = "state"
  location_id                       = local.tokyo
  type                              = "FIRESTORE_NATIVE"
  database_edition                  = "STANDARD"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "PREVENT"
  cmek_config { kms_key_name = google_kms_crypto_key.cmek["firestore"].id }
  depends_on = [terraform_data.settled]

  lifecycle { prevent_destroy = true }
}

locals {
  databases = {
    sealed = google_firestore_database.sealed.name
    state  = google_firestore_database.state.name
  }
}

# Backups stay in the database's location.
resource "google_firestore_backup_schedule" "daily" {
  for_each = var.backups ? local.databases : {}

  project   = var.project_id
  database  = each.value
  retention = "${local.backup_days * 86400}s"
  daily_recurrence {}
}

# What is sealed, and every list, is not indexed: ciphertext is never queried, an index would be one more copy to erase,
# and a list of 20,000 labels would not fit into one.
resource "google_firestore_field" "unindexed" {
  for_each = {
    "claims.doubts"         = google_firestore_database.state.name
    "confirm.key"           = google_firestore_database.state.name
    "cursor.recent"         = google_firestore_database.state.name
    "deliveries.sealed"     = google_firestore_database.sealed.name
    "entries.contact"       = google_firestore_database.sealed.name
    "entries.prizes"        = google_firestore_database.sealed.name
    "entries.survey"        = google_firestore_database.sealed.name
    "prepared.keysets"      = google_firestore_database.state.name
    "requests.rows"         = google_firestore_database.state.name
    "responses.tag"         = google_firestore_database.sealed.name
    "responses.waiting"     = google_firestore_database.sealed.name
    "returns.unmatched"     = google_firestore_database.state.name
    "sheets.sheets"         = google_firestore_database.state.name
    "shipping_lists.labels" = google_firestore_database.state.name
    "watch.faults"          = google_firestore_database.state.name
    "withdrawals.signature" = google_firestore_database.state.name
  }

  project    = var.project_id
  database   = each.value
  collection = split(".", each.key)[0]
  field      = split(".", each.key)[1]
  index_config {}
}

# All else neither, by what Firestore calls "every field of every collection". Without it nothing fails: it is indexed, and
# costs a little more. The provider has refused it, so it is asked for.
resource "google_firestore_field" "nothing_indexed" {
  for_each = var.index_nothing ? local.databases : {}

  project    = var.project_id
  database   = each.value
  collection = "__default__"
  field      = "*"
  index_config {}
}

resource "google_firestore_field" "indexed" {
  for_each = {
    "entries.doubtful"  = { collection = "entries", field = "doubtful" }
    "entries.label"     = { collection = "entries", field = "label" }
    "responses.address" = { collection = "responses", field = "address" }
    "responses.gone"    = { collection = "responses", field = "gone" }
    "responses.outcome" = { collection = "responses", field = "outcome" }
    "responses.reason"  = { collection = "responses", field = "reason" }
  }

  project    = var.project_id
  database   = google_firestore_database.sealed.name
  collection = each.value.collection
  field      = each.value.field

  index_config {
    indexes {
      order       = "ASCENDING"
      query_scope = "COLLECTION"
    }
  }

  depends_on = [google_firestore_field.nothing_indexed]
}
