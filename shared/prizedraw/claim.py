"""
Import the addresses that winners registered in the ward's form, from a CSV that an operator dropped.

Each row is known by its claim code; whose code that is, and who holds a place, is what the published files say. What is
to be delivered is sealed, and can be opened by `ship` alone. The file is erased once every row was dealt with. What
cannot be imported is counted and named by row number and reason; a file that cannot be read stays where it is, and
`status` says so.

Cut off anywhere, the same notification comes again and the import is finished: an address is sealed before its mark is
written, the marks before the file is erased, and what has been written is not written again.
"""

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure import attested
from prizedraw.errors import Again, Final, Problem
from prizedraw.fulfilment import claim_csv, csv_limits, full_exports, holders, lapses, withdrawals
from prizedraw.fulfilment.claim_csv import CsvRow, Unreadable
from prizedraw.fulfilment.dropped_files import DroppedFile, announced
from prizedraw.fulfilment.holders import Places, Standing
from prizedraw.fulfilment.registrations import JudgedRow, Register, Registration
from prizedraw.lottery.opening import open_draw
from prizedraw.lottery.prepared import is_prepared
from prizedraw.mail import row_marks
from prizedraw.ports import (
    ClaimsBucket,
    Clock,
    Conflict,
    Create,
    Delete,
    Prf,
    PublishedFiles,
    Reader,
    Replace,
    Store,
    Write,
)
from prizedraw.records.fulfilment import Claim, Delivery, Import, Review
from prizedraw.records.running import ERASED_UNREAD
from prizedraw.records.verdicts import Unread, Verdict
from prizedraw.runtime import closed, journal, lease
from prizedraw.runtime.lease import Hold, RunTimes
from prizedraw.runtime.orders import Caller, Message, Reply
from prizedraw.sealing import DeliverySealer
from prizedraw.times import stamp
from prizedraw.typed import postal_codes
from prizedraw.words import claim as words

STEP = "claim"

OUT_OF_TIME = Problem("E-702", "時間内に取り込み切れませんでした。続きは自動で行います。")
NOT_IMPORTED = Problem("E-703", "登録ファイルを取り込めませんでした。{why}")


def run(
    message: Message,
    caller: Caller,
    *,
    campaign: Campaign,
    sealed: Store,
    state: Store,
    published: PublishedFiles,
    bucket: ClaimsBucket,
    sealer: DeliverySealer,
    claim: Prf,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Import the file of one notification; again, or after it was erased, it changes nothing.

    No key is used before it is known that there are keys: they are made by `prepare`, and destroyed in the end.

    Raises:
        Again: another file is being imported, or the time gave out; what was written stays written.
        Final: the file cannot be read, or nothing is prepared yet, so that nobody can have won; it stays in the bucket.
            Its `Import` says why, except before `prepare`, when no name can be given to it.
        Broken: a published file bears no valid signature of ours, or does not fit the others; the file stays too.
    """
    file = announced(message)
    if file is None:
        return words.nothing()
    if (stopped := closed.stopped(state)) is not None:
        return _after_the_end(file, caller, campaign, bucket, state, clock) or stopped
    if not is_prepared(state, published):
        raise Final(NOT_IMPORTED, why=words.UNPREPARED)
    begun = _begin(file, file.id(claim), bucket, state)
    if begun is None:
        return words.nothing()
    if begun.complete:
        return words.already()
    wanted = ((state, lease.AWARDS), (sealed, lease.AWARDS))
    with lease.fenced(clock, times, *wanted) as (awards, deliveries):
        import_run = _ImportRun(
            campaign=campaign,
            caller=caller,
            sealed=sealed,
            state=state,
            published=published,
            bucket=bucket,
            sealer=sealer,
            prf=claim,
            clock=clock,
            awards=awards,
            deliveries=deliveries,
            until=clock() + times.budget,
        )
        return import_run.take(file, begun.id)


def _after_the_end(
    file: DroppedFile, caller: Caller, campaign: Campaign, bucket: ClaimsBucket, state: Store, clock: Clock
) -> Reply | None:
    """
    Erase, unread, what is dropped once everything is being erased, and let the journal say so for `status` to warn.

    None: nobody believes the mark that the erasure has begun, and the file is left for it. The journal is written
    first: a run that is killed leaves a row more rather than one less.
    """
    if attested.read(campaign, state).erasing is None:
        return None
    dropped = bucket.look(file.name, file.generation)
    if dropped is None:
        return words.nothing()
    times = {"dropped_at": stamp(dropped.at)}
    state.commit([journal.entry(clock, caller, STEP, ERASED_UNREAD, counts={"bytes": dropped.size}, times=times)])
    bucket.erase(file.name, file.generation)
    return words.erased_unread()


def _begin(file: DroppedFile, id: str, bucket: ClaimsBucket, state: Store) -> Import | None:
    """
    Account for a file as soon as it is announced, so that nobody's place lapses while it waits for its turn.

    None: it was taken away before anything was done, or is only the mark of a folder.
    """
    stored = state.get(Import, id)
    if stored is not None:
        return stored.record
    dropped = bucket.look(file.name, file.generation)
    if dropped is None or (file.name.endswith("/") and not dropped.size):
        return None
    begun = Import(id, stamp(dropped.at), 0, {}, complete=False, problem=Unread.RUNNING.value, size=dropped.size)
    with contextlib.suppress(Conflict):
        state.commit([Create(begun)])
    return begun


@dataclass(frozen=True, kw_only=True)
class _DrawnPlaces:
    """The places as the published files give them, and the labels that have withdrawn by a mark that is signed."""

    places: Places
    withdrawn: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _ImportRun:
    """
    One run that imports a file, under both leases and before *until*.

    *awards* is the hold on `state` (marks, reviews, imports), *deliveries* the one on `sealed`.
    """

    campaign: Campaign
    caller: Caller
    sealed: Reader
    state: Store
    published: PublishedFiles
    bucket: ClaimsBucket
    sealer: DeliverySealer
    prf: Prf
    clock: Clock
    awards: Hold
    deliveries: Hold
    until: datetime

    def take(self, file: DroppedFile, id: str) -> Reply:
        """Import a file to its end; *id* is that of its import."""
        if (stopped := closed.stopped(self.state)) is not None:  # between the first look and the lease
            late = _after_the_end(file, self.caller, self.campaign, self.bucket, self.state, self.clock)
            return late or stopped
        stored = self.state.get(Import, id)
        if stored is None or stored.record.complete:
            return words.already()
        begun, drawn = stored.record, self._drawn()
        try:
            if drawn is None:
                raise Unreadable(Unread.BEFORE_DRAW)
            rows = self._rows(file, begun.size)
        except Unreadable as unreadable:
            if unreadable.why is Unread.GONE and not begun.problem:
                return self._finish(begun)
            return self._unread(replace(begun, problem=unreadable.why.value, detail=unreadable.detail))
        begun, judged = self._judge(rows, begun, drawn)
        self._write(judged)
        self._write_reviews(judged, begun)
        counts = Counter(row.verdict.value for row in judged)
        counts.update(doubt.value for row in judged for doubt in row.doubts)
        done = replace(begun, rows=len(rows), counts=dict(counts), problem="", detail="")
        self.awards.commit([Replace(done)])
        self.bucket.erase(file.name, file.generation)
        return self._finish(done)

    def _drawn(self) -> _DrawnPlaces | None:
        """Read whose the places are; None before the draw."""
        draw = open_draw(self.published)
        places = Places.published(draw, self.clock)
        if draw is None or places is None:
            return None
        return _DrawnPlaces(places=places, withdrawn=withdrawals.read(self.campaign.id, self.state, draw.key))

    def _rows(self, file: DroppedFile, size: int) -> list[CsvRow]:
        """Read the file, unless it is too large to be fetched."""
        if size > csv_limits.MOST_BYTES:
            raise Unreadable(Unread.TOO_LARGE)
        data = self.bucket.read(file.name, file.generation)
        if data is None:
            raise Unreadable(Unread.GONE)
        return claim_csv.parse(data, self.campaign.claim.columns)

    def _unread(self, refused: Import) -> Reply:
        """Record why a file stays, and raise the alarm; that somebody has taken it away is no alarm."""
        self.awards.commit([Replace(refused)])
        if refused.problem == Unread.GONE:
            return words.taken_away(refused, self.clock())
        raise Final(NOT_IMPORTED, why=words.problem_of(refused, self.clock()))

    def _judge(self, rows: list[CsvRow], begun: Import, drawn: _DrawnPlaces) -> tuple[Import, list[JudgedRow]]:
        """
        Judge all rows by what the files and records say now, which nobody changes while the lease is held.

        What the file does not hold is recorded before anything is written: a run that is cut off may have put a later
        registration in the place of one that is missing, and the next run could not tell any more.
        """
        places, withdrawn = drawn.places, drawn.withdrawn
        is_ours = partial(row_marks.is_ours, self.prf)
        standing = holders.on_their_way(places.standing(self.campaign), self.state, is_ours)
        claims = {claim.id: claim for claim in self.state.scan(Claim)}
        with postal_codes.opened() as codes:
            register = Register(
                standing=standing.without(withdrawn),
                awards=places.awards.values(),
                forfeited=places.forfeits.keys() | withdrawn,
                claims=claims,
                torn=self._torn(standing, claims),
                prf=self.prf,
                codes=codes,
                import_id=begun.id,
                imported_at=stamp(self.clock()),
            )
            judged = register.judge(rows)
        ids, reviews = {row.id for row in judged}, self.state.scan(Review)
        missing = full_exports.missing(register.holds, ids, claims.values(), reviews, withdrawn)
        if missing > begun.missing:
            begun = replace(begun, missing=missing)
            self.awards.commit([Replace(begun)])
        return begun, judged

    def _torn(self, standing: Standing, claims: Mapping[str, Claim]) -> frozenset[str]:
        """Return whose delivery is not the one of their mark, and still needed: it is to be written anew."""
        awaited = [h.label for h in standing.holders if h.claimed and h.label in claims and not h.shipped]
        stored = self.sealed.get_many(Delivery, awaited)
        return frozenset(
            label for label in awaited if (to := stored.get(label)) is None or to.hash != claims[label].delivery
        )

    def _write(self, judged: list[JudgedRow]) -> None:
        """Seal and store what is to be delivered, and then mark it as claimed, in batches."""
        for batch in lease.batches([row.registration for row in judged if row.registration is not None]):
            self._demand_time()
            sealed = [self._sealed(registration) for registration in batch]
            claims = [replace(one.claim, delivery=to.hash) for one, to in zip(batch, sealed, strict=True)]
            self.deliveries.commit([Replace(to) for to in sealed])
            self.awards.commit([Replace(claim) for claim in claims])
        for marks in lease.batches([row.renumbered for row in judged if row.renumbered is not None]):
            self._demand_time()
            self.awards.commit([Replace(mark) for mark in marks])

    def _sealed(self, registration: Registration) -> Delivery:
        claim = registration.claim
        return Delivery(claim.id, claim.prize, self.sealer.seal(claim.id, registration.destination.to_bytes()))

    def _write_reviews(self, judged: list[JudgedRow], begun: Import) -> None:
        """Name the rows that somebody must look at, each once whatever number of files it stands in."""
        known = {review.id: review for review in self.state.scan(Review)}
        writes: list[Write] = []
        for row in judged:
            if row.verdict.needs_review:
                at, reason, before = begun.dropped_at, row.verdict.value, known.get(row.id)
                # What a spreadsheet destroyed was known before, and the list that lacks the row must lack it still.
                same = before is not None and before.label == row.label
                receipt = row.receipt or (before.receipt if before is not None and same else "")
                review = Review(row.id, begun.id, row.number, reason, at, row.label, receipt)
                writes += [] if known.get(row.id) == review else [Replace(review)]
            elif row.id in known:
                writes.append(Delete(Review, row.id))
        for batch in lease.batches(writes):
            self._demand_time()
            self.awards.commit(batch)

    def _finish(self, done: Import) -> Reply:
        """
        Record, in one commit with the journal, that a file was dealt with and erased.

        What it brought does not stand in any file that was imported before, one that was dropped later included: that
        one then is not the whole list.
        """
        finished, brought = replace(done, complete=True), done.counts.get(Verdict.IMPORTED, 0)
        others = [file for file in self.state.scan(Import) if brought and file.complete and file.id != done.id]
        later = [file for file in others if lapses.dropped_at(file) >= lapses.dropped_at(done)]
        entry = journal.entry(
            self.clock,
            self.caller,
            STEP,
            "imported",
            counts={**done.counts, "rows": done.rows, "missing": done.missing, "bytes": done.size},
            hashes={"file": done.id},
            times={"dropped_at": done.dropped_at},
        )
        self.awards.commit(
            [Replace(finished), *(Replace(replace(file, missing=file.missing + brought)) for file in later), entry]
        )
        return words.imported(finished)

    def _demand_time(self) -> None:
        """Raise Again if the run's time is over; the notification comes again, and the next run goes on."""
        if self.clock() >= self.until:
            raise Again(OUT_OF_TIME)
