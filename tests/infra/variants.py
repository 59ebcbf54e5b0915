"""Plan the project root for each kind of randomness, and with them for both ways of sending mail."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra import granted
from infra.planned import Plan, Written, written_in
from infra.recorded import CAMPAIGN
from infra.terraform import PROJECT, Terraform

VARIANTS: dict[str, tuple[str, ...]] = {
    "drand": (),
    "ward": ("-var=campaign=ward-2026", "-var=mail_sender=me"),
    "hsm": ("-var=campaign=hsm-2026",),
}


def campaign_of(kind: str) -> dict[str, Any]:
    """Return the example campaign with another kind of randomness, under another id."""
    tree: dict[str, Any] = yaml.safe_load(CAMPAIGN.read_text(encoding="utf-8"))
    return tree if kind == "drand" else {**tree, "id": f"{kind}-2026", "randomness": {"kind": kind}}


def add_campaigns(folder: Path) -> None:
    """Lay the example campaign with each kind of randomness beside the example itself."""
    for kind in set(VARIANTS) - {"drand"} if (folder / "campaigns").is_dir() else ():
        text = yaml.safe_dump(campaign_of(kind), allow_unicode=True, sort_keys=False)
        (folder / "campaigns" / f"{kind}-2026.yaml").write_text(text, encoding="utf-8")


@cache
def _written() -> Written:
    return written_in(PROJECT)


def plan_from(document: dict[str, Any], kind: str = "drand") -> Plan:
    """Look into a plan of the project root."""
    return Plan(document, _written(), campaign_of(kind))


def write_grants() -> None:
    """Write `grants.txt` as the plans of all variants come to."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Terraform.of(PROJECT, Path(folder) / "project")
        add_campaigns(copy.folder)
        plans = [plan_from(copy.plan(*arguments), kind) for kind, arguments in VARIANTS.items()]
    granted.READ.write_text(granted.written(plans), encoding="utf-8")
