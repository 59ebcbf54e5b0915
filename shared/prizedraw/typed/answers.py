"""
Bring what people type to one form, so that a quiz answer is judged by what it says and not by how it was typed.

The normal form is NFKC (so that width does not matter: `ＡＢＣ` and `ABC`, `ﾅｲﾄｳ` and `ナイトウ`), full case folding,
and single spaces between words, none at the ends (Unicode Standard, sections 3.11 and 3.13). Hiragana, katakana and
kanji stay what they are: which of them is right is for the campaign file to say.

A quiz is graded more leniently still (`graded`): nobody knows that they typed a character that is not seen, or a hyphen
that looks like the long vowel beside it.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from unicodedata import normalize

_MOST_CHARACTERS = 1_000
"""Longer than anything that is wanted. Python's NFKC takes time quadratic in a run of combining marks."""


_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]+"
)
"""Default_Ignorable_Code_Point of the Unicode Character Database, and the controls that are no blanks."""

_STROKE = re.compile("[ー\u2010-\u2015\u2043\u2212\u2500\u2501]")
"""The long vowel, and what is typed in its place. What is left of others is a hyphen by NFKC."""


@lru_cache(maxsize=1024)
def normal(text: str) -> str:
    """
    Return the normal form of *text*; it is the normal form of itself.

    What is longer than anything that is wanted is compared with nothing, and stays as it is. A few texts are what most
    people choose.
    """
    if len(text) > _MOST_CHARACTERS:
        return text
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join(folded.split())


@lru_cache(maxsize=1024)
def graded(text: str) -> str:
    """
    Return *text* as a quiz compares it: in normal form, without what is not seen, all strokes alike (`ー`, `-`, `―`).

    Punctuation and brackets stay: whether `。` or `「」` counts is for the campaign file to say. A few texts are what
    most people type.
    """
    return text if len(text) > _MOST_CHARACTERS else _STROKE.sub("-", normal(_UNSEEN.sub("", text)))


def answers_quiz(answers: Sequence[str], accepted: Collection[str]) -> bool:
    """Tell whether *answers* is one answer, among the *accepted*, which are `graded`. Two answers are none."""
    return len(answers) == 1 and (answers[0] in accepted or graded(answers[0]) in accepted)


def is_one_of(answers: Sequence[str], accepted: Collection[str]) -> bool:
    """Tell whether *answers* is one answer, among the *accepted*, which are in normal form. Two answers are none."""
    return len(answers) == 1 and is_among(answers[0], accepted)


def is_among(text: str, wanted: Collection[str]) -> bool:
    """Tell whether *text* says one of the *wanted*, which are in normal form. What is chosen from a list mostly is."""
    return text in wanted or normal(text) in wanted
