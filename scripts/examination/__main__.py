"""The command: read what is demanded, look, print one row a finding, exit by the worst."""

import argparse
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from examination import (
    form_and_mailbox,
    functions,
    gcloud,
    grants,
    keys,
    logs_and_alerts,
    organisation,
    project,
    rows,
    stores,
    topics,
)
from examination.calls import CALLS
from examination.case import JST, Case, Check, guarded
from examination.gcloud import Look, NotUsable, Run
from examination.hcl import NotUnderstood
from examination.terraform_root import Root

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "infra" / "terraform"

CHECKS: dict[str, tuple[tuple[str, str], Check]] = {
    "project": (("プロジェクト", "Project"), project.project),
    "apis": (("API", "APIs"), project.apis),
    "agents": (("サービスエージェント", "Service agents"), grants.agents),
    "accounts": (("サービスアカウント", "Service accounts"), project.accounts),
    "roles": (("独自の役割", "Roles of our own"), project.roles),
    "grants": (("権限", "Grants"), grants.grants),
    "owners": (("オーナー", "Owners"), project.owners),
    "locations": (("置き場所", "Locations"), stores.locations),
    "keys": (("鍵", "Keys"), keys.keys),
    "functions": (("機能", "Functions"), functions.functions),
    "schedules": (("スケジュール", "Schedules"), functions.schedules),
    "messages": (("トピックと購読", "Topics and subscriptions"), topics.messages),
    "dead-letters": (("取り置かれた知らせ", "Dead letters"), topics.dead_letters),
    "form": (("フォーム", "Form"), form_and_mailbox.form),
    "mailbox": (("メールボックス", "Mailbox"), form_and_mailbox.mailbox),
    "buckets": (("バケット", "Buckets"), stores.buckets),
    "databases": (("データベースとバックアップ", "Databases and backups"), stores.databases),
    "secrets": (("シークレット", "Secrets"), stores.secrets),
    "repositories": (("リポジトリ", "Repository"), stores.repositories),
    "logs": (("ログ", "Logs"), logs_and_alerts.logs),
    "alerts": (("警報", "Alerts"), logs_and_alerts.alerts),
    "policies": (("組織のポリシー", "Organisation policies"), organisation.policies),
    "perimeter": (("境界", "Perimeter"), organisation.perimeter),
}
"""Every check: its title, and what examines it. What each looks at, its docstring says."""

NO_PROJECT = (
    "プロジェクト {0} が見つからないか、見る権限がありません。"
    "project_id と、サインインしたアカウント（{1}）を確かめてください。"
)
NO_PROJECT_EN = (
    "There is no project {0}, or {1} may not see it. See to project_id, and to who is signed in (gcloud auth list)."
)


def examine(case: Case, only: Iterable[str] = ()) -> list[rows.Row]:
    """
    Run the checks, and return a row for each finding.

    Raises:
        NotUsable: nothing can be examined.
    """
    signed_in = case.look.rows("signed-in")
    if not signed_in:
        raise gcloud.NOT_SIGNED_IN
    account = str(signed_in[0].get("account"))
    try:
        there = case.look.at("project")
    except gcloud.Unseen:
        there = None
    if there is None:
        raise NotUsable(NO_PROJECT.format(case.project, account), NO_PROJECT_EN.format(case.project, account))
    case.look.ahead((name, {}) for name in _AT_ONCE)
    chosen = [name for name in CHECKS if not only or name in only]
    return [row for name in chosen for row in guarded(name, CHECKS[name][1], case)]


_AT_ONCE = (
    "ancestors",
    "project-grants",
    "billing",
    "apis",
    "accounts",
    "functions",
    "topics",
    "subscriptions",
    "buckets",
    "databases",
    "secrets",
    "alerts",
    "channels",
    "log-buckets",
    "sinks",
    "metrics",
    "log-agent",
)
"""Calls without parts, asked for side by side before the checks begin."""


def case_of(
    run: Run,
    tfvars: Path,
    org_tfvars: Path | None,
    now: datetime,
    also: Mapping[str, str] | None = None,
    pages: Path = PAGES,
) -> Case:
    """
    Read what is demanded.

    Raises:
        NotUnderstood: the pages, or the variables, cannot be read.
    """
    root = Root.of(pages, tfvars, also=also)
    known = ("org_id", "folder_id", "seed_project", "access_policy", "deployer", "operators_group", "security_contact")
    org = Root.of(pages / "org", org_tfvars) if org_tfvars else Root(pages / "org", dict.fromkeys(known, ""))
    case = Case(
        look=Look(run, str(root.variable("project_id")), _seed(root, org)),
        root=root,
        org=org,
        org_is_given=org_tfvars is not None,
        grants=_lines(pages / "grants.txt"),
        by_hand=_lines(pages / "by_hand" / "grants.txt"),
        now=now,
    )
    case.campaign, case.places  # noqa: B018 (a campaign file that cannot be read is told of at once)
    return case


def _seed(root: Root, org: Root) -> str:
    """Return the project that the APIs of the organisation are on: as `org/` has it, or where the deployer lives."""
    address = str(root.variable("deployer")).rpartition("@")[2]
    of_deployer = address.removesuffix(".iam.gserviceaccount.com") if address.endswith(".gserviceaccount.com") else ""
    return str(org.variable("seed_project") or of_deployer or root.variable("project_id"))


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").splitlines())


def main(arguments: Sequence[str] | None = None, run: Run = gcloud.run) -> int:
    """Examine the project and print what was found."""
    asked = _parser().parse_args(arguments)
    try:
        if run is gcloud.run and shutil.which("gcloud") is None:
            raise gcloud.NO_GCLOUD
        case = case_of(run, _tfvars(asked.tfvars), _org_tfvars(asked.org_tfvars), datetime.now(JST), _also(asked))
        if sys.stderr.isatty():
            _print(asked.lang, "見ています。1分ほどかかります。", "Looking; it takes about a minute.")
        found = examine(case, asked.only)
    except NotUsable as why:
        _print(asked.lang, why.ja, why.en)
        return rows.NOT_USABLE
    except (NotUnderstood, OSError) as error:
        _print(asked.lang, f"定義を読めません：{error}", f"The definitions cannot be read: {error}")
        return rows.NOT_USABLE
    titles = {name: title for name, (title, _) in CHECKS.items()}
    print(rows.as_json(found) if asked.json else rows.text(found, titles, asked.lang))
    return rows.status(found)


def _also(asked: argparse.Namespace) -> dict[str, str]:
    return {"project_id": asked.project} if asked.project else {}


def _tfvars(named: Path | None) -> Path:
    path = named or PAGES / "terraform.tfvars"
    if not path.is_file():
        raise NotUsable(
            f"{path} がありません。scripts/deploy に使ったファイルを置くか、--tfvars で指定してください。",
            f"There is no {path}. Lay the file there that scripts/deploy was given, or name it with --tfvars.",
        )
    return path


def _org_tfvars(named: Path | None) -> Path | None:
    path = named or PAGES / "org" / "terraform.tfvars"
    return path if named or path.is_file() else None


def _print(lang: str, ja: str, en: str) -> None:
    for said in {"ja": (ja,), "en": (en,)}.get(lang, (ja, en)):
        print(f"doctor: {said}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/doctor",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Look at a deployed project and change nothing: what is well, what is wrong and which command\n"
        "mends it, what could not be seen and which role, or person, it needs.",
        epilog="exit status: 0 all ok, 1 something is wrong, 2 something could not be seen,"
        " 3 nothing can be examined\n\n"
        f"checks: {', '.join(CHECKS)}\n\n"
        "every call that is made (each with --format=json --quiet), and the role for it:\n"
        + "\n".join(f"  gcloud {call.words}\n      {call.role or '-'}" for call in CALLS.values()),
    )
    parser.add_argument("--tfvars", type=Path, help="the project's variables (infra/terraform/terraform.tfvars)")
    parser.add_argument(
        "--org-tfvars",
        type=Path,
        help="variables of the org root (infra/terraform/org/terraform.tfvars, if it is there)",
    )
    parser.add_argument("--project", help="another project than the variables name")
    parser.add_argument("--only", nargs="+", choices=CHECKS, default=[], metavar="CHECK", help="some checks only")
    parser.add_argument("--lang", choices=("ja", "en", "both"), default="both", help="language of the rows (both)")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
