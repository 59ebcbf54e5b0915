# One function: its archive, the function, who may call it, and its schedule if it has one.

locals {
  archive = "${var.platform.build}/${var.step}.zip"
}

resource "google_storage_bucket_object" "archive" {
  bucket          = var.platform.sources
  name            = "${var.step}/${fileexists(local.archive) ? filesha256(local.archive) : "absent"}.zip" # another archive is another object
  source          = local.archive
  deletion_policy = "ABANDON" # stays as evidence of what ran

  lifecycle {
    precondition {
      condition     = fileexists(local.archive)
      error_message = "${local.archive} is absent. Build the archives first: scripts/build_archives.py (scripts/deploy does it)."
    }
  }
}

resource "google_cloudfunctions2_function" "this" {
  project      = var.platform.project
  location     = var.platform.location
  name         = var.step
  kms_key_name = var.platform.key

  build_config {
    runtime           = "python313"
    entry_point       = "main"
    docker_repository = var.platform.repository
    service_account   = var.platform.builder

    source {
      storage_source {
        bucket = google_storage_bucket_object.archive.bucket
        object = google_storage_bucket_object.archive.name
      }
    }

    on_deploy_update_policy {} # patches come with a deployment: nothing changes under a running campaign unseen
  }

  service_config {
    service_account_email            = var.account
    ingress_settings                 = var.ingress
    available_memory                 = var.memory
    available_cpu                    = "1"
    timeout_seconds                  = var.timeout
    min_instance_count               = 0
    max_instance_count               = 1
    max_instance_request_concurrency = 1
    all_traffic_on_latest_revision   = true
    environment_variables            = merge(var.environment, { TIMEOUT_SECONDS = var.timeout })

    direct_vpc_egress = "VPC_EGRESS_ALL_TRAFFIC"
    direct_vpc_network_interface {
      network    = var.network.network
      subnetwork = var.network.subnetwork
    }
  }
}

# On the service below the function. A function that is replaced is another service without grants.
resource "google_cloud_run_service_iam_member" "invoker" {
  for_each = var.invokers

  project  = var.platform.project
  location = var.platform.location
  service  = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value

  lifecycle { replace_triggered_by = [google_cloudfunctions2_function.this.id] }
}

resource "google_cloud_scheduler_job" "schedule" {
  count = var.schedule == null ? 0 : 1

  project          = var.platform.project
  region           = var.platform.location
  name             = var.step
  schedule         = var.schedule.cron
  time_zone        = "Asia/Tokyo"
  attempt_deadline = "${var.timeout + 60}s" # 30 minutes are the most

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "600s"
  }

  http_target {
    http_method = "POST"
    uri         = google_cloudfunctions2_function.this.service_config[0].uri # run.app: calls to it from this project count as internal
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")

    oidc_token {
      service_account_email = var.schedule.account
      audience              = google_cloudfunctions2_function.this.service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_service_iam_member.invoker]
}
