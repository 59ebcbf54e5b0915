# What follows from the campaign file: times, names, schedules. Nothing about a campaign is written twice.

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

  # The days on which a schedule runs. A cron line knows no years, so it also names these days of other years: a step
  # that is called when nothing is due says so and does nothing.
  from = {
    intake  = timeadd(local.moment.opens_at, "-24h")
    freeze  = local.moment.closes_at
    draw    = local.moment.draw_at
    notify  = timeadd(local.moment.opens_at, "-720h") # the ward gets the rules before opening, soon after prepare
    forfeit = local.moment.draw_at
    analyse = local.moment.draw_at
    erase   = local.moment.draw_at
  }
  to = {
    intake  = timeadd(local.moment.draw_at, "168h") # once after the freeze, to end its watch
    freeze  = timeadd(local.moment.closes_at, "144h")
    draw    = timeadd(local.moment.draw_at, "144h") # a late freeze puts the draw off by whole days
    notify  = local.day.ends
    forfeit = local.day.ends
    analyse = local.day.ends
    erase   = timeadd(local.day.ends, "1440h") # until nothing can be restored any more, mail included
  }
  days   = { for step, from in local.from : step => [for n in range(366) : timeadd(from, "${24 * n}h") if timecmp(timeadd(from, "${24 * n}h"), local.to[step]) <= 0] }
  dates  = { for step, days in local.days : step => join(",", distinct([for day in days : formatdate("D", day)])) }
  months = { for step, days in local.days : step => join(",", distinct([for day in days : formatdate("M", day)])) }

  # All in Asia/Tokyo. `draw` begins five minutes after its time, when the round of drand is there.
  cron = {
    intake  = "*/10 * * ${local.months.intake} *"
    freeze  = "20 * ${local.dates.freeze} ${local.months.freeze} *"
    draw    = "${formatdate("m", timeadd(local.moment.draw_at, "5m"))} * ${local.dates.draw} ${local.months.draw} *"
    notify  = "30 * * ${local.months.notify} *" # at night too: the ward's mails wait for no hour, people's do
    forfeit = "0 8 * ${local.months.forfeit} *"
    analyse = "0 7 * ${local.months.analyse} *"
    erase   = "0 6 * ${local.months.erase} *"
  }

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
