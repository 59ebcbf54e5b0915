"""
Tell whether a text can stand for the ward's number: it must have one spelling, which nobody can vary unseen.

Each spelling gives another draw, so a text that looks like another one would be a second try. Refused are

1. another spelling of the same characters: what is not in the normal form NFC (Unicode Standard, section 3.11),
2. what cannot be seen: controls, format and private characters, surrogates, what is not assigned, and the characters
   that fonts show as nothing though their category does not tell (`_INVISIBLE`, from Default_Ignorable_Code_Point of
   DerivedCoreProperties.txt, and blanks among letters and symbols),
3. blanks that cannot be told from others: at the ends, two side by side, any but the two that Japanese keyboards type,
4. what mail programs would read as an encoded word (RFC 2047): the ward gets the text back by mail.

What can be seen but is easily taken for another (`-` and `−`, `3` and `３`) stays two texts: the ward is shown what
was used.
"""

import re
from itertools import pairwise
from unicodedata import category, is_normalized

MOST_CHARACTERS = 200

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BLANKS = " \u3000"


def is_fit(text: str) -> bool:
    """Tell whether *text* may be used to the letter."""
    if not text or len(text) > MOST_CHARACTERS or not is_normalized("NFC", text):  # (1)
        return False
    if any(category(character) in _UNSEEN for character in text) or _INVISIBLE.search(text):  # (2)
        return False
    blanks = [character.isspace() for character in text]
    if blanks[0] or blanks[-1] or any(one and other for one, other in pairwise(blanks)):  # (3)
        return False
    if any(blank and character not in _BLANKS for blank, character in zip(blanks, text, strict=True)):  # (3)
        return False
    return "=?" not in text  # (4)
