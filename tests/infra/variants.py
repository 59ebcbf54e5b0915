"""Plan the project root for each kind of randomness, and with them for both ways of sending mail."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import granted
from infra.planned import Plan, Written, written_in
from infra.recorded import CAMPAIGN
from infra.terraform import ORG, PROJECT, Terraform
from support.quick import in_turn

VARIANTS: dict[str, tuple[str, ...]] = {
    "drand": (),
    "ward": ("-var=campaign=ward-2026", "-var=mail_sender=me"),
    "hsm": ("-var=campaign=hsm-2026", "-var-file=nobody.tfvars"),
    "switched": (
        "-var=log_key=true",
        "-var=eventarc_agent=false",
        "-var=index_nothing=true",
        "-var=billing_account=012345-6789AB-CDEF01",
        "-var=deployer=group:deployers@example.jp",
        '-var=appliers=["terraform@example.jp"]',
    ),
}
"""Each a kind of randomness, but for `switched`: the example with every switch turned the other way."""
TRIED = [
    "drand",
    *(pytest.param(name, marks=in_turn("a plan of every variant")) for name in VARIANTS if name != "drand"),
]
"""The same as parameters of a test: in a quick run the example, on its day each."""

_PROJECT = ("-var=project_id=shinjuku-rally", "-var=project_number=123456789012")
ORG_VARIANTS: dict[str, tuple[str, ...]] = {
    "org": (),
    "org with the project": _PROJECT,
    "org enforced": (
        *_PROJECT,
        *(f"-var=enforce_{what}=true" for what in ("managed", "members", "no_owner", "perimeter", "service_usage")),
        "-var=restrict_pubsub=true",
        "-var=logging_account=service-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
        '-var=runner_ranges=["203.0.113.0/28"]',
    ),
}
"""Before the project exists; with it; and when nothing is in dry run any more."""

NOBODY = """\
auditors_group  = null
infra_group     = null
lead_group      = null
project_creator = null
"""


def campaign_of(kind: str) -> dict[str, Any]:
    """Return the example campaign with another kind of randomness, under another id."""
    tree: dict[str, Any] = yaml.safe_load(CAMPAIGN.read_text(encoding="utf-8"))
    source = {"kind": kind} | ({"given_by": ["文化観光課長"]} if kind == "ward" else {})
    return tree if kind in ("drand", "switched") else {**tree, "id": f"{kind}-2026", "randomness": source}


def add_campaigns(folder: Path) -> None:
    """Lay the example campaign with each kind of randomness beside the example itself."""
    for kind in ("ward", "hsm") if (folder / "campaigns").is_dir() else ():
        text = yaml.safe_dump(campaign_of(kind), allow_unicode=True, sort_keys=False)
        (folder / "campaigns" / f"{kind}-2026.yaml").write_text(text, encoding="utf-8")
    (folder / "nobody.tfvars").write_text(NOBODY, encoding="utf-8")


@cache
def _written(root: Path) -> Written:
    return written_in(root)


def plan_from(document: dict[str, Any], kind: str = "drand") -> Plan:
    """Look into a plan of the project root."""
    return Plan(document, _written(PROJECT), campaign_of(kind))


def org_plan_from(document: dict[str, Any]) -> Plan:
    """Look into a plan of `org`."""
    return Plan(document, _written(ORG), {})


def write_grants() -> None:
    """Write `grants.txt` as the plans of all variants come to."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Terraform.of(PROJECT, Path(folder) / "project")
        add_campaigns(copy.folder)
        plans = [plan_from(copy.plan(*arguments), kind) for kind, arguments in VARIANTS.items()]
    granted.READ.write_text(granted.written(plans), encoding="utf-8")
