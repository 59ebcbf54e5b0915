"""
Import the addresses that winners registered in the ward's form, from a CSV that an operator dropped.

Each row is told by its claim code; what is to be delivered is sealed, and can be opened by `ship` alone. The file is
erased once every row was dealt with. What cannot be imported is counted and named by row number and reason; a file
that cannot be read stays where it is, and `status` says so.

Cut off anywhere, the same notification comes again and the import is finished: an address is sealed before its mark is
written, the marks before the file is erased, and what has been written is not written again.
"""

import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again, Final, Problem
from prizedraw.fulfilment import claim_csv, holders
from prizedraw.fulfilment.claim_csv import CsvRow, Unreadable
from prizedraw.fulfilment.registrations import JudgedRow, Register, Registration, keyed
from prizedraw.fulfilment.verdicts import Unread, Verdict
from prizedraw.ports import ClaimsBucket, Clock, Conflict, Create, Delete, Prf, Replace, Store, Write
from prizedraw.records.fulfilment import Claim, Delivery, Forfeit, Import, Review, Withdrawal
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.running import ONLY
from prizedraw.runtime import closed, journal, lease
from prizedraw.runtime.lease import Hold, RunTimes
from prizedraw.runtime.orders import Caller, Message, Reply, Result
from prizedraw.sealing import DeliverySealer
from prizedraw.times import japanese, stamp, unstamp
from prizedraw.typed import postal_codes
from prizedraw.words import claim as words

STEP = "claim"

OUT_OF_TIME = Problem("E-702", "時間内に取り込み切れませんでした。続きは自動で行います。")
NOT_IMPORTED = Problem("E-703", "登録ファイルを取り込めませんでした。{why}")

T = TypeVar("T")


@dataclass(frozen=True)
class _File:
    """Name a file in the bucket; *name* is whatever somebody typed, and kept and shown nowhere: *id* stands for it."""

    id: str
    name: str = field(repr=False)
    generation: str


def run(
    message: Message,
    caller: Caller,
    *,
    campaign: Campaign,
    sealed: Store,
    state: Store,
    bucket: ClaimsBucket,
    sealer: DeliverySealer,
    claim: Prf,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Import the file of one notification; again, or after it was erased, it changes nothing.

    Raises:
        Again: another file is being imported, or the time gave out; what was written stays written.
        Final: the file cannot be read; it stays in the bucket, and its `Import` says why.
    """
    file = _announced(message, claim)
    begun = _begin(file, bucket, state) if file is not None else None
    if file is None or begun is None:
        return Reply(Result.UNCHANGED, ("取り込むファイルはありません。",))
    if begun.complete:
        return _already()
    wanted = ((state, lease.AWARDS), (sealed, lease.AWARDS))
    with lease.fenced(clock, times, *wanted) as (places, deliveries):
        desk = _Desk(campaign, caller, state, bucket, sealer, claim, clock, places, deliveries, clock() + times.budget)
        return desk.take(file)


def _announced(message: Message, prf: Prf) -> _File | None:
    """Return the file that a notification of Cloud Storage announces, or None."""
    attributes = message.attributes
    name, generation = attributes.get("objectId", ""), attributes.get("objectGeneration", "")
    if attributes.get("eventType") != "OBJECT_FINALIZE" or not (generation.isascii() and generation.isdigit()):
        return None
    try:
        return _File(keyed(prf, "file", f"{generation}/{name}"), name, generation) if name else None
    except UnicodeEncodeError:  # no object of Cloud Storage has such a name
        return None


def _begin(file: _File, bucket: ClaimsBucket, state: Store) -> Import | None:
    """
    Account for a file as soon as it is announced, so that nobody's place lapses while it waits for its turn.

    None: it was taken away before anything was done, or is only the mark of a folder.
    """
    stored = state.get(Import, file.id)
    if stored is not None:
        return stored.record
    dropped = bucket.look(file.name, file.generation)
    if dropped is None or (file.name.endswith("/") and not dropped.size):
        return None
    begun = Import(file.id, stamp(dropped.at), 0, {}, complete=False, problem=Unread.RUNNING.value, size=dropped.size)
    with contextlib.suppress(Conflict):
        state.commit([Create(begun)])
    return begun


def _already() -> Reply:
    return Reply(Result.UNCHANGED, ("このファイルはすでに取り込み、消去しました。",))


@dataclass
class _Desk:
    """Import one file under both leases, before *until*."""

    campaign: Campaign
    caller: Caller
    state: Store
    bucket: ClaimsBucket
    sealer: DeliverySealer
    prf: Prf
    clock: Clock
    places: Hold
    deliveries: Hold
    until: datetime

    def take(self, file: _File) -> Reply:
        """Import a file to its end."""
        if (stopped := closed.stopped(self.state)) is not None:
            return stopped  # the file goes with all others
        stored = self.state.get(Import, file.id)
        if stored is None or stored.record.complete:
            return _already()
        begun = stored.record
        try:
            rows = self._rows(file, begun.size)
        except Unreadable as unreadable:
            if unreadable.why is Unread.GONE and not begun.problem:
                return self._finish(begun)
            return self._unread(replace(begun, problem=unreadable.why.value, detail=unreadable.detail))
        judged = self._judge(rows, begun.id)
        self._write(judged)
        self._write_reviews(judged, begun)
        counts = Counter(row.verdict.value for row in judged)
        counts.update(doubt.value for row in judged for doubt in row.doubts)
        done = replace(begun, rows=len(rows), counts=dict(counts), problem="", detail="")
        self.places.commit([Replace(done)])
        self.bucket.erase(file.name, file.generation)
        return self._finish(done)

    def _rows(self, file: _File, size: int) -> list[CsvRow]:
        """Read the file, unless it is too large to be fetched."""
        if self.state.get(Drawn, ONLY) is None:
            raise Unreadable(Unread.BEFORE_DRAW)
        if size > claim_csv.MOST_BYTES:
            raise Unreadable(Unread.TOO_LARGE)
        data = self.bucket.read(file.name, file.generation)
        if data is None:
            raise Unreadable(Unread.GONE)
        return claim_csv.read(data, self.campaign.claim.columns)

    def _unread(self, refused: Import) -> Reply:
        """Leave word of a file that stays, and raise the alarm; one that somebody has taken away is no alarm."""
        self.places.commit([Replace(refused)])
        why = words.problem_of(refused, self.clock())
        if refused.problem == Unread.GONE:
            return Reply(Result.UNCHANGED, (why,))
        raise Final(NOT_IMPORTED, why=why)

    def _judge(self, rows: list[CsvRow], import_id: str) -> list[JudgedRow]:
        """Judge all rows by what the records say now, which nobody else changes while the lease is held."""
        withdrawn = {mark.id for mark in self.state.scan(Withdrawal)}
        standing = holders.read(self.campaign, self.state)
        with postal_codes.opened() as codes:
            register = Register(
                standing=replace(standing, holders=tuple(h for h in standing.holders if h.label not in withdrawn)),
                awards=self.state.scan(AwardedPlace),
                forfeited={forfeit.id for forfeit in self.state.scan(Forfeit)} | withdrawn,
                claims={claim.id: claim for claim in self.state.scan(Claim)},
                prf=self.prf,
                codes=codes,
                import_id=import_id,
                imported_at=stamp(self.clock()),
            )
            return register.judge(rows)

    def _write(self, judged: list[JudgedRow]) -> None:
        """Seal and store what is to be delivered, and then mark it as claimed, in batches."""
        for batch in lease.batches([row.registration for row in judged if row.registration is not None]):
            self._demand_time()
            self.deliveries.commit([Replace(self._sealed(registration)) for registration in batch])
            self.places.commit([Replace(registration.claim) for registration in batch])

    def _sealed(self, registration: Registration) -> Delivery:
        claim = registration.claim
        return Delivery(claim.id, claim.prize, self.sealer.seal(claim.id, registration.destination.to_bytes()))

    def _write_reviews(self, judged: list[JudgedRow], begun: Import) -> None:
        """Name the rows that somebody must look at, each once whatever number of files it stands in."""
        known = {review.id: review for review in self.state.scan(Review)}
        writes: list[Write] = []
        for row in judged:
            if row.verdict.needs_review:
                review = Review(row.id, begun.id, row.number, row.verdict.value, begun.dropped_at, row.label)
                writes += [] if known.get(row.id) == review else [Replace(review)]
            elif row.id in known:
                writes.append(Delete(Review, row.id))
        for batch in lease.batches(writes):
            self._demand_time()
            self.places.commit(batch)

    def _finish(self, done: Import) -> Reply:
        """Put down, in one commit with the journal, that a file was dealt with and erased."""
        finished = replace(done, complete=True)
        self.places.commit(
            [Replace(finished), journal.entry(self.clock, self.caller, STEP, "imported", counts=done.counts)]
        )
        reviews = sum(done.counts.get(verdict, 0) for verdict in Verdict if verdict.needs_review)
        following = f"確認が必要な行が{reviews}件あります。status を実行し、行番号と理由を見てください。"
        return Reply(
            Result.DONE,
            (
                f"{japanese(unstamp(done.dropped_at))} に置かれた登録ファイル（{done.rows}行）を取り込み、"
                "ファイルを消去しました。",
            ),
            words.counts_of(done.counts),
            following if reviews else "操作は要りません。",
        )

    def _demand_time(self) -> None:
        if self.clock() >= self.until:
            raise Again(OUT_OF_TIME)
