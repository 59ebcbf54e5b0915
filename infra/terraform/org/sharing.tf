# Who may be granted anything in the folder: this organisation, the one account that announces form responses, and
# Google's service agents of the project.
#
# That account belongs to no customer directory, so the legacy list of domains can never name it, and grants to it fail
# with "do not belong to a permitted customer". The managed constraint can name it, and is logged before it is enforced:
# whether the organisation's principal set covers Google's agents is written nowhere, so they are named one by one. The
# legacy one is opened on this folder only; until the managed one is enforced, the breach alert is what watches grants.

locals {
  forms_account = "serviceAccount:forms-notifications@system.gserviceaccount.com"

  # Those that the project root grants something, and those that Google makes and grants roles to by itself.
  agent_domains = [
    "compute-system",
    "container-analysis",
    "gcf-admin-robot",
    "gcp-sa-artifactregistry",
    "gcp-sa-cloudbuild",
    "gcp-sa-cloudscheduler",
    "gcp-sa-containerscanning",
    "gcp-sa-dns",
    "gcp-sa-eventarc",
    "gcp-sa-firestore",
    "gcp-sa-logging",
    "gcp-sa-monitoring-notification",
    "gcp-sa-pubsub",
    "gcp-sa-secretmanager",
    "gs-project-accounts",
    "serverless-robot-prod",
  ]
  google_agents = var.project_number == "" ? [] : concat(
    [for domain in local.agent_domains : "serviceAccount:service-${var.project_number}@${domain}.iam.gserviceaccount.com"],
    var.logging_account == "" ? [] : ["serviceAccount:${var.logging_account}"],
  )

  members = jsonencode({
    allowedMemberSubjects = sort(distinct(concat([local.forms_account], local.google_agents, tolist(var.extra_members))))
    allowedPrincipalSets  = ["//cloudresourcemanager.googleapis.com/${local.organisation}"]
  })
}

resource "google_org_policy_policy" "members" {
  name   = "${local.folder}/policies/iam.managed.allowedPolicyMembers"
  parent = local.folder

  dry_run_spec {
    rules {
      enforce    = "TRUE"
      parameters = local.members
    }
  }

  dynamic "spec" {
    for_each = var.enforce_members ? [true] : []
    content {
      rules {
        enforce    = "TRUE"
        parameters = local.members
      }
    }
  }

  depends_on = [google_project_service.seed]
}

resource "google_org_policy_policy" "member_domains" {
  name   = "${local.folder}/policies/iam.allowedPolicyMemberDomains"
  parent = local.folder

  spec {
    rules {
      allow_all = "TRUE"
    }
  }

  depends_on = [google_org_policy_policy.members]
}
