"""
Say what somebody must look into, from the records alone, where nothing personal is.

Each alarm is one Japanese sentence: what is wrong, and what to do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import FormWatch, Reason, Reconciliation, Totals
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.mail import SENT, MailRow, MailState
from prizedraw.times import instant_of, japanese, moment_of, stamp, unstamp

WATCH_ENDS_SOON = timedelta(hours=72)
FIRST_PULL = timedelta(hours=2)
SILENCE = timedelta(hours=12)
FREEZE_LATE = timedelta(hours=2)
OVERDUE_AFTER = timedelta(hours=1)
NO_PROGRESS = timedelta(hours=24)
MOST_NAMED = 10

COMMITMENT_TO_WARD, RECORD_TO_WARD = "commitment-ward", "record-ward"

_WATCH = {
    "form_changed": "フォームの設問が準備のときから変わっています。フォームを元に戻してください。",
    "watch_suspended": "フォームの通知が停止しています。フォームの共有（編集者）を確かめてください。"
    "応募は定期実行で取り込まれるため失われません。",
    "watch_failed": "フォームの読み取り、または通知の登録に失敗しています。"
    "フォームの共有（編集者）を確かめてください。",
}
_WATCH_OTHER = "フォームの通知に異常があります。保守担当に連絡してください。"


@dataclass(frozen=True)
class Facts:
    """
    Hold what the records say at the moment *now*; *mails* by their id.

    *is_erasing*: everything is being erased, and what the mails' records said is gone.
    """

    campaign: Campaign
    now: datetime
    prepared: Prepared | None
    watch: FormWatch | None
    totals: Totals | None
    reconciliation: Reconciliation | None
    frozen: Frozen | None
    drawn: Drawn | None
    mails: Mapping[str, MailRow]
    is_erasing: bool = False

    @property
    def is_prepared(self) -> bool:
        """Tell whether `prepare` is through; a run that died leaves a record without its time."""
        return self.prepared is not None and bool(self.prepared.prepared_at)

    def is_sent(self, mail: str) -> bool:
        """Tell whether a mail has gone out."""
        return mail in self.mails and self.mails[mail].state in SENT

    @property
    def winners_told(self) -> int:
        """Count the winners whose mail has gone out."""
        return sum(row.kind == "winner" and row.state in SENT for row in self.mails.values())


def alarms(facts: Facts) -> Iterator[str]:
    """Yield what is wrong, the most urgent first."""
    if facts.frozen is not None:
        yield from _with_commitment(facts, facts.frozen)
    if not facts.is_prepared:
        yield from _with_preparation(facts)
    if facts.watch is not None and facts.watch.alarm:
        yield _WATCH.get(facts.watch.alarm, _WATCH_OTHER)
    if facts.frozen is None:
        yield from _with_intake(facts)
    elif facts.drawn is None:
        yield from _with_draw(facts, facts.frozen)
    if facts.drawn is not None:
        yield from _with_notices(facts, facts.drawn)
    yield from _with_mails(facts)


def _with_commitment(facts: Facts, frozen: Frozen) -> Iterator[str]:
    if facts.is_sent(COMMITMENT_TO_WARD):
        return
    if facts.now >= unstamp(frozen.draw_at):
        yield (
            "【至急】抽選の時刻を過ぎましたが、確定記録が区へ送られていません。notify の定期実行を確かめてください。"
        )
    elif facts.now >= unstamp(frozen.frozen_at) + OVERDUE_AFTER:
        yield (
            f"確定記録がまだ区へ送られていません。抽選（{japanese(unstamp(frozen.draw_at))}）の前に届くよう、"
            "notify の定期実行を確かめてください。"
        )


def _with_preparation(facts: Facts) -> Iterator[str]:
    if facts.now >= facts.campaign.opens_at:
        yield "受付開始の時刻を過ぎましたが、準備（prepare）が済んでいません。構築担当に連絡してください。"
    elif facts.prepared is not None:
        yield "準備（prepare）が途中で止まっています。もう一度実行してください。"


def _with_intake(facts: Facts) -> Iterator[str]:
    """Yield what is wrong while responses are being taken in, and until they are fixed."""
    campaign, now, watch = facts.campaign, facts.now, facts.watch
    is_open = campaign.opens_at <= now < campaign.closes_at
    if facts.is_prepared and now >= campaign.opens_at + FIRST_PULL:
        if watch is None:
            yield "応募の取り込み（intake）が一度も行われていません。定期実行を確かめてください。"
        elif moment_of(watch.checked_at) < now - SILENCE:
            at = japanese(moment_of(watch.checked_at))
            yield (
                f"応募の取り込み（intake）が止まっているおそれがあります（最後の確認：{at}）。"
                "定期実行を確かめてください。"
            )
    if watch is not None and not watch.alarm and is_open and moment_of(watch.expires_at) < now + WATCH_ENDS_SOON:
        ends = japanese(moment_of(watch.expires_at))
        yield f"フォームの通知の期限（{ends}）が延びていません。保守担当に連絡してください。"
    found = facts.reconciliation
    if found is not None and not found.balances:
        ledger = found.totals["received"] - found.totals["gone"]
        yield (
            f"フォームの件数（{found.form_count}件）と台帳の件数（{ledger}件）が合っていません。"
            "次の照合の後も続くようなら、保守担当に連絡してください。"
        )
    if facts.totals is not None and facts.totals.gone_open:
        yield (
            f"フォームから消えた応募が{facts.totals.gone_open}件あります。"
            "回答を削除した人がいないか確かめてください。このままでは締切後の確定（freeze）ができません。"
        )
    if facts.totals is not None and (unreadable := facts.totals.rejected.get(Reason.UNREADABLE)):
        yield f"読み取れない応募が{unreadable}件あります。保守担当に連絡してください。"
    if now >= campaign.closes_at + FREEZE_LATE:
        yield (
            "締切から2時間以上たちましたが、応募が確定していません。"
            "freeze を {} で実行し、表示された理由に従ってください。"
        )


def _with_draw(facts: Facts, frozen: Frozen) -> Iterator[str]:
    """Yield what is wrong between the freeze and the draw."""
    due, planned = unstamp(frozen.draw_at), facts.campaign.draw_at
    if frozen.draw_at != stamp(planned):
        yield (
            f"応募の確定が遅れたため、抽選は {japanese(due)} に延期されました（当初の予定は {japanese(planned)}）。"
            "区に知らせてください。"
        )
    if facts.now >= due + OVERDUE_AFTER:
        yield "抽選の時刻を1時間以上過ぎましたが、抽選が行われていません。draw を実行してください。"


def _with_notices(facts: Facts, drawn: Drawn) -> Iterator[str]:
    """Yield what is wrong with the mails that tell of the draw."""
    drawn_at = unstamp(drawn.drawn_at)
    if not facts.is_sent(RECORD_TO_WARD) and facts.now >= drawn_at + OVERDUE_AFTER:
        yield "抽選記録がまだ区へ送られていません。notify の定期実行を確かめてください。"
    left = drawn.winners - facts.winners_told
    since = instant_of(facts.now - NO_PROGRESS)
    moving = any(row.state in SENT and row.at > since for row in facts.mails.values())
    if left and not moving and facts.now >= drawn_at + NO_PROGRESS:
        yield f"当選のお知らせが{left}通、送られないままです。notify の定期実行を確かめてください。"


def _with_mails(facts: Facts) -> Iterator[str]:
    """Yield which mails did not go out as they should."""
    rows = facts.mails.values()
    by_state = [row.state for row in rows]
    if refused := by_state.count(MailState.REFUSED):
        yield (
            f"送信を拒否されたメールが{refused}通あります。宛先に届いていません。"
            "原因を確かめてから notify を実行すると、もう一度送ります。"
        )
    if planned := by_state.count(MailState.PLANNED):
        codes = "、".join(sorted({row.problem for row in rows if row.state == MailState.PLANNED}))
        yield f"作成できないメールが{planned}通あります（エラー番号：{codes}）。保守担当に連絡してください。"
    if presumed := by_state.count(MailState.PRESUMED_SENT):
        yield f"送信の結果が確認できなかったメールが{presumed}通あります（送信済みとみなしています）。"
    returned = sorted(row.label for row in rows if row.bounced)
    if returned:
        named = "、".join(returned[:MOST_NAMED]) + ("ほか" if len(returned) > MOST_NAMED else "")
        yield (
            f"届いていません：戻ってきたメールが{len(returned)}通あります（記号：{named}）。"
            "宛先に誤りがないか、別の連絡手段がないか、区と相談してください。"
        )
    doubt = instant_of(facts.now - OVERDUE_AFTER)
    if drafted := sum(row.state == MailState.DRAFTED and row.at < doubt for row in rows):
        yield f"下書きのまま1時間以上送られていないメールが{drafted}通あります。notify の定期実行を確かめてください。"
