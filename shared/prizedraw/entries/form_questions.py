"""
Read a Google Form as the Forms API describes it: its questions, its sections, and what may be wrong with it.

https://developers.google.com/workspace/forms/api/reference/rest/v1/forms#Item
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from prizedraw.records.flat import NoRecord

UPLOAD = "fileUploadQuestion"


@dataclass(frozen=True, kw_only=True)
class Question:
    """
    One question of the form; its *kind* is a choice's type (`RADIO`) or the API's field (`textQuestion`).

    *leads*: where an option leads that leads somewhere, by its text: the id of a section, or a `goToAction`.
    *has_other*: whoever answers may type another answer than the *options*.
    """

    id: str
    title: str
    kind: str
    options: tuple[str, ...]
    required: bool = False
    has_other: bool = False
    leads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """One page of the form, by the id of the page break before it (empty for the first one), and what it asks."""

    id: str
    questions: tuple[Question, ...]


class Misfit(Enum):
    """The ways in which a form does not fit its campaign file, or cannot be answered as the campaign needs."""

    ABSENT = "absent"
    AMBIGUOUS = "ambiguous"
    KIND = "kind"
    """It gives another answer, or several, where the campaign judges one of a certain kind."""
    OPTIONS_ABSENT = "options_absent"
    OPTIONS_STRANGE = "options_strange"
    OTHER_OFFERED = "other_offered"
    NOT_REQUIRED = "not_required"
    NO_RIGHT_ANSWER = "no_right_answer"
    SKIPPED = "skipped"
    """Some way through the sections passes it by, though every entry needs it."""
    UNREACHABLE = "unreachable"
    """No way through the sections leads to it."""
    PRIZE_OUT_OF_REACH = "prize_out_of_reach"
    """No one way through the sections asks all that a prize demands; the title is the prize's name."""
    ADDRESSES_NOT_COLLECTED = "addresses_not_collected"
    ADDRESSES_COLLECTED_TOO = "addresses_collected_too"
    """The form itself collects addresses, though a question asks for them."""
    UPLOAD = "upload"
    """A question, of the campaign or not, takes a file: then nobody without a Google account can open the form."""
    NOT_PUBLISHED = "not_published"
    NOT_ACCEPTING = "not_accepting"
    CHANGED = "changed"
    """It fitted when `prepare` published the rules, and is another form now."""
    MADE_ANEW = "made_anew"
    """The question of then was deleted, and one of the same title and kind stands in its place."""


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """
    One thing that does not fit: the *title* of the question if it is one, and which *options* it is about.

    *wanted* is what the campaign needs (`Asked.kind`, or `email`), *found* the kind of the question that stands there.
    """

    what: Misfit
    title: str = ""
    options: tuple[str, ...] = ()
    wanted: str = ""
    found: str = ""

    def to_doc(self) -> dict[str, Any]:
        """Translate to a part of a document."""
        return {
            "what": self.what.value,
            "title": self.title,
            "options": list(self.options),
            "wanted": self.wanted,
            "found": self.found,
        }

    @classmethod
    def from_doc(cls, doc: Mapping[str, Any]) -> "Mismatch":
        """Translate back; NoRecord, by the name of what holds it, if it is none."""
        try:
            texts = {name: doc[name] for name in ("title", "wanted", "found")}
            found = cls(what=Misfit(doc["what"]), options=tuple(doc["options"]), **texts)
        except (KeyError, TypeError, ValueError):
            raise _unreadable() from None
        if not all(isinstance(text, str) for text in (*texts.values(), *found.options)):
            raise _unreadable()
        return found


def _unreadable() -> NoRecord:
    from prizedraw.records.entries import FormWatch  # noqa: PLC0415  what compares a form knows no records else

    return NoRecord(FormWatch)


def sections(form: Mapping[str, Any]) -> list[FormPage]:
    """Return the form's sections in order; without a page break it is one."""
    found: list[FormPage] = []
    begun, inside = "", list[Question]()
    for item in form.get("items", ()):
        if "pageBreakItem" in item:
            found.append(FormPage(id=begun, questions=tuple(inside)))
            begun, inside = item.get("itemId", ""), []
        inside += _asked_by(item)
    return [*found, FormPage(id=begun, questions=tuple(inside))]


def questions(form: Mapping[str, Any]) -> Iterator[Question]:
    """Yield the form's questions in order; the rows of a grid count as one question each."""
    for item in form.get("items", ()):
        yield from _asked_by(item)


def _asked_by(item: Mapping[str, Any]) -> Iterator[Question]:
    title = item.get("title", "")
    if "questionItem" in item:
        yield _question(item["questionItem"]["question"], title)
    grid = item.get("questionGroupItem", {})
    for row in grid.get("questions", ()):
        yield _question(
            row, f"{title} {row.get('rowQuestion', {}).get('title', '')}".strip(), grid.get("grid", {}).get("columns")
        )


def _question(question: Mapping[str, Any], title: str, columns: Mapping[str, Any] | None = None) -> Question:
    kind = next((key for key in question if key.endswith("Question")), "")
    choice = columns or question.get("choiceQuestion", {})
    options = choice.get("options", ())
    leads = {one.get("value", ""): one.get("goToSectionId") or one.get("goToAction", "") for one in options}
    return Question(
        id=question["questionId"],
        title=title,
        kind=choice.get("type", kind),
        options=tuple(one.get("value", "") for one in options),
        required=bool(question.get("required")),
        has_other=any(one.get("isOther") for one in options),
        leads={option: where for option, where in leads.items() if where},
    )
