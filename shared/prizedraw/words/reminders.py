"""Say to operators in Japanese which CSV the reminders wait for, and by when it must be dropped."""

from collections.abc import Sequence
from datetime import datetime

from prizedraw.fulfilment.holders import Holder
from prizedraw.mail.reminders import begins, first_file_from
from prizedraw.times import JST, japanese, japanese_day, japanese_until

DROP = "LoGoフォームから全件を出力したCSVを、登録用フォルダ（claims）に置いてください。"


def ahead(begin: datetime) -> str:
    """Say what to drop before reminders *begin*, and from when on it serves."""
    day = japanese_day(first_file_from(begin).astimezone(JST).date())
    return (
        f"期限のお知らせを、{japanese(begin)}から、登録がまだの方にだけ送ります。"
        f"{day}から、{japanese(begin)}までに、{DROP}置くのが遅れると、置いた後の定期実行で送ります。"
    )


def overdue(waiting: Sequence[Holder], now: datetime) -> str:
    """Say that reminders wait for a CSV, and until when they are of use; empty if none do."""
    late = [holder for holder in waiting if (moment := begins(holder)) is not None and now >= moment]
    if not late:
        return ""
    until = japanese_until(min(holder.deadline for holder in late))
    return (
        f"期限のお知らせが、新しいCSVを待っています（登録を確認できていない方：{len(late)}名）。"
        "登録がまだの方を、昨日か今日に置かれたCSVで確かめてから送ります。"
        f"今日のうちに、{DROP}登録期限（{until}）を過ぎると、送りません。"
    )
