"""Measure and break lines of Japanese, in half-width columns: a full-width letter takes two."""

import re
from unicodedata import east_asian_width

_NO_START = "、。，．・）」』】〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ～〜!?！？"
# After a middle dot, before a bracket, and where kana ends before two kanji or katakana, or kanji and katakana meet.
_SEAM = re.compile(
    r"(?<=・)(?=.)|(?=（)|(?<=[ぁ-ん])(?=[一-龠ァ-ヶ]{2})|(?<=[一-龠々])(?=[ァ-ヶ]{2})|(?<=[ァ-ヶー])(?=[一-龠]{2})"
)


def width(text: str) -> int:
    """Count characters, full-width ones twice."""
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in text)


def wrapped(text: str, most: int) -> str:
    """Break a text into lines of much the same width, *most* columns or a little more."""
    line = width(text) / max(1, -(-width(text) // most))
    lines = [""]
    for letter in text:
        if lines[-1] and width(lines[-1] + letter) > line + 1 and letter not in _NO_START:
            lines.append("")
        lines[-1] += letter
    return "\n".join(lines)


def pieces(text: str) -> list[str]:
    """Return a heading in pieces between which a line may be broken: words of one script, and what a dot parts."""
    return [piece for piece in _SEAM.split(text) if piece]
