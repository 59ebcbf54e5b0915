"""
Compare the Google Form with the campaign file.

Questions are named in the campaign file by title; here each title is resolved to its question id. What is pinned is
the form as an entrant meets it: ids, titles, kinds and options of the questions, in order. A changed form is an alarm.

A question that was deleted does not come back: one that is made in its place has another id. It is taken for the
question of then once the campaign's title and kind stand on exactly one; what was answered under either id counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prizedraw.campaign.definition import Asked, Campaign
from prizedraw.entries.form_fitness import RESPONDENT, form_faults, gives_one_answer, question_faults
from prizedraw.entries.form_questions import Misfit, Mismatch, Question, questions
from prizedraw.evidence.canonical_json import canonical, sha256_hex
from prizedraw.records.campaign import Prepared
from prizedraw.typed.answers import normal

Ids = Mapping[str, tuple[str, ...]]
"""Question ids by the question's name."""

_VERIFIED = "VERIFIED"
"""The one setting under which Google has seen that the address is the entrant's own; the other takes what is typed."""


def verifies_addresses(form: Mapping[str, Any]) -> bool:
    """Tell whether the form itself collects addresses, each that of the account with which somebody answers."""
    return bool(form.get("settings", {}).get("emailCollectionType") == _VERIFIED)


def form_hash(form: Mapping[str, Any], renamed: Mapping[str, str] | None = None) -> str:
    """
    Return the SHA-256 of what an entrant meets: the questions, and whether the form itself collects addresses.

    *renamed*: ids to be read as others, that is of questions made anew as those in whose place they stand.
    """
    others = renamed or {}
    shape = [
        {"id": others.get(q.id, q.id), "title": q.title, "kind": q.kind, "options": list(q.options)}
        for q in questions(form)
    ]
    collects = form.get("settings", {}).get("emailCollectionType", "")
    return sha256_hex(canonical({"questions": shape, "email": collects if collects in RESPONDENT else ""}))


def resolve(campaign: Campaign, form: Mapping[str, Any]) -> tuple[dict[str, str], list[Mismatch]]:
    """Find each question of the campaign file in the form; return the question ids by name, and what does not fit."""
    titled = _by_title(form)
    ids: dict[str, str] = {}
    sound: dict[str, str] = {}
    mismatches: list[Mismatch] = []
    for wanted in campaign.asked():
        matches = titled.get(normal(wanted.title), [])
        if len(matches) != 1:
            what = Misfit.AMBIGUOUS if matches else Misfit.ABSENT
            mismatches.append(Mismatch(what=what, title=wanted.title, wanted=wanted.kind))
            continue
        ids[wanted.name] = matches[0].id
        faults = list(question_faults(campaign, wanted, matches[0]))
        mismatches += faults
        if not faults:
            sound[wanted.name] = matches[0].id
    return ids, [*mismatches, *form_faults(campaign, form, sound)]


@dataclass(frozen=True, kw_only=True)
class AskedAnew:
    """
    The questions by which to judge, resolved once more.

    *questions*: the ids that `prepare` resolved; whether those that are stored *differ* from them. *also*: of each
    question that was not there at some time, the ids under which it was asked then, in the order of time; often none.
    *changed*: the form is another one than that of `prepare`, beside questions that were made anew.
    """

    questions: Mapping[str, str]
    differ: bool
    form_hash: str
    also: Ids = field(default_factory=dict)
    changed: bool = False


def ask_anew(campaign: Campaign, form: Mapping[str, Any], prepared: Prepared, also: Ids | None = None) -> AskedAnew:
    """
    Resolve the questions again, since what is stored of them need not be what `prepare` has stored.

    By a form that is not that of `prepare` any more, nothing can be told of that; but what was deleted and made again
    since is found. *also*: what earlier reads have found.
    """
    known = {name: tuple(ids) for name, ids in (also or {}).items()}
    found = form_hash(form)
    if found == prepared.form_hash:
        anew = resolve(campaign, form)[0]
        differ = anew != prepared.questions
        return AskedAnew(
            questions=anew if differ and len(anew) == len(campaign.asked()) else prepared.questions,
            differ=differ,
            form_hash=found,
            also=known,
        )
    stands, titled = {question.id for question in questions(form)}, _by_title(form)
    renamed: dict[str, str] = {}
    for wanted in campaign.asked():
        pinned = prepared.questions.get(wanted.name, "")
        if pinned in stands:
            continue
        before = known.setdefault(wanted.name, ())
        id = _made_anew(wanted, titled.get(normal(wanted.title), []))
        if id:
            renamed[id] = pinned
            known[wanted.name] = (*(one for one in before if one != id), id)
    return AskedAnew(
        questions=prepared.questions,
        differ=False,
        form_hash=found,
        also=known,
        changed=not renamed or form_hash(form, renamed) != prepared.form_hash,
    )


def made_anew(campaign: Campaign, form: Mapping[str, Any], also: Ids) -> list[Mismatch]:
    """Name the questions that stand in the place of deleted ones."""
    stands = {question.id for question in questions(form)}
    titles = {asked.name: asked.title for asked in campaign.asked()}
    return [
        Mismatch(what=Misfit.MADE_ANEW, title=titles[name])
        for name, ids in also.items()
        if name in titles and ids and ids[-1] in stands
    ]


def _made_anew(wanted: Asked, matches: list[Question]) -> str:
    """Return the id of the one question of a title, if it is of the kind that the campaign needs; else nothing."""
    return matches[0].id if len(matches) == 1 and gives_one_answer(wanted, matches[0]) else ""


def _by_title(form: Mapping[str, Any]) -> dict[str, list[Question]]:
    found: dict[str, list[Question]] = {}
    for question in questions(form):
        found.setdefault(normal(question.title), []).append(question)
    return found
