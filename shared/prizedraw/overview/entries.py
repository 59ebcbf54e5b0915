"""The entries: whether the form is read, whether every response is accounted for, how many there are."""

from collections.abc import Iterator
from datetime import timedelta

from prizedraw.entries.doubts import doubt_of
from prizedraw.entries.form_questions import Misfit, Mismatch
from prizedraw.overview.facts import Facts, Phase
from prizedraw.overview.section import Section, Stage, Task
from prizedraw.records.entries import REASON_WORDS, FormWatch, Reason, Reconciliation
from prizedraw.times import japanese, japanese_until, moment_of, unstamp
from prizedraw.typed.address_faults import ADDRESS_FAULT_WORDS, AddressFault
from prizedraw.words import doubts as words
from prizedraw.words.form import mismatch

WATCH_ENDS_SOON = timedelta(hours=72)
FIRST_PULL = timedelta(hours=2)
SILENCE = timedelta(hours=12)

_WATCH = {
    "form_closed": "【至急】受付期間中ですが、だれも応募できません。フォームの公開と、回答の受付を確かめてください。",
    "form_unanswerable": "フォームに、応募を正しく判定できない点があります。フォームを元に戻してください。",
    "form_changed": "フォームの設問が準備のときから変わっています。フォームを元に戻してください。",
    "watch_suspended": "フォームの通知が停止しています。フォームの共有（編集者）を確かめてください。"
    "応募は定期実行で取り込まれるため失われません。",
    "watch_failed": "フォームの読み取り、または通知の登録に失敗しています。"
    "フォームの共有（編集者）を確かめてください。",
}
_SAID_BY_NAME = ("form_closed", "form_unanswerable")
_WATCH_OTHER = "フォームの通知に異常があります。保守担当に連絡してください。"


def entries_section(facts: Facts) -> Section:
    """Tell how the responses come in."""
    is_open = facts.phase is Phase.OPEN
    closes = japanese_until(facts.campaign.closes_at)
    return Section(
        alarms=tuple(_alarms(facts)),
        counts=_counts(facts),
        stages=(
            Stage(
                "応募の受付",
                facts.campaign.entry_period_text,
                _received(facts),
                is_late=facts.now >= facts.campaign.opens_at + FIRST_PULL,
            ),
        ),
        tasks=tuple(_about_addresses(facts)) if is_open else (),
        waiting=f"締切（{closes}）まで、応募は自動で取り込まれます。" if is_open else "",
    )


def _about_addresses(facts: Facts) -> Iterator[Task]:
    """Yield what the ward could tell people while they can still enter again: nobody else tells them."""
    bad = facts.totals.rejected.get(Reason.BAD_ADDRESS, 0) if facts.totals is not None else 0
    if bad:
        yield Task(
            f"メールアドレスが正しくないため受け付けられない応募が{bad}件あります（内訳は件数の欄）。本人には通知されません。"
            "ホームページなどで、アドレスを確かめて応募し直すよう呼びかけることを、区と相談してください。",
            until=facts.campaign.closes_at,
        )


def _alarms(facts: Facts) -> Iterator[str]:
    if facts.watch is not None:
        yield from _about_form(facts.watch, is_frozen=facts.frozen is not None)
    if facts.frozen is None:
        yield from _about_reading(facts)
        yield from _about_watch(facts, facts.watch)
        yield from _about_ledger(facts)


def _about_form(watch: FormWatch, *, is_frozen: bool) -> Iterator[str]:
    """Yield what is wrong with the form, by name if it is known; once all is frozen nobody answers it any more."""
    faults = () if is_frozen else tuple(map(Mismatch.from_doc, watch.faults))
    if watch.alarm and not (faults and watch.alarm in _SAID_BY_NAME):
        yield _WATCH.get(watch.alarm, _WATCH_OTHER)
    for fault in faults:
        is_urgent = watch.alarm == "form_closed" and fault.what in (Misfit.NOT_PUBLISHED, Misfit.NOT_ACCEPTING)
        yield f"{'【至急】受付期間中です。' if is_urgent else ''}{mismatch(fault)}"


def _about_reading(facts: Facts) -> Iterator[str]:
    if not facts.is_prepared or facts.now < facts.campaign.opens_at + FIRST_PULL:
        return
    if facts.watch is None:
        yield "応募の取り込み（intake）が一度も行われていません。定期実行を確かめてください。"
    elif moment_of(facts.watch.checked_at) < facts.now - SILENCE:
        at = japanese(moment_of(facts.watch.checked_at))
        yield (
            f"応募の取り込み（intake）が止まっているおそれがあります（最後の確認：{at}）。定期実行を確かめてください。"
        )


def _about_watch(facts: Facts, watch: FormWatch | None) -> Iterator[str]:
    is_open = facts.campaign.opens_at <= facts.now < facts.campaign.closes_at
    if watch is not None and not watch.alarm and is_open and moment_of(watch.expires_at) < facts.now + WATCH_ENDS_SOON:
        ends = japanese(moment_of(watch.expires_at))
        yield f"フォームの通知の期限（{ends}）が延びていません。保守担当に連絡してください。"


def _about_ledger(facts: Facts) -> Iterator[str]:
    """Yield what does not add up between form and ledger."""
    last = facts.reconciliation
    if last is not None and not last.balances:
        ledger = last.totals["received"] - last.totals["gone"]
        yield (
            f"フォームの件数（{last.form_count}件）と台帳の件数（{ledger}件）が合っていません。"
            "次の照合の後も続くようなら、保守担当に連絡してください。"
        )
    if last is not None:
        yield from _about_comparison(last)
    if facts.totals is not None and facts.totals.gone_open:
        yield (
            f"フォームから消えた応募が{facts.totals.gone_open}件あります。"
            "回答を削除した人がいないか確かめてください。このままでは締切後の確定（freeze）ができません。"
        )
    if facts.totals is not None and (unreadable := facts.totals.rejected.get(Reason.UNREADABLE)):
        yield (
            f"読み取れない応募が{unreadable}件あります。フォームの設問を作り直した間の応募は、同意かメールアドレスを尋ねられて"
            "いないため、ここに入ります。心当たりがなければ、保守担当に連絡してください。"
        )
    if facts.totals is not None:
        totals = facts.totals.to_doc()
        doubt = doubt_of(totals, is_over=facts.now >= facts.campaign.settled_at)
        if doubt is not None:
            yield f"{words.doubt(doubt, totals)}このままでは、締切後の確定（freeze）は確かめを求めます。"


def _about_comparison(last: Reconciliation) -> Iterator[str]:
    """Yield what is stored otherwise than the last full read has judged it."""
    if last.questions_differ:
        yield (
            "保存されている設問の対応が、フォームと定義ファイルから求め直したものと一致しません。書き換えられたおそれがあります。"
            "保守担当に連絡してください。このままでは締切後の確定（freeze）ができません。"
        )
    if last.differing:
        yield (
            f"フォームの回答から判定し直した結果と、保存されている応募が、{last.differing}件で一致しません。"
            "書き換えられたおそれがあります。保守担当に連絡してください。このままでは締切後の確定（freeze）ができません。"
        )


def _counts(facts: Facts) -> dict[str, int]:
    counts: dict[str, int] = {}
    totals = facts.totals
    if facts.reconciliation is not None:
        counts["フォームの件数（前回の照合）"] = facts.reconciliation.form_count
    if totals is not None:
        counts |= {"届いた応募": totals.received, "受け付けた応募": totals.accepted, "重複した応募": totals.duplicates}
        counts |= {REASON_WORDS.get(reason, reason): number for reason, number in totals.rejected.items()}
        counts |= {
            f"正しくないアドレス：{ADDRESS_FAULT_WORDS[AddressFault(kind)]}": n
            for kind, n in totals.address_faults.items()
        }
        counts |= {"取り下げられた応募": totals.withdrawn, "フォームから消えた応募": totals.gone}
        counts |= {"メールが届かないおそれのある宛先": totals.doubtful}
    return counts


def _received(facts: Facts) -> str:
    """Say how many responses have come, and when they were counted."""
    if facts.totals is None or facts.now < facts.campaign.opens_at:
        return ""
    word = "締切" if facts.now >= facts.campaign.closes_at else "受付中"
    return f"{word}（{facts.totals.received}件、{japanese(unstamp(facts.totals.counted_at))} 集計）"
