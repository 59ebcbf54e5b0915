"""Say to operators in Japanese which places `forfeit` lets go of, who moves up, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.fulfilment.reasons import BY_OPERATOR
from prizedraw.records.fulfilment import WHY_WORDS, Forfeit, ShippingList, Why
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, japanese_until, unstamp

WHYS = "、".join(f'"{why.value}"（{WHY_WORDS[why]}）' for why in BY_OPERATOR)
"""The reasons that an operator may give, each as it is typed and as it is read."""


@dataclass(frozen=True, kw_only=True)
class Change:
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
    change: Change,
    lists: Sequence[ShippingList],
    *,
    by_another: bool,
) -> Reply:
    """Say what would happen; *body* is what was asked, to be repeated with the code, *by_another* operator if many."""
    lines = ["次の失効を記録し、公開します。取り消すことはできません。"]
    if by_another:
        lines.append(
            f"【重要】賞品を受け取る権利のある{len(change.before.holders)}名のうち{change.losing(marks)}名が、一度に失効します。"
            "登録フォームのCSVが全件であったかを、区と確かめてください。"
        )
    press = confirm.press_by_another if by_another else confirm.press
    return Reply(
        Result.ASK,
        (*lines, *_lines(campaign, marks, change, lists)),
        {"失効": len(marks)},
        next=press(code, body),
        confirm=code,
    )


def reply(
    campaign: Campaign, done: Sequence[Forfeit], left: int, change: Change, lists: Sequence[ShippingList]
) -> Reply:
    """Say what happened; *left* are those that the next call goes on with."""
    return Reply(
        Result.CONTINUES if left else Result.DONE if done else Result.UNCHANGED,
        tuple(_lines(campaign, done, change, lists)),
        {"失効": len(done), "繰上げ": len(change.moved_up()), "残り": left},
        next="繰上げのお知らせは notify が定期実行で送ります。公開用フォルダの forfeits/ にあるファイルと署名（.sig）を"
        "区のホームページに掲載してください。",
    )


def already(campaign: Campaign, forfeit: Forfeit) -> Reply:
    """Say that the place was let go of before, when and why."""
    at, why = japanese(unstamp(forfeit.at)), WHY_WORDS[Why(forfeit.why)]
    sentence = f"番号 {forfeit.id}「{campaign.prize(forfeit.prize).name}」は、{at} に失効しています（{why}）。"
    return Reply(Result.UNCHANGED, (sentence,), next="操作は要りません。")


def nothing(overdue: int, *, scheduled: bool) -> Reply:
    """Say that nothing lapsed, and that a CSV is awaited for those who are *overdue*."""
    asked = (
        f"登録期限を過ぎて登録の確認できない方が{overdue}名います。期限の後に書き出した登録フォームのCSVを取り込むと、"
        "登録のない方が失効します。"
    )
    return Reply(
        Result.NOT_DUE if scheduled else Result.REPORT,
        ("期限切れ・取り下げで失効させるものは、いまはありません。", *([asked] if overdue else [])),
        {"期限を過ぎた未登録": overdue},
        next=f'辞退などで一人を失効させるには、{{"label": "番号", "why": "理由"}} で実行してください。理由：{WHYS}',
    )


def _lines(campaign: Campaign, marks: Sequence[Forfeit], change: Change, lists: Sequence[ShippingList]) -> list[str]:
    """Say who loses a place, who moves up, which prizes nobody is left for, and whose parcel must be stopped."""
    name = {prize.id: prize.name for prize in campaign.prizes}
    on_list = {label for shipping in lists for label in shipping.labels}
    late = change.at >= campaign.claim_last_at
    because = "繰上げの最終期限を過ぎている" if late else "補欠が残っていない"
    more = {p: n - change.before.unfilled.get(p, 0) for p, n in change.after.unfilled.items()}
    return [
        *(f"失効：番号 {mark.id}「{name[mark.prize]}」（{WHY_WORDS[Why(mark.why)]}）" for mark in marks),
        *(
            f"繰上げ：番号 {h.label} に「{name[h.prize]}」。登録期限は {japanese_until(h.deadline)} です。"
            for h in change.moved_up()
        ),
        *(
            f"「{name[p]}」{n}点は、{because}ため、受け取る方がいません。新たな抽選は行いません。"
            for p, n in more.items()
            if n
        ),
        *(
            f"番号 {mark.id} は発送リストに載っています。ship で新しい発送リストを作り直し、荷物を送らないでください。"
            for mark in marks
            if mark.id in on_list
        ),
    ]
