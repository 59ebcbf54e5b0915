# What follows from the campaign file: times and names; its schedules are in schedules.tf. Nothing about a campaign is written twice.

locals {
  tokyo = "asia-northeast1"
  osaka = "asia-northeast2" # second copies, where a service keeps them

  campaign = yamldecode(file("${path.module}/campaigns/${var.campaign}.yaml"))
  is_drand = local.campaign.randomness.kind == "drand"

  # The file says 2026-02-03T10:00+09:00 and 2026-03-31; Terraform's functions and IAM's want seconds, and times.
  moment = { for name in ["opens_at", "closes_at", "draw_at"] : name => replace(local.campaign[name], "+", ":00+") }
  day = {
    for name, date in {
      erase_from = local.campaign.erase_from
      ship_by    = local.campaign.ship_by
      ends       = local.campaign.handling.ends
    } : name => "${date}T00:00:00+09:00"
  }

  # A backup taken on the day on which erasure begins expires on the last day of the handling period, or before.
  backup_days = max(1, length([
    for n in range(1, 8) : n if timecmp(timeadd(local.day.erase_from, "${24 * (n + 1)}h"), local.day.ends) <= 0
  ]))

  operators = "group:${var.operators_group}"

  environment = {
    CAMPAIGN             = var.campaign
    GOOGLE_CLOUD_PROJECT = var.project_id
    LOCATION             = local.tokyo
    SCHEDULER_ACCOUNT    = google_service_account.scheduler.email
  }

  # Conditions of grants. A grant on a database is a grant on the project that holds for one database.
  in_sealed = {
    title      = "sealed"
    expression = "resource.name == \"projects/${var.project_id}/databases/${google_firestore_database.sealed.name}\""
  }
  in_state = {
    title      = "state"
    expression = "resource.name == \"projects/${var.project_id}/databases/${google_firestore_database.state.name}\""
  }
  until_opening = {
    title      = "until opening"
    expression = "request.time < timestamp(\"${local.moment.opens_at}\")"
  }
}
