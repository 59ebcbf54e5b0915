"""Say to operators in Japanese what `erase` would do, what it found and did, and what is left for a person to do."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.due import Due, Unmet
from prizedraw.erasure.filed import name_of
from prizedraw.erasure.outcome import (
    AnswerTaken,
    CutShort,
    EraseOutcome,
    Looked,
    NotDue,
    Reported,
    Taken,
    ToAnswer,
    ToAttest,
)
from prizedraw.erasure.places import PLACES
from prizedraw.erasure.state import Overall, state_of, state_text
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, unstamp
from prizedraw.words import places as place_words

if TYPE_CHECKING:
    from prizedraw.erasure.report import Report

_IS_COMPLETE = "個人情報の消去は完了しています。"
_HAND_IN = "完了の報告書（PDFとJSON、それぞれの .sig）を区に提出してください。"


def reply(campaign: Campaign, outcome: EraseOutcome) -> Reply:
    """Say what a call came to."""
    match outcome:
        case NotDue():
            unmet, todo = place_words.unmet(campaign, outcome.due), place_words.by_hand(outcome.places)
            return Reply(Result.NOT_DUE, (f"まだ消去の時期ではありません（{unmet}）。", *todo))
        case Looked():
            return _looked(campaign, outcome)
        case CutShort():
            return _cut_short(outcome)
        case Reported():
            return _reported(campaign, outcome)
        case ToAttest():
            return _to_attest(outcome)
        case Taken():
            return _taken(outcome)
        case ToAnswer():
            return _to_answer(outcome)
        case AnswerTaken():
            return _answered(outcome)


def _complete_report(report: "Report") -> str:
    return f"完了の報告書：{name_of(report.number)}（{japanese(report.made_at)}）"


def _looked(campaign: Campaign, outcome: Looked) -> Reply:
    """Say how far each place is, and what would happen with the code."""
    due, places, last, reason = outcome.due, outcome.places, outcome.last, outcome.reason
    lines = [state_text(places) if last is not None else "個人情報の消去の状況です。"]
    if last is not None and last.state is Overall.COMPLETE:
        lines.append(_complete_report(last))
    if reason:
        lines += _before_the_draw(due)
        lines += [
            "【重要】時期の前に、すべての個人情報を消去し、鍵を破棄します。取り消すことはできません。",
            f"残っている条件：{place_words.unmet(campaign, due)}。",
            "消去を始めると、応募の受付、抽選、発送、集計、メールの送信はできなくなります。",
            f"理由：{reason}",
        ]
    elif due.unmet and due.erasing is None:
        lines.append(f"まだ、すべてを消去する時期ではありません（{place_words.unmet(campaign, due)}）。")
        lines.append("時期が来た場所だけを消去します。" if due.ended else "いま消去する場所はありません。")
    todo = place_words.by_hand(places, outcome.shown)
    doubts = [*place_words.unproven(outcome.unproven), *([outcome.problem] if outcome.problem else [])]
    lines += [*doubts, *todo, *place_words.lines(campaign, places)]
    if outcome.code is None:
        following = "操作は要りません。時期が来ると、定期実行で消去します。"
        if todo or doubts:
            following = "上の作業を行ってください。"
        return Reply(Result.REPORT, tuple(lines), place_words.counts(places), following)
    following = f"通常は定期実行が毎日行うため、操作は要りません。すぐに行うときは、{confirm.press(outcome.code)}"
    if todo:
        following = (
            "担当者の作業（上の「」の場所）を行ってください。プログラムが消す場所は、定期実行が毎日消去します。"
            f"すぐに行うときは、{confirm.press(outcome.code)}"
        )
    if reason:
        following = confirm.press_by_another(outcome.code, {"early": True, "reason": reason})
    return Reply(
        Result.ASK,
        tuple(lines),
        place_words.counts(places),
        next=following,
        confirm=outcome.code,
    )


def _before_the_draw(due: Due) -> list[str]:
    """Say in the strongest words what an erasure before the draw destroys: nothing can make up for it."""
    if Unmet.DRAW not in due.unmet:
        return []
    return [
        "【最重要】抽選は、まだ行われていません。実行すると、すべての応募が失われ、この企画の抽選は二度とできません。",
        "応募した方は、だれも賞品を受け取れなくなります。区が企画の中止を決め、文書で確かめた場合のほかは、"
        "確認コードをだれにも渡さないでください。",
    ]


def _reported(campaign: Campaign, outcome: Reported) -> Reply:
    """Say what was erased and what is left."""
    report, todo = outcome.report, place_words.by_hand(outcome.places, outcome.shown)
    todo += place_words.unproven(outcome.unproven)
    new = "作りました" if outcome.is_new else "前回から変わりません"
    is_complete = state_of(outcome.places) is Overall.COMPLETE
    lines = [
        state_text(outcome.places),
        f"消去報告書：{name_of(report.number)}（{new}）",
        *todo,
        *place_words.lines(campaign, outcome.places, outcome.problems),
    ]
    if is_complete and not outcome.is_new:
        lines[:2] = [_IS_COMPLETE, "すべての場所を、今回も読み直しました。", _complete_report(report)]
    elif report.state is Overall.COMPLETE and not is_complete:
        lines[1] = f"{_complete_report(report)}。その後の今回、読めない場所がありました。"
    following = (
        "担当者の作業（上の「」の場所）を行ってください。" if todo else "操作は要りません。毎日の定期実行で続けます。"
    )
    if is_complete:
        following = _HAND_IN
    elif outcome.problems:
        following += "エラー番号のある場所は、次の定期実行でやり直します。続くようなら保守担当に連絡してください。"
    counts = place_words.counts(outcome.places) | _went(outcome.erased)
    changed = outcome.erased or outcome.is_new
    return Reply(Result.DONE if changed else Result.UNCHANGED, tuple(lines), counts, following)


def _cut_short(outcome: CutShort) -> Reply:
    """Say that the time was over before all was erased."""
    return Reply(
        Result.CONTINUES,
        ("時間内に消去し切れませんでした。消去した分は、そのまま消去されています。",),
        place_words.counts(outcome.places) | _went(outcome.erased),
        next="続きは次回の定期実行で行います。すぐに続けるときは、もう一度実行してください。",
    )


def _went(erased: Mapping[str, int]) -> dict[str, int]:
    """Count what went in this run, by Japanese names."""
    return {f"消去：{place.name}": erased[place.id] for place in PLACES if erased.get(place.id)}


def _to_attest(outcome: ToAttest) -> Reply:
    """Say what would be attested."""
    place, name = outcome.place, outcome.name
    seen = "この場所は、プログラムからは確かめられません。"
    if outcome.left == 0:
        seen = "読み直して0件であることを確かめました。"
    return Reply(
        Result.ASK,
        (
            f"「{place.name}」（{place.holds}）を消去したことを、{name} さんの確認として記録します。",
            f"方法：{place.method}",
            seen,
            "氏名と日時は消去報告書に載ります。取り消すことはできません。",
        ),
        next=confirm.press(outcome.code, {"attest": place.id, "by": name}),
        confirm=outcome.code,
    )


def _taken(outcome: Taken) -> Reply:
    """Say that a person's word was recorded."""
    name, who = outcome.place.name, f"（確認：{outcome.mark.by}、{japanese(unstamp(outcome.mark.at))}）"
    if not outcome.is_new:
        said = f"「{name}」の消去は、すでに確認済みです{who}。"
        return Reply(Result.UNCHANGED, (said,), next="操作は要りません。")
    return Reply(
        Result.DONE,
        (f"「{name}」を消去したことを記録しました{who}。",),
        next=(
            "次の定期実行で報告書に載ります。すぐに報告書を作るときは、"
            "個人情報の消去（erase）を {} で実行してください。"
        ),
    )


def _to_answer(outcome: ToAnswer) -> Reply:
    """Say what a person's word on something unknown would be."""
    unknown, what, name = outcome.unknown, outcome.what, outcome.by
    shown = f"（名前は {json.dumps(unknown.shown, ensure_ascii=False)}）" if unknown.shown else ""
    there = f"いま{unknown.count}件あります。" if unknown.count else "いまはありません。"
    return Reply(
        Result.ASK,
        (
            f"プログラムが知らない {unknown.name}{shown} について、{name} さんの申告として記録します：{what}",
            f"{there}プログラムは中身を読んでいません。",
            "申告の内容と氏名と日時は消去報告書に載ります。取り消すことはできません。",
        ),
        next=confirm.press(outcome.code, {"attest": unknown.id, "what": what, "by": name}),
        confirm=outcome.code,
    )


def _answered(outcome: AnswerTaken) -> Reply:
    """Say that a person's word on something unknown was recorded."""
    mark = outcome.mark
    who = f"（申告：{mark.by}、{japanese(unstamp(mark.at))}）"
    if not outcome.is_new:
        said = f"{outcome.name} については、すでに申告済みです{who}：{mark.what}"
        return Reply(Result.UNCHANGED, (said,), next="操作は要りません。")
    return Reply(
        Result.DONE,
        (f"{outcome.name} についての申告を記録しました{who}：{mark.what}",),
        next=(
            "次の定期実行で報告書に載ります。すぐに報告書を作るときは、"
            "個人情報の消去（erase）を {} で実行してください。"
        ),
    )
