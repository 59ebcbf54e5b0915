"""
Let go of places: by an operator with a reason, by schedule what lapsed or was withdrawn. The next reserve moves up.
Many at once only if one operator asks and another enters the code.

Each forfeit is one signed file, created once and for ever; who holds what now follows from the record and these files
(`holders`), so nobody is drawn anew. A run that was killed is finished by the next one, whoever calls it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import publish_signed
from prizedraw.fulfilment import holders, lapses, many, reasons
from prizedraw.fulfilment.holders import Standing
from prizedraw.lottery.files import RECORD
from prizedraw.lottery.forfeit_file import FOLDER, ForfeitFile, label_of, name_of
from prizedraw.ports import Clock, Create, Publisher, Signer, Store
from prizedraw.records.fulfilment import Forfeit, Import, Review, Shipped, ShippingList, Why, Withdrawal
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.confirm import OfTwo
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN
from prizedraw.times import stamp, unstamp
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
STRANGE_FILE = Problem(
    "E-755", "公開ファイル {file} が抽選の記録と合いません。失効の作業を止めました。保守担当に連絡してください。"
)


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
    """The powers of the step, and what it judges by: the record, and its places by label."""

    campaign: Campaign
    state: Store
    published: Publisher
    signer: Signer
    clock: Clock
    drawn: Drawn
    awards: Mapping[str, AwardedPlace]

    def standing(self, more: Iterable[Forfeit] = ()) -> Standing:
        """Return who holds what now, or would after *more* forfeits."""
        forfeits = [*self.state.scan(Forfeit), *more]
        return holders.derive(self.campaign, unstamp(self.drawn.drawn_at), self.awards.values(), forfeits)

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
        Broken: the record, or a forfeit that stands, is not what the records say.
    """
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    drawn = state.get(Drawn, ONLY)
    if drawn is None:
        if caller.scheduled:
            return Reply(Result.NOT_DUE, (NOT_DRAWN.sentence,))
        raise Refused(NOT_DRAWN)
    awards = {award.id: award for award in state.scan(AwardedPlace)}
    powers = _ForfeitPowers(
        campaign=campaign,
        state=state,
        published=published,
        signer=signer,
        clock=clock,
        drawn=drawn.record,
        awards=awards,
    )
    if caller.scheduled or (order.label is None and order.why is None):
        look = partial(_due, powers)
    else:
        label, why = _label_and_reason(order)
        look = partial(_due_by_name, powers, label, why)
        if (standing := state.get(Forfeit, label)) is not None:
            return words.already(campaign, standing.record)
    due = look()
    if not due:
        overdue = lapses.overdue(holders.read(campaign, state), clock())
        return words.nothing(len(overdue), scheduled=caller.scheduled)
    asked = None if caller.scheduled else _consented(powers, order, caller, due)
    if isinstance(asked, Reply):
        return asked
    with lease.fenced(clock, times, (state, lease.AWARDS)) as (hold,):
        if (stopped := closed.stopped(state)) is not None:
            return stopped
        # What came up since is not what was consented to; the schedule needs nobody's consent.
        before, due = powers.standing(), [d for d in look() if caller.scheduled or d in due]
        done = _let_go(powers, hold, caller, due, until=clock() + times.budget, asked=asked)
    change = Change(before=before, after=powers.standing(), at=clock())
    return words.reply(campaign, done, len(due) - len(done), change, powers.lists())


def _consented(
    powers: _ForfeitPowers, order: ForfeitOrder, caller: Caller, due: list[_Losing]
) -> Reply | JournalRow | None:
    """Ask, or return once the code is right: the journal's row of who asked if they are many, else None."""
    state, clock = powers.state, powers.clock
    decision = {"due": sha256_hex(repr([(d.label, d.why.value) for d in due]).encode())}
    marks = [Forfeit(d.label, d.prize, d.why.value, stamp(clock())) for d in due]
    change = Change(before=powers.standing(), after=powers.standing(marks), at=clock())
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


def _due_by_name(powers: _ForfeitPowers, label: str, why: Why) -> list[_Losing]:
    """Return the place of *label*, after those whose file stands and that a killed run did not record."""
    if label not in powers.awards:
        raise Refused(UNKNOWN_LABEL)
    if powers.state.get(Shipped, label) is not None:
        raise Refused(ALREADY_SHIPPED)
    begun = _begun(powers)
    if powers.state.get(Forfeit, label) is not None or any(d.label == label for d in begun):
        return begun
    return [*begun, _Losing(label, powers.awards[label].prize, why)]


def _due(powers: _ForfeitPowers) -> list[_Losing]:
    """Return what a killed run left half done, then what was withdrawn, then what lapsed; each label once."""
    gone = {forfeit.id for forfeit in powers.state.scan(Forfeit)} | {mark.id for mark in powers.state.scan(Shipped)}
    withdrawn = [mark.id for mark in powers.state.scan(Withdrawal) if mark.id in powers.awards]
    standing = holders.read(powers.campaign, powers.state)
    in_review = {review.label for review in powers.state.scan(Review)}
    late = lapses.lapsed(standing, powers.state.scan(Import), powers.clock(), in_review)
    lapsed = [holder.label for holder in late]
    due = {d.label: d for d in _begun(powers)}
    for labels, why in ((withdrawn, Why.WITHDRAWN), (lapsed, Why.LAPSED)):
        for label in labels:
            if label not in gone:
                due.setdefault(label, _Losing(label, powers.awards[label].prize, why))
    return list(due.values())


def _begun(powers: _ForfeitPowers) -> list[_Losing]:
    """Return the forfeits that are published and not yet mirrored, each compared with the record."""
    mirrored = {forfeit.id for forfeit in powers.state.scan(Forfeit)}
    labels = [label for name in powers.published.names(FOLDER) if (label := label_of(name)) and label not in mirrored]
    files = [_published_forfeit(powers, name_of(label)) for label in labels]
    return [_Losing(file.label, file.prize, file.why) for file in files]


def _published_forfeit(powers: _ForfeitPowers, name: str) -> ForfeitFile:
    """Read a forfeit that stands; Broken if it is not one of a place of this record."""
    file = ForfeitFile.from_bytes(powers.published.read(name) or b"", name)
    award = powers.awards.get(file.label)
    ours = (file.campaign, file.record_hash) == (powers.campaign.id, powers.drawn.record_hash)
    if award is None or award.prize != file.prize or not ours or file.at < unstamp(powers.drawn.drawn_at):
        raise Broken(STRANGE_FILE, file=name)
    return file


def _let_go(
    powers: _ForfeitPowers,
    hold: lease.Hold,
    caller: Caller,
    due: Iterable[_Losing],
    until: datetime,
    asked: JournalRow | None,
) -> list[Forfeit]:
    """
    Publish, sign and mirror each forfeit, in this order, until the time is over; return those that are finished.

    What is mirrored is therefore published, and a file that a killed run left stands as it is, with its own time.
    *asked* is the journal's row of who asked for it, where that needs two.
    """
    record = powers.published.read(RECORD)
    if record is None or sha256_hex(record) != powers.drawn.record_hash:
        raise Broken(STRANGE_FILE, file=RECORD)
    done = []
    for one in due:
        if powers.clock() >= until:
            break
        now, name = powers.clock().replace(microsecond=0), name_of(one.label)
        new = ForfeitFile(
            campaign=powers.campaign.id,
            record_hash=powers.drawn.record_hash,
            prize=one.prize,
            label=one.label,
            why=one.why,
            at=now,
        )
        data = publish_signed(powers.published, powers.signer, name, new.to_bytes())
        file = _published_forfeit(powers, name)
        publish_signed(powers.published, powers.signer, name, data)
        mark = Forfeit(file.label, file.prize, file.why.value, stamp(file.at))
        hashes = {"forfeit": sha256_hex(data)} | ({"asked": asked.id} if asked is not None else {})
        entry = journal.entry(powers.clock, caller, STEP, "forfeited", counts={file.why.value: 1}, hashes=hashes)
        hold.commit([Create(mark), entry])
        done.append(mark)
    return done
