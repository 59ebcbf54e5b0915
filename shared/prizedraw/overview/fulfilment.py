"""The parcels: who has registered, what waits for an operator, what was sent."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prizedraw.fulfilment import lapses
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder
from prizedraw.mail.reminders import begins, reminders
from prizedraw.overview.facts import RECORD_TO_WARD, Facts
from prizedraw.overview.parcels import Parcels
from prizedraw.overview.section import MOST_NAMED, Section, Stage, Task, named_holders
from prizedraw.times import japanese_until
from prizedraw.words import claim as words
from prizedraw.words import lapses as lapses_words
from prizedraw.words import reminders as reminder_words

SHIP_SOON = timedelta(days=2)
MOST_DOUBTS = 50


def fulfilment_section(facts: Facts, parcels: Parcels) -> Section:
    """Tell how far the prizes are on their way, once they are drawn."""
    return Section(
        alarms=(
            *_about_files(facts, parcels),
            *_about_changes(parcels),
            *_about_doubts(parcels),
            *_about_stopped(parcels),
            *_about_reminders(facts, parcels),
            *_about_deadlines(facts, parcels),
            *_about_the_owed(parcels),
            *_about_unfilled(facts, parcels),
            *_about_shipping(facts, parcels),
        ),
        counts={
            "当選の権利がある人（現在）": len(parcels.standing.holders),
            "うち繰り上げ": sum(holder.promoted for holder in parcels.standing.holders),
            "失効・辞退などで手放された当選": parcels.forfeits,
            **({"うち戻した当選": parcels.restored} if parcels.restored else {}),
            "お届け先の登録済み": parcels.claimed,
            "確認が必要な登録": parcels.to_review,
            **({"お届け先に確かめることがある登録": len(parcels.doubtful)} if parcels.doubtful else {}),
            "発送済み": parcels.shipped,
        },
        stages=tuple(_stages(facts, parcels)),
        tasks=tuple(_tasks(facts, parcels)) if facts.is_sent(RECORD_TO_WARD) else (),
        waiting=_waiting(facts, parcels),
    )


def _about_files(facts: Facts, parcels: Parcels) -> Iterator[str]:
    """Yield which CSV was not imported, unless a later one was, and which of their rows wait for an operator."""
    complete = [lapses.dropped_at(file) for file in parcels.imports if file.complete]
    for file in parcels.imports:
        if not file.complete and lapses.dropped_at(file) >= max(complete, default=lapses.dropped_at(file)):
            yield f"登録のCSV：{words.problem_of(file, facts.now)}"
    if parcels.to_review:
        rows = "　".join(map(words.reason_of, parcels.reviews))
        more = "　ほか" if parcels.to_review > len(parcels.reviews) else ""
        yield f"確認が必要な登録が{parcels.to_review}件あります（最新のCSVの行番号）。{rows}{more}"


def _about_changes(parcels: Parcels) -> Iterator[str]:
    """Yield whose parcel goes elsewhere than they, or somebody who knew their code, had said before."""
    changed = [holder for holder in parcels.standing.holders if holder.changed and not holder.shipped]
    if changed:
        yield (
            f"お届け先が後から変更された登録が{len(changed)}件あります（管理番号：{named_holders(changed)}）。"
            "発送の前に、本人が変更したかを確かめてください（当選コードを知った別の人による変更かもしれません）。"
        )


def _about_doubts(parcels: Parcels) -> Iterator[str]:
    """Yield which registrations somebody must look at before shipping, by row of the newest CSV and by what is odd."""
    if not parcels.doubtful:
        return
    shown = parcels.doubtful[:MOST_DOUBTS]
    rows = "　".join(words.doubts_of(claim) for claim in shown)
    more = "　ほか" if len(parcels.doubtful) > len(shown) else ""
    yield (
        f"お届け先に確かめることがある登録が{len(parcels.doubtful)}件あります（最新のCSVの行番号）。{rows}{more}"
        "　取り込みは済んでいます。発送の前に確かめ、違っていれば、本人に登録し直してもらってください。"
    )


def _about_stopped(parcels: Parcels) -> Iterator[str]:
    """Yield whose parcel must be stopped: they lost their place, by schedule for example, after the list was made."""
    if parcels.stopped:
        numbers = "、".join(map(number_of, parcels.stopped[:MOST_NAMED]))
        yield (
            f"【至急】失効した、または本人の請求で消去した当選が、発送リストに{len(parcels.stopped)}件載っています"
            f"（管理番号：{numbers}）。荷物を送らず、発送（ship）で発送リストを作り直してください。"
        )


def _about_reminders(facts: Facts, parcels: Parcels) -> Iterator[str]:
    """Yield that reminders wait for a fresh CSV, and until when they are of use."""
    if said := reminder_words.overdue(_unreminded(facts, parcels), facts.now):
        yield said


def _next_reminder(facts: Facts, parcels: Parcels) -> datetime | None:
    """Return when the next reminders begin that will need another CSV, from the day before on."""
    return min(
        (at for holder in _unreminded(facts, parcels) if (at := begins(holder)) and at > facts.now), default=None
    )


def _unreminded(facts: Facts, parcels: Parcels) -> tuple[Holder, ...]:
    """Return whose reminder needs another CSV than those that are there."""
    standing = parcels.standing.without(parcels.withdrawn)
    return reminders(standing, parcels.imports, facts.mails, facts.now).waiting


def _about_deadlines(facts: Facts, parcels: Parcels) -> Iterator[str]:
    """Yield which places are past their deadline and cannot lapse by themselves, and a newest CSV that is partial."""
    overdue = lapses.overdue(parcels.standing, facts.now)
    if stuck := "、".join(number_of(holder.label) for holder in overdue if holder.label in parcels.in_review):
        yield (
            f"登録に不備があり、期限を過ぎた当選があります（管理番号：{stuck}）。自動では失効しません。"
            "登録し直してもらうか、当選の失効（forfeit）を実行してください。"
        )
    waiting = [holder for holder in overdue if holder.label not in parcels.in_review]
    lapsing = parcels.lapsing
    if lapsing.awaits_operator:
        yield f"【至急】{lapses_words.withheld(lapsing)}"
    elif lapsing.file is not None and lapsing.file.missing and parcels.claimed < len(parcels.standing.holders):
        yield f"{lapses_words.shortcoming(lapsing.file)}{lapses_words.WHOLE_LIST}"
    if waiting and not lapsing.holders:
        yield (
            f"登録期限を過ぎても登録が確認できない当選が{len(waiting)}件あります（管理番号：{named_holders(waiting)}）。"
            "期限の後にLoGoフォームから全件を出力したCSVを置いてください。取り込んだ後、失効と繰り上げが自動で行われます。"
        )


def _about_the_owed(parcels: Parcels) -> Iterator[str]:
    """Yield who had registered in time and lapsed all the same, and whether somebody else has their place by now."""
    free = parcels.standing.returning()
    if free:
        yield (
            f"【至急】期限内に登録していたのに失効した当選が{len(free)}件あり、賞品がまだ残っています（管理番号：{named_holders(free)}）。"
            '当選の失効（forfeit）を {"restore": "all"} で実行すると、当選を戻せます。'
        )
    taken = [holder for holder in parcels.standing.owed if holder not in free]
    if taken:
        yield (
            f"期限内に登録したのに失効した方が{len(taken)}人います（管理番号：{named_holders(taken)}）。賞品はすでに次の方のものになっています。"
            "賞品をどうするかは区が決めます。区に知らせてください。"
        )


def _about_unfilled(facts: Facts, parcels: Parcels) -> Iterator[str]:
    for prize, number in parcels.standing.unfilled.items():
        name = facts.campaign.prize(prize).name
        yield (
            f"「{name}」{number}個は、受け取る方がいません（補欠が残っていないか、登録の最終期限を過ぎたため。"
            "抽選のやり直しは行いません）。"
        )


def _about_shipping(facts: Facts, parcels: Parcels) -> Iterator[str]:
    if parcels.unshipped and facts.now >= facts.campaign.ship_by_at - SHIP_SOON:
        ends = japanese_until(facts.campaign.ship_by_at)
        yield f"発送の期限（{ends}）が近づいていますが、{parcels.unshipped}件が未発送です。"


def _stages(facts: Facts, parcels: Parcels) -> Iterator[Stage]:
    everybody = len(parcels.standing.holders)
    registered = f"{everybody}件のうち{parcels.claimed}件" if parcels.imports else ""
    due = f"{facts.campaign.claim_deadline_text}まで（最終 {facts.campaign.claim_last_text}）"
    yield Stage("お届け先の登録", due, registered, is_late=_is_over(facts))
    sent = f"{parcels.claimed}件のうち{parcels.shipped}件" if parcels.shipped else ""
    ship_by = facts.campaign.ship_by_at
    yield Stage("発送", f"{japanese_until(ship_by)}まで", sent, is_late=facts.now >= ship_by)


def _tasks(facts: Facts, parcels: Parcels) -> Iterator[Task]:
    ship_by = facts.campaign.ship_by_at
    waiting = [holder for holder in parcels.standing.holders if holder.claimed and not holder.shipped]
    unlisted = sum(not holder.listed for holder in waiting)
    if parcels.is_cut_off and unlisted < len(waiting):
        yield Task(
            "発送リストの作成が途中で止まりました。もう一度、発送リストの作成（ship）を {} で実行してください。",
            until=ship_by,
        )
    elif unlisted < len(waiting):
        yield Task(
            '発送リストの賞品を運送会社に渡したら、発送の記録（ship）を {"shipped": "all"} で実行してください。',
            until=ship_by,
        )
    if unlisted and (_is_over(facts) or not parcels.unregistered):
        over = "登録の受付が終わりました" if _is_over(facts) else "当選者全員のお届け先が登録されました"
        anew = f"発送リストに載っていない登録が{unlisted}件あります。" if unlisted < len(waiting) else ""
        yield Task(f"{over}。{anew}発送リストの作成（ship）を {{}} で実行してください。", until=ship_by)
    if (first := _next_reminder(facts, parcels)) is not None:
        yield Task(reminder_words.ahead(first), until=first)
    elif parcels.unregistered and not _is_over(facts):
        told = (holder.deadline for holder in parcels.standing.holders if holder.told is not None)
        deadline = min((one for one in told if one > facts.now), default=facts.campaign.claim_last_at)
        yield Task(
            "LoGoフォームから出力したCSVを登録用フォルダ（claims）に置いてください。お届け先が取り込まれます。"
            f"次の登録期限は{japanese_until(deadline)}です。",
            until=deadline,
        )


def _is_over(facts: Facts) -> bool:
    """Tell whether nobody can register any more."""
    return facts.now >= facts.campaign.claim_last_at


def _waiting(facts: Facts, parcels: Parcels) -> str:
    if not parcels.claimed or parcels.unshipped:
        return ""
    kept = "" if "deliveries" in facts.erasure.gone else _TO_BE_ERASED
    return f"登録のあった賞品はすべて発送済みです。{kept}"


_TO_BE_ERASED = "お届け先の記録は、個人情報の消去（erase）の定期実行が消去します。"
