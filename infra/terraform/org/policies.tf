# What holds for everything in the folder, whatever is done in the project: where, how, and for whom.
# Names and values: https://docs.cloud.google.com/organization-policy/reference/org-policy-constraints
#
# Not here on purpose: run.allowedIngress and cloudfunctions.allowedIngressSettings. "Internal only" would lock the
# operators out of the functions that they press in the console; who may call is decided by IAM, which
# run.managed.requireInvokerIam makes impossible to switch off.

locals {
  folder       = "folders/${var.folder_id}"
  organisation = "organizations/${var.org_id}"

  enforced = toset([
    "cloudbuild.disableCreateDefaultServiceAccount",
    "compute.disableVpcExternalIpv6",
    "compute.skipDefaultNetworkCreation",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableAuditLoggingExemption",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "storage.publicAccessPrevention",
    "storage.secureHttpTransport",
    "storage.uniformBucketLevelAccess",
  ])

  # These can be logged before they are enforced, and are: see enforce_managed.
  managed = toset([
    "iam.managed.disableServiceAccountApiKeyCreation",
    "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts",
    "run.managed.requireInvokerIam",
  ])

  allowed = {
    "cloudfunctions.allowedVpcConnectorEgressSettings" = ["ALL_TRAFFIC"]
    "cloudfunctions.restrictAllowedGenerations"        = ["2ndGen"]
    "gcp.resourceLocations"                            = ["in:asia-northeast1-locations", "in:asia-northeast2-locations"]
    "gcp.restrictCmekCryptoKeyProjects"                = ["under:${local.folder}"]
    "iam.serviceAccountKeyExposureResponse"            = ["is:DISABLE_KEY"]
    "run.allowedVPCEgress"                             = ["all-traffic"]
  }

  denied = {
    "gcp.restrictTLSVersion"    = ["TLS_VERSION_1", "TLS_VERSION_1_1"]
    "storage.restrictAuthTypes" = ["in:ALL_HMAC_SIGNED_REQUESTS"]
    "gcp.restrictNonCmekServices" = [
      "artifactregistry.googleapis.com",
      "firestore.googleapis.com",
      "pubsub.googleapis.com",
      "secretmanager.googleapis.com",
      "storage.googleapis.com",
    ]
  }

  # Services that the project needs, among those that the constraint knows; essential ones cannot be listed:
  # https://docs.cloud.google.com/organization-policy/restrict-service-usage-supported-services
  services = [
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "containeranalysis.googleapis.com",
    "containerscanning.googleapis.com",
    "dns.googleapis.com",
    "eventarc.googleapis.com",
    "firestore.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ]
}

resource "google_org_policy_policy" "enforced" {
  for_each = local.enforced
  name     = "${local.folder}/policies/${each.value}"
  parent   = local.folder

  spec {
    rules {
      enforce = "TRUE" # a string, in capitals
    }
  }

  depends_on = [google_project_service.seed]
}

# In dry run what they would refuse is in the policy log of the project, and nothing is refused.
resource "google_org_policy_policy" "managed" {
  for_each = local.managed
  name     = "${local.folder}/policies/${each.value}"
  parent   = local.folder

  dry_run_spec {
    rules {
      enforce = "TRUE"
    }
  }

  dynamic "spec" {
    for_each = var.enforce_managed ? [true] : []
    content {
      rules {
        enforce = "TRUE"
      }
    }
  }

  depends_on = [google_project_service.seed]
}

resource "google_org_policy_policy" "allowed" {
  for_each = local.allowed
  name     = "${local.folder}/policies/${each.key}"
  parent   = local.folder

  spec {
    inherit_from_parent = false
    rules {
      values {
        allowed_values = each.value
      }
    }
  }

  depends_on = [google_project_service.seed]
}

resource "google_org_policy_policy" "denied" {
  for_each = local.denied
  name     = "${local.folder}/policies/${each.key}"
  parent   = local.folder

  spec {
    inherit_from_parent = false
    rules {
      values {
        denied_values = each.value
      }
    }
  }

  depends_on = [google_project_service.seed]
}

# Logged before it is enforced: whether it refuses something that Google's own agents need shows only in the dry run.
resource "google_org_policy_policy" "service_usage" {
  name   = "${local.folder}/policies/gcp.restrictServiceUsage"
  parent = local.folder

  dry_run_spec {
    inherit_from_parent = false
    rules {
      values {
        allowed_values = local.services
      }
    }
  }

  dynamic "spec" {
    for_each = var.enforce_service_usage ? [true] : []
    content {
      inherit_from_parent = false
      rules {
        values {
          allowed_values = local.services
        }
      }
    }
  }

  depends_on = [google_project_service.seed]
}

# Nobody owns the project once it stands: an owner could give himself every key. Google makes whoever makes a project its
# owner, and the deployer is one for the first apply, so this is enforced afterwards: see enforce_no_owner.
resource "google_org_policy_custom_constraint" "no_owner" {
  name           = "custom.prizedrawNoOwner"
  parent         = local.organisation
  display_name   = "No basic roles"
  description    = "Refuses an allow policy that grants owner or editor."
  action_type    = "DENY"
  condition      = "resource.bindings.exists(binding, RoleNameMatches(binding.role, ['roles/owner', 'roles/editor']))"
  method_types   = ["CREATE", "UPDATE"]
  resource_types = ["iam.googleapis.com/AllowPolicy"]
  depends_on     = [google_project_service.seed]
}

resource "google_org_policy_policy" "no_owner" {
  name   = "${local.folder}/policies/${google_org_policy_custom_constraint.no_owner.name}"
  parent = local.folder

  dry_run_spec {
    rules {
      enforce = "TRUE"
    }
  }

  dynamic "spec" {
    for_each = var.enforce_no_owner ? [true] : []
    content {
      rules {
        enforce = "TRUE"
      }
    }
  }
}

# Keys lie in hardware: what was destroyed there was nowhere else.
resource "google_org_policy_custom_constraint" "hardware_keys" {
  name           = "custom.prizedrawHardwareKeys"
  parent         = local.organisation
  display_name   = "Keys are HSM keys"
  description    = "Refuses a Cloud KMS key whose versions would not lie in an HSM."
  action_type    = "DENY"
  condition      = "resource.versionTemplate.protectionLevel != \"HSM\""
  method_types   = ["CREATE", "UPDATE"]
  resource_types = ["cloudkms.googleapis.com/CryptoKey"]
  depends_on     = [google_project_service.seed]
}

resource "google_org_policy_policy" "hardware_keys" {
  name   = "${local.folder}/policies/${google_org_policy_custom_constraint.hardware_keys.name}"
  parent = local.folder

  spec {
    rules {
      enforce = "TRUE"
    }
  }
}
