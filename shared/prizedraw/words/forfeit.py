"""Say to operators in Japanese which places `forfeit` lets go of or gives back, who moves up, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.fulfilment.lapses import Lapsing
from prizedraw.fulfilment.many import FEW
from prizedraw.fulfilment.reasons import BY_OPERATOR
from prizedraw.records.fulfilment import WHY_WORDS, Forfeit, Restored, ShippingList, Why
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, japanese_until, unstamp
from prizedraw.words.lapses import numbers, shortcoming, withheld

WHYS = "、".join(f'"{why.value}"（{WHY_WORDS[why]}）' for why in BY_OPERATOR)
"""The reasons that an operator may give, each as it is typed and as it is read."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Who held what *before*, who holds what *after*, and when it changes."""

    before: Standing
    after: Standing
    at: datetime

    def moved_up(self) -> list[Holder]:
        """Return who holds a place after and not before."""
        held = {holder.label for holder in self.before.holders}
        return [holder for holder in self.after.holders if holder.label not in held]

    def losing(self, marks: Sequence[Forfeit]) -> int:
        """Count those of *marks* who hold a place before."""
        return sum(self.before.holder(mark.id) is not None for mark in marks)


def ask(
    code: str,
    campaign: Campaign,
    body: Mapping[str, str],
    marks: Sequence[Forfeit],
    returns: Sequence[Restored],
    effect: Effect,
    lists: Sequence[ShippingList],
    *,
    lapsing: Lapsing | None,
    by_another: bool,
    named: tuple[int, int] | None = None,
) -> Reply:
    """
    Say what would happen; *body* is what was asked, to be repeated with the code, *by_another* operator if many.

    *lapsing* says by what the places have lapsed that are among *marks*; None if none of them is. *named*: how many
    operators have let go of by name before, and now, if together these are many.
    """
    lines = ["次の失効を記録し、公開します。取り消すことはできません。"] if marks else []
    if lapsing is not None:
        lines += [f"期限切れの根拠：{numbers(lapsing)}。"]
        if lapsing.file is not None and (why := shortcoming(lapsing.file)):
            lines += [f"【重要】{why}全件を出力したCSVを置いてから、やり直してください。"]
    if named is not None:
        before, now = named
        lines.append(
            f"【重要】担当者が理由を付けて失効させるものが、これまでの{before}件と合わせて{before + now}件となり、"
            f"当選{effect.before.places}件の三分の一（{FEW}件までは除く）を超えます。"
            "一人で続けられないよう、担当者が二人要ります。申し出や連絡の記録を、区と確かめてください。"
        )
    elif by_another:
        lines.append(
            f"【重要】賞品を受け取る権利のある{len(effect.before.holders)}名のうち{effect.losing(marks)}名が、一度に失効します。"
            "登録フォームのCSVが全件であったかを、区と確かめてください。"
        )
    press = confirm.press_by_another if by_another else confirm.press
    return Reply(
        Result.ASK,
        (*lines, *_lines(campaign, marks, effect, lists), *_returned(campaign, returns, "戻します")),
        {"失効": len(marks)} | ({"戻す当選": len(returns)} if returns else {}),
        next=press(code, body),
        confirm=code,
    )


def reply(
    campaign: Campaign,
    done: Sequence[Forfeit],
    returns: Sequence[Restored],
    left: int,
    effect: Effect,
    lists: Sequence[ShippingList],
) -> Reply:
    """Say what happened; *left* are those that the next call goes on with."""
    following = "公開用フォルダの forfeits/ にあるファイルと署名（.sig）を区のホームページに掲載してください。"
    if effect.moved_up() or left:
        following = f"繰り上げのお知らせはメールの送信（notify）が定期実行で送ります。{following}"
    if returns:
        following += "当選を戻したことを、区に知らせてください（登録は済んでいるため、本人へのメールは送られません）。"
    return Reply(
        Result.CONTINUES if left else Result.DONE if done or returns else Result.UNCHANGED,
        (*_lines(campaign, done, effect, lists), *_returned(campaign, returns, "戻しました")),
        {"失効": len(done), "繰り上げ": len(effect.moved_up()), "残り": left}
        | ({"戻した当選": len(returns)} if returns else {}),
        next=following,
    )


def returned(campaign: Campaign, back: Restored) -> Reply:
    """Say that the place was given back before, and when."""
    sentence = f"{_named(back.id)}「{campaign.prize(back.prize).name}」は、{japanese(unstamp(back.at))}に戻しています。"
    return Reply(Result.UNCHANGED, (sentence,), next="操作は要りません。")


def already(campaign: Campaign, forfeit: Forfeit) -> Reply:
    """Say that the place was let go of before, when and why."""
    at, why = japanese(unstamp(forfeit.at)), WHY_WORDS[Why(forfeit.why)]
    sentence = f"{_named(forfeit.id)}「{campaign.prize(forfeit.prize).name}」は、{at}に失効しています（{why}）。"
    return Reply(Result.UNCHANGED, (sentence,), next="操作は要りません。")


def nothing_to_return() -> Reply:
    """Say that nobody is owed a place that nobody else has."""
    return Reply(Result.REPORT, ("戻せる当選は、いまはありません。",), next="操作は要りません。")


def nothing(overdue: int, lapsing: Lapsing, *, scheduled: bool) -> Reply:
    """Say that nothing is to be done, and for those who are *overdue* what is awaited: a CSV, or an operator."""
    asked = (
        f"登録期限を過ぎて登録の確認できない方が{overdue}名います。期限の後に書き出した登録フォームのCSV（全件）を取り込むと、"
        "登録のない方が失効します。"
    )
    why = [withheld(lapsing)] if lapsing.awaits_operator else [asked] if overdue else []
    return Reply(
        Result.NOT_DUE if scheduled else Result.REPORT,
        ("期限切れ・取り下げで失効させるものは、いまはありません。", *why),
        {"期限を過ぎた未登録": overdue},
        next=f'辞退などで一人を失効させるには、{{"label": "管理番号", "why": "理由"}} で実行してください。理由：{WHYS}',
    )


def _named(label: str) -> str:
    return f"管理番号 {number_of(label)}"


def _returned(campaign: Campaign, returns: Sequence[Restored], verb: str) -> list[str]:
    """Say who has a place again."""
    return [
        f"{_named(back.id)}「{campaign.prize(back.prize).name}」：期限内の登録があったため、失効した当選を{verb}。"
        for back in returns
    ]


def _lines(campaign: Campaign, marks: Sequence[Forfeit], effect: Effect, lists: Sequence[ShippingList]) -> list[str]:
    """Say who loses a place, who moves up, which prizes nobody is left for, and whose parcel must be stopped."""
    name = {prize.id: prize.name for prize in campaign.prizes}
    on_list = {label for shipping in lists for label in shipping.labels}
    late = effect.at >= campaign.claim_last_at
    because = "繰り上げの最終期限を過ぎている" if late else "補欠が残っていない"
    more = {p: n - effect.before.unfilled.get(p, 0) for p, n in effect.after.unfilled.items()}
    return [
        *(f"失効：{_named(mark.id)}「{name[mark.prize]}」（{WHY_WORDS[Why(mark.why)]}）" for mark in marks),
        *(
            f"繰り上げ：{_named(h.label)} に「{name[h.prize]}」。登録期限は{japanese_until(h.deadline)}です。"
            for h in effect.moved_up()
        ),
        *(
            f"「{name[p]}」{n}点は、{because}ため、受け取る方がいません。新たな抽選は行いません。"
            for p, n in more.items()
            if n
        ),
        *(
            f"{_named(mark.id)} は発送リストに載っています。発送（ship）で新しい発送リストを作り直し、"
            "荷物を送らないでください。"
            for mark in marks
            if mark.id in on_list
        ),
    ]
