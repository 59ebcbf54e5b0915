"""Say of a report how the erasure stands to the period of handling that the ward was told, in sentences of its own."""

from datetime import date, datetime

from prizedraw.erasure.report import Report
from prizedraw.erasure.state import Overall
from prizedraw.times import JST, japanese_era


def on_the_period(report: Report) -> list[str]:
    """Say when all can be complete, and whether that, or an erasure, lies after the period of handling."""
    ends, late = report.handling.ends, late_places(report)
    said = [f"取扱期間の後に消去した場所：{'、'.join(late)}"] if late else []
    period = f"取扱期間（{japanese_era(ends)}まで）"
    if report.state is Overall.COMPLETE:
        if _day(report.made_at) > ends:
            done = "消去と鍵の破棄は期間内に済ませ、その後は" if not late else "消去の後は"
            said.append(f"完了は{period}の後です。{done}、Googleが復元できる期間が過ぎるのを待って確かめました。")
        return said
    said.append(f"完了を確かめられる日：早ければ{japanese_era(report.earliest)}。")
    if report.earliest > ends:
        said[-1] += f"{period}の後になるのは、消した後もGoogleがしばらく復元できるためです。"
    return said


def late_places(report: Report) -> list[str]:
    """Return the names of the places that were erased, or attested to be, after the period of handling."""
    ends = report.handling.ends
    return [
        place.name
        for place in report.places
        if any(_day(at) > ends for at in (place.erased_at, place.attestation and place.attestation.at) if at)
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(JST).date()
