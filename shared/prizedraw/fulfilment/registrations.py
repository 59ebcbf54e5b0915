"""
Judge the rows of a claim form's CSV: whose registration each is, and whether it counts.

The outcome depends on what the rows and the records say, never on when a file is imported or in which order files
come. A row counts if it passes all of these, in this order; they are tagged below:

1. It has as many cells as the header, its claim code is that of an award, 受付番号 is there and 送信日時 can be read.
2. If it is, cell by cell, what was imported for its winner before, it is *known*: what counted once counts on, though
   the deadline has passed since, and (3) to (5) are not asked again.
3. Its winner holds the prize, or lapsed for want of it, and it was sent before their deadline, by 送信日時.
4. Everything that a parcel needs can be read from it.
5. Its receipt stands with no other winner, in this file or among what was imported.
6. Of all rows for its winner it was sent last. Rows that say different things at the same moment under the same receipt
   contradict each other: none of them counts, unless it is known.
7. It was sent later than what was imported for its winner before.
8. Its winner is on no shipping list yet; from then on nothing changes.

Whoever knows a claim code can send a later row, the winner or somebody else. A registration that says another place
than another one of its winner's counts all the same, and is marked as *changed*: the winner is told by mail, and
operators on the page and on the shipping list.
"""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.claim_csv import CsvRow, parse_sent_at
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.holders import Standing
from prizedraw.fulfilment.verdicts import Doubt, Verdict
from prizedraw.ports import Prf
from prizedraw.records.fulfilment import Claim
from prizedraw.records.lottery import AwardedPlace
from prizedraw.times import instant_of
from prizedraw.typed import phones, postal_codes
from prizedraw.typed.postal_codes import PostalCodes

_MOST_CHARACTERS = 300
# Controls but line breaks and tabs, what turns the direction of writing, and what stands for a character that was lost.
_UNFIT = re.compile(
    r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\uf8f0-\uf8f3\ufffd-\uffff]"
)
# UTF-8 and CP932 exports write these with different characters; NFKC makes all others equal.
_SAME = str.maketrans({"〜": "~", "−": "-", "—": "―", "‖": "∥"})


def keyed(prf: Prf, kind: str, text: str) -> str:
    """Return a keyed value of *text*, in hex; *kind* keeps values apart, from claim codes too (no label has a NUL)."""
    return prf.value(f"{kind}\0{text}".encode()).hex()


@dataclass(frozen=True, slots=True)
class Registration:
    """What is to be written for a winner: the mark, and where the prize goes."""

    claim: Claim
    destination: Destination = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRow:
    """
    A row of which it is known what becomes of it. `id` is keyed, and the same for the same row of a later file.

    *registration* is there if it must be written; *doubts* are about what this file brought. *label* is whose row in
    time it is, if that is known and an operator must look at it, and *receipt* its keyed 受付番号.
    """

    id: str
    number: int
    verdict: Verdict
    label: str = ""
    receipt: str = ""
    registration: Registration | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where a prize goes by one row."""

    destination: Destination = field(repr=False)
    phone_is_doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """
    A row that would count if it stood alone; *known* if it is what was imported for its label before.

    *key*, the instant at which it was sent and the keyed receipt, orders the registrations of one label: the later
    counts, and of two at the same time the receipt decides, for want of better.
    """

    id: str
    digest: str
    number: int
    award: AwardedPlace
    sent_at: str
    receipt: str
    reading: _Reading | None = field(repr=False)
    place: str
    known: bool

    @property
    def label(self) -> str:
        """Return the label that the code stands for."""
        return self.award.id

    @property
    def key(self) -> tuple[str, str]:
        """Return what orders the registrations of one label."""
        return self.sent_at, self.receipt


class Register:
    """
    What the records say when a file is read, by which its rows are judged.

    *forfeited* are labels, *claims* is by label; the delivery of a *torn* label is to be written anew. Rows that this
    very file brought in an earlier, cut-off run count as imported, so that the outcome does not depend on how often it
    was cut off. What the file *holds* is known once it was judged: of each row that can be read, the label and the
    keyed receipt, whatever becomes of the row.
    """

    def __init__(
        self,
        *,
        standing: Standing,
        awards: Iterable[AwardedPlace],
        forfeited: Collection[str],
        claims: Mapping[str, Claim],
        torn: Collection[str],
        prf: Prf,
        codes: PostalCodes,
        import_id: str,
        imported_at: str,
    ) -> None:
        self._awards = {claim_code.code_for(prf, award.id, award.prize): award for award in awards}
        self._lapsed = {holder.label: holder for holder in standing.lapsed}
        self._holders = self._lapsed | {holder.label: holder for holder in standing.holders}
        self._forfeited = forfeited
        self._claims = claims
        self._torn = torn
        self._owners = {claim.receipt: label for label, claim in claims.items()}
        self._prf = prf
        self._codes = codes
        self._import_id = import_id
        self._imported_at = imported_at
        self.holds: set[tuple[str, str]] = set()

    def judge(self, rows: Iterable[CsvRow]) -> list[JudgedRow]:
        """Judge all *rows* of the file; the order of what is returned has no meaning."""
        judged: list[JudgedRow] = []
        candidates: list[_Candidate] = []
        copies: Counter[str] = Counter()
        for row in rows:
            digest = keyed(self._prf, "row", json.dumps([_folded(cell) for cell in row.cells], ensure_ascii=False))
            copies[digest] += 1
            id = digest if copies[digest] == 1 else f"{digest}-{copies[digest]}"
            outcome = self._look(row, id, digest)
            if isinstance(outcome, _Candidate):
                candidates.append(outcome)
                continue
            if isinstance(outcome, Verdict):
                outcome = JudgedRow(id=id, number=row.number, verdict=outcome)
            judged.append(outcome)
        places: dict[str, set[str]] = defaultdict(set)
        for candidate in candidates:
            places[candidate.label].add(candidate.place)
        for candidate, verdict in self._settle(candidates):
            judged.append(self._judged(candidate, verdict, places[candidate.label]))
        return judged

    def _look(self, row: CsvRow, id: str, digest: str) -> _Candidate | JudgedRow | Verdict:
        """Look at one row as if it stood alone: (1) to (4)."""
        if not row.even:  # (1)
            return Verdict.UNEVEN
        code = claim_code.normalise(row.code)
        if code is None:
            return Verdict.BAD_CODE if row.code.strip() else Verdict.HALF_FILLED
        award = self._awards.get(code)
        if award is None:
            return Verdict.UNKNOWN_CODE
        moment = parse_sent_at(row.sent_at)
        receipt = keyed(self._prf, "receipt", _folded(row.receipt)) if row.receipt.strip() else ""
        if receipt:
            self.holds.add((award.id, receipt))
        if moment is None or not receipt:
            return Verdict.BAD_TIME if row.sent_at.strip() and moment is None else Verdict.HALF_FILLED
        sent_at = instant_of(moment)
        stored = self._claims.get(award.id)
        known = stored is not None and (sent_at, receipt, digest) == (stored.sent_at, stored.receipt, stored.row)  # (2)
        reading = _parse(row, code)
        if not known:
            holder = self._holders.get(award.id)  # (3)
            if holder is None:
                return Verdict.FORFEITED if award.id in self._forfeited else Verdict.RESERVE
            if moment >= holder.deadline:
                return Verdict.FORFEITED if award.id in self._lapsed else Verdict.LATE
            if isinstance(reading, Verdict):  # (4)
                return JudgedRow(id=id, number=row.number, verdict=reading, label=award.id, receipt=receipt)
        return _Candidate(
            id=id,
            digest=digest,
            number=row.number,
            award=award,
            sent_at=sent_at,
            receipt=receipt,
            reading=None if isinstance(reading, Verdict) else reading,
            place="" if isinstance(reading, Verdict) else self._place(reading.destination),
            known=known,
        )

    def _settle(self, candidates: Iterable[_Candidate]) -> Iterator[tuple[_Candidate, Verdict]]:
        """Decide between rows that bear the same receipt (5), or speak for the same winner: (6) to (8)."""
        by_label: dict[str, list[_Candidate]] = defaultdict(list)
        owners: dict[str, set[str]] = defaultdict(set)
        for candidate in candidates:
            owners[candidate.receipt].add(candidate.label)
        for candidate in candidates:
            owner = self._owners.get(candidate.receipt, candidate.label)  # (5)
            if not candidate.known and (owner != candidate.label or len(owners[candidate.receipt]) > 1):
                yield candidate, Verdict.RECEIPT_REUSED
            else:
                by_label[candidate.label].append(candidate)
        for label, of_label in by_label.items():
            yield from self._choose(label, of_label)

    def _choose(self, label: str, of_label: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, Verdict]]:
        """Choose the registration of one label that counts: the one that was sent last (6)."""
        digests: dict[tuple[str, str], set[str]] = defaultdict(set)
        for candidate in of_label:
            digests[candidate.key].add(candidate.digest)
        standing: list[_Candidate] = []
        for candidate in sorted(of_label, key=lambda candidate: candidate.key, reverse=True):
            if len(digests[candidate.key]) > 1 and not candidate.known:
                yield candidate, Verdict.CONFLICT
            else:
                standing.append(candidate)
        if not standing:
            return
        best, *others = standing
        verdict = self._against_stored(best, self._claims.get(label))
        yield best, verdict
        for candidate in others:
            stays = candidate.known and verdict is Verdict.LISTED
            yield candidate, self._known(label) if stays else Verdict.DUPLICATE

    def _against_stored(self, best: _Candidate, stored: Claim | None) -> Verdict:
        """Compare the best registration of the file with the one that was imported before."""
        if best.known:
            return self._known(best.label)
        if stored is not None and best.key <= (stored.sent_at, stored.receipt):  # (7)
            return Verdict.CONFLICT if best.key == (stored.sent_at, stored.receipt) else Verdict.DUPLICATE
        holder = self._holders[best.label]  # (8)
        return Verdict.LISTED if holder.listed or holder.shipped else Verdict.IMPORTED

    def _known(self, label: str) -> Verdict:
        """Tell whether what is known of a label came with this file or with an earlier one."""
        return Verdict.IMPORTED if self._claims[label].import_id == self._import_id else Verdict.UNCHANGED

    def _judged(self, candidate: _Candidate, verdict: Verdict, places: Collection[str]) -> JudgedRow:
        """Return what is to be written of a candidate; *places* are those of all rows of its winner in the file."""
        judged = JudgedRow(id=candidate.id, number=candidate.number, verdict=verdict)
        if verdict.needs_review:
            return replace(judged, label=candidate.label, receipt=candidate.receipt)
        stored = self._claims.get(candidate.label)
        if candidate.known and candidate.reading is not None and stored is not None and candidate.label in self._torn:
            judged = replace(judged, registration=Registration(stored, candidate.reading.destination))
        if verdict is not Verdict.IMPORTED or candidate.reading is None:
            return judged
        changed = any(place not in ("", candidate.place) for place in places)
        if stored is not None:
            changed = changed or stored.changed or stored.place != candidate.place
        doubts = [Doubt.LET_GO] if candidate.label in self._lapsed else []
        judged = replace(judged, doubts=(*doubts, *self._doubts(candidate.reading, changed)))
        if candidate.known:
            return judged
        claim = Claim(
            candidate.label,
            candidate.award.prize,
            sent_at=candidate.sent_at,
            receipt=candidate.receipt,
            imported_at=self._imported_at,
            import_id=self._import_id,
            row=candidate.digest,
            place=candidate.place,
            changed=changed,
        )
        return replace(judged, registration=Registration(claim, candidate.reading.destination))

    def _place(self, to: Destination) -> str:
        """Return a keyed value of where a prize goes, by which two registrations are compared."""
        said = (to.name, to.postal_digits, to.address, to.phone_national, to.extension)
        return keyed(self._prf, "place", json.dumps([_folded(part) for part in said], ensure_ascii=False))

    def _doubts(self, reading: _Reading, changed: bool) -> Iterator[Doubt]:
        """Yield what is odd about a registration that is taken as it is."""
        agrees = self._codes.agrees(reading.destination.postal_digits, reading.destination.address)
        if agrees is None:
            yield Doubt.NO_SUCH_POSTAL_CODE
        elif not agrees:
            yield Doubt.POSTAL_CODE_ELSEWHERE
        if reading.phone_is_doubtful:
            yield Doubt.PHONE_NOT_IN_USE
        if changed:
            yield Doubt.PLACE_CHANGED


def _parse(row: CsvRow, code: str) -> _Reading | Verdict:
    """Read where the prize goes, or say what keeps it from being delivered there."""
    if not all(map(str.strip, row.cells)):
        return Verdict.HALF_FILLED
    if any(len(cell) > _MOST_CHARACTERS or _UNFIT.search(cell) for cell in row.cells):
        return Verdict.BAD_TEXT
    digits, phone = postal_codes.parse(row.postal_code), phones.parse(row.phone)
    if digits is None:
        return Verdict.BAD_POSTAL_CODE
    if phone is None:
        return Verdict.BAD_PHONE
    destination = Destination(
        code=code,
        name=row.name,
        postal_code=row.postal_code,
        address=row.address,
        phone=row.phone,
        postal_digits=digits,
        phone_national=phone.national,
        extension=phone.extension,
    )
    return _Reading(destination, phone.doubtful)


def _folded(cell: str) -> str:
    """
    Bring a cell to the form in which it is compared; what is kept is what was typed.

    A cell that is too long to count is compared as it is: NFKC takes time quadratic in a run of combining marks.
    """
    if len(cell) > _MOST_CHARACTERS:
        return cell
    return unicodedata.normalize("NFKC", cell.strip()).translate(_SAME)
