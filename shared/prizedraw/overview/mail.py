"""The mails after the draw: which have gone out, which did not, and which came back."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from prizedraw.fulfilment.holder_number import number_of
from prizedraw.mail import hours
from prizedraw.overview.facts import RECORD_TO_WARD, Facts, Phase
from prizedraw.overview.section import OVERDUE_AFTER, Section, Stage, named, named_holders
from prizedraw.records.lottery import Drawn
from prizedraw.records.mail import SENT, TELL_OF_A_PRIZE, MailRow, MailState
from prizedraw.times import instant_of, unstamp

if TYPE_CHECKING:
    from prizedraw.overview.parcels import Parcels

NO_PROGRESS = timedelta(hours=24)
RETURNS_UNREAD = timedelta(hours=48)


def mail_section(facts: Facts) -> Section:
    """Tell how far the mails are."""
    is_under_way = facts.phase is Phase.DRAWN and not facts.is_ward_informed
    return Section(
        alarms=tuple(_alarms(facts)),
        counts=_counts(facts),
        stages=(Stage("当選のお知らせ", f"抽選の後、{hours.SPAN}まで", _sent(facts)),),
        waiting="区への報告は、メールの送信（notify）の定期実行で送られます。" if is_under_way else "",
    )


def _alarms(facts: Facts) -> Iterator[str]:
    if facts.drawn is not None:
        yield from _about_draw(facts, facts.drawn)
    yield from _about_states(facts)


def _about_draw(facts: Facts, drawn: Drawn) -> Iterator[str]:
    """Yield what is wrong with the mails that tell of the draw."""
    drawn_at = unstamp(drawn.drawn_at)
    if not facts.is_sent(RECORD_TO_WARD) and facts.now >= drawn_at + OVERDUE_AFTER:
        yield "抽選記録がまだ区へ送られていません。メールの送信（notify）の定期実行を確かめてください。"
    if facts.parcels is not None:
        yield from _about_untold(facts, facts.parcels)


def _about_untold(facts: Facts, parcels: "Parcels") -> Iterator[str]:
    """
    Yield who holds a place and was not told for a day, while no such letter moves, or if it costs them days.

    It speaks of whoever holds a place now, reserves who moved up included, and not of those whom the draw named.
    """
    overdue = [holder for holder in parcels.untold if facts.now >= holder.since + NO_PROGRESS]
    since, term = instant_of(facts.now - NO_PROGRESS), parcels.standing.term
    moving = any(
        r.kind in TELL_OF_A_PRIZE and not r.is_again and r.state in SENT and r.at > since for r in facts.mails.values()
    )
    if not overdue or term is None:
        return
    is_over, costs_days = facts.now >= term.last, term.full(facts.now) > term.last
    if moving and not costs_days:
        return
    said = [f"当選のお知らせが{len(overdue)}通、送られないままです（管理番号：{named_holders(overdue)}）。"]
    last = f"登録の最終期限（{facts.campaign.claim_last_text}）"
    if is_over:
        said += [f"{last}を過ぎたため、自動では送りません。失効もしません。どうするかを区と相談してください。"]
        said += ["賞品を渡せないと決まったら、一人ずつ、当選の失効（forfeit）を "]
        said += ['{"label": "管理番号", "why": "unreachable"} で実行してください。済むまで、消去は始まりません。']
    else:
        said += ["送られるまで当選は失効せず、登録期限は送った日から数えます。"]
        said += [f"{last}が近く、日数がほかの当選者より短くなります。"] if costs_days else []
        said += ["メールの送信（notify）の定期実行、一日の送信数、送信アカウントを確かめてください。"]
    yield ("【至急】" if costs_days else "") + "".join(said)


def _about_states(facts: Facts) -> Iterator[str]:
    """Yield which mails did not go out as they should."""
    former = facts.parcels.former if facts.parcels is not None else frozenset()
    # What was, or was not, sent to somebody who holds no place any more is nothing to look into.
    rows = [row for row in facts.mails.values() if row.label not in former]
    by_state = [row.state for row in rows]
    if refused := by_state.count(MailState.REFUSED):
        yield (
            f"送信を拒否されたメールが{refused}通あります。宛先に届いていません。"
            "メールの送信（notify）の定期実行が、一日に一度、もう一度送ります。翌日も残っていたら、宛先の誤りがないか、"
            "送信アカウントに制限がないかを確かめてください。"
        )
    if planned := by_state.count(MailState.PLANNED):
        codes = "、".join(sorted({row.problem for row in rows if row.state == MailState.PLANNED}))
        yield f"作成できないメールが{planned}通あります（エラー番号：{codes}）。保守担当に連絡してください。"
    if presumed := by_state.count(MailState.PRESUMED_SENT):
        yield f"送信の結果が確認できなかったメールが{presumed}通あります（送信済みとみなしています）。"
    if whose := sorted({number_of(row.label) for row in _unreached(facts, rows)}):
        yield (
            f"届いていません：メールが戻ってきた方が{len(whose)}人います（管理番号：{named(whose)}）。"
            "宛先に誤りがないか、別の連絡手段がないか、区と相談してください。"
        )
    if unmatched := facts.unmatched_returns:
        yield (
            f"読み取れない不達通知 {unmatched}通：どのメールが届かなかったのか、自動では分かりません。"
            "送信用のメールボックスで通知を開き、宛先を確かめてください。"
        )
    yield from _about_reading_returns(facts)
    doubt = instant_of(facts.now - OVERDUE_AFTER)
    if drafted := sum(row.state == MailState.DRAFTED and row.at < doubt for row in rows):
        yield (
            f"下書きのまま1時間以上送られていないメールが{drafted}通あります。"
            "メールの送信（notify）の定期実行を確かめてください。"
        )


def _unreached(facts: Facts, rows: Sequence[MailRow]) -> Iterator[MailRow]:
    """Yield the mails that came back, but for who has registered since, or was sent another later and that stayed."""
    holders = facts.parcels.standing.holders if facts.parcels is not None else ()
    registered = {holder.label for holder in holders if holder.claimed}
    newest = {row.label: row for row in sorted(rows, key=lambda row: row.at) if row.state in SENT}
    for row in rows:
        if row.bounced and row.label not in registered and newest.get(row.label, row).bounced:
            yield row


def _about_reading_returns(facts: Facts) -> Iterator[str]:
    """Yield that nobody looks which mails came back: silence is no sign that they arrived."""
    limit = instant_of(facts.now - RETURNS_UNREAD)
    is_waiting = any(row.state in SENT and row.at < limit for row in facts.mails.values())
    if is_waiting and facts.returns_read < limit and not facts.is_erasing and facts.drawn is not None:
        yield (
            "戻ってきたメールを2日以上読み取れていません。"
            "メールの送信（notify）の定期実行と、送信アカウントの受信箱を読む許可を確かめてください。"
        )


def _counts(facts: Facts) -> dict[str, int]:
    if facts.is_erasing:
        return {}
    returned = sum(bool(row.bounced) for row in facts.mails.values())
    counts = {"戻ってきたメール": returned, "読み取れない不達通知": facts.unmatched_returns}
    counts = {name: number for name, number in counts.items() if number}
    if facts.parcels is None:
        return counts
    return counts | {
        "当選のお知らせ（送信済み）": facts.parcels.told,
        "当選のお知らせ（これから）": len(facts.parcels.untold),
    }


def _sent(facts: Facts) -> str:
    """Say how many of those who hold a place have been told."""
    if facts.is_erasing:
        return "送信の記録は消去済"
    if facts.parcels is None:
        return ""
    told, everybody = facts.parcels.told, facts.parcels.told + len(facts.parcels.untold)
    if not everybody:
        return "当選者はいません"
    return f"{everybody}通のうち{told}通を送信" if told else ""
