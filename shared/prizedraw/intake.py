"""
Pull the form's responses and store each, sealed, exactly once.

Notifications are hints: they carry no answers, come late, twice or never. The same pull runs on a Scheduler tick.
A pull reads what was submitted since the cursor, less an overlap; daily, and after closing, everything is read once
more and compared, which is the reconciliation that `freeze` demands. What `status` shows is counted by the tick.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import doubts, form_watch
from prizedraw.entries.asking import Asking, asking
from prizedraw.entries.comparing import Comparison
from prizedraw.entries.ids import Envelopes, Indexed, seen_mark, short_id
from prizedraw.entries.judging import Judge, identity
from prizedraw.entries.ledger import Ledger, count
from prizedraw.errors import Again, Problem, Refused
from prizedraw.ports import Clock, Conflict, Create, Form, Replace, Store, Stored, Watches, Write
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Cursor, LedgerRow, Reconciliation, Totals
from prizedraw.records.erasure import PersonRequest
from prizedraw.records.lottery import Freezing
from prizedraw.records.running import ONLY
from prizedraw.runtime import lease
from prizedraw.runtime.lease import Busy, RunTimes
from prizedraw.runtime.orders import Caller, Message, Reply
from prizedraw.runtime.preconditions import NOT_PREPARED
from prizedraw.times import instant_of, moment_of
from prizedraw.words import intake as words
from prizedraw.words.intake import End, Intake

STEP = "intake"
READ_AGAIN = timedelta(minutes=10)
FULL_READ_EVERY = timedelta(hours=24)
READ_ANEW_AFTER = timedelta(minutes=10)
"""After closing: whatever comes causes a full read, but none so soon after the last one."""
COUNT_WITHIN = timedelta(minutes=30)
"""Then a notification counts too: three ticks did not come, or each found another run at work."""

_MARK_BYTES, _TRIM_AT = 16, 5_000
_MOST_MARKS = 40_000
"""In the cursor: a document holds at most 1 MiB."""

OUT_OF_TIME = Problem("E-302", "時間内に読み切れませんでした。続きは次回の定期実行で行います。")


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """The powers of one run, by name."""

    campaign: Campaign
    sealed: Store
    state: Store
    form: Form
    watches: Watches
    sealing: Envelopes
    times: RunTimes
    clock: Clock

    def gate_is_closed(self) -> bool:
        """Tell whether `freeze` has begun, so that nothing more may come in."""
        return self.state.get(Freezing, ONLY) is not None


def run(
    message: Message,
    caller: Caller,
    *,
    campaign: Campaign,
    sealed: Store,
    state: Store,
    form: Form,
    watches: Watches,
    sealing: Envelopes,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Answer one notification or tick.

    Raises:
        Refused: the campaign is not prepared, or the form is not shared.
        Again: the form, the database or the time gave out; what was stored stays stored.
    """
    desk = _Desk(
        campaign=campaign,
        sealed=sealed,
        state=state,
        form=form,
        watches=watches,
        sealing=sealing,
        times=times,
        clock=clock,
    )
    return words.reply(_take_in(message, desk))


def _take_in(message: Message, desk: _Desk) -> Intake:
    """Pull, and keep the watch, while entries may come in; afterwards only end the watch."""
    form_id = desk.campaign.form.id
    if message.attributes.get("formId", form_id) != form_id:
        return Intake(End.OTHER_FORM)
    prepared = desk.state.get(Prepared, ONLY)
    if prepared is None or not prepared.record.prepared_at:
        raise Refused(NOT_PREPARED)
    if desk.gate_is_closed():
        return _end(desk)
    try:
        with lease.fenced(desk.clock, desk.times, (desk.sealed, lease.INTAKE)) as (hold,):
            # `freeze` closes the gate and then looks for a lease; looking again here, one of the two sees the other.
            if desk.gate_is_closed():
                return _end(desk)
            now = asking(desk.campaign, prepared.record, desk.form, desk.state)
            event = message.attributes.get("eventType")
            written = _pull(desk, prepared.record, now, hold, is_notified=event is not None)
            seen = form_watch.look(desk.campaign, now, desk.clock())
            form_watch.keep(desk.watches, seen, desk.state, desk.clock, schema_event=event == "SCHEMA")
    except Busy:
        return Intake(End.BUSY)
    return Intake(End.JUST_READ) if written is None else Intake(End.PULLED, written)


def _end(desk: _Desk) -> Intake:
    form_watch.end(desk.watches)
    return Intake(End.FROZEN)


def _pull(desk: _Desk, prepared: Prepared, now: Asking, hold: lease.Hold, *, is_notified: bool) -> int | None:
    """Pull what is due; return how many rows of the ledger were written, None if it is too soon to read."""
    ledger = Ledger(desk.sealed, hold, desk.sealing, lambda ids: _response_ids(desk.form, desk.sealing, ids))
    pull = _Pull(
        desk=desk,
        prepared=prepared,
        asking=now,
        is_notified=is_notified,
        ledger=ledger,
        until=desk.clock() + desk.times.budget,
        stored=desk.state.get(Cursor, ONLY),
    )
    try:
        return pull.run()
    except Refused:
        form_watch.failed(desk.state, desk.clock)
        raise


@dataclass(kw_only=True)
class _Seen:
    """
    What one reading of the form has seen, as far as the cursor needs it; *newest* never passes *now*.

    *known*: the marks of the cursor that it began with. *fresh* counts what was not among them.
    """

    newest: str
    now: str
    known: set[bytes] = field(default_factory=set)
    fresh: int = 0
    marks: list[tuple[str, bytes]] = field(default_factory=list)
    _trim_at: int = _TRIM_AT

    def add(self, version: str, mark: bytes) -> bool:
        """Take note of one version of a response; tell whether it is fresh."""
        if self.newest < version:
            self.newest = max(self.newest, min(version, self.now))
        self.marks.append((version, mark))
        if len(self.marks) >= self._trim_at:
            self._trim()
        is_fresh = mark not in self.known
        self.fresh += is_fresh
        return is_fresh

    def cursor(self, full_read: str, uncounted: str = "") -> Cursor:
        """Return the cursor to go on from."""
        self._trim()
        return Cursor(ONLY, self.newest, full_read, b"".join(mark for _, mark in self.marks), uncounted)

    def _trim(self) -> None:
        """Forget the marks before the overlap; of too many keep the newest."""
        start = _overlap_start(self.newest)
        self.marks = sorted(pair for pair in self.marks if pair[0] >= start)[-_MOST_MARKS:]
        self._trim_at = max(2 * len(self.marks), _TRIM_AT)


@dataclass(frozen=True, kw_only=True)
class _Pull:
    """
    One reading of the form, in part or in full, that goes on *until* its time is over; *stored*: the cursor.

    *asking* says by which questions it judges. *is_notified*: a notification of the form has caused it, and no tick.
    """

    desk: _Desk
    prepared: Prepared
    asking: Asking
    is_notified: bool
    ledger: Ledger
    until: datetime
    stored: Stored[Cursor] | None

    def run(self) -> int | None:
        """Pull what is due; return how many ledger rows were written, None if all is settled and was just read."""
        cursor = self.stored.record if self.stored else Cursor(ONLY, since="", full_read="", recent=b"")
        if self._full_read_is_due(cursor):
            return self._full_read(cursor)
        if self.desk.clock() >= self.desk.campaign.settled_at and self._was_just_read(cursor):
            return None  # rows that no reconciliation counts would keep `freeze` waiting
        return self._since(cursor)

    def _was_just_read(self, cursor: Cursor) -> bool:
        """Tell whether the last full read is so recent that another one must wait."""
        return bool(cursor.full_read) and self.desk.clock() < moment_of(cursor.full_read) + READ_ANEW_AFTER

    def _full_read_is_due(self, cursor: Cursor) -> bool:
        """
        Tell whether to read everything: daily, and after closing every hour until all is settled.

        Also as soon as it is known that a question was made anew, since what was answered to it must be judged again.
        """
        now = self.desk.clock()
        if self.asking.is_news:
            return True
        settled_at = self.desk.campaign.settled_at
        if now < settled_at:
            return bool(cursor.full_read) and now >= moment_of(cursor.full_read) + FULL_READ_EVERY
        stored = self.desk.state.get(Reconciliation, ONLY)
        if stored is None or moment_of(stored.record.began_at) < settled_at:
            return True
        last, totals = stored.record, self.desk.state.get(Totals, ONLY)
        if totals is not None and totals.record.withdrawn != last.totals["withdrawn"]:
            return True
        settled = last.balances and last.agrees and last.totals["gone_open"] == 0
        return now >= moment_of(last.began_at) + (FULL_READ_EVERY if settled else timedelta(hours=1))

    def _since(self, cursor: Cursor) -> int:
        """Read what was submitted since the cursor, less the overlap; then move it on, and count if that is due."""
        began = instant_of(self.desk.clock())
        seen = _Seen(newest=cursor.since, now=began, known=_marks(cursor.recent))
        judge = self.asking.judge(self.desk.campaign)
        responses = self._responses(_overlap_start(cursor.since) or None, judge)
        written = self.ledger.add(one for one in responses if seen.add(one.judged.version, seen_mark(one)))
        if seen.fresh and self.desk.clock() >= self.desk.campaign.closes_at and not self._was_just_read(cursor):
            return written + self._full_read(cursor)
        is_news = seen.fresh > 0 or self.stored is None
        uncounted = cursor.uncounted or (began if is_news else "")
        if self._count_is_due(uncounted):
            self._store(seen.cursor(cursor.full_read or began), Replace(count(self.desk.sealed, self.desk.clock)))
        elif is_news:
            self._store(seen.cursor(cursor.full_read or began, uncounted))
        return written

    def _count_is_due(self, uncounted: str) -> bool:
        """Tell whether to count: at a tick, if something was stored, *uncounted* since that instant."""
        return bool(uncounted) and (not self.is_notified or self.desk.clock() >= moment_of(uncounted) + COUNT_WITHIN)

    def _full_read(self, cursor: Cursor) -> int:
        """Read everything, settle what differs, mark what is gone, compare, and write the reconciliation."""
        began = instant_of(self.desk.clock())
        now = self.asking
        if now.form is None:
            now = asking(self.desk.campaign, self.prepared, self.desk.form, self.desk.state, demanded=True)
        asked, self.ledger.reseals = now.asked, now.is_news
        judge = now.judge(self.desk.campaign)
        comparison = self._comparison(cursor)
        seen = _Seen(newest=cursor.since, now=began)

        def noting() -> Iterator[Indexed]:
            for one in self._responses(None, judge):
                seen.add(one.judged.version, seen_mark(one))
                yield one

        written = self.ledger.settle(noting(), comparison)
        written += self._mark_gone(comparison.rows)
        totals = count(self.desk.sealed, self.desk.clock)
        comparison.finish(self.desk.sealed, totals.accepted)
        reconciliation = Reconciliation(
            ONLY,
            began,
            instant_of(self.desk.clock()),
            len(comparison.rows),
            totals.to_doc(),
            comparison.differing,
            asked.differ,
            asked.form_hash,
            self.prepared.form_hash,
            comparison.pool_hash(),
            {name: list(ids) for name, ids in asked.also.items()},
        )
        self._store(seen.cursor(began), Replace(totals), Replace(reconciliation))
        doubts.raise_alarm(reconciliation, is_over=comparison.keeps_pool)
        return written

    def _comparison(self, cursor: Cursor) -> Comparison:
        """Say what is to be compared; entries, which cost a read each, only where something was found to differ."""
        stored = self.desk.state.get(Reconciliation, ONLY)
        # After closing only `freeze` takes a reconciliation away: it has found another pool than was expected.
        withdrawn = stored is None and cursor.full_read >= instant_of(self.desk.campaign.settled_at)
        return Comparison(
            sealing=self.ledger.sealing,
            requested={row for request in self.desk.state.scan(PersonRequest) for row in request.rows},
            keeps_pool=self.desk.clock() >= self.desk.campaign.settled_at,
            keeps_entries=withdrawn or (stored is not None and stored.record.differing > 0),
        )

    def _store(self, cursor: Cursor, *counted: Write) -> None:
        """Move the cursor on, together with what was *counted*; Again if another run has moved it meanwhile."""
        moved = Replace(cursor, self.stored.version) if self.stored else Create(cursor)
        try:
            self.desk.state.commit([moved, *counted])
        except Conflict:
            raise Again(lease.SUPERSEDED) from None

    def _mark_gone(self, seen: set[int]) -> int:
        """Mark the rows that a full read did not find; they are looked for only if the numbers differ."""
        if self.desk.sealed.count(LedgerRow) - self.desk.sealed.count(LedgerRow, gone=True) == len(seen):
            return 0
        missing = [row for row in self.desk.sealed.scan(LedgerRow) if not row.gone and short_id(row.id) not in seen]
        for batch in lease.batches(missing):
            self.ledger.hold.commit([Replace(replace(row, gone=True)) for row in batch])
        return len(missing)

    def _responses(self, since: str | None, judge: Judge) -> Iterator[Indexed]:
        """Yield the responses, judged, one after the other, while there is time."""
        for response in self.desk.form.responses(since):
            if self.desk.clock() >= self.until:
                raise Again(OUT_OF_TIME)
            yield self.ledger.sealing.indexed(judge.judge(response))


def _response_ids(form: Form, sealing: Envelopes, row_ids: set[str]) -> Mapping[str, str]:
    """Find the response ids behind row ids by reading the form: needed only when two were made at one instant."""
    by_row: dict[str, str] = {}
    for response in form.responses(None):
        response_id = identity(response)
        if (row_id := sealing.row_id(response_id)) in row_ids:
            by_row[row_id] = response_id
        if len(by_row) == len(row_ids):
            break
    return by_row


def _overlap_start(newest: str) -> str:
    return instant_of(moment_of(newest) - READ_AGAIN) if newest else ""


def _marks(recent: bytes) -> set[bytes]:
    return {recent[i : i + _MARK_BYTES] for i in range(0, len(recent), _MARK_BYTES)}
