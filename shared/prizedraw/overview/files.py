"""What the published files say of a campaign, as far as they can be believed; `mirrors` reads it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prizedraw.ports import R, Reader
from prizedraw.records.running import ONLY

if TYPE_CHECKING:
    from prizedraw.fulfilment.holders import Places


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """
    What the files say, as far as they can be believed, and every difference, each a sentence.

    *places* are those of the files; None before the draw, and where the files cannot be believed. *withdrawn* are the
    labels that have withdrawn by a mark that is signed.
    """

    places: "Places | None"
    withdrawn: frozenset[str]
    differences: tuple[str, ...]


def only(state: Reader, kind: type[R]) -> R | None:
    """Return the one record of a kind, if it is there."""
    stored = state.get(kind, ONLY)
    return stored.record if stored is not None else None
