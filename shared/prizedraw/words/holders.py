"""Say to operators in Japanese how far each who holds a place is, by their 管理番号."""

from collections.abc import Mapping

from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder
from prizedraw.records.fulfilment import WHY_WORDS, Forfeit, Why
from prizedraw.records.mail import KIND_WORDS, MailRow, MailState
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, japanese_until, moment_of, unstamp

NEXT_OF_ONE = "操作は要りません。お問い合わせへの答え方は、手引きの「問い合わせを受けたら」にあります。"

_STATES: Mapping[str, str] = {
    MailState.PLANNED: "作成できていません",
    MailState.DRAFTED: "送信の途中です",
    MailState.SENT: "送信済み",
    MailState.PRESUMED_SENT: "送信の結果が確認できていません",
    MailState.REFUSED: "送信を拒否されました",
}


def listed(lines: tuple[str, ...], number: int) -> Reply:
    """Give the list of those who hold a place now."""
    return Reply(
        Result.REPORT,
        lines or ("いま当選の権利がある方はいません。",),
        {"当選の権利がある人（現在）": number},
        next='一人について詳しく見るには、本文を {"holder": "管理番号"} にして実行してください。',
    )


def line(holder: Holder, prize: str, *, is_returned: bool, in_review: bool) -> str:
    """Say how far one who holds a place is."""
    told = f"お知らせ {japanese(holder.told)}" if holder.told is not None else "お知らせ 未送信"
    claimed = "登録 済" if holder.claimed else "登録 要確認" if in_review else "登録 未"
    parts = [
        f"管理番号 {number_of(holder.label)}",
        prize + ("（繰り上げ）" if holder.promoted else ""),
        told + ("（届かずに戻っています）" if is_returned else ""),
        claimed + ("（後から変更あり）" if holder.changed else ""),
        f"登録期限 {japanese_until(holder.deadline)}",
        f"発送リスト {'掲載' if holder.listed else '未掲載'}",
        f"発送 {'済' if holder.shipped else '未'}",
    ]
    return "　".join(parts)


def reserve(label: str, prize: str) -> str:
    """Say that somebody is next in line, and was told nothing."""
    return f"管理番号 {number_of(label)}　{prize}　補欠です。いまは当選の権利がなく、お知らせもしていません。"


def lost(label: str, prize: str, forfeit: Forfeit) -> str:
    """Say when and why somebody lost their place."""
    at = japanese(unstamp(forfeit.at))
    return f"管理番号 {number_of(label)}　{prize}　失効しています（{WHY_WORDS[Why(forfeit.why)]}、{at}）。"


def withdrawn(label: str, prize: str) -> str:
    """Say that somebody was erased on request."""
    return f"管理番号 {number_of(label)}　{prize}　本人の請求により、個人情報を消去しています。"


def mail(row: MailRow) -> str:
    """Say what became of one mail."""
    again = "（再送）" if row.is_again else ""
    returned = "。届かずに戻っています" if row.bounced else ""
    return (
        f"{KIND_WORDS.get(row.kind, row.kind)}{again}：{_STATES[row.state]}（{japanese(moment_of(row.at))}）{returned}"
    )
