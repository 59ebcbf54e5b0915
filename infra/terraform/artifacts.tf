# Where functions are built, and from what.

resource "google_artifact_registry_repository" "functions" {
  project       = var.project_id
  location      = local.tokyo
  repository_id = "functions"
  format        = "DOCKER"
  kms_key_name  = google_kms_crypto_key.cmek["artifacts"].id

  vulnerability_scanning_config { enablement_config = "INHERITED" } # on, since its API is

  depends_on = [terraform_data.settled]
}

locals {
  build     = "${path.module}/.build"
  manifest  = "${local.build}/manifest.json"
  press     = "${local.build}/press.py"
  code_hash = fileexists(local.manifest) ? filesha256(local.manifest) : ""

  # What every function is given.
  platform = {
    project    = var.project_id
    location   = local.tokyo
    build      = local.build
    sources    = google_storage_bucket.sources.name
    repository = google_artifact_registry_repository.functions.id
    builder    = google_service_account.builder.id
    key        = google_kms_crypto_key.cmek["artifacts"].id
  }
}

# What operators press with, named by its hash. It is no part of the code that draws: the functions answer the same without.
resource "google_storage_bucket_object" "press" {
  bucket          = google_storage_bucket.sources.name
  name            = "press/${fileexists(local.press) ? filesha256(local.press) : "absent"}.py"
  source          = local.press
  deletion_policy = "ABANDON"

  lifecycle {
    precondition {
      condition     = fileexists(local.press)
      error_message = "${local.press} is absent. Build the archives first: scripts/build_archives.py (scripts/deploy does it)."
    }
  }
}

# It lists the hash of every archive; its own hash is the `code_hash` of the commitment.
resource "google_storage_bucket_object" "manifest" {
  bucket          = google_storage_bucket.sources.name
  name            = "manifest/${local.code_hash}.json"
  source          = local.manifest
  deletion_policy = "ABANDON"

  lifecycle {
    precondition {
      condition     = fileexists(local.manifest)
      error_message = "${local.manifest} is absent. Build the archives first: scripts/build_archives.py (scripts/deploy does it)."
    }
  }
}
