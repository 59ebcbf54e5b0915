# draw: orders the pool by the public randomness. It sees labels and no person, and alone has a way out: to the relays.

resource "google_service_account" "draw" {
  project      = var.project_id
  account_id   = "fn-draw"
  display_name = "draw"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "draw_state" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.draw.member

  condition {
    title      = local.in_state.title
    expression = local.in_state.expression
  }
}

resource "google_storage_bucket_iam_member" "draw_creates" {
  bucket = local.published
  role   = "roles/storage.objectCreator"
  member = google_service_account.draw.member

  condition {
    title      = local.own_names.draw.title
    expression = local.own_names.draw.expression
  }
}

resource "google_storage_bucket_iam_member" "draw_published" {
  bucket = local.published
  role   = "roles/storage.objectViewer"
  member = google_service_account.draw.member
}

resource "google_kms_crypto_key_iam_member" "draw_evidence" {
  crypto_key_id = local.evidence
  role          = "roles/cloudkms.signer"
  member        = google_service_account.draw.member
}

resource "google_project_iam_member" "draw_random" {
  count = local.campaign.randomness.kind == "hsm" ? 1 : 0

  project = var.project_id
  role    = local.role.random_bytes
  member  = google_service_account.draw.member
}

module "draw" {
  source = "./modules/function"

  platform = local.platform
  step     = "draw"
  account  = google_service_account.draw.email
  ingress  = "ALLOW_ALL"
  network  = local.relays

  environment = merge(local.environment, {
    DRAND_RELAYS     = join(",", var.drand_relays)
    PUBLISHED_BUCKET = local.published
  })

  invokers = {
    operators = local.operators
    scheduler = google_service_account.scheduler.member
  }

  schedule = {
    cron    = local.cron.draw
    account = google_service_account.scheduler.email
  }

  depends_on = [terraform_data.buildable]
}
