"""
Send what is due, each mail once: to the ward its commitment and record, to winners their claim code.

People are written to between 09:00 and 20:00 JST only; what does not go today goes tomorrow. The ward's mails wait
for no hour: its inbox is the witness of the time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prizedraw import claim_code, confirm, journal, lease, letters, outbox
from prizedraw.campaign import Campaign
from prizedraw.errors import Again, Broken, Problem
from prizedraw.letters import Attachment
from prizedraw.orders import Caller, Order, Reply, Result
from prizedraw.outbox import SENT, Letter, Lost, MailRow, MailState, Outbox, Stopped
from prizedraw.ports import Clock, Mailer, Prf, PublishedFiles, Reader, Store
from prizedraw.published import COMMITMENT, EVIDENCE, RECORD, SIGNATURE, Commitment, Record, sha256_hex
from prizedraw.records import ONLY, Award, Drawn, Entry, Frozen
from prizedraw.sealing import ContactOpener
from prizedraw.times import JST, japanese

STEP = "notify"
WARD = "ward"
FIRST_HOUR, LAST_HOUR = 9, 20
BUDGET = timedelta(minutes=7)
LEASE = timedelta(minutes=9)

NO_ENTRY = Problem("E-601", "当選した応募の記録が見つかりません。作業を止めて保守担当に連絡してください。")
NO_FILE = Problem(
    "E-602", "公開ファイル {file} がないか、確定した内容と一致しません。作業を止めて保守担当に連絡してください。"
)
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

_MOST_LOST = 2
"""So many letters in a row whose outcome is open mean that the mail service is away, and not that they are at fault."""

_STOPPED = {
    "quota": "Gmailの送信上限に達したため、残りは次回以降の定期実行で送ります。",
    "day": "一日の送信数の上限に達したため、残りは次回以降の定期実行で、送れる数だけ送ります。",
    "quiet": "個人あてのメールは9時から20時の間に送ります。残りはその時間の定期実行で送ります。",
    "time": "時間内に送り切れなかったため、残りは次回の定期実行で送ります。",
}


@dataclass(frozen=True)
class Powers:
    """Hold what is needed to write letters: campaign, records, published files and the two keys."""

    campaign: Campaign
    sealed: Reader
    state: Reader
    published: PublishedFiles
    contact: ContactOpener = field(repr=False)
    claim: Prf = field(repr=False)
    clock: Clock


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
    sleep: Callable[[float], None],
    clock: Clock,
) -> Reply:
    """
    Send what is due; called again, it goes on where it stopped.

    Raises:
        Again: the outcome of a send is open; the next run settles it.
        Broken: the sender's credentials are refused, or a letter cannot be written, a winner's entry being missing;
            the others have been sent.
    """
    powers = Powers(campaign, sealed, state, published, contact, claim, clock)
    due = [*_to_the_ward(powers), *_to_winners(powers)]
    if not caller.scheduled:
        rows = _rows(state)
        waiting = _waiting(due, rows, retry=True)
        if not waiting:
            return Reply(Result.UNCHANGED, ("いま送るメールはありません。",), {"送信済みのメール": len(due)})
        decision: dict[str, str | int] = {"letters": sha256_hex("\n".join(letter.id for letter in due).encode())}
        code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
        if code is not None:
            return _ask(code, waiting, len(due) - len(waiting), rows)
    hold = lease.acquire(state, STEP, clock, LEASE)
    if hold is None:
        return Reply(Result.REFUSED, ("別の送信が実行中です。",), next="数分待ってから、もう一度実行してください。")
    try:
        rows = _rows(state)
        room = outbox.room(rows, campaign.mail.per_day, clock())
        box = Outbox(hold, mailer, clock, lambda: sleep(60 / campaign.mail.per_minute), rows, room)
        waiting = _waiting(due, rows, retry=not caller.scheduled)
        tally = _send_all(box, waiting, clock)
        if tally.sent:
            hold.commit([journal.entry(clock, caller, STEP, "sent", counts={"sent": tally.sent})])
    finally:
        hold.release()
    if tally.stopped == "credentials":
        raise Broken(REFUSED_ALL)
    if box.unwritten:
        raise Broken(UNWRITTEN, count=len(box.unwritten), sent=tally.sent)
    if tally.lost:
        raise Again(LOST, sent=tally.sent)
    return _reply(tally, len(_waiting(waiting, box.rows, retry=False)))


@dataclass
class _Tally:
    """Count what went out, and how many letters' outcome is open; *stopped* says why letters wait, if they do."""

    sent: int = 0
    lost: int = 0
    stopped: str = ""


def _send_all(box: Outbox, waiting: list[Letter], clock: Clock) -> _Tally:
    """Send until something stops it. One letter that is at fault does not keep the others from going out."""
    tally, until, lost_in_a_row = _Tally(), clock() + BUDGET, 0
    for letter in waiting:
        if clock() >= until:
            tally.stopped = "time"
            break
        if letter.label != WARD and not _is_daytime(clock()):
            tally.stopped = "quiet"
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
            tally.stopped = stop.kind
            break
    return tally


def _rows(state: Reader) -> dict[str, MailRow]:
    """Return what became of every mail so far."""
    return {row.id: row for row in state.scan(MailRow)}


def _waiting(due: list[Letter], rows: Mapping[str, MailRow], *, retry: bool) -> list[Letter]:
    """Return the letters that are still to be sent; those that were refused only if an operator lets *retry* them."""
    settled = SENT if retry else SENT | {MailState.REFUSED}
    return [letter for letter in due if letter.id not in rows or rows[letter.id].state not in settled]


def _to_the_ward(powers: Powers) -> Iterator[Letter]:
    """Yield the mails that make the ward a witness, as soon as what they carry is published."""
    frozen, drawn = powers.state.get(Frozen, ONLY), powers.state.get(Drawn, ONLY)
    if frozen is not None:
        yield Letter("commitment", WARD, lambda: _commitment(powers, frozen.record.commitment_hash))
    if drawn is not None:
        yield Letter("record", WARD, lambda: _record(powers, drawn.record.record_hash))


def _to_winners(powers: Powers) -> Iterator[Letter]:
    """Yield a mail a winner, in the rules' order of prizes, once the draw is recorded."""
    if powers.state.get(Drawn, ONLY) is None:
        return
    prizes = [prize.id for prize in powers.campaign.prizes]
    winners = powers.state.find(Award, "place", "winner")
    for award in sorted(winners, key=lambda award: (prizes.index(award.prize), award.order)):
        yield Letter("winner", award.id, lambda award=award: _winner(powers, award))  # type: ignore[misc]


def _compose(
    powers: Powers, name: str, to: str, label: str, values: Mapping[str, str], attachments: tuple[Attachment, ...] = ()
) -> bytes:
    campaign = powers.campaign
    return letters.compose(
        name,
        sender_name=campaign.mail.sender_name,
        sender_address=campaign.mail.sender_address,
        to=to,
        values={**_contacts(campaign), **values},
        reference=f"{name}-{label}",
        date=powers.clock(),
        attachments=attachments,
    )


def _contacts(campaign: Campaign) -> dict[str, str]:
    """Return the values that every letter shares."""
    return {
        "campaign": campaign.title,
        "ward": campaign.ward.name,
        "section": campaign.ward.section,
        "phone": campaign.ward.phone,
        "hours": campaign.ward.hours,
        "contractor": campaign.contractor.name,
        "contractor_phone": campaign.contractor.phone,
    }


def _winner(powers: Powers, award: Award) -> bytes:
    found = powers.sealed.find(Entry, "label", award.id)
    if len(found) != 1:
        raise Broken(NO_ENTRY)
    campaign = powers.campaign
    values = {
        "prize": campaign.prize(award.prize).name,
        "code": claim_code.code_for(powers.claim, award.id, award.prize),
        "url": campaign.claim.url,
        "deadline": campaign.claim_deadline_text,
    }
    return _compose(powers, "winner", powers.contact.open(award.id, found[0].candidate.contact), award.id, values)


def _commitment(powers: Powers, committed: str) -> bytes:
    data = _published(powers, COMMITMENT, committed)
    commitment = Commitment.from_bytes(data)
    values = {
        "commitment_hash": committed,
        "received": str(commitment.received),
        "pool_size": str(commitment.pool_size),
        "frozen_at": japanese(commitment.frozen_at),
        "draw_at": japanese(commitment.draw_at),
        "randomness": powers.campaign.randomness.kind,
    }
    return _compose(powers, "commitment", powers.campaign.ward.email, WARD, values, _signed(powers, COMMITMENT))


def _record(powers: Powers, drawn: str) -> bytes:
    data = _published(powers, RECORD, drawn)
    record = Record.from_bytes(data)
    values = {
        "record_hash": drawn,
        "commitment_hash": record.commitment_hash,
        "winners": str(sum(len(award.winners) for award in record.awards)),
        "reserves": str(sum(len(award.reserves) for award in record.awards)),
        "unawarded": str(sum(powers.campaign.prize(a.prize).quantity - len(a.winners) for a in record.awards)),
        "drawn_at": japanese(record.drawn_at),
    }
    return _compose(powers, "record", powers.campaign.ward.email, WARD, values, _signed(powers, RECORD))


def _signed(powers: Powers, name: str) -> tuple[Attachment, ...]:
    """Attach a published file, its signature and the key that verifies it."""
    return tuple(Attachment(file, _published(powers, file)) for file in (name, name + SIGNATURE, EVIDENCE))


def _published(powers: Powers, name: str, wanted: str = "") -> bytes:
    """Return a published file; its hash must be the one *wanted*, if any."""
    data = powers.published.read(name)
    if data is None or wanted not in ("", sha256_hex(data)):
        raise Broken(NO_FILE, file=name)
    return data


def _ask(code: str, waiting: list[Letter], sent: int, rows: Mapping[str, MailRow]) -> Reply:
    refused = sum(letter.id in rows and rows[letter.id].state == MailState.REFUSED for letter in waiting)
    return Reply(
        Result.ASK,
        (
            "まだ送っていないメールを送ります。通常は定期実行が自動で送るため、操作は要りません。",
            "個人あてのメールは、9時から20時の間だけ送ります。",
            *([f"送信を拒否されたメール{refused}通も、もう一度送ります。"] if refused else []),
        ),
        {"これから送るメール": len(waiting), "送信済みのメール": sent},
        next=f'15分以内に、本文を {{"confirm": "{code}"}} にして実行してください。',
        confirm=code,
    )


def _reply(tally: _Tally, left: int) -> Reply:
    sent = f"メールを{tally.sent}通送りました。" if tally.sent else "送ったメールはありません。"
    stopped = [_STOPPED[tally.stopped]] if tally.stopped else []
    result = Result.CONTINUES if left else Result.DONE if tally.sent else Result.UNCHANGED
    if tally.stopped == "quiet" and not tally.sent:
        result = Result.NOT_DUE
    return Reply(result, (sent, *stopped), {"送信": tally.sent, "残り": left})


def _is_daytime(moment: datetime) -> bool:
    return FIRST_HOUR <= moment.astimezone(JST).hour < LAST_HOUR
