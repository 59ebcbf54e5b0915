"""What a call of `erase` for everybody came to: all that its reply is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prizedraw.erasure.due import Due
from prizedraw.erasure.places import Place
from prizedraw.erasure.state import PlaceReport
from prizedraw.erasure.unlisted import Unknown
from prizedraw.records.erasure import Attestation

if TYPE_CHECKING:
    from prizedraw.erasure.report import Report


@dataclass(frozen=True, kw_only=True)
class NotDue:
    """No place is due yet; among the *places* may be files that have a name of ours and are not ours."""

    due: Due
    places: Sequence[PlaceReport] = ()


@dataclass(frozen=True, kw_only=True)
class Looked:
    """
    Nothing was done: how far each place is, the *last* report, and the *code* that lets what is due be erased.

    With a *reason* it is the code that lets everything be erased before its time, and another operator must enter it.
    *shown* is by what a person finds what nobody declared, by place; for their eyes only. *unproven* are records of
    people's words that the journal does not know, *problem* is what keeps a report from being made.
    """

    due: Due
    places: Sequence[PlaceReport]
    last: "Report | None"
    code: str | None
    reason: str
    unproven: Sequence[str] = ()
    problem: str = ""
    shown: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class CutShort:
    """The time was over before all was erased; *erased* counts what went, by place."""

    places: Sequence[PlaceReport]
    erased: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Reported:
    """
    All that is due was gone through: the last *report*, what went, and the codes of what went wrong, by place.

    *unproven* and *shown*: as in `Looked`; nothing is shown to the schedule.
    """

    report: "Report"
    is_new: bool
    places: Sequence[PlaceReport]
    erased: Mapping[str, int]
    problems: Mapping[str, str]
    unproven: Sequence[str] = ()
    shown: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class ToAttest:
    """A person's word would be taken with the *code*; *left* is how much is seen to be left, None if it cannot be."""

    place: Place
    name: str
    code: str
    left: int | None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A person's word was taken, now (*is_new*) or before."""

    place: Place
    mark: Attestation
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class ToAnswer:
    """A person's word on something *unknown* would be taken with the *code*: *what* it is, *by* whom."""

    unknown: Unknown
    what: str
    by: str
    code: str


@dataclass(frozen=True, kw_only=True)
class AnswerTaken:
    """A person's word on something unknown (its machine *name*) was taken, now (*is_new*) or before."""

    name: str
    mark: Attestation
    is_new: bool


EraseOutcome = NotDue | Looked | CutShort | Reported | ToAttest | Taken | ToAnswer | AnswerTaken
