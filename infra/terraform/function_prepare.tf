# prepare: holds the form against the campaign file, makes keysets, publishes the rules. It can wrap a keyset and add
# it, never read or open one; all its grants end when entry opens. It reads the form as its account, with which
# operators share it.

resource "google_service_account" "prepare" {
  project      = var.project_id
  account_id   = "fn-prepare"
  display_name = "prepare"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "prepare_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.prepare.member

  condition {
    title      = "${local.in_state.title}, ${local.until_opening.title}"
    expression = "${local.in_state.expression} && ${local.until_opening.expression}"
  }
}

resource "google_storage_bucket_iam_member" "prepare_creates" {
  bucket = local.published
  role   = "roles/storage.objectCreator"
  member = google_service_account.prepare.member

  condition {
    title      = "${local.own_names.prepare.title}, ${local.until_opening.title}"
    expression = "(${local.own_names.prepare.expression}) && ${local.until_opening.expression}"
  }
}

resource "google_storage_bucket_iam_member" "prepare_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.prepare.member

  condition {
    title      = local.until_opening.title
    expression = local.until_opening.expression
  }
}

resource "google_secret_manager_secret_iam_member" "prepare_adds" {
  for_each = local.keyset_secrets

  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign[each.key].secret_id
  role      = local.role.keyset_adder
  member    = google_service_account.prepare.member

  condition {
    title      = local.until_opening.title
    expression = local.until_opening.expression
  }
}

resource "google_kms_crypto_key_iam_member" "prepare_wraps" {
  for_each = local.key

  crypto_key_id = each.value
  role          = "roles/cloudkms.cryptoKeyEncrypter"
  member        = google_service_account.prepare.member

  condition {
    title      = local.until_opening.title
    expression = local.until_opening.expression
  }
}

resource "google_kms_crypto_key_iam_member" "prepare_evidence" {
  for_each = toset(["roles/cloudkms.publicKeyViewer", "roles/cloudkms.signer"])

  crypto_key_id = local.evidence
  role          = each.key
  member        = google_service_account.prepare.member

  condition {
    title      = local.until_opening.title
    expression = local.until_opening.expression
  }
}

module "prepare" {
  source = "./modules/function"

  platform = local.platform
  step     = "prepare"
  account  = google_service_account.prepare.email
  ingress  = "ALLOW_ALL"
  network  = local.closed

  environment = merge(local.environment, { PUBLISHED_BUCKET = local.published })

  invokers = {
    operators = local.operators
  }

  depends_on = [terraform_data.buildable]
}
