# What the variables refuse, and what follows from them and from the campaign file; no cloud is called.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project_id      = "example-draw"
  project_number  = "123456789012"
  campaign        = "shinjuku-rally-2026"
  operators_group = "draw-operators@example.jp"
  deployer        = "serviceAccount:terraform@example-seed.iam.gserviceaccount.com"
  alert_emails    = ["draw-alerts@example.jp"]
  settle_seconds  = 0
}

run "by_the_mailbox_itself_its_token_is_read_and_nobody_signs" {
  command = plan

  assert {
    condition     = timecmp(timeadd("2026-03-27T00:00:00+09:00", google_firestore_backup_schedule.daily["sealed"].retention), "2026-03-31T00:00:00+09:00") <= 0
    error_message = "a backup of the day on which erasure begins would outlive the period"
  }

  assert {
    condition     = contains(keys(google_secret_manager_secret_iam_member.notify_reads), "gmail")
    error_message = "notify must read the mailbox's token"
  }
  assert {
    condition     = length(google_service_account_iam_member.notify_signs) == 0
    error_message = "nobody needs to sign"
  }
}

run "operators_fetch_what_they_press_with_by_one_line_and_nothing_else_beside_it" {
  command = plan

  assert {
    condition     = output.press == "gcloud config set project example-draw && gcloud storage cp gs://example-draw-sources/press/${filesha256(".build/press.py")}.py press && python3 press"
    error_message = "the line does not fetch the file that is named by its hash"
  }
  assert {
    condition     = google_storage_bucket_object.press.name == "press/${filesha256(".build/press.py")}.py"
    error_message = "another file lies there"
  }
  assert {
    condition     = google_storage_bucket_iam_member.operators_press.member == "group:draw-operators@example.jp"
    error_message = "somebody else may fetch it"
  }
  assert {
    condition     = google_storage_bucket_iam_member.operators_press.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/example-draw-sources/objects/press/\")"
    error_message = "the archives of the functions may be fetched too"
  }
  assert {
    condition     = contains(keys(output.console), "notify")
    error_message = "the console has no link to notify"
  }
}

run "by_delegation_notify_signs_and_reads_no_token" {
  command = plan

  variables {
    mail_sender    = "draw@example.jp"
    backups        = false
    past_campaigns = ["older-rally-2025"]
  }

  assert {
    condition     = length(google_firestore_backup_schedule.daily) == 0
    error_message = "a schedule for backups is left"
  }
  assert {
    condition     = google_kms_crypto_key.evidence["older-rally-2025"].purpose == "ASYMMETRIC_SIGN"
    error_message = "the evidence key of a past campaign went"
  }
  assert {
    condition     = google_storage_bucket.kept["older-rally-2025-published"].force_destroy == false
    error_message = "the published files of a past campaign went"
  }
  assert {
    condition     = google_storage_bucket.claims.name == "example-draw-shinjuku-rally-2026-claims"
    error_message = "only the campaign that is served has a claims bucket"
  }

  assert {
    condition     = !contains(keys(google_secret_manager_secret_iam_member.notify_reads), "gmail")
    error_message = "there is no token to read"
  }
  assert {
    condition     = length(google_service_account_iam_member.notify_signs) == 1
    error_message = "notify must sign as itself"
  }
}

run "by_default_what_google_may_refuse_is_left_out" {
  command = plan

  assert {
    condition     = length(google_logging_project_bucket_config.all.cmek_settings) == 0 && google_logging_project_bucket_config.all.enable_analytics
    error_message = "a bucket that SQL can be asked of may not take a key of ours"
  }
  assert {
    condition     = length(google_firestore_field.nothing_indexed) == 0
    error_message = "__default__/* has been refused"
  }
  assert {
    condition     = contains(keys(google_project_service_identity.agent), "eventarc.googleapis.com")
    error_message = "Google names Eventarc's agent among those that need the functions' key"
  }
  assert {
    condition     = length(google_project_iam_member.log_views) == 0 && length(google_project_iam_member_remove.creator) == 0
    error_message = "nobody was named"
  }
  assert {
    condition     = google_monitoring_alert_policy.nothing_received.conditions[0].condition_prometheus_query_language[0].disable_metric_validation
    error_message = "the metric has never been written when the alert is made"
  }
}

run "switched_the_other_way_it_is_as_asked" {
  command = plan

  variables {
    log_key         = true
    index_nothing   = true
    eventarc_agent  = false
    deployer        = "group:deployers@example.jp"
    appliers        = ["somebody@example.jp"]
    project_creator = "user:somebody@example.jp"
    lead_group      = "lead@example.jp"
    billing_account = "012345-6789AB-CDEF01"
    budget_currency = "USD"
  }

  assert {
    condition     = length(google_logging_project_bucket_config.all.cmek_settings) == 1
    error_message = "log_key did nothing"
  }
  assert {
    condition     = length(google_firestore_field.nothing_indexed) == 2
    error_message = "index_nothing did nothing"
  }
  assert {
    condition     = !contains(keys(google_project_service.api), "eventarc.googleapis.com") && !contains(keys(google_kms_crypto_key_iam_member.cmek), "artifacts-eventarc")
    error_message = "eventarc_agent did nothing"
  }
  assert {
    condition     = google_project_iam_member_remove.creator[0].role == "roles/owner"
    error_message = "who made the project stays its owner"
  }
  assert {
    condition     = length(google_project_iam_member.log_views) == 1 && contains(keys(google_project_iam_member.log_views), "lead")
    error_message = "the lead must read logs, and nobody else"
  }
  assert {
    condition     = google_billing_budget.month[0].amount[0].specified_amount[0].currency_code == "USD"
    error_message = "a budget in another currency than the account's is refused"
  }
}

run "a_group_deploys_only_with_its_members_named" {
  command = plan

  variables {
    deployer = "group:deployers@example.jp"
  }

  expect_failures = [var.appliers]
}

run "who_deploys_cannot_take_its_own_ownership_away" {
  command = plan

  variables {
    project_creator = "serviceAccount:terraform@example-seed.iam.gserviceaccount.com"
    appliers        = ["user:somebody@example.jp"]
    past_campaigns  = ["shinjuku-rally-2026"]
  }

  expect_failures = [var.project_creator, var.appliers, var.past_campaigns]
}

run "names_are_measured_together" {
  command = plan

  variables {
    project_id     = "an-example-of-a-very-long-id12"
    past_campaigns = ["spring-rally-in-museums-2025"]
  }

  expect_failures = [var.past_campaigns]
}

run "what_cannot_be_meant_is_refused" {
  command = plan

  variables {
    project_id               = "Example"
    project_number           = "example-draw"
    operators_group          = "group:draw-operators@example.jp"
    deployer                 = "user:terraform@example.jp"
    lead_group               = "group:lead@example.jp"
    auditors_group           = "auditors"
    infra_group              = "infra"
    budget_currency          = "yen"
    monthly_budget           = 0
    alert_emails             = []
    mail_sender              = "somebody"
    drand_relays             = ["http://api.drand.sh"]
    log_retention_days       = 30
    published_retention_days = 1
    settle_seconds           = -1
  }

  expect_failures = [
    var.project_id,
    var.project_number,
    var.operators_group,
    var.deployer,
    var.lead_group,
    var.auditors_group,
    var.infra_group,
    var.budget_currency,
    var.monthly_budget,
    var.alert_emails,
    var.mail_sender,
    var.drand_relays,
    var.log_retention_days,
    var.published_retention_days,
    var.settle_seconds,
  ]
}

run "a_campaign_without_a_file_is_refused" {
  command = plan

  variables {
    campaign = "no-such-rally-2026"
  }

  expect_failures = [var.campaign]
}
