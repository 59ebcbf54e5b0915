"""
Say by its type what must happen after an error.

An error carries a `Problem`, a constant: a code, a sentence in Japanese for the reader, and nothing that a person
wrote. Facts that complete the sentence (counts, dates, names of steps, files or fields) are given by keyword and may
never be personal data: exception text ends up in logs.
"""

from dataclasses import dataclass
from datetime import datetime

Fact = int | str | datetime


@dataclass(frozen=True)
class Problem:
    """Name one thing that can be wrong: a code for support, a Japanese sentence that says what to do."""

    code: str
    sentence: str


class PrizedrawError(Exception):
    """Stand above all errors of this package; catch it at the edge only."""

    def __init__(self, problem: Problem, **facts: Fact) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.facts = facts

    @property
    def sentence(self) -> str:
        """Return the Japanese sentence, completed with the facts."""
        return self.problem.sentence.format(**self.facts)


class Refused(PrizedrawError):
    """Tell the caller: nothing was done, the sentence says why and what to do. Never a 500."""


class Final(PrizedrawError):
    """Do not retry: the same message would fail for ever. Acknowledged, and alarmed."""


class Again(PrizedrawError):
    """Retry: the outcome is open or the service was away; the same call finishes the work."""


class Broken(PrizedrawError):
    """Raise the alarm: an invariant does not hold, and going on would make it worse."""
