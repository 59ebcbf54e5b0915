"""
Erase one person on request (本人からの請求), at any time, by their address, their claim code or their 管理番号.

Before the freeze the entry simply goes; afterwards its label stays in the pool, and a `Withdrawal` lets `forfeit` pass
a place on. Each of the person's ledger rows becomes a tombstone: a keyed id of a response that is not taken in again.
The address is not remembered: a new response by the same person is a new act with a new consent, and is accepted.

What names the person goes last: the request is recorded first, and what a killed run left is finished by the same
call, found by the same keyed number.

Whoever looks a person up is named in the journal, with that number, before they are told anything; before they have
entered the confirm code they are told only whether something is stored, and neither prize nor place nor times.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from prizedraw.entries import ids, ledger
from prizedraw.erasure import attested
from prizedraw.erasure.attested import STEP
from prizedraw.erasure.person_outcome import (
    EverybodyErased,
    PersonErased,
    PersonOutcome,
    ToErasePerson,
    ToTellErased,
    UnknownPerson,
)
from prizedraw.erasure.powers import Powers
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.fulfilment import claim_code, holder_number, withdrawals
from prizedraw.lottery.opening import open_draw
from prizedraw.lottery.prepared import is_prepared
from prizedraw.mail import row_marks
from prizedraw.mail.receipts import person_of
from prizedraw.ports import Delete, Replace, Write
from prizedraw.records.entries import Entry, LedgerRow, Outcome
from prizedraw.records.erasure import PersonRequest
from prizedraw.records.fulfilment import Claim, Delivery, Review
from prizedraw.records.lottery import AwardedPlace, Drawn, Freezing, Frozen
from prizedraw.records.mail import MailRow, MailState, row_ids
from prizedraw.records.running import ONLY
from prizedraw.runtime import confirm, journal, lease
from prizedraw.runtime.lease import Hold
from prizedraw.runtime.orders import Caller, Reply
from prizedraw.runtime.preconditions import NOT_PREPARED
from prizedraw.times import stamp
from prizedraw.typed import email_addresses
from prizedraw.words import erase_person as words

_LEASE = timedelta(minutes=5)
"""One person is erased in seconds: whoever presses again after a crash need not wait for a whole run to be dead."""
_DIGITS = 12
"""How many hexadecimal digits a receipt number has."""

BAD_ADDRESS = Problem(
    "E-550", "メールアドレスの形が正しくありません。応募のときのアドレスを、もう一度確かめてください。"
)
BAD_CODE = Problem(
    "E-551",
    "当選コードの形が正しくありません。当選のお知らせにある{length}文字（例：XXXX-XXXX-XXXX-X）か、"
    "お知らせの終わりにある管理番号（例：9RS-JT6-YVD）を入力してください。",
)
FREEZING = Problem(
    "E-552", "応募の確定（freeze）の途中です。確定が終わってから（10分ほど）、もう一度実行してください。"
)
MAIL_OPEN = Problem(
    "E-553",
    "この方へのメールの送信が途中です。次のメールの送信（notify）の定期実行（1時間以内）の後に、"
    "もう一度実行してください。",
)


@dataclass(frozen=True, kw_only=True)
class _Person:
    """One person, by keyed ids, and what still stands of them. *request* is one that was recorded before."""

    number: str
    request: PersonRequest | None = None
    entry: Entry | None = None
    rows: tuple[LedgerRow, ...] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether anything of them stands, or ever did."""
        return self.request is not None or self.entry is not None or bool(self.rows)

    @property
    def row_ids(self) -> list[str]:
        """Return the ids of all their rows, tombstones too: the same before and after they are erased."""
        earlier = self.request.rows if self.request is not None else ()
        return sorted({*earlier, *(row.id for row in self.rows)})


def run(
    powers: Powers, caller: Caller, *, email: str | None, code: str | None, confirm_code: str | None, is_page: bool
) -> Reply:
    """
    Say whether there is anything of a person and, with the confirm code, erase it; again, give the receipt once more.

    Raises:
        Refused: the address or the code is none, or nothing is prepared, so that nobody can be known.
        Again: entries are being taken in, fixed or written to; or a service is away. The same call goes on.
    """
    outcome = _outcome(powers, caller, email=email, code=code, confirm_code=confirm_code, is_page=is_page)
    return words.reply(powers.campaign, outcome, is_page=is_page)


def _outcome(
    powers: Powers, caller: Caller, *, email: str | None, code: str | None, confirm_code: str | None, is_page: bool
) -> PersonOutcome:
    erasing = attested.read(powers.campaign, powers.state).erasing
    if erasing is not None:
        return EverybodyErased(erasing=erasing)
    if not is_prepared(powers.state, powers.published):  # before that there are no keys by which to look
        raise Refused(NOT_PREPARED)
    look = partial(_by_address, powers, email) if email is not None else partial(_by_code, powers, code or "")
    person = look()
    # Before anything is said, and whatever is: that nobody is known tells something too.
    looked = journal.entry(powers.clock, caller, STEP, "looked up", hashes={"receipt": person.number})
    powers.state.commit([looked])
    by_email = email is not None
    if not person.is_known:
        return UnknownPerson(by_code=not by_email)
    decision = {"person": person.number, "rows": sha256_hex(" ".join(person.row_ids).encode())}
    new_code = confirm.consent(
        confirm_code, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock
    )
    earlier = person.request
    if earlier is not None and earlier.done_at:
        if new_code is not None:
            return ToTellErased(code=new_code, by_email=by_email, is_page=is_page, receipt=earlier.id)
        return _erased(powers, earlier, is_new=False)
    if new_code is not None:
        return ToErasePerson(
            code=new_code,
            by_email=by_email,
            is_page=is_page,
            is_frozen=powers.state.get(Frozen, ONLY) is not None,
            is_drawn=powers.state.get(Drawn, ONLY) is not None,
        )
    times = replace(powers.times, lease=_LEASE)
    sealed, state = powers.sealed, powers.state
    leases = [(sealed, lease.INTAKE), (sealed, lease.AWARDS), (state, lease.AWARDS), (state, lease.MAILS)]
    with lease.fenced(powers.clock, times, *leases) as (entries, _, awards, _):
        # Until now somebody may have been writing: another response may hold the entry.
        now = look()
        request, by_hand = _erase(powers, caller, now if now.is_known else person, entries=entries, awards=awards)
    return _erased(powers, request, is_new=True, mailbox_problem=by_hand)


def _by_address(powers: Powers, typed: str) -> _Person:
    address = email_addresses.parse(typed)
    if address is None:
        raise Refused(BAD_ADDRESS)
    return _person(powers, ids.entry_id(powers.index, address.person))


def _by_code(powers: Powers, typed: str) -> _Person:
    code = claim_code.normalise(typed)
    if code is not None:
        label = next((a.id for a in _places(powers) if claim_code.code_for(powers.claim, a.id, a.prize) == code), None)
    elif holder_number.is_number(typed):
        label = holder_number.find(typed, [place.id for place in _places(powers)])
    else:
        raise Refused(BAD_CODE, length=claim_code.LENGTH)
    if label is not None:
        entries = powers.sealed.find(Entry, "label", label)
        if entries:
            return _person(powers, entries[0].id)
        standing = next((request for request in powers.state.scan(PersonRequest) if request.label == label), None)
        if standing is not None:
            return _Person(number=standing.id, request=standing)
    return _Person(number=_number(powers, code or label or "", 1))


def _places(powers: Powers) -> list[AwardedPlace]:
    """Return the places of the record that is published; Broken if it is not ours."""
    draw = open_draw(powers.published)
    recorded = draw.record(powers.clock) if draw is not None else None
    return list(recorded.places()) if recorded is not None else []


def _person(powers: Powers, key: str) -> _Person:
    """Find what stands of a person. Whoever comes again after an erasure has a new number."""
    entry = powers.sealed.get(Entry, key)
    rows = tuple(powers.sealed.find(LedgerRow, "address", key))
    nth, last = 1, None
    while (stored := powers.state.get(PersonRequest, _number(powers, key, nth))) is not None:
        nth, last = nth + 1, stored.record
    if entry is None and not rows and last is not None:
        return _Person(number=last.id, request=last)
    if last is not None and last.done_at:
        last = None
    number = last.id if last else _number(powers, key, nth)
    return _Person(number=number, request=last, entry=entry.record if entry else None, rows=rows)


def _number(powers: Powers, key: str, nth: int) -> str:
    """Return the receipt number of a person's *nth* request: keyed, so that nobody can tell whose it is."""
    digits = powers.index.value(f"receipt\0{key}\0{nth}".encode()).hex()[:_DIGITS].upper()
    return "-".join(digits[start : start + 4] for start in range(0, _DIGITS, 4))


def _rows(powers: Powers, request: PersonRequest) -> list[LedgerRow]:
    """Return the tombstones of a request, oldest response first."""
    return sorted(powers.sealed.get_many(LedgerRow, request.rows).values(), key=lambda row: row.created)


def _mails(powers: Powers, entry: Entry) -> list[MailRow]:
    ids = row_ids(entry.candidate.label, person_of(powers.claim, entry.id))
    return list(powers.state.get_many(MailRow, ids).values())


def _erased(powers: Powers, request: PersonRequest, *, is_new: bool, mailbox_problem: str = "") -> PersonErased:
    """Gather what an operator is told of a person who is erased."""
    award = None
    if request.label:
        with suppress(Broken):  # they are erased all the same, and who acts on the record says what is wrong with it
            award = next((place for place in _places(powers) if place.id == request.label), None)
    return PersonErased(
        request=request,
        rows=_rows(powers, request),
        award=award,
        is_new=is_new,
        mailbox_problem=mailbox_problem,
    )


def _counts(powers: Powers, person: _Person) -> dict[str, int]:
    """Count what stands of a person, by the machine names of the stores."""
    if person.entry is None:
        return {"sealed/entries": 0, "sealed/responses": len(person.rows)}
    label = person.entry.candidate.label
    return {
        "sealed/entries": 1,
        "sealed/responses": len(person.rows),
        "sealed/deliveries": int(powers.sealed.get(Delivery, label) is not None),
        "state/claims": int(powers.state.get(Claim, label) is not None),
        "state/reviews": sum(review.label == label for review in powers.state.scan(Review)),
        "state/mails": len(_mails(powers, person.entry)),
    }


def _erase(
    powers: Powers, caller: Caller, person: _Person, *, entries: Hold, awards: Hold
) -> tuple[PersonRequest, str]:
    """
    Erase a person in every place; return the request, and the code of what kept their mails from being erased.

    *entries* is the hold on who writes entries, *awards* the one on who changes what becomes of an award, in `state`.
    """
    is_frozen = powers.state.get(Frozen, ONLY) is not None
    if not is_frozen and powers.state.get(Freezing, ONLY) is not None:
        raise Again(FREEZING)
    label = person.entry.candidate.label if person.entry is not None else ""
    mails, problem = _erase_mails(powers, person.entry) if person.entry is not None else (0, "")
    ids, known = {row.id for row in person.rows}, person.request
    if known is None:
        counts = _counts(powers, person) | {"mailbox": mails}
        known = PersonRequest(person.number, stamp(powers.clock()), "", (), counts)
    request = replace(known, label=known.label or (label if is_frozen else ""), rows=tuple(sorted({*known.rows, *ids})))
    writes: list[Write] = [Replace(request)]
    if label and is_frozen:  # over what stands: a mark that somebody else planted must not keep ours out
        writes.append(Replace(withdrawals.signed(powers.signer, powers.campaign.id, label, stamp(powers.clock()))))
    awards.commit(writes)
    if person.entry is not None:
        _erase_label(powers, awards, person.entry)
    _erase_entry(powers, entries, person, label)
    done = replace(request, done_at=stamp(powers.clock()))
    totals = ledger.count(powers.sealed, powers.clock)
    hashes = {"receipt": request.id}
    entry = journal.entry(powers.clock, caller, STEP, "person", counts=request.counts, hashes=hashes)
    awards.commit([Replace(done), Replace(totals), entry])
    return done, problem


def _erase_mails(powers: Powers, entry: Entry) -> tuple[int, str]:
    """
    Erase a person's mails; return how many, or the code of why the mailbox may not be reached: a person must.

    Only rows that `notify` wrote are followed: the message that another one names may be somebody else's.
    """
    rows = [row for row in _mails(powers, entry) if row_marks.is_ours(powers.claim, row)]
    if any(row.state == MailState.DRAFTED for row in rows):
        raise Again(MAIL_OPEN)
    ids = [row.message for row in rows if row.message]
    try:
        powers.mailbox.erase_mails(ids)
    except Broken as error:
        return 0, error.problem.code
    return len(ids), ""  # not what went now: a run that was killed may have erased them already


def _erase_label(powers: Powers, awards: Hold, entry: Entry) -> None:
    """Erase what `state` holds about an entry: its claim, what is to be reviewed of it, the records of its mails."""
    label = entry.candidate.label
    gone: list[Write] = [Delete(Claim, label), *(Delete(MailRow, row.id) for row in _mails(powers, entry))]
    gone += [Delete(Review, review.id) for review in powers.state.scan(Review) if review.label == label]
    for batch in lease.batches(gone):
        awards.commit(batch)


def _erase_entry(powers: Powers, entries: Hold, person: _Person, label: str) -> None:
    """Turn a person's rows into tombstones, and remove entry and delivery with the last of them."""
    tombs: list[Write] = [Replace(_tombstone(row)) for row in _holder_last(person)]
    last: list[Write] = []
    if person.entry is not None:
        last = [Delete(Entry, person.entry.id), Delete(Delivery, label)]
    batches: list[Sequence[Write]] = list(lease.batches(tombs)) or [[]]
    for number, batch in enumerate(batches, 1):
        writes = [*batch, *(last if number == len(batches) else [])]
        if writes:
            entries.commit(writes)


def _holder_last(person: _Person) -> Sequence[LedgerRow]:
    """Order the rows so that the one which holds the entry goes together with it."""
    holder = person.entry.response if person.entry is not None else ""
    return sorted(person.rows, key=lambda row: row.id == holder)


def _tombstone(row: LedgerRow) -> LedgerRow:
    """Return what is left of a row: its keyed id, and the times by which a person finds the response in the form."""
    return LedgerRow(row.id, row.created, row.version, Outcome.WITHDRAWN, gone=row.gone)
