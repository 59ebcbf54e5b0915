"""Examine the project itself: billing, APIs, accounts, roles, and who may do everything."""

import re
from collections.abc import Iterator

from examination import campaign_file
from examination.case import APPLY, Case, absent, guarded, last
from examination.rows import Row, ok, wrong

BASIC = ("roles/owner", "roles/editor", "roles/viewer")
TAKES_POWER = (
    "roles/resourcemanager.organizationAdmin",
    "roles/resourcemanager.folderAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/resourcemanager.folderIamAdmin",
    "roles/iam.securityAdmin",
    "roles/iam.organizationRoleAdmin",
)
"""Roles by which somebody above the project can give himself any other; somebody must hold them."""
TOUCHES_DATA = re.compile(
    r"roles/(cloudkms\.(admin|cryptoKey|signer)|datastore\.|firebase\.|storage\.(admin|object)|secretmanager\.(admin|secret)"
    r"|iam\.serviceAccount(TokenCreator|KeyAdmin|User|OpenIdTokenCreator|Admin)|run\.(admin|invoker)|cloudfunctions\.(admin|invoker|developer))"
)
"""Roles that, held above the project, reach what is kept in it."""


def project(case: Case) -> Iterator[Row]:
    """See that the project is the one that is meant, alive, and paid for."""
    found = case.look.one("project") or {}
    rows = []
    if str(found.get("projectNumber")) != case.number:
        rows.append(
            wrong(
                "project",
                f"プロジェクト番号は {found.get('projectNumber')} ですが、project_number は {case.number} です。",
                f"The project's number is {found.get('projectNumber')}, project_number says {case.number}.",
                f"gcloud projects describe {case.project} --format='value(projectNumber)'  # into terraform.tfvars",
            )
        )
    if found.get("lifecycleState") != "ACTIVE":
        rows.append(
            wrong(
                "project",
                f"プロジェクトの状態が {found.get('lifecycleState')} です。",
                f"The project is {found.get('lifecycleState')}.",
                f"gcloud projects undelete {case.project}",
            )
        )
    yield from rows or [ok("project", f"{case.project}（{case.number}）", f"{case.project} ({case.number})")]
    yield from guarded("project", _billing, case)


def _billing(case: Case) -> Iterator[Row]:
    billing = case.look.one("billing") or {}
    if not billing.get("billingEnabled"):
        account = case.root.variable("billing_account") or "ACCOUNT"
        yield wrong(
            "project",
            "請求先アカウントがつながっていません。何も動きません。",
            "No billing account is linked: nothing runs.",
            f"gcloud billing projects link {case.project} --billing-account={account}",
        )


def apis(case: Case) -> Iterator[Row]:
    """See that what the pages use is switched on."""
    wanted = {str(one.get("service")) for one in case.root.of_type("project_service")}
    found = {str(row["config"]["name"]) for row in case.look.rows("apis") if row.get("state") == "ENABLED"}
    if missing := sorted(wanted - found):
        yield wrong(
            "apis",
            f"有効でない API：{', '.join(missing)}",
            f"APIs that are not enabled: {', '.join(missing)}",
            f"gcloud services enable {' '.join(missing)} --project={case.project}",
        )
    else:
        yield ok("apis", f"{len(wanted)} の API がすべて有効です。", f"All {len(wanted)} APIs are enabled.")


def accounts(case: Case) -> Iterator[Row]:
    """See that the accounts are there, in use, without keys; there are no others."""
    wanted = {str(one.told("email")) for one in case.root.of_type("service_account")}
    found = {str(row["email"]): row for row in case.look.rows("accounts")}
    case.look.ahead(("account-keys", {"account": email}) for email in found)
    bad = [absent("accounts", "サービスアカウント", email) for email in sorted(wanted - found.keys())]
    bad += [
        wrong(
            "accounts",
            f"知らないサービスアカウント {email} があります。",
            f"There is an account that nobody defined: {email}.",
            f"gcloud iam service-accounts disable {email} --project={case.project}",
        )
        for email in sorted(found.keys() - wanted)
        if not found[email].get("disabled")
    ]
    bad += [
        wrong(
            "accounts",
            f"{email} が無効にされています。",
            f"{email} is disabled.",
            f"gcloud iam service-accounts enable {email} --project={case.project}",
        )
        for email in sorted(wanted & found.keys())
        if found[email].get("disabled")
    ]
    unknown: list[Row] = []
    for email in sorted(found):
        rows = list(guarded("accounts", _keys, case, email))
        (unknown if any(row.needs for row in rows) else bad).extend(rows)
    yield from bad + unknown[:1]
    if not bad and not unknown:
        yield ok(
            "accounts",
            f"{len(wanted)} のサービスアカウントがあり、鍵ファイルはひとつもありません。",
            f"{len(wanted)} accounts are there, none has a key.",
        )


def _keys(case: Case, email: str) -> Iterator[Row]:
    for key in case.look.rows("account-keys", account=email):
        yield wrong(
            "accounts",
            f"{email} に鍵ファイルが作られています（{last(key['name'])}）。",
            f"{email} has a key ({last(key['name'])}).",
            f"gcloud iam service-accounts keys delete {last(key['name'])} --iam-account={email}"
            f" --project={case.project}",
        )


def roles(case: Case) -> Iterator[Row]:
    """See that the roles of our own hold what the pages say, no more; those too that people make."""
    wanted = {
        str(one.get("role_id")): {*one.get("permissions")} for one in case.root.of_type("project_iam_custom_role")
    }
    files = {
        f"prizedraw{path.stem.capitalize()}": path for path in sorted((case.root.folder / "by_hand").glob("*.yaml"))
    }
    commands = dict.fromkeys(wanted, (APPLY, APPLY))
    for name, path in files.items():
        wanted[name] = {*campaign_file.read(path)["includedPermissions"]}
        rest = f"{name} --project={case.project} --file=infra/terraform/by_hand/{path.name}"
        commands[name] = (f"gcloud iam roles create {rest}", f"gcloud iam roles update {rest}")
    case.look.ahead(("role", {"role": name}) for name in wanted)
    bad = [row for name in wanted for row in guarded("roles", _role, case, name, wanted[name], commands[name])]
    yield from {row.en: row for row in bad}.values()
    if not bad:
        yield ok(
            "roles", f"独自の役割 {len(wanted)} は定義どおりです。", f"{len(wanted)} roles of our own are as defined."
        )


def _role(case: Case, name: str, wanted: set[str], commands: tuple[str, str]) -> Iterator[Row]:
    found = case.look.one("role", role=name)
    if found is None or found.get("deleted"):
        yield absent("roles", "役割", name, commands[0])
        return
    have = {*found.get("includedPermissions", ())}
    if wanted != have:
        more, less = ", ".join(sorted(have - wanted)) or "—", ", ".join(sorted(wanted - have)) or "—"
        yield wrong(
            "roles",
            f"役割 {name}：余分 {more}、不足 {less}",
            f"Role {name}: too much {more}, missing {less}",
            commands[1],
        )


def owners(case: Case) -> Iterator[Row]:
    """See that nobody holds a basic role, here or above, and that nobody above reaches what is kept here."""
    bad, above = [], set()
    for level in case.look.rows("ancestors"):
        kind, id = str(level["type"]), str(level["id"])
        for binding in (level.get("policy") or {}).get("bindings", ()):
            role = str(binding["role"])
            is_above = kind != "project"
            if is_above and role in TAKES_POWER:
                above |= {f"{member} ({role})" for member in binding["members"]}
            if role in BASIC or (is_above and TOUCHES_DATA.match(role)):
                bad += [_holds(kind, id, role, m) for m in binding["members"] if not _is_googles(case, m, role)]
    yield from bad
    if not bad:
        who = ", ".join(sorted(above))
        yield ok(
            "owners",
            f"オーナー・編集者・閲覧者はいません（上位から継いだものも）。権限を配れる上位の人：{who or 'なし'}",
            f"Nobody is owner, editor or viewer, from above neither. Above, these can grant it: {who or 'nobody'}",
        )


def _is_googles(case: Case, member: str, role: str) -> bool:
    """Tell whether this is the one agent of Google's own that every project with Compute has as editor."""
    return member == f"serviceAccount:{case.number}@cloudservices.gserviceaccount.com" and role == "roles/editor"


def _holds(kind: str, id: str, role: str, member: str) -> Row:
    command = {
        "project": f"gcloud projects remove-iam-policy-binding {id}",
        "folder": f"gcloud resource-manager folders remove-iam-policy-binding {id}",
        "organization": f"gcloud organizations remove-iam-policy-binding {id}",
    }[kind]
    where = {"project": ("プロジェクト", "the project"), "folder": ("フォルダ", "the folder")}.get(
        kind, ("組織", "the organisation")
    )
    return wrong(
        "owners",
        f"{member} が{where[0]} {id} で {role} を持っています。",
        f"{member} holds {role} on {where[1]} {id}.",
        f"{command} --member='{member}' --role='{role}' --condition=None",
    )
