"""
An attack on published tables: what does all that is published leave possible for each number that is withheld?

It reads `analysis.json` by its headings, the campaign file as YAML, and what the pool tells; nothing of the product's
code is used. It knows people as they are: each in one cell of age group and area; within each cell, of each question,
so many of every answer; who answered "any number of these" chose one at least; each by what they answered rightly and
what they wished for, which decides the prizes. What is possible is an interval, by linear programming.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

UNANSWERED, TOTAL, SEVERAL = "無回答", "合計", "人数"
ALONE = ("age", "area", "score", "day")

Sum = dict[tuple[str, ...], float]
"""A number of people as a sum over unknowns, by their names."""
Interval = tuple[float, float]


def folded(question: Mapping[str, Any]) -> dict[str, str]:
    """Return as what each answer of a question is counted where it is crossed, or merged with no answer."""
    kinds = [*question["options"], UNANSWERED]
    named = {option: group["name"] for group in question.get("groups", ()) for option in group["options"]}
    if merged := question.get("unanswered_with"):
        named = dict.fromkeys((merged, UNANSWERED), f"{merged}・{UNANSWERED}")
    return {kind: named.get(kind, kind) for kind in kinds}


@dataclass
class Attack:
    """All that somebody knows who reads *published* and the *pool*: how many stand for which prizes together."""

    published: Mapping[str, Any]
    campaign: Mapping[str, Any]
    pool: Mapping[tuple[str, ...], int]
    equal: list[tuple[Sum, float]] = field(default_factory=list)
    at_most: list[Sum] = field(default_factory=list)

    def __post_init__(self) -> None:
        asks = self.campaign["questions"]
        self.survey = {question["id"]: question for question in asks["survey"]}
        self.quiz = [question["id"] for question in asks["quiz"]]
        self.age, self.area = (folded(asks[name]) for name in ("age_group", "area"))
        self.groups = list(product(dict.fromkeys(self.age.values()), dict.fromkeys(self.area.values())))
        self._people()
        self._prizes()

    def told(self) -> tuple[dict[tuple[str, str, str], Sum], list[tuple[Sum, float]]]:
        """Return what is withheld, by table, row and column, and what is shown."""
        hidden, shown = {}, []
        for sheet in (sheet for chapter in self.published["sections"][1:] for sheet in chapter["sheets"]):
            for row, cells in zip(sheet["rows"], sheet["cells"], strict=True):
                for column, cell in zip(sheet["columns"], cells, strict=True):
                    number = self._number(sheet["id"], row, column)
                    if cell is None:
                        hidden[sheet["id"], row, column] = number
                    else:
                        shown.append((number, cell))
        return hidden, shown

    def intervals(self) -> dict[tuple[str, str, str], tuple[Interval, Interval]]:
        """Return for each withheld number in what it must lie by all that is published, and by the pool alone."""
        hidden, shown = self.told()
        with_tables = _Program(self.equal + shown, self.at_most, hidden.values())
        everybody: Sum = {("n", *group): 1.0 for group in self.groups}
        population = float(self.published["population"])
        without = _Program([*self.equal, (everybody, population)], self.at_most, hidden.values())
        return {place: (with_tables.interval(number), without.interval(number)) for place, number in hidden.items()}

    def _people(self) -> None:
        """Write how people fall into cells, and their answers into these."""
        asks = self.campaign["questions"]
        for axis, (name, kind_of) in enumerate((("age_group", self.age), ("area", self.area))):
            for band in dict.fromkeys(kind_of.values()):
                of_band: Sum = {("n", *group): 1.0 for group in self.groups if group[axis] == band}
                parts = {(name, kind): -1.0 for kind, of in kind_of.items() if of == band}
                self.equal.append((of_band | parts, 0))
        for id, question in self.survey.items():
            for group in self.groups:
                everybody = {("n", *group): 1.0}
                if question["kind"] == "choice":
                    self.equal.append((everybody | {(id, kind, *group): -1.0 for kind in kinds(question)}, 0))
                elif question["kind"] == "choices":
                    options = [(id, option, *group) for option in question["options"]]
                    answered = everybody | {(id, UNANSWERED, *group): -1.0}
                    self.at_most += [answered | dict.fromkeys(options, -1.0)]
                    self.at_most += [{option: 1.0} | {one: -n for one, n in answered.items()} for option in options]
        people: Sum = {("n", *group): 1.0 for group in self.groups}
        days = {("day", row): -1.0 for sheet in self._sheets("day") for row in sheet["rows"] if row != TOTAL}
        wrote = {(id, "written"): -1.0 for id, question in self.survey.items() if question["kind"] == "text"}
        self.equal.append((people | days, 0))
        for one in wrote:
            self.equal.append((people | {one: -1.0, (*one, "not"): -1.0}, 0))
        assert asks["quiz"], "patterns of right answers are reckoned with"

    def _sheets(self, id: str) -> Iterator[Mapping[str, Any]]:
        yield from (one for chapter in self.published["sections"] for one in chapter["sheets"] if one["id"] == id)

    def _prizes(self) -> None:
        """Write who was right where, and wished for what: that decides for which prizes they stand."""
        wish = self.survey["wish"]
        answers = [*wish["options"], UNANSWERED]
        people = [("pattern", answer, *map(str, rights)) for answer in answers for rights in product((0, 1), repeat=5)]
        of_kind = folded(wish)
        for kind in dict.fromkeys(of_kind.values()):
            crossed = {("wish", kind, *group): 1.0 for group in self.groups}
            self.equal.append((crossed | {one: -1.0 for one in people if of_kind[one[1]] == kind}, 0))
        stand: dict[tuple[str, ...], Sum] = {prizes: {} for prizes in self.pool}
        for one in people:
            prizes = tuple(prize["id"] for prize in self.campaign["prizes"] if self._stands(prize, one))
            stand[prizes] = stand.get(prizes, {}) | {one: 1.0}
        self.equal += [(number, float(self.pool.get(prizes, 0))) for prizes, number in stand.items()]
        self.patterns = people
        for at, id in enumerate(self.quiz):
            rest = {("wrong", id): 1.0, ("open", id): 1.0}
            self.equal.append((rest | {one: -1.0 for one in people if one[2 + at] == "0"}, 0))

    def _stands(self, prize: Mapping[str, Any], one: tuple[str, ...]) -> bool:
        needs = prize["requires"]
        wished = "choice" not in needs or one[1] in needs["choice"]["answers"]
        return sum(map(int, one[2:])) >= needs["min_correct"] and wished

    def _number(self, sheet: str, row: str, column: str) -> Sum:
        """Say which people a cell counts, by its headings."""
        if sheet == "quiz":
            return self._answered_rightly(row, column)
        if row == TOTAL and (column in (TOTAL, SEVERAL) or sheet in ALONE):
            return {("n", *group): 1.0 for group in self.groups}
        if sheet == "score":
            return {one: 1.0 for one in self.patterns if row == f"{sum(map(int, one[2:]))}問正解"}
        if sheet == "day":
            return {("day", row): 1.0}
        if sheet in ("age", "area"):
            return {({"age": "age_group"}.get(sheet, sheet), row): 1.0}
        if sheet == "area-age":
            return {("n", a, b): 1.0 for a, b in self.groups if column in (a, TOTAL) and row in (b, TOTAL)}
        id, *by = sheet.removeprefix("survey-").split("-")
        if self.survey[id]["kind"] == "text":
            kinds_of: dict[str, list[tuple[str, ...]]]
            kinds_of = {"記入あり": [(id, "written")], "記入なし": [(id, "written", "not")]}
            people: list[tuple[str, ...]] = [("n", *group) for group in self.groups]
            return dict.fromkeys(kinds_of.get(row, people), 1.0)
        axis = {"age_group": 0, "area": 1}[by[0]] if by else None
        groups = [group for group in self.groups if axis is None or row in (group[axis], TOTAL)]
        kind = row if axis is None else column
        if kind in (TOTAL, SEVERAL):
            return {("n", *group): 1.0 for group in groups}
        return {(id, kind, *group): 1.0 for group in groups}

    def _answered_rightly(self, row: str, column: str) -> Sum:
        at = int(row.removeprefix("問").split(" ")[0]) - 1
        if column == TOTAL:
            return dict.fromkeys(self.patterns, 1.0)
        if column == "正解":
            return {one: 1.0 for one in self.patterns if one[2 + at] == "1"}
        return {({"不正解": "wrong", UNANSWERED: "open"}[column], self.quiz[at]): 1.0}


def kinds(question: Mapping[str, Any]) -> list[str]:
    """Return the answers of a question as tables tell them apart."""
    return list(dict.fromkeys(folded(question).values()))


class _Program:
    """A linear program: numbers ≥ 0 that are *equal* to what is known, and sums that are *at_most* 0."""

    def __init__(self, equal: Sequence[tuple[Sum, float]], at_most: Sequence[Sum], asked: Any) -> None:
        names = sorted(
            {name for number, _ in equal for name in number} | {n for one in (*at_most, *asked) for n in one}
        )
        self.at = {name: number for number, name in enumerate(names)}
        self.equal, self.known = self._rows([number for number, _ in equal]), [value for _, value in equal]
        self.at_most = self._rows(at_most)

    def _rows(self, sums: Sequence[Sum]) -> csr_array:
        entries = [(row, self.at[name], factor) for row, one in enumerate(sums) for name, factor in one.items()]
        rows, columns, factors = zip(*entries, strict=True)
        return csr_array((factors, (rows, columns)), shape=(len(sums), len(self.at)))

    def interval(self, number: Sum) -> Interval:
        """Return the least and the greatest that a number can be."""
        towards = np.zeros(len(self.at))
        for name, factor in number.items():
            towards[self.at[name]] = factor
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * towards,
                A_eq=self.equal,
                b_eq=self.known,
                A_ub=self.at_most,
                b_ub=np.zeros(self.at_most.shape[0]),
                method="highs",
            )
            assert found.status == 0, found.message
            ends.append(sign * float(found.fun))
        return ends[0], ends[1]
