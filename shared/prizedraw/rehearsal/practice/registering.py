"""Let winners send the LoGo form, each some time after the mail that told them; a few never do."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment import claim_code, holders
from prizedraw.fulfilment.holders import Holder
from prizedraw.rehearsal import winners
from prizedraw.rehearsal.stage import RehearsalStage
from prizedraw.rehearsal.winners import SentForm
from prizedraw.times import JST

_SOONEST, _LATEST = timedelta(hours=2), timedelta(days=5)
_AT_ONCE = timedelta(hours=3)
"""How long whoever got a mail that was sent again waits with the form."""
_TYPED_FROM = 20_000
"""The first receipt number of forms that were typed by hand."""
_NEVER = 0.05
FIELDS = tuple(name for name in winners.COLUMNS if name not in ("receipt", "sent_at"))
"""What a person types into the form, by the names of its columns in the campaign file."""
_SENT_AT = "%Y/%m/%d %H:%M:%S"


@dataclass(frozen=True)
class _Coming:
    """A form that will be sent: when, by whom, and with which claim code."""

    at: datetime
    label: str
    code: str


@dataclass
class Registrations:
    """
    The LoGo form: what was *sent* so far, and what is still to come, as *chance* has it.

    Whoever stands for `silent` never answers, unless they are made to (`everybody`).
    """

    campaign: Campaign
    stage: RehearsalStage
    chance: random.Random
    sent: list[SentForm] = field(default_factory=list)
    silent: dict[str, str] = field(default_factory=dict, repr=False)
    _coming: list[_Coming] = field(default_factory=list, repr=False)
    _asked: set[tuple[str, str]] = field(default_factory=set)
    _number: int = 0
    _typed: int = 0

    def hear(self) -> None:
        """Let whoever was told since make up their mind when to answer; the first who is told never does."""
        fresh = [one for one in self._told() if (one.label, one.prize) not in self._asked]
        codes = self.stage.codes() if fresh else None
        for holder in fresh:
            if codes is None or holder.told is None:
                continue
            is_first = not self._asked
            self._asked.add((holder.label, holder.prize))
            code = codes(holder.label, holder.prize)
            if is_first or self.chance.random() < _NEVER:
                self.silent[holder.label] = code
                continue
            latest = max(min(holder.deadline - _SOONEST, holder.told + _LATEST), holder.told + _SOONEST)
            wait = self.chance.uniform(_SOONEST.total_seconds(), (latest - holder.told).total_seconds())
            self._coming.append(_Coming(holder.told + timedelta(seconds=wait), holder.label, code))

    def miss(self, label: str) -> None:
        """Let somebody know of nothing, since their mail has come back."""
        self._coming = [one for one in self._coming if one.label != label]
        self.silent.pop(label, None)

    def remember(self, label: str, now: datetime) -> None:
        """Let somebody answer soon who had forgotten, or known of nothing, and has now been told again."""
        holder = next((one for one in self._told() if one.label == label), None)
        if holder is not None and all(one.label != label for one in self._coming):
            code = self.silent.pop(label, None) or self.stage.codes()(label, holder.prize)
            self._coming.append(_Coming(now + _AT_ONCE, label, code))

    def enter(self, now: datetime, typed: Mapping[str, str]) -> None:
        """Send the form as it was *typed*, by the names of its fields; whoever has that code sends none besides."""
        code = claim_code.normalise(typed["code"])
        self._coming = [one for one in self._coming if one.code != code]
        self.silent = {label: one for label, one in self.silent.items() if one != code}
        self._typed += 1
        receipt, at = f"{_TYPED_FROM + self._typed}", f"{now.astimezone(JST):{_SENT_AT}}"
        self.sent.append(SentForm(receipt=receipt, sent_at=at, **{name: typed[name] for name in FIELDS}))

    def delete(self, receipt: str) -> bool:
        """Delete one, as whoever runs the LoGo form does; tell whether it was there."""
        before = len(self.sent)
        self.sent = [row for row in self.sent if row.receipt != receipt]
        return len(self.sent) < before

    def until(self, moment: datetime) -> int:
        """Let everybody send the form whose time has come; return how many."""
        due = sorted((one for one in self._coming if one.at <= moment), key=lambda one: one.at)
        self._coming = [one for one in self._coming if one.at > moment]
        for one in due:
            self._send(one.code, one.at)
        return len(due)

    def everybody(self, now: datetime) -> int:
        """Let everybody who was told send the form at once, the silent ones too; return how many."""
        self.hear()
        codes = [*(one.code for one in self._coming), *self.silent.values()]
        self._coming.clear()
        self.silent.clear()
        for code in codes:
            self._send(code, now)
        return len(codes)

    def mistakes(self, now: datetime) -> None:
        """Let two forms come that nobody can use: one with an unknown code, one half empty."""
        self.sent += winners.mistakes(now)

    @property
    def waiting(self) -> int:
        """Count those who were told and have not sent the form."""
        return len(self._coming) + len(self.silent)

    def export(self) -> bytes:
        """Return the CSV of all that was sent, in the order in which it came."""
        return winners.export(self.campaign, self._in_order())

    def clear(self) -> None:
        """Delete all, as whoever runs the LoGo form does."""
        self.sent.clear()

    def _in_order(self) -> Iterable[SentForm]:
        return sorted(self.sent, key=lambda row: datetime.strptime(row.sent_at, _SENT_AT).replace(tzinfo=JST))

    def _told(self) -> list[Holder]:
        standing = holders.read_mirrors(self.campaign, self.stage.open("state"))
        return [holder for holder in standing.holders if holder.told is not None and not holder.claimed]

    def _send(self, code: str, at: datetime) -> None:
        self.sent.append(winners.register(self._number, code, at))
        self._number += 1
