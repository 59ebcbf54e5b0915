"""Hold the pages to what Google does that no plan shows: rows have sources, promises their logs, names fit."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import names, platform, taken
from infra.agents import BUILDS, rows
from infra.granted import READ, read, values_of
from infra.planned import Plan
from infra.platform_names import DOCS, LIMITS, NAMES
from infra.terraform import EXAMPLE, PROJECT, ROOT, Terraform
from infra.variants import TRIED, campaign_of, plan_from
from support.quick import in_turn, some_of

Copies = Callable[[Path], Terraform]
Plans = Callable[[str], dict[str, Any]]


_SOURCE = re.compile(r"https://[\w./#:+-]+|[\w.-]+/[\w.-]+ [\w./-]+")
SOURCES = {
    *platform.AGENT_SOURCES,
    *platform.PERIMETER_SOURCES,
    platform.OWNER_SOURCE,
    platform.DRY_RUN_SOURCE,
    platform.PUSH_SOURCE,
    *(row.source for row in platform.BUILDER),
    *(row.source for row in platform.ACTS),
    *(row.source for row in platform.FOREVER),
    *(log.source for log in platform.LOGS.values()),
    *(f"{DOCS}/{name.source}" for name in NAMES),
    *(f"{DOCS}/{limit.source}" for limit in LIMITS),
}


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_every_row_says_where_it_is_from(source: str) -> None:
    assert _SOURCE.fullmatch(source)


def test_the_checklist_promises_only_logs_that_are_taken() -> None:
    text = (ROOT / "docs" / "checklist.ja.md").read_text(encoding="utf-8")
    assert list(taken.broken_promises(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "ファイアウォールは、許す先だけを開け、すべて記録します。",
        "ファイアウォールのログを月に一度分析します。",
        "通信量の記録を取ります。",
    ],
)
def test_a_promise_of_a_log_that_does_not_exist_is_seen(text: str) -> None:
    words = "、".join(log.word for log in platform.LOGS.values() if log.taken)
    assert list(taken.broken_promises(f"{words}。")) == []
    assert list(taken.broken_promises(f"{words}。{text}"))


def test_a_log_that_is_taken_and_not_named_is_seen() -> None:
    assert list(taken.broken_promises("監査ログを取ります。")) == [
        "要求の記録 is not named",
        "名前解決（DNS）の記録 is not named",
        "出口（NAT）の接続の記録 is not named",
    ]


def test_builds_read_what_google_copies_the_archives_to_and_nothing_else(plan_of: Plans) -> None:
    held = {row[:2] + row[3:] for row in rows(plan_from(plan_of("drand"))) if row[2] == BUILDS}
    assert held == {
        ("repository asia-northeast1/functions", "roles/artifactregistry.writer", "-"),
        ("project", "roles/logging.logWriter", "-"),
        (
            "project",
            "roles/storage.objectViewer",
            'resource.name.startsWith("projects/_/buckets/gcf-v2-sources-{number}-asia-northeast1")',
        ),
    }


@pytest.mark.parametrize("variant", TRIED)
def test_the_table_of_grants_can_be_filled_in(plan_of: Plans, variant: str) -> None:
    """A real project is held against it: every name in braces has a value, and no line has a `?`."""
    plan = plan_from(plan_of(variant), variant)
    values = values_of(plan) | {"logging_agent": "service-1@gcp-sa-logging.iam.gserviceaccount.com"}
    for line in read(plan):
        assert line.count(" | ") == 3
        assert "{" not in line.format_map(values)
    assert "?" not in READ.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ("drand", "terraform@seed-project"),
        pytest.param("switched", "terraform@example.jp", marks=in_turn("a plan of every variant")),
    ],
)
def test_breach_does_not_fire_for_who_applies(plan_of: Plans, variant: str, told: str) -> None:
    plan = plan_from(plan_of(variant), variant)
    [breach] = [p for p in plan.of("monitoring_alert_policy") if p.values["display_name"] == "breach"]
    told_of = breach.values["conditions"][0]["condition_matched_log"][0]["filter"]
    spared = re.search(r'AND NOT protoPayload\.authenticationInfo\.principalEmail=\((".+")\)', told_of)
    assert spared
    assert told in spared[1]
    assert "group" not in spared[1]


LONG, FIRST = "a-project-with-the-longest-id1", "autumn-rally-in-museums"
REFUSED = {
    "together": ("-var=project_id=a-project-with-the-longest-id12", "-var=campaign=autumn-rally-in-museums"),
    "reserved": ("-var=campaign=google-rally-2026",),
    "begins": ("-var=campaign=googie-rally-2026",),
    "past": ("-var=project_id=a-project-with-the-longest-id1", '-var=past_campaigns=["spring-rally-in-all-museums"]'),
}
"""Names that pass one by one, and come to names that a service refuses."""


@pytest.fixture(scope="module")
def bare(copy_of: Copies) -> Terraform:
    """Return a copy whose variables refuse nothing, with a campaign for each name that is tried."""
    copy = copy_of(PROJECT)
    page = copy.folder / "variables.tf"
    text = re.sub(r"  validation \{\n.*?\n  \}\n", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")
    _campaigns(copy)
    return copy


@pytest.fixture(scope="module")
def whole(copy_of: Copies) -> Terraform:
    """Return a copy as it is, with the same campaigns."""
    copy = copy_of(PROJECT)
    _campaigns(copy)
    return copy


@in_turn("names that services refuse")
@pytest.mark.parametrize("what", some_of(REFUSED, 4))
def test_a_name_that_a_service_refuses_is_refused_before(whole: Terraform, bare: Terraform, what: str) -> None:
    """And with the validation gone, the check on names finds it in the plan."""
    arguments = ("plan", "-input=false", "-no-color", f"-var-file={EXAMPLE}", *REFUSED[what])
    done = whole.run(*arguments, demand=False)
    assert done.returncode == 1
    assert "Invalid value for variable" in done.stderr
    plan = Plan(bare.plan(*REFUSED[what]), {}, campaign_of("drand"))
    refused = ("google_storage_bucket", "google_pubsub_topic")
    assert [fault for fault in names.names(plan) if fault.startswith(refused)]


@in_turn("names that services refuse")
def test_the_longest_names_that_pass_are_taken(whole: Terraform) -> None:
    campaign = "autumn-rally-in-museum"
    assert len(LONG) == 30
    assert len(LONG) + len(campaign) == 52
    plan = plan_from(whole.plan(f"-var=project_id={LONG}", f"-var=campaign={campaign}"))
    assert [*names.names(plan), *names.limits(plan)] == []
    assert max(len(bucket.values["name"]) for bucket in plan.of("storage_bucket")) == 63


def _campaigns(copy: Terraform) -> None:
    example = (copy.folder / "campaigns" / "shinjuku-rally-2026.yaml").read_text(encoding="utf-8")
    tried = ["google-rally-2026", "googie-rally-2026", FIRST, FIRST[:-1]]
    for name in tried:
        (copy.folder / "campaigns" / f"{name}.yaml").write_text(example, encoding="utf-8")


def _stored() -> Iterator[tuple[str, str, str]]:
    """Yield collection, field and type of everything that a record stores, as the code declares it."""
    for page in (ROOT / "shared" / "prizedraw").rglob("*.py"):
        for record in ast.walk(ast.parse(page.read_text(encoding="utf-8"))):
            if isinstance(record, ast.ClassDef):
                fields = {ast.unparse(f.target): f for f in record.body if isinstance(f, ast.AnnAssign)}
                collection = fields.get("COLLECTION")
                if collection and isinstance(collection.value, ast.Constant):
                    for name, field in fields.items():
                        yield str(collection.value.value), name, ast.unparse(field.annotation)


def test_what_is_sealed_and_every_list_is_not_indexed(plan_of: Plans) -> None:
    """Of an entry the candidate's fields stand by themselves; of a ledger row they are one map."""
    stored = list(_stored())
    large = {(kind, name) for kind, name, type_ in stored if re.match(r"bytes|tuple\[|list\[|Candidate \| None", type_)}
    entries = {("entries", name) for name in ("contact", "survey", "prizes")}
    plan = plan_from(plan_of("drand"))
    unindexed = {
        (field.values["collection"], field.values["field"])
        for field in plan.of("firestore_field")
        if not field.block_of("index_config").get("indexes")
    }
    assert ("entries", "candidate") in {(kind, name) for kind, name, _ in stored}
    assert large | entries == unindexed
