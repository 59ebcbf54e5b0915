"""
Send what is due, each mail once, and read which came back; what the mail service refused is tried again every day.
Before opening, send an operator samples.

People are written to by day only (`mail.hours`); what does not go today goes tomorrow. The ward's mails wait for no
hour: its inbox is the witness of the time.

An operator may have one mail sent again to whoever did not get it, or lost it (`again`); the schedule never does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.lottery.opening import open_draw
from prizedraw.mail import again, outbox, row_marks
from prizedraw.mail.again import NOT_HOLDING, Wanted
from prizedraw.mail.due import Notices
from prizedraw.mail.outbox import Letter, Lost, Outbox, Overtaken, Stop, Stopped
from prizedraw.mail.references import reference
from prizedraw.mail.returned import Returns
from prizedraw.mail.sending import SendTally, call_back, send_all, waiting_of
from prizedraw.ports import Bounces, Clock, Create, Delete, Mailer, MailRejected, Prf, PublishedFiles, Reader, Store
from prizedraw.records.entries import Entry
from prizedraw.records.mail import AgainKind, MailRow, MailState
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.lease import Busy, Hold, RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply
from prizedraw.runtime.preconditions import ONE_AT_A_TIME
from prizedraw.sealing import ContactOpener
from prizedraw.times import japanese
from prizedraw.words import notify as words
from prizedraw.words.notify import SendRun

if TYPE_CHECKING:
    from prizedraw.mail.samples import Samples

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

NO_SAMPLES = Problem(
    "E-613",
    "メールの見本を送れるのは、準備（prepare）が済んでから、応募の受付が始まる（{opens}）までです。"
    "準備が済んでいるかは、現在の状況（status）で確かめてください。",
)
SAMPLES_REFUSED = Problem(
    "E-614",
    "見本のメールの送信が断られました。あなたのアカウントのアドレスでメールを受け取れるか、送信の上限に達していないかを"
    "確かめてから、もう一度実行してください。",
)

_TRY_REFUSED_AGAIN = timedelta(hours=23)
"""The schedule tries a refused letter once a day: its cause may be mended. An hour less lets it be at the same hour."""


class NotifyOrder(Order):
    """
    An order to send what is due; or one mail once more: *resend* names to whom, by 管理番号, label or claim code.

    *kind* is which of their mails; without one it is that which told of the prize. *test*: before opening, samples to
    whoever asks, and nobody else. *whose* is a claim code of which an operator asks whose it is: nothing is sent.
    """

    resend: str | None = Field(default=None, max_length=200, repr=False)
    whose: str | None = Field(default=None, max_length=200, repr=False)
    kind: AgainKind | None = None
    test: bool = False

    def demand_one(self) -> None:
        """Refuse more than one wish."""
        if [self.test, self.resend is not None, self.whose is not None].count(True) > 1:
            raise Refused(ONE_AT_A_TIME, names="test・resend・whose")


def run(
    order: NotifyOrder,
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
    Send what is due; called again, it goes on where it stopped. Or send one mail again, on an operator's word.

    Raises:
        Refused: the mail that an operator wants sent again may not go, or the code is wrong; or samples were asked for
            too early, too late, or by the schedule.
        Again: the outcome of a send is open; the next run settles it.
        Broken: the sender's credentials are refused, or a letter cannot be written, a winner's entry being missing, or
            the addresses were sealed to another key, or a published file is not ours, or somebody else has written
            what became of mails; the others have been sent.
    """
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    order.demand_one()
    if order.test:
        is_time = open_draw(published) is not None and clock() < campaign.opens_at
        if caller.scheduled or not is_time:
            raise Refused(NO_SAMPLES, opens=japanese(campaign.opens_at))
        from prizedraw.mail.samples import Samples  # noqa: PLC0415  asked for once or twice

        samples = Samples(campaign=campaign, to=caller.principal, reference=partial(reference, claim), clock=clock)
        return _send_samples(order, caller, samples, state, mailer, sleep, times)
    notices = Notices(
        campaign=campaign,
        sealed=sealed,
        state=state,
        draw=open_draw(published),
        contact=contact,
        claim=claim,
        clock=clock,
    )

    def box_of(hold: Hold, rows: Mapping[str, MailRow]) -> Outbox:
        return Outbox(
            hold=hold,
            mailer=mailer,
            claim=claim,
            clock=clock,
            per_minute=campaign.mail.per_minute,
            sleep=sleep,
            rows=dict(rows),
            room=outbox.room(rows, campaign.mail.per_day, clock()),
        )

    if order.whose is not None and not caller.scheduled:
        label = again.whose(order.whose, notices)
        state.commit([journal.entry(clock, caller, STEP, "looked up")])
        return words.whose(label)
    if order.resend is not None and not caller.scheduled:
        resending = _Resending(notices=notices, caller=caller, state=state, claim=claim, clock=clock)
        return resending.run(order, row_marks.read(claim, state).ours, times, box_of)
    if not caller.scheduled:
        rows = row_marks.read(claim, state).ours
        due, fault = _due(notices, rows, sealed, contact)
        waiting = waiting_of(due, rows, clock())
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
            due, fault = _due(replace(notices), marks.ours, sealed, contact)  # anew, under the lease
            box = box_of(hold, marks.ours)
            call_back(box, due)
            rested = clock() - _TRY_REFUSED_AGAIN
            waiting = waiting_of(due, box.rows, rested if caller.scheduled else clock())
            until = clock() + times.budget
            tally = send_all(box, waiting, clock, until=until)
            if tally.sent:
                hold.commit([journal.entry(clock, caller, STEP, "sent", counts={"sent": tally.sent})])
            returned = Returns(bounces=bounces, state=state, claim=claim, clock=clock).mark(box.rows, hold, until)
    except Busy:
        return words.busy()
    _raise_alarm(fault, tally, box, marks.strange)
    left = len([one for one in waiting_of(waiting, box.rows, rested) if one.id not in tally.dropped])
    return words.reply(SendRun(sent=tally.sent, left=left, returned=returned, stopped=tally.stopped))


def _send_samples(
    order: NotifyOrder,
    caller: Caller,
    samples: "Samples",
    state: Store,
    mailer: Mailer,
    sleep: Callable[[float], None],
    times: RunTimes,
) -> Reply:
    """Say which samples would go; with the confirm code send them, to the address of who asks."""
    clock, number = samples.clock, samples.number
    decision: dict[str, str | int] = {"samples": number}
    code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
    if code is not None:
        return words.ask_samples(code, caller.principal, number)
    try:
        with lease.fenced(clock, times, (state, lease.MAILS)) as (hold,):
            sent = samples.send(mailer, sleep)
            hold.commit([journal.entry(clock, caller, STEP, "tested", counts={"samples": sent})])
    except Busy:
        return words.busy()
    except MailRejected as rejected:
        raise (Broken(REFUSED_ALL) if rejected.kind == "credentials" else Refused(SAMPLES_REFUSED)) from None
    return words.samples_sent(caller.principal, sent)


@dataclass(frozen=True, kw_only=True)
class _Resending:
    """One mail that an operator wants sent again, with what it takes to ask first and send then."""

    notices: Notices
    caller: Caller
    state: Store
    claim: Prf = field(repr=False)
    clock: Clock

    def run(
        self,
        order: NotifyOrder,
        rows: Mapping[str, MailRow],
        times: RunTimes,
        box_of: Callable[[Hold, Mapping[str, MailRow]], Outbox],
    ) -> Reply:
        """Ask, or send once the code is right; the journal says so first."""
        wanted = self._find(order, rows)
        mail = sha256_hex(wanted.letter.id.encode())
        code = confirm.consent(
            order.confirm, caller=self.caller, step=STEP, decision={"mail": mail}, state=self.state, clock=self.clock
        )
        if code is not None:
            return words.ask_again(code, order.model_dump(exclude_none=True), wanted)
        try:
            with lease.fenced(self.clock, times, (self.state, lease.MAILS)) as (hold,):
                if (stopped := closed.stopped(self.state)) is not None:
                    return stopped
                box = box_of(hold, row_marks.read(self.claim, self.state).ours)
                if self._find(order, box.rows).letter.id != wanted.letter.id:  # it has been sent meanwhile
                    raise Refused(confirm.WRONG_CODE, minutes=confirm.LIFETIME_MINUTES)
                hold.commit([self._entry("sent again", {"mail": mail})])
                return self._send(box, hold, wanted)
        except Busy:
            return words.busy()

    def _find(self, order: NotifyOrder, rows: Mapping[str, MailRow]) -> Wanted:
        return again.find(order.resend or "", order.kind, self.notices, rows, self.clock())

    def _send(self, box: Outbox, hold: Hold, wanted: Wanted) -> Reply:
        try:
            is_sent = box.send(wanted.letter)
        except Lost:
            raise Again(LOST, sent=0) from None
        except Overtaken:
            raise Refused(NOT_HOLDING) from None
        except Stopped as stop:
            if stop.why is Stop.CREDENTIALS:
                raise Broken(REFUSED_ALL) from None
            return words.not_yet_again(wanted, is_begun=wanted.letter.id in box.rows)
        if box.unwritten:
            raise Broken(UNWRITTEN, count=1, sent=0)
        if not is_sent:
            return words.refused_again(wanted)
        hold.commit([self._entry("sent", {}, {"sent": 1})])
        return words.sent_again(wanted)

    def _entry(self, action: str, hashes: Mapping[str, str], counts: Mapping[str, int] | None = None) -> Create:
        return journal.entry(self.clock, self.caller, STEP, action, counts=counts, hashes=hashes)


def _raise_alarm(fault: Broken | None, tally: SendTally, box: Outbox, strange: Sequence[str]) -> None:
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


def _due(
    notices: Notices, rows: Mapping[str, MailRow], sealed: Reader, contact: ContactOpener
) -> tuple[list[Letter], Broken | None]:
    """List the letters that are due, and what keeps others from being known or sent."""
    listed = notices.due(rows)
    return listed.letters, listed.fault or (_unfit_key(sealed, contact) if notices.awaits_draw() else None)


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
