"""
Compare the Google Form with the campaign file.

Questions are named in the campaign file by title; here each title is resolved to its question id. What is pinned is
the form as an entrant meets it: ids, titles, kinds and options of the questions, in order. A changed form is an alarm.
https://developers.google.com/workspace/forms/api/reference/rest/v1/forms#Item
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from prizedraw.campaign.definition import Campaign
from prizedraw.evidence.canonical_json import canonical, sha256_hex
from prizedraw.records.campaign import Prepared
from prizedraw.typed.answers import normal

RESPONDENT = frozenset({"VERIFIED", "RESPONDER_INPUT"})
"""The settings of `emailCollectionType` under which a response carries `respondentEmail`."""
_VERIFIED = "VERIFIED"
"""The one under which Google has seen that the address is the entrant's own; the other takes what is typed."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of the form; its *kind* is a choice's type (`RADIO`) or the API's field (`textQuestion`)."""

    id: str
    title: str
    kind: str
    options: tuple[str, ...]


class Misfit(Enum):
    """The ways in which a form does not fit its campaign file."""

    ABSENT = auto()
    AMBIGUOUS = auto()
    OPTIONS_ABSENT = auto()
    ADDRESSES_NOT_COLLECTED = auto()
    CHANGED = auto()
    """It fitted when `prepare` published the rules, and is another form now."""


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One thing that does not fit: the *title* of the question if it is one, and which *options* are absent."""

    what: Misfit
    title: str = ""
    options: tuple[str, ...] = ()


def questions(form: Mapping[str, Any]) -> Iterator[Question]:
    """Yield the form's questions in order; the rows of a grid count as one question each."""
    for item in form.get("items", ()):
        title = item.get("title", "")
        if "questionItem" in item:
            yield _question(item["questionItem"]["question"], title)
        grid = item.get("questionGroupItem", {})
        for row in grid.get("questions", ()):
            yield _question(
                row,
                f"{title} {row.get('rowQuestion', {}).get('title', '')}".strip(),
                grid.get("grid", {}).get("columns"),
            )


def _question(question: Mapping[str, Any], title: str, columns: Mapping[str, Any] | None = None) -> Question:
    kind = next((key for key in question if key.endswith("Question")), "")
    choice = columns or question.get("choiceQuestion", {})
    options = tuple(option.get("value", "") for option in choice.get("options", ()))
    return Question(id=question["questionId"], title=title, kind=choice.get("type", kind), options=options)


def verifies_addresses(form: Mapping[str, Any]) -> bool:
    """Tell whether the form itself collects addresses, each that of the account with which somebody answers."""
    return bool(form.get("settings", {}).get("emailCollectionType") == _VERIFIED)


def form_hash(form: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what an entrant meets: the questions, and whether the form itself collects addresses."""
    shape = [{"id": q.id, "title": q.title, "kind": q.kind, "options": list(q.options)} for q in questions(form)]
    collects = form.get("settings", {}).get("emailCollectionType", "")
    return sha256_hex(canonical({"questions": shape, "email": collects if collects in RESPONDENT else ""}))


def resolve(campaign: Campaign, form: Mapping[str, Any]) -> tuple[dict[str, str], list[Mismatch]]:
    """Find each question of the campaign file in the form; return the question ids by name, and what does not fit."""
    by_title: dict[str, list[Question]] = {}
    for question in questions(form):
        by_title.setdefault(normal(question.title), []).append(question)
    ids: dict[str, str] = {}
    mismatches: list[Mismatch] = []
    for wanted in campaign.asked():
        matches = by_title.get(normal(wanted.title), [])
        if len(matches) != 1:
            what = Misfit.AMBIGUOUS if matches else Misfit.ABSENT
            mismatches.append(Mismatch(what=what, title=wanted.title))
            continue
        ids[wanted.name] = matches[0].id
        absent = tuple(o for o in wanted.options if normal(o) not in map(normal, matches[0].options))
        if absent:
            mismatches.append(Mismatch(what=Misfit.OPTIONS_ABSENT, title=wanted.title, options=absent))
    collects = form.get("settings", {}).get("emailCollectionType") in RESPONDENT
    if campaign.questions.email.source == "respondent" and not collects:
        mismatches.append(Mismatch(what=Misfit.ADDRESSES_NOT_COLLECTED))
    return ids, mismatches


@dataclass(frozen=True, kw_only=True)
class AskedAnew:
    """The questions by which to judge, resolved once more; whether those that are stored *differ*; the form's hash."""

    questions: Mapping[str, str]
    differ: bool
    form_hash: str


def ask_anew(campaign: Campaign, form: Mapping[str, Any], prepared: Prepared) -> AskedAnew:
    """
    Resolve the questions again, since what is stored of them need not be what `prepare` has stored.

    By a form that is not that of `prepare` any more, which is an alarm of its own, nothing can be told.
    """
    questions, mismatches = resolve(campaign, form)
    found = form_hash(form)
    if found != prepared.form_hash or questions == prepared.questions:
        return AskedAnew(questions=prepared.questions, differ=False, form_hash=found)
    return AskedAnew(questions=prepared.questions if mismatches else questions, differ=True, form_hash=found)
