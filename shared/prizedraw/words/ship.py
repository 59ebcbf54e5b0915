"""Say to operators in Japanese what `ship` would do, what it did, and what to do next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder
from prizedraw.fulfilment.shipping_list import ListTable
from prizedraw.records.fulfilment import ShippingList
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, japanese_until, unstamp

_MOST_ROWS = 20
"""How many numbers of rows are listed one by one."""


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """
    What an operator says was shipped: who is *new*, how many were marked *before*, who lost the place.

    *unread* are the numbers of pasted lines that name nobody; *file* is the list that is meant as a whole, or empty.
    """

    new: tuple[Holder, ...]
    before: int
    lost: tuple[str, ...]
    unread: tuple[int, ...]
    file: str


def progress(holders: Iterable[Holder]) -> dict[str, int]:
    """Count those who hold a place by how far their prize is on its way, by Japanese names."""
    every = list(holders)
    return {
        "発送待ち": sum(h.claimed and not h.shipped for h in every),
        "未登録": sum(not h.claimed and not h.shipped for h in every),
        "発送済み": sum(h.shipped for h in every),
    }


def by_hand() -> Reply:
    """Say that no schedule makes a list."""
    return Reply(Result.NOT_DUE, ("発送リストは、担当者がコンソールから作ります。",))


def nobody(holders: Sequence[Holder]) -> Reply:
    """Say that there is nothing to list."""
    counts = progress(holders)
    done = counts["発送済み"] and not counts["未登録"]
    return Reply(
        Result.REPORT,
        ("発送を待っている賞品はありません。",),
        counts,
        next="すべて発送済みです。操作は要りません。"
        if done
        else "当選者の登録を取り込んでから、もう一度実行してください。",
    )


def ask(
    code: str,
    campaign: Campaign,
    holders: Sequence[Holder],
    ready: Sequence[Holder],
    lists: Sequence[ShippingList],
    now: datetime,
) -> Reply:
    """Say what list would be made, and who could still register."""
    counts = progress(holders)
    waiting = [h.deadline for h in holders if not h.claimed and not h.shipped and h.deadline > now]
    lines = ["次の賞品の発送リストを作ります。作った後は、リストに載った方のお届け先は変更されません。"]
    if waiting:
        last = japanese_until(max(waiting))
        lines.append(f"まだ登録できる当選者が{len(waiting)}名います（期限は最も遅い方で{last}）。")
    if counts["発送待ち"] > len(ready):
        lines.append(f"一つのリストに載るのは{len(ready)}件です。残りは、この分の発送を記録した後に作れます。")
    lines += _changed(ready)
    if lists:
        made_at = japanese(unstamp(lists[-1].made_at))
        lines.append(f"前の発送リスト（{made_at} 作成）は、パスワードとともに使えなくなります。")
    return Reply(
        Result.ASK,
        tuple(lines),
        _by_prize(campaign, ready) | counts,
        next=confirm.press(code),
        confirm=code,
    )


def made(
    campaign: Campaign, shipping: ShippingList, ready: Sequence[Holder], table: ListTable, *, replaced: bool
) -> Reply:
    """Say where file and password are, and which rows of it must be looked at or mended before it is used."""
    lines = [
        f"発送リスト（{len(shipping.labels)}件）を作りました。ファイル名：{shipping.object}",
        "書き出し用フォルダから、今日のうちに受け取ってください。ファイルは1日で消えます。",
        "開くためのパスワードは、Secret Manager の shipping-password の"
        f"バージョン {shipping.password_version} にあります。パスワードをメールやファイルに書き写さないでください。",
    ]
    if replaced:
        lines.append("前の発送リストは使えなくなりました。受け取り済みの前のファイルは、パソコンから削除してください。")
    if campaign.shipping.style == "yamato_b2":
        lines.append(
            "B2クラウドの基本レイアウトです。ご依頼主（20〜25列目）、ご請求先顧客コード（40列目）、"
            "運賃管理番号（42列目）は空欄のため、契約に合わせて入力してください。"
        )
    lines += _changed(ready)
    lines += _to_look_at(table)
    return Reply(
        Result.DONE,
        tuple(lines),
        _by_prize(campaign, ready),
        next='リストの荷物をすべて発送したら、本文を {"shipped": "all"} にして実行してください。一部だけのときは、'
        '本文を {"shipped_rows": "当選コードの列を貼り付け"} にして実行してください。',
    )


def ask_back(code: str, campaign: Campaign, over: HandedOver) -> Reply:
    """Say what would be marked as shipped."""
    which = f"発送リスト（{over.file}）のすべて" if over.file else "貼り付けた行"
    body = {"shipped": "all"} if over.file else {"shipped_rows": "（同じ内容）"}
    return Reply(
        Result.ASK,
        (
            f"{which}を、発送済みとして記録します。取り消すことはできません。",
            "追跡番号は保存しません。お手元の送り状の控えで管理してください。",
            *_notes(over),
        ),
        _by_prize(campaign, over.new) | {"記録済み": over.before},
        next=confirm.press(code, body),
        confirm=code,
    )


def marked(over: HandedOver, holders: Sequence[Holder], result: Result) -> Reply:
    """Say what was marked, and whether all is done."""
    counts = progress(holders)
    done = not counts["発送待ち"] and not counts["未登録"]
    new = len(over.new) if result == Result.DONE else 0
    return Reply(
        result,
        (f"{new}件を発送済みとして記録しました（以前に記録済み：{over.before}件）。", *_notes(over)),
        counts,
        next="発送はすべて終わりました。お届け先の情報は、定期実行の個人情報の消去（erase）が消去します。"
        if done
        else "残りを発送するときは、本文を {} にして実行し、新しい発送リストを作ってください。",
    )


def _changed(ready: Sequence[Holder]) -> list[str]:
    """Say how many parcels go elsewhere than was said first."""
    changed = sum(holder.changed for holder in ready)
    if not changed:
        return []
    return [
        f"{changed}件は、お届け先が登録の後で変更されています。発送リストの「確認」のシートにある行は、"
        "発送の前に、本人が変更したかを確かめてください。"
    ]


def _to_look_at(table: ListTable) -> list[str]:
    """Say which rows must be looked at, and which the carrier's system does not take; the list says why."""
    lines = []
    if looked_at := sorted({int(number) for number, *_ in table.notes} - set(table.unfit)):
        lines.append(
            f"{len(looked_at)}件は、発送の前に確かめることがあります（{_rows(looked_at)}）。"
            "理由は、発送リストの「確認」のシートにあります。"
        )
    if table.unfit:
        lines.append(
            f"{len(table.unfit)}件は、B2クラウドに取り込む前に直しが要ります（{_rows(table.unfit)}）。"
            "直すところと理由は、発送リストの「確認」のシートにあります。"
        )
    return lines


def _rows(numbers: Sequence[int]) -> str:
    """List numbers of rows, the first of many."""
    return "、".join(map(str, numbers[:_MOST_ROWS])) + ("…" if len(numbers) > _MOST_ROWS else "") + "行目"


def _by_prize(campaign: Campaign, parcels: Sequence[Holder]) -> dict[str, int]:
    """Count by prize, in the rules' order."""
    counts = {f"{prize.name} 発送": sum(h.prize == prize.id for h in parcels) for prize in campaign.prizes}
    return {name: number for name, number in counts.items() if number}


def _notes(over: HandedOver) -> list[str]:
    """Say what was not marked, and why."""
    lines = [
        f"管理番号 {number_of(label)} は、リストを作った後に失効、または本人の請求で消去されたため、記録しません。"
        "荷物を送ってしまったときは、区の担当に相談してください。"
        for label in over.lost
    ]
    if over.unread:
        lines.append(f"当選コードも管理番号も読み取れなかった行：{_rows(over.unread)}（全部で{len(over.unread)}行）")
    return lines
