"""
Send what is due, each mail once, and read which came back; what the mail service refused is tried again every day.

People are written to by day only (`mail.hours`); what does not go today goes tomorrow. The ward's mails wait for no
hour: its inbox is the witness of the time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again, Broken, Problem
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.lottery.published import PublishedDraw
from prizedraw.mail import hours, outbox, row_marks
from prizedraw.mail.due import Notices
from prizedraw.mail.outbox import Letter, Lost, Outbox, Stop, Stopped
from prizedraw.mail.returned import Returns
from prizedraw.ports import Bounces, Clock, Delete, Mailer, Prf, PublishedFiles, Reader, Store
from prizedraw.records.entries import Entry
from prizedraw.records.mail import SENT, WARD, MailRow, MailState
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.lease import Busy, Hold, RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply
from prizedraw.sealing import ContactOpener
from prizedraw.times import instant_of
from prizedraw.words import notify as words
from prizedraw.words.notify import SendRun

STEP = "notify"

REFUSED_ALL = Problem(
    "E-603", "メールの送信が拒否されています（送信アカウントの認証）。構築担当に連絡し、認証情報を更新してください。"
)
UNWRITTEN = Problem(
    "E-604",
    "作成できないメールが{count}通あります。ほかのメールは{sent}通送りました。保守担当に連絡してください。"
    "原因が直ると、次の定期実行で送られます。",
)
LOST = Problem(
    "E-605",
    "メールの送信の結果を確認できませんでした（このほかに{sent}通送りました）。次の実行で確かめ、二重には送りません。",
)
STRANGE_ROWS = Problem(
    "E-606",
    "メールの送信の記録のうち{count}件は、このシステムが書いたものではありません。信じずに取り除き、メールは送るべきものを送りました。"
    "構築担当に連絡し、だれが書いたかを監査ログで確かめてください。",
)

_TRY_REFUSED_AGAIN = timedelta(hours=23)
"""The schedule tries a refused letter once a day: its cause may be mended. An hour less lets it be at the same hour."""
_MOST_LOST = 2
"""So many letters in a row whose outcome is open mean that the mail service is away, and not that they are at fault."""


def run(
    order: Order,
    caller: Caller,
    *,
    campaign: Campaign,
    sealed: Reader,
    state: Store,
    published: PublishedFiles,
    contact: ContactOpener,
    claim: Prf,
    mailer: Mailer,
    bounces: Bounces,
    sleep: Callable[[float], None],
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Send what is due; called again, it goes on where it stopped.

    Raises:
        Again: the outcome of a send is open; the next run settles it.
        Broken: the sender's credentials are refused, or a letter cannot be written, a winner's entry being missing, or
            the addresses were sealed to another key, or a published file is not ours, or somebody else has written
            what became of mails; the others have been sent.
    """
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    notices = Notices(
        campaign=campaign,
        sealed=sealed,
        state=state,
        draw=PublishedDraw.open(published),
        contact=contact,
        claim=claim,
        clock=clock,
    )
    rows = row_marks.read(claim, state).ours
    listed = notices.due(rows)
    due, fault = listed.letters, listed.fault
    fault = fault or (_unfit_key(sealed, contact) if notices.awaits_draw() else None)
    if not caller.scheduled:
        waiting = _waiting(due, rows, clock())
        if not waiting and fault is not None:
            raise fault
        if not waiting:
            return words.nothing(len(due))
        decision: dict[str, str | int] = {"letters": sha256_hex("\n".join(letter.id for letter in due).encode())}
        code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
        if code is not None:
            refused = sum(letter.id in rows and rows[letter.id].state == MailState.REFUSED for letter in waiting)
            return words.ask(code, waiting=len(waiting), refused=refused, sent=len(due) - len(waiting))
    try:
        with lease.fenced(clock, times, (state, lease.MAILS)) as (hold,):
            # Looked for again: had it begun and ended meanwhile, no row would say any more what has been sent.
            if (stopped := closed.stopped(state)) is not None:
                return stopped
            marks = row_marks.read(claim, state)
            _disown(marks.strange, hold, caller, clock)
            box = Outbox(
                hold=hold,
                mailer=mailer,
                claim=claim,
                clock=clock,
                per_minute=campaign.mail.per_minute,
                sleep=sleep,
                rows=dict(marks.ours),
                room=outbox.room(marks.ours, campaign.mail.per_day, clock()),
            )
            rested = clock() - _TRY_REFUSED_AGAIN
            waiting = _waiting(due, box.rows, rested if caller.scheduled else clock())
            until = clock() + times.budget
            tally = _send_all(box, waiting, clock, until=until)
            if tally.sent:
                hold.commit([journal.entry(clock, caller, STEP, "sent", counts={"sent": tally.sent})])
            returned = Returns(bounces=bounces, state=state, claim=claim, clock=clock).mark(box.rows, hold, until)
    except Busy:
        return words.busy()
    _raise_alarm(fault, tally, box, marks.strange)
    left = len(_waiting(waiting, box.rows, rested))
    return words.reply(SendRun(sent=tally.sent, left=left, returned=returned, stopped=tally.stopped))


def _raise_alarm(fault: Broken | None, tally: "_Tally", box: Outbox, strange: Sequence[str]) -> None:
    """Raise what somebody must look into, the gravest first; whatever could be sent has been sent."""
    if fault is not None:
        raise fault
    if tally.stopped is Stop.CREDENTIALS:
        raise Broken(REFUSED_ALL)
    if strange:
        raise Broken(STRANGE_ROWS, count=len(strange))
    if box.unwritten:
        raise Broken(UNWRITTEN, count=len(box.unwritten), sent=tally.sent)
    if tally.lost:
        raise Again(LOST, sent=tally.sent)


@dataclass
class _Tally:
    """How many letters went out and how many are open (*lost*); *stopped* is why the others wait, if they do."""

    sent: int = 0
    lost: int = 0
    stopped: Stop | None = None


def _send_all(box: Outbox, waiting: list[Letter], clock: Clock, *, until: datetime) -> _Tally:
    """Send until something stops it; one letter that is at fault does not keep the others from going out."""
    tally, lost_in_a_row = _Tally(), 0
    for letter in waiting:
        if clock() >= until:
            tally.stopped = Stop.TIME
            break
        if letter.label != WARD and not hours.are_now(clock()):
            tally.stopped = Stop.QUIET
            continue
        try:
            tally.sent += box.send(letter)
            lost_in_a_row = 0
        except Lost:
            tally.lost += 1
            lost_in_a_row += 1
            if lost_in_a_row == _MOST_LOST:
                break
        except Stopped as stop:
            tally.stopped = stop.why
            break
    return tally


def _disown(strange: Sequence[str], hold: Hold, caller: Caller, clock: Clock) -> None:
    """Remove the rows that we did not write, and record how many: their letters are due as if there were none."""
    for batch in lease.batches(strange):
        entry = journal.entry(clock, caller, STEP, "disowned", counts={"mails": len(batch)})
        hold.commit([*(Delete(MailRow, id) for id in batch), entry])


def _unfit_key(sealed: Reader, contact: ContactOpener) -> Broken | None:
    """
    Try between freeze and draw, before the first mail to a person is due, whether our key opens what was sealed.

    If entries were sealed to a stranger's key it must be known before there are winners to be told. Return what the
    opener said; whatever can be sent without the key is sent first.
    """
    for entry in sealed.scan(Entry):
        try:
            contact.open(entry.candidate.label, entry.candidate.contact)
        except Broken as error:
            return error
        break
    return None


def _waiting(due: list[Letter], rows: Mapping[str, MailRow], until: datetime) -> list[Letter]:
    """Return the letters that are still to be sent; of those that were refused only what was *until* that time."""

    def is_settled(row: MailRow) -> bool:
        return row.state in SENT or (row.state == MailState.REFUSED and row.at > instant_of(until))

    return [letter for letter in due if letter.id not in rows or not is_settled(rows[letter.id])]
