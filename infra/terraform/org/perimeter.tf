# VPC Service Controls around the project, in dry run: what it would refuse is logged, nothing is refused. Move `spec` to
# `status` when that log has been empty through one rehearsal in the real project (README, "The perimeter").
#
# Forms and Gmail are no services of VPC Service Controls: the perimeter neither sees nor hinders them. So there is no
# vpc_accessible_services here, which could only name services that it knows.

locals {
  has_perimeter = var.project_number != ""
  policy        = "accessPolicies/${var.access_policy}"
  inside        = "projects/${var.project_number}"
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
}

resource "google_access_context_manager_service_perimeter" "draw" {
  count = local.has_perimeter ? 1 : 0

  parent                    = local.policy
  name                      = "${local.policy}/servicePerimeters/prizedraw"
  title                     = "prizedraw"
  description               = "The draw's project and what it keeps"
  perimeter_type            = "PERIMETER_TYPE_REGULAR"
  use_explicit_dry_run_spec = true

  spec {
    resources = [local.inside]
    restricted_services = [
      "artifactregistry.googleapis.com",
      "cloudfunctions.googleapis.com",
      "cloudkms.googleapis.com",
      "firestore.googleapis.com",
      "logging.googleapis.com",
      "pubsub.googleapis.com",
      "run.googleapis.com",
      "secretmanager.googleapis.com",
      "storage.googleapis.com",
    ]

    # Whether Google admits this account as an identity of an ingress rule is documented nowhere: the dry run tells. If it
    # is refused, take pubsub.googleapis.com out of the list above; a notification holds no answers.
    ingress_policies {
      title = "Notifications of the form"
      ingress_from {
        identities = [local.forms_account]
        sources {
          access_level = "*"
        }
      }
      ingress_to {
        resources = [local.inside]
        operations {
          service_name = "pubsub.googleapis.com"
          method_selectors {
            method = "Publisher.Publish"
          }
        }
      }
    }

    # Without it Terraform locks itself out.
    ingress_policies {
      title = "Who applies, and who operates, from Japan"
      ingress_from {
        identities = [var.deployer, "group:${var.operators_group}"]
        sources {
          access_level = google_access_context_manager_access_level.japan[0].name
        }
      }
      ingress_to {
        resources = [local.inside]
        operations {
          service_name = "*"
        }
      }
    }
  }
}
