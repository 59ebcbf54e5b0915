# Five buckets: what is published and reported stays and cannot be changed; what operators bring and take away goes.

locals {
  # Of a past campaign, what must stay.
  kept_buckets = setproduct(local.all_campaigns, ["published", "reports"])
}

# Private: to put the files on the ward's site is a person's step. A retention policy rules versioning out, and needs
# none: nothing can be written over.
resource "google_storage_bucket" "kept" {
  for_each = toset([for pair in local.kept_buckets : join("-", pair)])

  project                     = var.project_id
  name                        = "${var.project_id}-${each.key}"
  location                    = upper(local.tokyo) # the service answers in capitals
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  retention_policy {
    retention_period = tostring(var.published_retention_days * 86400)
    is_locked        = var.lock_retention
  }

  encryption { default_kms_key_name = google_kms_crypto_key.cmek["storage"].id }
  depends_on = [terraform_data.settled]

  lifecycle { prevent_destroy = true }
}

# Operators drop the claim form's CSV here; claim erases each file once it is imported. No versions and no soft delete:
# what is erased is gone. What claim could not take, or was never told of, goes after a week: what is dropped on a Friday
# outlives the weekend and every try of Pub/Sub, and the claim form still holds it.
resource "google_storage_bucket" "claims" {
  project                     = var.project_id
  name                        = "${var.project_id}-${var.campaign}-claims"
  location                    = upper(local.tokyo)
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning { enabled = false }
  soft_delete_policy { retention_duration_seconds = 0 }

  lifecycle_rule {
    action { type = "Delete" }
    condition { age = 7 }
  }

  encryption { default_kms_key_name = google_kms_crypto_key.cmek["storage"].id }
  depends_on = [terraform_data.settled]
}

# Operators fetch shipping lists here; each lives a day.
resource "google_storage_bucket" "exports" {
  project                     = var.project_id
  name                        = "${var.project_id}-${var.campaign}-exports"
  location                    = upper(local.tokyo)
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning { enabled = false }
  soft_delete_policy { retention_duration_seconds = 0 }

  lifecycle_rule {
    action { type = "Delete" }
    condition { age = 1 }
  }

  encryption { default_kms_key_name = google_kms_crypto_key.cmek["storage"].id }
  depends_on = [terraform_data.settled]
}

# Every archive that was ever deployed stays, named by its hash: the commitment names the code that drew the winners.
resource "google_storage_bucket" "sources" {
  project                     = var.project_id
  name                        = "${var.project_id}-sources"
  location                    = upper(local.tokyo)
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning { enabled = true }

  encryption { default_kms_key_name = google_kms_crypto_key.cmek["artifacts"].id }
  depends_on = [terraform_data.settled]
}

locals {
  published = google_storage_bucket.kept["${var.campaign}-published"].name
  reports   = google_storage_bucket.kept["${var.campaign}-reports"].name

  # One author a name: what each step may create there, and nobody anything else; what ends in a slash is a folder. The
  # author of a file is the author of its signature, where it has one beside it. The same names stand in rehearsal/google/authors.py.
  authors = {
    analyse = { bucket = local.reports, names = ["analysis.html", "analysis.json", "analysis.xlsx"] }
    draw    = { bucket = local.published, names = ["randomness.json", "randomness.json.sig", "record.json", "record.json.sig"] }
    erase   = { bucket = local.reports, names = ["erasure/"] }
    forfeit = { bucket = local.published, names = ["forfeits/"] }
    freeze  = { bucket = local.published, names = ["commitment.json", "commitment.json.sig", "pool.txt"] }
    prepare = { bucket = local.published, names = ["evidence.pem", "rules.json", "rules.json.sig"] }
    status  = { bucket = local.reports, names = ["status/"] }
  }

  # A condition may hold twelve logical operators.
  own_names = {
    for step, files in local.authors : step => {
      title = "its own names"
      expression = join(" || ", [
        for name in files.names : endswith(name, "/") ?
        "resource.name.startsWith(\"projects/_/buckets/${files.bucket}/objects/${name}\")" :
        "resource.name == \"projects/_/buckets/${files.bucket}/objects/${name}\""
      ])
    }
  }
}
