"""
Erase everything personal, place by place, read each place again, and report it signed. One person on request.

Called by the schedule every day, and by operators. What is due goes: the form's responses after the draw, addresses
after the shipping, everything else from the campaign's date on, keys last. Every day after that it reads all places
again and says what it has read; no file that stands says for it that all is done. Two operators can let everything
begin before its time, with a reason: one asks, and another enters the code.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure import alarms, answering, publishing, unlisted
from prizedraw.erasure.answering import NO_NAME
from prizedraw.erasure.attested import ASKED_EARLY
from prizedraw.erasure.believed import Believed, believe
from prizedraw.erasure.due import Due
from prizedraw.erasure.legible import Illegible, Legible
from prizedraw.erasure.outcome import EraseOutcome, Looked, Taken, ToAttest
from prizedraw.erasure.places import PLACES, Place, PlaceKind, When
from prizedraw.erasure.powers import Powers, Render
from prizedraw.erasure.report import TEXT
from prizedraw.erasure.run import erase_due
from prizedraw.erasure.sweep import Sweep
from prizedraw.erasure.witnesses import remember_sheets
from prizedraw.errors import Again, Problem, Refused
from prizedraw.lottery.prepared import is_prepared
from prizedraw.ports import (
    Clock,
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
from prizedraw.runtime import confirm
from prizedraw.runtime.confirm import OfTwo
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply
from prizedraw.runtime.preconditions import NOT_PREPARED, ONE_AT_A_TIME
from prizedraw.times import stamp
from prizedraw.words import erase as words
from prizedraw.words import places as place_words

STEP = "erase"

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
    is. *email* or *code* (a claim code or a 管理番号)
    is of the one person who is to be erased.
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
    illegible = Illegible()
    powers = Powers(
        campaign=campaign,
        manifest=manifest,
        sealed=Legible(sealed, illegible),
        state=Legible(state, illegible),
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
        illegible=illegible,
    )
    if not caller.scheduled:
        _demand_one_thing(order)
        if order.email is not None or order.code is not None:
            from prizedraw import erase_person  # noqa: PLC0415  loads what reads addresses, which nothing else here needs

            # Of one person everything must be found: nothing may be left out.
            powers, is_page = replace(powers, sealed=sealed, state=state), order.format == "html"
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
            name = _name(order.by or "")
            return answering.answer(
                powers, caller, _believed(powers), typed, what=what, name=name, confirm_code=order.confirm
            )
        return _attest(powers, caller, typed, name=_name(order.by or ""), confirm_code=order.confirm)
    return _by_operator(powers, caller, order)


def _by_schedule(powers: Powers, caller: Caller) -> EraseOutcome:
    """Erase what is due, whatever any file or mark says of what is done; raise the alarm where something is amiss."""
    remember_sheets(powers)
    with alarms.watching(powers) as watch:
        return erase_due(powers, caller, watch)


def _by_operator(powers: Powers, caller: Caller, order: ErasureOrder) -> EraseOutcome:
    """See how far it is and what would happen; with the code let it happen, before its time with another's code."""
    believed = _believed(powers)
    due_now = believed.due(powers)
    reason = _reason(order, due_now)
    if reason and not (believed.draw or believed.problem or is_prepared(powers.state, powers.published)):
        raise Refused(NOT_PREPARED)  # once begun, it could not be reported, and nothing could be prepared any more
    is_anything_due = bool(due_now.ended or reason)
    if order.confirm is not None and not is_anything_due:
        raise Refused(TOO_EARLY, unmet=place_words.unmet(powers.campaign, due_now))
    decision = {"ended": " ".join(sorted(due_now.ended)), "reason": reason}
    one = partial(confirm.consent, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock)
    two = OfTwo(caller=caller, step=STEP, action=ASKED_EARLY, decision=decision, state=powers.state, clock=powers.clock)
    if order.confirm is not None:
        asked = two.agreed(order.confirm) if reason else None
        if asked is None:
            one(order.confirm)
        remember_sheets(powers)
        return erase_due(powers, caller, reason=reason, asked=asked)
    sweep = _looked_at(powers, caller, believed, replace(due_now, ended=frozenset(When)) if reason else due_now, PLACES)
    sweep.look_beside()
    places = sweep.reports(powers.now())
    return Looked(
        due=due_now,
        places=places,
        last=believed.filed.last,
        code=two.ask() if reason else one(None) if is_anything_due else None,
        reason=reason,
        unproven=believed.words.unproven,
        problem=problem.sentence if (problem := believed.problem or powers.illegible.problem) is not None else "",
        shown=sweep.shown,
    )


def _believed(powers: Powers) -> Believed:
    """Read what may be believed, for an operator, who can come again if a service is away."""
    believed = believe(powers)
    if isinstance(believed.problem, Again):
        raise believed.problem
    return believed


def _looked_at(powers: Powers, caller: Caller, believed: Believed, due_now: Due, places: Iterable[Place]) -> Sweep:
    """Look at *places* whose time has come, without erasing; return what tells how far every place is."""
    until = powers.clock() + powers.times.budget
    sweep = Sweep(powers=powers, caller=caller, due=due_now, believed=believed, until=until)
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
    believed = _believed(powers)
    said = believed.words.attested.get(place.id)
    if said is not None:
        return Taken(place=place, mark=said, is_new=False)
    due_now = believed.due(powers)
    if not due_now.place(place):
        raise Refused(NOT_YET, place=place.name, when=place_words.since(powers.campaign, place))
    seen = _looked_at(powers, caller, believed, due_now, [place]).reports(powers.now())
    left = next(one.after for one in seen if one.id == place.id)
    if left:
        raise Refused(STILL_THERE, place=place.name, count=left)
    decision = {"attest": place.id, "by": hashlib.sha256(name.encode()).hexdigest()}
    code = confirm.consent(
        confirm_code, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock
    )
    if code is not None:
        return ToAttest(place=place, name=name, code=code, left=left)
    now = powers.clock()  # one moment for the mark and the row by which it is believed
    mark, planted = Attestation(place.id, name, stamp(now), caller.principal), powers.state.get(Attestation, place.id)
    answering.keep(mark, planted, powers, caller, now)
    return Taken(place=place, mark=mark, is_new=True)


def _place(typed: str) -> Place:
    """Return the place that an operator names; Refused if a person cannot empty it."""
    persons = {place.id: place for place in PLACES if place.kind is PlaceKind.PERSON}
    place = persons.get(typed)
    if place is None:
        raise Refused(UNKNOWN_PLACE, places="、".join(f"{p.id}（{p.name}）" for p in persons.values()))
    return place


def _name(typed: str) -> str:
    """Return a person's name on one line, as it stands in the report."""
    return " ".join(unicodedata.normalize("NFC", typed).split())
