"""
Judge the rows of a claim form's CSV: whose registration each is, and whether it counts.

The outcome depends on what the rows and the records say, never on when a file is imported or in which order files
come. A row counts if it passes all of these, in this order; they are tagged below:

1. Each of its cells surely stands in its column (`row_widths`), its claim code is that of an award, 受付番号 is there
   and 送信日時 can be read.
2. If it is what was imported for its winner before, by all that a spreadsheet leaves as it is (`resaved`), it is
   *known*: what counted once counts on, though the deadline has passed since, and (3) to (5) are not asked again.
   Where a spreadsheet destroyed 受付番号, 送信日時 or a number, the rest must be the same; none of it is imported.
3. Its winner holds the prize, or lapsed for want of it, and it was sent before their deadline, by 送信日時.
4. Everything that a parcel needs can be read from it.
5. Its receipt stands with no other winner, in this file or among what was imported.
6. Of all rows for its winner it was sent last. Rows that say different things in the same minute under the same
   receipt contradict each other: none of them counts, unless it is known. One that says the same is the same row again.
7. It was sent later than what was imported for its winner before.
8. Its winner is on no shipping list yet; from then on nothing changes.

Whoever knows a claim code can send a later row, the winner or somebody else. A registration that says another
destination than another one of its winner's counts all the same, and is marked as *changed*: the winner is told by
mail, and operators on the page and on the shipping list.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from prizedraw.fulfilment import claim_code, resaved, row_reading
from prizedraw.fulfilment.candidates import RowCandidate, RowSaid, mends
from prizedraw.fulfilment.claim_csv import CsvRow
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.holders import Standing
from prizedraw.fulfilment.row_reading import Reading
from prizedraw.fulfilment.sending_times import parse_sent_at
from prizedraw.ports import Prf
from prizedraw.records.fulfilment import Claim
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.verdicts import Doubt, Verdict
from prizedraw.times import instant_of
from prizedraw.typed.postal_codes import PostalCodes

_MOST_CELLS = 50
"""So many cells of a row that is in disorder are looked at."""


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

    *registration* is there if it must be written, *renumbered* if a mark is only to name its row in this file; *doubts*
    are about what this file brought. *label* is whose row in time it is, if that is known and an operator must look at
    it, and *receipt* its keyed 受付番号.
    """

    id: str
    number: int
    verdict: Verdict
    label: str = ""
    receipt: str = ""
    registration: Registration | None = None
    renumbered: Claim | None = None
    doubts: tuple[Doubt, ...] = ()


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
        candidates: list[RowCandidate] = []
        copies: Counter[str] = Counter()
        for row in rows:
            code = claim_code.normalise(row.code)
            said = self._said(row, code or resaved.text(row.code))
            id = keyed(self._prf, "row at", f"{said.digest}/{said.minute}")
            copies[id] += 1
            id = id if copies[id] == 1 else f"{id}-{copies[id]}"
            outcome = self._look(row, id, code, said)
            if isinstance(outcome, RowCandidate):
                candidates.append(outcome)
                continue
            if isinstance(outcome, Verdict):
                outcome = JudgedRow(id=id, number=row.number, verdict=outcome)
            judged.append(outcome)
        destinations: dict[str, set[str]] = defaultdict(set)
        for candidate in candidates:
            destinations[candidate.label].add(candidate.destination_key)
        spoken_for: set[str] = set()
        for candidate, verdict in self._settle(candidates):
            # Of the copies of a row the best comes first, and it alone is written: one document a label.
            is_first = not verdict.needs_review and candidate.label not in spoken_for
            spoken_for.update([candidate.label] if is_first else [])
            judged.append(self._judged(candidate, verdict, destinations[candidate.label], is_first=is_first))
        return judged

    def _said(self, row: CsvRow, code: str) -> RowSaid:
        """Return what a row says, as it is compared."""
        cells = resaved.content(
            code=code, name=row.name, postal_code=row.postal_code, address=row.address, phone=row.phone
        )
        moment = parse_sent_at(row.sent_at)
        return RowSaid(
            moment=moment,
            receipt=self._receipt(row.receipt),
            digest=keyed(self._prf, "row", json.dumps(cells, ensure_ascii=False)),
            destination_key=keyed(self._prf, "destination", json.dumps(cells[1:], ensure_ascii=False)),
            no_moment_left=moment is None and bool(row.sent_at.strip()),
            no_receipt_left=resaved.is_lost(row.receipt) or resaved.may_be_rounded(row.receipt),
            no_number_left=resaved.is_lost(row.phone) or resaved.is_lost(row.postal_code),
        )

    def _receipt(self, cell: str) -> str:
        return keyed(self._prf, "receipt", resaved.number(cell)) if cell.strip() else ""

    def _look(self, row: CsvRow, id: str, code: str | None, said: RowSaid) -> RowCandidate | JudgedRow | Verdict:
        """Look at one row as if it stood alone: (1) to (4)."""
        if not row.even:  # (1)
            return self._uneven(row, id)
        if code is None:
            return Verdict.BAD_CODE if row.code.strip() else Verdict.HALF_FILLED
        award = self._awards.get(code)
        if award is None:
            return Verdict.UNKNOWN_CODE
        stored, moment, receipt = self._claims.get(award.id), said.moment, said.receipt
        reading = row_reading.read(row, code, self._codes)
        known = stored is not None and bool(receipt) and said.repeats(stored)  # (2)
        sent_at = instant_of(moment) if moment is not None else ""
        is_mended = False
        if stored is not None and known:
            sent_at, receipt = max(sent_at, stored.sent_at), stored.receipt
            is_mended = isinstance(reading, Reading) and said.digest == stored.row and mends(reading, stored)
            known = not is_mended
        if receipt:
            self.holds.add((award.id, receipt))
        if not known:
            holder = self._holders.get(award.id)  # (3)
            unread = self._unread(row, said)
            if unread is not None:
                is_in_time = holder is not None and (moment is None or moment < holder.deadline)
                return JudgedRow(id=id, number=row.number, verdict=unread, label=award.id if is_in_time else "")
            if holder is None:
                return Verdict.FORFEITED if award.id in self._forfeited else Verdict.RESERVE
            if sent_at >= instant_of(holder.deadline):
                return Verdict.FORFEITED if award.id in self._lapsed else Verdict.LATE
            if isinstance(reading, Verdict):  # (4)
                return JudgedRow(id=id, number=row.number, verdict=reading, label=award.id, receipt=receipt)
        return RowCandidate(
            id=id,
            digest=stored.row if stored is not None and known else said.digest,
            number=row.number,
            award=award,
            sent_at=sent_at,
            receipt=receipt,
            reading=None if isinstance(reading, Verdict) else reading,
            destination_key="" if isinstance(reading, Verdict) else said.destination_key,
            known=known,
            mends=is_mended,
        )

    def _unread(self, row: CsvRow, said: RowSaid) -> Verdict | None:
        """Tell what of a row that is not known keeps it from being told apart from others, if anything (1)."""
        if not said.receipt or not row.sent_at.strip():
            return Verdict.HALF_FILLED
        if said.moment is None:
            return Verdict.BAD_TIME
        return Verdict.BAD_RECEIPT if resaved.is_lost(row.receipt) else None

    def _uneven(self, row: CsvRow, id: str) -> JudgedRow:
        """
        Put up a row that is in disorder, under the winner whose code stands in any of its cells.

        Their place does not lapse for it, and the list from which it was exported does hold whatever is in it.
        """
        cells = row.all_cells[:_MOST_CELLS]
        codes = filter(None, map(claim_code.normalise, cells))
        label = next((self._awards[code].id for code in codes if code in self._awards), "")
        moments = [moment for moment in map(parse_sent_at, cells) if moment is not None]
        holder = self._holders.get(label)
        if label:
            self.holds.update((label, self._receipt(cell)) for cell in cells)
        is_in_time = holder is not None and (len(moments) != 1 or moments[0] < holder.deadline)
        return JudgedRow(id=id, number=row.number, verdict=Verdict.UNEVEN, label=label if is_in_time else "")

    def _settle(self, candidates: Iterable[RowCandidate]) -> Iterator[tuple[RowCandidate, Verdict]]:
        """Decide between rows that bear the same receipt (5), or speak for the same winner: (6) to (8)."""
        by_label: dict[str, list[RowCandidate]] = defaultdict(list)
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

    def _choose(self, label: str, of_label: Sequence[RowCandidate]) -> Iterator[tuple[RowCandidate, Verdict]]:
        """Choose the registration of one label that counts, and yield it first: the one that was sent last (6)."""
        digests: dict[tuple[str, str], set[str]] = defaultdict(set)
        for candidate in of_label:
            digests[candidate.minute].add(candidate.digest)
        standing: list[RowCandidate] = []
        for candidate in sorted(of_label, key=lambda candidate: candidate.rank, reverse=True):
            if len(digests[candidate.minute]) > 1 and not candidate.known:
                yield candidate, Verdict.CONFLICT
            else:
                standing.append(candidate)
        if not standing:
            return
        best, *others = standing
        verdict = self._against_stored(best, self._claims.get(label))
        yield best, verdict
        for candidate in others:
            if candidate.known and verdict is Verdict.LISTED:
                yield candidate, self._known(label)
            elif (candidate.minute, candidate.digest) == (best.minute, best.digest):
                yield candidate, verdict if verdict.needs_review else Verdict.UNCHANGED
            else:
                yield candidate, Verdict.DUPLICATE

    def _against_stored(self, best: RowCandidate, stored: Claim | None) -> Verdict:
        """Compare the best registration of the file with the one that was imported before."""
        if best.known:
            return self._known(best.label)
        if stored is not None and not best.mends:  # (7)
            if best.minute == (resaved.minute(stored.sent_at), stored.receipt):
                return Verdict.CONFLICT
            if best.key <= (stored.sent_at, stored.receipt):
                return Verdict.DUPLICATE
        holder = self._holders[best.label]  # (8)
        return Verdict.LISTED if holder.listed or holder.shipped else Verdict.IMPORTED

    def _known(self, label: str) -> Verdict:
        """Tell whether what is known of a label came with this file or with an earlier one."""
        return Verdict.IMPORTED if self._claims[label].import_id == self._import_id else Verdict.UNCHANGED

    def _known_again(self, judged: JudgedRow, candidate: RowCandidate, stored: Claim) -> JudgedRow:
        """Add where a known row stands now, and what was registered if what is stored of it does not fit any more."""
        mark = replace(stored, number=candidate.number) if stored.doubts else stored
        if candidate.reading is not None and candidate.label in self._torn:
            return replace(judged, registration=Registration(mark, candidate.reading.destination))
        return judged if mark == stored else replace(judged, renumbered=mark)

    def _judged(
        self, candidate: RowCandidate, verdict: Verdict, destinations: Collection[str], *, is_first: bool
    ) -> JudgedRow:
        """
        Return what is to be written of a candidate; *destinations*: the keys of all rows of its winner.

        Of a row that is known something is written only if it *is_first* of those that count for its winner.
        """
        judged = JudgedRow(id=candidate.id, number=candidate.number, verdict=verdict)
        if verdict.needs_review:
            return replace(judged, label=candidate.label, receipt=candidate.receipt)
        stored = self._claims.get(candidate.label)
        if stored is not None and candidate.known and is_first:
            judged = self._known_again(judged, candidate, stored)
        if verdict is not Verdict.IMPORTED or candidate.reading is None:
            return judged
        changed = any(key not in ("", candidate.destination_key) for key in destinations)
        if stored is not None:
            changed = changed or stored.changed or stored.destination_key != candidate.destination_key
        let_go = [Doubt.LET_GO] if candidate.label in self._lapsed else []
        moved = [Doubt.DESTINATION_CHANGED] if changed else []
        judged = replace(judged, doubts=(*let_go, *candidate.reading.doubts, *moved))
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
            destination_key=candidate.destination_key,
            changed=changed,
            doubts=candidate.reading.doubts,
            number=candidate.number,
        )
        return replace(judged, registration=Registration(claim, candidate.reading.destination))
