# VPC Service Controls around the project, in dry run first: what it would refuse is logged, nothing is refused. Enforce it
# (enforce_perimeter) when that log has been empty through one rehearsal *and one deployment*: a build that is refused
# shows only when something is built.
#
# Forms and Gmail are no services of VPC Service Controls: the perimeter neither sees nor hinders them. So there is no
# vpc_accessible_services here, which could only name services that it knows.

locals {
  has_perimeter = var.project_number != ""
  policy        = "accessPolicies/${var.access_policy}"
  inside        = "projects/${var.project_number}"

  restricted_services = concat(
    [
      "artifactregistry.googleapis.com",
      "cloudfunctions.googleapis.com",
      "cloudkms.googleapis.com",
      "firestore.googleapis.com",
      "logging.googleapis.com",
      "run.googleapis.com",
      "secretmanager.googleapis.com",
      "storage.googleapis.com",
    ],
    var.restrict_pubsub ? ["pubsub.googleapis.com"] : [],
  )

  # Who comes in from outside, from where, and to what.
  ingress = concat(
    [
      {
        title      = "Who applies, and who operates, from Japan" # without it Terraform locks itself out
        identities = [var.deployer, "group:${var.operators_group}"]
        levels     = google_access_context_manager_access_level.japan[*].name
        services   = ["*"]
        method     = ""
      },
      {
        title      = "Builds: their workers stand outside, whatever project they build for"
        identities = ["serviceAccount:builder@${var.project_id}.iam.gserviceaccount.com"]
        levels     = ["*"]
        services   = ["artifactregistry.googleapis.com", "logging.googleapis.com", "storage.googleapis.com"]
        method     = "*"
      },
    ],
    length(var.runner_ranges) == 0 ? [] : [{
      title      = "Who applies, from where its runners are"
      identities = [var.deployer]
      levels     = google_access_context_manager_access_level.runners[*].name
      services   = ["*"]
      method     = ""
    }],
    length(local.readers) == 0 ? [] : [{
      title      = "Who reads logs, from Japan"
      identities = local.readers
      levels     = google_access_context_manager_access_level.japan[*].name
      services   = ["logging.googleapis.com"]
      method     = "*"
    }],
    var.logging_account == "" ? [] : [{
      title      = "Logging uses the key of its bucket"
      identities = ["serviceAccount:${var.logging_account}"]
      levels     = ["*"]
      services   = ["cloudkms.googleapis.com"]
      method     = "*"
    }],
    # Whether Google admits this account as an identity of an ingress rule is documented nowhere, hence restrict_pubsub.
    !var.restrict_pubsub ? [] : [{
      title      = "Notifications of the form"
      identities = [local.forms_account]
      levels     = ["*"]
      services   = ["pubsub.googleapis.com"]
      method     = "Publisher.Publish"
    }],
  )
  readers = [for group in compact([var.auditors_group, var.infra_group, var.lead_group]) : "group:${group}"]
}

resource "google_access_context_manager_access_level" "japan" {
  count = local.has_perimeter ? 1 : 0

  parent      = local.policy
  name        = "${local.policy}/accessLevels/prizedraw_japan"
  title       = "prizedraw_japan"
  description = "Addresses in Japan"

  basic {
    conditions {
      regions = ["JP"]
    }
  }

  depends_on = [google_project_service.seed]
}

resource "google_access_context_manager_access_level" "runners" {
  count = local.has_perimeter && length(var.runner_ranges) > 0 ? 1 : 0

  parent      = local.policy
  name        = "${local.policy}/accessLevels/prizedraw_runners"
  title       = "prizedraw_runners"
  description = "Where Terraform runs, if not in Japan"

  basic {
    conditions {
      ip_subnetworks = var.runner_ranges
    }
  }

  depends_on = [google_project_service.seed]
}

resource "google_access_context_manager_service_perimeter" "draw" {
  count = local.has_perimeter ? 1 : 0

  parent                    = local.policy
  name                      = "${local.policy}/servicePerimeters/prizedraw"
  title                     = "prizedraw"
  description               = "The draw's project and what it keeps"
  perimeter_type            = "PERIMETER_TYPE_REGULAR"
  use_explicit_dry_run_spec = !var.enforce_perimeter

  dynamic "spec" {
    for_each = var.enforce_perimeter ? [] : [true]
    content {
      resources           = [local.inside]
      restricted_services = local.restricted_services

      dynamic "ingress_policies" {
        for_each = local.ingress
        content {
          title = ingress_policies.value.title
          ingress_from {
            identities = ingress_policies.value.identities
            dynamic "sources" {
              for_each = ingress_policies.value.levels
              content { access_level = sources.value }
            }
          }
          ingress_to {
            resources = [local.inside]
            dynamic "operations" {
              for_each = ingress_policies.value.services
              content {
                service_name = operations.value
                dynamic "method_selectors" {
                  for_each = ingress_policies.value.method == "" ? [] : [ingress_policies.value.method]
                  content { method = method_selectors.value }
                }
              }
            }
          }
        }
      }
    }
  }

  dynamic "status" {
    for_each = var.enforce_perimeter ? [true] : []
    content {
      resources           = [local.inside]
      restricted_services = local.restricted_services

      dynamic "ingress_policies" {
        for_each = local.ingress
        content {
          title = ingress_policies.value.title
          ingress_from {
            identities = ingress_policies.value.identities
            dynamic "sources" {
              for_each = ingress_policies.value.levels
              content { access_level = sources.value }
            }
          }
          ingress_to {
            resources = [local.inside]
            dynamic "operations" {
              for_each = ingress_policies.value.services
              content {
                service_name = operations.value
                dynamic "method_selectors" {
                  for_each = ingress_policies.value.method == "" ? [] : [ingress_policies.value.method]
                  content { method = method_selectors.value }
                }
              }
            }
          }
        }
      }
    }
  }
}
