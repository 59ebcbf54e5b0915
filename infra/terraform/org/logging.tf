# Where the logs of new projects lie. It takes effect only on projects made afterwards, and _Required can never be moved
# again: apply this root before the project exists.
resource "google_logging_folder_settings" "japan" {
  folder           = var.folder_id
  storage_location = "asia-northeast1"
  depends_on       = [google_project_service.seed]
}

resource "google_essential_contacts_contact" "security" {
  parent                              = local.folder
  email                               = var.security_contact
  language_tag                        = "ja"
  notification_category_subscriptions = ["SECURITY", "SUSPENSION", "TECHNICAL"]
  depends_on                          = [google_project_service.seed]
}

# Findings of Security Command Center (intrusion detection is in its Premium tier), where the organisation has it.
resource "google_scc_v2_organization_notification_config" "findings" {
  count = var.findings_topic == "" ? 0 : 1

  config_id    = "prizedraw-findings"
  organization = var.org_id
  location     = "global"
  description  = "High and critical findings in the draw's folder"
  pubsub_topic = var.findings_topic

  streaming_config {
    filter = "state=\"ACTIVE\" AND NOT mute=\"MUTED\" AND (severity=\"HIGH\" OR severity=\"CRITICAL\")"
  }

  depends_on = [google_project_service.seed]
}
