"""Act, once `erase` has decided to: erase what is due while nobody else writes, report it, and record both."""

from prizedraw.erasure import alarms, publishing
from prizedraw.erasure.attested import BEGUN, BEGUN_EARLY, STEP
from prizedraw.erasure.believing import believe, believe_anew
from prizedraw.erasure.due import Due
from prizedraw.erasure.outcome import CutShort, NotDue, Reported
from prizedraw.erasure.places import When
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.report import Report
from prizedraw.erasure.sweep import Sweep
from prizedraw.erasure.witnesses import remember_sheets
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.ports import Create, Replace, Store, Write
from prizedraw.records.erasure import Erasing
from prizedraw.records.lottery import Freezing
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime import journal, lease
from prizedraw.runtime.lease import Hold
from prizedraw.runtime.orders import Caller
from prizedraw.times import instant_of, stamp


def by_schedule(powers: Powers, caller: Caller) -> NotDue | CutShort | Reported:
    """Do what `erase_due` does, and raise the alarm where something is amiss."""
    remember_sheets(powers)
    with alarms.watching(powers) as watch:
        return erase_due(powers, caller, watch)


def by_operator(
    powers: Powers, caller: Caller, *, reason: str, asked: JournalRow | None
) -> NotDue | CutShort | Reported:
    """Do what `erase_due` does; all of it before its time for a *reason* that somebody has *asked* with."""
    remember_sheets(powers)
    return erase_due(powers, caller, reason=reason, asked=asked)


def erase_due(
    powers: Powers,
    caller: Caller,
    watch: alarms.Alarms | None = None,
    *,
    reason: str = "",
    asked: JournalRow | None = None,
) -> NotDue | CutShort | Reported:
    """
    Erase what is due, alone, and publish what it came to; nothing that lies anywhere keeps the erasing back.

    *watch* raises the alarms of the schedule. A *reason* lets everything begin before its time; *asked* is the
    journal's row of who asked the caller for that.

    Raises:
        Again: another run is going on, or a service is away; what was erased stays erased.
        Broken: the report could not be made; what was due is erased.
    """
    with lease.fenced(powers.clock, powers.times, (powers.state, STEP)) as (hold,):
        believed = believe(powers)  # nobody else makes a report now
        due_now = believed.due(powers)
        if (due_now.everything or reason) and due_now.erasing is None:
            _begin(powers, hold, caller, reason, asked)
            believed = believe_anew(powers, believed)
            due_now = believed.due(powers)
        with lease.fenced(powers.clock, powers.times, *_writers(powers, due_now)):
            until = powers.clock() + powers.times.budget
            sweep = Sweep(powers=powers, caller=caller, due=due_now, believed=believed, until=until, hold=hold)
            sweep.go()
            sweep.look_beside()
        now = powers.now()
        places = sweep.reports(now)
        if watch is not None:
            watch.sound(believed, due_now, places, now)
        if sweep.is_cut_short:
            return CutShort(places=places, erased=sweep.erased)
        if (problem := believed.problem or powers.illegible.problem) is not None:
            raise problem
        if not due_now.ended:
            return NotDue(due=due_now, places=places)
        report, is_new = publishing.publish(powers, believed, places, now)
        _journal_report(powers, hold, caller, report)
    return Reported(
        report=report,
        is_new=is_new,
        places=places,
        erased=sweep.erased,
        problems=sweep.problems,
        unproven=believed.words.unproven,
        shown={} if caller.scheduled else sweep.shown,
    )


def _begin(powers: Powers, hold: Hold, caller: Caller, reason: str, asked: JournalRow | None) -> None:
    """Close everything else, before the first document goes: `erasing` for all steps, the gate of `intake` too."""
    now = powers.clock()  # one moment for the mark and the row by which it is believed
    began, planted = Erasing(ONLY, stamp(now), caller.principal, reason), powers.state.get(Erasing, ONLY)
    writes: list[Write] = [Create(began) if planted is None else Replace(began, planted.version)]
    if powers.state.get(Freezing, ONLY) is None:
        writes.append(Create(Freezing(ONLY, instant_of(now))))
    action = BEGUN_EARLY if reason else BEGUN
    hashes = {"asked": asked.id} if asked is not None else {}
    hold.commit([*writes, journal.entry(lambda: now, caller, STEP, action, hashes=hashes)])


def _writers(powers: Powers, due_now: Due) -> list[tuple[Store, str]]:
    """Name the leases of those who could still be writing what is to be erased."""
    awards: list[tuple[Store, str]] = [(powers.sealed, lease.AWARDS), (powers.state, lease.AWARDS)]
    if When.ERASING in due_now.ended:
        return [(powers.sealed, lease.INTAKE), *awards, (powers.state, lease.MAILS)]
    mails: list[tuple[Store, str]] = [(powers.state, lease.MAILS)] if When.CLAIMED in due_now.ended else []
    return [*(awards if When.SHIPPED in due_now.ended else []), *mails]


def _journal_report(powers: Powers, hold: Hold, caller: Caller, report: Report) -> None:
    """Record that a report was made, once, also if the run that made it was killed before it could."""
    made = sha256_hex(report.to_bytes())
    if made not in {row.hashes.get("report") for row in powers.state.scan(JournalRow)}:
        counts, hashes = {"number": report.number}, {"report": made}
        hold.commit([journal.entry(powers.clock, caller, STEP, "reported", counts=counts, hashes=hashes)])
