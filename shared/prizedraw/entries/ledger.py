"""
Account for every response exactly once, and let one response a person hold the entry.

Per address the earliest response (then the smaller response id) is accepted and the others are duplicates. The
responses of one address are its queue; the first of them holds the entry, and the others wait with their sealed values.
Which it is follows from these steps, taken for each response that comes in (the code bears their numbers):

1. *Version.* Only the last version in time of a response counts; one that says nothing new changes nothing.
2. *Leaving.* It leaves the queue in which its earlier version stood, and keeps its label. If it held the entry and now
   names another address, or counts no more, the first of those who wait moves up; if nobody waits, the entry goes.
3. *Joining.* It joins the queue of the address that it names now. If it stands before the one who holds the entry, it
   takes the entry over and that one waits; if not, it waits itself.
4. *Order.* One stands before another that was made later, or at the same instant with a greater response id.

None of them asks when a response arrived: what is stored depends on the versions alone. One thing else makes a version
be judged again: a question that was deleted and made anew, once it is known under which id it is asked now (5).

New responses are written without reading first; only a batch that meets something existing is settled by reading.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from prizedraw.entries.comparing import Comparison, differs
from prizedraw.entries.ids import Envelopes, Indexed, short_id
from prizedraw.entries.judging import Judged
from prizedraw.ports import MAX_WRITES, Clock, Conflict, Create, Delete, Reader, Replace, Write
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reason, Totals
from prizedraw.records.running import ONLY
from prizedraw.runtime.lease import Hold
from prizedraw.times import stamp
from prizedraw.typed.address_faults import AddressFault

RESPONSES_A_BATCH = (MAX_WRITES - 1) // 2
"""Two writes each, and one for the lease."""

_FLUSH_AT = 480


@dataclass
class Ledger:
    """
    The rows and entries of a campaign, as one run writes them under its lease.

    *response_ids* finds the raw ids behind row ids in the form; it is asked only when two responses of one person
    were made in the same instant. *reseals*: answers to questions that were made anew are stored again, since it was
    not known before of what they are answers.
    """

    sealed: Reader
    hold: Hold
    sealing: Envelopes = field(repr=False)
    response_ids: Callable[[set[str]], Mapping[str, str]]
    reseals: bool = False
    _met: set[int] = field(default_factory=set, repr=False)
    _mostly_new: bool = True

    def add(self, responses: Iterable[Indexed]) -> int:
        """Store responses that are probably new, as they come; return how many rows were written."""
        written = 0
        others: list[Indexed] = []
        for batch in _batches(responses):
            first, again = self._apart(batch)
            written += self._create(first)
            others += again
            if len(others) >= RESPONSES_A_BATCH:
                written += self.settle(others)
                others.clear()
        return written + self.settle(others)

    def _apart(self, batch: Sequence[Indexed]) -> tuple[list[Indexed], list[Indexed]]:
        """Part responses of people whom this run meets for the first time from those that cannot just be created."""
        first: list[Indexed] = []
        again: list[Indexed] = []
        rows: set[str] = set()
        for one in batch:
            person = short_id(one.entry) if one.entry else None
            if one.row in rows or person in self._met:
                again.append(one)
                continue
            rows.add(one.row)
            first.append(one)
            if person is not None:
                self._met.add(person)
        return first, again

    def _create(self, batch: Sequence[Indexed]) -> int:
        """Write a batch in one go if all of it is new; after a run that was cut off, reading first is cheaper."""
        if self._mostly_new:
            try:
                self.hold.commit(self._creates(batch))
            except Conflict:
                pass
            else:
                return len(batch)
        written = self.settle(batch)
        self._mostly_new = 2 * written > len(batch)
        return written

    def _creates(self, batch: Sequence[Indexed]) -> list[Write]:
        """
        Build the writes of a batch in which every response and person is new.

        All are sealed first: seals in turns with records would each fetch their code into the processor's cache anew.
        """
        candidates = [self.sealing.candidate(one.judged, one.label) if one.entry else None for one in batch]
        writes: list[Write] = []
        for one, candidate in zip(batch, candidates, strict=True):
            if candidate is None:
                writes.append(Create(self.sealing.rejected(one)))
                continue
            writes.append(Create(self.sealing.accepted(one, candidate.line)))
            writes.append(Create(Entry(one.entry, one.row, candidate)))
        return writes

    def settle(self, responses: Iterable[Indexed], comparison: Comparison | None = None) -> int:
        """
        Store responses of which some are known, or stand for a person who is; return how many rows were written.

        What then stands is noted by *comparison*, if there is one.
        """
        written = 0
        for batch in _batches(responses):
            view = _View(self, batch)
            for one in batch:
                view.apply(one)
                if len(view.changed) >= _FLUSH_AT:
                    view.flush()
            view.flush()
            written += view.written
            if comparison is not None:
                comparison.note(batch, view.before, view.rows)
        return written


def _batches(responses: Iterable[Indexed]) -> Iterator[list[Indexed]]:
    stream = iter(responses)
    while batch := list(islice(stream, RESPONSES_A_BATCH)):
        yield batch


class _View:
    """
    The rows and entries that a batch touches, with the batch's own changes on top.

    *before* has the rows as they were read, *rows* as they are now. *changed* is what `flush` will write, at most one
    write a document.
    """

    def __init__(self, ledger: Ledger, batch: Sequence[Indexed]) -> None:
        self._ledger = ledger
        self._sealing = ledger.sealing
        self._sealed = ledger.sealed
        self._raw = {one.row: one.judged.response for one in batch}
        row_ids = list(self._raw)
        self.rows: dict[str, LedgerRow | None] = dict.fromkeys(row_ids) | self._sealed.get_many(LedgerRow, row_ids)
        people: set[str] = set()
        for one in batch:
            old = self.rows[one.row]
            if old is not None and not self._supersedes(one, old):
                continue
            people.update(address for address in (old and old.address, one.entry) if address)
        self._entries: dict[str, Entry | None] = dict.fromkeys(people) | self._sealed.get_many(Entry, list(people))
        holders = [entry.response for entry in self._entries.values() if entry and entry.response not in self.rows]
        self.rows |= self._sealed.get_many(LedgerRow, holders)
        self.before = dict(self.rows)
        self.changed: dict[tuple[type[Entry] | type[LedgerRow], str], Write] = {}
        self.written = 0

    def apply(self, one: Indexed) -> None:
        """Bring one response in."""
        old = self._row(one.row)
        if old is not None and old.gone:
            old = replace(old, gone=False)
            self._put_row(old)
        if old is not None and not self._supersedes(one, old):  # (1)
            return
        self.written += 1
        if old is not None and old.outcome in (Outcome.ACCEPTED, Outcome.DUPLICATE):
            label = self._leave(old, one)  # (2)
        else:
            label = one.label
        if one.entry:
            self._join(one, label)  # (3)
        else:
            self._put_row(self._sealing.rejected(one))

    def _supersedes(self, one: Indexed, old: LedgerRow) -> bool:
        """Tell whether a response says something else than its row; if no newer version does, the row must be ours."""
        if _supersedes(one.judged, old):
            return True
        again = _is_judged_again(one, old, reseals=self._ledger.reseals)  # (5)
        return again and old.tag == self._sealing.tag(old)

    def _leave(self, old: LedgerRow, one: Indexed) -> str:
        """Take a response out of the queue in which it stands; return its label, which it keeps."""
        entry = self._entry(old.address)
        if old.outcome is Outcome.DUPLICATE or entry is None or entry.response != old.id:
            return old.waiting.label if old.waiting else one.label
        if one.entry != old.address:
            self._move_up(old)
        return entry.candidate.label

    def _move_up(self, leaving: LedgerRow) -> None:
        """Give the entry that *leaving* held to the next in the queue, or remove it."""
        others = (row for row in self._queue(leaving.address) if row.id != leaving.id)
        queue = [(row, row.waiting) for row in others if row.waiting is not None]
        if not queue:
            self._put_entry(leaving.address, None)
            return
        first, waiting = queue[0]
        for row, candidate in queue[1:]:
            if self._before(row, first):  # (4)
                first, waiting = row, candidate
        self._put_entry(leaving.address, Entry(leaving.address, first.id, waiting))
        self._put_row(replace(first, outcome=Outcome.ACCEPTED, waiting=None, line=waiting.line))

    def _queue(self, address: str) -> Iterator[LedgerRow]:
        """Yield the rows that stand in the queue of an address, as this batch has left them."""
        for stored in self._sealed.find(LedgerRow, "address", address):
            self.before.setdefault(stored.id, stored)
            self.rows.setdefault(stored.id, stored)
        for row in self.rows.values():
            if row is not None and row.address == address:
                yield row

    def _join(self, one: Indexed, label: str) -> None:
        """Bring a response into the queue of its person: it holds the entry, or waits."""
        candidate = self._sealing.candidate(one.judged, label)
        row = self._sealing.accepted(one, candidate.line)
        entry = self._entry(one.entry)
        if entry is not None and entry.response != one.row:
            holder = self._row(entry.response)
            if holder is not None and not self._before(row, holder):  # (4)
                self._put_row(replace(row, outcome=Outcome.DUPLICATE, waiting=candidate, line=""))
                return
            if holder is not None:
                self._put_row(replace(holder, outcome=Outcome.DUPLICATE, waiting=entry.candidate, line=""))
        self._put_row(row)
        self._put_entry(one.entry, Entry(one.entry, one.row, candidate))

    def _before(self, one: LedgerRow, other: LedgerRow) -> bool:
        """Tell whether *one* stands before *other*: earlier, or at the same instant with the smaller response id."""
        if one.created != other.created:
            return one.created < other.created
        unknown = {one.id, other.id} - set(self._raw)
        if unknown:
            # A row that is gone from the form has lost its response id; its own id must do.
            self._raw |= {row_id: row_id for row_id in unknown} | dict(self._ledger.response_ids(unknown))
        return self._raw[one.id] < self._raw[other.id]

    def _row(self, id: str) -> LedgerRow | None:
        if id not in self.rows:  # pragma: no cover - a batch knows beforehand what it reads; a gap costs a read
            self.before[id] = self.rows[id] = self._sealed.get_many(LedgerRow, [id]).get(id)
        return self.rows[id]

    def _entry(self, id: str) -> Entry | None:
        if id not in self._entries:  # pragma: no cover - likewise
            self._entries[id] = self._sealed.get_many(Entry, [id]).get(id)
        return self._entries[id]

    def _put_row(self, row: LedgerRow) -> None:
        self.rows[row.id] = row
        self.changed[LedgerRow, row.id] = Replace(row)

    def _put_entry(self, id: str, entry: Entry | None) -> None:
        self._entries[id] = entry
        self.changed[Entry, id] = Delete(Entry, id) if entry is None else Replace(entry)

    def flush(self) -> None:
        """Write what has changed; each call leaves every queue whole."""
        if self.changed:
            self._ledger.hold.commit(list(self.changed.values()))
            self.changed.clear()


def _supersedes(judged: Judged, old: LedgerRow) -> bool:
    """Tell whether a version says something new about a response that has a row: the last one in time counts."""
    if old.outcome is Outcome.WITHDRAWN or judged.reason is Reason.EDITED_AFTER_CLOSING:
        return False
    if old.reason is Reason.EDITED_AFTER_CLOSING:
        return True
    if old.reason is Reason.UNREADABLE and judged.version == old.version:
        return judged.reason is not Reason.UNREADABLE
    return judged.version > old.version


def _is_judged_again(one: Indexed, old: LedgerRow, *, reseals: bool) -> bool:
    """
    Tell whether the version that has a row is judged otherwise now that the questions made anew are known.

    What was judged while a question stood is kept when its answers are no longer to be had.
    """
    judged = one.judged
    if judged.version != old.version or old.outcome is Outcome.WITHDRAWN or not (judged.anew or judged.unasked):
        return False
    if judged.reason is Reason.UNREADABLE:
        return old.reason not in (None, Reason.UNREADABLE)
    return judged.anew and (differs(one, old) or (reseals and judged.reason is None))


def count(sealed: Reader, clock: Clock) -> Totals:
    """Count ledger and entries, without reading them."""
    rejected = {reason.value: sealed.count(LedgerRow, reason=reason.value) for reason in Reason}
    accepted = sealed.count(LedgerRow, outcome=Outcome.ACCEPTED.value)
    duplicates = sealed.count(LedgerRow, outcome=Outcome.DUPLICATE.value)
    withdrawn = sealed.count(LedgerRow, outcome=Outcome.WITHDRAWN.value)
    gone = sealed.count(LedgerRow, gone=True)
    bad = rejected[Reason.BAD_ADDRESS]
    faults = {fault.value: sealed.count(LedgerRow, detail=fault.value) for fault in AddressFault} if bad else {}
    gone_withdrawn = sealed.count(LedgerRow, gone=True, outcome=Outcome.WITHDRAWN.value) if gone else 0
    return Totals(
        ONLY,
        counted_at=stamp(clock()),
        received=sealed.count(LedgerRow),
        accepted=accepted,
        duplicates=duplicates,
        rejected={reason: number for reason, number in rejected.items() if number},
        withdrawn=withdrawn,
        gone=gone,
        gone_open=gone - gone_withdrawn,
        doubtful=sealed.count(Entry, doubtful=True),
        address_faults={fault: number for fault, number in faults.items() if number},
    )
