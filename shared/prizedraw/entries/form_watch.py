"""
Keep the watch on the form alive, and look whether people can answer the form as `prepare` saw it.

Only `intake` owns a watch. What it pulled is stored by the time that this is done: trouble with watch or form is an
alarm, and a word for `status`, and no more. The form is looked at in each run, the watch every few hours.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.entries.asking import Asking
from prizedraw.entries.form_fitness import reach_faults
from prizedraw.entries.form_questions import Mismatch
from prizedraw.errors import PrizedrawError, Refused
from prizedraw.ports import Clock, Reader, Replace, Store, Watch, Watches
from prizedraw.records.entries import FormWatch
from prizedraw.records.running import ONLY
from prizedraw.runtime import logs
from prizedraw.runtime.logs import Event
from prizedraw.times import instant_of, moment_of

RENEW_BEFORE = timedelta(days=4)
LOOK_EVERY = timedelta(hours=6)

FAILED = "watch_failed"
SUSPENDED = "watch_suspended"
FORM_CHANGED = "form_changed"
FORM_CLOSED = "form_closed"
"""Nobody can send the form, though entry is open."""
FORM_UNANSWERABLE = "form_unanswerable"
"""The questions are those of `prepare`, but they cannot be answered as the campaign needs."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look at the form has found: the *alarm* that it is, often none, and all that does not fit."""

    alarm: str = ""
    faults: tuple[Mismatch, ...] = ()


def look(campaign: Campaign, asking: Asking, now: datetime) -> Look | None:
    """
    Look at the form by which the questions were resolved; return nothing if it is away.

    Once entry is over a form may be closed, and nobody answers it any more. Before it opens a closed form is told, but
    is no alarm yet.
    """
    if (form := asking.form) is None:
        return None
    asked = asking.asked
    anew = form_schema.made_anew(campaign, form, asked.also)
    if now >= campaign.closes_at:
        return Look(alarm=FORM_CHANGED if asked.changed else "", faults=tuple(anew))
    closed, unfit = reach_faults(form), form_schema.resolve(campaign, form)[1]
    alarm = FORM_UNANSWERABLE if unfit else ""
    alarm = FORM_CHANGED if asked.changed else alarm
    alarm = FORM_CLOSED if closed and now >= campaign.opens_at else alarm
    return Look(alarm=alarm, faults=(*closed, *unfit, *anew))


def keep(watches: Watches, seen: Look | None, state: Store, clock: Clock, *, schema_event: bool) -> None:
    """
    Make or renew the watch if that is due, and raise the alarm over what was *seen* of the form; None: it is away.

    A *schema_event*, which tells of a changed form, makes it due at once, and so do a look that found something else
    than the one before, and an attempt that failed.
    """
    now = clock()
    known = _known(state, now)
    is_fresh = known.checked_at and now < moment_of(known.checked_at) + LOOK_EVERY and known.alarm != FAILED
    is_told = seen is not None and (seen.alarm, _written(seen)) == (known.alarm, known.faults)
    if is_fresh and is_told and not schema_event and not _ends_soon(known, now):
        return
    alarm = "" if seen is not None else FAILED
    try:
        present = watches.list() or [watches.create()]
        known = _as_seen(known, max(present, key=lambda watch: (watch.state == "ACTIVE", watch.expires_at)))
        if _ends_soon(known, now):
            known = _as_seen(known, watches.renew(known.watch) or watches.create())
    except PrizedrawError:
        alarm = FAILED
    if known.state == "SUSPENDED":
        alarm = SUSPENDED
    if seen is not None:
        alarm = seen.alarm or alarm
        known = replace(known, faults=_written(seen))
    _record(state, known, alarm, now)


def failed(state: Store, clock: Clock) -> None:
    """Raise the alarm over a form that could not be read at all."""
    _record(state, _known(state, clock()), FAILED, clock())


def end(watches: Watches) -> None:
    """End every watch of ours."""
    with suppress(Refused):  # A form that is no longer ours to read has no watch of ours either.
        for watch in watches.list():
            watches.delete(watch.id)


def _known(state: Reader, now: datetime) -> FormWatch:
    stored = state.get(FormWatch, ONLY)
    return stored.record if stored else FormWatch(ONLY, "", "", instant_of(now), "", "")


def _as_seen(known: FormWatch, watch: Watch) -> FormWatch:
    return replace(known, watch=watch.id, state=watch.state, expires_at=watch.expires_at)


def _ends_soon(known: FormWatch, now: datetime) -> bool:
    return known.state != "ACTIVE" or moment_of(known.expires_at) <= now + RENEW_BEFORE


def _written(seen: Look) -> tuple[dict[str, Any], ...]:
    return tuple(fault.to_doc() for fault in seen.faults)


def _record(state: Store, known: FormWatch, alarm: str, now: datetime) -> None:
    """Leave word of form and watch for `status`, and raise the alarm if there is one."""
    if alarm:
        logs.emit(Event.ALARM, step="intake", code=alarm)
    state.commit([Replace(replace(known, alarm=alarm, checked_at=instant_of(now)))])
