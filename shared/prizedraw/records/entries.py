"""
What is stored of the responses: entries, the ledger, how far `intake` has read, and the sums.

Each record is frozen, with its collection and both translations beside it. A step creates its own records from earlier
ones. Entries and ledger live in the database `sealed`, which few may read; the others, in `state`, hold no personal
data. A sealed value is bound to its purpose, its campaign and its label (`sealing`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from prizedraw.ports import Document
from prizedraw.records.flat import Instant, InstantOrEmpty, Stamp, flat, from_flat, one_of
from prizedraw.records.running import ONLY
from prizedraw.times import is_instant
from prizedraw.typed.address_faults import AddressFault


class Outcome(StrEnum):
    """What became of a response; each response has exactly one."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Reason(StrEnum):
    """Why a response was rejected: the first that applies, in this order."""

    BEFORE_OPENING = "before_opening"
    AFTER_CLOSING = "after_closing"
    EDITED_AFTER_CLOSING = "edited_after_closing"
    NO_CONSENT = "no_consent"
    BAD_ADDRESS = "bad_address"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one readable response brings into the draw: label, prizes it stands for, two envelopes."""

    label: str
    prizes: tuple[str, ...]
    doubtful: bool
    contact: bytes = field(repr=False)
    survey: bytes = field(repr=False)

    @property
    def line(self) -> str:
        """Return the line of the pool that this stands for."""
        return line_of(self.label, self.prizes)

    def to_doc(self) -> Document:
        """Translate to the fields that an entry has itself, and a row that waits in a map."""
        return {
            "label": self.label,
            "prizes": list(self.prizes),
            "doubtful": self.doubtful,
            "contact": self.contact,
            "survey": self.survey,
        }


def line_of(label: str, prizes: Iterable[str]) -> str:
    """Write a line of the pool, without its end; of an entry that stands for nothing it has no prize."""
    return f"{label}\t{','.join(prizes)}"


# These are read by the hundred thousand: what `from_flat` would look at is written out.


def _candidate(doc: Mapping[str, Any]) -> Candidate:
    candidate = Candidate(doc["label"], tuple(doc["prizes"]), doc["doubtful"], doc["contact"], doc["survey"])
    if (
        type(doc["prizes"]) is not list
        or not _TEXT.issuperset(map(type, (candidate.label, *candidate.prizes)))
        or type(candidate.doubtful) is not bool
        or type(candidate.contact) is not bytes
        or type(candidate.survey) is not bytes
    ):
        raise TypeError
    return candidate


def _entry(id: str, doc: Mapping[str, Any]) -> "Entry":
    response = doc["response"]
    if type(response) is not str:
        raise TypeError
    return Entry(id, response, _candidate(doc))


def _ledger_row(id: str, doc: Mapping[str, Any]) -> "LedgerRow":
    row = LedgerRow(
        id,
        doc["created"],
        doc["version"],
        Outcome(doc["outcome"]),
        Reason(doc["reason"]) if "reason" in doc else None,
        doc.get("address", ""),
        doc.get("gone", False),
        _candidate(doc["waiting"]) if "waiting" in doc else None,
        doc.get("line", ""),
        doc.get("tag", b""),
        doc.get("detail", ""),
    )
    texts = (row.created, row.version, row.address, row.line, row.detail)
    if not _TEXT.issuperset(map(type, texts)) or type(row.gone) is not bool or type(row.tag) is not bytes:
        raise TypeError
    for time in {row.created, row.version}:
        if time and not is_instant(time):
            raise ValueError
    return row


_TEXT = frozenset({str})


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Hold one person's accepted entry (database `sealed`); `id` is the PRF of the address.

    *doubtful*: the address has a form that mail servers refuse (old docomo and au addresses).
    """

    COLLECTION: ClassVar[str] = "entries"
    from_doc: ClassVar[Any] = staticmethod(_entry)

    id: str
    response: str
    candidate: Candidate

    def to_doc(self) -> Document:
        """Translate to a flat document."""
        return {"response": self.response, **self.candidate.to_doc()}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """
    Account for one response (database `sealed`); `id` is the PRF of the response id.

    *created* and *version* are instants of the response (`createTime`, `lastSubmittedTime`). *address* is the entry
    id whose queue the response stands in, empty when rejected or withdrawn. A duplicate keeps its *waiting* values,
    so that it can take the place if whoever is before it leaves. *gone*: the last full read no longer found it. *line*
    is the pool's line of an accepted response. *tag* is keyed, over all that does not depend on other responses; a
    withdrawn row has neither. *detail*: of a bad address the kind of its fault (`AddressFault`).
    """

    COLLECTION: ClassVar[str] = "responses"
    from_doc: ClassVar[Any] = staticmethod(_ledger_row)

    id: str
    created: InstantOrEmpty
    version: InstantOrEmpty
    outcome: Outcome
    reason: Reason | None = None
    address: str = ""
    gone: bool = False
    waiting: Candidate | None = None
    line: str = ""
    tag: bytes = field(default=b"", repr=False)
    detail: str = ""

    @property
    def brings(self) -> str:
        """Return the pool's line that the response has, or would have if it did not wait; empty if it cannot count."""
        return self.waiting.line if self.waiting is not None else self.line

    def to_doc(self) -> Document:
        """Translate to a document; empty fields are left out, since a row is written per response."""
        doc: Document = {"created": self.created, "version": self.version, "outcome": self.outcome.value}
        if self.reason is not None:
            doc["reason"] = self.reason.value
        if self.address:
            doc["address"] = self.address
        if self.gone:
            doc["gone"] = True
        if self.waiting is not None:
            doc["waiting"] = self.waiting.to_doc()
        if self.line:
            doc["line"] = self.line
        if self.tag:
            doc["tag"] = self.tag
        if self.detail:
            doc["detail"] = self.detail
        return doc


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    How far `intake` has read.

    *since*: the instant of the newest version stored. *recent*: 16 bytes for each version inside the overlap, so that
    what is listed again need not be read again. *full_read*: the instant at which the last full read began.
    *uncounted*: the instant since which something was stored that no `Totals` count; empty if they count all.
    """

    COLLECTION: ClassVar[str] = "cursor"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    since: InstantOrEmpty
    full_read: InstantOrEmpty
    recent: bytes = field(repr=False)
    uncounted: InstantOrEmpty = ""


@dataclass(frozen=True, slots=True)
class FormWatch:
    """
    The state of the form's watch, for `status`; *alarm* names what is wrong with form or watch, or is empty.

    *faults*: what does not fit in the form, each as `form_questions.Mismatch` writes it.
    """

    COLLECTION: ClassVar[str] = "watch"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    watch: str
    state: str
    expires_at: Instant
    alarm: str
    checked_at: Instant
    faults: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """
    The sums of the ledger and the entries, as they were at *counted_at*.

    received = accepted + duplicates + the sum of rejected + withdrawn. *gone* rows are also counted in their outcome;
    *gone_open* are those gone without having been withdrawn. accepted = eligible + ineligible. *address_faults* are
    the bad addresses by their kind.
    """

    COLLECTION: ClassVar[str] = "totals"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    counted_at: Stamp
    received: int
    accepted: int
    duplicates: int
    rejected: dict[Annotated[str, one_of(Reason)], int]
    withdrawn: int
    gone: int
    gone_open: int
    doubtful: int
    address_faults: dict[Annotated[str, one_of(AddressFault)], int] = field(default_factory=dict)


def _are_totals(doc: Mapping[str, Any]) -> bool:
    """Tell whether a part of a document is what `Totals` make."""
    try:
        from_flat(Totals, ONLY, doc)
    except TypeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """
    The form compared with the ledger at a full read: *form_count* against received − gone.

    *differing*: how many rows and entries are not what the judgement of that read says. *questions_differ*: the
    question ids that are stored are not those that form and campaign file give. *form_hash* is the form's, as it was
    read, *prepared_hash* what is stored of `prepare`'s. *pool_hash*: the SHA-256 of the pool file that `freeze` must
    find; empty while entry is open. *also*: of each question that was not there at some time, the ids under which it
    was asked since.
    """

    COLLECTION: ClassVar[str] = "reconciliations"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    began_at: Instant
    ended_at: Instant
    form_count: int
    totals: Annotated[dict[str, Any], _are_totals]
    differing: int = 0
    questions_differ: bool = False
    form_hash: str = ""
    prepared_hash: str = ""
    pool_hash: str = ""
    also: dict[str, list[str]] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Tell whether what is stored is what was judged."""
        return not self.differing and not self.questions_differ

    @property
    def balances(self) -> bool:
        """Tell whether every response that the form holds is accounted for exactly once."""
        t = self.totals
        parts: int = t["accepted"] + t["duplicates"] + sum(t["rejected"].values()) + t["withdrawn"]
        return bool(t["received"] == parts and self.form_count == parts - t["gone"])


REASON_WORDS: Mapping[str, str] = {
    Reason.BEFORE_OPENING: "受付開始前の応募",
    Reason.AFTER_CLOSING: "締切後の応募",
    Reason.EDITED_AFTER_CLOSING: "締切後に書き換えられた応募",
    Reason.NO_CONSENT: "同意のない応募",
    Reason.BAD_ADDRESS: "メールアドレスが正しくない応募",
    Reason.UNREADABLE: "読み取れない応募",
}
"""How operators and the ward read it."""
