"""
Pull the form's responses and store each, sealed, exactly once.

Notifications are hints: they carry no answers, come late, twice or never. The same pull runs on a Scheduler tick.
A pull reads what was submitted since the cursor, less an overlap; daily, and after closing, everything is read once
more and compared, which is the reconciliation that `freeze` demands.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.entries.ids import Envelopes, Indexed, seen_mark, short_id
from prizedraw.entries.judging import Judge, identity
from prizedraw.entries.ledger import Ledger, count
from prizedraw.errors import Again, PrizedrawError, Problem, Refused
from prizedraw.ports import Clock, Conflict, Create, Form, Reader, Replace, Store, Stored, Watch, Watches, Write
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Cursor, FormWatch, LedgerRow, Reconciliation, Totals
from prizedraw.records.lottery import Freezing
from prizedraw.records.running import ONLY
from prizedraw.runtime import lease, logs
from prizedraw.runtime.lease import Busy, RunTimes
from prizedraw.runtime.logs import Event
from prizedraw.runtime.orders import Caller, Message, Reply, Result
from prizedraw.times import instant_of, moment_of

STEP = "intake"
READ_AGAIN = timedelta(minutes=10)
FULL_READ_EVERY = timedelta(hours=24)
RENEW_BEFORE = timedelta(days=4)
LOOK_AT_WATCH_EVERY = timedelta(hours=6)

_MARK_BYTES = 16
_MOST_MARKS = 40_000
"""In the cursor: a document holds at most 1 MiB."""

_TRIM_AT = 5_000
_FAILED = "watch_failed"

NOT_PREPARED = Problem("E-301", "まだ準備（prepare）が済んでいません。先に prepare を実行してください。")
OUT_OF_TIME = Problem("E-302", "時間内に読み切れませんでした。続きは次回の定期実行で行います。")


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
    if message.attributes.get("formId", campaign.form.id) != campaign.form.id:
        return Reply(Result.UNCHANGED, ("別のフォームの通知のため、何もしていません。",))
    prepared = state.get(Prepared, ONLY)
    if prepared is None or not prepared.record.prepared_at:
        raise Refused(NOT_PREPARED)
    if state.get(Freezing, ONLY) is not None:
        return _end_watch(watches)
    try:
        with lease.fenced(clock, times, (sealed, lease.INTAKE)) as (hold,):
            # `freeze` closes the gate and then looks for a lease; looking again here, one of the two sees the other.
            if state.get(Freezing, ONLY) is not None:
                return _end_watch(watches)
            judge = Judge(campaign, prepared.record.questions)
            ledger = Ledger(sealed, hold, sealing, lambda ids: _response_ids(form, sealing, ids))
            until, cursor = clock() + times.budget, state.get(Cursor, ONLY)
            pull = _Pull(campaign, judge, ledger, sealed, state, form, clock, until, cursor)
            try:
                written = pull.run()
            except Refused:
                _tell(state, _known_watch(state, clock()), _FAILED, clock())
                raise
            schema_event = message.attributes.get("eventType") == "SCHEMA"
            _keep_watch(watches, form, prepared.record, state, clock, schema_event=schema_event)
    except Busy:
        return Reply(Result.UNCHANGED, ("別の取り込みが実行中です。",))
    return Reply(Result.DONE, ("応募を取り込みました。",), {"新しい・変わった応募": written})


def _end_watch(watches: Watches) -> Reply:
    with contextlib.suppress(Refused):  # A form that is no longer ours to read has no watch of ours either.
        for watch in watches.list():
            watches.delete(watch.id)
    return Reply(Result.UNCHANGED, ("応募は締め切られ、確定しています。フォームの通知を終了しました。",))


@dataclass
class _Seen:
    """
    Remember what one reading of the form has seen, as far as the cursor needs it; *newest* never passes *now*.

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
        self.newest = max(self.newest, min(version, self.now))
        self.marks.append((version, mark))
        if len(self.marks) >= self._trim_at:
            self._trim()
        is_fresh = mark not in self.known
        self.fresh += is_fresh
        return is_fresh

    def cursor(self, full_read: str) -> Cursor:
        """Return the cursor to go on from."""
        self._trim()
        return Cursor(ONLY, self.newest, full_read, b"".join(mark for _, mark in self.marks))

    def _trim(self) -> None:
        """Forget the marks before the overlap; of too many keep the newest."""
        start = _overlap_start(self.newest)
        self.marks = sorted(pair for pair in self.marks if pair[0] >= start)[-_MOST_MARKS:]
        self._trim_at = max(2 * len(self.marks), _TRIM_AT)


@dataclass
class _Pull:
    """Read the form once, in part or in full."""

    campaign: Campaign
    judge: Judge
    ledger: Ledger
    sealed: Store
    state: Store
    form: Form
    clock: Clock
    until: datetime
    stored: Stored[Cursor] | None

    def run(self) -> int:
        """Pull what is due; return how many ledger rows were written."""
        cursor = self.stored.record if self.stored else Cursor(ONLY, since="", full_read="", recent=b"")
        return self._full_read(cursor) if self._full_read_is_due(cursor) else self._since(cursor)

    def _full_read_is_due(self, cursor: Cursor) -> bool:
        """Tell whether to read everything: daily, and after closing every hour until all is settled."""
        now = self.clock()
        settled_at = self.campaign.settled_at
        if now < settled_at:
            return bool(cursor.full_read) and now >= moment_of(cursor.full_read) + FULL_READ_EVERY
        stored = self.state.get(Reconciliation, ONLY)
        if stored is None or moment_of(stored.record.began_at) < settled_at:
            return True
        settled = stored.record.balances and stored.record.totals["gone_open"] == 0
        return now >= moment_of(stored.record.began_at) + (FULL_READ_EVERY if settled else timedelta(hours=1))

    def _since(self, cursor: Cursor) -> int:
        """Read what was submitted since the cursor, less the overlap, and move the cursor on once all is stored."""
        began = instant_of(self.clock())
        seen = _Seen(cursor.since, began, _marks(cursor.recent))
        responses = self._responses(_overlap_start(cursor.since) or None)
        written = self.ledger.add(one for one in responses if seen.add(one.judged.version, seen_mark(one)))
        if not seen.fresh and self.stored is not None:
            return 0
        if seen.fresh and self.clock() >= self.campaign.closes_at:
            return written + self._full_read(cursor)
        self._store(seen, cursor.full_read or began, count(self.sealed, self.clock))
        return written

    def _full_read(self, cursor: Cursor) -> int:
        """Read everything, settle what differs, mark what is gone, and write the reconciliation."""
        began = instant_of(self.clock())
        seen = _Seen(cursor.since, began)
        rows: set[int] = set()

        def noted() -> Iterator[Indexed]:
            for one in self._responses(None):
                rows.add(short_id(one.row))
                seen.add(one.judged.version, seen_mark(one))
                yield one

        written = self.ledger.settle(noted())
        written += self._mark_gone(rows)
        totals = count(self.sealed, self.clock)
        reconciliation = Reconciliation(ONLY, began, instant_of(self.clock()), len(rows), totals.to_doc())
        self._store(seen, began, totals, Replace(reconciliation))
        return written

    def _store(self, seen: _Seen, full_read: str, totals: Totals, *more: Write) -> None:
        """
        Move the cursor on, together with what was counted.

        Raises:
            Again: another run has moved it meanwhile, and what this one counted is no longer so.
        """
        cursor = seen.cursor(full_read)
        moved = Replace(cursor, self.stored.version) if self.stored else Create(cursor)
        try:
            self.state.commit([moved, Replace(totals), *more])
        except Conflict:
            raise Again(lease.SUPERSEDED) from None

    def _mark_gone(self, seen: set[int]) -> int:
        """Mark the rows that a full read did not find; they are looked for only if the numbers differ."""
        if self.sealed.count(LedgerRow) - self.sealed.count(LedgerRow, gone=True) == len(seen):
            return 0
        missing = [row for row in self.sealed.scan(LedgerRow) if not row.gone and short_id(row.id) not in seen]
        for batch in lease.batches(missing):
            self.ledger.hold.commit([Replace(replace(row, gone=True)) for row in batch])
        return len(missing)

    def _responses(self, since: str | None) -> Iterator[Indexed]:
        """Yield the responses, judged, one after the other, while there is time."""
        for response in self.form.responses(since):
            if self.clock() >= self.until:
                raise Again(OUT_OF_TIME)
            yield self.ledger.sealing.indexed(self.judge.judge(response))


def _keep_watch(
    watches: Watches, form: Form, prepared: Prepared, state: Store, clock: Clock, *, schema_event: bool
) -> None:
    """
    Keep the watch alive and look whether the form still is what `prepare` saw.

    What was pulled is stored already: trouble with the watch is an alarm, and a word for `status`, and no more.
    """
    now = clock()
    known = _known_watch(state, now)
    looked = known.checked_at and now < moment_of(known.checked_at) + LOOK_AT_WATCH_EVERY
    if looked and not schema_event and not _ends_soon(known, now) and known.alarm != _FAILED:
        return
    alarm = ""
    try:
        found = watches.list() or [watches.create()]
        known = _as_seen(known, max(found, key=lambda watch: (watch.state == "ACTIVE", watch.expires_at)))
        if _ends_soon(known, now):
            known = _as_seen(known, watches.renew(known.watch) or watches.create())
    except PrizedrawError:
        alarm = _FAILED
    if known.state == "SUSPENDED":
        alarm = "watch_suspended"
    try:
        if form_schema.form_hash(form.form()) != prepared.form_hash:
            alarm = "form_changed"
    except PrizedrawError:
        alarm = alarm or _FAILED
    _tell(state, known, alarm, now)


def _known_watch(state: Reader, now: datetime) -> FormWatch:
    stored = state.get(FormWatch, ONLY)
    return stored.record if stored else FormWatch(ONLY, "", "", instant_of(now), "", "")


def _as_seen(known: FormWatch, watch: Watch) -> FormWatch:
    return replace(known, watch=watch.id, state=watch.state, expires_at=watch.expires_at)


def _ends_soon(known: FormWatch, now: datetime) -> bool:
    return known.state != "ACTIVE" or moment_of(known.expires_at) <= now + RENEW_BEFORE


def _tell(state: Store, known: FormWatch, alarm: str, now: datetime) -> None:
    """Leave word of form and watch for `status`, and raise the alarm if there is one."""
    if alarm:
        logs.emit(Event.ALARM, step=STEP, code=alarm)
    state.commit([Replace(replace(known, alarm=alarm, checked_at=instant_of(now)))])


def _response_ids(form: Form, sealing: Envelopes, wanted: set[str]) -> Mapping[str, str]:
    """Find the response ids behind row ids by reading the form: needed only when two were made at one instant."""
    found: dict[str, str] = {}
    for response in form.responses(None):
        response_id = identity(response)
        row_id = sealing.row_id(response_id)
        if row_id in wanted:
            found[row_id] = response_id
        if len(found) == len(wanted):
            break
    return found


def _overlap_start(newest: str) -> str:
    return instant_of(moment_of(newest) - READ_AGAIN) if newest else ""


def _marks(recent: bytes) -> set[bytes]:
    return {recent[i : i + _MARK_BYTES] for i in range(0, len(recent), _MARK_BYTES)}
