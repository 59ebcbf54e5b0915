"""
Let go of places: by an operator with a reason, by schedule what lapsed or was withdrawn. The next reserve moves up.
Many, at once or by name one after the other, only if one operator asks and another enters the code. The schedule lets
nobody go as lapsed without proof (`lapses`): it raises the alarm, and an operator decides by the numbers. What lapsed
although its holder had registered in time is given back while nobody else has it, also by an operator.

Each forfeit, and each return, is one signed file, created once and for ever; who holds what now follows from the record
and these files (`holders`), so nobody is drawn anew. A run that was killed is finished by the next one, whoever calls
it: its signature proves the file that it left to be ours. A file without one is named and stops the work, and nothing
is done by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.fulfilment import holder_number, holders, lapses, many, reasons, withdrawals
from prizedraw.fulfilment.changes import Changes, Losing, PlaceChange, Returning
from prizedraw.fulfilment.holders import Places, Standing
from prizedraw.fulfilment.lapses import Lapsing
from prizedraw.lottery.opening import open_draw
from prizedraw.ports import Clock, Publisher, Reader, Replace, Signer, Store
from prizedraw.records.fulfilment import Forfeit, Import, Restored, Review, Shipped, ShippingList, Why
from prizedraw.records.running import JournalRow
from prizedraw.runtime import closed, confirm, journal, lease, logs
from prizedraw.runtime.confirm import OfTwo
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.logs import Event
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN, ONE_AT_A_TIME
from prizedraw.times import stamp, unstamp
from prizedraw.typed.answers import normal
from prizedraw.words import forfeit as words
from prizedraw.words.forfeit import Effect

STEP = "forfeit"

INCOMPLETE = Problem(
    "E-752", "失効させるには、管理番号（label）と理由（why）の両方が要ります。理由は次のどれかです：{whys}"
)
WAS_RETURNED = Problem(
    "E-755",
    "この番号の当選は、失効の後に戻したものです。重ねて失効させることはできません。辞退されたときは、"
    "本人の申し出として個人情報の消去（erase）で消去してください（賞品は送られません）。",
)
NOT_OWED = Problem(
    "E-756",
    "この番号には、戻せる当選がありません。戻せるのは、期限までの登録がないとして失効し、その後に取り込んだCSVで、"
    "期限内の登録が分かった当選だけです。",
)
PLACE_TAKEN = Problem(
    "E-757",
    "この番号の賞品は、すでに次の方のものになっているため、戻せません。賞品をどうするかは区が決めます。区に知らせてください。",
)
ALREADY_SHIPPED = Problem("E-753", "この番号の賞品はすでに発送済みのため、失効させることはできません。")


WITHHELD = "lapses_withheld"
"""The alarm's code: somebody looks lapsed, and the schedule may not let them go."""

ALL = "all"


class ForfeitOrder(Order):
    """
    An order to let go of the place that is named; without a name, of those that lapsed or were withdrawn.

    *label* is one, or a 管理番号; *restore* too, or `all`: whose lapsed place is to be given back.
    """

    label: str | None = Field(default=None, max_length=100)
    why: str | None = Field(default=None, max_length=100)
    restore: str | None = Field(default=None, max_length=100)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """
    What files and records say at one moment, read once: who holds what, who has withdrawn, and who has lapsed.

    *begun* is what a killed run left half done.
    """

    places: Places
    standing: Standing
    withdrawn: frozenset[str]
    lapsing: Lapsing
    begun: tuple[PlaceChange, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class _ForfeitPowers:
    """The powers of the step, and what it judges by: the published draw and its record."""

    campaign: Campaign
    state: Store
    clock: Clock
    files: Changes

    def look(self) -> "_Found":
        """Read once what files and records say now."""
        places, state = self.files.places(), self.state
        standing = holders.on_their_way(places.standing(self.campaign), state)
        withdrawn = withdrawals.read(self.campaign.id, state, self.files.draw.key)
        spared = {review.label for review in state.scan(Review)} | withdrawn
        imports, now = state.scan(Import), self.clock()
        return _Found(
            places=places,
            standing=standing,
            withdrawn=withdrawn,
            lapsing=lapses.lapsing(standing, imports, now, places.lapses, spared),
            begun=tuple(self.files.begun(state, places)),
            at=now,
        )

    def effect(self, places: Places, marks: Sequence[Forfeit]) -> Effect:
        """Tell who held what before *marks*, whether or not their files stand already, and who does after them."""
        new = {mark.id for mark in marks}
        before = replace(places, forfeits={id: old for id, old in places.forfeits.items() if id not in new})
        campaign = self.campaign
        return Effect(before=before.standing(campaign), after=before.standing(campaign, marks), at=self.clock())

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
    Let go of the place that is named, or of those that lapsed or were withdrawn; or give lapsed places back.

    A second forfeit, or a second return, of a label changes nothing.

    Raises:
        Refused: nothing is drawn; the order is incomplete, or its code wrong; the label has no place in the record, its
            prize was shipped, or its place was given back; or no place can be given back to it.
        Again: another run that decides about places holds the lease.
        Broken: a published file bears no valid signature of ours, or does not fit the others.
    """
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    draw = open_draw(published)
    recorded = draw.record(clock) if draw is not None else None
    if draw is None or recorded is None:
        if caller.scheduled:
            return Reply(Result.NOT_DUE, (NOT_DRAWN.sentence,))
        raise Refused(NOT_DRAWN)
    files = Changes(published=published, signer=signer, clock=clock, draw=draw, recorded=recorded)
    powers = _ForfeitPowers(campaign=campaign, state=state, clock=clock, files=files)
    found = powers.look()
    order = _of_labels(order, found.places)
    if caller.scheduled or (order.label is None and order.why is None and order.restore is None):
        choose = partial(_due, state, caller)
    elif order.restore is not None:
        choose = partial(_due_to_return, _whom_to_restore(order))
    else:
        label, why = _label_and_reason(order)
        choose = partial(_due_by_name, state, label, why)
    if not caller.scheduled and (standing := _settled(campaign, order, found)) is not None:
        return standing
    due, lapsing = choose(found), found.lapsing
    if caller.scheduled and lapsing.awaits_operator:
        counts = {"lapsing": len(lapsing.holders), "before": lapsing.before, "places": lapsing.places}
        logs.emit(Event.ALARM, step=STEP, code=WITHHELD, counts=counts)
    if not due and order.restore is not None and not caller.scheduled:
        return words.nothing_to_return()
    if not due:
        overdue = lapses.overdue(found.standing, found.at)
        return words.nothing(len(overdue), lapsing, scheduled=caller.scheduled)
    asked = None if caller.scheduled else _consented(powers, found, order, caller, due)
    if isinstance(asked, Reply):
        return asked
    with lease.fenced(clock, times, (state, lease.AWARDS)) as (hold,):
        if (stopped := closed.stopped(state)) is not None:
            return stopped
        found = powers.look()
        # What came up since is not what was consented to; the schedule needs nobody's consent.
        due = [d for d in choose(found) if caller.scheduled or d in due]
        proof = found.lapsing.file
        done = _carry_out(powers, hold, caller, due, until=clock() + times.budget, asked=asked, proof=proof)
    forfeits = [mark for mark in done if isinstance(mark, Forfeit)]
    returns = [mark for mark in done if isinstance(mark, Restored)]
    effect, left = powers.effect(found.places, forfeits), len(due) - len(done)
    return words.reply(campaign, forfeits, returns, left, effect, powers.lists())


def _settled(campaign: Campaign, order: ForfeitOrder, found: _Found) -> Reply | None:
    """Tell what became of the label that is named, if nothing is left to do for it."""
    places, begun = found.places, {due.label for due in found.begun}
    if order.restore is not None:
        back = places.restored.get(_whom_to_restore(order))
        return words.returned(campaign, back) if back is not None and back.id not in begun else None
    label = order.label or ""
    gone = places.forfeits.get(label)
    if gone is None or label in begun:
        return None
    if label in places.restored:
        raise Refused(WAS_RETURNED)
    return words.already(campaign, gone)


def _consented(
    powers: _ForfeitPowers, found: _Found, order: ForfeitOrder, caller: Caller, due: list[PlaceChange]
) -> Reply | JournalRow | None:
    """Ask, or return once the code is right: the journal's row of who asked if they are many, else None."""
    state, clock, places, lapsing = powers.state, powers.clock, found.places, found.lapsing
    losing = [d for d in due if isinstance(d, Losing)]
    returns = [d for d in due if isinstance(d, Returning)]
    by_what = lapsing.file.id if lapsing.file is not None else ""
    said = [(d.label, d.why.value) for d in losing], [d.label for d in returns]
    decision = {"due": sha256_hex(repr(said).encode()), "file": by_what}
    marks = [Forfeit(d.label, d.prize, d.why.value, stamp(clock())) for d in losing]
    effect = powers.effect(places, marks)
    named = places.named(but={d.label for d in losing}), sum(d.why in reasons.BY_OPERATOR for d in losing)
    # One after the other, by name, must not add up to what one operator may not do at once.
    adds_up = named[1] > 0 and many.are_many(sum(named), effect.before.places)
    by_another = adds_up or many.are_many(effect.losing(marks), len(effect.before.holders))
    if by_another:
        two = OfTwo(caller=caller, step=STEP, action="asked many", decision=decision, state=state, clock=clock)
        if order.confirm is not None:
            return two.agreed(order.confirm)
        code: str | None = two.ask({"forfeits": len(due)})
    else:
        code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
    if code is None:
        return None
    return words.ask(
        code,
        powers.campaign,
        order.model_dump(exclude_none=True),
        marks,
        [Restored(d.label, d.prize, "") for d in returns],
        effect,
        powers.lists(),
        lapsing=lapsing if any(d.why is Why.LAPSED for d in losing) else None,
        by_another=by_another,
        named=named if adds_up else None,
    )


def _whom_to_restore(order: ForfeitOrder) -> str:
    """Return the label that an operator named, or `all`."""
    if order.label is not None or order.why is not None:
        raise Refused(ONE_AT_A_TIME, names="label・restore")
    return order.restore or ""


def _label_and_reason(order: ForfeitOrder) -> tuple[str, Why]:
    """Return the label that an operator named, and the reason that they typed in any width and case."""
    why = reasons.parse(order.why or "")
    if order.label is None or why is None:
        raise Refused(INCOMPLETE, whys=words.WHYS)
    return order.label, why


def _of_labels(order: ForfeitOrder, places: Places) -> ForfeitOrder:
    """Return the order with the labels of those that were named, in whatever way."""
    named = {}
    if order.label is not None:
        named["label"] = holder_number.find(order.label, places.awards)
    if order.restore is not None:
        is_all = normal(order.restore) == ALL
        named["restore"] = ALL if is_all else holder_number.find(order.restore, places.awards)
    return order.model_copy(update=named)


def _due_to_return(label: str, found: _Found) -> list[PlaceChange]:
    """Return the lapsed place of *label*, or of all whose place nobody else has, after what a killed run left."""
    standing, now = found.standing.without(found.withdrawn), found.at.replace(microsecond=0)
    free = [h for h in standing.returning() if unstamp(found.places.forfeits[h.label].at) < now]
    named = [h for h in free if label in (h.label, ALL)]
    if label != ALL and not named and label not in {due.label for due in found.begun}:
        raise Refused(PLACE_TAKEN if any(h.label == label for h in standing.owed) else NOT_OWED)
    return [*found.begun, *(Returning(h.label, h.prize) for h in named)]


def _due_by_name(state: Reader, label: str, why: Why, found: _Found) -> list[PlaceChange]:
    """Return the place of *label*, after those whose file stands and that a killed run did not record."""
    places = found.places
    if state.get(Shipped, label) is not None:
        raise Refused(ALREADY_SHIPPED)
    losing = [] if label in places.forfeits else [Losing(label, places.awards[label].prize, why)]
    return [*found.begun, *losing]


def _due(state: Reader, caller: Caller, found: _Found) -> list[PlaceChange]:
    """Return what a killed run left half done, then what was withdrawn, then what lapsed; each label once."""
    awards, lapsing = found.places.awards, found.lapsing
    gone = found.places.forfeits.keys() | {mark.id for mark in state.scan(Shipped)}
    withdrawn = sorted(found.withdrawn & awards.keys())
    lapsed = [holder.label for holder in (lapsing.by_schedule if caller.scheduled else lapsing.holders)]
    named = ((label, why) for labels, why in ((withdrawn, Why.WITHDRAWN), (lapsed, Why.LAPSED)) for label in labels)
    return [*found.begun, *(Losing(label, awards[label].prize, why) for label, why in named if label not in gone)]


def _carry_out(
    powers: _ForfeitPowers,
    hold: lease.Hold,
    caller: Caller,
    due: Iterable[PlaceChange],
    until: datetime,
    asked: JournalRow | None,
    proof: Import | None,
) -> list[Forfeit | Restored]:
    """
    Publish and mirror each change, until the time is over; return those that are finished.

    *asked* is the journal's row of who asked for it, where that needs two. *proof* is the file by which places lapse: a
    lapse that was published before that file came was by an earlier one.
    """
    done: list[Forfeit | Restored] = []
    for one in due:
        if powers.clock() >= until:
            break
        if isinstance(one, Returning):
            hold.commit([])  # a run that was superseded ends here: of two returns at once one would be of no place
        mark, digest = powers.files.publish(one)
        hashes, times = {"asked": asked.id} if asked is not None else {}, dict[str, str]()
        if isinstance(mark, Restored):
            action, counts, hashes = "restored", {"restored": 1}, {"restored": digest, **hashes}
        else:
            action, counts, hashes = "forfeited", {mark.why: 1}, {"forfeit": digest, **hashes}
            if mark.why == Why.LAPSED and proof is not None and lapses.dropped_at(proof) <= unstamp(mark.at):
                hashes, times = {**hashes, "file": proof.id}, {"dropped_at": proof.dropped_at}
        entry = journal.entry(powers.clock, caller, STEP, action, counts=counts, hashes=hashes, times=times)
        hold.commit([Replace(mark), entry])
        done.append(mark)
    return done
