"""Say to operators in Japanese which mails `notify` would send, which it sent, and why some wait."""

from collections.abc import Mapping
from dataclasses import dataclass

from prizedraw.fulfilment.holder_number import number_of
from prizedraw.mail import hours
from prizedraw.mail.again import Wanted
from prizedraw.mail.outbox import Stop
from prizedraw.records.mail import KIND_WORDS, MOST_AGAIN
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result

_STOPPED: Mapping[Stop, str] = {
    Stop.QUOTA: "Gmailの送信上限に達したため、残りは次回以降の定期実行で送ります。",
    Stop.DAY: "一日の送信数の上限に達したため、残りは次回以降の定期実行で、送れる数だけ送ります。",
    Stop.QUIET: f"個人あてのメールは{hours.SPAN}の間に送ります。残りはその時間の定期実行で送ります。",
    Stop.TIME: "時間内に送り切れなかったため、残りは次回の定期実行で送ります。",
}
"""All reasons but refused credentials, which are an alarm and no reply."""


@dataclass(frozen=True, kw_only=True)
class SendRun:
    """
    What a run of sending came to, in mails: how many were *sent*, are *left*, and had *returned*.

    *stopped* is why some wait, if they do.
    """

    sent: int
    left: int
    returned: int
    stopped: Stop | None


def nothing(sent: int) -> Reply:
    """Say that all mails that are due have been *sent*."""
    return Reply(Result.UNCHANGED, ("いま送るメールはありません。",), {"送信済みのメール": sent})


def ask(code: str, *, waiting: int, refused: int, sent: int) -> Reply:
    """Say what would be sent; *refused* counts those among the *waiting* that the service has refused before."""
    return Reply(
        Result.ASK,
        (
            "まだ送っていないメールを送ります。通常は定期実行が自動で送るため、操作は要りません。",
            f"個人あてのメールは、{hours.SPAN}の間だけ送ります。",
            *([f"送信を拒否されたメール{refused}通も、もう一度送ります。"] if refused else []),
        ),
        {"これから送るメール": waiting, "送信済みのメール": sent},
        next=confirm.press(code),
        confirm=code,
    )


def ask_samples(code: str, to: str, samples: int) -> Reply:
    """Say which samples would go, and to whom alone."""
    return Reply(
        Result.ASK,
        (
            f"送られるメールの見本を、1種類につき1通ずつ、あなたのアドレス（{to}）だけに送ります。",
            "件名は【テスト】で始まります。当選コードなどは架空のもので、応募者には何も送りません。",
        ),
        {"見本": samples},
        next=confirm.press(code, {"test": True}),
        confirm=code,
    )


def samples_sent(to: str, samples: int) -> Reply:
    """Say that the samples went out, and what to look at."""
    return Reply(
        Result.DONE,
        (f"見本のメール{samples}通を、{to} に送りました。",),
        {"見本": samples},
        next="パソコンとスマートフォンで開いて、件名・差出人・期限・登録ページ・お問い合わせ先が正しいことを確かめてください。"
        "届かないときは、迷惑メールのフォルダーも見てください。誤りがあれば、構築担当に定義ファイルを直してもらいます。",
    )


def ask_again(code: str, body: Mapping[str, str], wanted: Wanted) -> Reply:
    """Say which mail would go once more, and to whom."""
    return Reply(
        Result.ASK,
        (
            f"{_named(wanted)}を、もう一度送ります。",
            "宛先は応募のときのメールアドレスで、変えられません。文面と登録の期限は、前と同じです。",
            *(
                ["【注意】前のメールは、届かずに戻ってきています。再送しても届かないおそれがあります。"]
                if wanted.is_returned
                else []
            ),
            f"再送できるのは、一人に同じお知らせを{MOST_AGAIN}回までです（今回が{wanted.letter.nth - 1}回目）。",
        ),
        next=confirm.press(code, body),
        confirm=code,
    )


def sent_again(wanted: Wanted) -> Reply:
    """Say that a mail has gone once more."""
    return Reply(
        Result.DONE,
        (f"{_named(wanted)}を、もう一度送りました（{wanted.letter.nth - 1}回目の再送）。",),
        {"送信": 1},
        next="届いたかを、迷惑メールのフォルダも含めて、本人に確かめてもらってください。",
    )


def whose(label: str) -> Reply:
    """Say whose a claim code is, by the number that a mail bears."""
    return Reply(
        Result.REPORT,
        (
            f"この当選コードは、管理番号 {number_of(label)} の方のものです。",
            "照会したことは、作業の記録に残ります。メールは送っていません。",
        ),
        next="電話の方が読み上げた管理番号と同じかを、確かめてください。同じなら、当選のお知らせを持っている方です。",
    )


def refused_again(wanted: Wanted) -> Reply:
    """Say that the mail service took the mail from nobody."""
    return Reply(
        Result.REFUSED,
        (f"{_named(wanted)}の再送は、メールの送信が拒否されたため、できませんでした。",),
        next="宛先に誤りがないか、別の連絡手段がないか、区と相談してください。",
    )


def not_yet_again(wanted: Wanted, *, is_begun: bool) -> Reply:
    """Say that no more mails go for now; once it *is_begun* the schedule sends it."""
    return Reply(
        Result.CONTINUES if is_begun else Result.REFUSED,
        (f"送信数の上限に達しているため、{_named(wanted)}を、いまは再送できません。",),
        next="次の定期実行が送ります。" if is_begun else "一日ほど待って、もう一度実行してください。",
    )


def _named(wanted: Wanted) -> str:
    return f"管理番号 {number_of(wanted.holder.label)} の方への「{KIND_WORDS[wanted.letter.kind]}」"


def busy() -> Reply:
    """Say that another run is sending."""
    return Reply(Result.REFUSED, ("別の送信が実行中です。",), next="数分待ってから、もう一度実行してください。")


def reply(run: SendRun) -> Reply:
    """Say what was sent, what came back, and why letters wait."""
    result = Result.CONTINUES if run.left else Result.DONE if run.sent else Result.UNCHANGED
    if run.stopped is Stop.QUIET and not run.sent:
        result = Result.NOT_DUE
    return Reply(
        result,
        (
            f"メールを{run.sent}通送りました。" if run.sent else "送ったメールはありません。",
            *([_STOPPED[run.stopped]] if run.stopped else []),
            *([f"届かずに戻ってきたメールが{run.returned}通ありました。"] if run.returned else []),
        ),
        {"送信": run.sent, "残り": run.left} | ({"不達": run.returned} if run.returned else {}),
    )
