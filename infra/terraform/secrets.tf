# Where keysets and credentials lie. Terraform makes them empty: a value that it knew would stand in its state.

locals {
  secrets = toset([
    "claim",
    "contact-private",
    "contact-public",
    "delivery-private",
    "delivery-public",
    "gmail",        # refresh token of the mailbox that sends; empty with keyless delegation
    "gmail-eraser", # the same for erasure; filled on the day on which erasure begins
    "index",
    "shipping-password",
    "survey-private",
    "survey-public",
  ])

  # What prepare makes: two halves for each purpose, and the two PRF keysets.
  keyset_secrets = setsubtract(local.secrets, ["gmail", "gmail-eraser", "shipping-password"])
}

# No version_destroy_ttl: what erase destroys is gone at once.
resource "google_secret_manager_secret" "campaign" {
  for_each = local.secrets

  project   = var.project_id
  secret_id = "${var.campaign}-${each.key}"

  replication {
    user_managed {
      replicas {
        location = local.tokyo
        customer_managed_encryption { kms_key_name = google_kms_crypto_key.cmek["secrets"].id }
      }
      replicas {
        location = local.osaka
        customer_managed_encryption { kms_key_name = google_kms_crypto_key.cmek["secrets-osaka"].id }
      }
    }
  }

  depends_on = [terraform_data.settled]
}
