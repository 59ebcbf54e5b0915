"""
Let go of places: by an operator with a reason, by schedule what lapsed or was withdrawn. The next reserve moves up.
Many at once only if one operator asks and another enters the code.

Each forfeit is one signed file, created once and for ever; who holds what now follows from the record and these files
(`holders`), so nobody is drawn anew. A run that was killed is finished by the next one, whoever calls it: its signature
proves the file that it left to be ours. A file without one is named and stops the work, and nothing is done by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import VANISHED, copy_signature, publish_signed
from prizedraw.fulfilment import holders, lapses, many, reasons, withdrawals
from prizedraw.fulfilment.holders import Places
from prizedraw.lottery.forfeit_file import ForfeitFile, name_of
from prizedraw.lottery.published import PublishedDraw, Recorded, mirror
from prizedraw.ports import Clock, Publisher, Replace, Signer, Store
from prizedraw.records.fulfilment import Forfeit, Import, Review, Shipped, ShippingList, Why
from prizedraw.records.running import JournalRow
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.confirm import OfTwo
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN
from prizedraw.times import stamp
from prizedraw.typed.answers import normal
from prizedraw.typed.crockford import LABEL
from prizedraw.words import forfeit as words
from prizedraw.words.forfeit import Change

STEP = "forfeit"

UNKNOWN_LABEL = Problem(
    "E-751", "この番号の当選者・補欠はいません。status に表示される番号（26文字）をそのまま label に入力してください。"
)
INCOMPLETE = Problem(
    "E-752", "失効させるには、番号（label）と理由（why）の両方が要ります。理由は次のどれかです：{whys}"
)
ALREADY_SHIPPED = Problem("E-753", "この番号の賞品はすでに発送済みのため、失効させることはできません。")


class ForfeitOrder(Order):
    """An order to let go of the place that is named; without a name, of those that lapsed or were withdrawn."""

    label: str | None = Field(default=None, max_length=100)
    why: str | None = Field(default=None, max_length=100)


@dataclass(frozen=True)
class _Losing:
    """One place to let go of."""

    label: str
    prize: str
    why: Why


@dataclass(frozen=True, kw_only=True)
class _ForfeitPowers:
    """The powers of the step, and what it judges by: the published draw and its record."""

    campaign: Campaign
    state: Store
    published: Publisher
    signer: Signer
    clock: Clock
    draw: PublishedDraw
    recorded: Recorded

    def places(self) -> Places:
        """Read the places and forfeits that the files give now."""
        return Places.of(self.draw, self.recorded, self.clock)

    def change(self, places: Places, marks: Sequence[Forfeit]) -> Change:
        """Tell who held what before *marks*, whether or not their files stand already, and who does after them."""
        new = {mark.id for mark in marks}
        before = replace(places, forfeits={id: old for id, old in places.forfeits.items() if id not in new})
        campaign = self.campaign
        return Change(before=before.standing(campaign), after=before.standing(campaign, marks), at=self.clock())

    def lists(self) -> list[ShippingList]:
        """Return all shipping lists."""
        return list(self.state.scan(ShippingList))


def run(
    order: ForfeitOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    state: Store,
    published: Publisher,
    signer: Signer,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Let go of the place that is named, or of those that lapsed or were withdrawn; a second forfeit changes nothing.

    Raises:
        Refused: nothing is drawn, the label holds or awaits no place, or its prize is on its way.
        Again: addresses are being imported, or a shipping list is being made.
        Broken: a published file bears no valid signature of ours, or does not fit the others.
    """
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    draw = PublishedDraw.open(published)
    recorded = draw.record() if draw is not None else None
    if draw is None or recorded is None:
        if caller.scheduled:
            return Reply(Result.NOT_DUE, (NOT_DRAWN.sentence,))
        raise Refused(NOT_DRAWN)
    powers = _ForfeitPowers(
        campaign=campaign,
        state=state,
        published=published,
        signer=signer,
        clock=clock,
        draw=draw,
        recorded=recorded,
    )
    places = powers.places()
    if caller.scheduled or (order.label is None and order.why is None):
        look = partial(_due, powers)
    else:
        label, why = _label_and_reason(order)
        look = partial(_due_by_name, powers, label, why)
        standing = places.forfeits.get(label)
        if standing is not None and not any(begun.label == label for begun in _begun(powers, places)):
            return words.already(campaign, standing)
    due = look(places)
    if not due:
        overdue = lapses.overdue(holders.on_their_way(places.standing(campaign), state), clock())
        return words.nothing(len(overdue), scheduled=caller.scheduled)
    asked = None if caller.scheduled else _consented(powers, places, order, caller, due)
    if isinstance(asked, Reply):
        return asked
    with lease.fenced(clock, times, (state, lease.AWARDS)) as (hold,):
        if (stopped := closed.stopped(state)) is not None:
            return stopped
        places = powers.places()
        # What came up since is not what was consented to; the schedule needs nobody's consent.
        due = [d for d in look(places) if caller.scheduled or d in due]
        done = _let_go(powers, hold, caller, due, until=clock() + times.budget, asked=asked)
    return words.reply(campaign, done, len(due) - len(done), powers.change(places, done), powers.lists())


def _consented(
    powers: _ForfeitPowers, places: Places, order: ForfeitOrder, caller: Caller, due: list[_Losing]
) -> Reply | JournalRow | None:
    """Ask, or return once the code is right: the journal's row of who asked if they are many, else None."""
    state, clock = powers.state, powers.clock
    decision = {"due": sha256_hex(repr([(d.label, d.why.value) for d in due]).encode())}
    marks = [Forfeit(d.label, d.prize, d.why.value, stamp(clock())) for d in due]
    change = powers.change(places, marks)
    by_another = many.are_many(change.losing(marks), len(change.before.holders))
    if by_another:
        two = OfTwo(caller=caller, step=STEP, action="asked many", decision=decision, state=state, clock=clock)
        if order.confirm is not None:
            return two.agreed(order.confirm)
        code: str | None = two.ask({"forfeits": len(due)})
    else:
        code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
    if code is None:
        return None
    body = order.model_dump(exclude_none=True)
    return words.ask(code, powers.campaign, body, marks, change, powers.lists(), by_another=by_another)


def _label_and_reason(order: ForfeitOrder) -> tuple[str, Why]:
    """Return label and reason that an operator typed, in any width and case."""
    why = reasons.parse(order.why or "")
    if order.label is None or why is None:
        raise Refused(INCOMPLETE, whys=words.WHYS)
    label = normal(order.label)
    if not LABEL.fullmatch(label):
        raise Refused(UNKNOWN_LABEL)
    return label, why


def _due_by_name(powers: _ForfeitPowers, label: str, why: Why, places: Places) -> list[_Losing]:
    """Return the place of *label*, after those whose file stands and that a killed run did not record."""
    if label not in places.awards:
        raise Refused(UNKNOWN_LABEL)
    if powers.state.get(Shipped, label) is not None:
        raise Refused(ALREADY_SHIPPED)
    begun = _begun(powers, places)
    if label in places.forfeits:
        return begun
    return [*begun, _Losing(label, places.awards[label].prize, why)]


def _due(powers: _ForfeitPowers, places: Places) -> list[_Losing]:
    """Return what a killed run left half done, then what was withdrawn, then what lapsed; each label once."""
    gone = places.forfeits.keys() | {mark.id for mark in powers.state.scan(Shipped)}
    withdrawn = sorted(withdrawals.read(powers.campaign.id, powers.state, powers.draw.key) & places.awards.keys())
    standing = holders.on_their_way(places.standing(powers.campaign), powers.state)
    in_review = {review.label for review in powers.state.scan(Review)}
    late = lapses.lapsed(standing, powers.state.scan(Import), powers.clock(), in_review)
    lapsed = [holder.label for holder in late]
    due = {d.label: d for d in _begun(powers, places)}
    for labels, why in ((withdrawn, Why.WITHDRAWN), (lapsed, Why.LAPSED)):
        for label in labels:
            if label not in gone:
                due.setdefault(label, _Losing(label, places.awards[label].prize, why))
    return list(due.values())


def _begun(powers: _ForfeitPowers, places: Places) -> list[_Losing]:
    """Return the forfeits that are published and not mirrored as they are: a run was killed, or a mirror changed."""
    mirrored = {forfeit.id: forfeit for forfeit in powers.state.scan(Forfeit)}
    return [_Losing(f.id, f.prize, Why(f.why)) for f in places.forfeits.values() if mirrored.get(f.id) != f]


def _let_go(
    powers: _ForfeitPowers,
    hold: lease.Hold,
    caller: Caller,
    due: Iterable[_Losing],
    until: datetime,
    asked: JournalRow | None,
) -> list[Forfeit]:
    """
    Publish, copy the signature and mirror each forfeit, until the time is over; return those that are finished.

    What is mirrored is therefore published, and a file that a killed run left stands as it is, with its own time.
    *asked* is the journal's row of who asked for it, where that needs two.
    """
    done = []
    for one in due:
        now, name = powers.clock(), name_of(one.label)
        if now >= until:
            break
        new = ForfeitFile(
            campaign=powers.campaign.id,
            record_hash=powers.recorded.hash,
            prize=one.prize,
            label=one.label,
            why=one.why,
            at=now.replace(microsecond=0),
        )
        data = publish_signed(powers.published, powers.signer, powers.draw.key, name, new.to_bytes())
        file = powers.draw.forfeit(name, powers.recorded, powers.clock())
        if file is None:
            raise Broken(VANISHED, file=name)
        copy_signature(powers.published, name)
        mark = mirror(file)
        hashes = {"forfeit": sha256_hex(data)} | ({"asked": asked.id} if asked is not None else {})
        entry = journal.entry(powers.clock, caller, STEP, "forfeited", counts={file.why.value: 1}, hashes=hashes)
        hold.commit([Replace(mark), entry])
        done.append(mark)
    return done
