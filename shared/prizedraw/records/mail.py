"""What is stored of mails: one row a mail, and how far returned ones were read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from prizedraw.records.flat import flat, from_flat


class MailState(StrEnum):
    """
    How far one mail has come; only `DRAFTED` can be in doubt, and the draft tells.

    `PLANNED` could not be written, and waits for its cause to be mended; `REFUSED` is tried again a day later.
    """

    PLANNED = "planned"
    DRAFTED = "drafted"
    SENT = "sent"
    PRESUMED_SENT = "presumed_sent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MailRow:
    """
    One mail; `id` is `<kind>-<label>` or `<kind>-ward`, so that nobody gets the same kind twice. The *label* of a
    receipt is what stands for the person (`mail.receipts`).

    *presumed_sent*: the reply to the send was lost and the draft is gone. *at*: when it was last known anew, an
    instant. *problem*: the code of what kept it from being written. *bounced*: the status code (RFC 3463) with which it
    came back, or empty. *mark*: that `notify` has written it (`mail.row_marks`); without it the row counts for nothing.
    """

    COLLECTION: ClassVar[str] = "mails"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    kind: str
    label: str
    state: str
    draft: str
    message: str
    at: str
    problem: str = ""
    bounced: str = ""
    mark: str = ""


SENT = frozenset({MailState.SENT, MailState.PRESUMED_SENT})


TO_PEOPLE = ("receipt", "winner", "promoted", "reminder", "changed")
"""The kinds of letters that go to entrants."""
TELL_OF_A_PRIZE = ("winner", "promoted")
"""The kinds that tell somebody of their prize: the days to register begin with them."""


WARD = "ward"
"""Stands for a label where a mail goes to the ward and not to an entrant."""


@dataclass(frozen=True, slots=True)
class ReturnsRead:
    """
    Up to which instant returned mails were read.

    *unmatched* are the ids, in the mailbox, of reports from which nobody can tell which letter came back.
    """

    COLLECTION: ClassVar[str] = "returns"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    until: str
    unmatched: tuple[str, ...] = ()
