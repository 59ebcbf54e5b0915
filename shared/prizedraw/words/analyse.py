"""Say to operators in Japanese what `analyse` would publish, has published, or waits for."""

from prizedraw.analysis.file import Analysis
from prizedraw.analysis.funnel import Funnel
from prizedraw.analysis.parts import chosen
from prizedraw.campaign.definition import Campaign
from prizedraw.records.analysis import Analysed
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN
from prizedraw.times import japanese, japanese_until, unstamp

_FILES = "報告用フォルダの analysis.html（印刷できる報告）、analysis.xlsx（表）、analysis.json（元データ）"


def not_drawn() -> Reply:
    """Say that the schedule waits for the draw."""
    return Reply(Result.NOT_DUE, (NOT_DRAWN.sentence,))


def not_due(campaign: Campaign, counts: Funnel) -> Reply:
    """Say until when the schedule waits."""
    until = japanese_until(campaign.ship_by_at)
    return Reply(
        Result.NOT_DUE,
        (f"集計は、発送がすべて終わってから、遅くとも発送の期限（{until}）の後に行います。",),
        _counted(counts),
    )


def ask(code: str, campaign: Campaign, counts: Funnel, *, is_due: bool) -> Reply:
    """Say what would be published."""
    early = () if is_due else ("【注意】発送がまだ終わっていません。いま公表すると、発送の件数は途中のまま残ります。",)
    return Reply(
        Result.ASK,
        (
            "受け付けた応募のアンケートとクイズを集計し、報告用フォルダに置きます。集計は一度だけで、やり直しはできません。",
            *early,
            f"{campaign.analysis.threshold}人未満の数と、差し引きでそれが分かる数は伏せます。"
            "自由記述は、記入した人数だけを数えます。",
        ),
        _counted(counts),
        next=confirm.press(code),
        confirm=code,
    )


def published(made: Analysis, mark: Analysed, result: Result) -> Reply:
    """Say what is published and where."""
    return Reply(
        result,
        (
            f"集計は{japanese(unstamp(mark.made_at))}の時点のものです。",
            f"{_FILES}を置きました。",
            chosen(made),
            f"集計（analysis.json）のSHA-256：{mark.hash}",
        ),
        {"集計した応募": mark.entries, "表": len(made.sheets), "伏せた数": made.hidden},
        next="analysis.html を開いて内容を確かめ、区に提出してください。個人情報の消去は、集計が済んだので行えます。",
    )


def _counted(counts: Funnel) -> dict[str, int]:
    return {
        "集計する応募": counts.accepted,
        "当選": counts.winners,
        "お届け先の登録済み": counts.claimed,
        "発送済み": counts.shipped,
    }
