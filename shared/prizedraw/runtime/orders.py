"""
What a caller asks of a step, and what the step answers.

Replies are for operators who are not engineers: each says in Japanese what happened and what to press next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CLOSED = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, strict=True, defer_build=True)
"""How every body is read: unknown keys are faults, and a fault never repeats the input. Built by the first reading."""


class Order(BaseModel):
    """What a step is asked: `{}` only asks what would happen, the confirm code from that reply lets it happen."""

    model_config = CLOSED

    confirm: str | None = Field(default=None, max_length=32)


@dataclass(frozen=True)
class Caller:
    """Who calls: the account that IAM let in; *scheduled* if it is the scheduler's."""

    principal: str
    scheduled: bool


@dataclass(frozen=True)
class Message:
    """What a step may see of a Pub/Sub message. Notifications of Google Forms have attributes and no data."""

    attributes: Mapping[str, str]
    data: bytes = b""


class Result(StrEnum):
    """What a call came to."""

    DONE = "実行しました"
    UNCHANGED = "すでに済んでいます（変更はありません）"
    ASK = "確認待ちです（まだ何も実行していません）"
    NOT_DUE = "まだその時刻ではありません（何も実行していません）"
    CONTINUES = "途中まで実行しました（続きは次回の定期実行で行います）"
    REFUSED = "実行しませんでした"
    REPORT = "現在の状況です"


@dataclass(frozen=True)
class Reply:
    """
    The answer to a call: *summary* sentences, *counts* by Japanese name, what to do *next*, and the code if one is due.

    *next* is a sentence or more, or a list of them where there may be several things to do.

    *page* is an HTML page that is sent instead, when the caller asked for one.
    """

    result: Result
    summary: tuple[str, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    next: str | tuple[str, ...] = ""
    confirm: str | None = None
    page: str | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the caller gets."""
        return {
            "result": self.result.value,
            "summary": list(self.summary),
            "counts": dict(self.counts),
            "next": self.next if isinstance(self.next, str) else list(self.next),
            "confirm": self.confirm,
        }
