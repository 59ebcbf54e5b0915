"""
Play a campaign from preparation to the winners' mails, on a clock that is moved.

What people do is done here (entrants press, operators call functions, the ward draws its number); everything else is
the functions' own work, called as in production: by Pub/Sub, by the scheduler, in the console.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Document
from prizedraw.rehearsal.entrants import Submission
from prizedraw.rehearsal.hosting import Answered
from prizedraw.rehearsal.inputs import Unusable, span
from prizedraw.rehearsal.played import Played
from prizedraw.rehearsal.stage import RehearsalStage
from prizedraw.times import unstamp

_ACCEPTED = re.compile(r'"(accept_(?:gone|doubts))": (\d+)')
"""What `freeze` asks to be accepted, and how many."""
_ASKED_TO_PUBLISH = re.compile(r'"published": "(\w+)"')

MOST_MAIL_DAYS = 10
MICROSECOND = timedelta(microseconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WARD_NUMBER = "20260302-31415926535897932384"
Progress = Callable[[str, int, int], None]
"""Be told the name of a stage, how much of it is done, and of how much."""


class Clock:
    """The time that a rehearsal has set; it stands still in between."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def move_to(self, moment: datetime) -> None:
        """Go on to *moment*; never back."""
        self.now = max(self.now, moment.astimezone(UTC))

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.now += timedelta(seconds=seconds)


class Failed(Exception):
    """An answer of a function that a rehearsal cannot go on from; the text is for whoever rehearses."""


@dataclass
class Play:
    """
    The campaign, its clock, the stage, and what is played.

    *read* are the ids of all responses that the form held when it was read; *notes* is for whoever rehearses.
    """

    campaign: Campaign
    clock: Clock
    stage: RehearsalStage
    played: Played
    progress: Progress
    inbox: list[dict[str, str]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    _unread: set[str] = field(default_factory=set)

    @property
    def form(self) -> Document:
        """Return the form as it stands before anything happens."""
        return self.played.form

    @property
    def submissions(self) -> list[Submission]:
        """Return all that happens to responses."""
        return self.played.submissions

    def run(self) -> None:
        """
        Play every stage.

        Raises:
            Failed: a function did not do its work.
            Unusable: the form, or a number of the campaign file, is such that no campaign can be held.
        """
        self.stage.google.forms.put_form(self.played.form)
        self.stage.google.drive.put_file(self.played.form["formId"])
        self.stage.google.forms.on_notification(self.inbox.append)
        self._prepare()
        self._take_in()
        self._freeze()
        self._draw()
        self.tell()
        self.report()

    def demand(self, step: str, answered: Answered, *wanted: int) -> Answered:
        """Return the answer if its status is 200 or one of *wanted*."""
        if answered.status not in (200, *wanted):
            raise Failed(f"{step}（{answered.status}）：{said(answered)}")
        return answered

    def report(self) -> None:
        """Hand out what the status asks for, say so, and keep both of its pages, the operators' and the ward's."""
        functions = self.stage.functions
        answered = self.demand("status", functions.press("status"))
        for what in _ASKED_TO_PUBLISH.findall("".join(answered.reply["next"])):
            self.demand("status", functions.press("status", {"published": what}))
        self.demand("status", functions.press("status", {"save": True}))

    def _prepare(self) -> None:
        self.progress("準備", 0, 1)
        self.clock.move_to(self.campaign.opens_at - 3 * DAY)
        answered = self.demand("prepare", self.stage.functions.press_and_confirm("prepare"))
        again = self.demand("prepare", self.stage.functions.press("prepare"))
        if "準備は整っています。" not in again.reply["summary"]:
            raise Unusable(f"フォームと定義ファイルでは、準備（prepare）が整いません。\n{said(answered)}")
        self.demand("prepare", self.stage.functions.press("prepare", {"format": "html"}))
        self.demand("notify", self.stage.functions.press("notify", {"test": True}))
        self.demand("notify", self.stage.functions.schedule("notify"))
        self.report()
        self.progress("準備", 1, 1)

    def _take_in(self) -> None:
        """Let the entrants press, tick by tick; what comes after the last tick is there before the final reading."""
        waiting = deque(sorted(self.played.submissions, key=lambda press: press.at))
        total, closes_at = len(waiting), self.campaign.closes_at
        for moment in self._ticks():
            # At closing the form holds what counts, and is read; whatever comes then or later is there afterwards.
            until = min(moment + MICROSECOND, closes_at) if moment <= closes_at else datetime.max.replace(tzinfo=UTC)
            while waiting and waiting[0].at < until:
                self._press(waiting.popleft(), moment)
            self.clock.move_to(moment)
            self._read_form()
            if self.campaign.mail.receipts:
                self.demand("notify", self.stage.functions.schedule("notify"))
            self.progress("応募の受付", total - len(waiting), total)

    def _press(self, press: Submission, until: datetime) -> None:
        """Let one response be sent or deleted; one that is deleted was read before, since a notification told of it."""
        self.clock.move_to(min(press.at, until))
        if press.is_deletion:
            self._read_form()
            self.stage.google.forms.remove(press.response["responseId"])
        else:
            self.stage.google.forms.submit(press.response)
            self._unread.add(press.response["responseId"])

    def _ticks(self) -> Iterator[datetime]:
        yield from span(self.campaign)
        yield self.campaign.closes_at
        yield self.campaign.closes_at + 5 * MINUTE
        yield self.campaign.closes_at + 20 * MINUTE

    def _read_form(self) -> None:
        """Push the notifications that the form has published since, and let the schedule's tick come."""
        forms, functions = self.stage.google.forms, self.stage.functions
        forms.notifications.deliver()
        while self.inbox:
            self.demand("intake", functions.push("intake", self.inbox.pop(0)))
        self.demand("intake", functions.push("intake", {"tick": "schedule"}))
        self.read |= self._unread
        self._unread.clear()

    def _freeze(self) -> None:
        self.progress("応募の確定", 0, 1)
        early = self.stage.functions.press("draw")
        if early.status != requests.codes.conflict:
            raise Failed(f"draw before freeze: {early.status}")
        self.clock.move_to(self.campaign.closes_at + HOUR)
        self._freeze_as_told()
        self.demand("intake", self.stage.functions.push("intake", {"tick": "schedule"}))
        self.demand("notify", self.stage.functions.schedule("notify"))
        self.report()
        self.progress("応募の確定", 1, 1)

    def _freeze_as_told(self) -> None:
        """Let the schedule freeze; where it asks somebody to look, since what was played is odd, do as it says."""
        accepted: dict[str, int] = {}
        answered = self.stage.functions.schedule("freeze")
        while (asked := dict(_ACCEPTED.findall(said(answered)))) and asked.keys() - accepted.keys():
            accepted |= {name: int(number) for name, number in asked.items()}
            answered = self.stage.functions.press_and_confirm("freeze", accepted)
        self.demand("freeze", answered)

    def _draw(self) -> None:
        self.progress("抽選", 0, 1)
        frozen = self._published("commitment.json")
        if self.campaign.mail.receipts:  # who pressed in the last evening is answered on the next day
            self.clock.move_to(unstamp(frozen["draw_at"]) - HOUR)
            self.demand("notify", self.stage.functions.schedule("notify"))
        self.clock.move_to(unstamp(frozen["draw_at"]) + MINUTE)
        if self.campaign.randomness.kind == "ward":
            given_at = self.clock.now.isoformat()
            body = {"ward_value": WARD_NUMBER, "given_by": self.campaign.posts[0], "given_at": given_at}
            self.demand("draw", self.stage.functions.press_and_confirm("draw", body))
        else:
            self.demand("draw", self.stage.functions.schedule("draw"))
        first = self._published_bytes("record.json")
        self.clock.move_to(self.clock.now + MINUTE)
        self.demand("draw", self.stage.functions.press_and_confirm("draw"))
        if self._published_bytes("record.json") != first:
            raise Failed("draw: the second call changed the record")
        self.progress("抽選", 1, 1)

    def tell(self) -> None:
        """Tick until nothing is left to send; a campaign's mails may take days."""
        for _ in range(MOST_MAIL_DAYS * 24):
            answered = self.demand("notify", self.stage.functions.schedule("notify"))
            left, sent = answered.reply["counts"].get("残り", 0), len(self.stage.google.gmail.sent)
            self.progress("お知らせ", sent, sent + left)
            if not left:
                return
            self.clock.move_to(self.clock.now + HOUR)
        raise Unusable(
            f"お知らせのメールが{MOST_MAIL_DAYS}日たっても{left}通残っています。定義ファイルの mail.per_day"
            f"（1日{self.campaign.mail.per_day}通）と mail.per_minute を、当選者の数に足りる値にしてください。"
        )

    def note(self, sentence: str) -> None:
        """Keep a sentence for whoever rehearses, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _published_bytes(self, name: str) -> bytes:
        found = self.stage.google.storage.objects(self.stage.settings.published_bucket).get(name)
        if found is None:
            raise Failed(f"{name} was not published")
        return found.data

    def _published(self, name: str) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self._published_bytes(name))
        return parsed


def said(answered: Answered) -> str:
    """Return what a function said, as sentences; all of its answer if it has none."""
    sentences = answered.reply.get("summary")
    return "\n".join(sentences) if isinstance(sentences, list) else answered.text
