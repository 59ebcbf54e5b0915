"""
Keep the watch on the form alive, and look whether the form still is what `prepare` saw.

Only `intake` owns a watch. What it pulled is stored by the time that this is done: trouble with watch or form is an
alarm, and a word for `status`, and no more.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from prizedraw.entries import form_schema
from prizedraw.errors import PrizedrawError, Refused
from prizedraw.ports import Clock, Form, Reader, Replace, Store, Watch, Watches
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


def keep(watches: Watches, form: Form, form_hash: str, state: Store, clock: Clock, *, schema_event: bool) -> None:
    """
    Make or renew the watch if that is due, and raise the alarm if the form's hash is not *form_hash* any more.

    A *schema_event*, which tells of a changed form, makes it due at once, and so does an attempt that failed.
    """
    now = clock()
    known = _known(state, now)
    is_fresh = known.checked_at and now < moment_of(known.checked_at) + LOOK_EVERY
    if is_fresh and not schema_event and not _ends_soon(known, now) and known.alarm != FAILED:
        return
    alarm = ""
    try:
        present = watches.list() or [watches.create()]
        known = _as_seen(known, max(present, key=lambda watch: (watch.state == "ACTIVE", watch.expires_at)))
        if _ends_soon(known, now):
            known = _as_seen(known, watches.renew(known.watch) or watches.create())
    except PrizedrawError:
        alarm = FAILED
    if known.state == "SUSPENDED":
        alarm = SUSPENDED
    try:
        if form_schema.form_hash(form.form()) != form_hash:
            alarm = FORM_CHANGED
    except PrizedrawError:
        alarm = alarm or FAILED
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


def _record(state: Store, known: FormWatch, alarm: str, now: datetime) -> None:
    """Leave word of form and watch for `status`, and raise the alarm if there is one."""
    if alarm:
        logs.emit(Event.ALARM, step="intake", code=alarm)
    state.commit([Replace(replace(known, alarm=alarm, checked_at=instant_of(now)))])
