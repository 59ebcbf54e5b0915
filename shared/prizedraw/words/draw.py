"""Say to operators in Japanese what would be drawn, and by which randomness; and what was drawn."""

from dataclasses import dataclass

from prizedraw.errors import Refused
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.files import Commitment, DrawRecord, Rules
from prizedraw.lottery.obtaining import WARD_NEEDED, DrawOrder, moment_given
from prizedraw.mail import hours
from prizedraw.records.lottery import Drawn
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese

_KINDS = {
    "drand": "公開の乱数（drand）",
    "ward": "区が決めた数",
    "hsm": "クラウドの鍵管理装置（Cloud KMS）の乱数",
}


@dataclass(frozen=True, kw_only=True)
class ProposedDraw:
    """What the *code* would let happen; *is_published*: the record stands, and only the rest is to be done."""

    code: str
    order: DrawOrder
    rules: Rules
    commitment: Commitment
    is_published: bool


@dataclass(frozen=True, kw_only=True)
class FinishedDraw:
    """The draw that stands; *is_new* if this run made it or did what was left to do."""

    record: DrawRecord
    drawn: Drawn
    prizes: tuple[Prize, ...]
    is_new: bool


def reply(draw: ProposedDraw | FinishedDraw) -> Reply:
    """Say what would be drawn, or what was."""
    return _ask(draw) if isinstance(draw, ProposedDraw) else _finished(draw)


def not_due(refusal: Refused) -> Reply:
    """Say to the schedule what an operator is refused for."""
    if refusal.problem is WARD_NEEDED:
        return Reply(Result.NOT_DUE, ("区が決めた数の入力を待っています。",), next=refusal.sentence)
    return Reply(Result.NOT_DUE, (refusal.sentence,))


def _ask(draw: ProposedDraw) -> Reply:
    order, rules = draw.order, draw.rules
    lines = [
        "抽選を行います。抽選は一度だけで、やり直しはできません。",
        f"乱数：{_KINDS[rules.randomness.kind]}",
    ]
    if draw.is_published:
        lines = ["抽選記録はすでに公開されています。途中で止まった当選者の登録を続けます。結果は変わりません。"]
    elif order.ward_value is not None:
        lines.append(f"区が決めた数：「{order.ward_value}」（{len(order.ward_value)}文字）")
        lines.append(f"知らせた区の職：{order.given_by}、数を決めた日時：{_given_at(order)}")
        lines.append(
            "この数・職・日時は、抽選記録に載って公開され、区へもメールで送られます。区と読み合わせてください。"
        )
    return Reply(
        Result.ASK,
        tuple(lines),
        {"抽選対象": draw.commitment.pool_size}
        | {f"{prize.name} 当選": prize.quantity for prize in rules.prizes}
        | {f"{prize.name} 補欠": prize.reserves for prize in rules.prizes},
        next=confirm.press(draw.code, order.model_dump(exclude_none=True)),
        confirm=draw.code,
    )


def _given_at(order: DrawOrder) -> str:
    moment = moment_given(order.given_at)
    return japanese(moment) if moment is not None else ""


def _finished(draw: FinishedDraw) -> Reply:
    names = {prize.id: prize.name for prize in draw.prizes}
    counts = {}
    for award in draw.record.awards:
        counts[f"{names[award.prize]} 当選"] = len(award.winners)
        counts[f"{names[award.prize]} 補欠"] = len(award.reserves)
    return Reply(
        Result.DONE if draw.is_new else Result.UNCHANGED,
        (
            f"抽選は{japanese(draw.record.drawn_at)}に行われました。",
            f"抽選記録のSHA-256：{draw.drawn.record_hash}",
            *(
                f"「{names[prize]}」の当選者は、応募が足りないため{number}名少なくなりました。"
                for prize, number in draw.drawn.unawarded.items()
            ),
        ),
        counts,
        next=(
            f"当選のお知らせはメールの送信（notify）が定期実行で送ります（{hours.SPAN}まで）。"
            "状況は現在の状況（status）で確かめられます。"
        ),
    )
