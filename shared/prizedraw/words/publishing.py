"""Say in Japanese what people hand out by hand, to the ward and on its page."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal


class Handout(StrEnum):
    """What somebody puts on the ward's page or hands to the ward, in the order in which it comes to be."""

    RULES = "rules"
    COMMITMENT = "commitment"
    RECORD = "record"
    FORFEITS = "forfeits"
    ANALYSIS = "analysis"
    REPORT = "report"


HandoutName = Literal["rules", "commitment", "record", "forfeits", "analysis", "report"]
"""The same words, as a body says them."""

NAMES: Mapping[Handout, str] = {
    Handout.RULES: "規則",
    Handout.COMMITMENT: "確定記録",
    Handout.RECORD: "抽選記録",
    Handout.FORFEITS: "失効と返還の記録",
    Handout.ANALYSIS: "集計",
    Handout.REPORT: "個人情報消去報告書",
}

_PUBLISH = "公開用フォルダ（published）の {files}を区のホームページに掲載してください。"
_HAND_IN = "報告用フォルダ（reports）の "
_TASKS: Mapping[Handout, str] = {
    Handout.RULES: _PUBLISH.format(files="rules.json・rules.json.sig・evidence.pem "),
    Handout.COMMITMENT: _PUBLISH.format(files="commitment.json・commitment.json.sig "),
    Handout.RECORD: _PUBLISH.format(files="pool.txt・record.json・record.json.sig "),
    Handout.FORFEITS: _PUBLISH.format(files="forfeits/ にある{number}組のファイルと署名"),
    Handout.ANALYSIS: f"{_HAND_IN}analysis.html を開いて内容を確かめ、analysis.xlsx とともに区に提出してください。",
    Handout.REPORT: f"{_HAND_IN}erasure/ にある最も新しい報告書を、署名とともに区に提出してください。",
}


def task(what: Handout, number: int) -> str:
    """Say what is to be handed out, *number* files of it, and how to say that it was done."""
    return (
        f"{_TASKS[what].format(number=number)}済んだら、"
        f'現在の状況（status）を {{"published": "{what}"}} で実行してください。'
    )


def handed_out(what: Handout, at: str) -> str:
    """Say when somebody said so."""
    return f"{NAMES[what]} {at}"
