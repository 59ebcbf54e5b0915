"""
Tell where a campaign stands, in one page: counts, what is done, what is due, what is wrong, what to press next.

It reads `state` alone, where nothing personal is. The same page, printed, is the 状況報告 for the ward.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from prizedraw.campaign.definition import Campaign
from prizedraw.overview import erasure as remains
from prizedraw.overview import fulfilment as parcels
from prizedraw.overview.facts import COMMITMENT_TO_WARD, OVERDUE_AFTER, RECORD_TO_WARD, Facts, alarms
from prizedraw.ports import Clock, R, Reader
from prizedraw.records.analysis import Analysed
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import REASON_WORDS, FormWatch, Reconciliation, Totals
from prizedraw.records.erasure import Erasing
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.rendering import html
from prizedraw.runtime.orders import CLOSED, Caller, Reply, Result
from prizedraw.times import JST, japanese, japanese_date, japanese_until, unstamp

STEP = "status"

ACTS: Mapping[tuple[str, str], str] = {
    ("prepare", "prepared"): "準備（規則の公開）",
    ("freeze", "frozen"): "応募の確定",
    ("draw", "drawn"): "抽選",
    ("notify", "sent"): "メールの送信",
    ("claim", "imported"): "お届け先の取り込み",
    ("forfeit", "forfeited"): "当選の失効",
    ("ship", "listed"): "発送リストの作成",
    ("ship", "shipped"): "発送の記録",
    ("analyse", "analysed"): "集計",
    ("erase", "begun"): "個人情報の消去の開始",
    ("erase", "begun early"): "個人情報の消去の開始（時期の前）",
    ("erase", "erased"): "個人情報の消去",
    ("erase", "attested"): "消去の確認（担当者）",
    ("erase", "reported"): "消去報告書の作成",
    ("erase", "person"): "本人の請求による消去",
}
"""What the journal's words mean, by step and action."""
NOT_ANALYSED = "集計（analyse）が済んでいません。analyse を {} で実行してください。済むまで消去は始まりません。"


class StatusOrder(BaseModel):
    """Ask for the status, as JSON or as a page to print."""

    model_config = CLOSED

    format: Literal["json", "html"] = "json"


@dataclass(frozen=True)
class Stage:
    """Show one step of the campaign: when it is due, and what became of it (empty while it is to come)."""

    name: str
    due: str
    done: str


@dataclass(frozen=True)
class Act:
    """Show one row of the journal: when (JST), what, by whom."""

    at: str
    what: str
    principal: str


def run(order: StatusOrder, caller: Caller, *, campaign: Campaign, state: Reader, clock: Clock) -> Reply:
    """Report; nothing is changed, whoever calls and however often."""
    facts = _facts(campaign, state, clock())
    left = remains.read(campaign, state, facts.now)
    wrong, counts, stages = list(alarms(facts)), _counts(facts), list(_stages(facts))
    on_their_way = parcels.read(campaign, state, facts.now) if facts.drawn is not None else None
    if on_their_way is not None:
        wrong += on_their_way.alarms()
        counts |= on_their_way.counts()
        stages += [Stage(*stage) for stage in on_their_way.stages()]
        analysed = state.get(Analysed, ONLY)
        until = f"発送の後、{japanese_until(campaign.erase_from_at)} まで"
        stages.append(Stage("集計", until, _done(analysed.record.made_at) if analysed else ""))
        if analysed is None and facts.now >= campaign.ship_by_at + OVERDUE_AFTER:
            wrong.append(NOT_ANALYSED)
    if left.has_begun:  # what the others look for is gone by now, and would be missed for nothing
        wrong = []
    wrong += left.alarms()
    counts |= left.counts()
    stages += [Stage(*stage) for stage in left.stages()]
    now = _with_year(facts.now)
    following = f"まず、注意が必要なことを確かめてください。{_next(facts, 'ほかに')}" if wrong else _next(facts)
    if on_their_way is not None and facts.is_sent(RECORD_TO_WARD):
        following += on_their_way.next()
    following = left.next() if left.has_begun else following + left.next()
    page = None
    if order.format == "html":
        page = html.render(
            "status.html",
            campaign=campaign,
            now=now,
            wrong=wrong,
            counts=counts,
            stages=stages,
            next=following,
            journal=[_act(row) for row in state.scan(JournalRow)],
        )
    summary = (
        f"{campaign.title}（{now} 現在）",
        *(sentence if sentence.startswith("【") else f"【注意】{sentence}" for sentence in wrong),
        *(f"{stage.name}：{stage.done or f'これから（{stage.due}）'}" for stage in stages),
    )
    return Reply(Result.REPORT, summary, counts, following, page=page)


def _facts(campaign: Campaign, state: Reader, now: datetime) -> Facts:
    def one(kind: type[R]) -> R | None:
        stored = state.get(kind, ONLY)
        return stored.record if stored is not None else None

    return Facts(
        campaign,
        now,
        one(Prepared),
        one(FormWatch),
        one(Totals),
        one(Reconciliation),
        one(Frozen),
        one(Drawn),
        {row.id: row for row in state.scan(MailRow)},
        state.get(Erasing, ONLY) is not None,
    )


def _counts(facts: Facts) -> dict[str, int]:
    """Count what was received and what went out, by Japanese names."""
    counts: dict[str, int] = {}
    totals = facts.totals
    if facts.reconciliation is not None:
        counts["フォームの件数（前回の照合）"] = facts.reconciliation.form_count
    if totals is not None:
        counts |= {"届いた応募": totals.received, "受け付けた応募": totals.accepted, "重複した応募": totals.duplicates}
        counts |= {REASON_WORDS.get(reason, reason): number for reason, number in totals.rejected.items()}
        counts |= {"取り下げられた応募": totals.withdrawn, "フォームから消えた応募": totals.gone}
        counts |= {"メールが届かないおそれのある宛先": totals.doubtful}
    if facts.frozen is not None:
        counts |= {"抽選対象": facts.frozen.pool_size, "条件を満たさない応募": facts.frozen.ineligible}
    if facts.drawn is not None:
        counts |= {"当選": facts.drawn.winners, "補欠": facts.drawn.reserves}
        counts |= {"当選者のいない賞品": sum(facts.drawn.unawarded.values())}
    if facts.drawn is not None and not facts.is_erasing:
        counts["当選のお知らせ（送信済み）"] = facts.winners_told
        counts["当選のお知らせ（これから）"] = facts.drawn.winners - facts.winners_told
    return counts


def _stages(facts: Facts) -> Iterator[Stage]:
    """Yield the steps in their order, each with its date and what became of it."""
    campaign, drawn = facts.campaign, facts.drawn
    prepared = _done(facts.prepared.prepared_at) if facts.prepared and facts.is_prepared else ""
    yield Stage("準備", f"{japanese(campaign.opens_at)} まで", prepared)
    yield Stage("応募の受付", campaign.entry_period_text, _taken(facts))
    frozen = _done(facts.frozen.frozen_at) if facts.frozen else ""
    yield Stage("応募の確定", f"{japanese(campaign.closes_at)} 以降", frozen)
    draw_at = unstamp(facts.frozen.draw_at) if facts.frozen else campaign.draw_at
    yield Stage("抽選", f"{japanese(draw_at)} 以降", _done(drawn.drawn_at) if drawn else "")
    told = ""
    if drawn is not None and (facts.winners_told or not drawn.winners):
        told = f"{drawn.winners}通のうち{facts.winners_told}通を送信" if drawn.winners else "当選者はいません"
    if facts.is_erasing:
        told = "送信の記録は消去済"
    yield Stage("当選のお知らせ", "抽選の後、9時から20時まで", told)


def _done(stamped: str) -> str:
    return f"済（{japanese(unstamp(stamped))}）"


def _taken(facts: Facts) -> str:
    """Say how many responses have come, and when they were counted."""
    if facts.totals is None or facts.now < facts.campaign.opens_at:
        return ""
    word = "締切" if facts.now >= facts.campaign.closes_at else "受付中"
    return f"{word}（{facts.totals.received}件、{japanese(unstamp(facts.totals.counted_at))} 集計）"


def _next(facts: Facts, besides: str = "") -> str:
    """Say what to press next, or that nothing need be pressed (*besides*)."""
    campaign, now = facts.campaign, facts.now
    if not facts.is_prepared:
        if now >= campaign.opens_at:
            return "構築担当に連絡してください。受付開始の後は、prepare を実行できません。"
        return "prepare を {} で実行し、表示を確かめてから確認コードを付けて実行してください。"
    if now < campaign.opens_at:
        return (
            "公開用フォルダの rules.json・rules.json.sig・evidence.pem を区のホームページに掲載してください。"
            f"受付開始（{japanese(campaign.opens_at)}）まで、ほかに操作は要りません。"
        )
    if now < campaign.closes_at:
        closes = japanese_until(campaign.closes_at)
        return f"{besides}操作は要りません。締切（{closes}）まで、応募は自動で取り込まれます。"
    if facts.frozen is None:
        return "照合が終わると freeze が定期実行されます。急ぐときは freeze を {} で実行してください。"
    if facts.drawn is None:
        at = japanese(unstamp(facts.frozen.draw_at))
        show = "公開用フォルダの commitment.json・commitment.json.sig を区のホームページに掲載してください。"
        if campaign.randomness.kind == "ward":
            return f"{show}区に、{at} 以降に数を決めるよう依頼し、その数を draw に入力してください。"
        return f"{show}抽選（draw）は {at} 以降に定期実行されます。"
    if not (facts.is_sent(COMMITMENT_TO_WARD) and facts.is_sent(RECORD_TO_WARD)):
        return f"{besides}操作は要りません。区への報告は notify の定期実行で送られます。"
    return "公開用フォルダの pool.txt・record.json・record.json.sig を区のホームページに掲載してください。"


def _act(row: JournalRow) -> Act:
    """Show a row of the journal; a word that is not known here stands as it is."""
    what = ACTS.get((row.step, row.action), f"{row.step}（{row.action}）")
    return Act(_with_year(unstamp(row.at)), what, row.principal)


def _with_year(moment: datetime) -> str:
    """Show a moment with its year, JST: a report may be read long after."""
    local = moment.astimezone(JST)
    return f"{japanese_date(local.date())}{local:%H:%M}"
