"""
Find what people are asked on their way through a form whose options lead to other sections.

The ways of those who consent, and only forwards: who is sent back passes the same sections again, and the answers of
the last time count. What a section itself leads to when it ends is not in the API; a person must look at that.
https://developers.google.com/workspace/forms/api/reference/rest/v1/forms#Option
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from prizedraw.entries.form_questions import FormPage, Question

SUBMIT = "SUBMIT_FORM"
RESTART = "RESTART_FORM"
NEXT = "NEXT_SECTION"

Chosen = Callable[[Question, str], bool]
"""Tells whether an option of a question is one that the people whose way is looked for may choose."""


class Route:
    """The ways through a form, from its first section to its end."""

    def __init__(self, sections: Sequence[FormPage], chosen: Chosen) -> None:
        self._end = len(sections)
        self._at = {question.id: at for at, section in enumerate(sections) for question in section.questions}
        places = {section.id: at for at, section in enumerate(sections)}
        self._after = [set(_after(at, section, places, chosen, self._end)) for at, section in enumerate(sections)]

    def leads_to(self, question: str) -> bool:
        """Tell whether some way leads to the question of that id."""
        return self._at[question] in self._reached(without=self._end)

    def passes_by(self, question: str) -> bool:
        """Tell whether some way ends without the question of that id."""
        return self._end in self._reached(without=self._at[question])

    def most(self, among: Collection[str], via: str | None = None) -> int:
        """Return how many questions *among* some ids one way asks at most, of those *via* one question; −1 if none."""
        weights = [0] * self._end
        for question in among:
            weights[self._at[question]] += 1
        if via is None:
            return self._longest(weights)[0]
        place, before, after = self._at[via], list(weights), list(weights)
        for at in range(self._end):
            if at >= place:
                before[at] = 0
            if at < place:
                after[at] = 0
        start = self._longest(before, until=place)[0]
        rest = self._longest(after)[place]
        return start + rest if min(start, rest) >= 0 else -1

    def _longest(self, weights: Sequence[int], until: int | None = None) -> list[int]:
        """Return the most that a way collects from each section to the end, or *until* a section; −1: there is none."""
        goal = self._end if until is None else until
        best = [-1] * (self._end + 1)
        best[goal] = 0
        for at in range(goal - 1, -1, -1):
            rest = max((best[to] for to in self._after[at] if to <= goal), default=-1)
            best[at] = weights[at] + rest if rest >= 0 else -1
        return best

    def _reached(self, without: int) -> set[int]:
        """Return the sections, and the end, to which a way leads that does not enter one section."""
        reached: set[int] = set()
        ahead = [0] if without else []
        while ahead:
            at = ahead.pop()
            if at in reached or at == without:
                continue
            reached.add(at)
            ahead += self._after[at] if at < self._end else ()
        return reached


def _after(at: int, section: FormPage, places: Mapping[str, int], chosen: Chosen, end: int) -> Iterator[int]:
    """
    Yield where a section may lead: of what was answered in it, the last answer that leads somewhere counts.

    After the last section the form ends, whatever was answered.
    """
    for question in reversed(section.questions):
        if not question.leads or at + 1 == end:
            continue
        for option in question.options:
            if chosen(question, option):
                where = question.leads.get(option, NEXT)
                to = {SUBMIT: end, RESTART: 0, NEXT: at + 1}.get(where, places.get(where, at + 1))
                if to > at:
                    yield to
        if question.required:
            return
    yield at + 1
