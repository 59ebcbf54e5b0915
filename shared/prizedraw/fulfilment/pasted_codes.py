"""
Read what an operator pastes back after shipping: lines of a spreadsheet, each with a claim code or
a 管理番号 somewhere in it.

Whatever else stands there (tracking numbers, headings, whole rows of the carrier's own list) is passed over and kept
nowhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from prizedraw.fulfilment import claim_code, holder_number
from prizedraw.typed.answers import normal

_BETWEEN = re.compile(r"[\t,;、，；]")


@dataclass(frozen=True, slots=True)
class Named:
    """The labels that were named, each once, and the numbers (from 1) of the lines that name nobody."""

    labels: tuple[str, ...]
    unread: tuple[int, ...]


def parse(text: str, codes: Mapping[str, str]) -> Named:
    """
    Find in each line the first cell that is a claim code of *codes* (code to label), or one of their labels, or its
    管理番号.

    Codes are read as leniently as winners' own typing. Empty lines are passed over.
    """
    known = {**codes, **holder_number.by_number(codes.values()), **{label: label for label in codes.values()}}
    labels: dict[str, None] = {}
    unread = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        label = next((known[name] for cell in _BETWEEN.split(line) if (name := _name(cell)) in known), None)
        if label:
            labels[label] = None
        else:
            unread.append(number)
    return Named(tuple(labels), tuple(unread))


def _name(cell: str) -> str:
    """Return the code, the 管理番号 or the label that a cell may hold."""
    text = cell.strip().strip("\"'=")
    return claim_code.normalise(text) or holder_number.normalise(text) or normal(text)
