"""
Hold a campaign under a person's hand: press a function, move the clock, see what has come of it.

Between two moves nothing happens. While the clock moves, the schedule calls as it would (a call that would only repeat
that there is nothing to do is left out), entrants send the form, winners register, and a mishap happens here and there.
"""

import random
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests

from prizedraw.erasure.report import Report
from prizedraw.erasure.state import Overall
from prizedraw.mail import hours
from prizedraw.records.mail import SENT, TELL_OF_A_PRIZE, MailRow
from prizedraw.rehearsal import inputs, played
from prizedraw.rehearsal.entrants import Submission
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.hosting import OPERATOR, SECOND_OPERATOR, Answered
from prizedraw.rehearsal.practice import holding, mishaps
from prizedraw.rehearsal.practice.mishaps import Mishap
from prizedraw.rehearsal.practice.registering import Registrations
from prizedraw.rehearsal.practice.timetable import DAY, HOUR, Landmark, Tick, landmarks, ticks
from prizedraw.rehearsal.stage import RehearsalStage, build, furnish
from prizedraw.rehearsal.until_winners import Clock
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Result
from prizedraw.times import JST, utc_now

OPERATORS = (OPERATOR, SECOND_OPERATOR)
READ_AT_LEAST_EVERY = 6 * HOUR
REPORT_NAME = "-report.json"
KEPT_FOR = DAY
"""How long a shipping list lies in its bucket (`infra/terraform/storage.tf`)."""
_QUIET = frozenset({Result.UNCHANGED.value, Result.NOT_DUE.value})


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is played: the campaign file, how many entrants are invented, and by which *seed*."""

    file: Path
    applicants: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A call by the schedule, and what was answered."""

    at: datetime
    answered: Answered

    @property
    def result(self) -> str:
        """Return what it came to, in a word."""
        return str(self.answered.reply.get("result", ""))


@dataclass(kw_only=True)
class Move:
    """
    What happened while the clock moved: the calls that did something, and how many there were of the others.

    *reached* is why it stopped, if at something; *held*: what a person must do before it goes on, so that it did not;
    *is_over*: nothing will happen any more.
    """

    did: list[Ran] = field(default_factory=list)
    idle: dict[str, int] = field(default_factory=dict)
    entrants: int = 0
    edited: int = 0
    registered: int = 0
    reached: str = ""
    held: str = ""
    is_over: bool = False


class PracticeWorld:
    """A campaign from three days before its opening on; a context manager. One thread may use it at a time."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.clock = Clock(utc_now())
        self.google = LocalGoogle(self.clock)
        self.campaign, self._text = inputs.read_campaign(setting.file, self.google.drand.randomness())
        invented = played.invent(self.campaign, setting.applicants, setting.seed)
        self.form = invented.form
        self._waiting: deque[Submission] = deque(sorted(invented.submissions, key=lambda press: press.at))
        self._chance = random.Random(f"practice/{setting.seed}")
        self._mishaps = mishaps.of_itself(self._chance)
        self._deletion = self._chance.uniform(0.2, 0.9)
        self._running = ExitStack()
        self._messages: list[tuple[str, dict[str, str]]] = []
        self._last: dict[str, Ran] = {}
        self._changes = 0
        self._seen: dict[str, int] = {}
        self._known: set[str] = set()
        self._told_again: set[str] = set()

    def __enter__(self) -> "PracticeWorld":
        """Start everything."""
        with ExitStack() as starting:
            self.clock.now = self.campaign.opens_at - 3 * DAY
            workshop = Path(starting.enter_context(tempfile.TemporaryDirectory()))
            places = furnish(workshop, self.campaign.id, self._text)
            starting.enter_context(self.google)
            environ = {**self.google.environ(self.campaign.id), **places}
            host = edge.Host(self.clock, self.clock.sleep)
            self.stage: RehearsalStage = build(starting, self.google, host, environ, emulator=False)
            self.registrations = Registrations(self.campaign, self.stage, self._chance)
            self._running = starting.pop_all()
        self.google.forms.put_form(self.form)
        self.google.drive.put_file(self.form["formId"])
        self.google.forms.on_notification(lambda attributes: self._messages.append(("intake", attributes)))
        self.google.storage.on_object(self._announced)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything; what was practised is gone."""
        self._running.close()

    def press(self, step: str, body: bytes, principal: str) -> Answered:
        """Call a function as an operator does, with the body as it was typed."""
        answered = self.stage.functions.send(step, body, principal)
        self._changes += step != "status"
        if step == "notify":
            self._hear_again()
        return answered

    def _hear_again(self) -> None:
        """Let whoever was told once more, and gets mail, answer."""
        letters = {mail.id: mail.recipients[0] for mail in self.google.gmail.sent}
        for row in self.stage.open("state").scan(MailRow):
            if not row.is_again or row.state not in SENT or row.id in self._told_again:
                continue
            self._told_again.add(row.id)
            if not self.google.gmail.is_bouncing(letters[row.message]):
                self.registrations.remember(row.label, self.clock())

    def drop(self, name: str, data: bytes) -> None:
        """Put a file into the claims bucket, and let what Storage announces of it be delivered."""
        self.google.storage.put(self.stage.settings.claims_bucket, name, data, "text/csv")
        self._deliver()
        self._changes += 1

    def happen(self, mishap: Mishap) -> bool:
        """Let something go wrong; tell whether it could."""
        if mishap is Mishap.RETURNED:
            return self._return_one()
        if mishap is Mishap.DELETED:
            return mishaps.delete_response(self.google, self.form["formId"], self._chance)
        self.registrations.mistakes(self.clock())
        return True

    def _return_one(self) -> bool:
        """Let a mail come back that told somebody of a prize, who then knows of nothing; tell whether there was one."""
        rows = self.stage.open("state").scan(MailRow)
        told = {row.message: row.label for row in rows if row.kind in TELL_OF_A_PRIZE and row.state in SENT}
        letters = [mail for mail in self.google.gmail.sent if mail.id in told]
        if not letters:
            return False
        letter = self._chance.choice(letters)
        self.google.gmail.bounce(letter.recipients[0])
        self.registrations.miss(told[letter.id])
        return True

    def next(self) -> Move:
        """
        Go on until a call has done something, or a person's turn has come; nowhere once all is erased.

        And nowhere while something is left without which all that comes would come to nothing.
        """
        if self.is_complete:
            return Move(is_over=True)
        held = holding.held(self.campaign, self.stage.open("state"), self.clock(), self._refused("freeze"))
        return Move(held=held) if held else self._go(None)

    def _refused(self, step: str) -> bool:
        """Tell whether the schedule was refused when it called a step last."""
        return step in self._last and self._last[step].answered.status != requests.codes.ok

    def move_to(self, moment: datetime) -> Move:
        """Go on to a moment; one that has passed is here."""
        return self._go(moment)

    @property
    def is_complete(self) -> bool:
        """Tell whether the last report on the erasure says that all is done."""
        files = self.google.storage.objects(self.stage.settings.reports_bucket)
        last = max((name for name in files if name.endswith(REPORT_NAME)), default="")
        return bool(last) and Report.from_bytes(files[last].data, last).state is Overall.COMPLETE

    def _go(self, until: datetime | None) -> Move:
        move = Move()
        for event in self._events(self.clock()):
            if until is not None and event.at > until:
                break
            self._come_in(event.at, move)
            if isinstance(event, Landmark):
                self.clock.move_to(event.at)
                move.reached = event.name
                if until is None:
                    return move
            elif self._call(event, move) and until is None:
                return move
        else:
            move.is_over = True
        if until is not None:
            self._come_in(until, move)
            self.clock.move_to(until)
        return move

    def _events(self, after: datetime) -> Iterator[Tick | Landmark]:
        """Yield calls and landmarks in the order of time."""
        marks = deque(mark for mark in landmarks(self.campaign) if mark.at > after)
        for tick in ticks(self.campaign, after):
            while marks and marks[0].at < tick.at:
                yield marks.popleft()
            yield tick
        yield from marks

    def _call(self, tick: Tick, move: Move) -> bool:
        """Let the schedule call, unless it is known that nothing is to be done; tell whether something was."""
        if self._is_known(tick):
            return False
        self.clock.move_to(tick.at)
        before = self._last.get(tick.step)
        if tick.step == "intake":
            self._deliver()
            answered = self.stage.functions.push("intake", {"tick": "schedule"})
        else:
            answered = self.stage.functions.schedule(tick.step)
        ran = Ran(at=tick.at, answered=answered)
        self._last[tick.step], self._seen[tick.step] = ran, self._changes
        if tick.step == "notify":
            self.registrations.hear()
            if Mishap.RETURNED in self._mishaps and self._return_one():
                self._mishaps.discard(Mishap.RETURNED)
        news = self._is_news(ran, before)
        self._changes += news
        if news:
            move.did.append(ran)
        else:
            move.idle[tick.step] = move.idle.get(tick.step, 0) + 1
        return news

    def _is_known(self, tick: Tick) -> bool:
        """Tell whether a call would only say again that there is nothing to do."""
        last = self._last.get(tick.step)
        if last is None:
            return False
        if tick.step == "intake":
            closing = self.campaign.closes_at <= tick.at <= self.campaign.closes_at + HOUR
            return not (closing or self._messages or tick.at - last.at >= READ_AT_LEAST_EVERY)
        is_first = tick.at.date() != last.at.astimezone(JST).date() or tick.at.hour == hours.FIRST
        return last.result == Result.UNCHANGED and self._seen[tick.step] == self._changes and not is_first

    def _is_news(self, ran: Ran, before: Ran | None) -> bool:
        """Tell whether a call did something, or was refused in another way than the last time."""
        if ran.answered.status != requests.codes.ok:
            return before is None or before.answered.reply != ran.answered.reply
        if ran.answered.step == "intake":
            return False
        return ran.result not in _QUIET

    def _come_in(self, moment: datetime, move: Move) -> None:
        """Let entrants and winners send their forms whose time comes until *moment*, each at its own."""
        while self._waiting and self._waiting[0].at <= moment:
            press = self._waiting.popleft()
            self.clock.move_to(press.at)
            if self.form["formId"] in self.google.forms.stored():
                self.google.forms.submit(press.response)
                is_edit = press.response["responseId"] in self._known
                self._known.add(press.response["responseId"])
                move.edited += is_edit
                move.entrants += not is_edit
        opens, closes = self.campaign.opens_at, self.campaign.closes_at
        if Mishap.DELETED in self._mishaps and opens + (closes - opens) * self._deletion <= moment:
            self._mishaps.discard(Mishap.DELETED)
            self._deliver()  # it was read before, since a notification told of it
            self.happen(Mishap.DELETED)
        registered = self.registrations.until(moment)
        move.registered += registered
        if registered and Mishap.HALF_FILLED in self._mishaps:
            self._mishaps.discard(Mishap.HALF_FILLED)
            self.registrations.mistakes(moment)
        self.google.storage.expire(self.stage.settings.exports_bucket, moment - KEPT_FOR)

    def _announced(self, attributes: dict[str, str]) -> None:
        if attributes["bucketId"] == self.stage.settings.claims_bucket:
            self._messages.append(("claim", attributes))

    def _deliver(self) -> None:
        """Push what waits in Pub/Sub: the form's notifications, files that were dropped."""
        self.google.forms.notifications.deliver()
        while self._messages:
            step, attributes = self._messages.pop(0)
            self.stage.functions.push(step, attributes)


def parse_moment(text: str) -> datetime | None:
    """Read what a field for date and time gives, in Japan's time; None if it is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=JST)
    except ValueError:
        return None
