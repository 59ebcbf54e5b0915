"""
Publish what the entrants answered: tables and charts in which nobody can be singled out. Once, and for ever.

It opens the `survey` envelopes alone, one after the other, and never learns who. `analysis.json` is the one truth and
is created first; page and workbook are made from it, so that a run that was killed is finished by the next one, and
all three agree. Two runs at once do no harm: the first truth stands. What is published never changes, whatever is
stored afterwards.

Nothing is believed because it lies there: what is about to be published is named in the journal by its hash before, so
that a truth which a killed run left is known from one that somebody else has put there; page and workbook must be what
is made of it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from prizedraw.analysis.file import NAME, Analysis
from prizedraw.analysis.funnel import Funnel, read_funnel
from prizedraw.analysis.tally import Tally
from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import publish
from prizedraw.ports import Clock, Conflict, Create, Reader, Reports, Store
from prizedraw.records.analysis import Analysed
from prizedraw.records.entries import Entry
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime import closed, confirm, journal
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN
from prizedraw.sealing import SurveyOpener
from prizedraw.words import analyse as words

STEP = "analyse"
BEGUN = "begun"
"""The act in the journal that names what is about to be published."""
PAGE = 500

COUNTS_DIFFER = Problem(
    "E-803",
    "応募の記録（{found}件）と台帳（{counted}件）の数が合わないため、集計しませんでした。"
    "しばらくしてからもう一度実行し、続くようなら保守担当に連絡してください。",
)
ERASED = Problem(
    "E-804", "応募の記録がすでに消去されているため、集計はできません。作業を止めて保守担当に連絡してください。"
)
REPLACED = Problem("E-805", "公開した集計（{file}）が、記録と一致しません。作業を止めて保守担当に連絡してください。")


@dataclass(frozen=True, kw_only=True)
class _Powers:
    """The powers of the step."""

    campaign: Campaign
    sealed: Reader
    state: Store
    survey: SurveyOpener = field(repr=False)
    reports: Reports
    clock: Clock


def run(
    order: Order,
    caller: Caller,
    *,
    campaign: Campaign,
    sealed: Reader,
    state: Store,
    survey: SurveyOpener,
    reports: Reports,
    clock: Clock,
) -> Reply:
    """
    Say what would be published; with the code, or when its time has come, publish it. A second call changes nothing.

    Raises:
        Refused: nothing is drawn yet, or nothing is left to be counted.
        Again: a service is away, or the records are being changed; the same call may be made again.
        Broken: an envelope does not open, or a withheld number could be derived; nothing is published then. Or a file
            of such a name is there that is not ours.
    """
    powers = _Powers(campaign=campaign, sealed=sealed, state=state, survey=survey, reports=reports, clock=clock)
    analysed = state.get(Analysed, ONLY)
    if analysed is None and state.get(Drawn, ONLY) is None:
        return closed.stopped(state) or _not_drawn(caller)
    standing = reports.read(NAME)
    if analysed is not None and (standing is None or sha256_hex(standing) != analysed.record.hash):
        raise Broken(REPLACED, file=NAME)
    if analysed is not None and standing is not None:
        _finish(powers, standing, is_marked=True)
        return words.published(Analysis.from_bytes(standing), analysed.record, Result.UNCHANGED)
    if standing is not None:
        _demand_ours(powers, standing)
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    counts = read_funnel(campaign, sealed=sealed, state=state)
    if caller.scheduled and not is_due(campaign, counts, clock()):
        _try_key(powers)
        return words.not_due(campaign, counts)
    frozen = state.get(Frozen, ONLY)
    if standing is None and not counts.received and frozen is not None and frozen.record.pool_size:
        raise Refused(ERASED)
    decision = {"accepted": counts.accepted, "claimed": counts.claimed, "shipped": counts.shipped}
    code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
    if code is not None:
        return words.ask(code, campaign, counts, is_due=is_due(campaign, counts, clock()))
    data = _publish(powers, caller, counts) if standing is None else standing
    _finish(powers, data)
    mark = _mark(powers, caller, data)
    return words.published(Analysis.from_bytes(data), mark, Result.DONE)


def _not_drawn(caller: Caller) -> Reply:
    """Answer while nothing can have been published, so that no file need be looked at."""
    if caller.scheduled:
        return words.not_drawn()
    raise Refused(NOT_DRAWN)


def _try_key(powers: _Powers) -> None:
    """Open one entry's answers long before all are due; raise Broken if they were sealed to another key."""
    for entry in powers.sealed.scan(Entry):
        powers.survey.open(entry.candidate.label, entry.candidate.survey)
        break


def is_due(campaign: Campaign, counts: Funnel, now: datetime) -> bool:
    """Tell whether the time has come: nobody can claim any more and all is shipped; at the latest after `ship_by`."""
    all_shipped = now >= campaign.claim_last_at and counts.shipped >= counts.claimed
    return all_shipped or now >= campaign.ship_by_at


def count(campaign: Campaign, sealed: Reader, survey: SurveyOpener) -> Tally:
    """
    Open every entry's answers and count them, page by page; nothing is kept of any.

    Reading, opening and counting in turns of a page costs less than in turns of an entry, since each has its own code
    and data to fetch into the processor's cache.

    Raises:
        Again: the database is away.
        Broken: an envelope does not open, or holds something else.
    """
    tally = Tally(campaign)
    rows = iter(sealed.project(Entry, ("label", "survey", "prizes")))
    while batch := list(islice(rows, PAGE)):
        opened = [survey.open(label, envelope) for label, envelope, _ in batch]
        for answers, (_, _, prizes) in zip(opened, batch, strict=True):
            tally.add(answers, prizes)
    return tally


def _publish(powers: _Powers, caller: Caller, counts: Funnel) -> bytes:
    """
    Count, name the one truth in the journal, and create it; return what stands there now.

    Raises:
        Broken: that is somebody else's.
    """
    from prizedraw.analysis.make import make_analysis  # noqa: PLC0415  loads scipy, which only publishing needs

    tally = count(powers.campaign, powers.sealed, powers.survey)
    if tally.size != counts.accepted:
        raise Again(COUNTS_DIFFER, found=tally.size, counted=counts.accepted)
    data = make_analysis(powers.campaign, tally, counts, powers.clock()).to_bytes()
    hashes = {"analysis": sha256_hex(data)}
    powers.state.commit([journal.entry(powers.clock, caller, STEP, BEGUN, hashes=hashes)])
    standing = publish(powers.reports, NAME, data)
    if standing != data:
        _demand_ours(powers, standing)
    return standing


def _demand_ours(powers: _Powers, data: bytes) -> None:
    """Raise Broken unless a run of this step has named the truth in the journal before it stood there."""
    rows = [row for row in powers.state.scan(JournalRow) if (row.step, row.action) == (STEP, BEGUN)]
    if sha256_hex(data) not in {row.hashes.get("analysis") for row in rows}:
        raise Broken(REPLACED, file=NAME)


def _finish(powers: _Powers, data: bytes, *, is_marked: bool = False) -> None:
    """
    Make page and workbook from the one truth, if they are not there yet.

    Raises:
        Broken: another file stands in the place of one. Where *is_marked*, both stood there once and nobody looks.
    """
    from prizedraw.analysis import page, workbook  # noqa: PLC0415  they draw, and matplotlib loads slowly
    from prizedraw.rendering import html, xlsx  # noqa: PLC0415  loads xlsxwriter

    made, there = Analysis.from_bytes(data), set(powers.reports.names())
    of_name: tuple[tuple[str, Callable[[], bytes], str], ...] = (
        (page.NAME, lambda: page.render(made).encode(), html.CONTENT_TYPE),
        (workbook.NAME, lambda: workbook.write(made), xlsx.CONTENT_TYPE),
    )
    for name, make, content_type in of_name:
        if is_marked and name in there:
            continue
        ours = make()
        if not powers.reports.create(name, ours, content_type) and powers.reports.read(name) != ours:
            raise Broken(REPLACED, file=name)


def _mark(powers: _Powers, caller: Caller, data: bytes) -> Analysed:
    """Record in `state` that it is published; what another run recorded before is no fault."""
    made = Analysis.from_bytes(data)
    mark = Analysed(ONLY, sha256_hex(data), made.made_at, made.population)
    counts, hashes = {"entries": made.population, "withheld": made.hidden}, {"analysis": mark.hash}
    with suppress(Conflict):
        powers.state.commit(
            [Create(mark), journal.entry(powers.clock, caller, STEP, "analysed", counts=counts, hashes=hashes)]
        )
    return mark
