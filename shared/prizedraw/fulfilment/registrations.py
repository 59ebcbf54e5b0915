"""
Judge the rows of a claim form's CSV: whose registration each is, and whether it counts.

The outcome depends on what the rows and the records say, never on when a file is imported or in which order files
come: late is told by 送信日時, and of several registrations with one code the one that was sent last counts.
"""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.claim_csv import CsvRow
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.holders import Standing
from prizedraw.fulfilment.verdicts import Doubt, Verdict
from prizedraw.ports import Prf
from prizedraw.records.fulfilment import Claim
from prizedraw.records.lottery import AwardedPlace
from prizedraw.times import JST, instant_of
from prizedraw.typed import phones, postal_codes
from prizedraw.typed.postal_codes import PostalCodes

_MOST_CHARACTERS = 300
# Controls but line breaks and tabs, what turns the direction of writing, and what stands for a character that was lost.
_UNFIT = re.compile(
    r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\uf8f0-\uf8f3\ufffd-\uffff]"
)
_SENT_AT = re.compile(
    r"(20\d\d)[-/](\d{1,2})[-/](\d{1,2})(?:T|\s+)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?\s*(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_KANJI_DATE = str.maketrans({"年": "/", "月": "/", "日": " "})
# UTF-8 and CP932 exports write these with different characters; NFKC tells all others.
_SAME = str.maketrans({"〜": "~", "−": "-", "—": "―", "‖": "∥"})


def keyed(prf: Prf, kind: str, text: str) -> str:
    """Return a keyed value of *text*, in hex; *kind* keeps values apart, from claim codes too (no label has a NUL)."""
    return prf.value(f"{kind}\0{text}".encode()).hex()


def sent_at(text: str) -> datetime | None:
    """
    Read 送信日時: ISO 8601, `2026/03/05 12:34`, `2026年3月5日 12:34`, with or without seconds, in any width.

    What carries no offset is meant in Japan. None: it is no such moment.
    """
    match = _SENT_AT.fullmatch(unicodedata.normalize("NFKC", text).strip().translate(_KANJI_DATE))
    if match is None:
        return None
    *numbers, fraction, offset = match.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    microsecond = int((fraction or "").ljust(6, "0"))
    try:
        zone = datetime.strptime(offset, "%z").tzinfo if offset else JST
        return datetime(year, month, day, hour, minute, second, microsecond, zone).astimezone(UTC)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Registration:
    """Hold what is to be written for a winner: the mark, and where the prize goes."""

    claim: Claim
    destination: Destination = field(repr=False)


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """
    Hold what became of one row. `id` is keyed, and the same for the same row of a later file.

    *registration* is there if it must be written; *doubts* are about what this file brought. *label* is whose row in
    time it is, if that is known and an operator must look at it.
    """

    id: str
    number: int
    verdict: Verdict
    label: str = ""
    registration: Registration | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """Hold where a prize goes by one row."""

    destination: Destination = field(repr=False)
    phone_is_doubtful: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """
    Hold a row that would count if it stood alone; *known* if it is what was imported for its label before.

    *key*, when it was sent and the keyed receipt, orders the registrations of one label: the later counts, and of two
    at the same time the receipt decides, for want of better.
    """

    id: str
    digest: str
    number: int
    award: AwardedPlace
    key: tuple[str, str]
    reading: _Reading | None = field(repr=False)
    known: bool

    @property
    def label(self) -> str:
        """Return the label that the code stands for."""
        return self.award.id

    @property
    def receipt(self) -> str:
        """Return the keyed receipt."""
        return self.key[1]


class Register:
    """
    Judge one file by what the records say when it is read.

    *forfeited* are labels, *claims* is by label. Rows that this very file brought in an earlier, cut-off run count as
    imported, so that the outcome does not tell how often it was cut off.
    """

    def __init__(
        self,
        *,
        standing: Standing,
        awards: Iterable[AwardedPlace],
        forfeited: Collection[str],
        claims: Mapping[str, Claim],
        prf: Prf,
        codes: PostalCodes,
        import_id: str,
        imported_at: str,
    ) -> None:
        self._awards = {claim_code.code_for(prf, award.id, award.prize): award for award in awards}
        self._holders = {holder.label: holder for holder in standing.holders}
        self._forfeited = forfeited
        self._claims = claims
        self._owners = {claim.receipt: label for label, claim in claims.items()}
        self._prf = prf
        self._codes = codes
        self._import_id = import_id
        self._imported_at = imported_at

    def judge(self, rows: Iterable[CsvRow]) -> list[JudgedRow]:
        """Judge all *rows* of the file; the order of what is returned is no matter."""
        judged: list[JudgedRow] = []
        candidates: list[_Candidate] = []
        copies: Counter[str] = Counter()
        for row in rows:
            digest = keyed(self._prf, "row", json.dumps([_folded(cell) for cell in row.cells], ensure_ascii=False))
            copies[digest] += 1
            id = digest if copies[digest] == 1 else f"{digest}-{copies[digest]}"
            found = self._look(row, id, digest)
            if isinstance(found, _Candidate):
                candidates.append(found)
            elif isinstance(found, JudgedRow):
                judged.append(found)
            else:
                judged.append(JudgedRow(id, row.number, found))
        judged += [self._judged(candidate, verdict) for candidate, verdict in self._settle(candidates)]
        return judged

    def _look(self, row: CsvRow, id: str, digest: str) -> _Candidate | JudgedRow | Verdict:
        """Look at one row as if it stood alone."""
        if not row.even:
            return Verdict.UNEVEN
        code = claim_code.normalise(row.code)
        if code is None:
            return Verdict.BAD_CODE if row.code.strip() else Verdict.HALF_FILLED
        award = self._awards.get(code)
        if award is None:
            return Verdict.UNKNOWN_CODE
        moment = sent_at(row.sent_at)
        if moment is None or not row.receipt.strip():
            return Verdict.BAD_TIME if row.sent_at.strip() and moment is None else Verdict.HALF_FILLED
        receipt = keyed(self._prf, "receipt", _folded(row.receipt))
        key = (instant_of(moment), receipt)
        stored = self._claims.get(award.id)
        known = stored is not None and (*key, digest) == (stored.sent_at, stored.receipt, stored.row)
        reading = _read(row, code)
        if not known:
            holder = self._holders.get(award.id)
            if holder is None:
                return Verdict.FORFEITED if award.id in self._forfeited else Verdict.RESERVE
            if moment >= holder.deadline:
                return Verdict.LATE
            if isinstance(reading, Verdict):
                return JudgedRow(id, row.number, reading, award.id)
        return _Candidate(id, digest, row.number, award, key, None if isinstance(reading, Verdict) else reading, known)

    def _settle(self, candidates: Iterable[_Candidate]) -> Iterator[tuple[_Candidate, Verdict]]:
        """Decide between rows that speak for the same winner, or bear the same receipt."""
        by_label: dict[str, list[_Candidate]] = defaultdict(list)
        owners: dict[str, set[str]] = defaultdict(set)
        for candidate in candidates:
            owners[candidate.receipt].add(candidate.label)
        for candidate in candidates:
            owner = self._owners.get(candidate.receipt, candidate.label)
            if not candidate.known and (owner != candidate.label or len(owners[candidate.receipt]) > 1):
                yield candidate, Verdict.RECEIPT_REUSED
            else:
                by_label[candidate.label].append(candidate)
        for label, mine in by_label.items():
            yield from self._choose(label, mine)

    def _choose(self, label: str, mine: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, Verdict]]:
        """Choose the registration of one label that counts: the one that was sent last."""
        said: dict[tuple[str, str], set[str]] = defaultdict(set)
        for candidate in mine:
            said[candidate.key].add(candidate.digest)
        standing: list[_Candidate] = []
        for candidate in sorted(mine, key=lambda candidate: candidate.key, reverse=True):
            if len(said[candidate.key]) > 1 and not candidate.known:
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
        """Hold the best registration of the file against the one that was imported before."""
        if best.known:
            return self._known(best.label)
        if stored is not None and best.key <= (stored.sent_at, stored.receipt):
            return Verdict.CONFLICT if best.key == (stored.sent_at, stored.receipt) else Verdict.DUPLICATE
        holder = self._holders[best.label]
        return Verdict.LISTED if holder.listed or holder.shipped else Verdict.IMPORTED

    def _known(self, label: str) -> Verdict:
        """Tell whether what is known of a label came with this file or with an earlier one."""
        return Verdict.IMPORTED if self._claims[label].import_id == self._import_id else Verdict.UNCHANGED

    def _judged(self, candidate: _Candidate, verdict: Verdict) -> JudgedRow:
        """Make what is to be written of a candidate."""
        reading = candidate.reading
        if verdict is not Verdict.IMPORTED or reading is None:
            whose = candidate.label if verdict.needs_review else ""
            return JudgedRow(candidate.id, candidate.number, verdict, whose)
        doubts = tuple(self._doubts(reading))
        if candidate.known:
            return JudgedRow(candidate.id, candidate.number, verdict, doubts=doubts)
        claim = Claim(
            candidate.label,
            candidate.award.prize,
            *candidate.key,
            self._imported_at,
            self._import_id,
            candidate.digest,
        )
        registration = Registration(claim, reading.destination)
        return JudgedRow(candidate.id, candidate.number, verdict, registration=registration, doubts=doubts)

    def _doubts(self, reading: _Reading) -> Iterator[Doubt]:
        """Yield what is odd about a registration that is taken as it is."""
        agrees = self._codes.agrees(reading.destination.postal_digits, reading.destination.address)
        if agrees is None:
            yield Doubt.NO_SUCH_POSTAL_CODE
        elif not agrees:
            yield Doubt.POSTAL_CODE_ELSEWHERE
        if reading.phone_is_doubtful:
            yield Doubt.PHONE_NOT_IN_USE


def _read(row: CsvRow, code: str) -> _Reading | Verdict:
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
    typed = (code, row.name, row.postal_code, row.address, row.phone)
    return _Reading(Destination(*typed, digits, phone.national, phone.extension), phone.doubtful)


def _folded(cell: str) -> str:
    """Bring a cell to the form in which it is compared; what is kept is what was typed."""
    return unicodedata.normalize("NFKC", cell.strip()).translate(_SAME)
