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

run "before_the_project_exists_there_is_no_perimeter" {
  command = plan

  assert {
    condition     = length(google_access_context_manager_service_perimeter.draw) == 0
    error_message = "the perimeter needs the project's number"
  }
  assert {
    condition     = google_logging_folder_settings.japan.storage_location == "asia-northeast1"
    error_message = "logs must lie in Tokyo"
  }
}

run "with_the_project_the_perimeter_is_a_dry_run" {
  command = plan

  variables {
    access_policy  = "345678901234"
    project_number = "456789012345"
  }

  assert {
    condition     = google_access_context_manager_service_perimeter.draw[0].use_explicit_dry_run_spec
    error_message = "it must begin as a dry run"
  }
  assert {
    condition     = length(google_access_context_manager_service_perimeter.draw[0].status) == 0
    error_message = "nothing may be refused yet"
  }
}

run "other_services_are_logged_before_they_are_refused" {
  command = plan

  assert {
    condition     = length(google_org_policy_policy.service_usage.spec) == 0 && length(google_org_policy_policy.service_usage.dry_run_spec) == 1
    error_message = "the service list begins as a dry run"
  }
}

run "other_services_are_refused_when_asked" {
  command = plan

  variables {
    enforce_service_usage = true
  }

  assert {
    condition     = length(google_org_policy_policy.service_usage.spec) == 1
    error_message = "enforce_service_usage did nothing"
  }
}

run "a_folder_is_a_number" {
  command = plan

  variables {
    folder_id = "folders/234567890123"
  }

  expect_failures = [var.folder_id]
}

run "a_project_without_an_access_policy_is_refused" {
  command = plan

  variables {
    project_number = "456789012345"
  }

  expect_failures = [var.project_number]
}

run "the_deployer_says_what_it_is" {
  command = plan

  variables {
    deployer = "terraform@example-seed.iam.gserviceaccount.com"
  }

  expect_failures = [var.deployer]
}

run "the_group_is_an_address" {
  command = plan

  variables {
    operators_group = "group:draw-operators@example.jp"
  }

  expect_failures = [var.operators_group]
}
