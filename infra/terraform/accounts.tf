# Accounts that are no function's own: who calls the functions, and who builds them. No account has a key.

resource "google_service_account" "scheduler" {
  project      = var.project_id
  account_id   = "scheduler"
  display_name = "Calls what is due (Cloud Scheduler)"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "push_intake" {
  project      = var.project_id
  account_id   = "push-intake"
  display_name = "Pushes notifications to intake (Pub/Sub)"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "push_claim" {
  project      = var.project_id
  account_id   = "push-claim"
  display_name = "Pushes dropped files to claim (Pub/Sub)"
  depends_on   = [google_project_service.api]
}

# The agents make identity tokens for these accounts, and nothing else.
resource "google_service_account_iam_member" "token" {
  for_each = {
    push-claim  = { account = google_service_account.push_claim.name, agent = "pubsub.googleapis.com" }
    push-intake = { account = google_service_account.push_intake.name, agent = "pubsub.googleapis.com" }
    scheduler   = { account = google_service_account.scheduler.name, agent = "cloudscheduler.googleapis.com" }
  }

  service_account_id = each.value.account
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = google_project_service_identity.agent[each.value.agent].member

  depends_on = [terraform_data.agents_seen]
}

resource "google_service_account" "builder" {
  project      = var.project_id
  account_id   = "builder"
  display_name = "Builds the functions (Cloud Build)"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "builder" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.builder.member
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  project    = var.project_id
  location   = local.tokyo
  repository = google_artifact_registry_repository.functions.repository_id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}

# Whatever bucket an archive lies in, Google copies it to one of its own, from which the build reads. That bucket is
# made at the first deployment and its name ends in a hash of the key, so the grant is on the project, for that name.
resource "google_project_iam_member" "builder_sources" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.builder.member

  condition {
    title      = "sources of builds"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${var.project_number}-${local.tokyo}\")"
  }
}

# Whoever deploys a function, a push subscription or a schedule must be allowed to hand over its account.
resource "google_service_account_iam_member" "deployer" {
  for_each = {
    analyse     = google_service_account.analyse.name
    builder     = google_service_account.builder.name
    claim       = google_service_account.claim.name
    draw        = google_service_account.draw.name
    erase       = google_service_account.erase.name
    forfeit     = google_service_account.forfeit.name
    freeze      = google_service_account.freeze.name
    intake      = google_service_account.intake.name
    notify      = google_service_account.notify.name
    prepare     = google_service_account.prepare.name
    push-claim  = google_service_account.push_claim.name
    push-intake = google_service_account.push_intake.name
    scheduler   = google_service_account.scheduler.name
    ship        = google_service_account.ship.name
    status      = google_service_account.status.name
  }

  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = var.deployer
}
