"""A project that is well is told to be well; each fault by its row; what may not be seen never breaks the look."""

import json
import re
from dataclasses import replace
from datetime import datetime

import pytest

from examination import rows
from examination.__main__ import CHECKS, NO_PROJECT_EN, PAGES, case_of, examine
from examination.calls import CALLS
from examination.case import Case
from examination.gcloud import NO_NETWORK, NOT_BORROWED, NOT_SIGNED_IN, Answer, Look, NotUsable
from examination.grants import CALLS_BY_KIND, by_hand, parts_of
from examination.project import BASIC
from support.quick import some_of
from unit.scripts.doctor.answers import Project, copy_of, is_of
from unit.scripts.doctor.faults import FAULTS, Fault
from unit.scripts.doctor.recorded import NOW, ORG_TFVARS, TFVARS, project_of

BY_HAND = PAGES / "by_hand"
DENIED = Answer(
    1,
    err="ERROR: (gcloud.kms.keys.list) PERMISSION_DENIED: Permission 'cloudkms.cryptoKeys.list' denied on resource "
    "(or it may not exist). This command is authenticated as infra@example.jp",
)
QUOTA = Answer(1, err="ERROR: (gcloud.x) RESOURCE_EXHAUSTED: Quota exceeded for quota metric 'Read requests'")
API_OFF = Answer(
    1,
    err="ERROR: (gcloud.x) PERMISSION_DENIED: Cloud KMS API has not been used in project 123456789012 before or it is "
    "disabled. Enable it by visiting https://console.developers.google.com/apis/api/cloudkms.googleapis.com/overview",
)
PERIMETER = Answer(
    1, err="ERROR: 403 Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x"
)
CRASHED = Answer(1, err="ERROR: gcloud crashed (AttributeError): 'NoneType' object has no attribute 'name'")
REFUSALS = {
    "quota": (QUOTA, "a minute's wait"),
    "API off": (API_OFF, "gcloud services enable cloudkms.googleapis.com"),
    "perimeter": (PERIMETER, "the perimeter's access level"),
    "crashed": (CRASHED, "gcloud components update"),
}
ODD = {
    "no JSON": "Listed 0 items.",
    "a broken end": '[{"name": "x"',
    "a text": '"x"',
    "a number": "7",
    "odd rows": '[{"x": 1}, 2]',
}
EMPTY = {"nothing": "", "null": "null", "an empty list": "[]", "an empty map": "{}", "a row of nothing": "[{}]"}
LOOKS = [name for name in CALLS if name not in ("signed-in", "project", "access-policies", "budgets")]
"""Calls without which the rest is still examined; the two last are made only in other set-ups."""


@pytest.fixture(scope="module")
def well() -> Project:
    return project_of()


@pytest.fixture(scope="module")
def known(well: Project) -> Case:
    return case_of(well, TFVARS, ORG_TFVARS, NOW)


def looked(known: Case, project: Project, now: datetime = NOW) -> list[rows.Row]:
    """Examine a project; what is demanded was read before."""
    return examine(replace(known, look=Look(project, known.project, known.look.seed), now=now))


def wrong_rows(found: list[rows.Row]) -> list[rows.Row]:
    return [row for row in found if row.state is rows.State.WRONG]


def test_a_project_that_is_well_is_told_to_be_well(known: Case, well: Project) -> None:
    project = copy_of(well)
    found = looked(known, project)
    assert [row for row in found if row.state is not rows.State.OK] == []
    assert {row.check for row in found} == set(CHECKS)
    assert rows.status(found) == 0
    assert set(project.replies) == set(project.asked), "each reply is asked for"
    assert len(project.asked) == len(set(project.asked)), "each once"


def test_faults_are_many_and_touch_every_check() -> None:
    assert len(FAULTS) >= 25
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert {fault.check for fault in FAULTS} == set(CHECKS) - {"perimeter"}, "the perimeter has tests of its own"


@pytest.mark.parametrize("fault", some_of(FAULTS, 3, kind=lambda fault: fault.check), ids=lambda fault: fault.name)
def test_a_fault_is_told_by_its_row_with_what_mends_it(fault: Fault, known: Case, well: Project) -> None:
    project = copy_of(well)
    fault.spoil(project)
    now = datetime.fromisoformat(f"{fault.on}T12:00:00+09:00")
    found = looked(known, project, now)
    told = [row for row in wrong_rows(found) if row.check == fault.check and fault.said in row.en]
    assert told, f"nothing says {fault.said!r} among {[row.en for row in wrong_rows(found)]}"
    assert fault.mend in told[0].command
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", told[0].ja)
    assert rows.status(found) == 1


@pytest.mark.parametrize("name", some_of(LOOKS, 4))
def test_what_is_denied_could_not_be_seen(name: str, known: Case, well: Project) -> None:
    project = copy_of(well)
    project.refuse(name, DENIED)
    assert project.refusals, f"{name} is never asked"
    found = looked(known, project)
    hidden = [row for row in found if row.state is rows.State.UNSEEN]
    assert wrong_rows(found) == []
    if name == "log-agent":  # Google's name for it is known; without it nothing is hidden.
        assert hidden == []
        return
    assert any(CALLS[name].role in row.needs for row in hidden)
    assert rows.status(found) == 2


@pytest.mark.parametrize("how", REFUSALS)
@pytest.mark.parametrize("name", ["keys", "bucket-grants", "log", "policy"])
def test_what_is_refused_for_another_reason_says_what_it_needs(name: str, how: str, known: Case, well: Project) -> None:
    project = copy_of(well)
    project.refuse(name, REFUSALS[how][0])
    found = looked(known, project)
    hidden = [row for row in found if row.state is rows.State.UNSEEN]
    assert wrong_rows(found) == []
    assert any(REFUSALS[how][1] in row.needs for row in hidden)


@pytest.mark.parametrize("name", some_of(LOOKS, 4))
def test_odd_replies_never_break_the_look(name: str, known: Case, well: Project) -> None:
    for text in ('[{"x": 1}, 2]', "[]"):
        project = copy_of(well)
        project.refuse(name, Answer(0, text))
        assert looked(known, project)


@pytest.mark.parametrize("text", [*ODD.values(), *EMPTY.values()], ids=[*ODD, *EMPTY])
def test_odd_replies_to_everything_never_break_the_look(text: str, known: Case, well: Project) -> None:
    project = copy_of(well)
    for name in LOOKS:
        project.refuse(name, Answer(0, text))
    found = looked(known, project)
    assert {row.check for row in found} == set(CHECKS)
    assert rows.status(found) != 0


@pytest.mark.parametrize(
    ("err", "why"),
    [
        ("ERROR: (gcloud.x) You do not currently have an active account selected.", NOT_SIGNED_IN),
        (
            "ERROR: (gcloud.x) There was a problem refreshing your current auth tokens: ('invalid_grant: Bad Request')",
            NOT_SIGNED_IN,
        ),
        (
            "ERROR: (gcloud.x) PERMISSION_DENIED: Failed to impersonate [terraform@seed.iam.gserviceaccount.com].",
            NOT_BORROWED,
        ),
        ("Reauthentication failed. cannot prompt during non-interactive execution.", NOT_SIGNED_IN),
        (
            "ERROR: gcloud crashed (ConnectionError): HTTPSConnectionPool: Max retries exceeded (NameResolutionError)",
            NO_NETWORK,
        ),
    ],
)
def test_without_account_or_network_nothing_is_examined(err: str, why: NotUsable, known: Case, well: Project) -> None:
    for name in ("project", "keys"):
        project = copy_of(well)
        project.refuse(name, Answer(1, err=err))
        with pytest.raises(NotUsable) as raised:
            looked(known, project)
        assert raised.value is why


def test_nobody_is_signed_in(known: Case, well: Project) -> None:
    project = copy_of(well)
    project.reply("signed-in").clear()
    with pytest.raises(NotUsable) as raised:
        looked(known, project)
    assert raised.value is NOT_SIGNED_IN


def test_no_such_project(known: Case, well: Project) -> None:
    project = copy_of(well)
    project.refuse("project", DENIED)
    with pytest.raises(NotUsable) as raised:
        looked(known, project)
    assert raised.value.en == NO_PROJECT_EN.format("shinjuku-rally", "infra@example.jp")
    assert "shinjuku-rally" in raised.value.ja


def test_whatever_is_run_is_of_the_list(known: Case, well: Project) -> None:
    project = copy_of(well)
    looked(known, project)
    for asked in project.asked:
        assert asked[-2:] == ("--format=json", "--quiet")
        assert any(is_of(name, asked) for name in CALLS)


def test_before_opening_nothing_of_the_campaign_is_missed(known: Case, well: Project) -> None:
    project = copy_of(well)
    for key, reply in project.replies.items():
        if is_of("secret-versions", key) or is_of("log", key):
            reply.clear()
    found = looked(known, project, datetime.fromisoformat("2026-01-20T12:00:00+09:00"))
    assert wrong_rows(found) == []
    assert {row.check for row in found if row.state is rows.State.UNSEEN} == {"form", "mailbox"}


def test_before_prepare_a_tick_that_breaks_is_no_fault_of_the_form(known: Case, well: Project) -> None:
    project = copy_of(well)
    for key, reply in project.replies.items():
        if is_of("log", key) and reply[0]["jsonPayload"]["step"] == "intake":
            reply[0]["jsonPayload"] = {"event": "broken", "step": "intake", "code": "E-301"}
    form = [row for row in looked(known, project) if row.check == "form"]
    assert [row.state for row in form] == [rows.State.UNSEEN]


def test_grants_that_people_make_may_stand(known: Case, well: Project) -> None:
    project = copy_of(well)
    stands = by_hand(known)
    assert len(stands) >= 40
    for grant in stands:
        kind, parts = parts_of(known, grant.on)
        bindings = project.reply(CALLS_BY_KIND[kind][0], **parts)["bindings"]
        bindings.append({"members": [grant.member], "role": grant.role})
    assert wrong_rows(looked(known, project)) == []


def test_no_grant_that_people_make_reaches_what_is_kept(known: Case) -> None:
    roles = {grant.role for grant in by_hand(known)}
    assert not roles & {*BASIC}
    reads = re.compile(
        r"roles/(datastore\.(user|viewer|owner)|storage\.admin|secretmanager\.(admin|secretAccessor)"
        r"|pubsub\.(admin|editor|subscriber|publisher)|run\.(admin|invoker|developer)"
        r"|cloudfunctions\.(admin|developer|invoker)|cloudkms\.(crypto|signer))"
    )
    assert [role for role in roles if reads.match(role)] == []
    assert {grant.on for grant in by_hand(known) if grant.role.startswith("roles/storage.object")} == {
        "bucket shinjuku-rally-sources"
    }
    for page in ("deployer", "examiner"):
        text = (BY_HAND / f"{page}.yaml").read_text(encoding="utf-8")
        permissions = re.findall(r"(?m)^  - (\S+)$", text)
        assert permissions == sorted(set(permissions))
        assert not re.search(r"entities|versions\.access|objects\.|\.consume|\.publish|\.invoke|\.call$", text)


def test_after_erasure_destroyed_keys_are_well(known: Case, well: Project) -> None:
    project = copy_of(well)
    for key, reply in project.replies.items():
        name = next((part.removeprefix("--key=") for part in key if part.startswith("--key=")), "")
        if is_of("key-versions", key) and name.startswith("shinjuku-rally-2026-") and not name.endswith("-evidence"):
            reply[0]["state"] = "DESTROYED"
        if is_of("secret-versions", key):
            for version in reply:
                version["state"] = "DESTROYED"
    found = looked(known, project, datetime.fromisoformat("2026-04-10T12:00:00+09:00"))
    assert [row for row in wrong_rows(found) if row.check in ("keys", "secrets")] == []


@pytest.mark.parametrize("lang", ["ja", "en", "both"])
def test_rows_are_printed_in_both_languages_or_one(lang: str) -> None:
    found = [
        rows.ok("keys", "鍵は正常です。", "Keys are well."),
        rows.wrong("keys", "鍵がありません。", "A key is not there.", "scripts/deploy"),
        rows.unseen("apis", "見る権限がありません。", "No permission.", "roles/cloudkms.viewer on the project"),
    ]
    text = rows.text(found, {name: title for name, (title, _) in CHECKS.items()}, lang)
    assert ("Keys are well." in text) == (lang != "ja")
    assert ("鍵は正常です。" in text) == (lang != "en")
    assert "scripts/deploy" in text
    assert "roles/cloudkms.viewer on the project" in text
    assert rows.status(found) == 1
    assert rows.status(found[::2]) == 2
    assert json.loads(rows.as_json(found))[1]["state"] == "wrong"


def test_what_is_not_there_is_told_not_unseen(known: Case, well: Project) -> None:
    project = copy_of(well)
    project.refuse(
        "role", Answer(1, err="ERROR: (gcloud.iam.roles.describe) NOT_FOUND: The role named x was not found.")
    )
    told = wrong_rows(looked(known, project))
    assert {row.check for row in told} == {"roles"}
    assert any(row.command.startswith("gcloud iam roles create prizedrawExaminer") for row in told)


def test_the_readme_shows_what_is_printed(known: Case, well: Project) -> None:
    project = copy_of(well)
    project.row("schedules", "intake", location="asia-northeast1")["state"] = "PAUSED"
    titles = {name: title for name, (title, _) in CHECKS.items()}
    printed = rows.text([row for row in looked(known, project) if row.check == "schedules"], titles, "both")
    readme = (PAGES / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(スケジュール.*?)\n```", readme, re.DOTALL)
    assert len(shown) == 1
    assert printed.startswith(shown[0])
