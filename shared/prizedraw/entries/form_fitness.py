"""
Tell whether a form can be answered as the campaign needs, and whether people can reach it.

Of each question one answer is judged (`judging`), so it must be of a kind that gives that one answer; an entry needs
consent and an address, so nobody may get past these; of a choice that is right for a quiz, one option must be right.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from prizedraw.campaign.definition import Asked, Campaign
from prizedraw.entries.form_questions import UPLOAD, Misfit, Mismatch, Question, questions, sections
from prizedraw.entries.form_route import Route
from prizedraw.typed.answers import graded, normal

RESPONDENT = frozenset({"VERIFIED", "RESPONDER_INPUT"})
"""The settings of `emailCollectionType` under which a response carries `respondentEmail`."""
EMAIL, CONSENT = "email", "consent"

_TEXT, _ONE, _SOME = "textQuestion", frozenset({"RADIO", "DROP_DOWN"}), "CHECKBOX"
_CLOSED = ("age_group", "area")
"""Questions whose answers are counted by the campaign's options alone."""


def question_faults(campaign: Campaign, asked: Asked, question: Question) -> Iterator[Mismatch]:
    """Yield what is wrong with the *question* of the form that was found for one of the campaign's."""

    def fault(what: Misfit, *options: str) -> Mismatch:
        wanted = EMAIL if asked.name == EMAIL else asked.kind
        return Mismatch(what=what, title=asked.title, options=options, wanted=wanted, found=question.kind)

    if not gives_one_answer(asked, question):
        yield fault(Misfit.KIND)
        return
    known, offered = set(map(normal, asked.options)), set(map(normal, question.options))
    if absent := [option for option in asked.options if normal(option) not in offered]:
        yield fault(Misfit.OPTIONS_ABSENT, *absent)
    elif asked.kind in ("choice", "choices"):
        strange = [option for option in question.options if option and normal(option) not in known]
        if strange:
            yield fault(Misfit.OPTIONS_STRANGE, *strange)
    if question.has_other and asked.name in (CONSENT, *_CLOSED):
        yield fault(Misfit.OTHER_OFFERED)
    if not question.required and asked.name in (CONSENT, EMAIL):
        yield fault(Misfit.NOT_REQUIRED)
    if asked.kind == "quiz" and question.kind != _TEXT and not question.has_other:
        right = campaign.right_answers[asked.name]
        if not any(graded(option) in right for option in question.options):
            yield fault(Misfit.NO_RIGHT_ANSWER)


def gives_one_answer(asked: Asked, question: Question) -> bool:
    """
    Tell whether a question is of a kind that can give the answer that is judged.

    A box to tick is consent only where it is the one box: who ticks a second one has given two answers.
    """
    is_one, is_text = question.kind in _ONE, question.kind == _TEXT
    match asked.kind:
        case "text":
            return is_text
        case "quiz":
            return is_text or is_one
        case "choice":
            return is_one
        case "choices":
            return question.kind == _SOME
        case _:  # consent
            return is_one or (question.kind == _SOME and len(question.options) == 1 and not question.has_other)


def form_faults(campaign: Campaign, form: Mapping[str, Any], sound: Mapping[str, str]) -> Iterator[Mismatch]:
    """
    Yield what is wrong with the form as a whole.

    *sound*: the ids, by name, of the campaign's questions that were found and are free of faults.
    """
    collects = form.get("settings", {}).get("emailCollectionType") in RESPONDENT
    if campaign.questions.email.source == "respondent" and not collects:
        yield Mismatch(what=Misfit.ADDRESSES_NOT_COLLECTED)
    elif campaign.questions.email.source == "question" and collects:
        yield Mismatch(what=Misfit.ADDRESSES_COLLECTED_TOO, title=campaign.questions.email.title or "")
    for question in questions(form):
        if question.kind == UPLOAD:
            yield Mismatch(what=Misfit.UPLOAD, title=question.title)
    yield from _route_faults(campaign, route_of(campaign, form, sound), sound)


def passed_by(campaign: Campaign, form: Mapping[str, Any], ids: Mapping[str, str]) -> list[str]:
    """Return the titles of the questions that some prize needs and that some way through the form does not ask."""
    route = route_of(campaign, form, ids)
    needed = [question.id for question in campaign.questions.quiz]
    needed += [prize.requires.choice.question for prize in campaign.prizes if prize.requires.choice is not None]
    titles = {asked.name: asked.title for asked in campaign.asked()}
    return [titles[name] for name in dict.fromkeys(needed) if name in ids and route.passes_by(ids[name])]


def route_of(campaign: Campaign, form: Mapping[str, Any], ids: Mapping[str, str]) -> Route:
    """Return the ways of those who consent through a form; *ids* are those of its questions, by name."""
    yes, consent = normal(campaign.questions.consent.answer), ids.get(CONSENT)

    def chosen(question: Question, option: str) -> bool:
        return question.id != consent or normal(option) == yes

    return Route(sections(form), chosen)


def _route_faults(campaign: Campaign, route: Route, sound: Mapping[str, str]) -> Iterator[Mismatch]:
    """Yield the questions that are passed by or never asked, and the prizes that nobody can stand for."""
    titles = {asked.name: asked.title for asked in campaign.asked()}
    lost = False
    for name, id in sound.items():
        if not route.leads_to(id):
            lost = True
            yield Mismatch(what=Misfit.UNREACHABLE, title=titles[name])
        elif name in (CONSENT, EMAIL) and route.passes_by(id):
            yield Mismatch(what=Misfit.SKIPPED, title=titles[name])
    quiz = [question.id for question in campaign.questions.quiz]
    if lost or any(name not in sound for name in quiz):
        return  # Whoever mends these mends the prizes, too.
    for prize in campaign.prizes:
        wish = prize.requires.choice
        if wish is not None and wish.question not in sound:
            continue
        via = sound[wish.question] if wish is not None else None
        most = route.most([sound[name] for name in quiz], via)
        if most < prize.requires.min_correct:
            yield Mismatch(what=Misfit.PRIZE_OUT_OF_REACH, title=prize.name)


def reach_faults(form: Mapping[str, Any]) -> list[Mismatch]:
    """
    Return why people cannot send the form just now. What is false is left out by the service.

    A form made before 2025 has no such settings (`tells_reach`): of it nothing can be told.
    """
    if not tells_reach(form):
        return []
    state = form["publishSettings"].get("publishState", {})
    if not state.get("isPublished"):
        return [Mismatch(what=Misfit.NOT_PUBLISHED)]
    return [] if state.get("isAcceptingResponses") else [Mismatch(what=Misfit.NOT_ACCEPTING)]


def tells_reach(form: Mapping[str, Any]) -> bool:
    """Tell whether a form says if it is published."""
    return form.get("publishSettings") is not None
