"""Run real Terraform on both roots: format, validity, its own tests, an apply that pretends, pages that are spoilt."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.checks import faults
from infra.organisation import ORG_CHECKS
from infra.planned import Plan, written_in
from infra.terraform import EXAMPLE, ORG, PROJECT, Terraform, error_in
from infra.variants import ORG_VARIANTS, campaign_of, org_plan_from
from support.quick import in_turn, some_of

ROOTS = pytest.mark.parametrize("root", [PROJECT, ORG], ids=["project", "org"])
Copies = Callable[[Path], Terraform]
Plans = Callable[[str], dict[str, Any]]


@ROOTS
def test_pages_are_formatted(unspoilt: Copies, root: Path) -> None:
    done = unspoilt(root).run("fmt", "-check", "-recursive", "-diff", str(root), demand=False)
    assert done.returncode == 0, done.stdout


@ROOTS
def test_roots_are_valid(unspoilt: Copies, root: Path) -> None:
    assert "The configuration is valid" in unspoilt(root).run("validate", "-no-color").stdout


@in_turn("the variables of Terraform's roots")
@ROOTS
def test_variables_refuse_what_they_must(unspoilt: Copies, root: Path) -> None:
    done = unspoilt(root).run("test", "-no-color")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", done.stdout)


@in_turn("an apply")
@ROOTS
def test_what_was_applied_is_not_planned_again(copy_of: Copies, root: Path) -> None:
    """Apply with a provider that only pretends; with a real one this would make things, so it is asked for by name."""
    if os.environ.get("PRETEND_APPLY") != "1":
        pytest.skip("NOT TESTED: PRETEND_APPLY=1 is for a provider that calls nobody")
    copy = copy_of(root)
    copy.run(
        "apply", "-input=false", "-no-color", "-auto-approve", f"-var-file={EXAMPLE}", "-var=settle_seconds=0"
    ) if (root == PROJECT) else copy.run("apply", "-input=false", "-no-color", "-auto-approve", f"-var-file={EXAMPLE}")
    again = copy.run("plan", "-input=false", "-no-color", "-detailed-exitcode", f"-var-file={EXAMPLE}", demand=False)
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr[-1000:]


@pytest.mark.parametrize("variant", ORG_VARIANTS)
@pytest.mark.parametrize("name", ORG_CHECKS)
def test_the_organisation_is_as_designed(plan_of: Plans, variant: str, name: str) -> None:
    assert list(ORG_CHECKS[name](org_plan_from(plan_of(variant)))) == []


UNLISTED = {
    *("drive", "forms", "gmail"),
    *("billingbudgets", "cloudresourcemanager", "iam", "iamcredentials", "serviceusage"),
}
"""
Services that the constraint does not know, Workspace's and essential ones, and so never refuses:
https://docs.cloud.google.com/organization-policy/restrict-service-usage-supported-services
"""


def test_policies_leave_the_project_the_services_that_it_enables(plan_of: Plans) -> None:
    org, project = org_plan_from(plan_of("org")), plan_of("drand")
    usage = next(p for p in org.of("org_policy_policy") if p.values["name"].endswith("gcp.restrictServiceUsage"))
    listed = set(usage.values["dry_run_spec"][0]["rules"][0]["values"][0]["allowed_values"])
    plan = Plan(project, {}, campaign_of("drand"))
    enabled = {service.values["service"] for service in plan.of("project_service")}
    assert {name.removesuffix(".googleapis.com") for name in enabled - listed} == UNLISTED
    assert listed <= enabled


SPOILT: dict[str, tuple[tuple[str, str, str], ...]] = {
    "places": (("campaign.tf", 'tokyo = "asia-northeast1"', 'tokyo = "us-central1"'),),
    "powers": (
        ("function_prepare.tf", "cryptoKeyEncrypter", "cryptoKeyEncrypterDecrypter"),
        ("function_status.tf", "local.in_state.expression", "local.in_sealed.expression"),
        ("iam_roles.tf", '"secretmanager.versions.list",', '"secretmanager.versions.access",'),
    ),
    "functions": (
        ("function_claim.tf", "ALLOW_INTERNAL_ONLY", "ALLOW_ALL"),
        ("function_draw.tf", "google_service_account.draw.email", "google_service_account.erase.email"),
        ("function_ship.tf", "local.closed", "local.relays"),
        ("function_status.tf", "PUBLISHED_BUCKET = local.published", 'PUBLISHED_BUCKET = local.published, A = "b"'),
        ("modules/function/main.tf", '"Asia/Tokyo"', '"Etc/UTC"'),
        ("modules/function/outputs.tf", "service_config[0].uri", "url"),
    ),
    "stores": (
        ("kms.tf", '"HSM"', '"SOFTWARE"'),
        ("kms.tf", "lifecycle { prevent_destroy = true }", ""),
        ("firestore.tf", "lifecycle { prevent_destroy = true }", ""),
        ("pubsub.tf", "depends_on = [terraform_data.settled]", ""),
        ("alerts.tf", "playbooks/dead-letters.md", "playbooks/nothing.md"),
    ),
    "platform": (
        ("accounts.tf", "google_service_account.notify.name", "google_service_account.erase.name"),
        ("accounts.tf", 'push_claim.name, agent = "pubsub', 'push_claim.name, agent = "cloudscheduler'),
        ("accounts.tf", "gcf-v2-sources-${var.project_number}", "gcf-v2-sources-"),
        ("apis.tf", '"roles/cloudscheduler.serviceAgent"', "null"),
        ("apis.tf", "    google_project_iam_member.builder_sources,\n", ""),
        ("kms.tf", 'agent["run.googleapis.com"]', 'agent["pubsub.googleapis.com"]'),
        ("kms.tf", "member = local.storage_agent", "member = local.logging_agent"),
        ("apis.tf", '    "billingbudgets.googleapis.com",\n', ""),
        ("network.tf", 'action          = "deny"', 'action          = "deny"\n  enable_logging  = true'),
        ("alerts.tf", "disable_metric_validation = true", ""),
    ),
}
"""Mistakes on the pages, by what they bear on: page, what stands there, what is written instead."""

FOUND = {
    "places": ["us-central1"],
    "powers": [
        "prepare: cloudkms.cryptoKeyVersions.useToDecrypt",
        "status: datastore.entities.get on database sealed",
        "prepare: secretmanager.versions.access",
    ],
    "functions": [
        *("ingress ALLOW_ALL", "runs as fn-erase@", "in the network local.relays", "['A',", "in Etc/UTC"),
        "pushes to an address that a perimeter refuses",
    ],
    "stores": [
        "not in an HSM",
        'google_kms_crypto_key.evidence["shinjuku-rally-2026"]: may be destroyed',
        "google_firestore_database.sealed: may be destroyed",
        "may be made before its service",
        "has no playbook",
    ],
    "platform": [
        "read, and absent: account fn-notify | roles/iam.serviceAccountUser",
        "read, and absent: account push-claim | roles/iam.serviceAccountOpenIdTokenCreator",
        'builds hold roles/storage.objectViewer on project, resource.name.startsWith("projects/_/buckets/gcf-v2-'
        'sources--asia-northeast1")',
        "made without roles/cloudscheduler.serviceAgent",
        "no function waits until its builder may read the sources",
        "cryptoKeyEncrypterDecrypter | serviceAccount:service-{number}@serverless-robot-prod",
        "gs-project-accounts.iam.gserviceaccount.com",
        "API billingbudgets is not enabled",
        "asks for a log that is never taken of functions",
        "refused on the first apply",
    ],
}
"""What must then be said, one word a mistake."""


@in_turn("a spoilt page of Terraform's")
@pytest.mark.parametrize("what", some_of(SPOILT, len(SPOILT)))
def test_a_spoilt_page_is_found(copy_of: Copies, what: str) -> None:
    copy = copy_of(PROJECT)
    for name, old, new in SPOILT[what]:
        page = copy.folder / name
        text = page.read_text(encoding="utf-8")
        assert old in text, f"{name} has changed: spoil something else"
        page.write_text(text.replace(old, new), encoding="utf-8")
    said = "\n".join(faults(Plan(copy.plan(), written_in(copy.folder), campaign_of("drand"))))
    assert len(FOUND[what]) == len(SPOILT[what])
    assert [word for word in FOUND[what] if word not in said] == []


def test_why_terraform_cannot_be_run_is_told_in_one_line() -> None:
    """What follows differs from process to process, and would be counted as many reasons."""
    said = "Initializing…\n\nError: Failed to query available provider packages\n\nCould not retrieve the list of …\n"
    assert error_in(said) == "Failed to query available provider packages"
    assert error_in("killed\n") == "killed"
