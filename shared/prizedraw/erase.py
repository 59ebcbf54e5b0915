"""
Erase everything personal, place by place, read each place again, and report it signed. One person on request.

Called by the schedule every day, and by operators. What is due goes: the form's responses after the draw, addresses
after the shipping, everything else from the campaign's date on, keys last. Every day after that it reads all places
again and says what it has read; no file that stands says for it that all is done. Two operators can let everything
begin before its time, with a reason: one asks, and another enters the code.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure import unlisted
from prizedraw.erasure.attested import ASKED_EARLY, TEXT
from prizedraw.erasure.believing import believe_or_wait
from prizedraw.erasure.due import Due
from prizedraw.erasure.legible import Illegible, Legible
from prizedraw.erasure.outcome import EraseOutcome, Looked
from prizedraw.erasure.places import PLACES, When
from prizedraw.erasure.powers import Powers, Render, as_pdf
from prizedraw.erasure.sweep import looked_at
from prizedraw.errors import Problem, Refused
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
from prizedraw.runtime import confirm
from prizedraw.runtime.confirm import OfTwo
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply
from prizedraw.runtime.preconditions import NOT_PREPARED, ONE_AT_A_TIME
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
    render: Render = as_pdf,
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
        return _word(powers, caller, order, order.attest)
    return _by_operator(powers, caller, order)


def _word(powers: Powers, caller: Caller, order: ErasureOrder, attest: str) -> EraseOutcome:
    """Take a person's word on a place, or on something that nobody declared."""
    from prizedraw.erasure import answering  # noqa: PLC0415  nothing else needs it

    typed, code = unicodedata.normalize("NFKC", attest).strip().lower(), order.confirm
    what, name = _one_line(order.what or ""), _one_line(order.by or "")
    if unlisted.is_id(typed):
        believed = believe_or_wait(powers)
        return answering.answer(powers, caller, believed, typed, what=what, name=name, confirm_code=code)
    place = answering.place_of(typed)
    since = place_words.since(powers.campaign, place)
    return answering.attest(powers, caller, place, since=since, name=name, confirm_code=code)


def _by_schedule(powers: Powers, caller: Caller) -> EraseOutcome:
    """Erase what is due, whatever any file or mark says of what is done; raise the alarm where something is amiss."""
    from prizedraw.erasure import run as acting  # noqa: PLC0415  who only looks needs nothing that empties or reports

    return acting.by_schedule(powers, caller)


def _by_operator(powers: Powers, caller: Caller, order: ErasureOrder) -> EraseOutcome:
    """See how far it is and what would happen; with the code let it happen, before its time with another's code."""
    believed = believe_or_wait(powers)
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
        from prizedraw.erasure import run as acting  # noqa: PLC0415  as above

        return acting.by_operator(powers, caller, reason=reason, asked=asked)
    sweep = looked_at(powers, caller, believed, replace(due_now, ended=frozenset(When)) if reason else due_now, PLACES)
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


def _reason(order: ErasureOrder, due_now: Due) -> str:
    """Return why everything should go before its time; empty if it need not be asked."""
    if not order.early or due_now.everything:
        return ""
    reason = " ".join((order.reason or "").split())
    if not TEXT.fullmatch(reason):
        raise Refused(NO_REASON)
    return reason


def _one_line(typed: str) -> str:
    """Return what a person typed on one line, as it stands in the report."""
    return " ".join(unicodedata.normalize("NFC", typed).split())
