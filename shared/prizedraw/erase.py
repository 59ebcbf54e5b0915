"""
Erase everything personal, place by place, read each place again, and report it signed. One person on request.

Called by the schedule every day, and by operators. What is due goes: the form's responses after the draw, addresses
after the shipping, everything else from the campaign's date on, keys last. The days after that it looks again, until no
place can be restored any more. Two operators can let everything begin before its time, with a reason: one asks, and
another enters the code.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from prizedraw import erase_person
from prizedraw.campaign.definition import Campaign
from prizedraw.erasure import answering, publishing, unlisted
from prizedraw.erasure.answering import NO_NAME
from prizedraw.erasure.due import Due, due
from prizedraw.erasure.outcome import EraseOutcome, Looked, NotDue, Taken, ToAttest
from prizedraw.erasure.places import PLACES, Place, PlaceKind, When
from prizedraw.erasure.powers import Powers, Render
from prizedraw.erasure.recorded import read_recorded
from prizedraw.erasure.report import TEXT
from prizedraw.erasure.run import erase_due, stand_complete
from prizedraw.erasure.state import Overall
from prizedraw.erasure.sweep import Sweep
from prizedraw.erasure.witnesses import remember_sheets
from prizedraw.errors import Problem, Refused
from prizedraw.ports import (
    Clock,
    Create,
    Eraser,
    FormFile,
    History,
    Inventory,
    ListedStore,
    Mailbox,
    Prf,
    PublishedFiles,
    Reports,
    Sheets,
    Signer,
)
from prizedraw.records.erasure import Attestation
from prizedraw.runtime import confirm, journal, logs
from prizedraw.runtime.confirm import OfTwo
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.logs import Event
from prizedraw.runtime.orders import Caller, Order, Reply
from prizedraw.runtime.preconditions import ONE_AT_A_TIME
from prizedraw.times import stamp
from prizedraw.words import erase as words
from prizedraw.words import places as place_words

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
NOT_YET = Problem("E-548", "「{place}」は、まだ消去する時期ではありません（{when}）。")
STILL_THERE = Problem("E-549", "「{place}」に、まだ{count}件残っています。削除してから、もう一度実行してください。")


class ErasureOrder(Order):
    """
    The wish that what is due be erased; or everything before its time (*early*, with a *reason*).

    *attest* names a place that a person has emptied, *by* is who did; or something that nobody declared, and *what* it
    is. *email* or *code* (a claim code) is of the one
    person who is to be erased.
    """

    early: bool = False
    reason: str | None = Field(default=None, max_length=300, repr=False)
    attest: str | None = Field(default=None, max_length=100)
    by: str | None = Field(default=None, max_length=100, repr=False)
    what: str | None = Field(default=None, max_length=300, repr=False)
    email: str | None = Field(default=None, max_length=1000, repr=False)
    code: str | None = Field(default=None, max_length=200, repr=False)
    format: Literal["json", "html"] = "json"


def run(
    order: ErasureOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    manifest: Path,
    sealed: ListedStore,
    state: ListedStore,
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
    inventories: Mapping[str, Inventory],
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
    powers = Powers(
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
        inventories=inventories,
        render=render,
        times=times,
        clock=clock,
    )
    if not caller.scheduled:
        _demand_one_thing(order)
        if order.email is not None or order.code is not None:
            is_page = order.format == "html"
            return erase_person.run(
                powers, caller, email=order.email, code=order.code, confirm_code=order.confirm, is_page=is_page
            )
    return words.reply(campaign, _outcome(powers, caller, order))


def _demand_one_thing(order: ErasureOrder) -> None:
    """Refuse an order that asks for several things at once."""
    if sum([order.early, order.attest is not None, order.email is not None, order.code is not None]) > 1:
        raise Refused(ONE_AT_A_TIME, names="email・code・attest・early")


def _outcome(powers: Powers, caller: Caller, order: ErasureOrder) -> EraseOutcome:
    if caller.scheduled:
        return _by_schedule(powers, caller)
    if order.attest is not None:
        typed, what = unicodedata.normalize("NFKC", order.attest).strip().lower(), _name(order.what or "")
        if unlisted.is_id(typed):
            return answering.answer(
                powers, caller, typed, what=what, name=_name(order.by or ""), confirm_code=order.confirm
            )
        return _attest(powers, caller, order.attest, name=_name(order.by or ""), confirm_code=order.confirm)
    return _by_operator(powers, caller, order)


def _by_schedule(powers: Powers, caller: Caller) -> EraseOutcome:
    """Erase what is due, and raise the alarm if something is left that should have gone."""
    last = publishing.latest(powers.reports)
    if last is not None and last.state is Overall.COMPLETE:
        return stand_complete(powers, caller, last)
    remember_sheets(powers)
    due_now = due(powers.campaign, powers.state, powers.now())
    outcome = erase_due(powers, caller, due_now) if due_now.ended else NotDue(due=due_now)
    now = powers.now()
    if read_recorded(powers.campaign, powers.state, now).is_overdue(powers.campaign, now):
        logs.emit(Event.ALARM, step=STEP, code=OVERDUE)
    return outcome


def _by_operator(powers: Powers, caller: Caller, order: ErasureOrder) -> EraseOutcome:
    """See how far it is and what would happen; with the code let it happen, before its time with another's code."""
    due_now = due(powers.campaign, powers.state, powers.now())
    reason = _reason(order, due_now)
    is_anything_due = bool(due_now.ended or reason)
    if order.confirm is not None and not is_anything_due:
        raise Refused(TOO_EARLY, unmet=place_words.unmet(powers.campaign, due_now))
    decision = {"ended": " ".join(sorted(due_now.ended)), "reason": reason}
    one = partial(confirm.consent, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock)
    two = OfTwo(
        caller=caller, step=STEP, action="asked early", decision=decision, state=powers.state, clock=powers.clock
    )
    if order.confirm is not None:
        asked = two.agreed(order.confirm) if reason else None
        if asked is None:
            one(order.confirm)
        remember_sheets(powers)
        return erase_due(powers, caller, due_now, reason, asked)
    sweep = _looked_at(powers, caller, replace(due_now, ended=frozenset(When)) if reason else due_now, PLACES)
    sweep.look_beside()
    places = sweep.reports(powers.now())
    code = two.ask() if reason else one(None) if is_anything_due else None
    last = publishing.latest(powers.reports)
    return Looked(due=due_now, places=places, last=last, code=code, reason=reason, shown=sweep.shown)


def _looked_at(powers: Powers, caller: Caller, due_now: Due, places: Iterable[Place]) -> Sweep:
    """Look at *places* whose time has come, without erasing; return what tells how far every place is."""
    sweep = Sweep(powers=powers, caller=caller, due=due_now, until=powers.clock() + powers.times.budget)
    sweep.go(places)
    return sweep


def _reason(order: ErasureOrder, due_now: Due) -> str:
    """Return why everything should go before its time; empty if it need not be asked."""
    if not order.early or due_now.everything:
        return ""
    reason = " ".join((order.reason or "").split())
    if not TEXT.fullmatch(reason):
        raise Refused(NO_REASON)
    return reason


def _attest(powers: Powers, caller: Caller, typed: str, *, name: str, confirm_code: str | None) -> EraseOutcome:
    """Take a person's word that a place is empty, unless it is seen not to be."""
    place = _place(typed)
    if not TEXT.fullmatch(name):
        raise Refused(NO_NAME)
    stored = powers.state.get(Attestation, place.id)
    if stored is not None:
        return Taken(place=place, mark=stored.record, is_new=False)
    due_now = due(powers.campaign, powers.state, powers.now())
    if not due_now.place(place):
        raise Refused(NOT_YET, place=place.name, when=place_words.since(powers.campaign, place))
    seen = _looked_at(powers, caller, due_now, [place]).reports(powers.now())
    left = next(one.after for one in seen if one.id == place.id)
    if left:
        raise Refused(STILL_THERE, place=place.name, count=left)
    decision = {"attest": place.id, "by": hashlib.sha256(name.encode()).hexdigest()}
    code = confirm.consent(
        confirm_code, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock
    )
    if code is not None:
        return ToAttest(place=place, name=name, code=code, left=left)
    mark = Attestation(place.id, name, stamp(powers.clock()), caller.principal)
    powers.state.commit([Create(mark), journal.entry(powers.clock, caller, STEP, "attested", counts={place.id: 1})])
    return Taken(place=place, mark=mark, is_new=True)


def _place(typed: str) -> Place:
    """Return the place that an operator names; Refused if a person cannot empty it."""
    persons = {place.id: place for place in PLACES if place.kind is PlaceKind.PERSON}
    place = persons.get(unicodedata.normalize("NFKC", typed).strip().lower())
    if place is None:
        raise Refused(UNKNOWN_PLACE, places="、".join(f"{p.id}（{p.name}）" for p in persons.values()))
    return place


def _name(typed: str) -> str:
    """Return a person's name on one line, as it stands in the report."""
    return " ".join(unicodedata.normalize("NFC", typed).split())
