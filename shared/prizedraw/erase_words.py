"""Say to operators in Japanese what `erase` would do, what it found and did, and what is left for a person to do."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prizedraw.campaign import Campaign
from prizedraw.erase_desk import Due, Unmet
from prizedraw.erasure import Attestation
from prizedraw.erasure_papers import name_of
from prizedraw.erasure_report import Report
from prizedraw.erasure_state import Kind, Overall, PlaceReport, PlaceState, state_text
from prizedraw.orders import Reply, Result
from prizedraw.places import PLACES, SINCE, Place, When
from prizedraw.times import japanese, japanese_until, unstamp

COUNTED: Mapping[PlaceState, str] = {
    PlaceState.DONE: "消去済の場所",
    PlaceState.WINDOW: "消去済・復元可能期間中の場所",
    PlaceState.OPEN: "残りがある場所",
    PlaceState.UNATTESTED: "担当者の確認を待つ場所",
    PlaceState.UNREAD: "今回確認できなかった場所",
    PlaceState.WAITING: "時期を待つ場所",
    PlaceState.NONE: "該当のない場所",
}


@dataclass(frozen=True)
class Outcome:
    """Hold what a run came to: the last report and whether it is new, each place, what went, what went wrong."""

    report: Report
    is_new: bool
    places: Sequence[PlaceReport]
    erased: Mapping[str, int]
    problems: Mapping[str, str]
    due: Due


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
    date = f"（{japanese(campaign.erase_from_at)}）" if place.when is When.ERASING else ""
    return f"{SINCE[place.when]}{date}"


def line(campaign: Campaign, place: PlaceReport, problem: str = "") -> str:
    """Say how far one place has come."""
    return f"{place.name}：{_said(campaign, place, problem)}"


def _said(campaign: Campaign, place: PlaceReport, problem: str) -> str:
    wrong = f"（エラー番号：{problem}）" if problem else ""
    match place.state:
        case PlaceState.WAITING:
            described = next(one for one in PLACES if one.id == place.id)
            return f"{since(campaign, described)}に消去します"
        case PlaceState.OPEN:
            return f"{place.after}件残っています{wrong}"
        case PlaceState.UNREAD:
            return f"今回は確認できませんでした{wrong}"
        case PlaceState.UNATTESTED:
            return "担当者の確認を待っています"
        case PlaceState.NONE:
            return "ありません"
        case PlaceState.WINDOW | PlaceState.DONE:
            until = f"。{japanese_until(place.until)} までは復元できます" if place.until and _is_open(place) else ""
            return f"{_gone(place)}{until}"


def _is_open(place: PlaceReport) -> bool:
    return place.state is PlaceState.WINDOW


def _gone(place: PlaceReport) -> str:
    if place.attestation is not None:
        return f"消去済（{japanese(place.attestation.at)} 確認：{place.attestation.by}）"
    if place.kind is Kind.TIME:
        return "過去の版が残っています" if _is_open(place) else "ありません"
    if place.erased_at is not None:
        return f"消去済（{japanese(place.erased_at)}、{place.before}件）"
    return "ありません（0件）"


def counts(places: Sequence[PlaceReport]) -> dict[str, int]:
    """Count the places by how far they have come, by Japanese names; what counts none is left out."""
    found = Counter(place.state for place in places)
    return {name: found[state] for state, name in COUNTED.items() if found[state]}


def by_hand(places: Sequence[PlaceReport]) -> list[str]:
    """Say what only a person can do now, a sentence a place."""
    todo = []
    for place in places:
        if place.kind is Kind.PERSON and place.state in (PlaceState.OPEN, PlaceState.UNATTESTED):
            body = json.dumps({"attest": place.id, "by": "確かめた方の氏名"}, ensure_ascii=False)
            todo.append(
                f"「{place.name}」：{place.method}してください。終わったら erase を {body} で実行してください。"
            )
    return todo


def _press(code: str, order: Mapping[str, object]) -> str:
    body = json.dumps({**order, "confirm": code}, ensure_ascii=False)
    return f"15分以内に、本文を {body} にして実行してください。"


def complete(report: Report) -> Reply:
    """Say that all is done."""
    return Reply(
        Result.UNCHANGED,
        (
            "個人情報の消去は完了しています。",
            f"完了の報告書：{name_of(report.number)}（{japanese(report.made_at)}）",
        ),
        counts(report.places),
        next="完了の報告書（PDFとJSON、それぞれの .sig）を区に提出してください。ほかに操作は要りません。",
    )


def not_due(campaign: Campaign, found: Due) -> Reply:
    """Say that no place is due yet."""
    return Reply(Result.NOT_DUE, (f"まだ消去の時期ではありません（{unmet(campaign, found)}）。",))


def look(
    campaign: Campaign,
    found: Due,
    places: Sequence[PlaceReport],
    last: Report | None,
    code: str | None,
    reason: str,
) -> Reply:
    """Say how far each place is, and what would happen with the code."""
    lines = [state_text(places) if last is not None else "個人情報の消去の状況です。"]
    if last is not None and last.state is Overall.COMPLETE:
        lines.append(f"完了の報告書：{name_of(last.number)}（{japanese(last.made_at)}）")
    if reason:
        lines += [
            "【重要】時期の前に、すべての個人情報を消去し、鍵を破棄します。取り消すことはできません。",
            f"残っている条件：{unmet(campaign, found)}。",
            "消去を始めると、応募の受付、抽選、発送、集計、メールの送信はできなくなります。",
            f"理由：{reason}",
        ]
    elif found.unmet and found.erasing is None:
        lines.append(
            f"すべてを消去する時期ではありません（{unmet(campaign, found)}）。時期が来た場所だけを消去します。"
        )
    lines += [line(campaign, place) for place in places]
    if code is None:
        following = "操作は要りません。時期が来ると、定期実行で消去します。"
        return Reply(Result.REPORT, tuple(lines), counts(places), following)
    press = _press(code, {"early": True, "reason": reason} if reason else {})
    usual = "" if reason else "通常は定期実行が毎日行うため、操作は要りません。すぐに行うときは、"
    todo = by_hand(places)
    return Reply(
        Result.ASK,
        tuple(lines + todo),
        counts(places),
        next=f"{usual}{press}",
        confirm=code,
    )


def done(campaign: Campaign, outcome: Outcome) -> Reply:
    """Say what was erased and what is left."""
    report, todo = outcome.report, by_hand(outcome.places)
    new = "作りました" if outcome.is_new else "前回から変わりません"
    lines = [
        state_text(outcome.places),
        f"消去報告書：{name_of(report.number)}（{new}）",
        *(line(campaign, place, outcome.problems.get(place.id, "")) for place in outcome.places),
        *todo,
    ]
    is_complete = report.state is Overall.COMPLETE
    following = (
        "担当者の作業（上の「」の場所）を行ってください。" if todo else "操作は要りません。毎日の定期実行で続けます。"
    )
    if is_complete:
        following = "完了の報告書（PDFとJSON、それぞれの .sig）を区に提出してください。"
    elif outcome.problems:
        following += "エラー番号のある場所は、次の定期実行でやり直します。続くようなら保守担当に連絡してください。"
    went = {f"消去：{place.name}": outcome.erased[place.id] for place in PLACES if outcome.erased.get(place.id)}
    changed = outcome.erased or outcome.is_new
    return Reply(Result.DONE if changed else Result.UNCHANGED, tuple(lines), counts(outcome.places) | went, following)


def cut_short(erased: Mapping[str, int], places: Sequence[PlaceReport]) -> Reply:
    """Say that the time was over before all was erased."""
    went = {f"消去：{place.name}": erased[place.id] for place in PLACES if erased.get(place.id)}
    return Reply(
        Result.CONTINUES,
        ("時間内に消去し切れませんでした。消去した分は、そのまま消去されています。",),
        counts(places) | went,
        next="続きは次回の定期実行で行います。すぐに続けるときは、もう一度実行してください。",
    )


def ask_attestation(place: Place, name: str, code: str, left: int | None) -> Reply:
    """Say what would be attested."""
    seen = "読み直して0件であることを確かめました。" if left == 0 else "この場所は、プログラムからは確かめられません。"
    return Reply(
        Result.ASK,
        (
            f"「{place.name}」（{place.holds}）を消去したことを、{name} さんの確認として記録します。",
            f"方法：{place.method}",
            seen,
            "氏名と日時は消去報告書に載ります。取り消すことはできません。",
        ),
        next=_press(code, {"attest": place.id, "by": name}),
        confirm=code,
    )


def attested(place: Place, mark: Attestation) -> Reply:
    """Say that it was written down."""
    return Reply(
        Result.DONE,
        (f"「{place.name}」を消去したことを記録しました（確認：{mark.by}、{japanese(unstamp(mark.at))}）。",),
        next="次の定期実行で報告書に載ります。すぐに報告書を作るときは、erase を {} で実行してください。",
    )


def attested_before(place: Place, mark: Attestation) -> Reply:
    """Say that it had been written down before."""
    said = f"「{place.name}」の消去は、すでに確認済みです（確認：{mark.by}、{japanese(unstamp(mark.at))}）。"
    return Reply(Result.UNCHANGED, (said,), next="操作は要りません。")
