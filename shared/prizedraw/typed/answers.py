"""
Bring what people type to one form, so that a quiz answer is judged by what it says and not by how it was typed.

The normal form is NFKC (so that width does not matter: `ＡＢＣ` and `ABC`, `ﾅｲﾄｳ` and `ナイトウ`), full case folding,
and single spaces between words, none at the ends (Unicode Standard, sections 3.11 and 3.13). Hiragana, katakana and
kanji stay what they are: which of them is right is for the campaign file to say.
"""

from collections.abc import Collection, Sequence
from unicodedata import normalize

_MOST_CHARACTERS = 1_000
"""Longer than anything that is wanted. Python's NFKC takes time quadratic in a run of combining marks."""


def normal(text: str) -> str:
    """
    Return the normal form of *text*; it is the normal form of itself.

    What is longer than anything that is wanted is compared with nothing, and stays as it is.
    """
    if len(text) > _MOST_CHARACTERS:
        return text
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def correct(answers: Sequence[str], accepted: Collection[str]) -> bool:
    """Tell whether *answers* is one answer, among the *accepted*, which are in normal form. Two answers are none."""
    return len(answers) == 1 and is_among(answers[0], accepted)


def is_among(text: str, wanted: Collection[str]) -> bool:
    """Tell whether *text* says one of the *wanted*, which are in normal form. What is chosen from a list mostly is."""
    return text in wanted or normal(text) in wanted
