"""Examine what lies outside Google Cloud, the form and the mailbox, by what the functions wrote of them in the logs."""

from collections.abc import Iterator
from typing import Any

from examination.case import Case, japanese
from examination.rows import Row, ok, unseen, wrong

_WATCH = {
    "watch_failed": ("フォームを読めないか、通知を登録できません。", "The form cannot be read, or its watch not kept."),
    "watch_suspended": ("フォームの通知が停止しています。", "The form's watch is suspended."),
    "form_closed": (
        "受付期間中ですが、フォームが公開されていないか、回答を受け付けていません。",
        "Entry is open, but the form is not published or takes no responses.",
    ),
    "form_unanswerable": (
        "フォームに、応募を正しく判定できない点があります（status に表示されます）。",
        "The form cannot be answered as the campaign needs (status says why).",
    ),
    "form_changed": (
        "フォームの設問が、準備のときから変わっています。",
        "The form's questions have changed since prepare.",
    ),
}


def _lines(case: Case, *steps: str) -> list[dict[str, Any]]:
    """Return what steps wrote in two days, the newest first."""
    bucket = case.root.of_type("logging_project_bucket_config")[0]
    return case.look.rows(
        "log",
        filter=filter_of(*steps),
        bucket=str(bucket.get("bucket_id")),
        location=str(bucket.get("location")),
    )


def filter_of(*steps: str) -> str:
    """Return what finds the lines of steps among the logs."""
    named = " OR ".join(f'"{step}"' for step in steps)
    return f'resource.type="cloud_run_revision" AND jsonPayload.step=({named}) AND jsonPayload.event:*'


def _said(row: dict[str, Any]) -> tuple[str, str, str]:
    payload = row.get("jsonPayload") or {}
    return str(payload.get("event")), str(payload.get("code") or ""), japanese(row.get("timestamp"))


SENT = ("送信", "送信済みのメール")
"""What `notify` counts of mails that went out."""


def _refused(code: str, at: str) -> Row:
    if code != "E-603":
        page = "infra/terraform/playbooks/step-failed.md"
        return wrong(
            "mailbox", f"notify が誤り {code} で止まりました（{at}）。", f"notify broke with {code} ({at}).", page
        )
    return wrong(
        "mailbox",
        f"メールの送信が拒否されています（{at}）。委任の範囲（スコープ）か認証情報を確かめてください。",
        f"Sending is refused ({at}). The delegation's scopes, or the credentials, are not those of the README.",
        "Workspace 管理者：管理コンソール → セキュリティ → API の制御 → ドメイン全体の委任"
        " / Workspace administrator: Admin console, Security, API controls, Domain-wide delegation",
    )


def form(case: Case) -> Iterator[Row]:
    """See whether the form is shared and its watch lives, as `intake`, or before it `prepare`, found."""
    account = next(one for one in case.root.of_type("service_account") if one.get("account_id") == "fn-intake").told(
        "email"
    )
    share = f"フォームの「共有」で {account} を編集者にする / share the form with {account} as editor"
    for row in _lines(case, "intake", "prepare"):
        event, code, at = _said(row)
        if event == "alarm" and code in _WATCH:
            ja, en = _WATCH[code]
            yield wrong("form", f"{ja}（{at}）", f"{en} ({at})", share)
            return
        if code == "E-301":
            break  # the tick before prepare has been pressed
        if event in ("broken", "dropped"):
            yield wrong(
                "form",
                f"フォームの取り込みが誤り {code} で止まりました（{at}）。",
                f"Reading the form broke with {code} ({at}).",
                share if code in ("E-165", "E-167") else "infra/terraform/playbooks/step-failed.md",
            )
            return
        if event in ("done", "asked"):
            yield ok("form", f"フォームを読めています（{at}）。", f"The form could be read ({at}).")
            return
    yield unseen(
        "form",
        "この2日、フォームを読んだ記録がありません。",
        "Nobody has read the form for two days.",
        "取扱者が prepare を {} で押す / an operator who presses prepare with {}",
    )


def mailbox(case: Case) -> Iterator[Row]:
    """See whether the mailbox can be used, as `notify` found; a refresh token lies in its secret."""
    sender = str(case.root.variable("mail_sender"))
    if sender == "me":
        name = f"{case.campaign_id}-gmail"
        rows = case.look.rows("secret-versions", secret=name)
        if not any(row.get("state") == "ENABLED" for row in rows):
            yield wrong(
                "mailbox",
                f"メールボックスの認証情報（{name}）が入っていません。",
                f"The mailbox's credentials ({name}) are not there.",
                f"gcloud secrets versions add {name} --data-file=- --project={case.project}",
            )
            return
    for row in _lines(case, "notify"):
        event, code, at = _said(row)
        if event in ("broken", "dropped"):
            yield _refused(code, at)
            return
        counts = (row.get("jsonPayload") or {}).get("counts") or {}
        if event == "done" and any(counts.get(word) for word in SENT):
            yield ok("mailbox", f"{sender}：メールを送れています（{at}）。", f"{sender}: mail goes out ({at}).")
            return
    yield unseen(
        "mailbox",
        f"{sender} から送った記録が、この2日ありません。委任の範囲（スコープ）は Google Cloud からは見えません。",
        f"Nothing was sent as {sender} for two days. The delegation's scopes cannot be seen from Google Cloud.",
        "Workspace の特権管理者（管理コンソールのドメイン全体の委任）"
        " / a Workspace super administrator (Domain-wide delegation)",
    )
