"""
Erase one person on request (本人からの請求), at any time, by their address or their claim code.

Before the freeze the entry simply goes; afterwards its label stays in the pool, and a `Withdrawal` lets `forfeit` pass
a place on. Each of the person's ledger rows becomes a tombstone: a keyed id of a response that is not taken in again.
The address is not remembered: a new response by the same person is a new act with a new consent, and is accepted.

What names the person goes last: the request is put down first, and what a killed run left is finished by the same
call, found by the same keyed number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from prizedraw.entries import ids, ledger
from prizedraw.erasure.desk import STEP, Desk
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.fulfilment import claim_code
from prizedraw.ports import Create, Delete, Replace, Write
from prizedraw.records.entries import Entry, LedgerRow, Outcome
from prizedraw.records.erasure import Erasing, PersonRequest
from prizedraw.records.fulfilment import Claim, Delivery, Review, Withdrawal
from prizedraw.records.lottery import AwardedPlace, Freezing, Frozen
from prizedraw.records.mail import TO_PEOPLE, MailRow, MailState
from prizedraw.records.running import ONLY
from prizedraw.runtime import confirm, journal, lease
from prizedraw.runtime.lease import Hold
from prizedraw.runtime.orders import Caller, Reply
from prizedraw.times import stamp
from prizedraw.typed import email_addresses
from prizedraw.words import erase_person as words
from prizedraw.words.erase_person import Told

_LEASE = timedelta(minutes=5)
"""One person is erased in seconds: whoever presses again after a crash need not wait for a whole run to be dead."""
_DIGITS = 12
"""How many hexadecimal digits a receipt number has."""

BAD_ADDRESS = Problem(
    "E-550", "メールアドレスの形が正しくありません。応募のときのアドレスを、もう一度確かめてください。"
)
BAD_CODE = Problem(
    "E-551", "当選コードの形が正しくありません。当選のお知らせにある13文字（例：XXXX-XXXX-XXXX-X）を入力してください。"
)
FREEZING = Problem(
    "E-552", "応募の確定（freeze）の途中です。確定が終わってから（10分ほど）、もう一度実行してください。"
)
MAIL_OPEN = Problem(
    "E-553", "この方へのメールの送信が途中です。次の notify の定期実行（1時間以内）の後に、もう一度実行してください。"
)


@dataclass(frozen=True)
class _Person:
    """Hold what is known of one person: keyed ids, and what still stands. *request* is one that was put down before."""

    number: str
    request: PersonRequest | None
    entry: Entry | None
    rows: tuple[LedgerRow, ...]


def run(desk: Desk, caller: Caller, email: str | None, code: str | None, given: str | None, *, is_page: bool) -> Reply:
    """
    Say what there is of a person and, with the confirm code, erase it; again, give the receipt once more.

    Raises:
        Refused: the address or the code is none.
        Again: entries are being taken in, fixed or written to; or a service is away. The same call goes on.
    """
    erasing = desk.state.get(Erasing, ONLY)
    if erasing is not None:
        return words.all_erased(erasing.record)
    look = partial(_by_address, desk, email) if email is not None else partial(_by_code, desk, code or "")
    person = look()
    if person is None:
        return words.unknown(by_code=email is None)
    standing = person.request
    if standing is not None and standing.done_at:
        return words.receipt(desk.campaign, standing, _rows(desk, standing), is_page=is_page, is_new=False)
    decision = {"person": person.number, "rows": sha256_hex(" ".join(row.id for row in person.rows).encode())}
    consent = confirm.consent(given, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock)
    if consent is not None:
        return words.ask(consent, _told(desk, person), email=email is not None)
    leases = [(desk.sealed, lease.INTAKE), (desk.sealed, lease.AWARDS), (desk.state, lease.AWARDS)]
    with lease.fenced(desk.clock, replace(desk.times, lease=_LEASE), *leases, (desk.state, lease.MAILS)) as (
        entries,
        _,
        places,
        _,
    ):
        # Until now somebody may have been writing: another response may hold the entry.
        request, by_hand = _erase(desk, caller, entries, places, look() or person)
    rows = _rows(desk, request)
    return words.receipt(desk.campaign, request, rows, is_page=is_page, is_new=True, mailbox_problem=by_hand)


def _by_address(desk: Desk, typed: str) -> _Person | None:
    address = email_addresses.parse(typed)
    if address is None:
        raise Refused(BAD_ADDRESS)
    return _person(desk, ids.entry_id(desk.index, address.person))


def _by_code(desk: Desk, typed: str) -> _Person | None:
    code = claim_code.normalise(typed)
    if code is None:
        raise Refused(BAD_CODE)
    awards = desk.state.scan(AwardedPlace)
    label = next((a.id for a in awards if claim_code.code_for(desk.claim, a.id, a.prize) == code), None)
    if label is None:
        return None
    entries = desk.sealed.find(Entry, "label", label)
    if entries:
        return _person(desk, entries[0].id)
    standing = next((request for request in desk.state.scan(PersonRequest) if request.label == label), None)
    return _Person(standing.id, standing, None, ()) if standing is not None else None


def _person(desk: Desk, key: str) -> _Person | None:
    """Find what stands of a person; None if nothing does, nor ever did. Whoever comes again has a new number."""
    entry = desk.sealed.get(Entry, key)
    rows = tuple(desk.sealed.find(LedgerRow, "address", key))
    nth, last = 1, None
    while (stored := desk.state.get(PersonRequest, _number(desk, key, nth))) is not None:
        nth, last = nth + 1, stored.record
    if entry is None and not rows:
        return _Person(last.id, last, None, ()) if last is not None else None
    if last is not None and last.done_at:
        last = None
    return _Person(last.id if last else _number(desk, key, nth), last, entry.record if entry else None, rows)


def _number(desk: Desk, key: str, nth: int) -> str:
    """Return the receipt number of a person's *nth* request: keyed, so that nobody can tell whose it is."""
    digits = desk.index.value(f"receipt\0{key}\0{nth}".encode()).hex()[:_DIGITS].upper()
    return "-".join(digits[start : start + 4] for start in range(0, _DIGITS, 4))


def _rows(desk: Desk, request: PersonRequest) -> list[LedgerRow]:
    """Return the tombstones of a request, oldest response first."""
    return sorted(desk.sealed.get_many(LedgerRow, request.rows).values(), key=lambda row: row.created)


def _mails(desk: Desk, label: str) -> list[MailRow]:
    return list(desk.state.get_many(MailRow, [f"{kind}-{label}" for kind in TO_PEOPLE]).values())


def _told(desk: Desk, person: _Person) -> Told:
    """Gather what an operator is told before it goes."""
    label = person.entry.candidate.label if person.entry is not None else ""
    award = desk.state.get(AwardedPlace, label) if label else None
    return Told(
        desk.campaign,
        _counts(desk, person),
        person.rows,
        award.record if award is not None else None,
        is_frozen=desk.state.get(Frozen, ONLY) is not None,
    )


def _counts(desk: Desk, person: _Person) -> dict[str, int]:
    """Count what stands of a person, by the machine names of the stores."""
    label = person.entry.candidate.label if person.entry is not None else ""
    if not label:
        return {"sealed/entries": 0, "sealed/responses": len(person.rows)}
    return {
        "sealed/entries": 1,
        "sealed/responses": len(person.rows),
        "sealed/deliveries": int(desk.sealed.get(Delivery, label) is not None),
        "state/claims": int(desk.state.get(Claim, label) is not None),
        "state/reviews": sum(review.label == label for review in desk.state.scan(Review)),
        "state/mails": len(_mails(desk, label)),
    }


def _erase(desk: Desk, caller: Caller, entries: Hold, places: Hold, person: _Person) -> tuple[PersonRequest, str]:
    """Erase a person in every place; return the request, and the code of what kept their mails from being erased."""
    is_frozen = desk.state.get(Frozen, ONLY) is not None
    if not is_frozen and desk.state.get(Freezing, ONLY) is not None:
        raise Again(FREEZING)
    label = person.entry.candidate.label if person.entry is not None else ""
    mails, problem = _erase_mails(desk, label) if label else (0, "")
    ids, known = {row.id for row in person.rows}, person.request
    if known is None:
        counts = _counts(desk, person) | {"mailbox": mails}
        known = PersonRequest(person.number, stamp(desk.clock()), "", (), counts)
    request = replace(known, label=known.label or (label if is_frozen else ""), rows=tuple(sorted({*known.rows, *ids})))
    writes: list[Write] = [Replace(request)]
    if label and is_frozen and desk.state.get(Withdrawal, label) is None:
        writes.append(Create(Withdrawal(label, stamp(desk.clock()))))
    places.commit(writes)
    if label:
        _erase_label(desk, places, label)
    _erase_entry(desk, entries, person, label)
    done = replace(request, done_at=stamp(desk.clock()))
    totals = ledger.count(desk.sealed, desk.clock)
    hashes = {"receipt": request.id}
    entry = journal.entry(desk.clock, caller, STEP, "person", counts=request.counts, hashes=hashes)
    places.commit([Replace(done), Replace(totals), entry])
    return done, problem


def _erase_mails(desk: Desk, label: str) -> tuple[int, str]:
    """Erase a person's mails; return how many, or the code of why the mailbox may not be reached: a person must."""
    rows = _mails(desk, label)
    if any(row.state == MailState.DRAFTED for row in rows):
        raise Again(MAIL_OPEN)
    ids = [row.message for row in rows if row.message]
    try:
        desk.mailbox.erase_mails(ids)
    except Broken as error:
        return 0, error.problem.code
    return len(ids), ""


def _erase_label(desk: Desk, places: Hold, label: str) -> None:
    """Erase what `state` holds about a label: its claim, what is to be reviewed of it, the records of its mails."""
    gone: list[Write] = [Delete(Claim, label), *(Delete(MailRow, row.id) for row in _mails(desk, label))]
    gone += [Delete(Review, review.id) for review in desk.state.scan(Review) if review.label == label]
    for batch in lease.batches(gone):
        places.commit(batch)


def _erase_entry(desk: Desk, entries: Hold, person: _Person, label: str) -> None:
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
