"""
Count several kinds together: the groups of ages and areas, and no answer with the option that the campaign file names.

What is folded is fixed in the campaign file before anybody enters, so that no choice of it can tell anything of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from prizedraw.analysis.tables import Condition, Key, Relation, Variable
from prizedraw.analysis.tally import AGE, AREA, Tally
from prizedraw.campaign.checks import OTHER, UNANSWERED
from prizedraw.campaign.definition import Campaign
from prizedraw.campaign.parts import GroupedQuestion

TOGETHER_WITH = "・"
"""Stands between the names of what is counted together."""


@dataclass(frozen=True)
class Fold:
    """A *coarse* variable, each of whose kinds is some kinds of a *fine* one; *kind_of* says which."""

    coarse: Variable
    fine: Variable
    kind_of: Mapping[str, str]

    def parts(self, kind: str) -> list[Condition]:
        """Return the conditions of which one holds for the people of a coarse kind."""
        return [(self.fine.name, part) for part in self.fine.kinds if self.kind_of[part] == kind]

    def relations(self) -> list[Relation]:
        """State that the people of a coarse kind are those of its parts."""
        variables = frozenset({self.coarse, self.fine})
        return [
            Relation(
                {frozenset({(self.coarse.name, kind)}): -1, **{frozenset({part}): 1 for part in self.parts(kind)}},
                variables,
            )
            for kind in self.coarse.kinds
        ]


def folded(name: str) -> str:
    """Name the coarse variable of a fine one."""
    return f"{name}/folded"


def folds(campaign: Campaign, variables: Mapping[str, Variable]) -> dict[str, Fold]:
    """Return what the campaign file folds of the *variables*, by the name of the fine one."""
    asks = campaign.questions
    found = {
        name: _fold(variables[name], _groups(question))
        for name, question in ((AGE, asks.age_group), (AREA, asks.area))
        if question.groups
    }
    for question in asks.survey:
        if question.unanswered_with is not None:
            name = f"{question.unanswered_with}{TOGETHER_WITH}{UNANSWERED}"
            kind_of = dict.fromkeys((question.unanswered_with, UNANSWERED), name)
            found[question.id] = _fold(variables[question.id], kind_of)
    return found


def _groups(question: GroupedQuestion) -> dict[str, str]:
    return {option: group.name for group in question.groups for option in group.options}


def _fold(fine: Variable, named: Mapping[str, str]) -> Fold:
    """Fold as is *named*; answers that are none of the options go where no answer goes, if that is folded."""
    kind_of = {kind: named.get(kind, kind) for kind in fine.kinds}
    if OTHER in kind_of and UNANSWERED in named:
        kind_of[OTHER] = named[UNANSWERED]
    order = [kind for kind in named.values() if kind in kind_of.values()] if len(set(named.values())) > 1 else []
    coarse = Variable(folded(fine.name), tuple(dict.fromkeys([*order, *kind_of.values()])))
    return Fold(coarse, fine, kind_of)


def counts(tally: Tally, folds: Mapping[str, Fold], keys: Iterable[Key]) -> dict[Key, int]:
    """Count the entries of each key, whose conditions may be of folded variables."""
    by_name = {fold.coarse.name: fold for fold in folds.values()}
    found = {}
    for key in keys:
        parts = [by_name[name].parts(kind) if name in by_name else [(name, kind)] for name, kind in key]
        found[key] = sum(tally.count(frozenset(conditions)) for conditions in product(*parts))
    return found
