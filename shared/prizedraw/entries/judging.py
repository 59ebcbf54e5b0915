"""
Judge one response by itself: who, when, and what it brings; or why it cannot count.

Nothing here knows other responses: which of a person's responses is accepted is decided in `ledger`. The first reason
in the order of `Reason` counts.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from prizedraw.campaign.definition import Campaign
from prizedraw.records.entries import Reason
from prizedraw.times import JST, instant, instant_of, moment_of
from prizedraw.typed import email_addresses
from prizedraw.typed.address_faults import AddressFault
from prizedraw.typed.answers import correct, normal

MOST_TEXT = 2_000
"""Characters kept of one answer; what is beyond is cut, since free text is never shown, only counted."""

MOST_SEALED_BYTES = 16_000
"""Of one response's answers, so that any 500 documents fit into one commit (10 MiB)."""

_MOST_VALUES = 50
_TO_THE_HOUR = len("2026-02-03T01")
_FAULTS = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    A response, judged on its own.

    *created* and *version* are instants, empty if they cannot be read. Without a *reason* the response stands in the
    queue of *person*; *answers* is what is sealed under `survey` (UTF-8 JSON). *detail*: of which kind the fault is.
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


class Judge:
    """What judges responses: one campaign file, and the question ids that `prepare` resolved."""

    def __init__(self, campaign: Campaign, questions: Mapping[str, str]) -> None:
        self._campaign = campaign
        self._others = dict(questions)
        self._consent = self._others.pop("consent")
        self._email = self._others.pop("email", None)
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
            return Judged(response=response_id, created=created, version=version, reason=judged)
        return judged

    def _judge(self, response_id: str, created: str, version: str, response: Mapping[str, Any]) -> Judged | Reason:
        """Return what the response brings, or the first reason for which it cannot count."""
        if not created or not version:
            return Reason.UNREADABLE
        if (untimely := self._untimely(created, version)) is not None:
            return untimely
        answered = response.get("answers")
        answered = {} if answered is None else answered
        if not correct(_values(answered, self._consent), self._yes):
            return Reason.NO_CONSENT
        typed = _values(answered, self._email) if self._email else [response.get("respondentEmail", "")]
        address = email_addresses.parse(typed[0]) if len(typed) == 1 else None
        if address is None:
            detail = _address_fault(typed).value
            return Judged(
                response=response_id, created=created, version=version, reason=Reason.BAD_ADDRESS, detail=detail
            )
        if response["responseId"] != response_id:
            # Without an id, a row cannot be told from its own next version.
            return Reason.UNREADABLE
        answers = {name: _values(answered, question) for name, question in self._others.items() if question in answered}
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

    def _untimely(self, created: str, version: str) -> Reason | None:
        if created < self._opens:
            return Reason.BEFORE_OPENING
        if created >= self._closes:
            return Reason.AFTER_CLOSING
        if version >= self._closes:
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


def _values(answers: Mapping[str, Any], question: str) -> list[str]:
    """
    Return the texts answered to one question, cut to size. Forms leaves out what is empty, at each level.

    Raises:
        TypeError, AttributeError: it is not of the form that the API describes.
    """
    answer = answers.get(question)
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
    sealable = _write({"day": day, "answers": answers}).encode("utf-8", "replace")
    for most in (500, 100, 0):
        if len(sealable) <= MOST_SEALED_BYTES:
            break
        answers = {name: [value[:most] for value in values] for name, values in answers.items()} if most else {}
        sealable = _write({"day": day, "answers": answers}).encode("utf-8", "replace")
    return sealable
