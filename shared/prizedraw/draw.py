"""
Order the pool by the public randomness and publish the record. There is no redraw.

This step sees opaque labels and no person. It draws from the published files alone, as anybody else could
(docs/draw.md), in steps of which each rests on those before it:

1. *Time.* The pool is frozen, and `draw_at` is past: only now does the randomness exist.
2. *Files.* The commitment is the one whose hash was kept at the freeze; rules and pool are those that it names.
3. *Randomness.* It is of the kind that the rules name (`lottery.obtaining`).
4. *Record.* Seed, ranks and awards are computed (`lottery.awards`), and the record is created once. One that stands
   already, of another run or one that was killed, must be what this run would have made of the same randomness.
5. *Signature and mirror.* Only then is it signed, and mirrored into `state`.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import publish, publish_signed
from prizedraw.lottery import awards
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.files import COMMITMENT, POOL, RECORD, RULES, Commitment, DrawRecord, Rules
from prizedraw.lottery.obtaining import WARD_NEEDED, DrawOrder, Obtain, ward_needed
from prizedraw.lottery.pool import Pool, read_pool
from prizedraw.lottery.randomness import Value, Ward
from prizedraw.ports import MAX_WRITES, Beacon, Clock, Conflict, Create, Publisher, RandomBytes, Signer, Store, Verifier
from prizedraw.records.campaign import Prepared
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.running import ONLY
from prizedraw.runtime import closed, confirm, journal
from prizedraw.runtime.orders import Caller, Reply
from prizedraw.times import japanese, stamp, unstamp
from prizedraw.words import draw as words
from prizedraw.words.draw import FinishedDraw, ProposedDraw

STEP = "draw"

NOT_FROZEN = Problem("E-501", "応募がまだ確定していません。先に freeze を実行してください。")
TOO_EARLY = Problem("E-502", "抽選は {at} 以降に行えます。それまでは抽選に使う乱数がまだ存在しません。")
FILES_DIFFER = Problem(
    "E-503",
    "公開ファイル {file} が、確定した内容と一致しません。抽選の作業を止めました。保守担当に連絡してください。",
)

_TIME_MENDS = (NOT_FROZEN, TOO_EARLY, WARD_NEEDED)
"""What the schedule only waits for, where an operator is refused."""


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """The powers of one run, by name."""

    state: Store
    published: Publisher
    beacon: Beacon
    verify: Verifier
    random: RandomBytes
    signer: Signer
    clock: Clock
    posts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Files:
    """The published files, each compared with the one before it."""

    rules: Rules
    commitment: Commitment
    commitment_data: bytes = field(repr=False)
    pool: Pool = field(repr=False)


def run(
    order: DrawOrder,
    caller: Caller,
    *,
    state: Store,
    published: Publisher,
    beacon: Beacon,
    verify: Verifier,
    random: RandomBytes,
    signer: Signer,
    clock: Clock,
    posts: tuple[str, ...] = (),
) -> Reply:
    """
    Draw once; a second call returns the first record. *posts* are those of the ward that may give its number.

    Raises:
        Refused: not frozen, too early, or what the operator typed does not serve.
        Again: the public randomness cannot be had yet.
        Broken: the published files do not fit each other, or what the records say of them.
    """
    desk = _Desk(
        state=state,
        published=published,
        beacon=beacon,
        verify=verify,
        random=random,
        signer=signer,
        clock=clock,
        posts=posts,
    )
    drawn = state.get(Drawn, ONLY)
    if drawn is None and (stopped := closed.stopped(state)) is not None:
        return stopped
    try:
        return words.reply(_standing(published, drawn.record) if drawn else _draw(order, caller, desk))
    except Refused as refusal:
        if caller.scheduled and refusal.problem in _TIME_MENDS:
            return words.not_due(refusal)
        raise


def _standing(published: Publisher, drawn: Drawn) -> FinishedDraw:
    """Return the record that was drawn, once it is known to be the one that stands."""
    data, rules = published.read(RECORD), published.read(RULES)
    if data is None or sha256_hex(data) != drawn.record_hash:
        raise Broken(FILES_DIFFER, file=RECORD)
    prizes = Rules.from_bytes(rules or b"").prizes
    return FinishedDraw(record=DrawRecord.from_bytes(data), drawn=drawn, prizes=prizes, is_new=False)


def _draw(order: DrawOrder, caller: Caller, desk: _Desk) -> ProposedDraw | FinishedDraw:
    """Take the steps that stand above, the last three only with the code."""
    frozen, prepared = desk.state.get(Frozen, ONLY), desk.state.get(Prepared, ONLY)  # (1)
    if frozen is None or prepared is None:
        raise Refused(NOT_FROZEN)
    at = unstamp(frozen.record.draw_at)
    if desk.clock() < at:
        raise Refused(TOO_EARLY, at=japanese(at))
    files = _checked_files(desk.published, frozen.record)  # (2)
    source = files.rules.randomness
    obtain = Obtain(
        beacon=desk.beacon,
        verify=desk.verify,
        random=desk.random,
        state=desk.state,
        clock=desk.clock,
        posts=desk.posts,
    )
    standing, mine = desk.published.read(RECORD), b""
    if standing is None:
        if isinstance(source, Ward) and caller.scheduled:
            raise ward_needed(desk.posts)
        obtain.demand_fitting(order, source, at)
    code = _consent(order, caller, desk, frozen.record)
    if code is not None:
        return ProposedDraw(
            code=code, order=order, rules=files.rules, commitment=files.commitment, is_published=standing is not None
        )
    if standing is None:
        value = obtain.value(order, source, at)  # (3)
        mine = _record(files, value, prepared.record, desk.clock()).to_bytes()  # (4)
        standing = publish(desk.published, RECORD, mine)
    record = DrawRecord.from_bytes(standing)
    if standing != mine:
        _demand_ours(record, files, prepared.record, obtain)
    publish_signed(desk.published, desk.signer, RECORD, standing)  # (5)
    prizes = files.rules.prizes
    drawn = _drawn(record, prizes, standing)
    _mirror(record, drawn, caller, desk.state, desk.clock)
    return FinishedDraw(record=record, drawn=drawn, prizes=prizes, is_new=True)


def _consent(order: DrawOrder, caller: Caller, desk: _Desk, frozen: Frozen) -> str | None:
    typed = (order.ward_value, order.given_by, order.given_at, order.signature)
    decision = {"commitment": frozen.commitment_hash, "given": sha256_hex(repr(typed).encode())}
    return confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock
    )


def _checked_files(published: Publisher, frozen: Frozen) -> _Files:
    """Read commitment, rules and pool, and compare each with the hash in the one before."""
    data = published.read(COMMITMENT)
    if data is None or sha256_hex(data) != frozen.commitment_hash:
        raise Broken(FILES_DIFFER, file=COMMITMENT)
    commitment = Commitment.from_bytes(data)
    rules_data, pool_data = published.read(RULES), published.read(POOL)
    if rules_data is None or sha256_hex(rules_data) != commitment.rules_hash:
        raise Broken(FILES_DIFFER, file=RULES)
    if pool_data is None or sha256_hex(pool_data) != commitment.pool_hash:
        raise Broken(FILES_DIFFER, file=POOL)
    rules = Rules.from_bytes(rules_data)
    pool = read_pool(pool_data, rules.prize_ids)
    return _Files(rules=rules, commitment=commitment, commitment_data=data, pool=pool)


def _demand_ours(record: DrawRecord, files: _Files, prepared: Prepared, obtain: Obtain) -> None:
    """Compare a record that another run published, or one that died, with what this run would have published."""
    draw_at = files.commitment.draw_at
    due = obtain.is_due(record.randomness, files.rules.randomness, draw_at)
    in_time = draw_at <= record.drawn_at <= obtain.clock()
    if not due or not in_time or record != _record(files, record.randomness, prepared, record.drawn_at):
        raise Broken(FILES_DIFFER, file=RECORD)


def _record(files: _Files, value: Value, prepared: Prepared, now: datetime) -> DrawRecord:
    seed = awards.seed(value.value, files.commitment_data)
    return DrawRecord(
        campaign=files.rules.campaign,
        commitment_hash=sha256_hex(files.commitment_data),
        randomness=value,
        seed=seed,
        drawn_at=now.replace(microsecond=0),
        quiz_salt=bytes.fromhex(prepared.quiz_salt),
        awards=awards.award(files.pool, files.rules.prizes, seed),
    )


def _mirror(record: DrawRecord, drawn: Drawn, caller: Caller, state: Store, clock: Clock) -> None:
    """Mirror the published record into `state`; what a crash left half done, or another run does too, is no fault."""
    places = list(_places(record))
    for start in range(0, len(places), MAX_WRITES):
        batch = places[start : start + MAX_WRITES]
        try:
            state.commit([Create(award) for award in batch])
        except Conflict:
            known = state.get_many(AwardedPlace, [award.id for award in batch])
            if missing := [Create(award) for award in batch if award.id not in known]:
                state.commit(missing)
    hashes = {"record": drawn.record_hash, "commitment": record.commitment_hash}
    counts = {"winners": drawn.winners, "reserves": drawn.reserves}
    with suppress(Conflict):
        state.commit([Create(drawn), journal.entry(clock, caller, STEP, "drawn", counts=counts, hashes=hashes)])


def _places(record: DrawRecord) -> Iterator[AwardedPlace]:
    for award in record.awards:
        for place, labels in (("winner", award.winners), ("reserve", award.reserves)):
            for number, label in enumerate(labels, 1):
                yield AwardedPlace(label, award.prize, place, number)


def _drawn(record: DrawRecord, prizes: tuple[Prize, ...], data: bytes) -> Drawn:
    offered = {prize.id: prize.quantity for prize in prizes}
    return Drawn(
        ONLY,
        record_hash=sha256_hex(data),
        drawn_at=stamp(record.drawn_at),
        winners=sum(len(award.winners) for award in record.awards),
        reserves=sum(len(award.reserves) for award in record.awards),
        unawarded={
            a.prize: offered[a.prize] - len(a.winners) for a in record.awards if len(a.winners) < offered[a.prize]
        },
    )
