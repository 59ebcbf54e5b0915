output "code_hash" {
  description = "SHA-256 of the archives' manifest: what the commitment names as the code that draws."
  value       = local.code_hash
}

output "share_the_form_with" {
  description = "Accounts to add to the form's sharing as editors; the last one on the day on which erasure begins."
  value = [
    google_service_account.prepare.email,
    google_service_account.intake.email,
    google_service_account.erase.email,
  ]
}

output "delegate_to" {
  description = "With keyless delegation: client ids and scopes for the Admin console; the last one when erasure begins."
  value = var.mail_sender == "me" ? {} : {
    notify = {
      client_id = google_service_account.notify.unique_id
      scopes    = "https://www.googleapis.com/auth/gmail.compose,https://www.googleapis.com/auth/gmail.readonly"
    }
    erase = {
      client_id = google_service_account.erase.unique_id
      scopes    = "https://mail.google.com/"
    }
  }
}

output "fill_by_hand" {
  description = "Secrets whose value a person adds, without keyless delegation."
  value       = var.mail_sender == "me" ? [for name in ["gmail", "gmail-eraser"] : google_secret_manager_secret.campaign[name].secret_id] : []
}

output "console" {
  description = "What operators keep as bookmarks."
  value = merge(
    {
      for step in ["prepare", "freeze", "draw", "notify", "forfeit", "ship", "analyse", "erase", "status"] :
      step => "https://console.cloud.google.com/functions/details/${local.tokyo}/${step}?env=gen2&tab=testing&project=${var.project_id}"
    },
    {
      for bucket in [google_storage_bucket.claims.name, google_storage_bucket.exports.name, local.published, local.reports] :
      bucket => "https://console.cloud.google.com/storage/browser/${bucket}?project=${var.project_id}"
    },
  )
}

output "press" {
  description = "The one line that operators paste into Cloud Shell: it fetches what they press with, and shows the status."
  value       = "gcloud config set project ${var.project_id} && gcloud storage cp gs://${google_storage_bucket_object.press.bucket}/${google_storage_bucket_object.press.name} press && python3 press"
}

output "logging_account" {
  description = "Logging's account that uses log_key: org/ lets it through the perimeter."
  value       = data.google_logging_project_cmek_settings.agent.service_account_id
}

output "schedules" {
  description = "When what runs by itself (cron, Asia/Tokyo)."
  value       = local.cron
}

output "backups_expire_after_days" {
  description = "So that they are gone before the handling period ends."
  value       = local.backup_days
}
