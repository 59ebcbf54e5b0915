"""
Find the signs that a letter was lost before a text reached us.

Form services and spreadsheets that know fewer characters than people have in their names put something in their place:
a question mark, 〓, an empty square, the number of the character, or a place in the private use area (外字), which each
computer shows differently. Nobody can tell from it which letter it was; that one is missing can be told.
"""

import re

_SIGNS = re.compile(
    r"[?？〓□■▯⬜\ufffc\ufffd]"  # put in the place of what a character set lacks
    r"|[\ue000-\uf8ff\U000f0000-\U0010ffff]"  # private use: 外字
    r"|[\u2ff0-\u2fff]"  # a character described by its parts
    r"|&#?[0-9A-Za-z]{2,10};|\\u[0-9A-Fa-f]{4}|%u[0-9A-Fa-f]{4}|U\+[0-9A-Fa-f]{4,6}"  # its number or its name
    r"|外字"
)
_DOT_FOR_A_LETTER = re.compile(r"(?:^|\s)[・･]|[・･](?:\s|$)")
"""No name begins or ends with a middle dot; some services write it for what they do not know."""


def are_in(text: str) -> bool:
    """Tell whether letters of a *text* were lost."""
    return bool(_SIGNS.search(text))


def are_in_name(name: str) -> bool:
    """Tell whether letters of a *name* were lost, which has no dot at its ends either."""
    return are_in(name) or bool(_DOT_FOR_A_LETTER.search(name))
