"""
Read and write what a rehearsal plays: a form, and all that happens to its responses, in the order of time.

A file is what `forms.responses.list` returns: a list of responses, or the reply around it (`{"responses": […]}`), with
the form as `forms.get` returns it, if it is at hand (`"form"`). A list tells the last version of each response alone;
where earlier versions and deletions are known, `"history"` tells them, and it is what is played. A rehearsal leaves its
own as `input.json`, so that whoever plays it again comes to the same ledger, and a recount finds what was counted: of
each response the last version that came before closing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Document
from prizedraw.rehearsal import entrants
from prizedraw.rehearsal.entrants import Submission
from prizedraw.rehearsal.inputs import Unusable
from prizedraw.times import instant, instant_of, moment_of

OTHER_QUESTIONS = (
    "応募の回答は、フォームのどの設問のものでもありません（質問IDが一つも一致しません）。このままでは、どの応募も有効に"
    'なりません。応募を集めたフォームを forms.get で取り、{"form": …, "responses": […]} の形で一緒に指定してください。'
)
MORE_PAGES = "応募の一覧には続きのページがあります（nextPageToken）。このファイルにある応募だけで進めます。"


@dataclass(frozen=True, kw_only=True)
class Played:
    """What is played: the form, what happens to its responses, and (*notes*) what is odd about it, in Japanese."""

    form: Document
    submissions: list[Submission] = field(repr=False)
    notes: tuple[str, ...] = ()

    def to_document(self) -> Document:
        """Return what `read` reads: form, the responses that are left, and all that happened to them."""
        return {"form": self.form, "responses": left(self.submissions), "history": list(_events(self.submissions))}


def left(submissions: Iterable[Submission]) -> list[Document]:
    """Return the responses that a form holds once all has happened, each in its last version."""
    held: dict[str, Document] = {}
    for press in submissions:
        if press.is_deletion:
            held.pop(press.response["responseId"], None)
        else:
            held[press.response["responseId"]] = press.response
    return list(held.values())


def invent(campaign: Campaign, count: int, seed: int) -> Played:
    """Invent a form and *count* responses, edits at their time."""
    if count < 0:
        raise Unusable("--applicants は 0 以上の整数で指定してください。")
    form = entrants.form_of(campaign)
    return Played(form=form, submissions=entrants.history_of(campaign, form, count, seed))


def read(path: Path, campaign: Campaign) -> Played:
    """
    Read what a file holds; where it has no form, the form that the campaign file describes is played.

    Raises:
        Unusable: it is not such a file; the text says what is wrong with it.
    """
    try:
        given = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise Unusable(f"{path}：JSONとして読み込めません。") from None
    try:
        return _played(given if isinstance(given, dict) else {"responses": given}, campaign)
    except Unusable as fault:
        raise Unusable(f"{path}：{fault}") from None


def _played(given: Document, campaign: Campaign) -> Played:
    # A form without responses is answered by `{}`; any other object without them is something else.
    if given and not given.keys() & {"responses", "history", "form"}:
        raise Unusable("応募（responses）の一覧ではありません。")
    responses = _responses(given["responses"], "応募（responses）") if "responses" in given else None
    form, ours = _form(given.get("form"), campaign), campaign.form.id
    if "history" in given:
        submissions = _history(given["history"])
    else:
        submissions = [Submission(_at(row, campaign), row) for row in responses or ()]
    _demand_one_form([press.response for press in submissions], given.get("form"))
    # The form bears the id that the campaign file names, and so do its responses.
    played = [press._replace(response=_of_form(press.response, ours)) for press in submissions]
    if "history" in given and responses is not None:
        _demand_equal([_of_form(row, ours) for row in responses], left(played))
    notes = [OTHER_QUESTIONS] if _answers_nothing(form, played) else []
    notes += [MORE_PAGES] if given.get("nextPageToken") else []
    return Played(form=form, submissions=played, notes=tuple(notes))


def _form(form: Any, campaign: Campaign) -> Document:
    if form is None:
        return entrants.form_of(campaign)
    items = form.get("items", []) if isinstance(form, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unusable("フォーム（form）が forms.get の形ではありません。")
    return {**form, "formId": campaign.form.id}


def _responses(rows: Any, what: str) -> list[Document]:
    """Return responses that can be told from each other; what else they say is for the functions to judge."""
    if not isinstance(rows, list):
        raise Unusable(f"{what}の一覧ではありません。")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Unusable(f"{what}の{number}件目が、応募の形ではありません。")
        id = row.get("responseId")
        if not isinstance(id, str) or not id:
            raise Unusable(
                f"{what}の{number}件目に responseId がありません。forms.responses.list が返すままの形が要ります。"
            )
        try:
            id.encode()
        except UnicodeEncodeError:
            raise Unusable(f"{what}の{number}件目の responseId が、文字として正しくありません。") from None
    return rows


def _history(events: Any) -> list[Submission]:
    """Read what happened, as `_events` writes it."""
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise Unusable("経過（history）の一覧ではありません。")
    rows = [event.get("response", {"responseId": event.get("deleted")}) for event in events]
    _responses(rows, "経過（history）")
    found = []
    for number, (event, row) in enumerate(zip(events, rows, strict=True), 1):
        try:
            at = moment_of(instant(event["at"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unusable(f"経過（history）の{number}件目の時刻（at）を読み取れません。") from None
        found.append(Submission(at, row, is_deletion="response" not in event))
    return sorted(found, key=lambda press: press.at)


def _events(submissions: Iterable[Submission]) -> Iterator[Document]:
    for press in submissions:
        what = {"deleted": press.response["responseId"]} if press.is_deletion else {"response": press.response}
        yield {"at": instant_of(press.at), **what}


def _demand_one_form(responses: list[Document], form: Any) -> None:
    """Refuse responses of several forms; of one whose id the campaign file does not name they may be."""
    given = [form, *responses] if form is not None else responses
    ids = {str(one["formId"]) for one in given if one.get("formId")}
    if len(ids) > 1:
        raise Unusable(
            f"{len(ids)}つのフォームが混ざっています（formId が違います）。一つのフォームの応募だけにしてください。"
        )


def _demand_equal(responses: list[Document], held: list[Document]) -> None:
    """Refuse a file of which one half was changed: it would not be played as it reads."""
    by_id = [{row["responseId"]: row for row in rows} for rows in (responses, held)]
    if by_id[0] != by_id[1]:
        raise Unusable(
            "応募（responses）と経過（history）が食い違っています。responses を直したのなら、history を消してください。"
        )


def _of_form(response: Document, form_id: str) -> Document:
    return {**response, "formId": form_id} if "formId" in response else response


def _answers_nothing(form: Document, submissions: list[Submission]) -> bool:
    """Tell whether there are answers, and none of them is of a question of the form."""
    answers = [press.response.get("answers") for press in submissions]
    answered = {question for rows in answers if isinstance(rows, dict) for question in rows}
    return bool(answered) and not answered & _question_ids(form)


def _question_ids(form: Document) -> set[str]:
    """Return every id of a question of a form, those of the rows of a grid too; what is none is passed over."""
    found = set()
    for item in form.get("items", []):
        alone = item.get("questionItem", {})
        group = item.get("questionGroupItem", {})
        rows = [alone.get("question")] if isinstance(alone, dict) else []
        rows += (group.get("questions") or []) if isinstance(group, dict) else []
        found |= {str(row.get("questionId")) for row in rows if isinstance(row, dict)}
    return found


def _at(response: Document, campaign: Campaign) -> datetime:
    """Return when a response is there; one with unreadable times comes in the middle."""
    try:
        return moment_of(instant(response["lastSubmittedTime"]))
    except (KeyError, TypeError, ValueError):
        return campaign.opens_at + (campaign.closes_at - campaign.opens_at) / 2
