output "uri" {
  description = "The run.app address, at which push and schedule count as internal."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}

output "name" {
  description = "The function's name."
  value       = google_cloudfunctions2_function.this.name
}
