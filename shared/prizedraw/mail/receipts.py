"""Name the person in the row of their receipt, where other rows have a label: one gets it once, by whatever label."""

from prizedraw.ports import Prf

_DIGITS = 26
"""As many characters as a label has, so that references of both are found alike in returned mails."""


def person_of(claim: Prf, entry: str) -> str:
    """
    Return what stands for the person whose *entry* has that id.

    A label passes to another address with the response that an entrant edits, and who holds an entry may change; a
    person's address does not. Keyed again, so that what stands in `state` and in mails names nothing in `sealed`.
    """
    return claim.value(b"receipt\0" + entry.encode()).hex()[:_DIGITS]
