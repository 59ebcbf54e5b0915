# All logs in one bucket in Tokyo, audit logs of every read and write among them. They hold nothing personal: functions
# write from a fixed set of fields, and audit logs name ids that are keyed values.

resource "google_logging_project_bucket_config" "all" {
  project          = var.project_id
  location         = local.tokyo
  bucket_id        = "prizedraw"
  description      = "All logs of the project, in Tokyo"
  retention_days   = var.log_retention_days
  locked           = var.lock_retention
  enable_analytics = true # the monthly look at the logs asks in SQL

  # A key of ours *and* SQL was refused once, and it is written nowhere that it is not any more.
  dynamic "cmek_settings" {
    for_each = var.log_key ? [google_kms_crypto_key.cmek["logging"].id] : []
    content { kms_key_name = cmek_settings.value }
  }

  depends_on = [terraform_data.settled]
}

# The sink that every project has, taken over, and led here without a filter. It would lead into a bucket in global. What
# `_Required` keeps besides lies where the folder says (org/logging.tf).
resource "google_logging_project_sink" "default" {
  project                = var.project_id
  name                   = "_Default"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.all.id}"
  unique_writer_identity = true
}

resource "google_project_iam_audit_config" "all" {
  project = var.project_id
  service = "allServices"

  dynamic "audit_log_config" {
    for_each = toset(["ADMIN_READ", "DATA_READ", "DATA_WRITE"])
    content { log_type = audit_log_config.value }
  }

  depends_on = [google_project_service.api]
}

# Who reads logs. All of them lie in a bucket of our own, which a viewer of logs does not see: views of it are granted by
# name. `logging.viewer` opens the pages, and what is in _Required.
locals {
  view = "projects/${var.project_id}/locations/${local.tokyo}/buckets/${google_logging_project_bucket_config.all.bucket_id}/views/_AllLogs"

  log_readers = { for name, group in {
    auditors = var.auditors_group
    infra    = var.infra_group
    lead     = var.lead_group
  } : name => "group:${group}" if group != null }
}

resource "google_project_iam_member" "log_views" {
  for_each = local.log_readers

  project = var.project_id
  role    = "roles/logging.viewAccessor"
  member  = each.value

  condition {
    title      = "all logs"
    expression = "resource.name == \"${local.view}\""
  }
}

resource "google_project_iam_member" "log_pages" {
  for_each = local.log_readers

  project    = var.project_id
  role       = "roles/logging.viewer"
  member     = each.value
  depends_on = [google_project_service.api]
}

# What one log line of a function is worth, for alerts and the dashboard; the fields are those of logs.py.
resource "google_logging_metric" "events" {
  project     = var.project_id
  name        = "prizedraw_events"
  description = "What the functions logged, by step and event"
  filter      = "resource.type=\"cloud_run_revision\" AND jsonPayload.step:* AND jsonPayload.event:*"
  label_extractors = {
    step  = "EXTRACT(jsonPayload.step)"
    event = "EXTRACT(jsonPayload.event)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels { key = "step" }
    labels { key = "event" }
  }

  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "received" {
  project     = var.project_id
  name        = "prizedraw_received"
  description = "Pulls of intake that brought new or changed responses"
  filter      = "resource.type=\"cloud_run_revision\" AND jsonPayload.step=\"intake\" AND jsonPayload.event=\"done\" AND jsonPayload.counts.\"新しい・変わった応募\">0"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }

  depends_on = [google_project_service.api]
}

# The monthly look at the logs: whoever is named in the checklist runs these in Log Analytics and files the result.
locals {
  log_table = "`${var.project_id}.${local.tokyo}.${google_logging_project_bucket_config.all.bucket_id}._AllLogs`"
  last_days = "timestamp > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 31 DAY)"

  reviews = {
    accesses = {
      title = "月次点検1：だれが何を読み書きしたか"
      sql   = <<-SQL
        SELECT
          proto_payload.audit_log.authentication_info.principal_email AS who,
          proto_payload.audit_log.service_name AS service,
          proto_payload.audit_log.method_name AS method,
          COUNT(*) AS times, MIN(timestamp) AS first, MAX(timestamp) AS last
        FROM ${local.log_table}
        WHERE ${local.last_days} AND log_id = "cloudaudit.googleapis.com/data_access"
        GROUP BY who, service, method
        ORDER BY who, service, method
      SQL
    }
    changes = {
      title = "月次点検2：だれが何の設定を変えたか"
      sql   = <<-SQL
        SELECT
          timestamp,
          proto_payload.audit_log.authentication_info.principal_email AS who,
          proto_payload.audit_log.method_name AS method,
          proto_payload.audit_log.resource_name AS what
        FROM ${local.log_table}
        WHERE ${local.last_days} AND log_id = "cloudaudit.googleapis.com/activity"
        ORDER BY timestamp
      SQL
    }
    refusals = {
      title = "月次点検3：何が拒まれたか"
      sql   = <<-SQL
        SELECT
          proto_payload.audit_log.authentication_info.principal_email AS who,
          proto_payload.audit_log.method_name AS method,
          proto_payload.audit_log.resource_name AS what,
          COUNT(*) AS times, MAX(timestamp) AS last
        FROM ${local.log_table}
        WHERE ${local.last_days} AND proto_payload.audit_log.status.code IN (7, 16)
        GROUP BY who, method, what
        ORDER BY times DESC
      SQL
    }
  }
}

resource "google_logging_saved_query" "review" {
  for_each = local.reviews

  parent       = "projects/${var.project_id}"
  location     = local.tokyo
  name         = "review-${each.key}"
  display_name = each.value.title
  visibility   = "SHARED"
  ops_analytics_query { sql_query_text = each.value.sql }
  depends_on = [google_project_service.api]
}
