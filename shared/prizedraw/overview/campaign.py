"""The campaign itself: whether it was prepared in time, and whether the ward has rules and commitment in time."""

from collections.abc import Iterator

from prizedraw.overview.facts import COMMITMENT_TO_WARD, RULES_TO_WARD, Facts, Phase
from prizedraw.overview.section import OVERDUE_AFTER, Section, Stage, Task, done
from prizedraw.records.campaign import Prepared
from prizedraw.records.lottery import Frozen
from prizedraw.times import japanese, unstamp


def campaign_section(facts: Facts) -> Section:
    """Tell of the preparation, and of the ward's witness."""
    prepared = done(facts.prepared.prepared_at) if facts.prepared and facts.is_prepared else ""
    return Section(
        alarms=tuple(_alarms(facts)),
        stages=(
            Stage(
                "準備",
                f"{japanese(facts.campaign.opens_at)}まで",
                prepared,
                is_late=facts.now >= facts.campaign.opens_at,
            ),
        ),
        tasks=tuple(_tasks(facts)),
        waiting=_waiting(facts),
    )


def _alarms(facts: Facts) -> Iterator[str]:
    # Before all others: once the draw is over, nobody can make up for a commitment that came late.
    if facts.frozen is not None:
        yield from _about_commitment(facts, facts.frozen)
    if facts.prepared is not None and facts.is_prepared:
        yield from _about_rules(facts, facts.prepared)
        return
    if facts.now >= facts.campaign.opens_at:
        yield "受付開始の時刻を過ぎましたが、準備（prepare）が済んでいません。構築担当に連絡してください。"
    elif facts.prepared is not None:
        yield "準備（prepare）が途中で止まっています。もう一度実行してください。"


def _about_rules(facts: Facts, prepared: Prepared) -> Iterator[str]:
    """Yield that the anchor is late: what is held against a mail of after the opening proves less."""
    if facts.is_sent(RULES_TO_WARD):
        return
    if facts.now >= facts.campaign.opens_at:
        yield (
            "【至急】受付開始の時刻を過ぎましたが、規則と署名の鍵のハッシュが区へ送られていません。"
            "メールの送信（notify）の定期実行を確かめてください。"
        )
    elif facts.now >= max(unstamp(prepared.prepared_at), facts.campaign.mails_from) + OVERDUE_AFTER:
        yield (
            f"規則がまだ区へ送られていません。受付開始（{japanese(facts.campaign.opens_at)}）の前に届くよう、"
            "メールの送信（notify）の定期実行を確かめてください。"
        )


def _about_commitment(facts: Facts, frozen: Frozen) -> Iterator[str]:
    if facts.is_sent(COMMITMENT_TO_WARD):
        return
    if facts.now >= unstamp(frozen.draw_at):
        yield (
            "【至急】抽選の時刻を過ぎましたが、確定記録が区へ送られていません。メールの送信（notify）の定期実行を確かめてください。"
        )
    elif facts.now >= unstamp(frozen.frozen_at) + OVERDUE_AFTER:
        yield (
            f"確定記録がまだ区へ送られていません。抽選（{japanese(unstamp(frozen.draw_at))}）の前に届くよう、"
            "メールの送信（notify）の定期実行を確かめてください。"
        )


def _tasks(facts: Facts) -> Iterator[Task]:
    if facts.phase is not Phase.UNPREPARED:
        return
    if facts.now >= facts.campaign.opens_at:
        yield Task(
            "構築担当に連絡してください。受付開始の後は、準備（prepare）を実行できません。",
            since=facts.campaign.opens_at,
        )
    else:
        yield Task(
            "準備（prepare）を {} で実行し、表示を確かめてから確認コードを付けて実行してください。",
            until=facts.campaign.opens_at,
        )


def _waiting(facts: Facts) -> str:
    if facts.phase is not Phase.PREPARED:
        return ""
    return f"受付は{japanese(facts.campaign.opens_at)}に始まります。"
