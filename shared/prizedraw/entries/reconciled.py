"""Demand of the last reconciliation what a freeze rests on."""

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Problem, Refused
from prizedraw.ports import Reader
from prizedraw.records.entries import Reconciliation, Totals
from prizedraw.records.running import ONLY
from prizedraw.times import moment_of

NOT_RECONCILED = Problem(
    "E-403",
    "締切後の照合がまだ済んでいません。定期実行の取り込み（intake）が終わるまで、20分ほど待って実行してください。",
)
DOES_NOT_BALANCE = Problem(
    "E-404",
    "フォームの件数（{form}件）と台帳の件数（{ledger}件）が合いません。次の照合（1時間以内）を待って再度実行し、"
    "続くようなら保守担当に連絡してください。",
)
GONE = Problem(
    "E-405",
    "フォームから消えた応募が{gone}件あります。フォームで回答を削除した人がいないか確かめてください。"
    "応募者本人の請求による削除なら個人情報の消去（erase）で取り下げてください。"
    '応募を有効のまま進めるには {{"accept_gone": {gone}}} '
    "を付けて実行してください。",
)
NONE_GONE = Problem("E-410", "フォームから消えた応募はありません。accept_gone を外して実行してください。")
ROWS_DIFFER = Problem(
    "E-414",
    "フォームの回答から判定し直した結果と、保存されている応募が、{differing}件で一致しません。確定せずに、保守担当に"
    "連絡してください（保存された内容が書き換えられたおそれがあります）。直した後は、次の照合（1時間以内）で確かめられます。",
)
QUESTIONS_DIFFER = Problem(
    "E-415",
    "保存されている設問の対応が、フォームと定義ファイルから求め直したものと一致しません。確定せずに、保守担当に"
    "連絡してください（保存された内容が書き換えられたおそれがあります）。直した後は、次の照合（1時間以内）で確かめられます。",
)


def latest(campaign: Campaign, state: Reader) -> Reconciliation:
    """Return the reconciliation on which the freeze rests; refuse if none began late enough, or more came since."""
    stored = state.get(Reconciliation, ONLY)
    totals = state.get(Totals, ONLY)
    if (
        stored is None
        or totals is None
        or moment_of(stored.record.began_at) < campaign.settled_at
        or any(getattr(totals.record, name) != stored.record.totals[name] for name in ("received", "withdrawn"))
    ):
        raise Refused(NOT_RECONCILED)
    return stored.record


def demand_balance(reconciliation: Reconciliation, accept_gone: int) -> None:
    """Refuse unless every response is accounted for, and every one that vanished has been looked into."""
    totals = reconciliation.totals
    if not reconciliation.balances:
        ledger = totals["received"] - totals["gone"]
        raise Refused(DOES_NOT_BALANCE, form=reconciliation.form_count, ledger=ledger)
    gone = totals["gone_open"]
    if gone != accept_gone:
        raise Refused(GONE, gone=gone) if gone else Refused(NONE_GONE)


def demand_agreement(reconciliation: Reconciliation, form_hash: str) -> None:
    """
    Refuse unless what is stored is what that read has judged, by the questions that form and campaign file give.

    *form_hash* is that of the published rules, and so what `prepare` has stored: by another no question was resolved.
    """
    if reconciliation.questions_differ or reconciliation.prepared_hash != form_hash:
        raise Refused(QUESTIONS_DIFFER)
    if reconciliation.differing:
        raise Refused(ROWS_DIFFER, differing=reconciliation.differing)
