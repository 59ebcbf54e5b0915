"""
Order the pool by the public randomness and publish the record. There is no redraw.

This step sees opaque labels and no person. It draws from the published files alone, as anybody else could
(docs/draw.md), in steps of which each rests on those before it:

1. *Files.* Rules, commitment and pool bear our signature and fit each other (`lottery.published`). What `state` says of
   the freeze is a mirror: one that differs is an alarm, and nothing is taken from it.
2. *Time.* The commitment's `draw_at` is past: only now does the randomness exist.
3. *Randomness.* It is of the kind that the rules name (`lottery.obtaining`).
4. *Record.* Seed, ranks and awards are computed (`lottery.awards`), and the record is created once, with its signature.
   One that stands already, of another run or one that was killed, must bear ours, and be what this run would have made
   of the same randomness.
5. *Copies.* Only then its signature is put beside it, and it is mirrored into `state`.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import copy_signature, publish_signed
from prizedraw.lottery import awards
from prizedraw.lottery.asked_once import AskedOnce
from prizedraw.lottery.files import DrawRecord, quiz_hash
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES
from prizedraw.lottery.obtaining import WARD_NEEDED, DrawOrder, Obtain, ward_needed
from prizedraw.lottery.opening import MIRROR_DIFFERS, open_draw
from prizedraw.lottery.pool import Pool
from prizedraw.lottery.published import FILES_DIFFER, Committed, PublishedDraw, Recorded
from prizedraw.lottery.randomness import Value, Ward
from prizedraw.ports import MAX_WRITES, Beacon, Clock, Conflict, Create, Publisher, RandomBytes, Signer, Store, Verifier
from prizedraw.records.campaign import Prepared
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.running import ONLY
from prizedraw.runtime import closed, confirm, journal
from prizedraw.runtime.orders import Caller, Reply
from prizedraw.times import japanese
from prizedraw.words import draw as words
from prizedraw.words.draw import FinishedDraw, ProposedDraw

STEP = "draw"

NOT_FROZEN = Problem("E-501", "応募がまだ確定していません。先に応募の確定（freeze）を実行してください。")
TOO_EARLY = Problem("E-502", "抽選は{at}以降に行えます。それまでは抽選に使う乱数がまだ存在しません。")
ANSWERS_DIFFER = Problem(
    "E-518",
    "定義ファイルのクイズの正解が、規則（rules.json）で約束したものと確かめられません。抽選の作業を止めました。"
    "構築担当に連絡し、公開したときの定義ファイルに戻すか、だれが state を書き換えたかを監査ログで確かめてください。",
)

_TIME_MENDS = (NOT_FROZEN, TOO_EARLY, WARD_NEEDED)
"""What the schedule only waits for, where an operator is refused."""


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """The powers of one run, by name."""

    campaign: Campaign
    state: Store
    published: Publisher
    beacon: Beacon
    verify: Verifier
    random: RandomBytes
    signer: Signer
    clock: Clock


@dataclass(frozen=True)
class _Ours:
    """What this run makes of any randomness: the record follows from it and from these."""

    published: PublishedDraw
    committed: Committed
    pool: Pool
    quiz_salt: bytes

    def record(self, value: Value, at: datetime) -> DrawRecord:
        rules, seed = self.published.rules, awards.seed(value.value, self.committed.data)
        return DrawRecord(
            campaign=rules.campaign,
            commitment_hash=self.committed.hash,
            randomness=value,
            seed=seed,
            drawn_at=at.replace(microsecond=0),
            quiz_salt=self.quiz_salt,
            awards=awards.award(self.pool, rules.prizes, seed),
        )


def run(
    order: DrawOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    state: Store,
    published: Publisher,
    beacon: Beacon,
    verify: Verifier,
    random: RandomBytes,
    signer: Signer,
    clock: Clock,
) -> Reply:
    """
    Draw once; a second call returns the first record.

    Raises:
        Refused: not frozen, too early, or what the operator typed does not serve.
        Again: the public randomness cannot be had yet.
        Broken: a published file is not ours, or does not fit the others, or what the records say of it.
    """
    desk = _Desk(
        campaign=campaign,
        state=state,
        published=published,
        beacon=beacon,
        verify=verify,
        random=random,
        signer=signer,
        clock=clock,
    )
    drawn = state.get(Drawn, ONLY)
    if drawn is None and (stopped := closed.stopped(state)) is not None:
        return stopped
    try:
        return words.reply(_standing(desk, drawn.record) if drawn else _draw(order, caller, desk))
    except Refused as refusal:
        if caller.scheduled and refusal.problem in _TIME_MENDS:
            return words.not_due(refusal)
        raise


def _standing(desk: _Desk, drawn: Drawn) -> FinishedDraw:
    """Return the record that was mirrored, once it is known to be the one that stands."""
    published = _opened(desk)
    recorded = published.record(desk.clock)
    if recorded is None:
        raise Broken(FILES_DIFFER, file=RECORD)
    prizes = published.rules.prizes
    if recorded.mirror(prizes) != drawn:
        raise Broken(MIRROR_DIFFERS, file=RECORD)
    return FinishedDraw(record=recorded.record, drawn=drawn, prizes=prizes, is_new=False)


def _draw(order: DrawOrder, caller: Caller, desk: _Desk) -> ProposedDraw | FinishedDraw:
    """Take the steps that stand above, the last three only with the code."""
    frozen, prepared = desk.state.get(Frozen, ONLY), desk.state.get(Prepared, ONLY)
    if frozen is None or prepared is None:
        raise Refused(NOT_FROZEN)
    published = _opened(desk)  # (1)
    committed = _committed(desk, published, frozen.record)
    at, source = committed.commitment.draw_at, published.rules.randomness
    if desk.clock() < at:  # (2)
        raise Refused(TOO_EARLY, at=japanese(at))
    pool, obtain = published.pool(committed.commitment), _obtain(desk, published, committed)
    recorded = published.record(desk.clock)
    if recorded is None:
        if isinstance(source, Ward) and caller.scheduled:
            raise ward_needed(desk.campaign.posts)
        obtain.demand_fitting(order, source, at)
    code = _consent(order, caller, desk, committed)
    if code is not None:
        return ProposedDraw(
            code=code,
            order=order,
            rules=published.rules,
            commitment=committed.commitment,
            is_published=recorded is not None,
        )
    ours = _Ours(published, committed, pool, _salt(desk, published, prepared.record))
    mine = b""
    if recorded is None:
        value = obtain.value(order, source, at)  # (3)
        mine = ours.record(value, desk.clock()).to_bytes()  # (4)
        data = publish_signed(desk.published, desk.signer, published.key, RECORD, mine)
        recorded = Recorded(record=DrawRecord.from_bytes(data), data=data)
    if recorded.data != mine:
        _demand_ours(recorded.record, ours, obtain)
    copy_signature(desk.published, RECORD)  # (5)
    prizes = published.rules.prizes
    drawn = recorded.mirror(prizes)
    _mirror(recorded, drawn, caller, desk.state, desk.clock)
    return FinishedDraw(record=recorded.record, drawn=drawn, prizes=prizes, is_new=True)


def _salt(desk: _Desk, published: PublishedDraw, prepared: Prepared) -> bytes:
    """Return the salt that was kept, if it opens the rules' hash of the answers: the record reveals it for ever."""
    try:
        salt = bytes.fromhex(prepared.quiz_salt)
    except ValueError:
        raise Broken(ANSWERS_DIFFER) from None
    if quiz_hash(salt, desk.campaign.answer_key()) != published.rules.quiz_hash:
        raise Broken(ANSWERS_DIFFER)
    return salt


def _opened(desk: _Desk) -> PublishedDraw:
    published = open_draw(desk.published)
    if published is None:
        raise Broken(FILES_DIFFER, file=RULES)
    return published


def _committed(desk: _Desk, published: PublishedDraw, frozen: Frozen) -> Committed:
    """Return the commitment, if its mirror in `state` says the same."""
    committed = published.commitment(desk.clock)
    if committed is None:
        raise Broken(FILES_DIFFER, file=COMMITMENT)
    if committed.mirror() != frozen:
        raise Broken(MIRROR_DIFFERS, file=COMMITMENT)
    return committed


def _obtain(desk: _Desk, published: PublishedDraw, committed: Committed) -> Obtain:
    asked = AskedOnce(
        random=desk.random,
        published=desk.published,
        signer=desk.signer,
        clock=desk.clock,
        draw=published,
        committed=committed,
    )
    return Obtain(beacon=desk.beacon, verify=desk.verify, asked=asked, clock=desk.clock, posts=desk.campaign.posts)


def _consent(order: DrawOrder, caller: Caller, desk: _Desk, committed: Committed) -> str | None:
    typed = (order.ward_value, order.given_by, order.given_at, order.signature)
    decision = {"commitment": committed.hash, "given": sha256_hex(repr(typed).encode())}
    return confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock
    )


def _demand_ours(record: DrawRecord, ours: _Ours, obtain: Obtain) -> None:
    """Compare a record that another run published, or one that died, with what this run would have published."""
    draw_at, at = ours.committed.commitment.draw_at, record.drawn_at
    due = obtain.is_due(record.randomness, ours.published.rules.randomness, draw_at, at)
    in_time = draw_at <= at <= obtain.clock()
    if not due or not in_time or record != ours.record(record.randomness, at):
        raise Broken(FILES_DIFFER, file=RECORD)


def _mirror(recorded: Recorded, drawn: Drawn, caller: Caller, state: Store, clock: Clock) -> None:
    """Mirror the published record into `state`; what a crash left half done, or another run does too, is no fault."""
    places = list(recorded.places())
    for start in range(0, len(places), MAX_WRITES):
        batch = places[start : start + MAX_WRITES]
        try:
            state.commit([Create(award) for award in batch])
        except Conflict:
            known = state.get_many(AwardedPlace, [award.id for award in batch])
            if missing := [Create(award) for award in batch if award.id not in known]:
                state.commit(missing)
    hashes = {"record": drawn.record_hash, "commitment": recorded.record.commitment_hash}
    counts = {"winners": drawn.winners, "reserves": drawn.reserves}
    with suppress(Conflict):
        state.commit([Create(drawn), journal.entry(clock, caller, STEP, "drawn", counts=counts, hashes=hashes)])
