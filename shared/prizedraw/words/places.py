"""Say in Japanese how far each place is, and what only a person can do about it; for `erase` and `status`."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.due import Due, Unmet
from prizedraw.erasure.places import PLACES, SINCE, Place, PlaceKind, When
from prizedraw.erasure.state import PlaceReport, PlaceState
from prizedraw.erasure.unlisted import UNSIGNED
from prizedraw.times import japanese, japanese_until

COUNTED: Mapping[PlaceState, str] = {
    PlaceState.DONE: "消去済の場所",
    PlaceState.DECLARED: "担当者が申告した場所",
    PlaceState.WINDOW: "消去済・復元可能期間中の場所",
    PlaceState.OPEN: "残りがある場所",
    PlaceState.UNATTESTED: "担当者の確認を待つ場所",
    PlaceState.UNREAD: "今回確認できなかった場所",
    PlaceState.WAITING: "時期を待つ場所",
    PlaceState.NONE: "該当のない場所",
}


def unmet(campaign: Campaign, found: Due) -> str:
    """List what must still come before everything may be erased."""
    said = {
        Unmet.DATE: f"消去の開始日（{japanese(campaign.erase_from_at)}）の前です",
        Unmet.DRAW: "抽選が済んでいません",
        Unmet.SHIPPING: "発送が済んでいません",
        Unmet.ANALYSIS: "集計が済んでいません",
    }
    return "、".join(said[what] for what in found.unmet)


def since(campaign: Campaign, place: Place) -> str:
    """Say when the time of a place comes."""
    return f"{japanese(campaign.erase_from_at)}以降" if place.when is When.ERASING else SINCE[place.when]


def lines(campaign: Campaign, places: Sequence[PlaceReport], problems: Mapping[str, str] | None = None) -> list[str]:
    """
    Say how far the places have come, in their order: each that is of interest by itself, the others by what they share.

    Together stand those in which something is left, those that wait for the same, those that the program emptied at
    the same time, and those in which there was nothing. *problems* are codes by place; who has one stands alone.
    """
    together: dict[str, list[str]] = {}
    for place in places:
        problem = (problems or {}).get(place.id, "")
        if problem:
            together[f"{place.name}：{_said(campaign, place, problem)}"] = []
            continue
        shared, name = _shared(campaign, place)
        together.setdefault(shared, []).append(name)
    return [_together(said, names) for said, names in together.items()]


def _together(said: str, names: Sequence[str]) -> str:
    """Say the same of several places, or of one, which then comes first if nothing is counted in it."""
    if not names:
        return said
    is_counted = names[0].endswith("件")
    return f"{names[0]}：{said}" if len(names) == 1 and not is_counted else f"{said}：{'、'.join(names)}"


def _shared(campaign: Campaign, place: PlaceReport) -> tuple[str, str]:
    """Return what may be said of several places at once, and the name of this one, with its number where it has one."""
    if place.state is PlaceState.OPEN and place.kind is not PlaceKind.UNKNOWN:
        return "残っているもの", f"{place.name} {place.after}件"
    if place.state is PlaceState.DONE and place.erased_at is not None and place.kind is not PlaceKind.KEY:
        return f"消去済（{japanese(place.erased_at)}）", f"{place.name} {place.before}件"
    return _said(campaign, place, ""), place.name


def _said(campaign: Campaign, place: PlaceReport, problem: str) -> str:
    wrong = f"（エラー番号：{problem}）" if problem else ""
    if place.kind is PlaceKind.UNKNOWN and place.state is not PlaceState.UNREAD:
        return _said_of_unknown(place)
    match place.state:
        case PlaceState.WAITING:
            described = next(one for one in PLACES if one.id == place.id)
            if place.kind is PlaceKind.TIME:
                return "消去の後、保持期間が過ぎるのを待ちます"
            return f"{since(campaign, described)}に消去します"
        case PlaceState.OPEN:
            return f"{place.after}件残っています{wrong}"
        case PlaceState.UNREAD:
            return f"今回は確認できませんでした{wrong}"
        case PlaceState.UNATTESTED:
            return "担当者の確認を待っています"
        case PlaceState.NONE:
            return "ありません"
        case PlaceState.WINDOW | PlaceState.DONE | PlaceState.DECLARED:
            until = f"。{japanese_until(place.until)}までは復元できます" if place.until and _is_open(place) else ""
            return f"{_gone(place)}{until}"


def _said_of_unknown(place: PlaceReport) -> str:
    """Say how far something is that nobody declared: whether it is there, and what a person said of it."""
    there = f"{place.after}件あります" if place.after else "いまはありません"
    if place.attestation is None:
        return f"{there}。何であるかの申告を待っています"
    return f"{there}。{place.method}（{japanese(place.attestation.at)} {place.attestation.by}）"


def _is_open(place: PlaceReport) -> bool:
    return place.state is PlaceState.WINDOW


def _gone(place: PlaceReport) -> str:
    if place.attestation is not None:
        word = "消去済" if place.after == 0 else "申告済"
        return f"{word}（{japanese(place.attestation.at)} 確認：{place.attestation.by}）"
    if place.kind is PlaceKind.TIME:
        return "過去の版が残っています" if _is_open(place) else "ありません"
    if place.erased_at is not None:
        word = ("破棄を予約済" if _is_open(place) else "破棄済") if place.kind is PlaceKind.KEY else "消去済"
        return f"{word}（{japanese(place.erased_at)}、{place.before}件）"
    return "ありません（0件）"


def counts(places: Sequence[PlaceReport]) -> dict[str, int]:
    """Count the places by how far they have come, by Japanese names; what counts none is left out."""
    found = Counter(place.state for place in places)
    return {name: found[state] for state, name in COUNTED.items() if found[state]}


def by_hand(places: Sequence[PlaceReport], shown: Mapping[str, str] | None = None) -> list[str]:
    """
    Say what only a person can do now, a sentence a place.

    *shown* is by what a person finds what nobody declared, by place, where its name alone does not tell.
    """
    todo = []
    for place in places:
        if place.kind is PlaceKind.UNKNOWN and place.state in (PlaceState.OPEN, PlaceState.UNATTESTED):
            todo.append(_to_answer(place, (shown or {}).get(place.id, "")))
        if place.kind is PlaceKind.PERSON and place.state in (PlaceState.OPEN, PlaceState.UNATTESTED):
            body = json.dumps({"attest": place.id, "by": "確かめた方の氏名"}, ensure_ascii=False)
            todo.append(
                f"「{place.name}」：{place.method}してください。"
                f"終わったら個人情報の消去（erase）を {body} で実行してください。"
            )
    return todo


def _to_answer(place: PlaceReport, shown: str) -> str:
    """Say what is to be done about something that nobody declared."""
    order = {"attest": place.id, "what": "それが何で、個人情報がないこと、または削除したこと", "by": "確かめた方の氏名"}
    body = json.dumps(order, ensure_ascii=False)
    found = f"（名前は {json.dumps(shown, ensure_ascii=False)}）" if shown else ""
    if place.name.endswith(UNSIGNED):
        return (
            f"「{place.name}」{found}：このシステムのファイルの名前が付いていますが、この企画の正しい署名がありません。"
            "使わずに除いてあります。区に渡さず、だれが置いたかを構築担当と監査ログで確かめてください。"
            f"ファイルは消せなくて構いません。そのうえで個人情報の消去（erase）を {body} で実行してください。"
        )
    look = "中身を確かめ、個人情報があれば削除してください。" if place.after else "何であったかを確かめてください。"
    return (
        f"「{place.name}」{found}：プログラムが知らないものです。"
        f"{look}そのうえで個人情報の消去（erase）を {body} で実行してください。"
    )


def unproven(records: Sequence[str]) -> list[str]:
    """Say of records of people's words that the journal does not know of them, and what is to be done."""
    names = {place.id: place.name for place in PLACES} | {"erasing": "消去を始めた印"}
    return [
        f"「{names.get(id, id)}」：記録がありますが、だれがしたかが業務の記録にないため、ないものとして扱いました。"
        "だれが書いたかを構築担当に確かめてもらってください。担当者の確認であれば、もう一度行ってください。"
        for id in records
    ]
