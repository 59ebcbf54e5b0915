"""
Invent a campaign's form and its entrants, exactly as the Forms API returns them.

Most entries are good. The others are what every campaign meets: the same person twice, edits (also of the address,
also after closing), no consent, text that is no address, addresses that no mail reaches, entries seconds too late,
wrong and oddly spelt answers, free text of every kind. The same seed invents the same people. Addresses are at example
domains.
https://developers.google.com/workspace/forms/api/reference/rest/v1/forms.responses
"""

import base64
import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count as numbers
from typing import NamedTuple

from prizedraw.campaign.definition import Asked, Campaign
from prizedraw.ports import Document
from prizedraw.rehearsal import leanings, phrases
from prizedraw.times import instant, moment_of
from prizedraw.typed.answers import graded

_SECOND = 1_000_000_000
_HOUR = 3_600 * _SECOND
_ALL_KINDS = 100
_MANY = 7
_STEADY = 0.8
_ODDLY_TYPED = 0.05
_LEFT_OPEN = {"text": 0.55, "consent": 0.25}
_SELDOM_OPEN = 0.03
_REFUSAL = "同意しない"
Answers = dict[str, list[str]]


class ResponseKind(StrEnum):
    """
    How a response was written; what becomes of it depends on the others too.

    `duplicate` types a known address in another way, whoever was first; `moved` is an edit that changes the address.
    """

    GOOD = "good"
    DUPLICATE = "duplicate"
    EDITED = "edited"
    MOVED = "moved"
    EDITED_LATE = "edited_late"
    NO_CONSENT = "no_consent"
    BAD_ADDRESS = "bad_address"
    OLD_CARRIER = "old_carrier"
    LATE = "late"
    EARLY = "early"


PER_MILLE = {
    ResponseKind.DUPLICATE: 60,
    ResponseKind.EDITED: 30,
    ResponseKind.MOVED: 10,
    ResponseKind.EDITED_LATE: 10,
    ResponseKind.NO_CONSENT: 20,
    ResponseKind.BAD_ADDRESS: 20,
    ResponseKind.OLD_CARRIER: 15,
    ResponseKind.LATE: 10,
    ResponseKind.EARLY: 5,
}
"""How many of a thousand responses are of a kind; the rest is good. Of 100 responses, one at least is of each kind."""


class Submission(NamedTuple):
    """
    One press on the form's button: from *at* on (UTC, cut to microseconds) the form holds *response*.

    *kind* is known of invented ones only. *is_deletion*: the form's owner deletes it instead; its id alone is told.
    """

    at: datetime
    response: Document
    kind: ResponseKind | None = None
    is_deletion: bool = False


def form_of(campaign: Campaign) -> Document:
    """Return a Google Form, as `forms.get` does, that asks what the campaign file says, in three sections."""
    asks = campaign.questions
    right = {question.id: question.answers for question in asks.quiz}
    survey = {question.id for question in asks.survey}
    asked = campaign.asked()
    items = [_item(campaign, question) for question in asked if question.name not in survey | right.keys()]
    if right:
        items.append(_page(campaign, "クイズ", "各館の展示を見て、お答えください。"))
        items += [_item(campaign, question, right[question.name]) for question in asked if question.name in right]
    if survey:
        items.append(_page(campaign, "アンケート", "よろしければ、お聞かせください。"))
        items += [_item(campaign, question) for question in asked if question.name in survey]
    return {
        "formId": campaign.form.id,
        "info": {
            "title": campaign.title,
            "description": "クイズとアンケートに答えて応募してください。",
            "documentTitle": campaign.title,
        },
        "settings": {
            "quizSettings": {"isQuiz": True} if right else {},
            "emailCollectionType": "RESPONDER_INPUT" if asks.email.source == "respondent" else "DO_NOT_COLLECT",
        },
        "revisionId": "000000a7",
        "responderUri": f"https://docs.google.com/forms/d/e/1FAIpQLS{_hex(campaign, 'responder', 48)}/viewform",
        "items": items,
        "publishSettings": {"publishState": {"isPublished": True, "isAcceptingResponses": True}},
    }


def _hex(campaign: Campaign, name: str, digits: int = 8) -> str:
    """Make an id such as Google makes, always the same for the same campaign and name."""
    return hashlib.sha256(f"{campaign.id}/{name}".encode()).hexdigest()[:digits]


def _page(campaign: Campaign, title: str, description: str) -> Document:
    return {"itemId": _hex(campaign, title), "title": title, "description": description, "pageBreakItem": {}}


def _item(campaign: Campaign, asked: Asked, right: Sequence[str] = ()) -> Document:
    """Describe one question; what is false or empty is left out, as the service does."""
    question: Document = {"questionId": _hex(campaign, f"question/{asked.name}")}
    if asked.name in ("email", "consent"):
        question["required"] = True
    if asked.kind == "quiz":
        question["grading"] = {"pointValue": 1, "correctAnswers": {"answers": [{"value": text} for text in right]}}
    if asked.kind in ("text", "quiz"):
        question["textQuestion"] = {"paragraph": True} if asked.kind == "text" and asked.name != "email" else {}
    else:
        style = {"choices": "CHECKBOX", "choice": "RADIO" if len(asked.options) < _MANY else "DROP_DOWN"}
        options = (*asked.options, _REFUSAL) if asked.kind == "consent" else asked.options
        listed = [{"value": option} for option in options]
        question["choiceQuestion"] = {"type": style.get(asked.kind, "RADIO"), "options": listed}
    return {"itemId": _hex(campaign, asked.name), "title": asked.title, "questionItem": {"question": question}}


def responses_of(campaign: Campaign, form: Document, count: int, seed: int) -> list[Document]:
    """Return *count* responses in no order, as they stand when all edits are made (`forms.responses.list`)."""
    final = {press.response["responseId"]: press.response for press in history_of(campaign, form, count, seed)}
    rows = list(final.values())
    random.Random(f"order/{seed}").shuffle(rows)
    return rows


def history_of(campaign: Campaign, form: Document, count: int, seed: int) -> list[Submission]:
    """
    Return every submission of *count* invented responses in the order of time; an edit is a submission of its own.

    The *form* asks what the campaign file says, by the titles; answers stand under its question ids.
    """
    inventor = _Inventor(campaign, form, random.Random(f"{campaign.id}/{seed}"))
    presses = [press for kind in inventor.kinds(count) for press in inventor.entrant(kind)]
    return sorted(presses, key=lambda press: instant(press.response["lastSubmittedTime"]))


def _nanos(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000


def _zulu(nanos: int) -> str:
    """Write nanoseconds since the epoch as RFC 3339, with as many of 9 decimals as are not zeros at the end."""
    seconds, rest = divmod(nanos, _SECOND)
    decimals = f".{rest:09d}".rstrip("0").rstrip(".")
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{decimals}Z"


class _Inventor:
    """An inventor of responses, one after the other; what is said about people is kept to come back to it."""

    def __init__(self, campaign: Campaign, form: Document, chance: random.Random) -> None:
        self._campaign = campaign
        self._chance = chance
        self._asked = campaign.asked()
        self._key = {question.id: question.answers for question in campaign.questions.quiz}
        self._accepted = campaign.right_answers
        items = [item for item in form["items"] if "questionItem" in item]
        by_title = {item["title"]: item["questionItem"]["question"]["questionId"] for item in items}
        self._ids = {question.name: by_title[question.title] for question in self._asked}
        self._graded = form.get("settings", {}).get("quizSettings", {}).get("isQuiz", False)
        self._opens, self._closes = _nanos(campaign.opens_at), _nanos(campaign.closes_at)
        self._numbers = numbers(1)
        self._known: list[str] = []
        self._edges = [self._opens, self._closes - _SECOND // 1_000]
        self._late = [self._closes]

    def kinds(self, count: int) -> list[ResponseKind]:
        """Choose the kind of each of *count* responses, shares as in `PER_MILLE`, the good ones first."""
        least = 1 if count >= _ALL_KINDS else 0
        kinds = [kind for kind, share in PER_MILLE.items() for _ in range(max(least, round(count * share / 1_000)))]
        return [ResponseKind.GOOD] * (count - len(kinds)) + kinds

    def entrant(self, kind: ResponseKind) -> list[Submission]:
        """Invent one response and its edits."""
        created = self._created(kind)
        name = f"{self._chance.choice(phrases.FAMILIES)}.{self._chance.choice(phrases.GIVEN)}{next(self._numbers)}"
        address = self._address(kind, name)
        answers = self._answers(kind, address)
        identity = "ACYDBN" + base64.urlsafe_b64encode(self._chance.randbytes(48)).decode()
        # The two times of an untouched response differ by less than a millisecond.
        first = created + self._chance.randrange(1, 900) * 1_000
        presses = [self._press(identity, created, first, address, answers, kind)]
        if kind in (ResponseKind.EDITED, ResponseKind.MOVED, ResponseKind.EDITED_LATE):
            if kind is ResponseKind.MOVED:
                address = self._address(self._chance.choice((ResponseKind.GOOD, ResponseKind.DUPLICATE)), f"{name}.new")
            answers = self._answers(kind, address)
            presses.append(self._press(identity, created, self._edited(kind, first), address, answers, kind))
        return presses

    def _created(self, kind: ResponseKind) -> int:
        """Choose when a response comes: at any time, or in the rush of the last day; some at the very edges."""
        if kind is ResponseKind.LATE:
            return self._late.pop() if self._late else self._closes + self._cut(self._chance.randrange(90 * _SECOND))
        if kind is ResponseKind.EARLY:
            return self._opens - self._cut(self._chance.randrange(_SECOND, 24 * _HOUR))
        if kind is ResponseKind.GOOD and self._edges:
            return self._edges.pop()
        begin = self._opens if self._chance.random() < _STEADY else max(self._opens, self._closes - 24 * _HOUR)
        return self._cut(leanings.presses_at(self._chance, begin, self._closes - 2 * _SECOND))

    def _cut(self, nanos: int) -> int:
        """Cut a time to microseconds, as most are; a few to seconds or less, a few not at all."""
        unit = self._chance.choices((1, 1_000, 1_000_000, 100_000_000, _SECOND), (8, 80, 6, 3, 3))[0]
        return -(-nanos // unit) * unit

    def _edited(self, kind: ResponseKind, first: int) -> int:
        """Choose when an edit is made: within three days, but in time or late as its *kind* says."""
        if kind is ResponseKind.EDITED_LATE:
            return self._closes + self._chance.randrange(600 * _SECOND)
        return self._chance.randrange(first + 1, min(first + 72 * _HOUR, self._closes))

    def _address(self, kind: ResponseKind, name: str) -> str:
        """Choose the address as it is typed."""
        if kind is ResponseKind.BAD_ADDRESS:
            return phrases.broken(self._chance, name)
        if kind is ResponseKind.OLD_CARRIER:
            return phrases.old_carrier(self._chance, next(self._numbers))
        if kind is ResponseKind.DUPLICATE and self._known:
            return phrases.retyped(self._chance, self._chance.choice(self._known))
        address = f"{name}@{self._chance.choice(('example.jp', 'example.com'))}"
        if kind is not ResponseKind.GOOD:
            return address
        self._known.append(address)
        return phrases.retyped(self._chance, address) if self._chance.random() < _ODDLY_TYPED else address

    def _answers(self, kind: ResponseKind, address: str) -> Answers:
        """Answer the questions, each as somebody like this does; some are left open."""
        skill = self._chance.betavariate(5, 1.2)
        who = leanings.person(self._chance, skill)
        given: Answers = {}
        for question in self._asked:
            if question.name == "email":
                given["email"] = [address]
            elif question.kind == "consent":
                given["consent"] = [question.options[0] if kind is not ResponseKind.NO_CONSENT else _REFUSAL]
            elif question.kind == "quiz":
                given[question.name] = [self._guess(question.name, skill)]
            elif question.kind == "text":
                given[question.name] = [phrases.remark(self._chance, address)]
            else:
                given[question.name] = leanings.chosen(self._chance, question, who)
            if question.kind != "consent" or kind is ResponseKind.NO_CONSENT:
                open_share = _LEFT_OPEN.get(question.kind, _SELDOM_OPEN) if question.name != "email" else 0
                if self._chance.random() < open_share:
                    del given[question.name]
        return given

    def _guess(self, name: str, skill: float) -> str:
        """Answer a quiz question, rightly with a probability of *skill*."""
        right = self._chance.choice(self._key[name])
        if self._chance.random() < skill:
            return phrases.respelt(self._chance, right)
        wrong = phrases.mistaken(self._chance, right)
        return wrong if graded(wrong) not in self._accepted[name] else "わかりません"

    def _press(
        self, identity: str, created: int, submitted: int, address: str, answers: Answers, kind: ResponseKind
    ) -> Submission:
        """Write one response as the service does; it grades by the letter, and a wrong grade is `{}`."""
        rows: Document = {}
        score = 0
        for name, values in answers.items():
            row: Document = {"questionId": self._ids[name], "textAnswers": {"answers": [{"value": v} for v in values]}}
            if self._graded:
                right = name in self._key and values[0] in self._key[name]
                row["grade"] = {"score": 1, "correct": True} if right else {}
                score += right
            rows[self._ids[name]] = row
        response: Document = {
            "responseId": identity,
            "createTime": _zulu(created),
            "lastSubmittedTime": _zulu(submitted),
            "answers": rows,
        }
        if self._campaign.questions.email.source == "respondent":
            response["respondentEmail"] = address
        if score:
            response["totalScore"] = score
        return Submission(moment_of(instant(response["lastSubmittedTime"])), response, kind)
