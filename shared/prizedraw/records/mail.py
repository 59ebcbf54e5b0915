"""What is stored of mails: one row a mail, and how far returned ones were read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, get_args

from prizedraw.records.flat import Instant, InstantOrEmpty, flat, from_flat, one_of


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
    One mail; `id` is `<kind>-<label>` or `<kind>-ward`, so that nobody gets the same kind twice by themselves; what an
    operator has sent again is `<kind>-<label>-<2 or 3>`. The *label* of a receipt is what stands for the person
    (`mail.receipts`).

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
    state: Annotated[str, one_of(MailState)]
    draft: str
    message: str
    at: Instant
    problem: str = ""
    bounced: str = ""
    mark: str = ""

    @property
    def is_again(self) -> bool:
        """Tell whether it was sent again on an operator's word."""
        return self.id != row_id(self.kind, self.label)


SENT = frozenset({MailState.SENT, MailState.PRESUMED_SENT})


TO_PEOPLE = ("receipt", "winner", "promoted", "reminder", "changed")
"""The kinds of letters that go to entrants."""
TELL_OF_A_PRIZE = ("winner", "promoted")
"""The kinds that tell somebody of their prize: the days to register begin with them."""
AgainKind = Literal["winner", "promoted", "reminder", "changed"]
AGAIN: tuple[AgainKind, ...] = get_args(AgainKind)
"""The kinds that an operator may have sent again."""
MOST_AGAIN = 2
"""So many times one mail is sent again at most."""
KIND_WORDS: Mapping[str, str] = {
    "winner": "当選のお知らせ",
    "promoted": "繰り上げ当選のお知らせ",
    "reminder": "ご登録の期限のお知らせ",
    "changed": "お届け先の変更のお知らせ",
    "receipt": "受付のお知らせ",
}
"""How operators read the kinds of letters that go to entrants."""


def row_id(kind: str, label: str, nth: int = 1) -> str:
    """Return the id of the row of a mail; *nth* from 2 on: sent again, on an operator's word."""
    return f"{kind}-{label}" if nth == 1 else f"{kind}-{label}-{nth}"


def row_ids(label: str, person: str = "") -> list[str]:
    """
    Return the ids of the rows of all mails that somebody may have got.

    Of the receipt only if *person* is given: to tell it of a label takes a key.
    """
    firsts = [row_id(kind, label) for kind in TO_PEOPLE if kind != "receipt"]
    firsts += [row_id("receipt", person)] if person else []
    return firsts + [row_id(kind, label, nth) for kind in AGAIN for nth in range(2, MOST_AGAIN + 2)]


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
    until: InstantOrEmpty
    unmatched: tuple[str, ...] = ()
