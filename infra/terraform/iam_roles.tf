# Roles of our own, where Google's give more than a step uses. Each permission with the method that needs it.

resource "google_project_iam_custom_role" "keyset_adder" {
  project     = var.project_id
  role_id     = "prizedrawKeysetAdder"
  title       = "Add keysets, read none"
  description = "prepare. secretVersionAdder cannot tell whether a secret has a version."
  permissions = [
    "secretmanager.versions.add",  # AddSecretVersion
    "secretmanager.versions.list", # ListSecretVersions
  ]
  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "random_bytes" {
  project     = var.project_id
  role_id     = "prizedrawRandomBytes"
  title       = "Draw random bytes"
  description = "draw, when the campaign's randomness is hsm. Google has it in roles that use keys only."
  permissions = [
    "cloudkms.locations.generateRandomBytes", # GenerateRandomBytes
  ]
  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "object_eraser" {
  project     = var.project_id
  role_id     = "prizedrawObjectEraser"
  title       = "List and delete files, read none"
  description = "claim, ship, erase, and operators in the claims bucket. Google's roles with delete can read or write too."
  permissions = [
    "storage.objects.delete", # objects.delete
    "storage.objects.list",   # objects.list; without it what is not there is answered by 403
  ]
  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "secret_eraser" {
  project     = var.project_id
  role_id     = "prizedrawSecretEraser"
  title       = "Destroy versions of secrets, read and add none"
  description = "erase. secretVersionManager could also add one, and enable what is disabled."
  permissions = [
    "secretmanager.versions.destroy", # DestroySecretVersion
    "secretmanager.versions.get",     # GetSecretVersion
    "secretmanager.versions.list",    # ListSecretVersions
  ]
  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "key_eraser" {
  project     = var.project_id
  role_id     = "prizedrawKeyEraser"
  title       = "Disable and destroy versions of keys, use none"
  description = "erase. Google has it in cloudkms.admin only."
  permissions = [
    "cloudkms.cryptoKeyVersions.destroy", # DestroyCryptoKeyVersion
    "cloudkms.cryptoKeyVersions.get",     # GetCryptoKeyVersion
    "cloudkms.cryptoKeyVersions.list",    # ListCryptoKeyVersions
    "cloudkms.cryptoKeyVersions.update",  # UpdateCryptoKeyVersion, to disable
  ]
  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "self_signer" {
  project     = var.project_id
  role_id     = "prizedrawSelfSigner"
  title       = "Sign as oneself"
  description = "notify and erase, with keyless delegation. serviceAccountTokenCreator could also make access tokens."
  permissions = [
    "iam.serviceAccounts.signBlob", # IAM Credentials: signBlob
  ]
  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "store_lister" {
  project     = var.project_id
  role_id     = "prizedrawStoreLister"
  title       = "List databases, buckets and secrets, read none"
  description = "erase, to see what nobody declared. Google's viewers show far more."
  permissions = [
    "datastore.databases.list",   # ListDatabases
    "secretmanager.secrets.list", # ListSecrets
    "storage.buckets.list",       # buckets.list
  ]
  depends_on = [google_project_service.api]
}

locals {
  # Written out, since ids are unknown while planning.
  role = {
    key_eraser    = "projects/${var.project_id}/roles/${google_project_iam_custom_role.key_eraser.role_id}"
    keyset_adder  = "projects/${var.project_id}/roles/${google_project_iam_custom_role.keyset_adder.role_id}"
    object_eraser = "projects/${var.project_id}/roles/${google_project_iam_custom_role.object_eraser.role_id}"
    random_bytes  = "projects/${var.project_id}/roles/${google_project_iam_custom_role.random_bytes.role_id}"
    secret_eraser = "projects/${var.project_id}/roles/${google_project_iam_custom_role.secret_eraser.role_id}"
    self_signer   = "projects/${var.project_id}/roles/${google_project_iam_custom_role.self_signer.role_id}"
    store_lister  = "projects/${var.project_id}/roles/${google_project_iam_custom_role.store_lister.role_id}"
  }
}
