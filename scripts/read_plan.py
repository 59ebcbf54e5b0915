#!/usr/bin/env python3
"""
Say what a plan would do that nobody may overlook: what is destroyed, which grants change, whether code changes.

Standard library only. `scripts/deploy` shows it before it asks.

    scripts/read_plan.py PLAN.json CAMPAIGN.yaml [--now TIME]      PLAN.json: terraform show -json PLAN

Exit status: 0; 3 if the code of functions changes while the campaign runs, so that the commitment would name other code
than what took the entries; 2 if a file cannot be read.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

CODE_CHANGES = 3
KEEPS = {"google_firestore_database", "google_kms_crypto_key", "google_secret_manager_secret", "google_storage_bucket"}
"""What holds data, or opens it: gone is gone."""

GRANTS = ("_iam_member", "_iam_binding", "_iam_policy")

Change = dict[str, Any]


def changes(plan: dict[str, Any]) -> list[Change]:
    """Return what a plan changes, reads and what stays left out."""
    found = plan.get("resource_changes", ())
    return [change for change in found if set(change["change"]["actions"]) - {"no-op", "read"}]


def destroyed(plan: dict[str, Any]) -> Iterator[str]:
    """Yield what is destroyed, or destroyed and made again; grants stand below, what is only forgotten stays."""
    for change in changes(plan):
        before, actions = change["change"].get("before") or {}, change["change"]["actions"]
        stays = before.get("deletion_policy") == "ABANDON" or change["type"].endswith(GRANTS)
        if "delete" in actions and not stays:
            again = ", and made again" if "create" in actions else ""
            loses = "  <- WITH WHAT IS IN IT" if change["type"] in KEEPS else ""
            yield f"{change['address']}{again}{loses}"


def grants(plan: dict[str, Any]) -> Iterator[str]:
    """Yield grants that come and go; roles of our own whose permissions change."""
    for change in changes(plan):
        before, after = change["change"].get("before") or {}, change["change"].get("after") or {}
        if change["type"].endswith(GRANTS):
            yield from (f"- {grant}" for grant in _grants(change, before))
            yield from (f"+ {grant}" for grant in _grants(change, after))
        elif change["type"].endswith("_iam_member_remove"):
            yield f"- {after.get('role') or before.get('role')} of {after.get('member') or before.get('member')}"
        elif change["type"].endswith("_iam_custom_role"):
            had, has = set(before.get("permissions") or ()), set(after.get("permissions") or ())
            role = after.get("role_id") or before.get("role_id")
            yield from (f"- {permission} in {role}" for permission in sorted(had - has))
            yield from (f"+ {permission} in {role}" for permission in sorted(has - had))


def _grants(change: Change, values: dict[str, Any]) -> Iterator[str]:
    for member in (values.get("members") or [values.get("member")]) if values else ():
        [condition, *_] = values.get("condition") or [{}]
        only = f" if {condition['expression']}" if condition else ""
        yield f"{values.get('role')} to {member or 'known after apply'} ({change['address']}){only}"


def code(plan: dict[str, Any]) -> tuple[list[str], str, str]:
    """Return the functions whose code changes, and the code hash before and after; empty before the first time."""
    steps, before, after = [], "", ""
    for change in plan.get("resource_changes", ()):
        had, has = change["change"].get("before") or {}, change["change"].get("after") or {}
        if change["address"] == "google_storage_bucket_object.manifest":
            before, after = _hash(had), _hash(has)
        archive = re.fullmatch(r"module\.(\w+)\.google_storage_bucket_object\.archive", change["address"])
        if archive and had and had.get("name") != has.get("name"):
            steps.append(archive[1])
    return sorted(steps), before, after


def _hash(manifest: dict[str, Any]) -> str:
    return str(manifest.get("name") or "").removeprefix("manifest/").removesuffix(".json")


def running(campaign: str, now: datetime) -> bool:
    """Tell whether *now* lies between the opening of a campaign file and the end of its handling period."""
    opens, ends = _said(r"^opens_at", campaign), _said(r"^\s+ends", campaign)
    last = datetime.fromisoformat(f"{ends}T00:00+09:00") + timedelta(days=1)
    return datetime.fromisoformat(opens) <= now < last


def _said(name: str, campaign: str) -> str:
    found = re.search(rf'{name}:\s*"([^"]+)"', campaign, flags=re.MULTILINE)
    if not found:
        raise ValueError(f"the campaign file says no {name}")
    return found[1]


def main(arguments: list[str] | None = None) -> int:
    """Read, and say."""
    parser = argparse.ArgumentParser(description="Say what a plan would do that nobody may overlook.")
    parser.add_argument("plan", type=Path)
    parser.add_argument("campaign", type=Path)
    parser.add_argument("--now", type=datetime.fromisoformat, default=None, help="with its zone; else the clock's")
    given = parser.parse_args(arguments)
    try:
        plan = json.loads(given.plan.read_text(encoding="utf-8"))
        is_running = running(given.campaign.read_text(encoding="utf-8"), given.now or datetime.now().astimezone())
    except (OSError, ValueError) as problem:
        print(f"read_plan: {problem}", file=sys.stderr)
        return 2
    for heading, lines in {"Destroyed": destroyed(plan), "Grants": grants(plan)}.items():
        said = sorted(lines)
        print(f"\n{heading}: {len(said) or 'none'}")
        print("".join(f"  {line}\n" for line in said), end="")
    steps, before, after = code(plan)
    changed = bool(before) and before != after
    print(f"\nCode: {', '.join(steps) or 'unchanged'}" if before else "\nCode: for the first time")
    if changed:
        print(f"  code hash {before}\n         -> {after}")
    print(f"Campaign: {'RUNNING' if is_running else 'not running'}")
    if changed and is_running:
        print(
            "\nThe campaign is running, and this changes its code: the commitment names code by its hash, and whoever"
            "\nchecks the draw will see other code than what has run until now. Only what mends a fault is worth that."
        )
        return CODE_CHANGES
    return 0


if __name__ == "__main__":
    sys.exit(main())
