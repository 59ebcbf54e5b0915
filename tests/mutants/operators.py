"""
What a mutation does: one fault that a person could make, in one place.

Most are Cosmic Ray's; of those that put one operator into the place of another only the nearest and the opposite are
taken. Ours, in the same form: a statement forgotten, an exception not raised, an answer not returned.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import parso
from cosmic_ray.operators import (
    binary_operator_replacement,
    boolean_replacer,
    break_continue,
    comparison_operator_replacement,
    exception_replacer,
    number_replacer,
    unary_operator_replacement,
    zero_iteration_for_loop,
)
from cosmic_ray.operators.operator import Example, Operator

Node = Any
Span = tuple[tuple[int, int], tuple[int, int]]
NOTHING = {"None", "True", "False", "0", '""', "()", "[]", "{}"}
"""Answers that are as good as None to most who ask."""


class _SimpleStatement(Operator):  # type: ignore[misc]
    """What puts something else into the place of a simple statement."""

    becomes = "pass"

    @staticmethod
    def meets(statement: Node) -> bool:
        raise NotImplementedError

    def mutation_positions(self, node: Node) -> Iterable[Span]:
        if node.type == "simple_stmt" and self.meets(node.children[0]):
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Node, index: int) -> Node:
        assert index == 0
        return parso.parse(f"{node.get_first_leaf().prefix}{self.becomes}\n")

    @classmethod
    def examples(cls) -> Sequence[Example]:
        return ()


class ForgetCall(_SimpleStatement):
    """Forget a call whose answer nobody uses."""

    @staticmethod
    def meets(statement: Node) -> bool:
        return statement.type in ("atom_expr", "power") and str(statement.get_code()).rstrip().endswith(")")


class ForgetAddition(_SimpleStatement):
    """Forget an augmented assignment."""

    @staticmethod
    def meets(statement: Node) -> bool:
        if statement.type != "expr_stmt" or statement.children[1].type != "operator":
            return False
        return str(statement.children[1].get_code()).strip() != "="


class ForgetRaise(_SimpleStatement):
    """Raise nothing."""

    @staticmethod
    def meets(statement: Node) -> bool:
        return statement.type == "raise_stmt" or str(statement.get_code()).strip() == "raise"


class ReturnNone(_SimpleStatement):
    """Return None."""

    becomes = "return None"

    @staticmethod
    def meets(statement: Node) -> bool:
        return statement.type == "return_stmt" and statement.children[1].get_code().strip() not in NOTHING


class TurnMembership(Operator):  # type: ignore[misc]
    """Ask for the opposite of being among."""

    @staticmethod
    def _points(node: Node) -> Iterator[int]:
        if node.type == "comparison":
            for at in range(1, len(node.children), 2):
                if node.children[at].get_code().split() in (["in"], ["not", "in"]):
                    yield at

    def mutation_positions(self, node: Node) -> Iterable[Span]:
        return [(node.children[at].start_pos, node.children[at].end_pos) for at in self._points(node)]

    def mutate(self, node: Node, index: int) -> Node:
        at = list(self._points(node))[index]
        turned = " in" if node.children[at].get_code().split() == ["not", "in"] else " not in"
        node.children[at] = parso.parse(turned)
        return node

    @classmethod
    def examples(cls) -> Sequence[Example]:
        return (Example("x in y", "x not in y"), Example("x not in y", "x in y"))


class Uncaught(exception_replacer.ExceptionReplacer):  # type: ignore[misc]
    """Do not catch an exception, be its name a dotted one or not."""

    def mutate(self, node: Node, index: int) -> Node:
        name = self._name_nodes(node)[index]
        name.parent.children[name.parent.children.index(name)] = parso.parse(f"{name.get_first_leaf().prefix}Nothing")
        return node

    @classmethod
    def examples(cls) -> Sequence[Example]:
        return (Example("try: pass\nexcept a.B: pass", "try: pass\nexcept Nothing: pass"),)


class Negate(boolean_replacer.AddNot):  # type: ignore[misc]
    """Turn a condition round, unless it is a comparison or a negation, which others turn."""

    def mutation_positions(self, node: Node) -> Iterable[Span]:
        for span in super().mutation_positions(node):
            condition = node.children[2 if node.type == "test" else 1]
            if condition.type not in ("comparison", "not_test"):
                yield span


_COMPARISONS = "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Is_IsNot IsNot_Is"
_BINARY = "Add_Sub Sub_Add Mul_FloorDiv Div_Mul FloorDiv_Mul Mod_Mul Pow_Mul BitOr_BitAnd BitAnd_BitOr BitXor_BitAnd"
_SHIFTS = "LShift_RShift RShift_LShift"


def _named(module: Any, prefix: str, pairs: str) -> dict[str, Operator]:
    return {f"{prefix}_{pair}": getattr(module, f"{prefix}_{pair}")() for pair in pairs.split()}


OPERATORS: dict[str, Operator] = {
    **_named(comparison_operator_replacement, "ReplaceComparisonOperator", _COMPARISONS),
    **_named(binary_operator_replacement, "ReplaceBinaryOperator", f"{_BINARY} {_SHIFTS}"),
    **_named(unary_operator_replacement, "ReplaceUnaryOperator", "Delete_Not Delete_USub"),
    **{
        kind.__name__: kind()
        for kind in (
            boolean_replacer.ReplaceTrueWithFalse,
            boolean_replacer.ReplaceFalseWithTrue,
            boolean_replacer.ReplaceAndWithOr,
            boolean_replacer.ReplaceOrWithAnd,
            break_continue.ReplaceBreakWithContinue,
            break_continue.ReplaceContinueWithBreak,
            Uncaught,
            number_replacer.NumberReplacer,
            zero_iteration_for_loop.ZeroIterationForLoop,
            Negate,
            TurnMembership,
            ForgetCall,
            ForgetAddition,
            ForgetRaise,
            ReturnNone,
        )
    },
}
