"""
Who looks at a store, and who empties it: the databases' collections, the form's spreadsheets, what is out of reach.

The other stores have their witnesses and erasers in the adapters (`Powers`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from prizedraw.erasure.judging import sum_of
from prizedraw.erasure.powers import Powers
from prizedraw.errors import PrizedrawError, Refused, tried
from prizedraw.ports import MAX_WRITES, Delete, Found, Mailbox, Record, Replace, Store, Witness
from prizedraw.records.entries import Cursor, Entry, LedgerRow
from prizedraw.records.erasure import LinkedSheets, PersonRequest
from prizedraw.records.fulfilment import Claim, Delivery, Review, ShippingList
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY

SEALED: tuple[type[Record], ...] = (Entry, LedgerRow, Delivery)
STATE: tuple[type[Record], ...] = (Claim, Review, ShippingList, Cursor, MailRow, PersonRequest)
"""What is erased of the two databases; what is not stands among what is kept."""


class Collection:
    """The eraser of one collection (port `Eraser`): its ids are listed once, and deleted 500 at a time."""

    def __init__(self, store: Store, kind: type[Record]) -> None:
        self._store = store
        self._kind = kind
        self._ids: Iterator[tuple[str]] | None = None

    def look(self) -> Found:
        """Count the documents, without reading them."""
        return Found(self._store.count(self._kind))

    def erase(self) -> int:
        """Delete the next documents of the list; 0 at its end, after which it would be listed anew."""
        if self._ids is None:
            self._ids = self._store.project(self._kind, ("id",))
        page = [Delete(self._kind, id) for (id,) in islice(self._ids, MAX_WRITES)]
        if not page:
            self._ids = None
            return 0
        try:
            self._store.commit(page)
        except PrizedrawError:
            self._ids = None
            raise
        return len(page)


@dataclass(frozen=True)
class _Sent:
    """The part of the mailbox that nobody waits for an answer to (port `Eraser`)."""

    mailbox: Mailbox

    def look(self) -> Found:
        """Count it."""
        return self.mailbox.look_sent()

    def erase(self) -> int:
        """Erase a page of it."""
        return self.mailbox.erase_sent()


@dataclass(frozen=True)
class _Rest:
    """All that is in the mailbox beside that: answers, drafts (port `Eraser`)."""

    mailbox: Mailbox

    def look(self) -> Found:
        """Count it."""
        whole, sent = self.mailbox.look().count, self.mailbox.look_sent().count
        return Found(None if whole is None or sent is None else max(0, whole - sent))

    def erase(self) -> int:
        """Erase a page of the mailbox, whatever it is: what was sent is gone already, or should be."""
        return self.mailbox.erase()


@dataclass
class _Sheets:
    """Every spreadsheet that the form was ever seen to be linked to (port `Witness`)."""

    powers: Powers

    def ids(self) -> tuple[str, ...] | None:
        """Return the ids; None if the form cannot be read and never could."""
        stored = self.powers.state.get(LinkedSheets, ONLY)
        known = stored.record.sheets if stored else ()
        try:
            linked = self.powers.form.linked_sheet()
        except Refused:
            return known if stored else None
        return tuple(sorted({*known, linked} - {""}))

    def look(self) -> Found:
        """Count those that are still there."""
        ids = self.ids()
        return Found(None) if ids is None else sum_of([self.powers.sheets.of(id).look() for id in ids])


def witnesses(powers: Powers) -> Mapping[str, Witness]:
    """Return by the machine name of each store within reach what looks at it, and erases it if the program can."""
    return {
        "form": powers.form,
        "sheet": _Sheets(powers),
        "mailbox": _Rest(powers.mailbox),
        "mailbox/sent": _Sent(powers.mailbox),
        **{f"sealed/{kind.COLLECTION}": Collection(powers.sealed, kind) for kind in SEALED},
        **{f"state/{kind.COLLECTION}": Collection(powers.state, kind) for kind in STATE},
        **powers.erasers,
    }


def remember_sheets(powers: Powers) -> None:
    """Record which spreadsheet the form is linked to, while the form can be read; if it is away, another day."""
    ids = tried(_Sheets(powers).ids, None)[0]
    if ids is None:
        return
    stored = powers.state.get(LinkedSheets, ONLY)
    if stored is None or stored.record.sheets != ids:
        powers.state.commit([Replace(LinkedSheets(ONLY, ids))])
