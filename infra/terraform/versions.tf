terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    google      = { source = "hashicorp/google", version = "~> 8.7" }
    google-beta = { source = "hashicorp/google-beta", version = "~> 8.7" }
  }

  backend "gcs" {} # terraform init -backend-config=project.gcs.tfbackend; the bucket lies in Tokyo, outside this project
}

provider "google" {
  project               = var.project_id
  region                = local.tokyo
  user_project_override = true
  billing_project       = var.project_id
  default_labels        = { system = "prizedraw" }
}

# google_project_service_identity is in google-beta alone.
provider "google-beta" {
  project               = var.project_id
  region                = local.tokyo
  user_project_override = true
  billing_project       = var.project_id
}
