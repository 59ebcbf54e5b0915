"""
Hold what `scripts/doctor` demands against Terraform's own plan: it reads the same pages with a reader of its own.

Each resource, each argument that both know: what the doctor calls well is what is applied.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from examination import campaign_file
from examination.addresses import AGENTS
from examination.expressions import Unknown, said
from examination.terraform_root import Resource, Root
from infra.planned import Plan, leaves
from infra.terraform import ORG, PROJECT
from infra.variants import ORG_VARIANTS, TRIED, VARIANTS, add_campaigns, org_plan_from, plan_from

Plans = Callable[[str], dict[str, Any]]
_NOT_OF_THE_PLAN = {"depends_on", "for_each", "count", "provider", "lifecycle", "provisioner", "triggers_replace"}
_LEFT_TO_THE_PLAN = {"source", "content"}
"""Paths of files in the folder in which a plan was made."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the pages with the campaign files of the variants beside them."""
    folder = tmp_path_factory.mktemp("pages") / "terraform"
    folder.mkdir()
    for path in PROJECT.iterdir():
        if path.name not in ("campaigns", ".terraform", ".build"):
            (folder / path.name).symlink_to(path)
    (folder / "campaigns").mkdir()
    for path in (PROJECT / "campaigns").iterdir():
        (folder / "campaigns" / path.name).symlink_to(path)
    add_campaigns(folder)
    return folder


def root_of(pages: Path, arguments: tuple[str, ...]) -> Root:
    """Read the pages with the arguments that a variant gives Terraform."""
    files, given = [pages / "terraform.tfvars.example"], {}
    for argument in arguments:
        flag, _, rest = argument.partition("=")
        if flag == "-var-file":
            files.append(pages / rest)
        else:
            name, _, value = rest.partition("=")
            given[name] = json.loads(value) if value in ("true", "false") or value.startswith("[") else value
    return Root.of(pages, *files, also=given)


def differences(read: Root, plan: Plan) -> Iterator[str]:
    """Yield where the reader and the plan differ: in resources, or in what both know of one."""
    ours = {one.address: one for one in read.resources() if one.type != "terraform_data"}
    theirs = {one.address: one for one in plan.resources if one.type != "terraform_data"}
    yield from (f"only the doctor reads {address}" for address in sorted(ours.keys() - theirs))
    yield from (f"the doctor does not read {address}" for address in sorted(theirs.keys() - ours))
    for address in sorted(ours.keys() & theirs):
        yield from _values(ours[address], theirs[address].values)


def _values(one: Resource, planned: Mapping[str, Any]) -> Iterator[str]:
    names = {*one.block.attributes, *(block.kind for block in one.block.blocks)} - _NOT_OF_THE_PLAN
    names = names - {"dynamic"} | {block.labels[0] for block in one.block.blocks if block.kind == "dynamic"}
    for name in sorted(names - (_LEFT_TO_THE_PLAN if one.type == "google_storage_bucket_object" else set())):
        if all(value is None for _, value in leaves(planned.get(name))):
            continue  # only known after the apply
        try:
            ours = one.get(name) if name in one.block.attributes else one.blocks(name)
        except Unknown:
            yield f"{one.address}.{name}: known to Terraform, unknown to the doctor"
            continue
        yield from _unlike(f"{one.address}.{name}", ours, planned[name])


def _unlike(where: str, ours: Any, planned: Any) -> Iterator[str]:
    """Yield where two values differ; what a plan fills in by itself, or does not know, is not compared."""
    if isinstance(ours, dict) and isinstance(planned, list) and len(planned) == 1:
        planned = planned[0]
    if isinstance(ours, dict) and isinstance(planned, dict):
        for name in ours.keys() & planned.keys():
            yield from _unlike(f"{where}.{name}", ours[name], planned[name])
    elif isinstance(ours, list) and isinstance(planned, list):
        if len(ours) != len(planned):
            yield f"{where}: {ours!r}, planned {planned!r}"
        elif all(isinstance(one, dict) for one in ours):
            pairs = zip(_in_order(ours), _in_order(planned), strict=True)
            for number, (one, other) in enumerate(pairs):
                yield from _unlike(f"{where}[{number}]", one, other)
        elif sorted(map(str, ours)) != sorted(map(str, planned)):
            yield f"{where}: {ours!r}, planned {planned!r}"
    elif planned is not None and _plain(ours) != _plain(planned):
        yield f"{where}: {ours!r}, planned {planned!r}"


def _in_order(blocks: list[Any]) -> list[Any]:
    """Return blocks by what stands in them: those of a set come in any order."""
    return sorted(blocks, key=lambda block: sorted(str(value) for _, value in leaves(block) if value is not None))


def _plain(value: Any) -> str:
    """Return a value so that 1 and "1", true and "true", and JSON in any order are alike."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return said(value)


@pytest.mark.parametrize("kind", TRIED)
def test_the_doctor_demands_what_terraform_plans(kind: str, plan_of: Plans, pages: Path) -> None:
    plan = plan_from(plan_of(kind), kind)
    assert len(plan.resources) > 300
    assert list(differences(root_of(pages, VARIANTS[kind]), plan)) == []


@pytest.mark.parametrize("name", ORG_VARIANTS)
def test_the_doctor_demands_the_policies_that_terraform_plans(name: str, plan_of: Plans) -> None:
    read = root_of(ORG, ORG_VARIANTS[name])
    assert len(read.of_type("org_policy_policy")) > 20
    assert list(differences(read, org_plan_from(plan_of(name)))) == []


def test_a_difference_would_be_told(plan_of: Plans, pages: Path) -> None:
    document = json.loads(json.dumps(plan_of("drand")))
    for resource in document["planned_values"]["root_module"]["resources"]:
        if resource["address"] == "google_storage_bucket.claims":
            resource["values"]["public_access_prevention"] = "inherited"
        if resource["address"] == 'google_kms_crypto_key.cmek["storage"]':
            resource["values"]["version_template"][0]["protection_level"] = "SOFTWARE"
    found = list(differences(root_of(pages, VARIANTS["drand"]), plan_from(document)))
    assert len(found) == 2
    assert any("public_access_prevention" in row for row in found)
    assert any("protection_level" in row for row in found)


def test_campaign_files_are_read_alike(pages: Path) -> None:
    files = sorted((pages / "campaigns").glob("*.yaml"))
    assert len(files) >= 3
    for path in files:
        assert campaign_file.read(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_agents_of_the_pages_have_an_address(pages: Path) -> None:
    asked = {one.get("service") for one in root_of(pages, VARIANTS["drand"]).of_type("project_service_identity")}
    assert asked
    assert asked <= AGENTS.keys()
