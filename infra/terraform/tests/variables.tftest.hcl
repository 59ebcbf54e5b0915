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

run "what_cannot_be_meant_is_refused" {
  command = plan

  variables {
    project_id               = "Example"
    project_number           = "example-draw"
    past_campaigns           = ["shinjuku-rally-2026"]
    operators_group          = "group:draw-operators@example.jp"
    deployer                 = "terraform@example-seed.iam.gserviceaccount.com"
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
    var.past_campaigns,
    var.operators_group,
    var.deployer,
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
