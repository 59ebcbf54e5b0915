"""
Judge one response by itself: who, when, and what it brings; or why it cannot count.

Nothing here knows other responses: which of a person's responses is accepted is decided in `ledger`. The first reason
in the order of `Reason` counts.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from prizedraw.campaign.definition import Campaign
from prizedraw.records.entries import Reason
from prizedraw.times import JST, instant, instant_of, moment_of
from prizedraw.typed import email_addresses
from prizedraw.typed.address_faults import AddressFault
from prizedraw.typed.answers import is_one_of, normal

UNTOUCHED_NANOSECONDS = 1_000_000
"""The two times of a response that nobody edited differ by less, seldom by nothing."""

MOST_TEXT = 2_000
"""Characters kept of one answer; what is beyond is cut, since free text is never shown, only counted."""

MOST_SEALED_BYTES = 16_000
"""Of one response's answers, so that any 500 documents fit into one commit (10 MiB)."""

_MOST_VALUES = 50
_NONE: Any = object()
"""Stands for an answer that is not there; one that is there may be None."""
_MICROSECOND = timedelta(microseconds=1)
_TO_THE_HOUR = len("2026-02-03T01")
_FAULTS = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
_write = TypeAdapter(Any).serializer.to_json
Answers = Mapping[str, Sequence[str]]


@dataclass(slots=True, kw_only=True)  # not frozen: to set a frozen field costs ten times as much, and these are many
class Judged:
    """
    A response, judged on its own; nobody changes it.

    *created* and *version* are instants, empty if they cannot be read. Without a *reason* the response stands in the
    queue of *person*; *answers* is what is sealed under `survey` (UTF-8 JSON). *detail*: of which kind the fault is.
    *anew*: it answers a question that was deleted and made again. *unasked*: it answers none of those that stood, one
    after the other, for such a question.
    """

    response: str = field(repr=False)
    created: str
    version: str
    reason: Reason | None
    person: str = field(default="", repr=False)
    deliver: str = field(default="", repr=False)
    doubtful: bool = False
    prizes: tuple[str, ...] = ()
    answers: bytes = field(default=b"", repr=False)
    detail: str = ""
    anew: bool = False
    unasked: bool = False


class Judge:
    """
    What judges responses: one campaign file, and the question ids that `prepare` resolved.

    *also*: of a question that was not there for a time, the ids under which it was asked since. *stand*: the ids of all
    questions that the form has now, if that is known. Whoever was not asked has not refused: without an answer to such
    a question of consent or address, or with one to a question that the form has no longer, a response is unreadable.
    """

    def __init__(
        self,
        campaign: Campaign,
        questions: Mapping[str, str],
        also: Mapping[str, tuple[str, ...]] | None = None,
        stand: frozenset[str] | None = None,
    ) -> None:
        self._campaign = campaign
        self._stand = stand
        self._also = {name: frozenset(ids) for name, ids in (also or {}).items()}
        self._ids = {name: (*reversed((also or {}).get(name, ())), id) for name, id in questions.items()}
        self._others = {name: ids for name, ids in self._ids.items() if name not in ("consent", "email")}
        self._consent, self._email = self._ids["consent"], self._ids.get("email")
        self._yes = frozenset({normal(campaign.questions.consent.answer)})
        self._opens = instant_of(campaign.opens_at)
        self._closes = instant_of(campaign.closes_at)

    def judge(self, response: Any) -> Judged:
        """Judge one response as `forms.responses.list` gives it; whatever it holds, it is judged."""
        response_id = identity(response)
        created, version = _time(response, "createTime"), _time(response, "lastSubmittedTime")
        try:
            judged = self._judge(response_id, created, version, response)
        except _FAULTS:
            judged = Reason.UNREADABLE
        if isinstance(judged, Reason):
            judged = Judged(response=response_id, created=created, version=version, reason=judged)
        return self._marked(judged, response) if self._also or judged.reason is Reason.UNREADABLE else judged

    def _marked(self, judged: Judged, response: Any) -> Judged:
        """Mark what a response has to do with the questions that were not there for a time."""
        try:
            answered = frozenset(response.get("answers") or ())
            unasked = any(answered.isdisjoint(self._ids.get(name, ())) for name in self._also)
            if judged.reason is Reason.UNREADABLE:
                unasked = unasked or any(
                    self._was_not_asked(name, answered) for name in ("consent", "email") if name in self._ids
                )
        except _FAULTS:
            return judged
        return replace(judged, anew=any(answered & ids for ids in self._also.values()), unasked=unasked)

    def _judge(self, response_id: str, created: str, version: str, response: Mapping[str, Any]) -> Judged | Reason:
        """Return what the response brings, or the first reason for which it cannot count."""
        if not created or not version:
            return Reason.UNREADABLE
        if (untimely := self._untimely(created, version)) is not None:
            return untimely
        answered = response.get("answers")
        answered = {} if answered is None else answered
        consent = _texts(answered, self._consent)
        if consent is None and self._was_not_asked("consent", answered):
            return Reason.UNREADABLE
        if not is_one_of(consent or [], self._yes):
            return Reason.NO_CONSENT
        typed = _texts(answered, self._email) if self._email else [response.get("respondentEmail", "")]
        if typed is None and self._was_not_asked("email", answered):
            return Reason.UNREADABLE
        typed = typed or []
        address = email_addresses.parse(typed[0]) if len(typed) == 1 else None
        if address is None:
            detail = _address_fault(typed).value
            return Judged(
                response=response_id, created=created, version=version, reason=Reason.BAD_ADDRESS, detail=detail
            )
        if response["responseId"] != response_id:
            # Without an id, a row cannot be told from its own next version.
            return Reason.UNREADABLE
        answers = {}
        for name, ids in self._others.items():
            if (texts := _texts(answered, ids)) is not None:
                answers[name] = texts
        return Judged(
            response=response_id,
            created=created,
            version=version,
            reason=None,
            person=address.person,
            deliver=address.deliver,
            doubtful=address.doubtful,
            prizes=self._campaign.stands_for(answers),
            answers=_sealable(answers, created),
        )

    def _was_not_asked(self, name: str, answered: Collection[str]) -> bool:
        """Tell whether a question is without an answer because it was not there."""
        for id in self._ids.get(name, ()):
            if id in answered:
                return False
        return name in self._also or (self._stand is not None and not self._stand.issuperset(answered))

    def _untimely(self, created: str, version: str) -> Reason | None:
        if created < self._opens:
            return Reason.BEFORE_OPENING
        if created >= self._closes:
            return Reason.AFTER_CLOSING
        if version >= self._closes and not _is_untouched(created, version):
            return Reason.EDITED_AFTER_CLOSING
        return None


def _address_fault(typed: Sequence[str]) -> AddressFault:
    """Tell why what was answered is no address."""
    if len(typed) != 1:
        return AddressFault.SEVERAL if typed else AddressFault.EMPTY
    return email_addresses.fault(typed[0])


def identity(response: Any) -> str:
    """Return the response id; for a row without one a hash of what it says, so that it is still counted once."""
    try:
        response_id = response["responseId"]
        if isinstance(response_id, str) and response_id:
            return response_id
    except _FAULTS:
        pass
    try:
        text = json.dumps(response, sort_keys=True)
    except _FAULTS:
        text = ""
    return "?" + hashlib.sha256(text.encode()).hexdigest()


def _time(response: Any, name: str) -> str:
    """Return a time of a response as an instant; empty if it cannot be read."""
    try:
        return instant(response[name])
    except _FAULTS:
        return ""


def _is_untouched(created: str, version: str) -> bool:
    """Tell whether two instants are so close that no edit lies between them: the service takes them one by one."""
    apart = (moment_of(version) - moment_of(created)) // _MICROSECOND * 1_000 + _beyond(version) - _beyond(created)
    return apart <= UNTOUCHED_NANOSECONDS


def _beyond(instant: str) -> int:
    """Return the nanoseconds of an instant that a datetime does not hold."""
    return int(instant[26:29])


def _texts(answers: Mapping[str, Any], ids: tuple[str, ...]) -> list[str] | None:
    """
    Return the texts that were answered to one question, cut to size; None without an answer.

    It is the answer under the first of the *ids* that has one. Forms leaves out what is empty, at each level.

    Raises:
        TypeError, AttributeError: it is not of the form that the API describes.
    """
    for id in ids:
        answer = answers.get(id, _NONE)
        if answer is not _NONE:
            break
    else:
        return None
    texts = None if answer is None else answer.get("textAnswers")
    rows = None if texts is None else texts.get("answers")
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise TypeError
    values = []
    for row in rows[:_MOST_VALUES]:
        value = row.get("value", "")
        if not isinstance(value, str):
            raise TypeError
        values.append(value[:MOST_TEXT])
    return values


@lru_cache(maxsize=1024)
def _day(hour: str) -> str:
    """Return the day in Japan (whole hours ahead of UTC) of an instant that is cut to the hour."""
    return moment_of(f"{hour}:00:00").astimezone(JST).date().isoformat()


def _sealable(answers: Answers, created: str) -> bytes:
    """Write the answers and the day (JST) on which the response was made, the only trace of its time."""
    day = _day(created[:_TO_THE_HOUR])
    sealable = _written(day, answers)
    for most in (500, 100, 0):
        if len(sealable) <= MOST_SEALED_BYTES:
            return sealable
        answers = {name: [value[:most] for value in values] for name, values in answers.items()} if most else {}
        sealable = _written(day, answers)
    return sealable


def _written(day: str, answers: Answers) -> bytes:
    """Write JSON in UTF-8; for half of a pair of surrogates, which UTF-8 does not hold, a question mark."""
    try:
        return _write({"day": day, "answers": answers})
    except ValueError:
        sound = {name: list(map(_sound, values)) for name, values in answers.items()}
        return _write({"day": day, "answers": sound})


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
