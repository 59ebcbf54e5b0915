"""
Play a campaign from preparation to the winners' mails, on a clock that is moved.

What people do is done here (entrants press, operators call functions, the ward draws its number); everything else is
the functions' own work, called as in production: by Pub/Sub, by the scheduler, in the console.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Document
from prizedraw.rehearsal.entrants import Submission
from prizedraw.rehearsal.hosting import Answered
from prizedraw.rehearsal.inputs import span
from prizedraw.rehearsal.stage import RehearsalStage
from prizedraw.times import unstamp

_DOUBTS = re.compile(r'"accept_doubts": (\d+)')

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
    """An answer of a function that a rehearsal cannot go on from."""


@dataclass
class Play:
    """The campaign, its clock, the stage, and what the entrants will press."""

    campaign: Campaign
    clock: Clock
    stage: RehearsalStage
    form: Document
    submissions: list[Submission]
    progress: Progress
    inbox: list[dict[str, str]] = field(default_factory=list)

    def run(self) -> None:
        """
        Play every stage.

        Raises:
            Failed: a function did not do its work.
        """
        self.stage.google.forms.put_form(self.form)
        self.stage.google.drive.put_file(self.form["formId"])
        self.stage.google.forms.on_notification(self.inbox.append)
        self._prepare()
        self._take_in()
        self._freeze()
        self._draw()
        self.tell()
        self.demand("status", self.stage.functions.press("status"))

    def demand(self, step: str, answered: Answered, *wanted: int) -> Answered:
        """Return the answer if its status is 200 or one of *wanted*."""
        if answered.status not in (200, *wanted):
            raise Failed(f"{step}: {answered.status} {answered.text}")
        return answered

    def _prepare(self) -> None:
        self.progress("準備", 0, 1)
        self.clock.move_to(self.campaign.opens_at - 3 * DAY)
        answered = self.demand("prepare", self.stage.functions.press_and_confirm("prepare"))
        again = self.demand("prepare", self.stage.functions.press("prepare"))
        if "準備は整っています。" not in again.reply["summary"]:
            raise Failed(f"prepare: {answered.text}")
        self.demand("notify", self.stage.functions.schedule("notify"))
        self.demand("status", self.stage.functions.press("status"))
        self.progress("準備", 1, 1)

    def _take_in(self) -> None:
        """Let the entrants press, tick by tick; what comes after the last tick is there before the final reading."""
        waiting = iter(sorted(self.submissions, key=lambda press: press.at))
        total, done = len(self.submissions), 0
        following = next(waiting, None)
        for moment in self._ticks():
            while following is not None and (following.at <= moment or moment >= self.campaign.closes_at):
                self.clock.move_to(min(following.at, moment))
                self.stage.google.forms.submit(following.response)
                done += 1
                following = next(waiting, None)
            self.clock.move_to(moment)
            self.stage.google.forms.notifications.deliver()
            self._deliver()
            self.demand("intake", self.stage.functions.push("intake", {"tick": "schedule"}))
            if self.campaign.mail.receipts:
                self.demand("notify", self.stage.functions.schedule("notify"))
            self.progress("応募の受付", done, total)

    def _ticks(self) -> Iterator[datetime]:
        yield from span(self.campaign)
        yield self.campaign.closes_at + 5 * MINUTE
        yield self.campaign.closes_at + 20 * MINUTE

    def _deliver(self) -> None:
        """Push the notifications that the form has published since."""
        while self.inbox:
            self.demand("intake", self.stage.functions.push("intake", self.inbox.pop(0)))

    def _freeze(self) -> None:
        self.progress("応募の確定", 0, 1)
        early = self.stage.functions.press("draw")
        if early.status != requests.codes.conflict:
            raise Failed(f"draw before freeze: {early.status}")
        self.clock.move_to(self.campaign.closes_at + HOUR)
        self._freeze_as_told()
        self.demand("intake", self.stage.functions.push("intake", {"tick": "schedule"}))
        self.demand("notify", self.stage.functions.schedule("notify"))
        self.demand("status", self.stage.functions.press("status"))
        self.progress("応募の確定", 1, 1)

    def _freeze_as_told(self) -> None:
        """Let the schedule freeze; where it asks somebody to look, since what was played is odd, do as it says."""
        scheduled = self.stage.functions.schedule("freeze")
        doubts = _DOUBTS.search(" ".join(scheduled.reply.get("summary", ())))
        if doubts is not None:
            accepted = {"accept_doubts": int(doubts[1])}
            scheduled = self.stage.functions.press_and_confirm("freeze", accepted)
        self.demand("freeze", scheduled)

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
        for _ in range(10 * 24):
            answered = self.demand("notify", self.stage.functions.schedule("notify"))
            left, sent = answered.reply["counts"].get("残り", 0), len(self.stage.google.gmail.sent)
            self.progress("お知らせ", sent, sent + left)
            if not left:
                return
            self.clock.move_to(self.clock.now + HOUR)
        raise Failed("notify: mails are left after ten days")

    def _published_bytes(self, name: str) -> bytes:
        found = self.stage.google.storage.objects(self.stage.settings.published_bucket).get(name)
        if found is None:
            raise Failed(f"{name} was not published")
        return found.data

    def _published(self, name: str) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self._published_bytes(name))
        return parsed
