"""
Name the reasons for which an operator may let go of a place, and read a typed one.

The schedule has reasons of its own (`Why.WITHDRAWN`, `Why.LAPSED`); the keys and their Japanese words stand together in
`records.fulfilment`.
"""

from prizedraw.records.fulfilment import WHY_WORDS, Why
from prizedraw.typed.answers import normal

BY_OPERATOR = (Why.DECLINED, Why.INELIGIBLE, Why.UNREACHABLE)

_KNOWN = {word: why for why in BY_OPERATOR for word in (why.value, normal(WHY_WORDS[why]))}


def parse(typed: str) -> Why | None:
    """Read a reason, by its key or its Japanese word in any width or case; None: an operator may not give this one."""
    return _KNOWN.get(normal(typed))
