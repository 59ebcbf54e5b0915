"""Say to operators in Japanese what `erase` would do, what it found and did, and what is left for a person to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.due import Due
from prizedraw.erasure.places import PLACES, Place
from prizedraw.erasure.report import Report, name_of
from prizedraw.erasure.state import Overall, PlaceReport, state_text
from prizedraw.records.erasure import Attestation
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, unstamp
from prizedraw.words import places as place_words


@dataclass(frozen=True)
class Run:
    """Hold what a run came to: the last report and whether it is new, each place, what went, what went wrong."""

    report: Report
    is_new: bool
    places: Sequence[PlaceReport]
    erased: Mapping[str, int]
    problems: Mapping[str, str]
    due: Due


def complete(report: Report) -> Reply:
    """Say that all is done."""
    return Reply(
        Result.UNCHANGED,
        (
            "個人情報の消去は完了しています。",
            f"完了の報告書：{name_of(report.number)}（{japanese(report.made_at)}）",
        ),
        place_words.counts(report.places),
        next="完了の報告書（PDFとJSON、それぞれの .sig）を区に提出してください。ほかに操作は要りません。",
    )


def not_due(campaign: Campaign, found: Due) -> Reply:
    """Say that no place is due yet."""
    return Reply(Result.NOT_DUE, (f"まだ消去の時期ではありません（{place_words.unmet(campaign, found)}）。",))


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
            f"残っている条件：{place_words.unmet(campaign, found)}。",
            "消去を始めると、応募の受付、抽選、発送、集計、メールの送信はできなくなります。",
            f"理由：{reason}",
        ]
    elif found.unmet and found.erasing is None:
        lines.append(f"まだ、すべてを消去する時期ではありません（{place_words.unmet(campaign, found)}）。")
        lines.append("時期が来た場所だけを消去します。" if found.ended else "いま消去する場所はありません。")
    lines += [place_words.line(campaign, place) for place in places]
    if code is None:
        following = "操作は要りません。時期が来ると、定期実行で消去します。"
        return Reply(Result.REPORT, tuple(lines), place_words.counts(places), following)
    press = confirm.press(code, {"early": True, "reason": reason} if reason else {})
    usual = "" if reason else "通常は定期実行が毎日行うため、操作は要りません。すぐに行うときは、"
    todo = place_words.by_hand(places)
    return Reply(
        Result.ASK,
        tuple(lines + todo),
        place_words.counts(places),
        next=f"{usual}{press}",
        confirm=code,
    )


def done(campaign: Campaign, outcome: Run) -> Reply:
    """Say what was erased and what is left."""
    report, todo = outcome.report, place_words.by_hand(outcome.places)
    new = "作りました" if outcome.is_new else "前回から変わりません"
    lines = [
        state_text(outcome.places),
        f"消去報告書：{name_of(report.number)}（{new}）",
        *(place_words.line(campaign, place, outcome.problems.get(place.id, "")) for place in outcome.places),
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
    return Reply(
        Result.DONE if changed else Result.UNCHANGED, tuple(lines), place_words.counts(outcome.places) | went, following
    )


def cut_short(erased: Mapping[str, int], places: Sequence[PlaceReport]) -> Reply:
    """Say that the time was over before all was erased."""
    went = {f"消去：{place.name}": erased[place.id] for place in PLACES if erased.get(place.id)}
    return Reply(
        Result.CONTINUES,
        ("時間内に消去し切れませんでした。消去した分は、そのまま消去されています。",),
        place_words.counts(places) | went,
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
        next=confirm.press(code, {"attest": place.id, "by": name}),
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
