"""Hold every grant of the project against the table, infra/terraform/grants.txt, in both directions."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from examination.case import APPLY, Case, guarded, one_line
from examination.gcloud import Unseen
from examination.hcl import NotUnderstood
from examination.rows import Row, ok, wrong

LEFT_OUT = re.compile(r"project(Owner|Editor|Viewer):")
"""What Google writes into every bucket's policy; it says nothing while nobody is owner, editor or viewer."""
_AGENTS_ROLE = re.compile(r"roles/[\w.]+[sS]erviceAgent|roles/cloudbuild\.builds\.builder")


@dataclass(frozen=True, order=True)
class Grant:
    """One grant: on what, which role, to whom, under which condition (`-` for none)."""

    on: str
    role: str
    member: str
    condition: str = "-"

    def __str__(self) -> str:
        return f"{self.role} → {self.member}" + (f"（{self.condition}）" if self.condition != "-" else "")


def table(case: Case) -> set[Grant]:
    """Return what Terraform grants in this project."""
    return set(_filled(case, case.grants))


def by_hand(case: Case) -> set[Grant]:
    """Return what people may grant in this project."""
    return set(_filled(case, case.by_hand))


def _filled(case: Case, lines: Iterable[str]) -> Iterator[Grant]:
    values = dict(_values(case))
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        *columns, when = (part.strip() for part in line.split(" | "))
        if _holds(case, when) and not any(_unset(column, values) for column in columns):
            on, role, member, condition = (column.format_map(values) for column in columns)
            yield Grant(on, role, member, condition)


def _values(case: Case) -> Iterator[tuple[str, str]]:
    for block in case.root.variables():
        value = case.root.variable(block)
        if isinstance(value, str):
            yield block, value
    yield "project", case.project
    yield "number", case.number
    yield "campaign", case.campaign_id
    yield "opens_at", str(case.root.local("moment")["opens_at"])
    yield "logging_agent", _logging_agent(case)
    kind, _, address = str(case.root.variable("deployer")).partition(":")
    yield "planner", f"{kind}:plan@{address.partition('@')[2]}" if kind == "serviceAccount" else ""


def _logging_agent(case: Case) -> str:
    """Return the account with which log buckets use their key; Google tells, or it is called as ever."""
    try:
        told = (case.look.one("log-agent") or {}).get("kmsServiceAccountId")
    except Unseen:
        told = None
    return str(told or f"cmek-p{case.number}@gcp-sa-logging.iam.gserviceaccount.com")


def _unset(column: str, values: dict[str, str]) -> bool:
    return any(not values.get(name) for name in re.findall(r"{(\w+)}", column))


def _holds(case: Case, when: str) -> bool:
    sender = "me" if case.root.variable("mail_sender") == "me" else "other"
    facts = {"mail_sender": sender, "randomness": str(case.campaign["randomness"]["kind"])}
    if when == "always":
        return True
    name, _, value = when.partition("=")
    if name in facts:
        return facts[name] == value
    return str(case.root.variable(name)).lower() == value


CALLS_BY_KIND = {
    "project": ("project-grants", ()),
    "account": ("account-grants", ("account",)),
    "bucket": ("bucket-grants", ("bucket",)),
    "secret": ("secret-grants", ("secret",)),
    "topic": ("topic-grants", ("topic",)),
    "subscription": ("subscription-grants", ("subscription",)),
    "key": ("key-grants", ("location", "ring", "key")),
    "ring": ("ring-grants", ("location", "ring")),
    "repository": ("repository-grants", ("location", "repository")),
    "service": ("service-grants", ("location", "service")),
}
"""How the grants on a kind of thing are asked for, and what the parts of its name are."""

_TAKES_AWAY = {
    "project": "gcloud projects remove-iam-policy-binding {project}",
    "account": "gcloud iam service-accounts remove-iam-policy-binding {account} --project={project}",
    "bucket": "gcloud storage buckets remove-iam-policy-binding gs://{bucket}",
    "secret": "gcloud secrets remove-iam-policy-binding {secret} --project={project}",
    "topic": "gcloud pubsub topics remove-iam-policy-binding {topic} --project={project}",
    "subscription": "gcloud pubsub subscriptions remove-iam-policy-binding {subscription} --project={project}",
    "key": "gcloud kms keys remove-iam-policy-binding {key} --keyring={ring} --location={location} --project={project}",
    "ring": "gcloud kms keyrings remove-iam-policy-binding {ring} --location={location} --project={project}",
    "repository": "gcloud artifacts repositories remove-iam-policy-binding {repository} --location={location}"
    " --project={project}",
    "service": "gcloud run services remove-iam-policy-binding {service} --region={location} --project={project}",
}


def parts_of(case: Case, on: str) -> tuple[str, dict[str, str]]:
    """Return the kind of thing that a grant is on, and the parts of its name."""
    kind, _, name = on.partition(" ")
    if kind not in CALLS_BY_KIND:
        raise NotUnderstood(f"grants on a {kind}")
    names = CALLS_BY_KIND[kind][1]
    parts = dict(zip(names, name.split("/") if len(names) > 1 else [name], strict=True)) if names else {}
    if kind == "account":
        parts["account"] = f"{parts['account']}@{case.project}.iam.gserviceaccount.com"
    return kind, parts


def grants(case: Case) -> Iterator[Row]:
    """See that every grant is of the table, and every line of the table is granted."""
    wanted: dict[str, set[Grant]] = defaultdict(set)
    for grant in table(case):
        wanted[grant.on].add(grant)
    for on in everywhere(case):
        wanted.setdefault(on, set())
    places = {on: parts_of(case, on) for on in sorted(wanted)}
    case.look.ahead((CALLS_BY_KIND[kind][0], parts) for kind, parts in places.values())
    stands = by_hand(case)
    rows: list[Row] = []
    for on in places:
        rows += guarded("grants", _on, case, on, wanted[on], stands)
    bad = [row for row in rows if not row.needs]
    yield from bad
    yield from {row.en: row for row in rows if row.needs}.values()
    if not rows:
        count = sum(map(len, wanted.values()))
        yield ok("grants", f"権限 {count} 件は表のとおりです。", f"{count} grants are as the table says.")


def everywhere(case: Case) -> Iterator[str]:
    """Yield what may hold grants though the table knows of none there."""
    project = case.project
    yield "project"
    for one in case.root.of_type("service_account"):
        yield f"account {one.get('account_id')}"
    for one in case.root.of_type("storage_bucket"):
        yield f"bucket {one.get('name')}"
    for one in case.root.of_type("secret_manager_secret"):
        yield f"secret {one.get('secret_id')}"
    for one in case.root.of_type("pubsub_topic"):
        yield f"topic {one.get('name')}"
    for one in case.root.of_type("pubsub_subscription"):
        yield f"subscription {one.get('name')}"
    for one in case.root.of_type("kms_key_ring"):
        yield f"ring {one.get('location')}/{one.get('name')}"
    for one in case.root.of_type("kms_crypto_key"):
        place, ring, key = str(one.told("id")).removeprefix(f"projects/{project}/locations/").split("/")[0::2]
        yield f"key {place}/{ring}/{key}"
    for one in case.root.of_type("artifact_registry_repository"):
        yield f"repository {one.get('location')}/{one.get('repository_id')}"
    for one in case.root.of_type("cloudfunctions2_function"):
        yield f"service {one.get('location')}/{one.get('name')}"


def _on(case: Case, on: str, wanted: set[Grant], stands: set[Grant]) -> Iterator[Row]:
    kind, parts = parts_of(case, on)
    policy = case.look.one(CALLS_BY_KIND[kind][0], **parts)
    if policy is None:
        return  # That it is not there is said where such things are examined.
    found = {grant for grant in _granted(on, policy) if not _is_googles(case, grant)}
    # Those of Google's own agents are told by themselves.
    for grant in sorted(one for one in wanted - found if not _is_googles(case, one)):
        yield wrong(
            "grants",
            f"{on}：{grant} がありません。",
            f"{on}: {grant.role} is not granted to {grant.member} ({grant.condition}).",
            APPLY,
        )
    for grant in sorted(found - wanted - stands):
        command = _TAKES_AWAY[kind].format(**{"project": case.project, **parts})
        condition = "None" if grant.condition == "-" else f"expression={grant.condition},title=TITLE"
        yield wrong(
            "grants",
            f"{on}：表にない {grant} があります。",
            f"{on}: {grant.role} is granted to {grant.member} ({grant.condition}), which the table does not know.",
            f"{command} --member='{grant.member}' --role='{grant.role}'"
            + (f" --condition='{condition}'" if kind in _WITH_CONDITION else ""),
        )


_WITH_CONDITION = ("project", "account", "bucket", "secret", "key", "ring", "service")
"""On what a grant may stand under a condition; the others' commands know no such flag."""


def _granted(on: str, policy: dict[str, Any]) -> Iterator[Grant]:
    for binding in policy.get("bindings", ()):
        condition = one_line((binding.get("condition") or {}).get("expression") or "-")
        for member in binding.get("members", ()):
            yield Grant(on, str(binding["role"]), str(member), condition)


def _is_googles(case: Case, grant: Grant) -> bool:
    """Tell whether Google granted this to itself: an agent's own role, or what it writes into buckets."""
    if grant.on.startswith("bucket ") and LEFT_OUT.match(grant.member):
        return True
    if grant.on != "project":
        return False
    own = re.fullmatch(r"serviceAccount:(?:service-)?(\d+)@([\w-]+)(?:\.iam)?\.gserviceaccount\.com", grant.member)
    if own is None or own[1] != case.number:
        return False
    return bool(_AGENTS_ROLE.fullmatch(grant.role)) or (own[2] == "cloudservices" and grant.role == "roles/editor")


def agents(case: Case) -> Iterator[Row]:
    """See that every agent of Google's holds the role without which its service does not work."""
    wanted = {grant for grant in table(case) if grant.on == "project" and _is_googles(case, grant)}
    policy = case.look.one("project-grants") or {}
    missing = sorted(wanted - {*_granted("project", policy)})
    for grant in missing:
        yield wrong(
            "agents",
            f"{grant.member} に {grant.role} がありません。このサービスは動きません。",
            f"{grant.member} lacks {grant.role}: its service does not work.",
            f"gcloud projects add-iam-policy-binding {case.project} --member='{grant.member}' --role='{grant.role}'"
            " --condition=None",
        )
    if not missing:
        yield ok(
            "agents",
            f"サービスエージェント {len(wanted)} は、それぞれの役割を持っています。",
            f"{len(wanted)} service agents hold their roles.",
        )
