# What the variables refuse, and what follows from them; no cloud is called.

mock_provider "google" {}

variables {
  org_id           = "123456789012"
  folder_id        = "234567890123"
  seed_project     = "example-seed"
  deployer         = "serviceAccount:terraform@example-seed.iam.gserviceaccount.com"
  operators_group  = "draw-operators@example.jp"
  security_contact = "security@example.jp"
}

run "before_the_project_exists_nothing_is_refused_but_by_policy" {
  command = plan

  assert {
    condition     = length(google_access_context_manager_service_perimeter.draw) == 0
    error_message = "the perimeter needs the project's number"
  }
  assert {
    condition     = google_logging_folder_settings.japan.storage_location == "asia-northeast1"
    error_message = "logs must lie in Tokyo"
  }
  assert {
    condition     = length(google_org_policy_policy.service_usage.spec) == 0 && length(google_org_policy_policy.service_usage.dry_run_spec) == 1
    error_message = "the service list begins as a dry run"
  }
}

run "with_the_project_the_perimeter_is_a_dry_run_and_services_are_refused_when_asked" {
  command = plan

  variables {
    access_policy         = "345678901234"
    project_id            = "example-draw"
    project_number        = "456789012345"
    enforce_service_usage = true
  }

  assert {
    condition     = google_access_context_manager_service_perimeter.draw[0].use_explicit_dry_run_spec
    error_message = "it must begin as a dry run"
  }
  assert {
    condition     = length(google_access_context_manager_service_perimeter.draw[0].status) == 0
    error_message = "nothing may be refused yet"
  }
  assert {
    condition     = length(google_org_policy_policy.service_usage.spec) == 1
    error_message = "enforce_service_usage did nothing"
  }
}

run "enforced_nothing_is_in_dry_run_alone" {
  command = plan

  variables {
    access_policy     = "345678901234"
    project_id        = "example-draw"
    project_number    = "456789012345"
    enforce_managed   = true
    enforce_members   = true
    enforce_no_owner  = true
    enforce_perimeter = true
  }

  assert {
    condition     = length(google_access_context_manager_service_perimeter.draw[0].status) == 1 && length(google_access_context_manager_service_perimeter.draw[0].spec) == 0
    error_message = "enforce_perimeter did nothing"
  }
  assert {
    condition     = alltrue([for policy in google_org_policy_policy.managed : length(policy.spec) == 1])
    error_message = "enforce_managed did nothing"
  }
  assert {
    condition     = length(google_org_policy_policy.members.spec) == 1 && length(google_org_policy_policy.no_owner.spec) == 1
    error_message = "enforce_members or enforce_no_owner did nothing"
  }
  assert {
    condition     = anytrue([for rule in google_access_context_manager_service_perimeter.draw[0].status[0].ingress_policies : contains(rule.ingress_from[0].identities, "serviceAccount:builder@example-draw.iam.gserviceaccount.com")])
    error_message = "builds stand outside, and must be let in"
  }
}

run "a_number_alone_is_no_project" {
  command = plan

  variables {
    access_policy  = "345678901234"
    project_number = "456789012345"
  }

  expect_failures = [var.project_id]
}

run "what_cannot_be_meant_is_refused" {
  command = plan

  variables {
    org_id           = "organizations/123456789012"
    folder_id        = "folders/234567890123"
    seed_project     = "Seed"
    project_id       = "example-draw"
    project_number   = "456789012345" # without the access policy
    lead_group       = "lead"
    auditors_group   = "auditors"
    infra_group      = "infra"
    logging_account  = "cmek-p456789012345"
    extra_members    = ["everybody"]
    runner_ranges    = ["203.0.113.0"]
    deployer         = "user:terraform@example.jp"
    operators_group  = "group:draw-operators@example.jp"
    security_contact = "somebody"
    findings_topic   = "findings"
  }

  expect_failures = [
    var.org_id,
    var.folder_id,
    var.seed_project,
    var.project_number,
    var.lead_group,
    var.auditors_group,
    var.infra_group,
    var.logging_account,
    var.extra_members,
    var.runner_ranges,
    var.deployer,
    var.operators_group,
    var.security_contact,
    var.findings_topic,
  ]
}
