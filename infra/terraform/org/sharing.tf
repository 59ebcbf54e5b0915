# Who may be granted anything in the folder: this organisation, and the one account that announces form responses.
#
# That account belongs to no customer directory, so the legacy list of domains can never name it, and grants to it fail
# with "do not belong to a permitted customer". The managed constraint can name it: enforce that one first, then open the
# legacy one, on this folder only.

locals {
  forms_account = "serviceAccount:forms-notifications@system.gserviceaccount.com"
}

resource "google_org_policy_policy" "members" {
  name   = "${local.folder}/policies/iam.managed.allowedPolicyMembers"
  parent = local.folder

  spec {
    rules {
      enforce = "TRUE"
      parameters = jsonencode({
        allowedMemberSubjects = [local.forms_account]
        allowedPrincipalSets  = ["//cloudresourcemanager.googleapis.com/${local.organisation}"]
      })
    }
  }
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
