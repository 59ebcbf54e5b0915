"""Say what a person must do before the clock of a practice may go on: else all that comes would be in vain."""

from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.recorded import read_recorded
from prizedraw.ports import Reader
from prizedraw.records.campaign import Prepared
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.running import ONLY
from prizedraw.times import unstamp
from prizedraw.words import places as place_words

DRAW_LATE = timedelta(minutes=30)
GO_ON = (
    "「いま何をすればよいか」を見てください。そのまま時が過ぎるとどうなるかを見るには、"
    "「1日進める」か「この日時まで進める」を押します。"
)


def held(campaign: Campaign, state: Reader, now: datetime, is_refused: bool) -> str:
    """Return what keeps the clock, in Japanese, or nothing; *is_refused*: the schedule could not freeze."""
    prepared, frozen = state.get(Prepared, ONLY), state.get(Frozen, ONLY)
    if prepared is None or not prepared.record.prepared_at:
        why = "準備（prepare）が済んでいません。済まないまま受付開始を過ぎると、この企画は始められません。"
    elif frozen is None and is_refused:
        why = "応募の確定（freeze）が断られたままです。確定するまで、抽選も、その先も、行われません。"
    elif frozen is not None and _awaits_ward(campaign, state, unstamp(frozen.record.draw_at), now):
        why = "区の数を待っています。抽選（draw）に入力するまで、その先は行われません。"
    elif now >= campaign.handling_ends_at - timedelta(days=1) and _by_hand(campaign, state, now):
        why = "個人情報の消去のために、人がすることが残っています。済むまで「完了」になりません。"
    else:
        return ""
    return why + GO_ON


def _awaits_ward(campaign: Campaign, state: Reader, draw_at: datetime, now: datetime) -> bool:
    is_time = now >= draw_at + DRAW_LATE
    return is_time and campaign.randomness.kind == "ward" and state.get(Drawn, ONLY) is None


def _by_hand(campaign: Campaign, state: Reader, now: datetime) -> bool:
    """Tell whether a person must still empty or declare something."""
    recorded = read_recorded(campaign, state, now)
    return bool(place_words.by_hand([place for place in recorded.places if place.id not in recorded.unread]))
