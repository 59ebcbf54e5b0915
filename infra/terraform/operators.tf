# What the people named as 取扱者 may do, beside pressing the functions (each function's page says whether they may).

# To find the functions and the dashboard in the console.
resource "google_project_iam_member" "operators" {
  for_each = toset([
    "roles/cloudfunctions.viewer",
    "roles/monitoring.viewer",
    "roles/run.viewer",
  ])

  project    = var.project_id
  role       = each.key
  member     = local.operators
  depends_on = [google_project_service.api]
}

# Infra looks at dashboard, alerts, and what the scan of images found. It changes nothing by hand.
resource "google_project_iam_member" "infra" {
  for_each = var.infra_group == null ? toset([]) : toset([
    "roles/artifactregistry.reader",
    "roles/containeranalysis.occurrences.viewer",
    "roles/monitoring.viewer",
  ])

  project    = var.project_id
  role       = each.key
  member     = "group:${var.infra_group}"
  depends_on = [google_project_service.api]
}

# Google makes whoever makes a project its owner, and no plan shows it: grants here add, they do not rule others out. It
# comes last: it may be by this grant that the first apply is applied.
resource "google_project_iam_member_remove" "creator" {
  count = var.project_creator == null ? 0 : 1

  project    = var.project_id
  role       = "roles/owner"
  member     = var.project_creator
  depends_on = [module.claim, module.draw, module.erase, module.intake, module.notify, module.prepare, module.ship, module.status]
}

# Drop the claim form's CSV, and take a wrong one away again. What was dropped they cannot read there.
resource "google_storage_bucket_iam_member" "operators_claims" {
  for_each = { creates = "roles/storage.objectCreator", erases = local.role.object_eraser }

  bucket = google_storage_bucket.claims.name
  role   = each.value
  member = local.operators
}

# Fetch the shipping list, the files for the ward's site, and the reports.
resource "google_storage_bucket_iam_member" "operators_fetch" {
  for_each = { exports = google_storage_bucket.exports.name, published = local.published, reports = local.reports }

  bucket = each.value
  role   = "roles/storage.objectViewer"
  member = local.operators
}

# Fetch what they press with; the functions' archives beside it are not for them.
resource "google_storage_bucket_iam_member" "operators_press" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = local.operators

  condition {
    title      = "what they press with"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.sources.name}/objects/press/\")"
  }
}

# The console shows a bucket only to whoever may see its settings.
resource "google_storage_bucket_iam_member" "operators_look" {
  for_each = {
    claims    = google_storage_bucket.claims.name
    exports   = google_storage_bucket.exports.name
    published = local.published
    reports   = local.reports
  }

  bucket = each.value
  role   = "roles/storage.legacyBucketReader"
  member = local.operators
}

# The shipping list's password, shown by another path than the list. Each look raises human-decrypt: that is meant so.
resource "google_secret_manager_secret_iam_member" "operators_password" {
  project   = var.project_id
  secret_id = google_secret_manager_secret.campaign["shipping-password"].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.operators
}
