"""
Erase everything personal, place by place, read each place again, and report it signed. One person on request.

Called by the schedule every day, and by operators. What is due goes: the form's responses after the draw, addresses
after the shipping, everything else from the campaign's date on, keys last. The days after that it looks again, until no
place can be restored any more. An operator can let everything begin before its time, with a reason.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from prizedraw import erase_person
from prizedraw.campaign.definition import Campaign
from prizedraw.erasure import publishing
from prizedraw.erasure.desk import Desk
from prizedraw.erasure.due import Due, due
from prizedraw.erasure.places import PLACES, Place, PlaceKind, When
from prizedraw.erasure.publishing import Render
from prizedraw.erasure.report import TEXT, Report
from prizedraw.erasure.state import Overall
from prizedraw.erasure.sweep import Sweep, remember_sheets
from prizedraw.errors import Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.overview import erasure as remains
from prizedraw.ports import (
    Clock,
    Create,
    Eraser,
    FormFile,
    History,
    Mailbox,
    Prf,
    PublishedFiles,
    Reports,
    Sheets,
    Signer,
    Store,
    Write,
)
from prizedraw.records.erasure import Attestation, Erasing
from prizedraw.records.lottery import Freezing
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime import confirm, journal, lease, logs
from prizedraw.runtime.lease import Hold, RunTimes
from prizedraw.runtime.logs import Event
from prizedraw.runtime.orders import Caller, Order, Reply
from prizedraw.runtime.preconditions import ONE_AT_A_TIME
from prizedraw.times import instant_of, stamp
from prizedraw.words import erase as words
from prizedraw.words import places as place_words
from prizedraw.words.erase import Run

STEP = "erase"
OVERDUE = "overdue"

TOO_EARLY = Problem(
    "E-543",
    "まだ消去の時期ではありません。残っている条件：{unmet}。"
    'それでも消去するときは、本文を {{"early": true, "reason": "理由"}} にして実行してください。',
)
NO_REASON = Problem(
    "E-544", "時期の前に消去するには、理由（reason）が要ります。個人情報を書かずに、短く入力してください。"
)
UNKNOWN_PLACE = Problem("E-546", "attest には、次のどれかを入力してください：{places}")
NO_NAME = Problem("E-547", '消去を確かめた方の氏名を、"by": "山田 太郎" のように入力してください（100字まで）。')
NOT_YET = Problem("E-548", "「{place}」は、まだ消去する時期ではありません（{when}）。")
STILL_THERE = Problem("E-549", "「{place}」に、まだ{count}件残っています。削除してから、もう一度実行してください。")


class ErasureOrder(Order):
    """
    Ask to erase what is due; or before its time (*early*, with a *reason*).

    *attest* names a place that a person has emptied, *by* is who did. *email* or *code* (a claim code) is of the one
    person who is to be erased.
    """

    early: bool = False
    reason: str | None = Field(default=None, max_length=300, repr=False)
    attest: str | None = Field(default=None, max_length=100)
    by: str | None = Field(default=None, max_length=100, repr=False)
    email: str | None = Field(default=None, max_length=1000, repr=False)
    code: str | None = Field(default=None, max_length=200, repr=False)
    format: Literal["json", "html"] = "json"


def run(
    order: ErasureOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    manifest: Path,
    sealed: Store,
    state: Store,
    published: PublishedFiles,
    reports: Reports,
    signer: Signer,
    index: Prf,
    claim: Prf,
    form: FormFile,
    sheets: Sheets,
    mailbox: Mailbox,
    histories: Mapping[str, History],
    erasers: Mapping[str, Eraser],
    render: Render = publishing.as_pdf,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Erase what is due and report it; or say what would happen; or take an attestation; or erase one person.

    *erasers* are by the machine names of `places`, *histories* by the name of their database.

    Raises:
        Refused: it is too early, or the order is not clear.
        Again: another run is going on, or a service is away; what was erased stays erased, and the same call goes on.
        Broken: the report could not be made.
    """
    desk = Desk(
        campaign=campaign,
        manifest=manifest,
        sealed=sealed,
        state=state,
        published=published,
        reports=reports,
        signer=signer,
        index=index,
        claim=claim,
        form=form,
        sheets=sheets,
        mailbox=mailbox,
        histories=histories,
        erasers=erasers,
        times=times,
        clock=clock,
    )
    if caller.scheduled:
        return _by_schedule(desk, caller, render)
    if sum([order.early, order.attest is not None, order.email is not None, order.code is not None]) > 1:
        raise Refused(ONE_AT_A_TIME, names="email・code・attest・early")
    if order.email is not None or order.code is not None:
        return erase_person.run(desk, caller, order.email, order.code, order.confirm, is_page=order.format == "html")
    if order.attest is not None:
        return _attest(desk, caller, order.attest, order.by or "", order.confirm)
    return _by_operator(desk, caller, order, render)


def _by_schedule(desk: Desk, caller: Caller, render: Render) -> Reply:
    last = publishing.latest(desk.reports)
    if last is not None and last.state is Overall.COMPLETE:
        with lease.fenced(desk.clock, desk.times, (desk.state, STEP)) as (hold,):
            publishing.finish(desk, render, last)
            _journal_report(desk, hold, caller, last)
        return words.complete(last)
    remember_sheets(desk)
    found = due(desk.campaign, desk.state, desk.now())
    reply = _act(desk, caller, found, render) if found.ended else words.not_due(desk.campaign, found)
    if remains.read(desk.campaign, desk.state, desk.now()).is_overdue:
        logs.emit(Event.ALARM, step=STEP, code=OVERDUE)
    return reply


def _by_operator(desk: Desk, caller: Caller, order: ErasureOrder, render: Render) -> Reply:
    """Say how far it is and what would happen; with the code let it happen."""
    found = due(desk.campaign, desk.state, desk.now())
    reason = _reason(order, found)
    early = reason != ""
    if order.confirm is not None and not found.ended and not early:
        raise Refused(TOO_EARLY, unmet=place_words.unmet(desk.campaign, found))
    decision = {"ended": " ".join(sorted(found.ended)), "reason": reason}
    ask = partial(confirm.consent, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock)
    if order.confirm is not None:
        ask(order.confirm)
        remember_sheets(desk)
        return _act(desk, caller, found, render, reason)
    shown = replace(found, ended=frozenset(When)) if early else found
    sweep = Sweep(desk, caller, shown, desk.clock() + desk.times.budget)
    sweep.go()
    places = sweep.reports(desk.now())
    code = ask(None) if found.ended or early else None
    return words.look(desk.campaign, found, places, publishing.latest(desk.reports), code, reason)


def _reason(order: ErasureOrder, found: Due) -> str:
    """Return why everything should go before its time; empty if it need not be asked."""
    if not order.early or found.everything:
        return ""
    reason = " ".join((order.reason or "").split())
    if not TEXT.fullmatch(reason):
        raise Refused(NO_REASON)
    return reason


def _act(desk: Desk, caller: Caller, found: Due, render: Render, reason: str = "") -> Reply:
    """Erase what is due, alone, and publish what it came to."""
    with lease.fenced(desk.clock, desk.times, (desk.state, STEP)) as (hold,):
        if (found.everything or reason) and found.erasing is None:
            _begin(desk, hold, caller, reason)
            found = due(desk.campaign, desk.state, desk.now())
        with lease.fenced(desk.clock, desk.times, *_others(desk, found)):
            sweep = Sweep(desk, caller, found, desk.clock() + desk.times.budget, hold)
            sweep.go()
        now = desk.now()
        places = sweep.reports(now)
        if sweep.is_cut_short:
            return words.cut_short(sweep.erased, places)
        report, is_new = publishing.publish(desk, render, places, now)
        _journal_report(desk, hold, caller, report)
    return words.done(desk.campaign, Run(report, is_new, places, sweep.erased, sweep.problems, found))


def _begin(desk: Desk, hold: Hold, caller: Caller, reason: str) -> None:
    """Close everything else, before the first document goes: `erasing` for all steps, the gate of `intake` too."""
    began = Erasing(ONLY, stamp(desk.clock()), caller.principal, reason)
    writes: list[Write] = [Create(began)]
    if desk.state.get(Freezing, ONLY) is None:
        writes.append(Create(Freezing(ONLY, instant_of(desk.clock()))))
    action = "begun early" if reason else "begun"
    hold.commit([*writes, journal.entry(desk.clock, caller, STEP, action)])


def _others(desk: Desk, found: Due) -> list[tuple[Store, str]]:
    """Name the leases of those who could still be writing what is to be erased."""
    if When.ERASING in found.ended:
        return [
            (desk.sealed, lease.INTAKE),
            (desk.sealed, lease.AWARDS),
            (desk.state, lease.AWARDS),
            (desk.state, lease.MAILS),
        ]
    if When.SHIPPED in found.ended:
        return [(desk.sealed, lease.AWARDS), (desk.state, lease.AWARDS)]
    return []


def _journal_report(desk: Desk, hold: Hold, caller: Caller, report: Report) -> None:
    """Put down that a report was made, once, also if the run that made it was killed before it could."""
    made = sha256_hex(report.to_bytes())
    if made not in {row.hashes.get("report") for row in desk.state.scan(JournalRow)}:
        counts, hashes = {"number": report.number}, {"report": made}
        hold.commit([journal.entry(desk.clock, caller, STEP, "reported", counts=counts, hashes=hashes)])


def _attest(desk: Desk, caller: Caller, typed: str, by: str, given: str | None) -> Reply:
    """Take a person's word that a place is empty, unless it is seen not to be."""
    place = _place(typed)
    name = " ".join(unicodedata.normalize("NFC", by).split())
    if not TEXT.fullmatch(name):
        raise Refused(NO_NAME)
    stored = desk.state.get(Attestation, place.id)
    if stored is not None:
        return words.attested_before(place, stored.record)
    found = due(desk.campaign, desk.state, desk.now())
    if not found.place(place):
        raise Refused(NOT_YET, place=place.name, when=place_words.since(desk.campaign, place))
    left = _left(desk, caller, found, place)
    if left:
        raise Refused(STILL_THERE, place=place.name, count=left)
    decision = {"attest": place.id, "by": hashlib.sha256(name.encode()).hexdigest()}
    code = confirm.consent(given, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock)
    if code is not None:
        return words.ask_attestation(place, name, code, left)
    mark = Attestation(place.id, name, stamp(desk.clock()), caller.principal)
    desk.state.commit([Create(mark), journal.entry(desk.clock, caller, STEP, "attested", counts={place.id: 1})])
    return words.attested(place, mark)


def _place(typed: str) -> Place:
    persons = {place.id: place for place in PLACES if place.kind is PlaceKind.PERSON}
    place = persons.get(unicodedata.normalize("NFKC", typed).strip().lower())
    if place is None:
        raise Refused(UNKNOWN_PLACE, places="、".join(f"{p.id}（{p.name}）" for p in persons.values()))
    return place


def _left(desk: Desk, caller: Caller, found: Due, place: Place) -> int | None:
    """Return how much of a person's place is seen to be left; None if it cannot be seen."""
    sweep = Sweep(desk, caller, found, desk.clock() + desk.times.budget)
    sweep.go_to(place)
    return next(seen.after for seen in sweep.reports(desk.now()) if seen.id == place.id)
