"""Examine what stands around the project: organisation policies in effect, and the perimeter."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from examination.case import Case, dig, guarded, last
from examination.gcloud import Unseen
from examination.rows import Row, ok, unseen, wrong
from examination.terraform_root import Resource

APPLY_ORG = "terraform -chdir=infra/terraform/org apply"


def policies(case: Case) -> Iterator[Row]:
    """See that every policy that is laid on the folder is in effect in the project; what is only tried out is named."""
    wanted = {last(one.get("name")): one for one in case.org.of_type("org_policy_policy")}
    case.look.ahead(("policy", {"constraint": name}) for name in wanted)
    rows: list[Row] = []
    tried = sorted(name for name, one in wanted.items() if not one.blocks("spec"))
    for name, one in sorted(wanted.items()):
        if name not in tried:
            rows += guarded("policies", _policy, case, name, one)
    yield from [row for row in rows if not row.needs]
    yield from {row.en: row for row in rows if row.needs}.values()
    if not rows:
        dry = f"試行中：{', '.join(tried)}" if tried else "試行中のものはありません"
        yield ok(
            "policies",
            f"組織のポリシー {len(wanted) - len(tried)} が効いています。{dry}。",
            f"{len(wanted) - len(tried)} organisation policies are in effect;"
            f" in dry run: {', '.join(tried) or 'none'}.",
        )


def _policy(case: Case, name: str, one: Resource) -> Iterator[Row]:
    policy = case.look.one("policy", constraint=name) or {}
    rules = (policy.get("spec") or {}).get("rules") or []
    for rule in _rules(one):
        if rule.get("parameters") and not case.org_is_given:
            yield unseen(
                "policies",
                f"{name} の中身は、org の変数ファイルがないと比べられません。",
                f"What {name} admits cannot be compared without the variables of the org root.",
                "infra/terraform/org/terraform.tfvars (--org-tfvars)",
            )
        elif not any(_covers(rule, there) for there in rules):
            yield wrong(
                "policies",
                f"組織のポリシー {name} が、このプロジェクトで効いていません。",
                f"The organisation policy {name} is not in effect here.",
                APPLY_ORG,
            )


def _rules(one: Resource) -> list[Mapping[str, Any]]:
    spec = one.blocks("spec")[0]
    rules = spec.get("rules") or []
    return rules if isinstance(rules, list) else [rules]


def _covers(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Tell whether a rule in effect is as strict as the one that is demanded."""
    if str(wanted.get("allow_all", "")).upper() == "TRUE":
        return found.get("allowAll") is True
    if str(wanted.get("enforce", "")).upper() == "TRUE":
        given = wanted.get("parameters")
        there = found.get("parameters")
        same = given is None or _parameters(given) == _parameters(there)
        return found.get("enforce") is True and same
    values = wanted.get("values") or {}
    there = found.get("values") or {}
    denied, allowed = _bare(values.get("denied_values", ())), _bare(values.get("allowed_values", ()))
    if denied and not denied <= _bare(there.get("deniedValues", ())):
        return False
    return not allowed or _bare(there.get("allowedValues", ())) == allowed


def _bare(values: Iterable[str]) -> set[str]:
    """Return values without `is:`, which may be left out."""
    return {str(value).removeprefix("is:") for value in values}


def _parameters(value: Any) -> Any:
    whole = json.loads(value) if isinstance(value, str) else (value or {})
    return {name: sorted(one) if isinstance(one, list) else one for name, one in whole.items()}


def perimeter(case: Case) -> Iterator[Row]:
    """See that the perimeter is as the policies' root has it: none, in dry run, or enforced."""
    wanted = case.org.of_type("access_context_manager_service_perimeter")
    policy = str(case.org.variable("access_policy") or "")
    if not policy and not wanted:
        found = list(_found_by_organisation(case))
        if not found:
            yield ok(
                "perimeter",
                "境界（VPC Service Controls）は使っていません。",
                "There is no perimeter, and none is defined.",
            )
            return
        yield from found
        return
    inside = f"projects/{case.number}"
    rows = case.look.rows("perimeters", policy=policy)
    enforced = [row for row in rows if inside in (dig(row, "status.resources") or ())]
    dry = [row for row in rows if inside in (dig(row, "spec.resources") or ())]
    if wanted and not enforced and not dry:
        yield wrong(
            "perimeter",
            "境界がこのプロジェクトを囲んでいません。",
            "The perimeter does not enclose the project.",
            APPLY_ORG,
        )
    elif wanted and wanted[0].blocks("status") and not enforced:
        yield wrong(
            "perimeter",
            "境界が試行のままです。何も断られません。",
            "The perimeter is in dry run: nothing is refused.",
            APPLY_ORG,
        )
    else:
        how = ("実施中", "enforced") if enforced else ("試行中（断られるものを記録するだけ）", "in dry run")
        yield ok("perimeter", f"境界：{how[0] if wanted else 'なし'}", f"Perimeter: {how[1] if wanted else 'none'}.")


def _found_by_organisation(case: Case) -> Iterator[Row]:
    """Look for a perimeter that these pages know nothing of."""
    organisation = next(
        (str(row["id"]) for row in case.look.rows("ancestors") if row.get("type") == "organization"), ""
    )
    if not organisation:
        return
    try:
        for policy in case.look.rows("access-policies", organisation=organisation):
            for row in case.look.rows("perimeters", policy=last(policy.get("name"))):
                if f"projects/{case.number}" in (dig(row, "status.resources") or ()):
                    yield unseen(
                        "perimeter",
                        f"境界 {last(row.get('name'))} がこのプロジェクトを囲んでいますが、定義はここにありません。",
                        f"The perimeter {last(row.get('name'))} encloses the project; its definition is not here.",
                        "infra/terraform/org/terraform.tfvars (--org-tfvars)",
                    )
    except Unseen as what:
        if "境界" in what.ja:
            raise
        yield unseen("perimeter", what.ja, what.en, what.needs)
