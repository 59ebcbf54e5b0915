"""Say in Japanese where a campaign stands: the lines of the status, the same on the printed page."""

from collections.abc import Sequence

from prizedraw.campaign.definition import Campaign
from prizedraw.records.running import ACT_WORDS, JournalRow

_NOTHING_TO_PRESS = "操作は要りません。"


def heading(campaign: Campaign, now: str) -> str:
    """Say which campaign it is, and as of when."""
    return f"{campaign.title}（{now} 現在）"


def alarm(sentence: str) -> str:
    """Mark an alarm as one, unless it is marked as urgent."""
    return sentence if sentence.startswith("【") else f"【注意】{sentence}"


def stage(name: str, due: str, done: str) -> str:
    """Say what became of a stage, or when it is due."""
    return f"{name}：{done or f'これから（{due}）'}"


def following(sentences: Sequence[str], *, is_wrong: bool) -> str:
    """Say what to press next: where something *is_wrong*, that comes first, and nothing else where nothing was due."""
    said = "".join(sentences)
    if not is_wrong:
        return said
    return f"まず、注意が必要なことを確かめてください。{'ほかに' if said.startswith(_NOTHING_TO_PRESS) else ''}{said}"


def act(row: JournalRow) -> str:
    """Say what a row of the journal records; a word that is not known here stands as it is."""
    return ACT_WORDS.get((row.step, row.action), f"{row.step}（{row.action}）")
