"""Measure and break lines of Japanese, in half-width columns: a full-width letter takes two."""

from unicodedata import east_asian_width

_NO_START = "、。，．・）」』】〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ～〜!?！？"


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
