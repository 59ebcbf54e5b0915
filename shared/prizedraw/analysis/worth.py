"""
Say what readers lose with a number, so that what is withheld beside a small one is what they miss least.

The larger a number the more is lost with it. One that stands alone is worth ten of a crossing; nobody, where nobody
gave an answer, twenty of somebody; and what was not answered, or fits no option, a tenth of an answer.
"""

import re
from collections.abc import Collection, Mapping

from prizedraw.analysis.tables import Condition, Key

_ASIDE_WORDS = re.compile(
    "(?:無回答|選択肢以外の回答|その他|回答しない|答えたくない|わからない|分からない)(?:[（(].*)?(?:・無回答)?"
)
_CROSSED, _ALONE, _NOBODY, _ASIDE = 10, 100, 20, 10


def stands_aside(name: str) -> bool:
    """Tell by its words whether a kind is none of the answers that a question is asked for, nor is any part of it."""
    return _ASIDE_WORDS.fullmatch(name) is not None


def losses(counts: Mapping[Key, int], threshold: int, aside: Collection[Condition] = ()) -> dict[Key, int]:
    """Return what is lost with each number; *aside* are the kinds that readers miss least."""
    return {key: _loss(key, number, threshold, aside) for key, number in counts.items()}


def _loss(key: Key, number: int, threshold: int, aside: Collection[Condition]) -> int:
    loss = (number + threshold) * (_ALONE if len(key) == 1 else _CROSSED) * (1 if number else _NOBODY)
    return loss // _ASIDE if key & set(aside) else loss
