terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }

  # Its own state, in a bucket in Japan that exists before: terraform init -backend-config=org.gcs.tfbackend
  backend "gcs" {}
}

# The APIs of organisation policies and of Access Context Manager bill a project, though what they change is none.
provider "google" {
  user_project_override = true
  billing_project       = var.seed_project
}
