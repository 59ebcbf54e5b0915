"""Name a letter in a header of its mail and at its foot, so that one that comes back is known as ours."""

from prizedraw.ports import Prf

REFERENCE = "X-Prizedraw-Reference"
"""The header that names a letter."""

_TAG_CHARACTERS = 10


def reference(claim: Prf, id: str) -> str:
    """
    Return the reference that a letter carries: the id of its row and a keyed tag.

    Labels are public, and anybody can send a mail that looks like a returned one; only we can make the tag.
    """
    return f"{id}-{claim.value(b'reference' + id.encode()).hex()[:_TAG_CHARACTERS]}"


def row_of(claim: Prf, named: str) -> str | None:
    """Return the id of the row that the reference *named* stands for, or None if we did not make it."""
    id, _, _ = named.rpartition("-")
    return id if id and reference(claim, id) == named else None
