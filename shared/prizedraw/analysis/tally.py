"""
Count what entrants answered, entry by entry: nothing is kept about anybody but the counts.

A variable (a question, the day, the score) tells entries apart: each is of one of its kinds. Everything is counted
within age group and area, so memory depends on the form and not on how many have entered. Of what was typed freely
only this is counted: that something was typed.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from prizedraw.analysis.tables import Key, Variable
from prizedraw.campaign.checks import OTHER, UNANSWERED
from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken
from prizedraw.sealing import DAMAGED
from prizedraw.times import JST
from prizedraw.typed.answers import graded, normal

AGE, AREA, DAY, SCORE = "age_group", "area", "entry/day", "quiz/score"
RIGHT, WRONG = "正解", "不正解"
YES, NO = "はい", "いいえ"
"""The kinds of what is asked about everybody: was this option chosen, was anything written."""

_DAY = timedelta(days=1)
_FAULTS = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
_MOST_LETTERS, _MOST_REMEMBERED = 100, 4096
_read = json.JSONDecoder().decode


def chosen(question: str, option: int) -> str:
    """Name the variable that says whether an option (its number in the campaign file) was chosen among several."""
    return f"{question}/{option}"


def stands_for(prize: str) -> str:
    """Name the variable that says whether an entry stands for a *prize*."""
    return f"prize/{prize}"


def variables(campaign: Campaign) -> dict[str, Variable]:
    """
    Return the variables of a campaign by their names, age group and area first.

    Where several options may be chosen, each is a variable; the last two are other answers, and none at all.
    """
    asks = campaign.questions
    first, last = (m.astimezone(JST).date() for m in (campaign.opens_at, campaign.closes_at - _DAY.resolution))
    found = [
        Variable(AGE, (*asks.age_group.options, OTHER, UNANSWERED)),
        Variable(AREA, (*asks.area.options, OTHER, UNANSWERED)),
        Variable(DAY, tuple((first + number * _DAY).isoformat() for number in range((last - first).days + 1))),
        Variable(SCORE, tuple(map(str, range(len(asks.quiz) + 1)))),
        *(Variable(question.id, (RIGHT, WRONG, UNANSWERED)) for question in asks.quiz),
        *(Variable(stands_for(prize.id), (YES, NO)) for prize in campaign.prizes),
    ]
    for question in asks.survey:
        if question.kind == "choice":
            found.append(Variable(question.id, (*question.options, OTHER, UNANSWERED)))
        elif question.kind == "choices":
            found += [Variable(chosen(question.id, n), (YES, NO)) for n in range(len(question.options) + 2)]
        else:
            found.append(Variable(question.id, (YES, NO)))
    return {variable.name: variable for variable in found}


class _Places(dict[str, int]):
    """Where an answer to a question is counted, by how it was typed: judged once, then looked up."""

    def __init__(
        self, known: Mapping[str, int], other: int, unanswered: int, fold: Callable[[str], str] = normal
    ) -> None:
        super().__init__()
        self._known, self._other, self.unanswered, self._fold = known, other, unanswered, fold

    def __missing__(self, typed: str) -> int:
        """Judge an answer as it is compared, and remember it unless it is long or many others are remembered."""
        folded = self._fold(typed)
        place = self._known.get(folded, self._other) if folded else self.unanswered
        if len(typed) <= _MOST_LETTERS and len(self) < _MOST_REMEMBERED:
            self[typed] = place
        return place

    def of(self, given: Sequence[str]) -> set[int]:
        """Return the place of each answer; of none, that of no answer."""
        places = {self[typed] for typed in given}
        if len(places) > 1:
            places.discard(self.unanswered)
        return places or {self.unanswered}

    def of_one(self, given: Sequence[str]) -> int:
        """Return the one place; several answers where one may be given are other answers."""
        if len(given) == 1:
            return self[given[0]]
        return self._other if self.of(given) != {self.unanswered} else self.unanswered


class Tally:
    """
    The counts of a campaign: *size* entries, and how many stand for which prizes together (*together*).

    *irregular* entries give several answers where one may be given; there they count as other answers.
    """

    def __init__(self, campaign: Campaign) -> None:
        asks, survey = campaign.questions, campaign.questions.survey
        self.size = self.irregular = 0
        self.together: Counter[tuple[str, ...]] = Counter()
        self._variables = variables(campaign)
        counted = [(variable.name, kind) for variable in self._variables.values() for kind in variable.kinds]
        self._places = {pair: place for place, pair in enumerate(counted)}
        self._cells: dict[tuple[int, int], list[int]] = {}
        self._age, self._area = self._one_of(AGE, asks.age_group.options), self._one_of(AREA, asks.area.options)
        self._ones = [(q.id, self._one_of(q.id, q.options)) for q in survey if q.kind == "choice"]
        self._manys = [(q.id, self._some_of(q.id, q.options)) for q in survey if q.kind == "choices"]
        self._others = {chosen(q.id, len(q.options)) for q in survey if q.kind == "choices"}
        self._texts = [(q.id, self._places[q.id, YES]) for q in survey if q.kind == "text"]
        self._quiz = [(id, self._right_of(id, accepted)) for id, accepted in campaign.right_answers.items()]
        self._days, self._scores = self._of(DAY), list(self._of(SCORE).values())
        self._rights = {self._places[q.id, RIGHT] for q in asks.quiz}
        self._prizes = {prize.id: self._places[stands_for(prize.id), YES] for prize in campaign.prizes}

    def add(self, plaintext: bytes, prizes: Sequence[str]) -> None:
        """
        Count one entry: what its `survey` envelope holds (UTF-8 JSON, `judging`), and the prizes that it stands for.

        Raises:
            Broken: the envelope holds something else.
        """
        try:
            said = _read(plaintext.decode())
            self._count(said["day"], said["answers"], prizes)
        except _FAULTS:
            raise Broken(DAMAGED) from None

    def count(self, key: Key) -> int:
        """Count the entries that meet all conditions; besides age group and area there may be one."""
        refused = [condition for condition in key if condition[1] == NO]
        if refused:
            rest = key - {refused[0]}
            return self.count(rest) - self.count(rest | {(refused[0][0], YES)})
        group = {self._places[c] for c in key if c[0] in (AGE, AREA)}
        other = [self._places[c] for c in key if c[0] not in (AGE, AREA)]
        cells = ((cell, at) for at, cell in self._cells.items() if group <= set(at))
        return sum(cell[other[0] if other else at[0]] for cell, at in cells)

    def counts(self, keys: Iterable[Key]) -> dict[Key, int]:
        """Count the entries of each key."""
        return {key: self.count(key) for key in keys}

    def variables(self) -> dict[str, Variable]:
        """Return the variables by their names, without those and the kinds of other answers where nobody gave one."""
        found = {}
        for name, variable in self._variables.items():
            kinds = tuple(kind for kind in variable.kinds if kind != OTHER or self._is_met(name, OTHER))
            if name not in self._others or self._is_met(name, YES):
                found[name] = Variable(name, kinds)
        return found

    def _is_met(self, name: str, kind: str) -> bool:
        return self.count(frozenset({(name, kind)})) > 0

    def _count(self, day: str, answers: Mapping[str, Sequence[str]], prizes: Sequence[str]) -> None:
        given = answers.get
        age, area = self._age.of_one(given(AGE, ())), self._area.of_one(given(AREA, ()))
        places = [age, area, self._days[day]]
        places += [options.of_one(given(name, ())) for name, options in self._ones]
        quiz = [options.of_one(given(name, ())) for name, options in self._quiz]
        places += quiz
        places.append(self._scores[len(self._rights.intersection(quiz))])
        for name, options in self._manys:
            places += options.of(given(name, ()))
        places += [place for name, place in self._texts if any(map(str.strip, given(name, ())))]
        places += [self._prizes[prize] for prize in prizes]
        cell = self._cells.get((age, area)) or self._cells.setdefault((age, area), [0] * len(self._places))
        for place in places:
            cell[place] += 1
        self.irregular += any(len(given(name, ())) > 1 for name, _ in self._ones)
        self.together[tuple(prizes)] += 1
        self.size += 1

    def _of(self, variable: str) -> dict[str, int]:
        """Return the places of a variable's kinds."""
        return {kind: self._places[variable, kind] for kind in self._variables[variable].kinds}

    def _one_of(self, question: str, options: Sequence[str]) -> _Places:
        of = self._of(question)
        return _Places({normal(option): of[option] for option in options}, of[OTHER], of[UNANSWERED])

    def _some_of(self, question: str, options: Sequence[str]) -> _Places:
        *known, other, unanswered = (self._places[chosen(question, n), YES] for n in range(len(options) + 2))
        return _Places(dict(zip(map(normal, options), known, strict=True)), other, unanswered)

    def _right_of(self, question: str, accepted: Iterable[str]) -> _Places:
        of = self._of(question)
        return _Places(dict.fromkeys(accepted, of[RIGHT]), of[WRONG], of[UNANSWERED], graded)
