"""
Hold what is stored against the judgement that a full read has just made.

Whoever can write a database could give one person a prize and take it from the others. That this shows rests on these
steps (the code bears their numbers). All but the last use what a full read has in memory anyway: the form, judged, and
the ledger's rows.

1. *Tag.* A row is as `intake` wrote it: the keyed tag fits its id, times, reason, address, label and prizes.
2. *Tombstone.* A withdrawn row belongs to a request that was recorded, in the other database, before it was withdrawn.
3. *Judgement.* Where row and form hold the same version, the judgement of now is the one that is stored. The form's may
   be newer only if it came after closing; it is never older. Of a response without an answer to a question that is
   no longer there, the judgement of then stands.
4. *Queue.* Each address has one holder, and nobody who waits was made before them.
5. *Pool.* What the accepted rows stand for makes the pool file; `freeze` must find the same in the entries. Until then
   entries and accepted rows are as many.
6. *Entries.* Once `freeze` found another pool, each entry is read and held against its row.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prizedraw.entries.ids import Envelopes, Indexed, short_id
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.ports import Reader
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reason, line_of

_NO_DIGITS = str.maketrans("", "", "-T:.Z")
_STAND = (Outcome.ACCEPTED, Outcome.DUPLICATE)


@dataclass(kw_only=True)
class Comparison:
    """
    What one full read has compared.

    *requested*: the rows of all who asked to be erased. *keeps_pool*: the pool is wanted, since entry is over.
    *keeps_entries*: each entry is looked at too. *rows* are those that the form has shown, by their short ids.
    *differing* counts what does not fit.
    """

    sealing: Envelopes = field(repr=False)
    requested: Collection[str] = field(repr=False)
    keeps_pool: bool
    keeps_entries: bool
    rows: set[int] = field(default_factory=set, repr=False)
    differing: int = 0
    _holders: dict[int, int] = field(default_factory=dict, repr=False)
    _waiting: dict[str, tuple[int, int]] = field(default_factory=dict, repr=False)
    _lines: list[bytes] = field(default_factory=list, repr=False)
    _left: Counter[bytes] = field(default_factory=Counter, repr=False)
    _held: set[bytes] = field(default_factory=set, repr=False)

    def note(
        self, batch: Sequence[Indexed], before: Mapping[str, LedgerRow | None], now: Mapping[str, LedgerRow | None]
    ) -> None:
        """Take note of a *batch* that is stored: of the rows that it touched, as they were *before* and are *now*."""
        latest = {one.row: one for one in sorted(batch, key=lambda one: one.judged.version)}
        again = [id for id in now if short_id(id) in self.rows]
        for id in again:
            if (row := before.get(id)) is not None:  # pragma: no branch - whatever was noted was stored
                self._take_out(row)
        for id in {*latest, *again}:
            if (row := now[id]) is not None:  # pragma: no branch - whatever was settled has a row
                self._put_in(row)
        for id, one in latest.items():
            self.rows.add(short_id(id))
            row = now[id]
            self.differing += row is None or not self._is_ours(row) or _contradicts(one, row)

    def finish(self, sealed: Reader, accepted: int) -> None:
        """Compare what can only be compared once every response was read; *accepted* rows were counted."""
        for row in sealed.find(LedgerRow, "gone", True):
            self._put_in(row)
            self.differing += not self._is_ours(row)
        for address, created in self._waiting.values():  # (4)
            self.differing += self._holders.get(address, created + 1) > created
        if not self.keeps_entries:
            self.differing += abs(sealed.count(Entry) - accepted)  # (5)
            return
        found = Counter(_held(*fields) for fields in sealed.project(Entry, ("response", "label", "prizes")))  # (6)
        right = sum(held in self._held for held in found)
        self.differing += max(found.total(), len(self._held)) - right

    def pool_hash(self) -> str:
        """Return the SHA-256 of the pool file as it must be; empty if entry is not over."""
        if not self.keeps_pool:
            return ""
        lines = self._lines if not self._left else (Counter(self._lines) - self._left).elements()
        return sha256_hex(b"".join(sorted(line + b"\n" for line in lines if not line.endswith(b"\t"))))

    def _is_ours(self, row: LedgerRow) -> bool:
        """Tell whether a row is what `intake` wrote, or `erase` in its place."""
        if row.outcome is Outcome.WITHDRAWN:  # (2)
            return row.id in self.requested
        return row.tag == self.sealing.tag(row) and _is_whole(row)  # (1)

    def _put_in(self, row: LedgerRow) -> None:
        if row.outcome is Outcome.DUPLICATE:
            self._waiting[row.id] = (short_id(row.address), _order(row.created))
        elif row.outcome is Outcome.ACCEPTED:
            address = short_id(row.address)
            self.differing += address in self._holders  # (4)
            self._holders[address] = _order(row.created)
            if self.keeps_pool:
                self._lines.append(row.line.encode())
            if self.keeps_entries:
                self._held.add(_short(row.id, row.line))

    def _take_out(self, row: LedgerRow) -> None:
        self._waiting.pop(row.id, None)
        if row.outcome is Outcome.ACCEPTED:
            self._holders.pop(short_id(row.address), None)
            self._held.discard(_short(row.id, row.line))
            if self.keeps_pool:
                self._left[row.line.encode()] += 1


def _contradicts(one: Indexed, row: LedgerRow) -> bool:
    """Tell whether a row says something else than its judgement, and no newer version tells why."""
    judged = one.judged
    if row.outcome is Outcome.WITHDRAWN:
        return False
    if row.version != judged.version:  # (3)
        return row.version > judged.version or judged.reason is not Reason.EDITED_AFTER_CLOSING
    return differs(one, row) and not judged.unasked


def differs(one: Indexed, row: LedgerRow) -> bool:
    """Tell whether a row says something else than a judgement of the same version."""
    judged = one.judged
    stored = (row.created, row.reason, row.address, row.brings.partition("\t")[2])
    return stored != (judged.created, judged.reason, one.entry, ",".join(judged.prizes))


def _is_whole(row: LedgerRow) -> bool:
    """Tell whether a row has what its outcome needs, and nothing else; the tag does not hold the outcome."""
    stands = row.outcome in _STAND
    return (
        (row.reason is None) == stands
        and bool(row.address) == stands
        and bool(row.line) == (row.outcome is Outcome.ACCEPTED)
        and (row.waiting is not None) == (row.outcome is Outcome.DUPLICATE)
    )


def _held(response: str, label: str, prizes: Iterable[str]) -> bytes:
    return _short(response, line_of(label, prizes))


def _short(response: str, line: str) -> bytes:
    """Return 8 bytes for what one response holds: small, and no two of a million are likely to be equal."""
    return hashlib.sha256(f"{response} {line}".encode()).digest()[:8]


def _order(created: str) -> int:
    """Return an instant as a number in the same order, smaller to keep; what is none comes first."""
    digits = created.translate(_NO_DIGITS)
    return int(digits) if digits.isdecimal() else 0
