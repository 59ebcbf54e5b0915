"""
Mark each row of a mail as ours, and read no other: a row that says "sent" keeps a letter from going, and its time tells
until when whoever got the letter may register.

The mark is a keyed value of what the row says of the sending. `notify` makes it; `claim` and `erase`, which open the
same keyset, could. Whoever can only write `state` can remove rows, but make none that is believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from prizedraw.ports import Prf, Reader
from prizedraw.records.mail import MailRow

_DIGITS = 32


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What became of every mail so far: *ours* by id; *strange* are the ids of rows that we did not write."""

    ours: Mapping[str, MailRow]
    strange: tuple[str, ...]


def marked(claim: Prf, row: MailRow) -> MailRow:
    """Return a *row* with the mark of what it says."""
    return replace(row, mark=_mark(claim, row))


def read(claim: Prf, state: Reader) -> Rows:
    """Read all rows; those whose mark is not that of what they say are strange."""
    ours, strange = {}, []
    for row in state.scan(MailRow):
        if is_ours(claim, row):
            ours[row.id] = row
        else:
            strange.append(row.id)
    return Rows(ours=ours, strange=tuple(strange))


def is_ours(claim: Prf, row: MailRow) -> bool:
    """Tell whether a row bears the mark of what it says."""
    return row.mark == _mark(claim, row)


def _mark(claim: Prf, row: MailRow) -> str:
    said = "\0".join(("mail row", row.id, row.state, row.draft, row.message, row.at))
    return claim.value(said.encode()).hex()[:_DIGITS]
