# What this root itself needs, in the project on which its calls are counted. cloudresourcemanager and serviceusage are
# turned on by hand before: without them nothing here can be planned.
resource "google_project_service" "seed" {
  for_each = toset([
    "accesscontextmanager.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "essentialcontacts.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "orgpolicy.googleapis.com",
    "securitycenter.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
  ])

  project            = var.seed_project
  service            = each.key
  disable_on_destroy = false # the state bucket, or a person, may need it
}
