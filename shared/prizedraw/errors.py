"""
Errors whose type decides what must happen after them.

An error carries a `Problem`, a constant: a code, a sentence in Japanese for the reader, and nothing that a person
wrote. Facts that complete the sentence (counts, dates, names of steps, files or fields) are given by keyword and may
never be personal data: exception text ends up in logs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

Fact = int | str | datetime
T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """One thing that can be wrong: a code for support, and a Japanese sentence that says what to do."""

    code: str
    sentence: str


class PrizedrawError(Exception):
    """The root of all errors of this package; caught at the edge only."""

    def __init__(self, problem: Problem, **facts: Fact) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.facts = facts

    @property
    def sentence(self) -> str:
        """Return the Japanese sentence, completed with the facts."""
        return self.problem.sentence.format(**self.facts)


class Refused(PrizedrawError):
    """A refusal: nothing was done, and the sentence tells the caller why and what to do. Never a 500."""


class Final(PrizedrawError):
    """A failure for ever: the same message is not retried, but acknowledged, and alarmed."""


class Again(PrizedrawError):
    """A failure for now: the outcome is open or the service was away; the same call, made again, finishes the work."""


class Broken(PrizedrawError):
    """An alarm: an invariant does not hold, and going on would make it worse."""


def tried(call: Callable[[], T], otherwise: T) -> tuple[T, str]:
    """Return what *call* returns, or *otherwise* and the code of its problem."""
    try:
        return call(), ""
    except PrizedrawError as error:
        return otherwise, error.problem.code
