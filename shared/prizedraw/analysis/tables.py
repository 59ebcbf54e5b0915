"""
What a published table is: numbers of people, each under the conditions that those people meet.

A number's *key* is the set of its conditions: `{age_group = 20代, area = 新宿区}` is a cell, `{age_group = 20代}` the
total of its row and, in every other table, the same number; the empty set is everybody. So tables cannot disagree, and
which numbers add up to which follows from the keys alone, whatever a page shows where (`attacker`, `disclosure`).

Everybody is of exactly one kind of a variable: no answer is a kind, and each option of a question that takes several
answers is a variable of its own with the kinds yes and no.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from typing import NamedTuple, Self

Condition = tuple[str, str]
"""The name of a variable, and a kind of it."""
Key = frozenset[Condition]
"""The conditions that all hold for the people who are counted; at most one a variable."""
EVERYBODY: Key = frozenset()
_PAIR = 2


@dataclass(frozen=True)
class Variable:
    """What people are told apart by: each is of exactly one of the *kinds*. The name is ASCII."""

    name: str
    kinds: tuple[str, ...]


class Item(NamedTuple):
    """The heading of one row or column: what it is called, and which people it counts."""

    label: str
    variable: Variable
    kind: str


@dataclass(frozen=True)
class Side:
    """The headings of rows, or of columns. The items need be neither all kinds of a variable nor of one only."""

    title: str
    items: tuple[Item, ...]

    @classmethod
    def of(cls, title: str, variable: Variable) -> Self:
        """Head with every kind of one variable, under the kind's own name."""
        return cls(title, tuple(Item(kind, variable, kind) for kind in variable.kinds))

    @classmethod
    def among(cls, title: str, labelled: Iterable[tuple[str, Variable]], kind: str) -> Self:
        """Head with the same *kind* of several variables: the options of a question that takes several answers."""
        return cls(title, tuple(Item(label, variable, kind) for label, variable in labelled))


@dataclass(frozen=True)
class Layout:
    """
    How a table is laid out: *id* is ASCII, *title* and *note* are for the reader. Without *columns* it counts one way.

    Published are the cells, the total of each row and of each column (of all people of that row or column, which
    overlapping items do not add up to) and everybody. *known*: its numbers are published elsewhere already, so
    nothing is withheld from it, and whoever subtracts has them.
    """

    id: str
    title: str
    rows: Side
    columns: Side | None = None
    note: str = ""
    known: bool = False

    def key(self, row: int | None = None, column: int | None = None) -> Key:
        """Return the key at a place; None is the total over the rows, over the columns, or both: everybody."""
        items = [] if row is None else [self.rows.items[row]]
        if column is not None:
            items.append(self._columns[column])
        return frozenset((item.variable.name, item.kind) for item in items)

    def keys(self) -> list[Key]:
        """Return the key of every number that the table publishes, totals last in each row, their row last."""
        rows, columns = (*range(len(self.rows.items)), None), (*range(len(self._columns)), None)
        return [self.key(row, column) for row in rows for column in columns]

    @property
    def variables(self) -> frozenset[Variable]:
        """Return the variables that head rows or columns."""
        return frozenset(item.variable for item in (*self.rows.items, *self._columns))

    @property
    def _columns(self) -> tuple[Item, ...]:
        return self.columns.items if self.columns else ()


@dataclass(frozen=True)
class Table:
    """A layout filled with what was counted. The counts stay inside until `disclosure.protect` has seen every table."""

    layout: Layout
    counts: Mapping[Key, int]

    @classmethod
    def of(cls, layout: Layout, counts: Mapping[Key, int]) -> Self:
        """Take from all that was counted what the layout publishes; what was never counted is 0."""
        keys = layout.keys()
        return cls(layout, {key: counts.get(key, 0) for key in keys})


@dataclass(frozen=True)
class Protected:
    """A layout filled with what may be published: a number of people, or None where it is withheld."""

    layout: Layout
    shown: Mapping[Key, int | None]

    def number(self, row: int | None = None, column: int | None = None) -> int | None:
        """Return the number at a place (`Layout.key`), None where it is withheld."""
        return self.shown[self.layout.key(row, column)]


@dataclass(frozen=True)
class Relation:
    """
    What holds between numbers besides that kinds add up: Σ factor × number is 0, or *at_least* 0.

    Everybody who reads the tables may know it: a score is the number of right answers. The numbers may be
    in no table; *variables* are all that occur in them. *jointly*: it speaks of people by three kinds at once, so that
    only an attacker who reckons with these has a use for it.
    """

    factors: Mapping[Key, int]
    variables: frozenset[Variable]
    at_least: bool = False
    jointly: bool = False


def scored(score: Variable, quiz: Sequence[Variable], right: str) -> list[Relation]:
    """State that a score, a number as text, is how many of the *quiz* variables are of the kind *right*."""
    relations = []
    for points in score.kinds:
        scorers: Key = frozenset({(score.name, points)})
        rights = {scorers | {(question.name, right)}: 1 for question in quiz}
        relations.append(Relation(rights | {scorers: -int(points)}, frozenset({score, *quiz})))
    return relations


def answered(
    options: Sequence[Variable], unanswered: Variable, yes: str, no: str, within: Sequence[Variable] = ()
) -> list[Relation]:
    """
    State of a question that takes several answers: who answered chose an option, and who did not chose none.

    *within*: the variables with which the question is crossed; it holds among the people of each of their kinds too,
    and among those of each two.
    """
    variables = frozenset({*options, unanswered, *within})
    relations = []
    for context in _contexts(within):
        stated = partial(Relation, variables=variables, at_least=True, jointly=len(context) > 1)
        who = context | {(unanswered.name, no)}
        chose = [context | {(option.name, yes)} for option in options]
        relations.append(stated({**dict.fromkeys(chose, 1), who: -1}))
        relations += [stated({who: 1, key: -1}) for key in chose]
    return relations


def _contexts(within: Sequence[Variable]) -> Iterator[Key]:
    """Yield everybody, then the people of each kind of each variable, then those of two kinds at once."""
    for size in range(_PAIR + 1):
        for some in combinations(within, size):
            for kinds in product(*(one.kinds for one in some)):
                yield frozenset((one.name, kind) for one, kind in zip(some, kinds, strict=True))


def determined(outcome: Variable, by: Sequence[Variable], kind_of: Callable[[tuple[str, ...]], str]) -> list[Relation]:
    """
    State that everybody's kind of *outcome* follows from their kinds of the variables *by*, as *kind_of* says.

    Which prizes somebody stands for follows from the score and the wish, by rules that are published.
    """
    relations = {kind: {frozenset({(outcome.name, kind)}): -1} for kind in outcome.kinds}
    for kinds in product(*(variable.kinds for variable in by)):
        key = frozenset((variable.name, kind) for variable, kind in zip(by, kinds, strict=True))
        relations[kind_of(kinds)][key] = 1
    return [Relation(factors, frozenset({outcome, *by})) for factors in relations.values()]
