"""Say in Japanese where a campaign stands: the lines of the status, and what the ward reads of it."""

from collections.abc import Sequence
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.records.running import ACT_WORDS, JournalRow
from prizedraw.times import japanese, japanese_until
from prizedraw.words.publishing import NAMES, Handout

BY_ITSELF = "自動（定期実行）"
BY_HAND = "担当者"
_ACCOUNTS = ".gserviceaccount.com"
"""What the names of accounts end in that belong to no person: the schedule's, and those of what arrives."""


def heading(campaign: Campaign, now: str) -> str:
    """Say which campaign it is, and as of when."""
    return f"{campaign.title}（{now} 現在）"


def alarm(sentence: str) -> str:
    """Mark an alarm as one, unless it is marked as urgent."""
    return sentence if sentence.startswith("【") else f"【注意】{sentence}"


def stage(name: str, due: str, done: str, how: str) -> str:
    """Say what became of a stage; while it is not *done*, *how* it stands, and when it is or was due."""
    return f"{name}：{done or f'{how}（{due}）'}"


def following(tasks: Sequence[str], waiting: str, *, is_wrong: bool) -> tuple[str, ...]:
    """
    Say what to do next, numbered; where something *is_wrong*, that comes first.

    What goes on by itself comes last and has no number, since nobody does it.
    """
    first = ["まず、注意が必要なことを確かめてください。"] if is_wrong else []
    said = [*first, *tasks]
    numbered = [f"{number}. {sentence}" for number, sentence in enumerate(said, 1)] if len(said) > 1 else said
    rest = [f"{'ほかに' if said else ''}操作は要りません。{waiting}"] if waiting or not tasks else []
    return (*numbered, *rest)


def dated(what: str, now: datetime, *, until: datetime | None = None, since: datetime | None = None) -> str:
    """Say what is to be done, and until when (exclusive), be it over *now* or not; or since when it waits."""
    if until is not None:
        return f"［{japanese_until(until)}まで{'。過ぎています' if until <= now else ''}］{what}"
    return f"［{japanese(since)}から］{what}" if since is not None else what


def act(row: JournalRow) -> str:
    """Say what a row of the journal records; a word that is not known here stands as it is."""
    said = ACT_WORDS.get((row.step, row.action), f"{row.step}（{row.action}）")
    handed = [NAMES[what] for what in Handout if row.step == "status" and what in row.counts]
    return f"{'、'.join(handed)}の{said}" if handed else said


def who(principal: str, *, account: str = "") -> str:
    """Say who acted: the schedule, or somebody; whose *account* it was only where readers may know."""
    return BY_ITSELF if principal.endswith(_ACCOUNTS) else account or BY_HAND


def marked(what: Handout, *, is_done: bool) -> str:
    """Say that a handout is taken for done, or for to be done again."""
    name = NAMES[what]
    if not is_done:
        return f"{name}の申告を取り消しました。「次にすること」に戻ります。"
    undo = f'現在の状況（status）を {{"took_back": "{what}"}} で実行してください'
    return f"{name}を掲載（提出）済みとして記録しました。間違えたときは、{undo}。"


def saved(number: int, links: Sequence[str]) -> tuple[str, ...]:
    """Say where the pages lie that were saved; the second is the ward's."""
    operators, wards = links
    return (
        f"状況報告 第{number}号を、報告用フォルダ（reports）の status/ に保存しました。",
        f"区に渡す状況報告：{wards}",
        f"取扱者用の状況：{operators}",
    )
