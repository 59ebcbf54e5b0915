"""Say to operators, and to the person who asked, in Japanese what was erased of one person, what is left and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.person_outcome import (
    EverybodyErased,
    PersonErased,
    PersonOutcome,
    ToErasePerson,
    ToTellErased,
    UnknownPerson,
)
from prizedraw.records.entries import LedgerRow
from prizedraw.records.erasure import Erasing, PersonRequest
from prizedraw.records.lottery import AwardedPlace
from prizedraw.rendering import html
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import JST, japanese, japanese_date, japanese_moment, moment_of, unstamp

NAMES: Mapping[str, str] = {
    "sealed/entries": "応募（メールアドレス、年代、居住地域、回答）",
    "sealed/responses": "応募の台帳にある、この方の回答",
    "sealed/deliveries": "お届け先（氏名、住所、電話番号）",
    "state/claims": "お届け先の登録の控え",
    "state/reviews": "確認待ちの登録の控え",
    "mailbox": "この方に送ったメール（送信用のメールボックスの控え）",
    "state/mails": "メールの送信の記録",
}
"""What is erased of one person, by the machine name of the store."""


def reply(campaign: Campaign, outcome: PersonOutcome, *, is_page: bool) -> Reply:
    """Say what a call came to; *is_page* asks for the receipt as a page to print."""
    match outcome:
        case UnknownPerson():
            return _unknown(by_code=outcome.by_code)
        case EverybodyErased():
            return _everybody_erased(outcome.erasing)
        case ToErasePerson():
            return _to_erase(outcome)
        case ToTellErased():
            return _to_tell(outcome)
        case PersonErased():
            return _receipt(campaign, outcome, is_page=is_page)


def _unknown(*, by_code: bool) -> Reply:
    """Say that nobody of that address or code is known."""
    if by_code:
        return Reply(
            Result.REPORT,
            ("この当選コードまたは管理番号の応募は、記録にありません。",),
            next="当選のお知らせにあるものと同じか確かめるか、応募のときのメールアドレスで実行してください。",
        )
    return Reply(
        Result.REPORT,
        (
            "このメールアドレスの応募は、記録にありません。",
            "別のアドレスで応募していないか、打ち間違いがないか、ご本人に確かめてください。",
            "応募したばかりのときは、取り込みを待って（15分ほど）から、もう一度実行してください。",
            "同意のない回答やアドレスの形が正しくない回答は、アドレスを保存していないため、ここでは見つかりません。",
        ),
        next="フォームの回答の画面でも検索し、この方の回答があれば削除してください。",
    )


def _everybody_erased(erasing: Erasing) -> Reply:
    """Say that everybody is being erased, and nobody needs to be by themselves."""
    return Reply(
        Result.UNCHANGED,
        (
            f"この企画では、すべての応募者の個人情報の消去を始めています（開始：{japanese(unstamp(erasing.began_at))}）。",
            "お一人ずつの消去は要りません。",
        ),
        next="消去の状況は、本文を {} にして実行すると分かります。",
    )


def _to_erase(told: ToErasePerson) -> Reply:
    """Say that a person would be erased, and what that means for anybody: not what is stored of this one."""
    lines = [
        "この方の個人情報が保存されています。すべての場所から消去します。取り消すことはできません。",
        "保存されている内容、応募の日時、当選の有無は、消去した後の受付票に表示します。照会したことは作業の記録に残ります。",
    ]
    if told.is_frozen:
        lines.append("応募の確定の後なので、公開済みの抽選対象の一覧にある記号（個人を示さないもの）は残ります。")
    else:
        lines.append("応募の確定の前なので、抽選の対象から外れます。")
    if told.is_drawn:
        lines.append(
            "抽選の後なので、当選や補欠の方であれば、未発送の賞品の権利を失い、"
            "次の補欠に移ります（forfeit の定期実行）。"
        )
    typed = _typed(by_email=told.by_email, is_page=told.is_page)
    return Reply(Result.ASK, tuple(lines), next=confirm.press(told.code, typed), confirm=told.code)


def _to_tell(told: ToTellErased) -> Reply:
    """Say that a person was erased before, and how their receipt is seen again."""
    lines = (
        f"この方の個人情報は消去済みです（受付番号：{told.receipt}）。",
        "受付票（消去した件数、フォームの回答の日時、残っている作業）は、確認コードを入れると表示します。"
        "照会したことは作業の記録に残ります。",
    )
    typed = _typed(by_email=told.by_email, is_page=told.is_page)
    return Reply(Result.ASK, lines, next=confirm.press(told.code, typed), confirm=told.code)


def _typed(*, by_email: bool, is_page: bool) -> dict[str, str]:
    """Return the body as it was typed, without whom it names."""
    typed = {"email": "（同じアドレス）"} if by_email else {"code": "（同じコードまたは管理番号）"}
    return typed | ({"format": "html"} if is_page else {})


def _lost(campaign: Campaign, award: AwardedPlace) -> str:
    """Say which place went with the person."""
    place, prize = "当選" if award.place == "winner" else "補欠", campaign.prize(award.prize).name
    return f"この方は「{prize}」の{place}でした。未発送であれば権利を失い、次の補欠に移ります（forfeit の定期実行）。"


def _receipt(campaign: Campaign, outcome: PersonErased, *, is_page: bool) -> Reply:
    """Give the receipt: what was erased, what a person must still do, what is kept and why."""
    request, rows, is_new = outcome.request, outcome.rows, outcome.is_new
    done_at = japanese_moment(unstamp(request.done_at))
    todo = list(_todo(request, rows, outcome.mailbox_problem))
    seen = "フォームの回答は、削除されたことを確かめました。" if rows and all(row.gone for row in rows) else ""
    kept = list(_kept(request))
    counts = _counted(request.counts)
    page = None
    if is_page:
        page = html.render(
            "receipt.html", campaign=campaign, receipt=request.id, at=done_at, counts=counts, todo=todo, kept=kept
        )
    lines = (
        f"受付番号：{request.id}",
        f"この方の個人情報を消去しました（{done_at}）。"
        if is_new
        else f"この方の個人情報は消去済みです（{done_at}）。",
        *([_lost(campaign, outcome.award)] if outcome.award is not None else []),
        *([seen] if seen else []),
        *(f"【担当者がこれから行うこと】{sentence}" for sentence in todo),
        *(f"【残るもの】{sentence}" for sentence in kept),
    )
    again = (
        "" if request.label else "15分ほど後に同じアドレスで照会し、取り込みの途中だった回答がないか確かめてください。"
    )
    following = (
        f"【担当者がこれから行うこと】の作業を行ってください。{again}"
        'ご本人に渡す受付票は、同じ本文に "format": "html" を加えて実行すると表示されます。'
        "受付番号だけを控え、メールアドレスや当選コードは控えないでください。"
    )
    return Reply(Result.DONE if is_new else Result.UNCHANGED, lines, counts, following, page=page)


def _counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[store] for store, name in NAMES.items() if counts.get(store)}


def _todo(request: PersonRequest, rows: Sequence[LedgerRow], mailbox_problem: str) -> Iterator[str]:
    """Yield what is left to a person, in words that the one who asked may read too."""
    checked = "抽選の後に回答をすべて削除するときに、もう一度" if request.label else "削除したことは、次の照合で"
    for moment in _moments([row for row in rows if not row.gone]):
        yield f"Googleフォームの回答の削除（{_seconds(moment)}に送られた回答）。{checked}確かめます。"
    yield "送信用のメールボックスに残る、この方とのメール（送信済み、返信、問い合わせ）の検索と削除"
    if mailbox_problem:
        yield f"この方に送ったメールの削除（プログラムからは消去できませんでした。エラー番号：{mailbox_problem}）"
    if request.counts.get("state/claims") or request.counts.get("state/reviews"):
        yield "LoGoフォームにある、この方の登録の削除"
        yield "受け取り済みの発送リストとCSVからの、この方の行の削除"


def _kept(request: PersonRequest) -> Iterator[str]:
    """Yield what is kept of a person, and why."""
    yield "回答の番号の鍵付きハッシュと日時（同じ回答を再び取り込まないため。企画全体の消去のときに消えます）"
    if request.label:
        yield "抽選対象の記号（無作為の26文字。抽選を後から確かめるため。この方のものとは分からなくなりました）"
    yield "受付番号と消去した日時、件数（請求に応じたことの記録）"
    yield "データベースの過去の版（暗号化済み。保持期間の最長7日で自動的に消え、企画全体の消去のときに鍵を破棄します）"


def _moments(rows: Sequence[LedgerRow]) -> list[datetime]:
    return sorted(moment_of(row.created) for row in rows if row.created)


def _seconds(moment: datetime) -> str:
    local = moment.astimezone(JST)
    return f"{japanese_date(local.date())}{local:%H:%M:%S}"
