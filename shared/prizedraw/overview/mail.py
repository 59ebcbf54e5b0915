"""The mails after the draw: which have gone out, which did not, and which came back."""

from collections.abc import Iterator
from datetime import timedelta

from prizedraw.mail import hours
from prizedraw.overview.facts import RECORD_TO_WARD, Facts, Phase
from prizedraw.overview.section import MOST_NAMED, OVERDUE_AFTER, Section, Stage
from prizedraw.records.lottery import Drawn
from prizedraw.records.mail import SENT, MailState
from prizedraw.times import instant_of, unstamp

NO_PROGRESS = timedelta(hours=24)


def mail_section(facts: Facts) -> Section:
    """Tell how far the mails are."""
    is_under_way = facts.phase is Phase.DRAWN and not facts.is_ward_informed
    return Section(
        alarms=tuple(_alarms(facts)),
        counts=_counts(facts),
        stages=(Stage("当選のお知らせ", f"抽選の後、{hours.SPAN}まで", _sent(facts)),),
        next="操作は要りません。区への報告は notify の定期実行で送られます。" if is_under_way else "",
    )


def _alarms(facts: Facts) -> Iterator[str]:
    if facts.drawn is not None:
        yield from _about_draw(facts, facts.drawn)
    yield from _about_states(facts)


def _about_draw(facts: Facts, drawn: Drawn) -> Iterator[str]:
    """Yield what is wrong with the mails that tell of the draw."""
    drawn_at = unstamp(drawn.drawn_at)
    if not facts.is_sent(RECORD_TO_WARD) and facts.now >= drawn_at + OVERDUE_AFTER:
        yield "抽選記録がまだ区へ送られていません。notify の定期実行を確かめてください。"
    left = drawn.winners - facts.winners_notified
    since = instant_of(facts.now - NO_PROGRESS)
    moving = any(row.state in SENT and row.at > since for row in facts.mails.values())
    if left and not moving and facts.now >= drawn_at + NO_PROGRESS:
        yield f"当選のお知らせが{left}通、送られないままです。notify の定期実行を確かめてください。"


def _about_states(facts: Facts) -> Iterator[str]:
    """Yield which mails did not go out as they should."""
    rows = facts.mails.values()
    by_state = [row.state for row in rows]
    if refused := by_state.count(MailState.REFUSED):
        yield (
            f"送信を拒否されたメールが{refused}通あります。宛先に届いていません。"
            "原因を確かめてから notify を実行すると、もう一度送ります。"
        )
    if planned := by_state.count(MailState.PLANNED):
        codes = "、".join(sorted({row.problem for row in rows if row.state == MailState.PLANNED}))
        yield f"作成できないメールが{planned}通あります（エラー番号：{codes}）。保守担当に連絡してください。"
    if presumed := by_state.count(MailState.PRESUMED_SENT):
        yield f"送信の結果が確認できなかったメールが{presumed}通あります（送信済みとみなしています）。"
    returned = sorted(row.label for row in rows if row.bounced)
    if returned:
        named = "、".join(returned[:MOST_NAMED]) + ("ほか" if len(returned) > MOST_NAMED else "")
        yield (
            f"届いていません：戻ってきたメールが{len(returned)}通あります（記号：{named}）。"
            "宛先に誤りがないか、別の連絡手段がないか、区と相談してください。"
        )
    if unmatched := facts.unmatched_returns:
        yield (
            f"読み取れない不達通知 {unmatched}通：どのメールが届かなかったのか、自動では分かりません。"
            "送信用のメールボックスで通知を開き、宛先を確かめてください。"
        )
    doubt = instant_of(facts.now - OVERDUE_AFTER)
    if drafted := sum(row.state == MailState.DRAFTED and row.at < doubt for row in rows):
        yield f"下書きのまま1時間以上送られていないメールが{drafted}通あります。notify の定期実行を確かめてください。"


def _counts(facts: Facts) -> dict[str, int]:
    if facts.is_erasing:
        return {}
    returned = sum(bool(row.bounced) for row in facts.mails.values())
    counts = {"戻ってきたメール": returned, "読み取れない不達通知": facts.unmatched_returns}
    counts = {name: number for name, number in counts.items() if number}
    if facts.drawn is None:
        return counts
    return counts | {
        "当選のお知らせ（送信済み）": facts.winners_notified,
        "当選のお知らせ（これから）": facts.drawn.winners - facts.winners_notified,
    }


def _sent(facts: Facts) -> str:
    """Say how many winners have got their mail."""
    if facts.is_erasing:
        return "送信の記録は消去済"
    if facts.drawn is None:
        return ""
    if not facts.drawn.winners:
        return "当選者はいません"
    return f"{facts.drawn.winners}通のうち{facts.winners_notified}通を送信" if facts.winners_notified else ""
