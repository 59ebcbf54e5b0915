"""Say to operators in Japanese what `freeze` would fix, what is fixed, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass

from prizedraw.errors import Refused
from prizedraw.records.entries import Reconciliation
from prizedraw.records.lottery import Frozen
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, moment_of, unstamp


@dataclass(frozen=True, kw_only=True)
class ProposedFreeze:
    """What the *code* would let happen: on which reconciliation, with what an operator has *accepted* in the body."""

    code: str
    accepted: Mapping[str, int]
    reconciliation: Reconciliation


@dataclass(frozen=True, kw_only=True)
class FinishedFreeze:
    """The freeze that stands; *is_new* if this run made it."""

    frozen: Frozen
    is_new: bool


def reply(freeze: ProposedFreeze | FinishedFreeze, *, by_ward: bool) -> Reply:
    """Say what would be fixed, or what is; *by_ward*: the draw waits for a number of the ward's."""
    return _ask(freeze) if isinstance(freeze, ProposedFreeze) else _finished(freeze, by_ward=by_ward)


def not_due(refusal: Refused) -> Reply:
    """Say to the schedule what an operator is refused for."""
    return Reply(Result.NOT_DUE, (refusal.sentence,))


def _ask(freeze: ProposedFreeze) -> Reply:
    reconciliation = freeze.reconciliation
    totals = reconciliation.totals
    return Reply(
        Result.ASK,
        (
            "応募を確定します。確定すると、応募の追加や変更はできなくなります。",
            f"照合（{japanese(moment_of(reconciliation.began_at))} 開始）は、フォームと台帳で一致しています。",
        ),
        {
            "フォームの件数": reconciliation.form_count,
            "受け付けた応募": totals["accepted"],
            "重複": totals["duplicates"],
            "対象外（理由あり）": sum(totals["rejected"].values()),
            "取り下げ": totals["withdrawn"],
        },
        next=confirm.press(freeze.code, freeze.accepted),
        confirm=freeze.code,
    )


def _finished(freeze: FinishedFreeze, *, by_ward: bool) -> Reply:
    frozen = freeze.frozen
    at = japanese(unstamp(frozen.draw_at))
    return Reply(
        Result.DONE if freeze.is_new else Result.UNCHANGED,
        (
            "応募を確定し、抽選対象の一覧と確定記録を公開用フォルダに置きました。",
            f"確定記録のSHA-256：{frozen.commitment_hash}",
            f"抽選は{at}以降に行えます。確定記録はメールの送信（notify）が区へメールで送ります。",
        ),
        {"抽選対象": frozen.pool_size, "どの賞品の条件も満たさない応募": frozen.ineligible},
        next=f"区に、{at}以降に数を決めるよう依頼し、その数を抽選（draw）に入力して実行してください。"
        if by_ward
        else f"操作は要りません。抽選（draw）は{at}以降に定期実行されます。",
    )
