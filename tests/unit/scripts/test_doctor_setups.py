"""Other set-ups than the example's: no backups, a token instead of delegation, a budget, a perimeter, no org root."""

import re
from pathlib import Path
from typing import Any

import pytest

from examination import rows
from examination.__main__ import case_of, examine
from unit.scripts.doctor.answers import Project
from unit.scripts.doctor.recorded import NOW, ORG_TFVARS, TFVARS, project_of


def wrong_rows(found: list[rows.Row]) -> list[rows.Row]:
    return [row for row in found if row.state is rows.State.WRONG]


def with_variables(tmp_path: Path, text: str, org: str = "") -> tuple[Path, Path]:
    """Return files of variables that begin like the examples."""
    tfvars, org_tfvars = tmp_path / "terraform.tfvars", tmp_path / "org.tfvars"
    tfvars.write_text(TFVARS.read_text(encoding="utf-8") + text, encoding="utf-8")
    lines = ORG_TFVARS.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not org or line.split()[:1] != org.split()[:1]]
    org_tfvars.write_text("\n".join([*kept, org, ""]), encoding="utf-8")
    return tfvars, org_tfvars


def examined(tfvars: Path, org_tfvars: Path | None, spoil: Any = None) -> list[rows.Row]:
    project = project_of(lambda run: case_of(run, tfvars, org_tfvars, NOW))
    if spoil:
        spoil(project)
    return examine(case_of(project, tfvars, org_tfvars, NOW))


def test_a_project_without_backups_is_told_of_those_that_go_on(tmp_path: Path) -> None:
    tfvars, org = with_variables(tmp_path, "\nbackups = false\n")

    def none(project: Project) -> None:
        for name in ("sealed", "state"):
            project.replies[project.key("backup-schedules", database=name)] = []

    def one(project: Project) -> None:
        none(project)
        row = {
            "name": "projects/shinjuku-rally/databases/state/backupSchedules/77",
            "retention": "259200s",
            "dailyRecurrence": {},
        }
        project.reply("backup-schedules", database="state").append(row)

    assert wrong_rows(examined(tfvars, org, none)) == []
    told = wrong_rows(examined(tfvars, org, one))
    assert [row.check for row in told] == ["databases"]
    assert "gcloud firestore backups schedules delete --database=state --backup-schedule=77" in told[0].command


def test_a_mailbox_with_a_token_needs_the_token(tmp_path: Path) -> None:
    tfvars, org = with_variables(tmp_path, "")
    tfvars.write_text(re.sub(r"(?m)^mail_sender.*$", "", tfvars.read_text(encoding="utf-8")), encoding="utf-8")
    told = wrong_rows(examined(tfvars, org))
    assert [(row.check, "gmail" in row.command) for row in told] == [("mailbox", True)]

    def filled(project: Project) -> None:
        version = {"name": "projects/123456789012/secrets/shinjuku-rally-2026-gmail/versions/1", "state": "ENABLED"}
        project.reply("secret-versions", secret="shinjuku-rally-2026-gmail").append(version)

    assert wrong_rows(examined(tfvars, org, filled)) == []


def test_a_budget_that_is_demanded_is_looked_for(tmp_path: Path) -> None:
    tfvars, org = with_variables(tmp_path, '\nbilling_account = "012345-6789AB-CDEF01"\n')

    def budgets(*names: str) -> Any:
        def add(project: Project) -> None:
            rows = [{"displayName": name, "name": "billingAccounts/012345-6789AB-CDEF01/budgets/1"} for name in names]
            project.replies[project.key("budgets", account="012345-6789AB-CDEF01")] = rows

        return add

    assert wrong_rows(examined(tfvars, org, budgets("prizedraw shinjuku-rally"))) == []
    assert [row.check for row in wrong_rows(examined(tfvars, org, budgets("another")))] == ["alerts"]


def test_destroyed_keys_of_a_past_campaign_are_well(tmp_path: Path) -> None:
    past = "shinjuku-rally-2026-spring"  # begins like the id of the campaign that is served
    tfvars, org = with_variables(tmp_path, f'\npast_campaigns = ["{past}"]\n')

    def destroyed(project: Project) -> None:
        for keyset in ("claim", "contact", "delivery", "index", "survey"):
            versions = project.reply(
                "key-versions", location="asia-northeast1", ring="prizedraw", key=f"{past}-{keyset}"
            )
            versions[0]["state"] = "DESTROYED"

    assert wrong_rows(examined(tfvars, org, destroyed)) == []

    def evidence_gone(project: Project) -> None:
        destroyed(project)
        at = {"location": "asia-northeast1", "ring": "prizedraw", "key": f"{past}-evidence"}
        project.reply("key-versions", **at)[0]["state"] = "DESTROY_SCHEDULED"

    told = wrong_rows(examined(tfvars, org, evidence_gone))
    assert [row.check for row in told] == ["keys"]
    assert f"gcloud kms keys versions restore 1 --key={past}-evidence" in told[0].command


PERIMETER_ROW = {
    "name": "accessPolicies/345678901234/servicePerimeters/prizedraw",
    "spec": {"resources": ["projects/123456789012"]},
    "useExplicitDryRunSpec": True,
}


@pytest.mark.parametrize(
    ("found", "state", "said"),
    [
        ([], rows.State.WRONG, "does not enclose"),
        ([PERIMETER_ROW], rows.State.OK, "in dry run"),
        ([{**PERIMETER_ROW, "status": PERIMETER_ROW["spec"]}], rows.State.OK, "enforced"),
        ([{**PERIMETER_ROW, "spec": {"resources": ["projects/1"]}}], rows.State.WRONG, "does not enclose"),
    ],
)
def test_the_perimeter_is_none_tried_or_enforced(tmp_path: Path, found: Any, state: rows.State, said: str) -> None:
    tfvars, org = with_variables(tmp_path, "", 'project_number = "123456789012"')

    def lay(project: Project) -> None:
        project.replies[project.key("perimeters", policy="345678901234")] = found

    row = next(row for row in examined(tfvars, org, lay) if row.check == "perimeter")
    assert (row.state, said in row.en) == (state, True)
    assert state is rows.State.OK or row.command == "terraform -chdir=infra/terraform/org apply"


def without_org(project: Project, perimeters: list[Any]) -> None:
    project.replies[project.key("access-policies", organisation="123456789012")] = [
        {"name": "accessPolicies/345678901234", "parent": "organizations/123456789012"}
    ]
    project.replies[project.key("perimeters", policy="345678901234")] = perimeters


def test_without_the_variables_of_the_org_root_a_perimeter_is_looked_for() -> None:
    enforced = [{**PERIMETER_ROW, "status": PERIMETER_ROW["spec"]}]
    found = examined(TFVARS, None, lambda project: without_org(project, enforced))
    assert wrong_rows(found) == []
    assert {row.check for row in found if row.state is rows.State.UNSEEN} >= {"perimeter"}
    found = examined(TFVARS, None, lambda project: without_org(project, []))
    assert [row.state for row in found if row.check == "perimeter"] == [rows.State.OK]
